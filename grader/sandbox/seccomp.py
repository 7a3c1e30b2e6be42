"""The system calls that student code may make, as filters compiled once for each runtime root.

Three filters, each only ever added to the one before (the kernel takes the strictest answer):

* `start`   an allow-list that bubblewrap installs: what Python, NumPy and the candidate loop need, and nothing else;
* `no_exec` installed by the loop before it imports the hand-in: the one program start is used up;
* `no_fork` installed in each test's own process: threads, but no further processes.

A call that is not allowed gives EPERM, so that a student sees a PermissionError in his own line and not a dead process.
Rules go by name: a name that this architecture (aarch64 has no `open`) or this libseccomp lacks is left out.
"""

from __future__ import annotations

import errno
import fcntl
import termios
from pathlib import Path
from types import ModuleType
from typing import Any

from grader.report import GraderFault

FILTERS = ("start", "no_exec", "no_fork")

# Allowed whatever the arguments, in groups by what they are needed for.
_ALLOWED: dict[str, str] = {
    "memory: malloc, NumPy's buffers, dlopen (which maps code), madvise for huge arrays": """
        brk mmap munmap mremap mprotect madvise mincore msync""",
    "files: the hand-in is written to a tmpfs, modules are imported, a student may use tempfile and np.save": """
        open openat creat close close_range read write readv writev pread64 pwrite64 preadv pwritev preadv2 pwritev2
        lseek stat fstat lstat newfstatat statx statfs fstatfs access faccessat faccessat2 readlink readlinkat
        getdents getdents64 getcwd chdir fchdir mkdir mkdirat rmdir unlink unlinkat rename renameat renameat2
        truncate ftruncate fallocate fsync fdatasync fadvise64 chmod fchmod fchmodat umask utime utimes utimensat
        futimesat sendfile copy_file_range dup dup2 dup3 pipe pipe2""",
    "waiting: select, poll and epoll of Python's own library": """
        select pselect6 poll ppoll epoll_create epoll_create1 epoll_ctl epoll_wait epoll_pwait epoll_pwait2 eventfd2""",
    "talking over sockets that were inherited or received; none can be made, bound, connected or tuned": """
        sendto recvfrom sendmsg recvmsg shutdown getsockname getpeername getsockopt""",
    "threads and locks": """
        futex set_robust_list get_robust_list set_tid_address rseq membarrier sched_yield arch_prctl
        set_thread_area get_thread_area""",
    "processes: the loop forks one for each test and waits for it; `no_fork` takes this away inside a test": """
        fork vfork wait4 waitid exit exit_group""",
    "one start of a program, used up by `no_exec`": """
        execve""",
    "signals: the pid namespace keeps kill() inside the sandbox; none that carries a forged sender": """
        kill tkill tgkill rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending rt_sigtimedwait rt_sigsuspend
        sigaltstack pause restart_syscall""",
    "clocks and timers": """
        clock_gettime clock_getres clock_nanosleep nanosleep gettimeofday time times getitimer setitimer alarm
        timer_create timer_settime timer_gettime timer_getoverrun timer_delete""",
    "who am I, how much may I use: read only; OpenBLAS counts processors": """
        getpid getppid gettid getuid geteuid getgid getegid getresuid getresgid getgroups getpgid getpgrp getsid
        uname sysinfo getcpu getrusage getrlimit sched_getaffinity sched_getparam sched_getscheduler
        sched_get_priority_max sched_get_priority_min getpriority capget setsid setpgid""",
    "randomness": """
        getrandom""",
    "own limits and further filters: both can only be tightened without privilege": """
        setrlimit""",
}

# Left out on purpose, with what they would open:
#   socket, socketpair, connect, bind, listen, accept: the network, and abstract sockets of the host
#   shm*, msg*, sem*, mq_*, memfd_*: memory that RLIMIT_AS does not see
#   add_key, keyctl, request_key: kernel memory that sandboxes would share
#   flock and fcntl locks: on the shared read-only files, a covert channel between sandboxes
#   io_uring_*: calls that no filter sees
#   ptrace, process_vm_*, kcmp, pidfd_*, perf_event_open, bpf, userfaultfd: other processes, and much kernel surface
#   unshare, setns, mount, umount2, pivot_root, chroot, move_mount, open_tree, fs*: worlds in which one is root
#   personality: turns address randomisation off
#   mknod, link, symlink, *xattr, chown, name_to_handle_at, inotify_*, fanotify_*: files that are more than files
#   set*uid, set*gid, capset, sched_set*, setpriority, ioprio_set: who one is, and the core that was chosen outside
#   splice, tee, vmsplice, modules, kexec, reboot, swap, quota, clock setting, syslog, acct: no homework needs them

