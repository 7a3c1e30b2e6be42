"""Zips as Finder, Explorer and the shell write them, and zips that lie about themselves."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
import zlib

import pytest

from grader.archive import ArchiveLimits, read_archive
from grader.report import Refused

END = struct.Struct("<4s4H2LH")
CENTRAL_SIZE = struct.calcsize("<4s6H3L5H2L")


def zip_of(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED, comment: bytes = b"") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        archive.comment = comment
        for name, data in members:
            archive.writestr(name, data)
    return file.getvalue()


def with_mode(name: str, mode: int) -> bytes:
    file = io.BytesIO()
    info = zipfile.ZipInfo(name)
    info.create_system, info.external_attr = 3, mode << 16
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(info, b"/etc/passwd")
    return file.getvalue()


class Unseekable(io.BytesIO):
    """A pipe: zipfile then writes sizes after the data, as Finder does."""

    def seekable(self) -> bool:
        return False

    def seek(self, offset: int, whence: int = 0) -> int:
        raise io.UnsupportedOperation

    def tell(self) -> int:
        raise io.UnsupportedOperation


def streamed(*members: tuple[str, bytes]) -> bytes:
    file = Unseekable()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return file.getvalue()


def changed(data: bytes, at: str, offset: int, value: bytes) -> bytes:
    """The zip with some bytes overwritten, counted from its first local header, central row or end record."""
    start = {"local": 0, "central": data.find(b"PK\1\2"), "end": data.rfind(b"PK\5\6")}[at] + offset
    return data[:start] + value + data[start + len(value) :]


def both(data: bytes, local: int, central: int, value: bytes) -> bytes:
    return changed(changed(data, "local", local, value), "central", central, value)


def overlapping() -> bytes:
    """Two rows of the central directory for one and the same body, as in the zip bombs that quote each other."""
    data = zip_of(("a.py", b"x" * 500))
    start, end = data.find(b"PK\1\2"), data.rfind(b"PK\5\6")
    row = data[start:end]
    return data[:end] + row + END.pack(b"PK\5\6", 0, 0, 2, 2, 2 * len(row), start, 0)


def in_code_page_437() -> bytes:
    """Names of the old kind: the flag for UTF-8 is off, and the byte 0x82 is an é."""
    data = zip_of(("cafe.py", b"x"))
    return both(data, 30, 46, b"caf\x82.py")


HW1 = ("hw1/hw1.py", b"from linear import *\n")
LINEAR = ("mytorch/linear.py", b"class Linear: ...\n" * 50)
ONE = zip_of(("a.py", b"x" * 500))
WORDY = zip_of(("a.py", b"print('hello, world')\n" * 9), method=zipfile.ZIP_STORED)

READ: dict[str, tuple[bytes, dict[str, bytes]]] = {
    "deflated": (zip_of(HW1, LINEAR), dict([HW1, LINEAR])),
    "stored": (zip_of(HW1, LINEAR, method=zipfile.ZIP_STORED), dict([HW1, LINEAR])),
    "sizes after the data": (streamed(HW1, LINEAR), dict([HW1, LINEAR])),
    "folders": (zip_of(("hw1/", b""), HW1), dict([HW1])),
    "a comment": (zip_of(HW1, comment=b"by ada"), dict([HW1])),
    "a comment that looks like an end": (zip_of(HW1, comment=b"PK\5\6" + bytes(30)), dict([HW1])),
    "no files": (zip_of(), {}),
    "an empty file": (zip_of(("a.py", b"")), {"a.py": b""}),
    "a name in UTF-8": (zip_of(("é.py", b"x")), {"é.py": b"x"}),
    "a name in code page 437": (in_code_page_437(), {"café.py": b"x"}),
    "Finder's extras": (zip_of(HW1, ("__MACOSX/hw1/._hw1.py", b"\0\5\x16\7"), (".DS_Store", b"Bud1")), dict([HW1])),
    "a mode of Unix": (with_mode("a.py", stat.S_IFREG | 0o777), {"a.py": b"/etc/passwd"}),
    "a later file of the same name": (
        zip_of(("./a.py", b"old"), ("a.py", b"new")),
        {"a.py": b"new"},
    ),
    "a link in junk": (with_mode(".venv/bin/python", stat.S_IFLNK | 0o777), {}),
}

REFUSED: dict[str, tuple[bytes, str]] = {
    "a link": (with_mode("a.py", stat.S_IFLNK | 0o777), "`a.py` is a link"),
    "a device": (with_mode("a.py", stat.S_IFCHR), "neither a file nor a folder"),
    "a password": (both(ONE, 6, 8, b"\1\0"), "password"),
    "a password that only the file's header tells": (changed(ONE, "local", 6, b"\1\0"), "password"),
    "a rare method": (both(ONE, 8, 10, b"\x0e\0"), "method 14"),
    "two methods": (changed(ONE, "local", 8, b"\0\0"), "does not agree"),
    "two names": (changed(ONE, "local", 30, b"b.py"), "does not agree"),
    "a size too small": (both(ONE, 22, 24, struct.pack("<L", 499)), "does not unpack"),
    "a size too large": (both(ONE, 22, 24, struct.pack("<L", 501)), "does not unpack"),
    "sizes that differ": (changed(ONE, "local", 22, struct.pack("<L", 1)), "does not agree"),
    "a wrong checksum": (both(ONE, 14, 16, bytes(4)), "does not unpack"),
    "damaged data": (changed(ONE, "local", 34, b"\xff\xff"), "cannot be unpacked"),
    "damaged text": (changed(WORDY, "local", 40, b"X"), "does not unpack"),
    "a packed size beyond the file": (
        changed(streamed(("a.py", b"x")), "central", 20, struct.pack("<L", 9999)),
        "does not agree",
    ),
    "a header elsewhere": (changed(ONE, "central", 42, struct.pack("<L", 3)), "not where"),
    "a header beyond the file": (changed(ONE, "central", 42, struct.pack("<L", 2**31)), "not where"),
    "overlapping files": (overlapping(), "overlaps"),
    "zip64 for a file": (changed(ONE, "central", 24, b"\xff" * 4), "zip64"),
    "zip64 for the whole": (changed(ONE, "end", 16, b"\xff" * 4), "zip64"),
    "several disks": (changed(ONE, "end", 4, b"\1\0"), "one part of several"),
    "fewer files than told": (changed(ONE, "end", 8, b"\2\0\2\0"), "list of files is broken"),
    "a list elsewhere": (changed(ONE, "end", 16, b"\0\0\0\0"), "not where it should be"),
    "a broken list": (changed(ONE, "central", 0, b"XX"), "list of files is broken"),
    "a name beyond the list": (changed(ONE, "central", 28, b"\xff\xff"), "list of files is broken"),
    "no end": (ONE[:-22], "cut off"),
    "cut off": (ONE[: len(ONE) // 2], "cut off"),
    "text after the end": (ONE + b"hello", "cut off"),
    "text in front of the list": (ONE[: ONE.find(b"PK\1\2")] + b"hello" + ONE[ONE.find(b"PK\1\2") :], "not where"),
    "a name that is not UTF-8 but says so": (
        both(both(zip_of(("cafe.py", b"x")), 30, 46, b"caf\x82.py"), 6, 8, b"\0\x08"),
        r"`caf\udc82.py` has characters",
    ),
    "a name with NUL": (both(ONE, 30, 46, b"a\0py"), r"`a\x00py` has characters"),
    "a backslash": (both(zip_of(("hw1/a.py", b"x")), 30, 46, b"hw1\\a.py"), "has a backslash"),
    "two spellings": (zip_of(("A.py", b"x"), ("a.py", b"y")), "differ only"),
}


@pytest.mark.parametrize("case", READ)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_zip_is_read(case: str) -> None:
    data, files = READ[case]
    assert read_archive(data) == files


@pytest.mark.parametrize("case", REFUSED)
def test_a_zip_is_refused_with_its_reason(case: str) -> None:
    data, reason = REFUSED[case]
    with pytest.raises(Refused) as refusal:
        read_archive(data)
    assert reason in str(refusal.value)
    assert str(refusal.value).isprintable()


def test_a_zip_made_by_hand_is_what_the_table_takes_it_for() -> None:
    """The refusals above come from the one thing changed: unchanged, each zip is read."""
    assert read_archive(ONE) == {"a.py": b"x" * 500}
    assert read_archive(both(ONE, 14, 16, struct.pack("<L", zlib.crc32(b"x" * 500)))) == {"a.py": b"x" * 500}
    assert ONE.rfind(b"PK\5\6") - ONE.find(b"PK\1\2") == CENTRAL_SIZE + len("a.py")


def test_a_zip_is_refused_at_each_limit_and_read_just_below() -> None:
    limits = ArchiveLimits(entries=9, members=3, file_bytes=600, total_bytes=1000)
    assert read_archive(zip_of(("a", bytes(600)), ("b", bytes(400)), (".git/x", bytes(9999))), limits)
    for data, reason in (
        (zip_of(("a", bytes(601))), "`a` is larger than"),
        (zip_of(("a", bytes(600)), ("b", bytes(401))), "together"),
        (zip_of(*((str(n), b"") for n in range(4))), "more than 3 files"),
        (zip_of(*((f".git/{n}", b"") for n in range(10))), "more than 9 entries. Leave out `.git`"),
    ):
        with pytest.raises(Refused, match=reason):
            read_archive(data, limits)
