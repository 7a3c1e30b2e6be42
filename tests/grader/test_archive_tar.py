"""Tars as students' machines write them, and as nobody's does: read whole, or refused with a sentence."""

from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Callable

import pytest

from grader.archive import ArchiveLimits, read_archive
from grader.report import Refused

LONG = f"mytorch/{'deep_learning_' * 6}/{'gradient_' * 5}.py"  # 100 to 240 bytes: needs a prefix or a long name
BLOCK = 512


def tar_of(*members: tuple[str, bytes], form: int = tarfile.PAX_FORMAT, **attributes: object) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=form) as tar:
        for name, data in members:
            member = tarfile.TarInfo(name)
            member.size = len(data)
            for key, value in attributes.items():
                setattr(member, key, value)
            tar.addfile(member, io.BytesIO(data))
    return file.getvalue()


def special(name: str, type_: bytes, target: str = "") -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as tar:
        member = tarfile.TarInfo(name)
        member.type, member.linkname = type_, target
        tar.addfile(member)
    return file.getvalue()


def raw(
    name: bytes,
    data: bytes = b"",
    *,
    type_: bytes = b"0",
    size: bytes | None = None,
    magic: bytes = b"ustar\x0000",
    prefix: bytes = b"",
    checksum: bytes | None = None,
) -> bytes:
    """One member with a header made by hand, and no end mark."""
    field = b"%011o\0" % len(data) if size is None else size
    header = b"".join(
        (
            name.ljust(100, b"\0"),
            b"0000644\0" * 3,
            field,
            b"0" * 11 + b"\0",
            b" " * 8,
            type_,
            b"\0" * 100,
            magic,
            b"\0" * 80,
            prefix.ljust(155, b"\0"),
        )
    ).ljust(BLOCK, b"\0")
    filled = checksum or b"%06o\0 " % sum(header)
    return header[:148] + filled + header[156:] + data + b"\0" * (-len(data) % BLOCK)


def pax(*records: bytes) -> bytes:
    return raw(b"PaxHeader/x", b"".join(records), type_=b"x")


def record(key: bytes, value: bytes) -> bytes:
    length = len(key) + len(value) + 3
    length += len(str(length + len(str(length))))
    return b"%d %s=%s\n" % (length, key, value)


HW1 = ("hw1/hw1.py", b"from linear import *\n")
LINEAR = ("mytorch/linear.py", b"class Linear: ...\n")

READ: dict[str, tuple[bytes, dict[str, bytes]]] = {
    "ustar": (tar_of(HW1, LINEAR, form=tarfile.USTAR_FORMAT), dict([HW1, LINEAR])),
    "gnu": (tar_of(HW1, LINEAR, form=tarfile.GNU_FORMAT), dict([HW1, LINEAR])),
    "pax": (tar_of(HW1, LINEAR), dict([HW1, LINEAR])),
    "gzip": (gzip.compress(tar_of(HW1)), dict([HW1])),
    "gzip in several members": (
        gzip.compress(tar_of(HW1)[:700]) + gzip.compress(tar_of(HW1)[700:]),
        dict([HW1]),
    ),
    "gzip with zeros after it": (gzip.compress(tar_of(HW1)) + bytes(1000), dict([HW1])),
    "dot slash": (tar_of(("./hw1/./hw1.py", b"x"), ("./", b"")), {"hw1/hw1.py": b"x"}),
    "long name by ustar's prefix": (tar_of((LONG, b"x"), form=tarfile.USTAR_FORMAT), {LONG: b"x"}),
    "long name by GNU": (tar_of((LONG, b"x"), form=tarfile.GNU_FORMAT), {LONG: b"x"}),
    "long name by pax": (tar_of((LONG, b"x")), {LONG: b"x"}),
    "a user number beyond octal": (tar_of(HW1, form=tarfile.GNU_FORMAT, uid=2**31, gid=2**31), dict([HW1])),
    "a user of another script": (tar_of(HW1, uname="阿达", uid=501), dict([HW1])),
    "extended attributes of macOS": (
        tar_of(HW1, pax_headers={"LIBARCHIVE.xattr.com.apple.quarantine": "MDA4MTs="}, mtime=1.5),
        dict([HW1]),
    ),
    "extended attributes that are no text": (
        pax(record(b"SCHILY.xattr.com.apple.x", bytes(range(256)))) + raw(b"a.py", b"x"),
        {"a.py": b"x"},
    ),
    "git archive's comment for all": (
        raw(b"g", record(b"comment", b"4b825d"), type_=b"g") + raw(b"a", b"x"),
        {"a": b"x"},
    ),
    "a pax size": (pax(record(b"size", b"3")) + raw(b"a.py", b"abc", size=b"0" * 11 + b"\0"), {"a.py": b"abc"}),
    "a pax path beats the header's": (pax(record(b"path", "é.py".encode())) + raw(b"x", b"1"), {"é.py": b"1"}),
    "older than ustar": (raw(b"a.py", b"x", magic=bytes(8), type_=b"\0"), {"a.py": b"x"}),
    "a folder older than ustar": (raw(b"hw1/", magic=bytes(8), type_=b"\0") + raw(b"hw1/a", b"x"), {"hw1/a": b"x"}),
    "GNU keeps times where the prefix is": (raw(b"a.py", b"x", magic=b"ustar  \0", prefix=b"1430"), {"a.py": b"x"}),
    "a contiguous file": (raw(b"a.py", b"x", type_=b"7"), {"a.py": b"x"}),
    "no end mark": (raw(b"a.py", b"x"), {"a.py": b"x"}),
    "half an end mark": (raw(b"a.py", b"x") + bytes(BLOCK), {"a.py": b"x"}),
    "the last padding missing": (raw(b"a.py", b"x")[: BLOCK + 1], {"a.py": b"x"}),
    "a file appended again": (tar_of(("a.py", b"old"), ("b.py", b""), ("a.py", b"new")), {"a.py": b"new", "b.py": b""}),
    "a decomposed accent, as macOS writes it": (tar_of(("cafe\u0301.png", b"x")), {"caf\u00e9.png": b"x"}),
    "a narrow space in a macOS screenshot": (tar_of(("10.30\u202fAM.png", b"x")), {"10.30\u202fAM.png": b"x"}),
    "nothing": (bytes(10240), {}),
    "only a folder": (special("hw1", tarfile.DIRTYPE), {}),
    "links in junk": (special(".venv/bin/python", tarfile.SYMTYPE, "/usr/bin/python3"), {}),
    "a fifo in junk": (special(".git/fsmonitor", tarfile.FIFOTYPE), {}),
}