_NEW_NAMESPACE = 0x7E02_0000  # CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET
_CLONE_THREAD = 0x0001_0000
_SECCOMP_SET_MODE_FILTER = 1
_PRCTL = {
    "PR_SET_PDEATHSIG": 1,
    "PR_SET_NAME": 15,
    "PR_GET_NAME": 16,
    "PR_SET_SECCOMP": 22,
    "PR_SET_NO_NEW_PRIVS": 38,
    "PR_GET_NO_NEW_PRIVS": 39,
    "PR_SET_VMA": 0x53564D41,  # newer C libraries name their heaps with it
}
_FCNTL = (fcntl.F_DUPFD, fcntl.F_DUPFD_CLOEXEC, fcntl.F_GETFD, fcntl.F_SETFD, fcntl.F_GETFL, fcntl.F_SETFL)
# Python asks each stream whether it is a terminal, and sets descriptors non-blocking and close-on-exec this way.
_IOCTL = (termios.TCGETS, termios.TIOCGWINSZ, termios.FIONBIO, termios.FIONREAD, termios.FIOCLEX, termios.FIONCLEX)


def library() -> ModuleType:
    """The Python binding of libseccomp. Raises GraderFault with the command that installs the library."""
    try:
        import pyseccomp
    except RuntimeError as error:  # what it raises when the C library is missing
        message = "libseccomp is missing; install it: apt-get install libseccomp2"
        raise GraderFault(message) from error
    module: ModuleType = pyseccomp
    return module


def compile_into(folder: Path) -> None:
    """Write each filter to `folder` as `<name>.bpf`, in the kernel's own form for this machine's architecture."""
    sec = library()
    for name, make in (("start", _start), ("no_exec", _no_exec), ("no_fork", _no_fork)):
        with (folder / f"{name}.bpf").open("wb") as file:
            make(sec).export_bpf(file)


class _Rules:
    """A filter under construction that knows which names exist here."""

    def __init__(self, sec: ModuleType, default: int) -> None:
        self._sec = sec
        self.filter = sec.SyscallFilter(default)

    def add(self, action: int, name: str, *conditions: object) -> None:
        """Apply `action` to the call `name` when all `conditions` hold."""
        number = self._sec.resolve_syscall(self._sec.Arch.NATIVE, name)
        if number >= 0:
            self.filter.add_rule(action, number, *conditions)


def _start(sec: ModuleType) -> Any:
    denied = sec.ERRNO(errno.EPERM)
    rules = _Rules(sec, denied)

    def is_(argument: int, value: int) -> object:
        return sec.Arg(argument, sec.EQ, value)

    for names in _ALLOWED.values():
        for name in names.split():
            rules.add(sec.ALLOW, name)
    # A thread or a child, but no namespace. clone3 hides its flags behind a pointer, which a filter cannot follow: told
    # that it does not exist, the C library goes back to clone.
    rules.add(sec.ALLOW, "clone", sec.Arg(0, sec.MASKED_EQ, _NEW_NAMESPACE, 0))
    rules.add(sec.ERRNO(errno.ENOSYS), "clone3")
    for option in _PRCTL.values():
        rules.add(sec.ALLOW, "prctl", is_(0, option))
    for command in _FCNTL:
        rules.add(sec.ALLOW, "fcntl", is_(1, command))
    for request in _IOCTL:
        rules.add(sec.ALLOW, "ioctl", is_(1, request))
    # Only its own limits: with another's pid it would need a privilege anyway.
    rules.add(sec.ALLOW, "prlimit64", is_(0, 0))
    # Without flags: no listener descriptor, by which one process answers another's calls.
    rules.add(sec.ALLOW, "seccomp", is_(0, _SECCOMP_SET_MODE_FILTER), is_(1, 0))
    return rules.filter


def _no_exec(sec: ModuleType) -> Any:
    rules = _Rules(sec, sec.ALLOW)
    for name in ("execve", "execveat"):
        rules.add(sec.ERRNO(errno.EPERM), name)
    return rules.filter


def _no_fork(sec: ModuleType) -> Any:
    rules = _Rules(sec, sec.ALLOW)
    for name in ("fork", "vfork"):
        rules.add(sec.ERRNO(errno.EPERM), name)
    rules.add(sec.ERRNO(errno.EPERM), "clone", sec.Arg(0, sec.MASKED_EQ, _CLONE_THREAD, 0))
    return rules.filter
