"""Whatever an archive says of itself, reading it costs little time, and little memory beyond its limits."""

from __future__ import annotations

import gzip
import io
import struct
import time
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from grader.archive import ArchiveLimits, read_archive
from grader.report import Refused

pytestmark = pytest.mark.slow

MEGABYTE = 2**20
SMALL = ArchiveLimits(
    file_bytes=MEGABYTE // 2, total_bytes=MEGABYTE, unpacked_bytes=8 * MEGABYTE, entries=2_000, members=1_000
)
BLOCK = 512


@contextmanager
def bounded(memory: int, seconds: float = 10.0) -> Iterator[None]:
    """Holds what is inside to a peak of memory, in bytes, and to processor time, which tracing multiplies."""
    tracemalloc.start()
    begin = time.process_time()
    try:
        yield
        used = time.process_time() - begin
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < memory
    assert used < seconds


def header(name: bytes, size: int, type_: bytes = b"0") -> bytes:
    start = name.ljust(100, b"\0") + b"0000644\0" * 3 + b"%011o\0" % size + b"0" * 11 + b"\0"
    end = (type_ + b"\0" * 100 + b"ustar\x0000").ljust(BLOCK - 156, b"\0")
    return start + b"%06o\0 " % (sum(start + end) + 8 * 32) + end


def repeated(piece: bytes, times: int) -> bytes:
    """A gzip file of the piece many times over, made without holding what it unpacks to."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    chunk = piece * max(1, MEGABYTE // len(piece))
    packed = [packer.compress(chunk) for _ in range(times * len(piece) // len(chunk))]
    return b"".join([*packed, packer.flush()])


def zip_bomb() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.py", bytes(40 * MEGABYTE))
    return file.getvalue()


def lying_zip_bomb() -> bytes:
    """The same, which says that it is small."""
    data = zip_bomb()
    small = struct.pack("<L", 1000)
    central = data.find(b"PK\1\2")
    return data[:22] + small + data[26 : central + 24] + small + data[central + 28 :]


def zip_of_many() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for number in range(3_000):
            archive.writestr(zipfile.ZipInfo(str(number)), b"")
    return file.getvalue()


def many_ends() -> bytes:
    """Each end record is a candidate: none of them fits, and each is found again from the back."""
    return b"PK\3\4" + b"PK\5\6" * 300_000


def pax_of_short_records() -> bytes:
    records = b"6 a=b\n" * 100
    return repeated(header(b"x", len(records), b"g") + records.ljust(-(-len(records) // BLOCK) * BLOCK, b"\0"), 3_000)


def one_name_for_all(name: bytes) -> bytes:
    """A global pax header, whose name is that of each of 20,000 members behind it."""
    record = b" path=%s\n" % name
    record = b"%d%s" % (len(record) + len(str(len(record))), record)
    padded = record.ljust(-(-len(record) // BLOCK) * BLOCK, b"\0")
    return gzip.compress(header(b"x", len(record), b"g") + padded) + repeated(header(b"x", 0), 20_000)


REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "a gzip of 200 MB of zeros in one file": (
        lambda: gzip.compress(header(b"a.py", 200 * MEGABYTE) + bytes(BLOCK)) + repeated(bytes(MEGABYTE), 200),
        "`a.py` is larger than",
    ),
    "a gzip of 200 MB of junk": (
        lambda: gzip.compress(header(b".git/pack", 200 * MEGABYTE)) + repeated(bytes(MEGABYTE), 200),
        "unpacks to more than 8 MB",
    ),
    "a gzip of 200 MB of zeros after the end": (lambda: repeated(bytes(MEGABYTE), 200), "unpacks to more than 8 MB"),
    "100,000 empty members": (lambda: repeated(header(b"a.py", 0), 100_000), "more than 1,000 files"),
    "100,000 members of junk": (lambda: repeated(header(b"a.pyc", 0), 100_000), "more than 2,000 entries"),
    "100,000 pieces of gzip": (lambda: gzip.compress(header(b"a", 0)) + gzip.compress(b"") * 100_000, "many pieces"),
    "headers of short records": (pax_of_short_records, "more than 2,000 entries|unpacks to more"),
    "a header of digits": (
        lambda: header(b"x", MEGABYTE, b"x") + b"1" * MEGABYTE + header(b"a", 0),
        "pax header",
    ),
    "a name of a megabyte for 20,000 members": (
        lambda: one_name_for_all(b"a/" * 500_000 + b".git/x"),
        "is longer than",
    ),
    "a deep name for 20,000 members of junk": (lambda: one_name_for_all(b".git/" + b"a/" * 2_000), "2,000 entries"),
    "a zip of 40 MB of zeros": (zip_bomb, "`a.py` is larger than"),
    "a zip that says it is small": (lying_zip_bomb, "does not unpack"),
    "a zip of 3,000 files": (zip_of_many, "more than 2,000 entries"),
    "a zip of ends": (many_ends, "end is missing"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_bomb_is_refused_within_bounds(case: str) -> None:
    build, reason = REFUSED[case]
    data = build()
    # The entries of a zip are listed before they are read: some hundred bytes for each.
    with bounded(memory=12 * MEGABYTE), pytest.raises(Refused, match=reason):
        read_archive(data, SMALL)


def test_the_largest_hand_in_is_read_within_bounds() -> None:
    limits = ArchiveLimits()
    count = limits.total_bytes // limits.file_bytes
    data = b"".join(
        gzip.compress(header(b"%d.py" % number, limits.file_bytes) + bytes(limits.file_bytes), 1)
        for number in range(count)
    )
    with bounded(memory=limits.total_bytes + 2 * limits.file_bytes + MEGABYTE):
        files = read_archive(data)
    assert sum(map(len, files.values())) == limits.total_bytes


def test_a_file_beyond_the_limit_is_not_read_to_its_end(tmp_path: Path) -> None:
    file = tmp_path / "handin.tar"
    with file.open("wb") as sparse:
        sparse.truncate(2**40)
    with bounded(memory=4 * MEGABYTE), pytest.raises(Refused, match="larger than 1 MB"):
        read_archive(file, ArchiveLimits(archive_bytes=MEGABYTE))
