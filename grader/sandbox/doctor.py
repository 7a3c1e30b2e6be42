"""Says how each layer of isolation stands on this host, and the exact remedy for what is missing.

Looks, and starts one sandbox to see whether the layers hold together. Changes nothing on the host.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from enum import StrEnum
from pathlib import Path

import msgspec

from grader.report import GraderFault
from grader.sandbox import cgroup, seccomp
from grader.sandbox.bubblewrap import INSTALL, Bubblewrap, counts_by_namespace, may_disable_userns, version
from grader.sandbox.contract import Limits
from grader.sandbox.nursery import Nursery
from grader.sandbox.root import SYSTEM_CACHE, cache_for

_PATIENCE_SECONDS = 20.0
_CONTAINER_REMEDY = (
    "give the container the seccomp profile in deploy/ (security_opt: seccomp:…; with AppArmor also "
    "apparmor:unconfined); no capability is needed"
)
# What a host can have set against user namespaces, the value that forbids them, and the remedy.
_SWITCHES = (
    (
        "kernel/apparmor_restrict_unprivileged_userns",
        "1",
        (
            "echo kernel.apparmor_restrict_unprivileged_userns=0 > /etc/sysctl.d/60-handin.conf && sysctl --system "
            "(or load an AppArmor profile for /usr/bin/bwrap with the rule `userns,`)"
        ),
    ),
    (
        "kernel/unprivileged_userns_clone",
        "0",
        "echo kernel.unprivileged_userns_clone=1 > /etc/sysctl.d/60-handin.conf && sysctl --system",
    ),
    (
        "user/max_user_namespaces",
        "0",
        "echo user.max_user_namespaces=10000 > /etc/sysctl.d/60-handin.conf && sysctl --system",
    ),
)
# Tries what must fail inside; answers with one letter for each thing that did not.
SELF_TEST = """
import os, socket, sys
control = socket.socket(fileno=int(sys.argv[1]))
def opens(attempt, *arguments):
    try:
        attempt(*arguments)
    except OSError:
        return False
    return True
open_doors = b""
if opens(socket.socket): open_doors += b"n"
if opens(open, "/x", "w") or opens(open, "/dev/x", "w"): open_doors += b"w"
if opens(os.listdir, "/proc") or opens(os.listdir, "/etc"): open_doors += b"f"
if os.getuid() == 0: open_doors += b"r"
control.sendall(open_doors + b".")
control.recv(1)
"""
_DOORS = {"n": "a socket can be made", "w": "/ can be written", "f": "the host's files show", "r": "it runs as root"}


class Level(StrEnum):
    """How a layer of isolation stands: there, there in part, or missing so that nothing can be graded safely."""

    PASS = "PASS"  # noqa: S105 - a word of the doctor's, no password
    CAUTION = "CAUTION"
    FAIL = "FAIL"


class Finding(msgspec.Struct, frozen=True):
    """One row of `handin doctor`: the layer, how it stands, what was seen, and what to do about it ("" for nothing)."""

    layer: str
    level: Level
    seen: str
    remedy: str = ""


def examine(name: str, uid: int, cache: Path) -> list[Finding]:
    """One finding for each layer, from the program that makes them to all of them together. Arguments as of
    `grader.sandbox.backend`, of one that isolates."""
    sandbox = Bubblewrap(uid, cache)
    findings = [_launcher(), _user(uid), _namespaces(), _filter(), _groups(), _root(sandbox)]
    if all(finding.level is not Level.FAIL for finding in findings):
        backend = Nursery if name == Nursery.name else Bubblewrap
        findings.append(_together(backend(uid, cache, ("-c", SELF_TEST))))
    return findings


def in_container() -> bool:
    """Whether this looks like the inside of a Docker or Podman container."""
    return Path("/.dockerenv").exists() or Path("/run/.containerenv").exists()


def _launcher() -> Finding:
    bwrap = shutil.which("bwrap")
    if bwrap is None:
        return Finding("bubblewrap", Level.FAIL, "not installed", INSTALL)
    if os.geteuid() == 0 and shutil.which("setpriv") is None:
        return Finding("bubblewrap", Level.FAIL, "setpriv is missing", "install it: apt-get install util-linux")
    found = ".".join(map(str, version(bwrap)))
    if may_disable_userns():
        return Finding("bubblewrap", Level.PASS, f"{found} at {bwrap}")
    why = "it is older than 0.8" if version(bwrap) < (0, 8) else "/proc/sys is read-only, as in a container"
    return Finding(
        "bubblewrap",
        Level.CAUTION,
        f"{found} at {bwrap}, without --disable-userns: {why}",
        "nothing has to be done: the system call filter refuses nested namespaces too",
    )


def _user(first_uid: int) -> Finding:
    if os.geteuid() == 0:
        seen = f"worker is root; each sandbox gets a user of its own, from {first_uid} on"
        return Finding("user", Level.PASS, seen)
    seen = f"worker is user {os.geteuid()}, without privilege, and so are its sandboxes"
    if counts_by_namespace():
        return Finding("user", Level.PASS, seen)
    return Finding(
        "user", Level.CAUTION, f"{seen}; this kernel counts their processes together", "use Linux 5.14 or later"
    )


def _namespaces() -> Finding:
    """Whether bubblewrap can make them, found by trying; the host's switches only explain a refusal."""
    bwrap = shutil.which("bwrap")
    if bwrap is None:
        return Finding("namespaces", Level.FAIL, "not tried: bubblewrap is missing", INSTALL)
    become: tuple[str, ...] = ()
    if os.geteuid() == 0:
        become = ("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "--no-new-privs", "--")
    command = (*become, bwrap, "--unshare-all", "--unshare-user", "--cap-drop", "ALL", "--ro-bind", "/", "/", "true")
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE_SECONDS)
    except (OSError, subprocess.SubprocessError) as error:
        return Finding("namespaces", Level.FAIL, str(error), "see the finding on bubblewrap")
    if answer.returncode == 0:
        return Finding("namespaces", Level.PASS, "user, process, mount, network, IPC, host name and cgroup")
    return Finding("namespaces", Level.FAIL, answer.stderr.strip(), namespace_remedy(Path("/proc/sys")))


