"""Zips, with the same tricks and some of their own."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

from tests.attacks.archives.making import END, FORGED_TEST, Files, honest


def zip_of(files: Files, *more: tuple[zipfile.ZipInfo, bytes]) -> bytes:
    """A zip of the honest files and these entries."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
        for info, content in more:
            archive.writestr(info, content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def zip_with_dots(files: Files) -> bytes:
    """A zip whose names climb out of the folder."""
    return zip_of(files, (zipfile.ZipInfo("../tests/test_attacked.py"), FORGED_TEST))


def zip_with_a_link(files: Files) -> bytes:
    """A zip with a symbolic link to the tests, and a file that is written through it."""
    link = zipfile.ZipInfo("out")
    link.create_system, link.external_attr = 3, 0o120777 << 16
    return zip_of(files, (link, b"../tests"), (zipfile.ZipInfo("out/test_attacked.py"), FORGED_TEST))


def zip_bomb(files: Files) -> bytes:
    """A zip with a file of a hundred megabytes that takes a hundred kilobytes."""
    return zip_of(files, (zipfile.ZipInfo("zeros.bin"), bytes(100 << 20)))


def zip_of_overlapping_files(files: Files) -> bytes:
    """A zip whose thousand entries all share the same ten megabytes of zeros, packed to ten kilobytes."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    zeros = bytes(10 << 20)
    packed = packer.compress(zeros) + packer.flush()
    sizes = struct.pack("<III", zlib.crc32(zeros), len(packed), len(zeros))
    local = b"PK\3\4" + struct.pack("<HHHHH", 20, 0, 8, 0, 33) + sizes + struct.pack("<HH", 5, 0) + b"0.bin"
    start = zip_of(files)
    directory_at = start.index(b"PK\1\2")
    end_at = start.index(b"PK\5\6")
    entries = b"".join(
        b"PK\1\2"
        + struct.pack("<HHHHHH", 20, 20, 0, 8, 0, 33)
        + sizes
        + struct.pack("<HHHHHII", len(name), 0, 0, 0, 0, 0, directory_at)
        + name
        for name in (b"%d.bin" % each for each in range(1000))
    )
    directory = start[directory_at:end_at] + entries
    count = 1000 + len(files)
    end = b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, count, count, len(directory), directory_at + len(local + packed), 0)
    return start[:directory_at] + local + packed + directory + end


def zip_with_two_stories(files: Files) -> bytes:
    """A zip whose directory tells another name than the file's own header."""
    return zip_of(files, (zipfile.ZipInfo("notes_a.py"), b"1")).replace(b"notes_a.py", b"../tests_a", 1)


def zip_under_a_password(files: Files) -> bytes:
    """A zip that says that its files are encrypted, at which unpackers ask for a password and wait."""
    data = bytearray(zip_of(files))
    for mark, at in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        start = data.find(mark)
        while start >= 0:
            data[start + at] |= 1
            start = data.find(mark, start + 4)
    return bytes(data)


def tar_behind_a_zip(files: Files) -> bytes:
    """A file that is a tar from its beginning and a zip from its end, so that two readers see two hand-ins."""
    return honest(files) + END + zip_of({"blending.py": b"import os\n"})


ATTACKS = (
    zip_with_dots,
    zip_with_a_link,
    zip_bomb,
    zip_of_overlapping_files,
    zip_with_two_stories,
    zip_under_a_password,
    tar_behind_a_zip,
)
