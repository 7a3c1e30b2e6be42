"""Tars that lie about sizes, or are much larger than they look."""

from __future__ import annotations

import gzip
import tarfile

from tests.attacks.archives.making import END, FORGED_TEST, Files, changed, honest, member


def sparse(files: Files) -> bytes:
    """A tar with a sparse file of 64 GB that takes 512 bytes, in the way of old GNU tar."""
    header = member("zeros.bin", b"", type=tarfile.GNUTYPE_SPARSE)
    return honest(files) + changed(changed(header, 386, b"00000000000\x0000000001000\0"), 483, b"777777777777") + END


def sparse_by_pax(files: Files) -> bytes:
    """The same sparse file in the newer way, by records of pax."""
    records = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": str(1 << 36)}
    content = b"1\n68719476735\n1\n".ljust(512, b"\0") + b"x"
    return honest(files) + member("zeros.bin", content, pax_headers={**records, "GNU.sparse.name": "zeros.bin"}) + END


def size_by_pax(files: Files) -> bytes:
    """A tar whose record of pax gives a file another size, so that two readers find other members behind it."""
    inner = member("blending.py", FORGED_TEST)
    return honest(files) + member("outer.py", inner, pax_headers={"size": "0"}) + END


def digits_without_end(files: Files) -> bytes:
    """A tar with a record of pax whose length is a hundred thousand digits, which some readers take hours for."""
    body = b"1" * 100_000 + b" path=x\n"
    return honest(files) + member("././@PaxHeader", body, type=tarfile.XHDTYPE) + member("x") + END


def negative_size(files: Files) -> bytes:
    """A tar with a member of negative size, at which a reader goes back and reads for ever."""
    return honest(files) + changed(member("x", b""), 124, b"\xff" * 10 + b"\xfe\x00") + END


def enormous_size(files: Files) -> bytes:
    """A tar with a member of 2**80 bytes, written in binary as GNU tar does."""
    return honest(files) + changed(member("x", b""), 124, b"\x80" + b"\xff" * 11) + END


def long_name_of_gnu(files: Files) -> bytes:
    """A tar with a GNU record that holds a name of a million characters, and one that hides dots in a long name."""
    name = ("a/" * 500_000).encode()
    record = member("././@LongLink", name, type=tarfile.GNUTYPE_LONGNAME)
    return honest(files) + record + member("x") + END


def one_name_for_all(files: Files) -> bytes:
    """A tar of a few kilobytes whose thousands of members all have one name of a megabyte, looked at each time."""
    record = b" path=" + b"a/" * 500_000 + b".git/x\n"
    described = member("x", b"%d%s" % (len(record) + len(str(len(record))), record), type=tarfile.XGLTYPE)
    return gzip.compress(honest(files) + described + member("x") * 19_000 + END)


def million_members(files: Files) -> bytes:
    """A small archive with a million empty members."""
    one = member("x")
    many = b"".join(changed(one, 0, b"%06d" % each) for each in range(1000))
    return gzip.compress(honest(files)) + gzip.compress(many) * 1000 + gzip.compress(END)


def gzip_bomb(files: Files) -> bytes:
    """A gzip of two megabytes that unpacks to two gigabytes."""
    # A gzip may be several, one behind the other.
    return gzip.compress(honest(files)) + gzip.compress(bytes(1 << 20)) * 2048


def gzip_in_gzip(files: Files) -> bytes:
    """A gzip within a gzip within a gzip, each a thousand times smaller."""
    data = honest(files) + bytes(64 << 20)
    for _ in range(3):
        data = gzip.compress(data)
    return data


def deep_folders(files: Files) -> bytes:
    """A tar with folders five thousand deep, too deep to be removed again by simple means."""
    return honest(files) + member("x", b"", pax_headers={"path": "d/" * 5000 + "x"}) + END


def notebooks_nobody_asked_for(files: Files) -> bytes:
    """A tar with large notebooks beside a program that lacks the names, which stall whoever looks for them in there."""
    slow = b"[" + b"[]," * (5 << 19) + b"0]"
    return honest(files) + member("first.ipynb", slow) + member("second.ipynb", slow) + END


ATTACKS = (
    sparse,
    sparse_by_pax,
    size_by_pax,
    digits_without_end,
    negative_size,
    enormous_size,
    long_name_of_gnu,
    one_name_for_all,
    million_members,
    gzip_bomb,
    gzip_in_gzip,
    deep_folders,
    notebooks_nobody_asked_for,
)
