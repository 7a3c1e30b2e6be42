"""A folder as a zip file, with the same bytes each time it is made."""

from __future__ import annotations

import errno
import os
import tempfile
import zipfile
from pathlib import Path

# The format knows no earlier one; a real date would change the bytes.
_DATE = (1980, 1, 1, 0, 0, 0)


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
