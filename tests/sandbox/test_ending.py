"""How a candidate ends, and that nothing of it is left."""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from grader.report import GraderFault
from grader.sandbox import Ended, Limits, Reason
from grader.sandbox.bubblewrap import Bubblewrap
from grader.sandbox.nursery import Nursery
from tests.sandbox.conftest import PROGRAMS

pytestmark = pytest.mark.sandbox


@pytest.mark.parametrize(
    ("order", "reason", "detail"),
    [
        (b"exit 0", Reason.EXITED, "status 0"),
        (b"exit 3", Reason.EXITED, "status 3"),
        (b"signal 11", Reason.SIGNALLED, "SIGSEGV"),
        (b"signal 9", Reason.SIGNALLED, "SIGKILL"),
    ],
)
def test_the_end_it_chose_is_told_to_staff(start, order, reason, detail):
    running = start("exits")
    running.control.sendall(order)
    assert running.control.recv(1) == b""
    ended = running.reap()
    assert ended.reason is reason
    assert detail in ended.detail


@pytest.mark.parametrize("program", ["wait", "spin", "flood", "daemon", "murder", "fork_bomb", "memory_herd"])
def test_after_reaping_no_process_no_group_and_no_descriptor_is_left(prepared, start, family, groups, program):
    start(program).reap()  # what is opened once and kept is open now
    before = open_descriptors()
    running = start(program, Limits(memory_mb=300))
    if program == "flood":
        assert select.select([running.output], [], [], 30)[0]
    else:
        running.control.recv(100)
    members = family(running._child.pid)
    assert len(members) >= 2
    assert bool(groups(os.getpid())) == (prepared._hierarchy is not None)
    running.reap()
    assert [pid for pid, descriptor in members.items() if not has_ended(descriptor)] == []
    assert groups(os.getpid()) == []
    assert open_descriptors() - {str(descriptor) for descriptor in members.values()} == before


def test_a_daemon_does_not_outlive_the_program_that_made_it(start, family):
    running = start("daemon")
    assert running.control.recv(10) == b"daemon"
    members = family(running._child.pid)
    assert len(members) >= 4  # bubblewrap, the first process, the program, its daemon
    running.control.sendall(b"x")
    for descriptor in members.values():
        assert select.select([descriptor], [], [], 10)[0]
    assert running.reap() == Ended(Reason.EXITED, "the candidate exited with status 7")


def open_descriptors() -> set[str]:
    # The listing's own descriptor is in it, and closed when we look again.
    return {path.name for path in list(Path("/proc/self/fd").iterdir()) if path.is_symlink()}


def has_ended(pidfd: int, within: float = 0) -> bool:
    return bool(select.select([pidfd], [], [], within)[0])


def test_kill_and_reap_may_come_twice_and_in_any_order(start):
    running = start("wait")
    running.control.recv(4)
    running.kill()
    running.kill()
    assert running.reap() == running.reap()
    assert running.reap().reason is Reason.KILLED
    running.kill()
    assert not running.memory_stop()


def test_kill_ends_it_without_reaping(start):
    running = start("spin")
    running.control.recv(100)
    running.kill()
    assert running.control.recv(1) == b""


def test_hanging_up_is_not_ending(start):
    running = start("wait")
    assert running.control.recv(4) == b"here"
    running.control.sendall(b"close")
    assert running.control.recv(1) == b""
    assert running.reap().reason is Reason.KILLED


def test_a_candidate_can_kill_its_own_processes_alone(start):
    running = start("murder")
    answer = b""
    while b"alive" not in answer:
        answer += running.control.recv(100)
    assert answer == b"child died of 9; alive"
    assert running.reap().reason is Reason.KILLED


def test_a_sandbox_that_was_stopped_can_be_ended(start):
    running = start("wait")
    running.control.recv(4)
    os.kill(running._child.pid, signal.SIGSTOP)
    assert running.reap().reason is Reason.KILLED


