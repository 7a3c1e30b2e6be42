"""What works in the sandbox, and what a hand-in finds there."""

from __future__ import annotations

import json
import os
import socket
import stat
from pathlib import Path

import pytest

from grader.sandbox import Limits, Reason

pytestmark = pytest.mark.sandbox

DEVICES = {f"/dev/{name}" for name in ("null", "zero", "random", "urandom")}


@pytest.fixture
def seen(start, everything):
    return json.loads(everything(start("look")))


def test_numpy_and_the_project_s_wire_work_and_a_byte_goes_round(start):
    running = start("answer")
    running.control.sendall(b"\x29")
    assert running.control.recv(2) == b"\x2a"
    assert running.control.recv(1) == b""
    assert running.reap().reason is Reason.EXITED


def test_it_runs_on_the_processors_of_who_starts_it(start):
    everywhere = os.sched_getaffinity(0)
    start("wait").reap()  # a nursery that is there already, and may run everywhere
    os.sched_setaffinity(0, {max(everywhere)})
    try:
        running = start("wait")
        assert running.control.recv(100)
        assert os.sched_getaffinity(running._child.pid) == {max(everywhere)}
    finally:
        os.sched_setaffinity(0, everywhere)


def test_a_descriptor_can_be_handed_in_for_each_test(start):
    running = start("receive")
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.settimeout(30)
        socket.send_fds(running.control, [b"x"], [theirs.fileno()])
        theirs.close()
        assert ours.recv(100) == b"on the test's own channel"


def test_the_file_system_is_the_runtime_root_and_nothing_else(prepared, seen):
    root = prepared.root.path
    built = {str(Path("/", path.relative_to(root))) for path in root.rglob("*")}
    assert set(seen["tree"]) == built
    top = {"/dev", "/filters", "/handin", "/lib", "/lib64", "/packages", "/python", "/tmp"}
    assert {path for path in seen["tree"] if path.count("/") == 1} <= top


def test_nothing_of_the_host_the_tests_or_the_reference_is_there(seen):
    names = {part for path in seen["tree"] for part in path.split("/")}
    assert not names & {"etc", "home", "root", "proc", "sys", "run", "var", "usr", "work", "opt", "mnt"}
    assert not names & {"passwd", "sh", "bash", "dash", "busybox", "tests_hidden", "reference", "assignment.toml"}
    assert not [path for path in seen["tree"] if "hw1p1" in path or "ref_hw" in path]
    own = {path for path in seen["tree"] if path.startswith("/packages/grader/") and path.endswith(".py")}
    inside = ("/packages/grader/candidate/", "/packages/grader/wire/")
    assert {path for path in own if not path.startswith(inside)} == {"/packages/grader/__init__.py"}


def test_only_the_two_folders_and_the_devices_can_be_written(seen):
    assert set(seen["writable"]) == {"/tmp", "/handin"} | DEVICES


def test_the_environment_is_exactly_the_one_written_down(seen):
    assert seen["environment"] == {
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "LANG": "C.UTF-8",
        "HOME": "/tmp",
        "PWD": "/handin",
    }


def test_the_only_argument_is_the_control_socket_and_the_only_descriptors_it_and_three_streams(seen):
    [control] = seen["arguments"]
    kinds = {int(number): kind for number, kind in seen["descriptors"].items()}
    assert kinds == {0: stat.S_IFCHR, 1: stat.S_IFIFO, 2: stat.S_IFIFO, int(control): stat.S_IFSOCK}


def test_it_is_nobody_on_no_host_in_its_own_folder(seen):
    *ids, groups = seen["user"]
    assert ids == [65534] * 4
    assert set(groups) <= {65534}
    assert seen["pids"] == [2, 1]
    assert (seen["folder"], seen["host"]) == ("/handin", "handin")
    assert [path for path in seen["path"] if not path.startswith("/python/lib/")] == []


def test_two_candidates_see_nothing_of_each_other(start, everything):
    first, second = start("look"), start("look")
    for running in (first, second):
        assert json.loads(everything(running))["pids"] == [2, 1]
    assert first.reap().reason is Reason.EXITED


def test_doors_shut_one_after_the_other(start, everything):
    lines = everything(start("doors")).decode().splitlines()
    refused = os.strerror(1)
    assert lines == [
        "done, done, done",
        f"{refused}, {refused}, done, done",
        f"{refused}, {refused}, done",
    ]


def test_output_is_one_pipe_that_never_blocks_us_and_keeps_the_order_of_both_streams(start):
    running = start("speaks")
    assert not os.get_blocking(running.output)
    assert running.control.recv(1) == b""
    assert os.read(running.output, 100) == b"out err out err "
    assert running.reap().reason is Reason.EXITED


def test_limits_are_frozen_and_have_units_in_their_names():
    with pytest.raises(AttributeError):
        Limits().memory_mb = 1
    units = ("_mb", "_seconds", "processes", "open_files")
    assert all(field.endswith(units) for field in Limits.__struct_fields__)
