"""What students receive is packed once, holds nothing hidden, and is where the portal looks for it."""

from __future__ import annotations

import io
import shutil
import zipfile
from pathlib import Path

import pytest

from grader.handout.zipped import zip_handout
from submissions.storage.blobs import DirectoryBlobs
from submissions.suites import handouts
from submissions.suites.handouts import keep_handout

SOUND = Path(__file__).parents[1] / "broken_assignments" / "sound"


@pytest.fixture
def blobs(tmp_path):
    return DirectoryBlobs(tmp_path / "blobs")


@pytest.fixture
def packed_before(tmp_path):
    return tmp_path / "cache" / "handouts"


def test_a_handout_is_kept_as_a_zip_of_the_students_files_alone(blobs, packed_before):
    kept = keep_handout(blobs, SOUND, packed_before)
    with zipfile.ZipFile(io.BytesIO(blobs.path(kept).read_bytes())) as packed:
        names = set(packed.namelist())
    assert names == {f"sound-handout/{name}" for name in ("create_tarball.sh", "solution.py", "test_public.py")}
    assert keep_handout(blobs, SOUND, packed_before) == kept


def test_an_assignment_with_nothing_for_students_has_no_handout(blobs, packed_before, tmp_path):
    folder = shutil.copytree(SOUND, tmp_path / "bare", ignore=shutil.ignore_patterns("handout", "__pycache__"))
    assert keep_handout(blobs, folder, packed_before) == ""


def _times_packed(monkeypatch):
    """How often something is packed from now on: a list that grows."""
    times = []
    monkeypatch.setattr(handouts, "zip_handout", lambda *given: (times.append(given), zip_handout(*given)))
    return times


def test_the_same_content_is_packed_once_and_a_changed_one_again(blobs, packed_before, tmp_path, monkeypatch):
    times = _times_packed(monkeypatch)
    folder = shutil.copytree(SOUND, tmp_path / "sound", ignore=shutil.ignore_patterns("__pycache__"))
    first = keep_handout(blobs, folder, packed_before)
    assert keep_handout(DirectoryBlobs(tmp_path / "elsewhere"), folder, packed_before) == first
    assert len(times) == 1
    (folder / "handout" / "README.md").write_text("Read this first.\n")
    second = keep_handout(blobs, folder, packed_before)
    assert second != first
    (folder / "reference" / "more.py").write_text("# the reference, too, is run when it is packed\n")
    assert keep_handout(blobs, folder, packed_before) == second
    assert len(times) == 3


def test_another_grader_packs_again(blobs, packed_before, monkeypatch):
    times = _times_packed(monkeypatch)
    keep_handout(blobs, SOUND, packed_before)
    monkeypatch.setattr(handouts, "of_grader", lambda: "another")
    keep_handout(blobs, SOUND, packed_before)
    assert len(times) == 2


def test_one_that_a_disk_damaged_or_that_cannot_be_kept_is_packed_again(blobs, packed_before, monkeypatch):
    times = _times_packed(monkeypatch)
    kept = keep_handout(blobs, SOUND, packed_before)
    (file,) = packed_before.iterdir()
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    assert keep_handout(blobs, SOUND, packed_before) == kept
    assert file.read_bytes() == whole
    assert keep_handout(blobs, SOUND, Path("/proc/nowhere")) == kept
    assert len(times) == 3