REFUSED: dict[str, tuple[bytes, str]] = {
    "a symbolic link": (special("hw1/hw1.py", tarfile.SYMTYPE, "/etc/passwd"), "`hw1/hw1.py` is a link"),
    "a hard link": (special("hw1/hw1.py", tarfile.LNKTYPE, "/etc/passwd"), "`hw1/hw1.py` is a link"),
    "a character device": (special("tty", tarfile.CHRTYPE), "neither a file nor a folder"),
    "a block device": (special("sda", tarfile.BLKTYPE), "neither a file nor a folder"),
    "a fifo": (special("pipe", tarfile.FIFOTYPE), "neither a file nor a folder"),
    "a kind of a vendor's": (raw(b"x", type_=b"V"), "neither a file nor a folder"),
    "GNU's sparse file": (raw(b"x", type_=b"S"), "sparse"),
    "a pax sparse file": (pax(record(b"GNU.sparse.major", b"1")) + raw(b"x"), "sparse"),
    "a negative size (CVE-2025-8194)": (raw(b"x", size=b"\xff" * 12), "has a size"),
    "a base-256 size": (raw(b"x", size=b"\x80" + bytes(10) + b"\1"), "has a size"),
    "a size with a sign": (raw(b"x", size=b"-0000000001\0"), "has a size"),
    "a pax size with a sign": (pax(record(b"size", b"-512")) + raw(b"x"), "no number"),
    "a pax size in another script": (pax(record(b"size", "٣".encode())) + raw(b"x"), "no number"),
    "a pax size beyond all": (pax(record(b"size", b"9" * 4000)) + raw(b"x"), "no number"),
    "a pax header of digits (CVE-2024-6232)": (pax(b"1" * 40_000) + raw(b"x"), "pax header"),
    "a pax header without a length": (pax(b"path=x\n") + raw(b"x"), "pax header"),
    "a pax record of length 0": (pax(b"0 a=b\n") + raw(b"x"), "pax header"),
    "a pax record that ends before it begins": (pax(record(b"a", b"b") + b"1 a=b\n") + raw(b"x"), "pax header"),
    "a pax record beyond the header": (pax(b"99 a=b\n") + raw(b"x"), "pax header"),
    "a thousand pax records": (pax(*[record(b"a", b"b")] * 1000) + raw(b"x"), "pax header"),
    "a pax header of two megabytes": (pax(record(b"a", b"b" * 2**21)) + raw(b"x"), "longer than"),
    "a pax header for nothing": (pax(record(b"path", b"x")), "cut off"),
    "a GNU name for nothing": (raw(b"L", b"x" * 200, type_=b"L"), "cut off"),
    "a GNU name beyond all": (raw(b"L", b"x" * 9000, type_=b"L") + raw(b"x"), "longer than 240 bytes"),
    "a file without a name": (raw(b"", b"x"), "without a name"),
    "a name that is not UTF-8": (raw(b"caf\xe9.py", b"x"), r"`caf\udce9.py` has characters"),
    "a wrong checksum": (raw(b"a", b"x") + raw(b"b", b"x", checksum=b"000000\0 "), "checksum"),
    "two tars in a row": (tar_of(HW1) + tar_of(LINEAR), "follows the end"),
    "text after the end": (raw(b"a", b"x") + bytes(1024) + b"hello", "follows the end"),
    "cut off in a header": (raw(b"a", b"x") + raw(b"b", b"x")[:100], "cut off"),
    "cut off in a file": (raw(b"hw1/hw1.py", b"x" * 2000)[:1000], "cut off inside `hw1/hw1.py`"),
    "cut off in junk": (raw(b"a.pyc", b"x" * 2000)[:1000], "cut off inside `a.pyc`"),
    "a file that is a folder too": (tar_of(("a", b"x"), ("a/b", b"x")), "`a` is both a file and a folder"),
    "a folder that is a file too": (tar_of(("a/b", b"x"), ("a", b"x")), "`a` is both a file and a folder"),
    "two spellings of a file": (tar_of(("Hw1.py", b"x"), ("hw1.py", b"y")), "`Hw1.py` and `hw1.py` differ only"),
    "two spellings of a folder": (tar_of(("HW1/a.py", b"x"), ("hw1/b.py", b"y")), "`HW1` and `hw1` differ only"),
    "two spellings by Unicode": (tar_of(("straße.py", b"x"), ("STRASSE.py", b"y")), "differ only"),
    "gzip cut off": (gzip.compress(tar_of(HW1))[:-9], "cut off"),
    "gzip without its end": (gzip.compress(tar_of(HW1))[:-1], "cut off"),
    "gzip damaged": (gzip.compress(tar_of(HW1))[:-8] + bytes(8), "gzip file is damaged"),
    "text after gzip": (gzip.compress(tar_of(HW1)) + b"hello", "gzip file is damaged"),
    "text after zeros after gzip": (gzip.compress(tar_of(HW1)) + bytes(9) + b"hello", "follows the end"),
    "gzip of gzip": (gzip.compress(gzip.compress(tar_of(HW1))), "a gzip of a gzip"),
    "gzip of one file": (gzip.compress(b"import numpy as np\n"), "a gzip of plain text"),
    "gzip of nothing": (gzip.compress(b""), "a gzip of an empty file"),
}


