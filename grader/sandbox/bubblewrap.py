"""The real sandbox: bubblewrap around a read-only runtime root, under a user of its own, with every layer stated.

No layer is trusted to hold alone. Namespaces hide the host; the filter closes what namespaces leave open (sockets,
shared memory, further namespaces, kernel surface); rlimits bound each process, a cgroup all of them; the uid stands
behind all. Must never mount anything of the host but the root and four harmless devices.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import resource
import shutil
import socket
import subprocess
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from grader.report import GraderFault
from grader.sandbox import cgroup, slots
from grader.sandbox.contract import Limits
from grader.sandbox.process import ENVIRONMENT, Process, apply, launch, rlimits
from grader.sandbox.root import DEVICES, Root, build

INSTALL = "install it: apt-get install bubblewrap"
PACKAGES = "/packages"
LOOP = (f"{PACKAGES}/grader/candidate/start.py",)
_PYTHON_FLAGS = ("-I", "-S", "-B", "-X", "utf8")
_LAUNCHERS = 2  # bubblewrap, which watches a second one of itself that is the sandbox's first process
_SPARE_PROCESSES = 256
_MB = 1 << 20


class Descriptors(NamedTuple):
    """What bubblewrap inherits from us for itself: none of them reaches the candidate."""

    rules: int  # the system call filter
    status: int  # where it reports, in JSON
    held: int  # until this is closed at our end, nothing runs


class Bubblewrap:
    """Implements `contract.Sandbox`. One in each worker; what it needs is found, and the root built, on first use."""

    name = "bubblewrap"

    def __init__(self, uid: int, cache: Path, program: tuple[str, ...] = LOOP, *, nurses: bool = False) -> None:
        """`uid` is the first of the users for sandboxes, taken when we are root; `program` what Python runs inside.

        If it `nurses`, the program is ours alone, and makes sandboxes within this one: it has the capability for that,
        and leaves the writable folders, the filter and the control group to them.
        """
        self.uid = uid
        self.cache = cache
        self._program = program
        self._nurses = nurses

    def prepare(self) -> None:
        """As the contract says."""
        _ = self._prefix, self._hierarchy

    def start(self, limits: Limits) -> Process:
        """As the contract says."""
        with contextlib.ExitStack() as undo:
            uid, lock = slots.take(self.uid) if os.geteuid() == 0 else (os.geteuid(), -1)
            if lock >= 0:
                undo.callback(os.close, lock)
            group = None if self._nurses else self.group(limits)
            if group is not None:
                undo.callback(group.remove)
            own_user = lock >= 0
            bounds = rlimits(limits, limits.processes + _LAUNCHERS if own_user else _everything_and(limits.processes))
            child, control, told, release = self._launch(uid, limits, bounds, group)
            undo.pop_all()
        first, init = _first_process(told), -1
        if first is not None:
            # It waits for us, so its pid is still its own; unless the launcher gave up, which is told below.
            with contextlib.suppress(ProcessLookupError):
                init = os.pidfd_open(first)
                if not own_user and counts_by_namespace():
                    resource.prlimit(first, resource.RLIMIT_NPROC, (limits.processes + 1,) * 2)
        os.close(release)
        process = Process(child, control, init=init, status=told, group=group, lock=lock)
        if init < 0:
            child.wait()
            message = f"{process.reap().detail.rstrip('.')}; `handin doctor` tells what this host lacks"
            raise GraderFault(message)
        return process

    def group(self, limits: Limits) -> cgroup.Group | None:
        """A control group for a candidate, where one can be made."""
        return None if self._hierarchy is None else self._hierarchy.make(limits, _LAUNCHERS)

    def most_processes(self, limits: Limits, beside: int) -> int:
        """RLIMIT_NPROC of a candidate beside so many processes of a nursery, which count as well."""
        if os.geteuid() == 0:
            return limits.processes + _LAUNCHERS + beside
        if counts_by_namespace():
            return limits.processes + 1 + beside
        return _everything_and(limits.processes)

    @cached_property
    def root(self) -> Root:
        """The runtime root; building it takes some seconds, once for each version of what is in it."""
        return build(self.cache)

    @cached_property
    def _hierarchy(self) -> cgroup.Hierarchy | None:
        return cgroup.find()

    @cached_property
    def _prefix(self) -> tuple[str, ...]:
        """The fixed part of bubblewrap's command line: everything but limits and descriptors."""
        bwrap = shutil.which("bwrap")
        if bwrap is None:
            message = f"bubblewrap is missing, so student code cannot be isolated; {INSTALL}"
            raise GraderFault(message)
        devices = [word for name in DEVICES for word in ("--dev-bind", f"/dev/{name}", f"/dev/{name}")]
        environment = [word for pair in ENVIRONMENT.items() for word in ("--setenv", *pair)]
        return (
            bwrap,
            *("--unshare-all", "--unshare-user"),
            *(("--disable-userns",) if may_disable_userns() else ()),
            *("--cap-drop", "ALL", *(("--cap-add", "CAP_SYS_ADMIN") if self._nurses else ())),
            *("--die-with-parent", "--new-session"),
            *("--uid", "65534", "--gid", "65534", "--hostname", "handin"),
            *("--clearenv", *environment),
            # bubblewrap's own root is a tmpfs without a limit; the bind on top of it is read-only, so none of it shows.
            *("--ro-bind", str(self.root.path), "/"),
            *devices,
        )

    def _launch(
        self, uid: int, limits: Limits, bounds: Sequence[tuple[int, int]], group: cgroup.Group | None
    ) -> tuple[subprocess.Popen[bytes], socket.socket, int, int]:
        """The child, the control socket, the descriptor that bubblewrap reports on, and the one that holds it back.

        Closing the last lets the sandbox be set up. Raises GraderFault, with nothing left open.
        """
        with contextlib.ExitStack() as kept, contextlib.ExitStack() as passed:
            told, tell = os.pipe()
            held, release = os.pipe()
            kept.callback(os.close, told)
            kept.callback(os.close, release)
            passed.callback(os.close, tell)
            passed.callback(os.close, held)
            entrances = [] if group is None else group.entrances()
            for entrance in entrances:
                passed.callback(os.close, entrance)
            # A nursery gets none to hold: its candidates read theirs from the root.
            rules = os.open(os.devnull if self._nurses else self.root.filter("start"), os.O_RDONLY | os.O_CLOEXEC)
            passed.callback(os.close, rules)
            inside = Descriptors(rules, tell, held)

            def before_exec() -> None:
                for entrance in entrances:
                    os.write(entrance, b"0")
                apply(bounds)

            try:
                child, control = launch(
                    lambda theirs: self._command(uid, limits, theirs, inside),
                    cwd="/",
                    environment={},
                    inherit=inside,
                    before_exec=before_exec,
                )
            except (OSError, subprocess.SubprocessError) as error:
                message = f"bubblewrap could not be started: {error}"
                raise GraderFault(message) from error
            kept.pop_all()
        return child, control, told, release

    def _command(self, uid: int, limits: Limits, control: int, inside: Descriptors) -> list[str]:
        size = str(limits.disk_mb * _MB)
        become: list[str] = []
        if os.geteuid() == 0:
            # Started as root, bubblewrap would leave the candidate root on the host, with all capabilities.
            user = ("--reuid", str(uid), "--regid", str(uid), "--clear-groups", "--no-new-privs")
            become = ["setpriv", *user, "--pdeathsig", "KILL", "--"]
        folders = ["--size", size, "--tmpfs", "/tmp", "--size", size, "--tmpfs", "/handin", "--chdir", "/handin"]  # noqa: S108
        return [
            *become,
            *self._prefix,
            *([] if self._nurses else [*folders, "--seccomp", str(inside.rules)]),
            *("--remount-ro", "/"),
            *("--json-status-fd", str(inside.status), "--block-fd", str(inside.held), "--"),
            *(self.root.python, *_PYTHON_FLAGS, *self._program, str(control)),
        ]


