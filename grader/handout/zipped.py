"""What students receive, or any folder, as a zip file with the same bytes each time it is made."""

from __future__ import annotations

import errno
import os
import tempfile
import zipfile
from pathlib import Path

from grader.assignment import load
from grader.handout.build import build

# The format knows no earlier one; a real date would change the bytes.
_DATE = (1980, 1, 1, 0, 0, 0)


def handout_name(folder: Path) -> str:
    """What the folder that students of an assignment receive is called. Raises AssignmentError."""
    return f"{load(folder).id}-handout"


def zip_handout(folder: Path, file: Path) -> None:
    """Writes what students of the assignment in `folder` receive into `file`, which must not exist yet.

    Raises what building it raises, and OSError.
    """
    with tempfile.TemporaryDirectory(prefix="handin-pack-") as place:
        packed = Path(place, handout_name(folder))
        build(folder, packed)
        file.parent.mkdir(parents=True, exist_ok=True)
        zip_folder(packed, file)


def zip_folder(folder: Path, file: Path) -> None:
    """Writes `file`, which must not exist yet, with all of `folder` in one folder of its name.

    Raises OSError; nothing is left behind then, and the file is never there half written.
    """
    with tempfile.TemporaryDirectory(prefix=f".{file.name}-", dir=file.parent) as place:
        packed = Path(place, "packed")
        with zipfile.ZipFile(packed, "x", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(path for path in folder.rglob("*") if path.is_file()):
                entry = zipfile.ZipInfo(path.relative_to(folder.parent).as_posix(), _DATE)
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.external_attr = (0o755 if path.suffix == ".sh" else 0o644) << 16
                archive.writestr(entry, path.read_bytes())
        if file.exists():
            # To rename would replace it.
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(file))
        packed.rename(file)
