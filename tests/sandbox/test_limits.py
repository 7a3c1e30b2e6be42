"""What a candidate may use, and that the rest of the host does not notice when it asks for more."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from grader.sandbox import Limits, Reason
from grader.sandbox.bubblewrap import Bubblewrap, counts_by_namespace
from grader.sandbox.nursery import Nursery

pytestmark = pytest.mark.sandbox

FORK_BOMB = Path(__file__).parent / "programs" / "fork_bomb.py"


def first_number(answer: bytes) -> int:
    return int(answer.split()[0])


@pytest.mark.parametrize(("bomb", "reason"), [("fork_bomb", b"Resource temporarily"), ("thread_bomb", b"can't start")])
def test_a_bomb_of_processes_or_threads_stops_at_the_limit(start, bomb, reason):
    running = start(bomb, Limits(processes=20))
    answer = running.control.recv(100)
    assert reason in answer
    assert 10 <= first_number(answer) <= 20
    assert running.reap().reason is Reason.KILLED


def test_a_fork_bomb_leaves_its_neighbour_room(start):
    bomb = start("fork_bomb", Limits(processes=20))
    bomb.control.recv(100)
    neighbour = start("fork_bomb", Limits(processes=12), 2)
    assert 8 <= first_number(neighbour.control.recv(100)) <= 12


@pytest.mark.parametrize("backend", [Bubblewrap, Nursery], ids=lambda each: each.name)
def test_a_worker_without_privilege_bounds_each_sandboxs_processes_alone(prepared, backend):
    if os.geteuid() != 0:
        pytest.skip("this worker has no privilege to give up: the other tests prove it")
    if not counts_by_namespace():
        pytest.skip("this kernel counts all processes of a user together")
    prefix = Bubblewrap(prepared.uid, prepared.cache, nurses=backend is Nursery)._prefix
    told, tell = os.pipe()
    if (worker := os.fork()) == 0:
        try:
            os.setgroups([])
            os.setresgid(10001, 10001, 10001)
            os.setresuid(10001, 10001, 10001)
            sandboxes = [backend(prepared.uid, prepared.cache, ("-c", FORK_BOMB.read_text())) for _ in range(2)]
            for each in sandboxes:
                # Found by the privileged parent, whose interpreter and cache this user may not even be able to read.
                launcher = each._launcher if backend is Nursery else each
                launcher.__dict__.update(root=prepared.root, _prefix=prefix, _hierarchy=None)
            both = [each.start(Limits(processes=20)) for each in sandboxes]
            for running in both:
                running.control.settimeout(30)
                os.write(tell, running.control.recv(100) + b"\n")
            for running in both:
                running.reap()
        finally:
            os._exit(0)
    os.close(tell)
    with os.fdopen(told, "rb") as answers:
        made = [first_number(line) for line in answers]
    os.waitpid(worker, 0)
    assert made == [19, 19]  # and Python itself


def test_memory_of_one_process_ends_in_a_memory_error_that_a_student_sees(start, everything):
    running = start("memory_bomb", Limits(memory_mb=300))
    assert re.fullmatch(rb"[12]\d\d MemoryError", everything(running))
    assert not running.memory_stop()
    assert running.reap().reason is Reason.EXITED


def test_memory_of_many_processes_together_is_stopped_by_the_kernel_and_told_once(start, prepared):
    if prepared._hierarchy is None:
        pytest.skip("no control group can be written on this host")
    running = start("memory_herd", Limits(memory_mb=300))
    assert running.control.recv(100) == b"a child died of signal 9"
    assert running.memory_stop()
    assert not running.memory_stop()
    assert running.reap().reason is Reason.MEMORY


def test_each_writable_folder_has_its_size_and_nothing_else_can_be_filled(start, everything):
    running = start("fill", Limits(disk_mb=16, memory_mb=256))
    lines = [line.split(" ", 2) for line in everything(running).decode().splitlines()]
    full, read_only, missing = "No space left on device", "Read-only file system", "No such file or directory"
    written = {place: (int(mb), reason) for place, mb, reason in lines}
    for place in ("/tmp", "/handin"):
        mb, reason = written.pop(place)
        assert 14 <= mb <= 16
        assert reason == full
    assert written.pop("/dev/shm") == (0, missing)
    assert written == dict.fromkeys(("/", "/dev", "/packages", "/python", "/filters"), (0, read_only))
    assert running.reap().reason is Reason.EXITED


def test_one_file_has_its_size(start, everything):
    assert everything(start("large_file", Limits(file_mb=5))) == b"5 File too large"


def test_descriptors_are_counted(start, everything):
    answer = everything(start("descriptors", Limits(open_files=32)))
    assert b"Too many open files" in answer
    assert first_number(answer) in {32, 33}  # the inherited control socket may have a number above the limit


def test_processor_time_ends_what_ignores_every_signal(start):
    running = start("spin", Limits(cpu_seconds=1))
    assert running.control.recv(100) == b"spinning"
    assert running.control.recv(1) == b""
    ended = running.reap()
    assert ended.reason is Reason.SIGNALLED
    assert "SIGKILL" in ended.detail
