"""Tars that lie about names, kinds and places."""

from __future__ import annotations

import importlib.util
import marshal
import sys
import tarfile

from tests.attacks.archives.making import END, FORGED_TEST, Files, changed, honest, member


def dots(files: Files) -> bytes:
    """A tar whose names climb out of the folder it is unpacked into, to the tests beside it."""
    return honest(files) + b"".join(member("../" * n + "tests/test_attacked.py", FORGED_TEST) for n in (1, 2, 9)) + END


def dots_in_the_middle(files: Files) -> bytes:
    """A tar whose names go down before they climb, which a look at the beginning does not see."""
    return honest(files) + member("a/./b/../../../tests/test_attacked.py", FORGED_TEST) + END


def absolute(files: Files) -> bytes:
    """A tar with absolute names, of the tests and of where results are read."""
    forged = (("/autograder/tests/test_attacked.py", FORGED_TEST), ("//etc/cron.d/mine", b"* * * * * root id\n"))
    return honest(files) + b"".join(member(name, content) for name, content in forged) + END


def backslashes(files: Files) -> bytes:
    r"""A tar whose names climb with the separators of another system: ..\..\ and a drive's letter."""
    return honest(files) + member("..\\..\\tests\\test_attacked.py", FORGED_TEST) + member("C:/x", b"") + END


def name_with_a_null(files: Files) -> bytes:
    """A tar with a name that ends early for whoever reads it as a C string."""
    header = changed(member("blending.py", FORGED_TEST), 0, b"tests.py\0/../../x")
    return (
        honest(files)
        + member("x", b"", pax_headers={"path": "doubling.py\0/../../tests/test_attacked.py"})
        + header
        + END
    )


def symbolic_link(files: Files) -> bytes:
    """A tar with a link out of the folder, and then a file that is written through it."""
    link = member("out", type=tarfile.SYMTYPE, linkname="../tests")
    return honest(files) + link + member("out/test_attacked.py", FORGED_TEST) + END


def hard_link(files: Files) -> bytes:
    """A tar with a hard link to the tests, which is then the hand-in's own file to read and to write."""
    link = member("notes.py", type=tarfile.LNKTYPE, linkname="../tests/test_attacked.py")
    return honest(files) + link + member("notes.py", FORGED_TEST) + END


def chain_of_links(files: Files) -> bytes:
    """A tar with links that each stay inside, and together lead out: the way past Python's own filters."""
    links = member("a", type=tarfile.SYMTYPE, linkname="./") + member(
        "b", type=tarfile.SYMTYPE, linkname="a/a/../../tests"
    )
    return honest(files) + links + member("b/test_attacked.py", FORGED_TEST) + END


def long_chain_of_links(files: Files) -> bytes:
    """A tar with links so long together that the path is cut while it is checked, and not when it is used."""
    name, parts, path = "d" * 247, [], ""
    for letter in "abcdefghijklmnop":
        parts += [member(path + name, type=tarfile.DIRTYPE), member(path + letter, type=tarfile.SYMTYPE, linkname=name)]
        path += f"{letter}/"
    parts.append(member(path + "l" * 254, type=tarfile.SYMTYPE, linkname="../" * 16))
    parts.append(member("escape", type=tarfile.SYMTYPE, linkname=path + "l" * 254 + "/../tests"))
    return honest(files) + b"".join(parts) + member("escape/test_attacked.py", FORGED_TEST) + END


def device(files: Files) -> bytes:
    """A tar with a disk, a memory device and a pipe on which every reader waits for ever."""
    disk = member("disk", type=tarfile.BLKTYPE, devmajor=8, devminor=0, mode=0o666)
    return honest(files) + disk + member("pipe", type=tarfile.FIFOTYPE) + END


def pipe_for_a_file(files: Files) -> bytes:
    """A tar in which a file that is graded is a pipe, so that whoever opens it hangs."""
    return honest({"doubling.py": files["doubling.py"]}) + member("blending.py", type=tarfile.FIFOTYPE) + END


def name_by_pax(files: Files) -> bytes:
    """A tar whose harmless name is replaced by a record of pax, after a reader has checked the first one."""
    return honest(files) + member("harmless.py", FORGED_TEST, pax_headers={"path": "../tests/test_attacked.py"}) + END


def twice_the_same_name(files: Files) -> bytes:
    """A tar with a file twice: one reader checks the first, another runs the second."""
    return honest(files) + member("blending.py", b"import os\n") + END


def names_that_clash_by_case(files: Files) -> bytes:
    """A tar with names that are one where upper and lower case are."""
    return honest(files) + member("Doubling.py", b"import os\n") + END


def names_that_clash_by_unicode(files: Files) -> bytes:
    """A tar with names that are one once Unicode is normalised."""
    return honest(files) + member("caf\u00e9.py", b"1") + member("cafe\u0301.py", b"2") + END


def file_and_folder(files: Files) -> bytes:
    """A tar in which a name is first a file and then a folder with files."""
    return honest(files) + member("a", b"1") + member("a/b.py", b"2") + END


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


def names_for_a_terminal(files: Files) -> bytes:
    """A tar with names that hold line ends, escapes of terminals and characters that turn text around."""
    return (
        honest(files)
        + member("a\nok 10/10\n.py", b"")
        + member("\x1b]0;x\x07.py", b"")
        + member("\u202eyp.x", b"")
        + END
    )


def privileges(files: Files) -> bytes:
    """A tar with files of root, for all to write, that run as their owner."""
    program = member("tool", b"#!/bin/sh\nid\n", mode=0o6777, uid=0, gid=0, uname="root")
    return honest(files) + program + END


def compiled_files(files: Files) -> bytes:
    """A tar with a compiled file that Python would take without a look at the source beside it: it doubles nothing."""
    code = compile("def double(x): raise SystemExit('the compiled one')", "doubling.py", "exec")
    unchecked = importlib.util.MAGIC_NUMBER + (1).to_bytes(4, "little") + bytes(8) + marshal.dumps(code)
    tag = sys.implementation.cache_tag
    return (
        honest(files) + member(f"__pycache__/doubling.{tag}.pyc", unchecked) + member("doubling.pyc", unchecked) + END
    )


ATTACKS = (
    dots,
    dots_in_the_middle,
    absolute,
    backslashes,
    name_with_a_null,
    symbolic_link,
    hard_link,
    chain_of_links,
    long_chain_of_links,
    device,
    pipe_for_a_file,
    name_by_pax,
    twice_the_same_name,
    names_that_clash_by_case,
    names_that_clash_by_unicode,
    file_and_folder,
    names_for_a_shell,
    names_for_a_terminal,
    privileges,
    compiled_files,
)
