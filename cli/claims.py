"""What one running service holds for itself alone: its data folder and its port, checked before anything starts, and a
folder for what lasts no longer than it runs."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cli.outcome import Sorry
from submissions.settings import Settings


@contextmanager
def data_folder(folder: Path) -> Iterator[None]:
    """Holds the folder until the end of the block, or of the process, however it ends.

    Raises Sorry when another service holds it, or when it cannot be written.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # The descriptor is closed in every child (Python's default), so the lock is ours and not theirs.
        lock = os.open(folder / "service.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise Sorry(
            f"the data folder {folder} cannot be written ({error.strerror}): set HANDIN_DATA to another one"
        ) from None
    try:
        _take(lock, folder)
        yield
    finally:
        os.close(lock)


@contextmanager
def run_folder(data: Path) -> Iterator[Path]:
    """A folder for the broker's socket and for temporary files, until the end of the block. Hold the data folder first.

    Its path is short, as the address of a unix socket has 107 bytes at most, and a data folder may lie deeper. A link
    in the data folder says where it is: a service that was killed could not remove its own, so the next one does.
    """
    link = data / "run"
    if link.is_symlink():
        shutil.rmtree(link.readlink(), ignore_errors=True)
        link.unlink()
    with tempfile.TemporaryDirectory(prefix="handin-", ignore_cleanup_errors=True) as name:
        link.symlink_to(name)
        try:
            yield Path(name)
        finally:
            link.unlink(missing_ok=True)


def _take(lock: int, folder: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.read(lock, 32).decode(errors="replace").strip() or "?"
        raise Sorry(
            f"a service runs on {folder} already (process {holder}): stop it first, or set HANDIN_DATA to another one"
        ) from None
    os.ftruncate(lock, 0)
    os.write(lock, f"{os.getpid()}\n".encode())


def check_port(settings: Settings) -> None:
    """Raises Sorry when the portal could not listen where the settings say."""
    where = f"{settings.address}:{settings.port}"
    try:
        found = socket.getaddrinfo(settings.address, settings.port, type=socket.SOCK_STREAM)
        family, kind, protocol, _, target = found[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(target)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise Sorry(f"{where} is in use by another program: choose another port with HANDIN_PORT=…") from None
        raise Sorry(
            f"the portal cannot listen on {where} ({error.strerror}): change HANDIN_ADDRESS or HANDIN_PORT"
        ) from None
