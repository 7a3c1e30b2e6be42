"""System calls from inside, one by one: refused are those that would lead out, and all that nobody allowed."""

from __future__ import annotations

import errno
import json
import sys

import pyseccomp
import pytest

from grader.report import GraderFault
from grader.sandbox import seccomp

pytestmark = pytest.mark.sandbox

CONDITIONAL = {"clone", "clone3", "prctl", "fcntl", "ioctl", "prlimit64", "seccomp"}
ALLOWED = {name for names in seccomp._ALLOWED.values() for name in names.split()}
NEW_USER, NEW_NET, SIGCHLD = 0x10000000, 0x40000000, 17

# The call, its arguments, and why it must fail.
REFUSED = [
    ("socket", (2, 1, 0), "TCP over IPv4"),
    ("socket", (2, 2, 0), "UDP over IPv4"),
    ("socket", (10, 1, 0), "TCP over IPv6"),
    ("socket", (2, 3, 255), "raw IP"),
    ("socket", (1, 1, 0), "Unix sockets, abstract ones of the host among them"),
    ("socket", (16, 3, 0), "netlink"),
    ("socket", (17, 3, 0), "packets"),
    ("socket", (38, 5, 0), "the kernel's crypto"),
    ("socket", (40, 1, 0), "the hypervisor (vsock)"),
    ("socketpair", (1, 1, 0, 0), "a channel that nobody reads"),
    ("connect", (0, 0, 0), "network"),
    ("bind", (0, 0, 0), "network"),
    ("listen", (0, 1), "network"),
    ("accept4", (0, 0, 0, 0), "network"),
    ("setsockopt", (0, 1, 7, 0, 0), "tuning of the channel to the examiner"),
    ("shmget", (0, 4096, 0o1600), "memory past the limits"),
    ("shmat", (0, 0, 0), "memory past the limits"),
    ("msgget", (0, 0o1600), "memory past the limits"),
    ("semget", (0, 1, 0o1600), "memory past the limits"),
    ("mq_open", (0, 0, 0, 0), "memory past the limits"),
    ("memfd_create", (0, 0), "memory past the limits"),
    ("memfd_secret", (0,), "memory past the limits"),
    ("mlockall", (1,), "memory past the limits"),
    ("add_key", (0, 0, 0, 0, 0), "kernel memory that sandboxes share"),
    ("keyctl", (0, -3, 1), "kernel memory that sandboxes share"),
    ("request_key", (0, 0, 0, 0), "kernel memory that sandboxes share"),
    ("flock", (0, 2), "a covert channel over the shared files"),
    ("fcntl", (0, 6, 0), "a covert channel over the shared files (F_SETLK)"),
    ("fcntl", (1, 1031, 1 << 20), "kernel memory (F_SETPIPE_SZ)"),
    ("io_uring_setup", (1, 0), "calls that no filter sees"),
    ("io_uring_enter", (0, 0, 0, 0, 0, 0), "calls that no filter sees"),
    ("ptrace", (0, 0, 0, 0), "other processes"),
    ("process_vm_readv", (1, 0, 0, 0, 0, 0), "other processes"),
    ("process_vm_writev", (1, 0, 0, 0, 0, 0), "other processes"),
    ("kcmp", (1, 1, 0, 0, 0), "other processes"),
    ("pidfd_open", (1, 0), "other processes"),
    ("pidfd_getfd", (0, 0, 0), "other processes' descriptors"),
    ("prlimit64", (1, 7, 0, 0), "another process's limits"),
    ("rt_sigqueueinfo", (1, 9, 0), "signals with a forged sender"),
    ("seccomp", (1, 8, 0), "a listener that answers others' calls"),
    ("prctl", (4, 1, 0, 0, 0), "being dumped (PR_SET_DUMPABLE)"),
    ("prctl", (36, 1, 0, 0, 0), "adopting others (PR_SET_CHILD_SUBREAPER)"),
    ("ioctl", (0, 0x5412, 0), "typing into a terminal (TIOCSTI)"),
    ("perf_event_open", (0, 0, -1, -1, 0), "kernel surface"),
    ("bpf", (0, 0, 0), "kernel surface"),
    ("userfaultfd", (0,), "kernel surface"),
    ("modify_ldt", (0, 0, 0), "kernel surface"),
    ("unshare", (NEW_USER,), "a world in which one is root"),
    ("unshare", (NEW_NET,), "a world in which one is root"),
    ("setns", (0, 0), "other worlds"),
    ("clone", (NEW_USER | SIGCHLD, 0, 0, 0, 0), "a world in which one is root"),
    ("clone", (NEW_NET | SIGCHLD, 0, 0, 0, 0), "a world in which one is root"),
    ("mount", (0, 0, 0, 0, 0), "other file systems"),
    ("umount2", (0, 2), "what lies below a mount"),
    ("pivot_root", (0, 0), "what lies below a mount"),
    ("chroot", (0,), "what lies below a mount"),
    ("open_tree", (-100, 0, 0), "other file systems"),
    ("move_mount", (0, 0, 0, 0, 0), "other file systems"),
    ("fsopen", (0, 0), "other file systems"),
    ("mount_setattr", (0, 0, 0, 0, 0), "other file systems"),
    ("name_to_handle_at", (-100, 0, 0, 0, 0), "files by number"),
    ("open_by_handle_at", (0, 0, 0), "files by number"),
    ("personality", (0x0040000,), "address randomisation turned off"),
    ("mknodat", (-100, 0, 0o20600, 0), "devices and pipes with names"),
    ("linkat", (-100, 0, -100, 0, 0), "links"),
    ("symlinkat", (0, -100, 0), "links"),
    ("setxattr", (0, 0, 0, 0, 0), "hidden places in files"),
    ("fchownat", (-100, 0, 0, 0, 0), "others' files"),
    ("setuid", (0,), "another user"),
    ("setresuid", (0, 0, 0), "another user"),
    ("setgid", (0,), "another group"),
    ("setgroups", (0, 0), "other groups"),
    ("capset", (0, 0), "privilege"),
    ("sched_setaffinity", (0, 8, 0), "another core than the one given"),
    ("sched_setscheduler", (0, 1, 0), "going first"),
    ("setpriority", (0, 0, -20), "going first"),
    ("ioprio_set", (1, 0, 0), "going first"),
    ("inotify_init1", (0,), "watching"),
    ("fanotify_init", (0, 0), "watching"),
    ("splice", (0, 0, 1, 0, 1, 0), "pages of others"),
    ("vmsplice", (1, 0, 0, 0), "pages of others"),
    ("execveat", (0, 0, 0, 0, 0), "a program from a descriptor"),
    ("syslog", (3, 0, 0), "the kernel's log"),
    ("reboot", (0, 0, 0, 0), "the machine"),
    ("kexec_load", (0, 0, 0, 0), "the machine"),
    ("init_module", (0, 0, 0), "the machine"),
    ("swapon", (0, 0), "the machine"),
    ("acct", (0,), "the machine"),
    ("quotactl", (0, 0, 0, 0), "the machine"),
    ("settimeofday", (0, 0), "the clock"),
    ("clock_settime", (0, 0), "the clock"),
    ("sethostname", (0, 0), "the name"),
]


