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
import shutil
import subprocess
from functools import cached_property
from pathlib import Path

from grader.report import GraderFault
from grader.sandbox import cgroup, slots
from grader.sandbox.contract import Finding, Limits
from grader.sandbox.process import ENVIRONMENT, Process, apply, launch, rlimits
from grader.sandbox.root import DEVICES, Root, build

INSTALL = "install it: apt-get install bubblewrap"
_LOOP = ("/packages/grader/candidate/start.py",)
_PYTHON_FLAGS = ("-I", "-S", "-B", "-X", "utf8")
_LAUNCHERS = 2  # bubblewrap, which watches a second one of itself that is the sandbox's first process
_SPARE_PROCESSES = 256
_MB = 1 << 20


class Bubblewrap:
    """Implements `contract.Sandbox`. One in each worker; what it needs is found, and the root built, on first use."""

    name = "bubblewrap"

    def __init__(self, uid: int, cache: Path, program: tuple[str, ...] = _LOOP) -> None:
        """`uid` is the first of the users for sandboxes, taken when we are root; `program` what Python runs inside."""
        self.uid = uid
        self.cache = cache
        self._program = program

    def prepare(self) -> None:
        """As the contract says."""
        _ = self._prefix, self._hierarchy

    def start(self, limits: Limits) -> Process:
        """As the contract says."""
        root, hierarchy = self.root, self._hierarchy
        with contextlib.ExitStack() as undo:
            uid, lock = _user(self.uid)
            if lock >= 0:
                undo.callback(os.close, lock)
            group, entrances = None, []
            if hierarchy is not None:
                group = hierarchy.make(limits, _LAUNCHERS)
                undo.callback(group.remove)
                entrances = group.entrances()
            bounds = rlimits(limits, _process_limit(limits, shared_user=lock < 0))

            def before_exec() -> None:
                for entrance in entrances:
                    os.write(entrance, b"0")
                apply(bounds)

            told, tell = os.pipe()
            undo.callback(os.close, told)
            with root.filter("start").open("rb") as rules:
                try:
                    child, control = launch(
                        lambda fd: self._command(uid, limits, fd, rules.fileno(), tell),
                        cwd="/",
                        environment={},
                        inherit=(rules.fileno(), tell),
                        before_exec=before_exec,
                    )
                except (OSError, subprocess.SubprocessError) as error:
                    message = f"bubblewrap could not be started: {error}"
                    raise GraderFault(message) from error
                finally:
                    os.close(tell)
                    for entrance in entrances:
                        os.close(entrance)
            undo.pop_all()
        first = _first_process(told)
        process = Process(child, control, init=first or -1, status=told, group=group, lock=lock)
        if first is None:
            child.wait()
            message = f"{process.reap().detail}. `handin doctor` tells what this host lacks"
            raise GraderFault(message)
        return process

    def findings(self) -> list[Finding]:
        """As the contract says."""
        from grader.sandbox import doctor

        return doctor.examine(self)

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
            *("--cap-drop", "ALL", "--die-with-parent", "--new-session"),
            *("--uid", "65534", "--gid", "65534", "--hostname", "handin"),
            *("--clearenv", *environment),
            # bubblewrap's own root is a tmpfs without a limit; the bind on top of it is read-only, so none of it shows.
            *("--ro-bind", str(self.root.path), "/"),
            *devices,
        )

    def _command(self, uid: int, limits: Limits, control: int, rules: int, status: int) -> list[str]:
        size = str(limits.disk_mb * _MB)
        become: list[str] = []
        if os.geteuid() == 0:
            # Started as root, bubblewrap would leave the candidate root on the host, with all capabilities.
            user = ("--reuid", str(uid), "--regid", str(uid), "--clear-groups", "--no-new-privs")
            become = ["setpriv", *user, "--pdeathsig", "KILL", "--"]
        return [
            *become,
            *self._prefix,
            *("--size", size, "--tmpfs", "/tmp", "--size", size, "--tmpfs", "/handin", "--chdir", "/handin"),  # noqa: S108
            *("--remount-ro", "/", "--seccomp", str(rules), "--json-status-fd", str(status), "--"),
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


def _user(first: int) -> tuple[int, int]:
    return slots.take(first) if os.geteuid() == 0 else (os.geteuid(), -1)


def _process_limit(limits: Limits, *, shared_user: bool) -> int:
    """RLIMIT_NPROC, which counts all of a user's threads on the host.

    With a user of the sandbox's own that is exact. With ours it cannot be: all that runs now, from /proc/loadavg, and a
    margin. That stops a fork bomb, and a cgroup or `no_fork` does the rest.
    """
    if not shared_user:
        return limits.processes + _LAUNCHERS
    running = int(Path("/proc/loadavg").read_text().split()[3].partition("/")[2])
    return running + limits.processes + _SPARE_PROCESSES


def _first_process(told: int) -> int | None:
    """A pidfd of the sandbox's first process, once bubblewrap has told its pid; None when it gave up before."""
    line = b""
    while not line.endswith(b"\n"):
        more = os.read(told, 4096)
        if not more:
            return None
        line += more
    try:
        return os.pidfd_open(json.loads(line.splitlines()[0])["child-pid"])
    except ProcessLookupError:
        return None
