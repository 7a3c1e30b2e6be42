"""Archives that no folder can hold: each function makes one from the honest files, and says what it tries.

The bytes are written by hand where Python's own writers would not write them so.
"""

from __future__ import annotations

import gzip
import io
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable

Files = dict[str, bytes]
Maker = Callable[[Files], bytes]

ARCHIVES: dict[str, Maker] = {}
FORGED_TEST = b"def test_blend(): pass\ndef test_total(): pass\ndef test_apply(): pass\ndef test_double(): pass\n"
FORGED_RESULT = b'{"score": 10}'


def attack(make: Maker) -> Maker:
    """Adds a maker under its name."""
    ARCHIVES[make.__name__] = make
    return make


def member(name: str, content: bytes = b"", **fields: object) -> bytes:
    """A header and its content, padded. `fields` are TarInfo's: `type`, `linkname`, `mode`, `pax_headers`, …"""
    info = tarfile.TarInfo(name)
    info.size = len(content)
    for key, value in fields.items():
        setattr(info, key, value)
    return info.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape") + content + b"\0" * (-len(content) % 512)


def honest(files: Files) -> bytes:
    """The members of the honest part."""
    return b"".join(member(name, content) for name, content in files.items())


def changed(header: bytes, at: int, data: bytes) -> bytes:
    """A header with other bytes at a place, and the checksum that goes with them."""
    raw = bytearray(header)
    raw[at : at + len(data)] = data
    raw[148:156] = b" " * 8
    raw[148:156] = b"%06o\0 " % sum(raw[:512])
    return bytes(raw)


END = b"\0" * 1024


@attack
def dots(files: Files) -> bytes:
    """A tar whose names climb out of the folder it is unpacked into, to the tests beside it."""
    return honest(files) + b"".join(member("../" * n + "tests/test_attacked.py", FORGED_TEST) for n in (1, 2, 9)) + END


@attack
def dots_in_the_middle(files: Files) -> bytes:
    """A tar whose names go down before they climb, which a look at the beginning does not see."""
    return honest(files) + member("a/./b/../../../tests/test_attacked.py", FORGED_TEST) + END


@attack
def absolute(files: Files) -> bytes:
    """A tar with absolute names, of the tests and of where results are read."""
    forged = (("/autograder/tests/test_attacked.py", FORGED_TEST), ("//etc/cron.d/mine", b"* * * * * root id\n"))
    return honest(files) + b"".join(member(name, content) for name, content in forged) + END


@attack
def backslashes(files: Files) -> bytes:
    r"""A tar whose names climb with the separators of another system: ..\..\ and a drive's letter."""
    return honest(files) + member("..\\..\\tests\\test_attacked.py", FORGED_TEST) + member("C:/x", b"") + END


@attack
def name_with_a_null(files: Files) -> bytes:
    """A tar with a name that ends early for whoever reads it as a C string."""
    header = changed(member("blending.py", FORGED_TEST), 0, b"tests.py\0/../../x")
    return (
        honest(files)
        + member("x", b"", pax_headers={"path": "doubling.py\0/../../tests/test_attacked.py"})
        + header
        + END
    )


@attack
def symbolic_link(files: Files) -> bytes:
    """A tar with a link out of the folder, and then a file that is written through it."""
    link = member("out", type=tarfile.SYMTYPE, linkname="../tests")
    return honest(files) + link + member("out/test_attacked.py", FORGED_TEST) + END


@attack
def hard_link(files: Files) -> bytes:
    """A tar with a hard link to the tests, which is then the hand-in's own file to read and to write."""
    link = member("notes.py", type=tarfile.LNKTYPE, linkname="../tests/test_attacked.py")
    return honest(files) + link + member("notes.py", FORGED_TEST) + END


@attack
def chain_of_links(files: Files) -> bytes:
    """A tar with links that each stay inside, and together lead out: the way past Python's own filters."""
    links = member("a", type=tarfile.SYMTYPE, linkname="./") + member(
        "b", type=tarfile.SYMTYPE, linkname="a/a/../../tests"
    )
    return honest(files) + links + member("b/test_attacked.py", FORGED_TEST) + END


