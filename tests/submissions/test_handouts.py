"""What students receive is packed once, holds nothing hidden, and is where the portal looks for it."""

from __future__ import annotations

import io
import shutil
import zipfile
from pathlib import Path

import pytest

from submissions.blobs import DirectoryBlobs
from submissions.handouts import keep_handout

SOUND = Path(__file__).parents[1] / "broken_assignments" / "sound"


@pytest.fixture
def blobs(tmp_path):
    return DirectoryBlobs(tmp_path / "blobs")


def test_a_handout_is_kept_as_a_zip_of_the_students_files_alone(blobs):
    kept = keep_handout(blobs, SOUND)
    with zipfile.ZipFile(io.BytesIO(blobs.path(kept).read_bytes())) as packed:
        names = set(packed.namelist())
    assert names == {f"sound-handout/{name}" for name in ("create_tarball.sh", "solution.py", "test_public.py")}
    assert keep_handout(blobs, SOUND) == kept


def test_an_assignment_with_nothing_for_students_has_no_handout(blobs, tmp_path):
    folder = shutil.copytree(SOUND, tmp_path / "bare", ignore=shutil.ignore_patterns("handout", "__pycache__"))
    assert keep_handout(blobs, folder) == ""
