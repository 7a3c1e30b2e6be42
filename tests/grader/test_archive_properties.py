"""Arbitrary and damaged bytes give files or a refusal, nothing else; sound archives what Python's own readers find."""

from __future__ import annotations

import gzip
import io
import tarfile
import unicodedata
import zipfile
from pathlib import PurePosixPath

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grader.archive import ArchiveLimits, arrange, read_archive
from grader.archive.names import junk_in
from grader.report import Refused

pytestmark = pytest.mark.slow

# How long an example takes says nothing here (test_archive_bounds.py does): other tests may run beside it.
UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
LIMITS = ArchiveLimits(
    unpacked_bytes=50_000, entries=40, members=20, file_bytes=2_000, total_bytes=5_000, depth=5, name_bytes=100
)

# Python's tar and zip writers agree on these; which names are refused is in test_archive_names.py.
parts = st.text(
    st.characters(codec="utf-8", categories=["L", "N", "P"], exclude_characters="/\\:`"), min_size=1, max_size=8
)
paths = st.lists(parts, min_size=1, max_size=4).map("/".join)
contents = st.binary(max_size=1500)


def is_apart(names: list[str]) -> bool:
    """Whether no name is junk, goes up, or clashes with another: those archives are sound."""
    places = {str(parent) for name in names for parent in (PurePosixPath(name), *PurePosixPath(name).parents)} - {"."}
    folders = {str(parent) for name in names for parent in PurePosixPath(name).parents}
    return (
        not any(junk_in(name) for name in names)
        and not any(part in (".", "..") for name in names for part in name.split("/"))
        and all(unicodedata.is_normalized("NFC", name) for name in names)
        and len({unicodedata.normalize("NFC", place.casefold()) for place in places}) == len(places)
        and not folders & set(names)
    )


hand_ins = st.dictionaries(paths, contents, max_size=6).filter(lambda files: is_apart(list(files)))


def tar_of(files: dict[str, bytes], form: int) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=form) as tar:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return file.getvalue()


def zip_of(files: dict[str, bytes], method: int) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return file.getvalue()


forms = st.sampled_from([tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
methods = st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
tars = st.builds(tar_of, hand_ins, forms)
archives = tars | tars.map(gzip.compress) | st.builds(zip_of, hand_ins, methods)


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A sound archive with some bytes changed, cut out or cut off, or joined to another."""
    data = bytearray(draw(archives))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data)))
        how = draw(st.sampled_from(["change", "cut off", "cut out", "insert"]))
        if how == "change":
            data[at : at + 4] = draw(st.binary(min_size=1, max_size=4))
        elif how == "cut off":
            del data[at:]
        elif how == "cut out":
            del data[at : at + draw(st.integers(1, 600))]
        else:
            data[at:at] = draw(st.binary(max_size=30) | archives)
    return bytes(data)


@st.composite
def damaged_header(draw: st.DrawFn) -> bytes:
    """A tar whose first header holds anything under a right checksum: what gets past the checksum must be borne too."""
    data = bytearray(draw(tars))
    at = draw(st.integers(0, 500))
    data[at : at + 12] = draw(st.binary(min_size=12, max_size=12))[: max(0, 512 - at)]
    data[148:156] = b" " * 8
    data[148:156] = b"%06o\0 " % sum(data[:512])
    return bytes(data)


def assert_promises(files: dict[str, bytes]) -> None:
    """What holds of every result."""
    assert len(files) <= LIMITS.members
    assert sum(map(len, files.values())) <= LIMITS.total_bytes
    assert all(len(data) <= LIMITS.file_bytes for data in files.values())
    for path in files:
        assert path
        assert str(PurePosixPath(path)) == path
        assert not PurePosixPath(path).is_absolute()
        assert ".." not in PurePosixPath(path).parts
        assert len(PurePosixPath(path).parts) <= LIMITS.depth
        assert len(path.encode()) <= LIMITS.name_bytes
        assert unicodedata.is_normalized("NFC", path)
    assert len({unicodedata.normalize("NFC", path.casefold()) for path in files}) == len(files)
    assert not {str(parent) for path in files for parent in PurePosixPath(path).parents} & set(files)


def assert_is_for_people(refusal: Refused) -> None:
    assert str(refusal).isprintable()
    assert len(str(refusal)) < 1000


def read_or_refuse(data: bytes) -> None:
    """Any exception but a refusal fails the test by itself."""
    try:
        assert_promises(read_archive(data, LIMITS))
    except Refused as refusal:
        assert_is_for_people(refusal)


starts = st.sampled_from([b"", b"\x1f\x8b", b"\x1f\x8b\x08\x00", b"PK\3\4", b"PK\5\6"])


@UNHURRIED
@given(start=starts, rest=st.binary(max_size=3000))
def test_arbitrary_bytes_are_read_or_refused(start: bytes, rest: bytes) -> None:
    read_or_refuse(start + rest)


@settings(UNHURRIED, max_examples=200)
@given(data=damaged() | damaged_header() | damaged_header().map(gzip.compress))
def test_a_damaged_archive_is_read_or_refused(data: bytes) -> None:
    read_or_refuse(data)


@UNHURRIED
@given(files=hand_ins, form=forms, packed=st.booleans())
def test_a_sound_tar_holds_what_pythons_own_reader_finds(files: dict[str, bytes], form: int, packed: bool) -> None:
    data = tar_of(files, form)
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        theirs = {member.name: file.read() for member in tar if (file := tar.extractfile(member))}
    assert read_archive(gzip.compress(data) if packed else data) == theirs == files


@UNHURRIED
@given(files=hand_ins, method=methods)
def test_a_sound_zip_holds_what_pythons_own_reader_finds(files: dict[str, bytes], method: int) -> None:
    data = zip_of(files, method)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        theirs = {name: archive.read(name) for name in archive.namelist()}
    assert read_archive(data) == theirs == files


@UNHURRIED
@given(
    files=st.dictionaries(paths, st.just(b""), max_size=8),
    expected=st.lists(paths.filter(lambda path: is_apart([path])), max_size=4),
)
def test_a_layout_is_put_right_or_refused_and_no_file_is_lost(files: dict[str, bytes], expected: list[str]) -> None:
    try:
        arranged = arrange(files, expected)
    except Refused as refusal:
        assert_is_for_people(refusal)
        return
    assert set(expected) <= set(arranged)
    assert len(arranged) == len(files)


@UNHURRIED
@given(files=hand_ins.filter(bool), wrapper=parts.filter(lambda part: part not in (".", "..") and not junk_in(part)))
def test_a_wrapping_folder_never_matters(files: dict[str, bytes], wrapper: str) -> None:
    wrapped = {f"{wrapper}/{path}": data for path, data in files.items()}
    assert arrange(wrapped, list(files)) == files