@attack
def long_chain_of_links(files: Files) -> bytes:
    """A tar with links so long together that the path is cut while it is checked, and not when it is used."""
    name, parts, path = "d" * 247, [], ""
    for letter in "abcdefghijklmnop":
        parts += [member(path + name, type=tarfile.DIRTYPE), member(path + letter, type=tarfile.SYMTYPE, linkname=name)]
        path += f"{letter}/"
    parts.append(member(path + "l" * 254, type=tarfile.SYMTYPE, linkname="../" * 16))
    parts.append(member("escape", type=tarfile.SYMTYPE, linkname=path + "l" * 254 + "/../tests"))
    return honest(files) + b"".join(parts) + member("escape/test_attacked.py", FORGED_TEST) + END


@attack
def device(files: Files) -> bytes:
    """A tar with a disk, a memory device and a pipe on which every reader waits for ever."""
    disk = member("disk", type=tarfile.BLKTYPE, devmajor=8, devminor=0, mode=0o666)
    return honest(files) + disk + member("pipe", type=tarfile.FIFOTYPE) + END


@attack
def pipe_for_a_file(files: Files) -> bytes:
    """A tar in which a file that is graded is a pipe, so that whoever opens it hangs."""
    return honest({"doubling.py": files["doubling.py"]}) + member("blending.py", type=tarfile.FIFOTYPE) + END


@attack
def sparse(files: Files) -> bytes:
    """A tar with a sparse file of 64 GB that takes 512 bytes, in the way of old GNU tar."""
    header = member("zeros.bin", b"", type=tarfile.GNUTYPE_SPARSE)
    return honest(files) + changed(changed(header, 386, b"00000000000\x0000000001000\0"), 483, b"777777777777") + END


@attack
def sparse_by_pax(files: Files) -> bytes:
    """The same sparse file in the newer way, by records of pax."""
    records = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": str(1 << 36)}
    content = b"1\n68719476735\n1\n".ljust(512, b"\0") + b"x"
    return honest(files) + member("zeros.bin", content, pax_headers={**records, "GNU.sparse.name": "zeros.bin"}) + END


@attack
def name_by_pax(files: Files) -> bytes:
    """A tar whose harmless name is replaced by a record of pax, after a reader has checked the first one."""
    return honest(files) + member("harmless.py", FORGED_TEST, pax_headers={"path": "../tests/test_attacked.py"}) + END


@attack
def size_by_pax(files: Files) -> bytes:
    """A tar whose record of pax gives a file another size, so that two readers find other members behind it."""
    inner = member("blending.py", FORGED_TEST)
    return honest(files) + member("outer.py", inner, pax_headers={"size": "0"}) + END


@attack
def digits_without_end(files: Files) -> bytes:
    """A tar with a record of pax whose length is a hundred thousand digits, which some readers take hours for."""
    body = b"1" * 100_000 + b" path=x\n"
    return honest(files) + member("././@PaxHeader", body, type=tarfile.XHDTYPE) + member("x") + END


@attack
def negative_size(files: Files) -> bytes:
    """A tar with a member of negative size, at which a reader goes back and reads for ever."""
    return honest(files) + changed(member("x", b""), 124, b"\xff" * 10 + b"\xfe\x00") + END


@attack
def enormous_size(files: Files) -> bytes:
    """A tar with a member of 2**80 bytes, written in binary as GNU tar does."""
    return honest(files) + changed(member("x", b""), 124, b"\x80" + b"\xff" * 11) + END


@attack
def long_name_of_gnu(files: Files) -> bytes:
    """A tar with a GNU record that holds a name of a million characters, and one that hides dots in a long name."""
    name = ("a/" * 500_000).encode()
    record = member("././@LongLink", name, type=tarfile.GNUTYPE_LONGNAME)
    return honest(files) + record + member("x") + END


@attack
def million_members(files: Files) -> bytes:
    """A small archive with a million empty members."""
    one = member("x")
    many = b"".join(changed(one, 0, b"%06d" % each) for each in range(1000))
    return gzip.compress(honest(files)) + gzip.compress(many) * 1000 + gzip.compress(END)


@attack
def gzip_bomb(files: Files) -> bytes:
    """A gzip of two megabytes that unpacks to two gigabytes."""
    # A gzip may be several, one behind the other.
    return gzip.compress(honest(files)) + gzip.compress(bytes(1 << 20)) * 2048


