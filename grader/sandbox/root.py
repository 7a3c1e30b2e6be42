"""The runtime root: the only file system that student code ever sees, built once and shared read-only.

    /python    the interpreter and its standard library, without tests, installers, windows and databases
    /packages  NumPy, msgspec, and of this project what runs inside: `grader/wire/` and `grader/candidate/`
    /lib…      the shared libraries that those need, and the loader
    /filters   the compiled system call filters
    /dev /tmp /handin   mount points

A root is named by a fingerprint of everything it is made from, so a changed candidate or NumPy gets a new one. It must
never hold a test, a reference, a secret, a shell or an account of the host.
"""

from __future__ import annotations

import compileall
import contextlib
import fcntl
import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from grader.report import GraderFault
from grader.sandbox import seccomp

SYSTEM_CACHE = Path("/var/cache/handin")
MOUNT_POINTS = ("dev", "tmp", "handin")
DEVICES = ("null", "zero", "random", "urandom")

_GRADER = Path(__file__).resolve().parent.parent
_MADE_FROM = ("__init__.py", "wire/*.py", "candidate/**/*.py")  # of the package `grader`
_VERSION = f"python{sys.version_info.major}.{sys.version_info.minor}"

_NOT_LIBRARY = (
    *("test", "tests", "site-packages", "dist-packages", "sitecustomize.py", "EXTERNALLY-MANAGED"),
    *("ensurepip", "venv", "distutils", "lib2to3", "pydoc_data", "config-*"),
    *("idlelib", "tkinter", "turtledemo", "turtle.py", "curses", "sqlite3"),
    *("*.opt-1.pyc", "*.opt-2.pyc"),
)
# Modules in C that no NumPy homework needs, and whose shared libraries (OpenSSL, SQLite, Tk, ncurses) would otherwise
# come along as a large surface. hashlib does without OpenSSL.
_NOT_DYNLOAD = (
    *("_ssl.*", "_hashlib.*", "_sqlite3.*", "_tkinter.*", "_curses*", "readline.*", "_dbm.*", "_gdbm.*", "nis.*"),
    *("_crypt.*", "ossaudiodev.*", "spwd.*", "_test*", "_ctypes_test.*", "_xx*", "xx*"),
)
# Not all of `tests`: numpy.testing imports a module from numpy/_core/tests.
_NOT_PACKAGES = (
    "test_*",
    "data",
    "examples",
    "_examples",
    "f2py",
    "distutils",
    "include",
    "*pyinstaller",
    "*.pyi",
    "*.a",
)


class Root:
    """A built root, kept from removal while this object, or a fork's copy of it, lives."""

    def __init__(self, path: Path, lock: int) -> None:
        self.path = path
        self._release = weakref.finalize(self, os.close, lock)

    @property
    def python(self) -> str:
        """The interpreter's path inside."""
        return f"/python/bin/{_VERSION}"

    def filter(self, name: str) -> Path:
        """The host's path of a compiled system call filter."""
        return self.path / "filters" / f"{name}.bpf"

    def close(self) -> None:
        """Allow removal. Idempotent."""
        self._release()


def cache_for(wanted: Path) -> Path:
    """Where roots are kept: `wanted`, unless the sandbox's user could not reach it there.

    A worker that runs as root starts sandboxes as another user, who must be able to walk down to the root. A folder
    below one of mode 700, such as /root, is replaced by the world-readable /var/cache/handin.
    """
    wanted = wanted.resolve()
    if os.geteuid() != 0:
        return wanted
    existing = [folder for folder in (wanted, *wanted.parents) if folder.exists()]
    return wanted if all(folder.stat().st_mode & 0o001 for folder in existing) else SYSTEM_CACHE


def build(cache: Path) -> Root:
    """The root for this interpreter and this version of the candidate, from the cache or built now (some seconds).

    Safe when several processes build at once: one builds, the others wait and take what it made. Roots that no process
    uses any more are removed. Raises GraderFault.
    """
    cache = cache_for(cache)
    try:
        cache.mkdir(mode=0o755, parents=True, exist_ok=True)
        if cache.stat().st_uid != os.geteuid():
            message = f"{cache} belongs to another user, who could change what runs in the sandbox; name another folder"
            raise GraderFault(message)
        final = cache / f"root-{fingerprint()}"
        with _locked(cache / "build.lock"):
            root = Root(final, _hold(final))
            if not final.exists():
                _build(cache, final)
            _remove_unused(cache)
    except (OSError, subprocess.SubprocessError) as error:
        message = f"The sandbox's runtime root could not be built in {cache}: {error}"
        raise GraderFault(message) from error
    return root


