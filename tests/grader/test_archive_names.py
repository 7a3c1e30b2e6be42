"""Which names a hand-in may have: the same in every format."""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Callable, Mapping

import pytest

from grader.archive import ArchiveLimits, read_archive
from grader.archive.names import junk_in, safe_path, shown
from grader.report import Refused

Build = Callable[[Mapping[str, bytes]], bytes]


def as_tar(files: Mapping[str, bytes]) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as tar:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return file.getvalue()


def as_zip(files: Mapping[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return file.getvalue()


@pytest.fixture(params=[as_tar, as_zip], ids=["tar", "zip"])
def build(request: pytest.FixtureRequest) -> Build:
    return request.param


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("/etc/passwd", "`/etc/passwd` is an absolute path"),
        ("//host/share", "absolute path"),
        ("C:/Users/ada/hw1.py", "absolute path"),
        ("C:hw1.py", "absolute path"),
        ("../hw1.py", "leads out of its folder"),
        ("hw1/../../hw1.py", "leads out of its folder"),
        ("hw1/..", "leads out of its folder"),
        ("hw1\\hw1.py", "has a backslash"),
        ("a\nb.py", r"`a\nb.py` has characters"),
        ("a\x1b[2Jb.py", r"`a\x1b[2Jb.py` has characters"),
        ("a\x7f.py", "has characters"),
        ("a\x85.py", "has characters"),
        ("a\u2028b.py", r"`a\u2028b.py` has characters"),
        ("yp.\u202eexe", r"`yp.\u202eexe` has characters"),
        ("a\u2066b.py", "has characters"),
        ("hw1/" + "\u0958" * 70, "is longer than 240 bytes"),  # 214 bytes, and 424 in NFC
        ("x" * 300, f"`{'x' * 80}…` is longer than 240 bytes"),
        ("/".join("abcdefghijklm"), "more than 12 folders deep"),
    ],
)
def test_an_unsafe_name_is_refused_and_named(name: str, reason: str, build: Build) -> None:
    with pytest.raises(Refused) as refusal:
        read_archive(build({name: b"x"}))
    assert reason in str(refusal.value)
    assert str(refusal.value).isprintable()


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("hw1/hw1.py", "hw1/hw1.py"),
        ("./hw1//./hw1.py", "hw1/hw1.py"),
        ("...", "..."),
        ("a..b/c.py", "a..b/c.py"),
        (" a b .py", " a b .py"),
        ("-rf", "-rf"),
        ("$(reboot).py", "$(reboot).py"),
        ("numpy.py", "numpy.py"),
        ("conftest.py", "conftest.py"),
        (".gitignore", ".gitignore"),
        ("作业/一.py", "作业/一.py"),
        ("e\u0301.py", "é.py"),
        ("👩‍🔬.png", "👩‍🔬.png"),
        ("x" * 240, "x" * 240),
        ("/".join("abcdefghijkl"), "a/b/c/d/e/f/g/h/i/j/k/l"),
    ],
)
def test_an_odd_but_harmless_name_is_kept(name: str, path: str, build: Build) -> None:
    assert read_archive(build({name: b"x"})) == {path: b"x"}


@pytest.mark.parametrize(
    "name",
    [
        "mytorch/__pycache__/linear.cpython-38.pyc",
        "linear.pyc",
        "linear.pyo",
        "._hw1.py",
        "hw1/._hw1.py",
        ".DS_Store",
        "hw1/.DS_Store",
        "Icon\r",
        "__MACOSX/hw1/._hw1.py",
        "hw1/.ipynb_checkpoints/hw1-checkpoint.py",
        ".git/objects/4b/825dc642cb6eb9a060e54bf8d69288fbee4904",
        ".idea/workspace.xml",
        ".vscode/settings.json",
        ".pytest_cache/v/cache/lastfailed",
        ".venv/lib/python3.11/site-packages/numpy/__init__.py",
        "venv/pyvenv.cfg",
        "Thumbs.db",
        "hw1/desktop.ini",
        "Desktop.ini",
        "hw1.py~",
        ".#hw1.py",
        "#hw1.py#",
        ".hw1.py.swp",
        # Junk is dropped unread, so no name of it can do harm.
        ".git/../../etc/passwd",
        "/__pycache__/x",
        f".venv/{'deep/' * 30}x",
    ],
)
def test_junk_is_left_out_wherever_it_lies(name: str, build: Build) -> None:
    assert read_archive(build({"hw1.py": b"x", name: b"junk"})) == {"hw1.py": b"x"}


@pytest.mark.parametrize(
    "name", ["hw1.py", ".gitignore", "venv.py", "pyc", "a.pyc.py", "_.py", "git/x.py", "Icon", "~a", "a~/b~.py"]
)
def test_a_name_that_only_resembles_junk_is_kept(name: str) -> None:
    kept = name != "a~/b~.py"  # a folder `a~` is a backup
    assert (junk_in(name) is None) is kept


def test_a_name_is_shown_on_one_line_and_cut() -> None:
    assert shown("a\n`b`\x00\udce9é") == r"`a\n\x60b\x60\x00\udce9é`"
    assert shown("\x00" * 10_000) == "`" + (r"\x00" * 20) + "…`"
    assert shown("") == "``"


def test_a_path_that_names_nothing_is_the_root() -> None:
    assert safe_path("././/", ArchiveLimits()) == ""