def namespace_remedy(switches: Path) -> str:
    """What to do when namespaces are refused, from the host's switches below `switches` (/proc/sys)."""
    for name, forbids, remedy in _SWITCHES:
        switch = switches / name
        if switch.exists() and switch.read_text().strip() == forbids:
            return remedy
    if in_container():
        return _CONTAINER_REMEDY
    return "the kernel or a security module refuses user namespaces; `dmesg | tail` may say which"


def _filter() -> Finding:
    try:
        seccomp.library()
    except GraderFault as fault:
        return Finding("system call filter", Level.FAIL, str(fault), "apt-get install libseccomp2")
    if "Seccomp_filters" not in Path("/proc/self/status").read_text():
        return Finding(
            "system call filter",
            Level.FAIL,
            "this kernel has no seccomp filters",
            "use a kernel with CONFIG_SECCOMP_FILTER (every distribution's is)",
        )
    return Finding("system call filter", Level.PASS, "libseccomp and the kernel's filters")


def _groups() -> Finding:
    hierarchy = cgroup.find()
    if hierarchy is not None:
        places = ", ".join(map(str, dict.fromkeys(hierarchy.folders.values())))
        return Finding("control groups", Level.PASS, f"version {hierarchy.version} at {places}")
    return Finding(
        "control groups",
        Level.CAUTION,
        "none can be written: memory is bounded for each process, not for all together, and its end is less clear",
        "run the worker as root, or bound its container (mem_limit and pids_limit)",
    )


def _root(sandbox: Bubblewrap) -> Finding:
    try:
        root = sandbox.root
    except GraderFault as fault:
        return Finding("runtime root", Level.FAIL, str(fault), "see the message")
    moved = cache_for(sandbox.cache) == SYSTEM_CACHE != sandbox.cache.resolve()
    why = f" ({sandbox.cache} cannot be reached by a sandbox's user)" if moved else ""
    return Finding("runtime root", Level.PASS, f"{root.path}{why}")


def _together(sandbox: Bubblewrap | Nursery) -> Finding:
    try:
        sandbox.prepare()
        began = time.monotonic()
        running = sandbox.start(Limits())
    except GraderFault as fault:
        plain = ", or try HANDIN_SANDBOX=bubblewrap" if sandbox.name == Nursery.name else ""
        return Finding("all together", Level.FAIL, str(fault), f"see the message{plain}")
    try:
        running.control.settimeout(_PATIENCE_SECONDS)
        answer = running.control.recv(16).decode(errors="replace")
    except OSError as error:
        answer = str(error)
    milliseconds = (time.monotonic() - began) * 1000
    ended = running.reap()
    if answer == ".":
        return Finding("all together", Level.PASS, f"a sandbox started in {milliseconds:.0f} ms and held")
    found = [words for letter, words in _DOORS.items() if letter in answer] or [ended.detail]
    return Finding("all together", Level.FAIL, "; ".join(found), "report this with the output of `handin doctor`")
