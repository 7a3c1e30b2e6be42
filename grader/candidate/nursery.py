"""The nursery: a process with Python and NumPy loaded, which forks a candidate for each grading.

Theory of operation. The launcher starts it in namespaces of its own, on the read-only root, with one capability over
them: to make further namespaces and mounts. It reads orders from a socket, each with three descriptors: where to
report, and the candidate's control socket and output. The fork is the first process of a new process namespace. It
waits until it is told to begin, takes namespaces and writable folders of its own, gives up everything (`become`), and
forks the candidate, whose program runs as the launcher would have started it. The nursery reports the pidfd of the
first process, whose end is that of all, and in the end its status.

No line of a hand-in ever runs in the nursery, and nothing that a candidate says is read by it: the sockets of one are
closed here once it has them. Runs inside the sandbox: Python's own library and our candidate alone.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import runpy
import selectors
import signal
import socket
import struct
import sys
from collections.abc import Sequence
from typing import NoReturn

from grader.candidate import lockdown

# Loaded here, so that a candidate finds them loaded.
from grader.candidate import loop as loop  # noqa: PLC0414

LIMITS = 8
ORDER = struct.Struct(f"={1 + 2 * LIMITS}q")  # the size of each writable folder, then limits as pairs of kind and value
DESCRIPTORS = 3
STATUS = struct.Struct("=i")

_CLONE_NEWNS = 0x0002_0000
_CLONE_NEWIPC = 0x0800_0000
_CLONE_NEWPID = 0x2000_0000
_MS_NOSUID, _MS_NODEV, _MS_REC, _MS_PRIVATE = 2, 4, 0x4000, 0x4_0000
_PR_SET_PDEATHSIG = 1
_CAPABILITIES = 0x2008_0522  # _LINUX_CAPABILITY_VERSION_3: two words each of effective, permitted, inheritable
_FOLDERS = ("/tmp", "/handin")  # noqa: S108 - the sandbox's own
_FIRST, _MOST = 3, 4096  # descriptors beyond the standard streams

_libc = ctypes.CDLL(None, use_errno=True)


def nurse(orders: socket.socket, program: Sequence[str]) -> NoReturn:
    """Forks a candidate for each order, until nobody can send one any more."""
    lockdown.prepare()
    _own_world()
    here = os.pidfd_open(os.getpid())
    watched = selectors.DefaultSelector()
    watched.register(orders, selectors.EVENT_READ, lambda: _take(orders, here, program, watched))
    while True:
        for key, _events in watched.select():
            # What was done for another one may have been its end.
            if key.fd in watched.get_map():
                key.data()


def _take(orders: socket.socket, here: int, program: Sequence[str], watched: selectors.BaseSelector) -> None:
    """Takes an order: forks the candidate, reports it, and watches for its end and for that of who ordered it."""
    order, descriptors, _flags, _address = socket.recv_fds(orders, ORDER.size, DESCRIPTORS)
    if not order:
        os._exit(0)  # the kernel ends all candidates with the namespace's first process
    report = socket.socket(fileno=descriptors[0])
    pid = _fork(here, ORDER.unpack(order), descriptors[1:], program)
    for each in descriptors[1:]:
        os.close(each)
    pidfd = os.pidfd_open(pid)

    def ended() -> None:
        _pid, status = os.waitpid(pid, 0)
        for each in (pidfd, report):
            if each in watched.get_map():
                watched.unregister(each)
        os.close(pidfd)
        # Nobody may ask any more.
        with report, contextlib.suppress(OSError):
            report.send(STATUS.pack(os.waitstatus_to_exitcode(status)))

    def left_alone() -> None:
        watched.unregister(report)
        os.kill(pid, signal.SIGKILL)

    watched.register(pidfd, selectors.EVENT_READ, ended)
    # Its guardian says nothing on it: it is readable when that has ended, and then the candidate has to.
    watched.register(report, selectors.EVENT_READ, left_alone)
    socket.send_fds(report, [b"\0"], [pidfd])


def _own_world() -> None:
    """Becomes the first process of a process namespace that belongs to the user namespace in which we may do anything:
    bubblewrap's own belongs to one further out, and could not be come back to."""
    _check(_libc.unshare(_CLONE_NEWNS | _CLONE_NEWPID))
    _check(_libc.mount(None, b"/", None, _MS_REC | _MS_PRIVATE, None))
    inner = os.fork()
    if inner:
        os.waitpid(inner, 0)
        os._exit(0)
    _check(_libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0))


def _fork(here: int, order: Sequence[int], descriptors: Sequence[int], program: Sequence[str]) -> int:
    _check(_libc.unshare(_CLONE_NEWPID))
    pid = os.fork()
    if pid == 0:
        _begin(order, descriptors, program)
    _check(_libc.setns(here, _CLONE_NEWPID))
    return pid


def _begin(order: Sequence[int], descriptors: Sequence[int], program: Sequence[str]) -> NoReturn:
    control, output = descriptors
    # Of its own process group before it says anything: a signal to the group must not reach the nursery.
    os.setsid()
    _check(_libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0))
    # Told to begin once it is in its control group.
    if not os.read(control, 1):
        os._exit(0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    control = os.dup2(control, _FIRST, inheritable=False)
    os.closerange(_FIRST + 1, _MOST)
    become(order)
    candidate = os.fork()
    if candidate == 0:
        _run(program, control)
        os._exit(0)
    os.closerange(0, _MOST)
    _wait_for(candidate)


def _wait_for(candidate: int) -> NoReturn:
    """The first process: it takes over orphans, ends with the candidate, and tells how that ended, as a shell does."""
    while True:
        pid, status = os.wait()
        if pid == candidate:
            code = os.waitstatus_to_exitcode(status)
            os._exit(code if code >= 0 else 128 - code)


def become(order: Sequence[int]) -> None:
    """Takes folders of its own, then gives up every privilege, for good. Raises OSError rather than keep one."""
    size, *limits = order
    _check(_libc.unshare(_CLONE_NEWNS | _CLONE_NEWIPC))
    for folder in _FOLDERS:
        options = f"size={size},mode=755"
        _check(_libc.mount(b"tmpfs", folder.encode(), b"tmpfs", _MS_NOSUID | _MS_NODEV, options.encode()))
    os.chdir("/handin")
    os.environ["PWD"] = "/handin"  # noqa: S105 - a folder
    for kind, value in zip(limits[::2], limits[1::2], strict=True):
        resource.setrlimit(kind, (value, value))
    _check(_libc.capset(struct.pack("=Ii", _CAPABILITIES, 0), bytes(24)))
    lockdown.start()


def _run(program: Sequence[str], control: int) -> None:
    sys.argv = [program[0], str(control)]
    if program[0] == "-c":
        exec(compile(program[1], "<string>", "exec"), {"__name__": "__main__"})  # noqa: S102 - as `python -c` would
    else:
        runpy.run_path(program[0], run_name="__main__")


def _check(result: int) -> None:
    if result != 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
