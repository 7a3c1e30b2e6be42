"""What students receive of an assignment, packed when it is published and kept as a blob, for the portal to give out.

Nothing hidden is in it: the builder sees to that (`grader.handout.build`), and tries it out before it is kept.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import zipfile
from contextlib import suppress
from pathlib import Path

from grader.checking.result import content_of
from grader.fingerprint import of_grader
from grader.handout.zipped import zip_handout
from submissions.storage.blobs import BlobStore

_MAX_BYTES = 1 << 30


def keep_handout(blobs: BlobStore, folder: Path, packed_before: Path) -> str:
    """The name of the blob that holds what students of the assignment in `folder` receive, as a zip file.

    "" where the folder has nothing for them. What was packed and tried out is also in the folder `packed_before`, under
    a name of all that it is made of: the same content is not packed twice. Raises AssignmentError and GraderFault, as
    packing it does.
    """
    if not (folder / "handout").is_dir():
        return ""
    of = content_of(folder)
    file = packed_before / f"{of}-{of_grader()}.zip"
    with tempfile.TemporaryDirectory(prefix="handin-handout-") as place:
        if not _whole(file):
            made = Path(place, "handout.zip")
            zip_handout(folder, made)
            if content_of(folder) == of:
                _keep(made, file)
            file = made
        with file.open("rb") as stream:
            return blobs.put(stream, _MAX_BYTES).sha256


def _whole(file: Path) -> bool:
    with suppress(OSError, zipfile.BadZipFile), zipfile.ZipFile(file) as packed:
        return packed.testzip() is None
    return False


def _keep(made: Path, file: Path) -> None:
    # What cannot be kept is packed again the next time.
    with suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        # Whole or not at all: two may end at once.
        whole = file.with_suffix(f".{os.getpid()}")
        shutil.copyfile(made, whole)
        whole.rename(file)