@attack
def gzip_in_gzip(files: Files) -> bytes:
    """A gzip within a gzip within a gzip, each a thousand times smaller."""
    data = honest(files) + bytes(64 << 20)
    for _ in range(3):
        data = gzip.compress(data)
    return data


@attack
def twice_the_same_name(files: Files) -> bytes:
    """A tar with a file twice: one reader checks the first, another runs the second."""
    return honest(files) + member("blending.py", b"import os\n") + END


@attack
def names_that_clash_by_case(files: Files) -> bytes:
    """A tar with names that are one where upper and lower case are."""
    return honest(files) + member("Doubling.py", b"import os\n") + END


@attack
def names_that_clash_by_unicode(files: Files) -> bytes:
    """A tar with names that are one once Unicode is normalised."""
    return honest(files) + member("caf\u00e9.py", b"1") + member("cafe\u0301.py", b"2") + END


@attack
def file_and_folder(files: Files) -> bytes:
    """A tar in which a name is first a file and then a folder with files."""
    return honest(files) + member("a", b"1") + member("a/b.py", b"2") + END


@attack
def names_for_a_shell(files: Files) -> bytes:
    """A tar with names that a shell would run, and options for programs that get them as arguments."""
    names = (
        "$(touch owned).py",
        "; touch owned;.py",
        "`touch owned`.py",
        "--checkpoint-action=exec=sh",
        "-rf",
        "| id",
        "*",
    )
    return honest(files) + b"".join(member(name) for name in names) + END


@attack
def names_for_a_terminal(files: Files) -> bytes:
    """A tar with names that hold line ends, escapes of terminals and characters that turn text around."""
    return (
        honest(files)
        + member("a\nok 10/10\n.py", b"")
        + member("\x1b]0;x\x07.py", b"")
        + member("\u202eyp.x", b"")
        + END
    )


@attack
def privileges(files: Files) -> bytes:
    """A tar with files of root, for all to write, that run as their owner."""
    program = member("tool", b"#!/bin/sh\nid\n", mode=0o6777, uid=0, gid=0, uname="root")
    return honest(files) + program + END


@attack
def deep_folders(files: Files) -> bytes:
    """A tar with folders five thousand deep, too deep to be removed again by simple means."""
    return honest(files) + member("x", b"", pax_headers={"path": "d/" * 5000 + "x"}) + END


def zip_of(files: Files, *more: tuple[zipfile.ZipInfo, bytes]) -> bytes:
    """A zip of the honest files and these entries."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
        for info, content in more:
            archive.writestr(info, content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


@attack
def zip_with_dots(files: Files) -> bytes:
    """A zip whose names climb out of the folder."""
    return zip_of(files, (zipfile.ZipInfo("../tests/test_attacked.py"), FORGED_TEST))


@attack
def zip_with_a_link(files: Files) -> bytes:
    """A zip with a symbolic link to the tests, and a file that is written through it."""
    link = zipfile.ZipInfo("out")
    link.create_system, link.external_attr = 3, 0o120777 << 16
    return zip_of(files, (link, b"../tests"), (zipfile.ZipInfo("out/test_attacked.py"), FORGED_TEST))


@attack
def zip_bomb(files: Files) -> bytes:
    """A zip with a file of a hundred megabytes that takes a hundred kilobytes."""
    return zip_of(files, (zipfile.ZipInfo("zeros.bin"), bytes(100 << 20)))


@attack
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


@attack
def zip_with_two_stories(files: Files) -> bytes:
    """A zip whose directory tells another name than the file's own header."""
    return zip_of(files, (zipfile.ZipInfo("notes_a.py"), b"1")).replace(b"notes_a.py", b"../tests_a", 1)


@attack
def zip_under_a_password(files: Files) -> bytes:
    """A zip that says that its files are encrypted, at which unpackers ask for a password and wait."""
    data = bytearray(zip_of(files))
    for mark, at in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        start = data.find(mark)
        while start >= 0:
            data[start + at] |= 1
            start = data.find(mark, start + 4)
    return bytes(data)


@attack
def tar_behind_a_zip(files: Files) -> bytes:
    """A file that is a tar from its beginning and a zip from its end, so that two readers see two hand-ins."""
    return honest(files) + END + zip_of({"blending.py": b"import os\n"})