@pytest.mark.parametrize("case", READ)
def test_a_tar_is_read(case: str) -> None:
    data, files = READ[case]
    assert read_archive(data) == files


@pytest.mark.parametrize("case", REFUSED)
def test_a_tar_is_refused_with_its_reason(case: str) -> None:
    data, reason = REFUSED[case]
    with pytest.raises(Refused) as refusal:
        read_archive(data)
    assert reason in str(refusal.value)
    assert str(refusal.value).isprintable()


LIMITS = ArchiveLimits(entries=9, members=6, file_bytes=600, total_bytes=1500, depth=3, name_bytes=20)

BEYOND: dict[str, tuple[bytes, str]] = {
    "members": (tar_of(*((f"{n}.py", b"") for n in range(7))), "more than 6 files"),
    "members that repeat": (tar_of(*[("a.py", b"")] * 7), "more than 6 files"),
    "folders": (b"".join(raw(b"%d/" % n, type_=b"5") for n in range(7)), "more than 6 files and folders"),
    "entries, with the junk that is to blame": (
        tar_of(("a.py", b""), *((f".git/{n}", b"") for n in range(9))),
        "more than 9 entries. Leave out `.git`",
    ),
    "headers for other members": (raw(b"g", record(b"a", b"b"), type_=b"g") * 10, "more than 9 entries"),
    "a file's size": (tar_of(("a.py", bytes(601))), "`a.py` is larger than"),
    "all files' size": (tar_of(*((f"{n}.py", bytes(600)) for n in range(3))), "larger than 0.001431 MB together"),
    "one file again and again": (tar_of(*[("a.py", bytes(600))] * 3), "together"),
    "depth": (tar_of(("a/b/c/d", b"")), "more than 3 folders deep"),
    "a name": (tar_of(("x" * 21, b"")), "longer than 20 bytes"),
    "a name in bytes": (tar_of(("é" * 11, b"")), "longer than 20 bytes"),
}


@pytest.mark.parametrize("case", BEYOND)
def test_a_tar_beyond_a_limit_is_refused(case: str) -> None:
    data, reason = BEYOND[case]
    with pytest.raises(Refused, match=reason.replace(".", r"\.")):
        read_archive(data, LIMITS)


WITHIN: dict[str, Callable[[], bytes]] = {
    "members": lambda: tar_of(*((f"{n}.py", b"") for n in range(6))),
    "a file's size": lambda: tar_of(("a.py", bytes(600))),
    "all files' size": lambda: tar_of(("a.py", bytes(600)), ("b.py", bytes(600)), ("c.py", bytes(300))),
    "depth": lambda: tar_of(("a/b/c", b"")),
    "a name": lambda: tar_of(("x" * 20, b"")),
    "junk as large and deep as it likes": lambda: tar_of((f".venv/a/b/c/d/{'x' * 60}", bytes(5000)), ("a.py", b"")),
}


@pytest.mark.parametrize("case", WITHIN)
def test_a_tar_at_its_limits_is_read(case: str) -> None:
    assert read_archive(WITHIN[case](), LIMITS)
