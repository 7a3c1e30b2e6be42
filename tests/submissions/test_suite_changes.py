"""What a newer version of an assignment's tests changes: files with their lines, tests, points."""

from __future__ import annotations

import io
import tarfile

import pytest

from submissions.models import Suite
from submissions.storage.blobs import DirectoryBlobs
from submissions.suites.suite_changes import ChangedFile, ChangedTest, changes

FILES = {"assignment.toml": b'id = "lines"\n', "test_a.py": b"a = 1\nb = 2\n", "digits.npz": b"\x93NUMPY\xff"}
TESTS = {"test_a.py::one": 5.0, "test_a.py::two": 10.0}


@pytest.fixture
def suite(tmp_path):
    blobs = DirectoryBlobs(tmp_path / "blobs")

    def make(files, tests):
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w") as archive:
            for name, content in files.items():
                member = tarfile.TarInfo(name)
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
        buffer.seek(0)
        manifest = {"tests": [{"id": id_, "title": id_[-3:], "points": points} for id_, points in tests.items()]}
        return Suite(hash="", assignment="lines", blob=blobs.put(buffer, 1 << 20).sha256, manifest=manifest)

    make.blobs = blobs
    return make


CHANGED = {**FILES, "test_a.py": b"a = 1\nb = 3\n"}


@pytest.mark.parametrize(
    ("files", "tests", "file_changes", "test_changes"),
    [
        (FILES, TESTS, (), ()),
        (CHANGED, TESTS, (ChangedFile("test_a.py", "changed", ("@@ -1,2 +1,2 @@", " a = 1", "-b = 2", "+b = 3")),), ()),
        (
            {**FILES, "new.py": b"c = 3\n"},
            {**TESTS, "new.py::six": 2.0},
            (ChangedFile("new.py", "added", ("@@ -0,0 +1 @@", "+c = 3")),),
            (ChangedTest("new.py::six", "six", None, 2.0),),
        ),
        (
            {name: content for name, content in FILES.items() if name != "digits.npz"},
            {"test_a.py::one": 5.0},
            (ChangedFile("digits.npz", "removed"),),
            (ChangedTest("test_a.py::two", "two", 10.0, None),),
        ),
        (FILES, {**TESTS, "test_a.py::one": 7.0}, (), (ChangedTest("test_a.py::one", "one", 5.0, 7.0),)),
    ],
    ids=["nothing", "a line", "added", "removed", "points"],
)
def test_what_changed_is_named(suite, files, tests, file_changes, test_changes):
    found = changes(suite.blobs, suite(FILES, TESTS), suite(files, tests))
    assert (found.files, found.tests) == (file_changes, test_changes)
    assert (found.before, found.after) == (15.0, sum(tests.values()))


def test_a_long_difference_is_cut_and_counted(suite):
    long = {**FILES, "test_a.py": b"".join(b"x%d = 0\n" % n for n in range(1000))}
    (file,) = changes(suite.blobs, suite(FILES, TESTS), suite(long, TESTS)).files
    assert len(file.lines) + file.more == 1 + 2 + 1000
    assert file.more > 0