def fingerprint() -> str:
    """16 hex digits over all that a root is made from: the interpreter, the packages, our files, and this builder."""
    digest = hashlib.sha256()
    interpreter = _interpreter()
    for fact in (sys.version, platform.machine(), platform.libc_ver(), interpreter, _stamp(interpreter)):
        digest.update(repr(fact).encode())
    for package in _packages():
        digest.update(repr((package.name, _stamp(package))).encode())
        for metadata in sorted(package.parent.glob(f"{package.name}-*.dist-info")):
            digest.update(metadata.name.encode())  # the version, such as numpy-2.2.6
    for file in (*_own_files(), Path(__file__), Path(seccomp.__file__)):
        digest.update(repr(file.name).encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def _build(cache: Path, final: Path) -> None:
    for left in cache.glob(".building-*"):  # of a builder that was killed; we hold the lock, so none is alive
        shutil.rmtree(left)
    building = Path(tempfile.mkdtemp(prefix=".building-", dir=cache))
    try:
        _fill(building)
        building.chmod(0o755)
        building.rename(final)
    except BaseException:
        shutil.rmtree(building)
        raise


def _fill(root: Path) -> None:
    """Make the tree. The two trees are copied with times, so that their compiled files stay valid."""
    for name in MOUNT_POINTS:
        (root / name).mkdir()
    for name in DEVICES:
        (root / "dev" / name).touch()
    (root / "filters").mkdir()
    seccomp.compile_into(root / "filters")

    binary = root / "python" / "bin" / _VERSION
    binary.parent.mkdir(parents=True)
    shutil.copy2(_interpreter(), binary)
    library = root / "python" / "lib" / _VERSION
    shutil.copytree(Path(os.__file__).parent, library, ignore=shutil.ignore_patterns(*_NOT_LIBRARY, *_NOT_DYNLOAD))
    packages = root / "packages"
    packages.mkdir()
    for package in _packages():
        shutil.copytree(package, packages / package.name, ignore=shutil.ignore_patterns(*_NOT_PACKAGES))
    for file in _own_files():
        target = packages / "grader" / file.relative_to(_GRADER)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(file, target)

    # The original interpreter, as its libraries may be found relative to it.
    _copy_libraries(root, [_interpreter(), *library.rglob("*.so"), *packages.rglob("*.so")])
    for tree, inside in ((library, f"/python/lib/{_VERSION}"), (packages, "/packages")):
        if not compileall.compile_dir(tree, ddir=inside, quiet=2):
            message = f"The Python files below {tree} do not compile; is the installation whole?"
            raise GraderFault(message)
    _make_readable(root)


def _copy_libraries(root: Path, programs: list[Path]) -> None:
    """Copy the shared libraries that `programs` need to where the loader looks without a cache file.

    That is the C library's own folder. Those found relative to a program (NumPy's own) are in place already.
    """
    answer = subprocess.run(["ldd", *map(str, programs)], capture_output=True, text=True, timeout=60)
    missing = set(re.findall(r"^\s+(\S+) => not found", answer.stdout, re.MULTILINE))
    found = dict(re.findall(r"^\s+(\S+) => (/\S+) \(", answer.stdout, re.MULTILINE))
    loaders = set(re.findall(r"^\s+(/\S+) \(", answer.stdout, re.MULTILINE))
    if missing or "libc.so.6" not in found or not loaders:
        message = f"Shared libraries are missing on this host: {', '.join(sorted(missing)) or answer.stderr}"
        raise GraderFault(message)
    standard = root / Path(found["libc.so.6"]).parent.relative_to("/")
    targets = {standard / name: path for name, path in found.items() if not Path(path).is_relative_to(root)}
    targets |= {root / loader[1:]: loader for loader in loaders}
    for target, path in targets.items():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, target)


def _make_readable(root: Path) -> None:
    """For every user to read and none to write, whatever the umask and the modes of the originals."""
    for folder, _, files in os.walk(root):
        Path(folder).chmod(0o755)
        for name in files:
            path = Path(folder, name)
            path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)


def _interpreter() -> Path:
    """The program behind the virtual environment's links."""
    return Path(sys.executable).resolve()


def _packages() -> list[Path]:
    """The folders of what is installed inside besides Python: NumPy with its libraries, and msgspec."""
    folders = []
    for name in ("numpy", "msgspec"):
        spec = find_spec(name)
        if spec is None or spec.origin is None:
            message = f"{name} is not installed for {sys.executable}"
            raise GraderFault(message)
        folder = Path(spec.origin).parent
        folders += [path for path in (folder, folder.with_name(f"{name}.libs")) if path.is_dir()]
    return folders


def _own_files() -> list[Path]:
    """The project's files that run inside, in a fixed order."""
    return [path for pattern in _MADE_FROM for path in sorted(_GRADER.glob(pattern))]


def _stamp(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns


def _hold(final: Path) -> int:
    """A shared lock that says: this root is in use. The kernel drops it with the last process that has it open."""
    lock = os.open(final.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    fcntl.flock(lock, fcntl.LOCK_SH)
    return lock


def _remove_unused(cache: Path) -> None:
    for lock_path in cache.glob("root-*.lock"):
        with lock_path.open() as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue  # in use
            # Out of the way first: a removal that is killed half-way must not leave half a root under its name.
            doomed = lock_path.with_suffix(".doomed")
            with contextlib.suppress(FileNotFoundError):
                lock_path.with_suffix("").rename(doomed)
            shutil.rmtree(doomed, ignore_errors=True)
            lock_path.unlink()


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
