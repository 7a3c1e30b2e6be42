"""A disk small enough to be filled: a file system in memory, of which only this process and its children know."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SIZE_MB = 256
_MOUNTS_OF_OUR_OWN = "FAULTS_OWN_MOUNTS"


class SmallDisk:
    """A folder. `real` says whether it is a disk of its own, which `fill` can fill."""

    def __init__(self, folder: Path, real: bool) -> None:
        self.folder, self.real = folder, real
        self._ballast = folder / "ballast"

    def fill(self) -> None:
        """Takes all that is left of it."""
        with self._ballast.open("ab") as file:
            step = SIZE_MB << 20
            while step:
                try:
                    os.posix_fallocate(file.fileno(), os.fstat(file.fileno()).st_size, step)
                except OSError:
                    step //= 2

    def release(self) -> None:
        """Gives it back."""
        self._ballast.unlink(missing_ok=True)


def enter_own_mounts(command: list[str]) -> None:
    """Goes on as `command` in a mount namespace of its own: what is mounted there ends with its last process.

    Does nothing where it is there already, or where that cannot be had: then there is no small disk.
    """
    unshare = ["unshare", "--mount", "--propagation", "private", "--"]
    if (
        _MOUNTS_OF_OUR_OWN not in os.environ
        and subprocess.run([*unshare, "true"], stderr=subprocess.DEVNULL).returncode == 0
    ):
        os.environ[_MOUNTS_OF_OUR_OWN] = "yes"
        os.execvp(unshare[0], [*unshare, *command])


@contextmanager
def small_disk(folder: Path) -> Iterator[SmallDisk]:
    """A small disk in the folder, or the folder as it is where none can be mounted."""
    folder.mkdir()
    if _MOUNTS_OF_OUR_OWN not in os.environ:
        yield SmallDisk(folder, real=False)
        return
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE_MB}m,mode=755", "tmpfs", str(folder)], check=True)
    try:
        yield SmallDisk(folder, real=True)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