WORKER = """
import sys
from pathlib import Path
from grader.sandbox import Limits
from grader.sandbox.bubblewrap import Bubblewrap
source = Path(sys.argv[2]).read_text()
running = Bubblewrap(int(sys.argv[3]), Path(sys.argv[1]), ("-c", source)).start(Limits())
running.control.recv(10)
print(running._child.pid, flush=True)
sys.stdin.read()
"""


def test_a_sandbox_dies_with_its_worker_and_the_next_sandboxes_clear_its_group(prepared, family, groups, start):
    program = Path(__file__).parent / "programs" / "spin.py"
    arguments = (sys.executable, "-c", WORKER, str(prepared.cache), str(program), str(prepared.uid))
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as worker:
        members = family(int(worker.stdout.readline()))
        assert len(members) == 3  # bubblewrap, the sandbox's first process, Python
        worker.kill()
    for descriptor in members.values():
        assert select.select([descriptor], [], [], 10)[0], "a process of the sandbox outlived its worker"
    deadline = time.monotonic() + 10
    start("wait").reap()
    while groups(worker.pid):  # a group empties a moment after its last process
        assert time.monotonic() < deadline, "the dead worker's group stays"
        start("wait").reap()


def test_a_candidate_of_a_nursery_dies_with_the_process_that_had_it_started(prepared):
    sandbox = Nursery(prepared.uid, prepared.cache, ("-c", (PROGRAMS / "spin.py").read_text()))
    sandbox.prepare()
    told, tell = socket.socketpair()
    if (guardian := os.fork()) == 0:
        running = sandbox.start(Limits())
        running.control.recv(10)
        socket.send_fds(tell, [b"!"], [running._init])
        signal.pause()
        os._exit(0)
    _word, (init,), *_ = socket.recv_fds(told, 1, 1)
    os.kill(guardian, signal.SIGKILL)
    os.waitpid(guardian, 0)
    assert has_ended(init, 10)
    # The nursery is there for the next one.
    again = sandbox.start(Limits())
    assert again.control.recv(10)
    assert again.reap().reason is Reason.KILLED
    for each in (told, tell):
        each.close()
    os.close(init)


def test_a_nursery_that_ended_is_started_again_when_a_worker_prepares(prepared):
    sandbox = Nursery(prepared.uid, prepared.cache, ("-c", (PROGRAMS / "spin.py").read_text()))
    sandbox.prepare()
    sandbox._nursery.kill()
    assert has_ended(sandbox._nursery._init, 10)
    with pytest.raises(GraderFault, match="nursery"):
        sandbox.start(Limits())
    sandbox.prepare()
    running = sandbox.start(Limits())
    assert running.control.recv(10)
    running.reap()


def test_without_bubblewrap_the_fault_names_the_command_that_installs_it(prepared, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(GraderFault, match="apt-get install bubblewrap"):
        Bubblewrap(prepared.uid, prepared.cache).start(Limits())


def test_a_launcher_that_gives_up_is_our_fault_in_its_own_words_and_leaves_nothing(
    prepared, monkeypatch, open_folder, groups
):
    broken = open_folder / "bwrap"
    broken.write_text("#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2; exit 1\n")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", f"{open_folder}:{os.environ['PATH']}")
    sandbox = Bubblewrap(prepared.uid, prepared.cache)
    sandbox.prepare()
    before = open_descriptors()
    with pytest.raises(GraderFault, match=r"No permissions to create new namespace.*handin doctor"):
        sandbox.start(Limits())
    assert open_descriptors() == before
    assert groups(os.getpid()) == []


def test_a_sandbox_that_could_not_be_set_up_is_never_the_students_doing(prepared):
    sandbox = Bubblewrap(prepared.uid, prepared.cache)
    sandbox.__dict__["_prefix"] = (*prepared._prefix, "--ro-bind", "/no/such/place", "/x")
    # It is seen at the start or at the end, as it happens to be fast or slow; never as an end of the candidate's own.
    try:
        running = sandbox.start(Limits())
        running.control.settimeout(10)
        assert running.control.recv(1) == b""
        ended = running.reap()
        assert ended.reason is Reason.NOT_STARTED
        told = ended.detail
    except GraderFault as fault:
        told = str(fault)
    assert "/no/such/place" in told
