"""The blob store keeps whole files under their own hash, or nothing."""

from __future__ import annotations

import hashlib
import io
import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from submissions.storage.blobs import Blob, DirectoryBlobs, NoBlob, TooLarge


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "blobs"


@pytest.fixture
def blobs(folder):
    return DirectoryBlobs(folder)


def files(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


class CutOff(io.RawIOBase):
    """A stream whose connection breaks after so many bytes."""

    def __init__(self, content: bytes) -> None:
        self._content = io.BytesIO(content)

    def read(self, size: int = -1) -> bytes:
        chunk = self._content.read(size)
        if not chunk:
            raise ConnectionResetError("the client went away")
        return chunk


@given(content=st.binary(max_size=5000))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
def test_what_was_put_comes_back_under_its_hash(blobs, content):
    blob = blobs.put(io.BytesIO(content), max_bytes=5000)
    assert blob == Blob(hashlib.sha256(content).hexdigest(), len(content))
    assert blobs.path(blob.sha256).read_bytes() == content
    with blobs.open(blob.sha256) as file:
        assert file.read() == content


def test_the_same_bytes_twice_are_one_file(blobs, folder):
    first = blobs.put(io.BytesIO(b"same"), 100)
    assert blobs.put(io.BytesIO(b"same"), 100) == first
    assert len(files(folder)) == 1


@pytest.mark.parametrize("size", [11, 1_000_000])
def test_a_stream_beyond_the_limit_leaves_nothing(blobs, folder, size):
    with pytest.raises(TooLarge, match="larger than the limit"):
        blobs.put(io.BytesIO(b"x" * size), max_bytes=10)
    assert files(folder) == []


def test_an_endless_stream_is_read_no_further_than_the_limit(blobs):
    class Endless(io.RawIOBase):
        given = 0

        def read(self, size=-1):
            self.given += size
            return b"\0" * size

    stream = Endless()
    with pytest.raises(TooLarge):
        blobs.put(stream, max_bytes=1_000_000)
    assert stream.given < 2_000_000


def test_exactly_the_limit_is_taken(blobs):
    assert blobs.put(io.BytesIO(b"x" * 10), max_bytes=10).size == 10


def test_an_upload_cut_off_half_way_leaves_nothing(blobs, folder):
    with pytest.raises(ConnectionResetError):
        blobs.put(CutOff(b"x" * 700_000), max_bytes=1_000_000)
    assert files(folder) == []


def test_a_check_that_raises_leaves_nothing(blobs, folder):
    def check(path):
        assert path.read_bytes() == b"not wanted"
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        blobs.put(io.BytesIO(b"not wanted"), 100, check)
    assert files(folder) == []


def test_a_refused_copy_leaves_the_stored_blob_alone(blobs):
    blob = blobs.put(io.BytesIO(b"kept"), 100)

    def check(_path):
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        blobs.put(io.BytesIO(b"kept"), 100, check)
    assert blobs.path(blob.sha256).read_bytes() == b"kept"


@pytest.mark.parametrize(
    "name", ["", "..", "../../etc/passwd", "A" * 64, "g" * 64, "0" * 63, "0" * 65, "0" * 64 + "\n", "/" + "0" * 63]
)
def test_only_a_hash_is_a_name(blobs, name):
    for look in (blobs.path, blobs.open):
        with pytest.raises(NoBlob):
            look(name)


def test_a_blob_that_was_never_stored_is_said_to_be_missing(blobs):
    with pytest.raises(NoBlob, match="restored whole"):
        blobs.path("0" * 64)


def test_leftovers_of_a_killed_process_are_swept_and_nothing_else(blobs, folder):
    kept = blobs.put(io.BytesIO(b"kept"), 100)
    old, young = folder / ".incoming-old", folder / ".incoming-young"
    old.write_bytes(b"half")
    young.write_bytes(b"half")
    long_ago = old.stat().st_mtime - 7200
    os.utime(old, (long_ago, long_ago))
    os.utime(blobs.path(kept.sha256), (long_ago, long_ago))
    assert blobs.sweep(older_than_seconds=3600) == 1
    assert not old.exists()
    assert young.exists()
    assert blobs.path(kept.sha256).exists()


def test_blobs_are_readable_by_their_owner_alone(blobs, folder):
    blob = blobs.put(io.BytesIO(b"private"), 100)
    assert folder.stat().st_mode & 0o077 == 0
    assert blobs.path(blob.sha256).stat().st_mode & 0o077 == 0