def version(bwrap: str) -> tuple[int, ...]:
    """bubblewrap's version, such as (0, 8, 0); empty when it does not say one."""
    answer = subprocess.run([bwrap, "--version"], capture_output=True, text=True, timeout=10)
    return tuple(int(number) for number in re.findall(r"\d+", answer.stdout)[:3])


def may_disable_userns() -> bool:
    """Whether `--disable-userns` can be used: from bubblewrap 0.8 on (Ubuntu 22.04 has 0.6), not in most containers.

    It writes below /proc/sys, which container engines mount read-only. The filter refuses nested namespaces either way.
    """
    bwrap = shutil.which("bwrap")
    return bwrap is not None and version(bwrap) >= (0, 8) and not os.statvfs("/proc/sys").f_flag & os.ST_RDONLY


def counts_by_namespace() -> bool:
    """Whether this kernel (from 5.14 on) counts a user's processes in each user namespace by itself."""
    return tuple(int(number) for number in re.findall(r"\d+", os.uname().release)[:2]) >= (5, 14)


def _everything_and(processes: int) -> int:
    """RLIMIT_NPROC for sandboxes under our own user, of whom it counts everything that runs on this host.

    All threads that there are now, from /proc/loadavg, and room for others to start. It only stops a fork bomb, so the
    sandbox gets a limit of its own where the kernel counts by namespace.
    """
    running = int(Path("/proc/loadavg").read_text().split()[3].partition("/")[2])
    return running + processes + _SPARE_PROCESSES


def _first_process(told: int) -> int | None:
    """The pid of the sandbox's first process, once bubblewrap has told it; None when it gave up before."""
    line = b""
    while not line.endswith(b"\n"):
        more = os.read(told, 4096)
        if not more:
            return None
        line += more
    pid: int = json.loads(line.splitlines()[0])["child-pid"]
    return pid