def number(name: str) -> int:
    return pyseccomp.resolve_syscall(pyseccomp.Arch.NATIVE, name)


@pytest.fixture(scope="module")
def call(launch):
    """call("socket", 2, 1, 0) makes that system call inside and gives the errno's name, "" for success."""
    running = launch("call")
    answers = running.control.makefile()

    def make(which: str | int, *arguments: int) -> str:
        which = number(which) if isinstance(which, str) else which
        running.control.sendall(json.dumps([which, *arguments]).encode() + b"\n")
        return errno.errorcode.get(int(answers.readline()), "")

    yield make
    answers.close()
    running.reap()


@pytest.mark.parametrize(("name", "arguments", "why"), REFUSED, ids=[f"{row[0]}-{row[2]}" for row in REFUSED])
def test_a_call_that_would_lead_out_is_refused(call, name, arguments, why):
    assert number(name) >= 0 or name == "memfd_secret", f"{name} is misspelt"
    if number(name) >= 0:
        assert call(name, *arguments) == "EPERM", why


def test_every_call_that_nobody_allowed_is_refused(call):
    numbers = {}
    for candidate in range(512):
        try:
            numbers[candidate] = pyseccomp.resolve_syscall(pyseccomp.Arch.NATIVE, candidate).decode()
        except ValueError:  # a gap in the table
            continue
    assert len(numbers) > 250
    allowed = {which for which, name in numbers.items() if name in ALLOWED | CONDITIONAL}
    let_through = {numbers[which] for which in numbers.keys() - allowed if call(which, -1, -1, -1) != "EPERM"}
    assert not let_through


def test_calls_newer_than_the_library_are_refused(call):
    assert {call(which, 0, 0, 0) for which in range(460, 520)} == {"EPERM"}


def test_clone3_seems_not_to_exist_so_that_the_c_library_falls_back_to_clone(call):
    assert call("clone3", 0, 0) == "ENOSYS"


def test_harmless_calls_pass(call):
    assert call("getpid") == call("sched_yield") == call("prctl", 38, 1, 0, 0, 0) == ""


def test_each_allowed_name_exists_on_some_architecture_that_we_support():
    arches = (pyseccomp.Arch.X86_64, pyseccomp.Arch.AARCH64)
    for name in ALLOWED | CONDITIONAL:
        assert any(pyseccomp.resolve_syscall(arch, name) >= 0 for arch in arches), f"{name} is misspelt"


def test_aarch64_keeps_the_calls_that_python_cannot_do_without():
    needed = {"openat", "newfstatat", "read", "write", "mmap", "munmap", "clone", "execve", "wait4", "futex"}
    needed |= {"sendmsg", "recvmsg", "ppoll", "exit_group"}
    assert needed <= ALLOWED | CONDITIONAL
    assert all(pyseccomp.resolve_syscall(pyseccomp.Arch.AARCH64, name) >= 0 for name in needed)


def test_a_host_without_the_library_is_told_how_to_get_it(monkeypatch):
    class Missing:
        def find_spec(self, name, path=None, target=None):
            if name == "pyseccomp":
                raise RuntimeError("Unable to find libseccomp")

    monkeypatch.delitem(sys.modules, "pyseccomp")
    monkeypatch.setattr(sys, "meta_path", [Missing(), *sys.meta_path])
    with pytest.raises(GraderFault, match="apt-get install libseccomp2"):
        seccomp.library()
