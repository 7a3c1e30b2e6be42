"""The doors that the candidate shuts behind itself, before the student's code can use them.

Each is a system call filter that was compiled with the runtime root (`grader.sandbox.seccomp` says what is in them).
They can be added and never taken away, and hold in every child. Runs inside the sandbox: Python's own library alone.
"""

from __future__ import annotations

import ctypes
import os
from functools import cache
from pathlib import Path

FILTERS = Path("/filters")
UNSAFE = "HANDIN_UNSAFE"  # in the environment of a candidate without isolation, and of no other

_PR_SET_SECCOMP = 22
_PR_SET_NO_NEW_PRIVS = 38
_SECCOMP_MODE_FILTER = 2
_INSTRUCTION = 8  # bytes in one BPF instruction


class _Program(ctypes.Structure):
    """`struct sock_fprog`: how many instructions, and where they are."""

    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def prepare() -> None:
    """Reads the filters, so that the process of each test need not. Raises OSError when one is missing."""
    if not os.environ.get(UNSAFE):
        for name in ("start", "no_exec", "no_fork"):
            _program(name)
        _libc()


def start() -> None:
    """The allow-list under which all of this runs, where no launcher has installed it."""
    _install("start")


def no_exec() -> None:
    """From now on this process and its children start no program. Call before the hand-in is imported."""
    _install("no_exec")


def no_fork() -> None:
    """From now on this process starts threads, but no processes. Call first thing in a test's own process."""
    _install("no_fork")


def _install(name: str) -> None:
    """Raises OSError when the filter is missing or refused: better no candidate than one with an open door."""
    if os.environ.get(UNSAFE):
        return
    program, libc = _program(name), _libc()
    for arguments in (
        (_PR_SET_NO_NEW_PRIVS, ctypes.c_ulong(1), ctypes.c_ulong(0), ctypes.c_ulong(0), ctypes.c_ulong(0)),
        (_PR_SET_SECCOMP, ctypes.c_ulong(_SECCOMP_MODE_FILTER), ctypes.byref(program)),
    ):
        if libc.prctl(*arguments) != 0:
            error = ctypes.get_errno()
            raise OSError(error, f"the kernel refused the filter {name}: {os.strerror(error)}")


@cache
def _program(name: str) -> _Program:
    code = (FILTERS / f"{name}.bpf").read_bytes()
    return _Program(len(code) // _INSTRUCTION, code)


@cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
