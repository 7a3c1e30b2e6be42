"""What students receive of an assignment, packed when it is published and kept as a blob, for the portal to give out.

Nothing hidden is in it: the builder sees to that (`grader.handout.build`), and tries it out before it is kept.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from grader.handout.zipped import zip_handout
from submissions.blobs import BlobStore

_MAX_BYTES = 1 << 30


def keep_handout(blobs: BlobStore, folder: Path) -> str:
    """The name of the blob that holds what students of the assignment in `folder` receive, as a zip file.

    "" where the folder has nothing for them. Raises AssignmentError and GraderFault, as packing it does.
    """
    if not (folder / "handout").is_dir():
        return ""
    with tempfile.TemporaryDirectory(prefix="handin-handout-") as place:
        file = Path(place, "handout.zip")
        zip_handout(folder, file)
        with file.open("rb") as stream:
            return blobs.put(stream, _MAX_BYTES).sha256
