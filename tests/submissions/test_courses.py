"""A suite travels by its content: packed once, unpacked anywhere, never mistaken for another."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

import pytest
from sqlalchemy import func, select

from grader.assignment import AssignmentError, load, suite_hash
from submissions.models import Assignment, Suite
from submissions.storage import packing
from submissions.storage.blobs import DirectoryBlobs, NoBlob
from submissions.suites import courses
from tests.checks import passed

ASSIGNMENT = """
id = "lines"
title = "Lines"

[handin]
files = ["mytorch/linear.py"]

[student]
modules = ["mytorch.linear"]

[[task]]
id = "linear"
title = "Linear"
points = 10
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An assignment's folder with caches and a handout, which are no part of its suite."""
    folder = tmp_path / "lines"
    for name, text in {
        "assignment.toml": ASSIGNMENT,
        "test_lines.py": "# tests\n",
        "reference/mytorch/linear.py": "class Linear: ...\n",
        "reference/__pycache__/linear.pyc": "cache",
        "handout/mytorch/linear.py": "# yours\n",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


@pytest.fixture
def blobs(tmp_path):
    return DirectoryBlobs(tmp_path / "blobs")


@pytest.fixture
def cache(tmp_path):
    return tmp_path / "suites"


@pytest.fixture(autouse=True)
def described(monkeypatch):
    """What collecting a suite finds is the grader's to test."""
    monkeypatch.setattr(courses, "manifest", lambda folder: {"id": load(folder).id, "files": [], "tests": []})


def test_a_synced_suite_unpacks_to_the_same_content_elsewhere(database, blobs, folder, cache):
    suite = courses.sync_suite(database, blobs, folder)
    assert (suite.hash, suite.assignment) == (suite_hash(folder), "lines")
    unpacked = courses.materialise(blobs, suite.blob, suite.hash, cache)
    assert suite_hash(unpacked) == suite.hash
    assert load(unpacked).id == "lines"
    assert sorted(str(path.relative_to(unpacked)) for path in unpacked.rglob("*") if path.is_file()) == [
        "assignment.toml",
        "reference/mytorch/linear.py",
        "test_lines.py",
    ]
    assert cache.stat().st_mode & 0o077 == unpacked.stat().st_mode & 0o077 == 0


def test_the_same_content_is_the_same_suite_wherever_it_lies(database, blobs, folder, tmp_path):
    first = courses.sync_suite(database, blobs, folder)
    shutil.copytree(folder, tmp_path / "copy")
    (tmp_path / "copy" / "handout" / "mytorch" / "linear.py").write_text("# other\n")
    assert courses.sync_suite(database, blobs, tmp_path / "copy").id == first.id


def test_packing_gives_the_same_bytes_whatever_the_times(folder, tmp_path):
    shutil.copytree(folder, tmp_path / "copy", copy_function=shutil.copyfile)
    assert courses._pack(folder) == courses._pack(tmp_path / "copy")


def test_another_test_is_another_suite_and_the_old_one_stays(database, blobs, folder, cache):
    old = courses.sync_suite(database, blobs, folder)
    (folder / "test_lines.py").write_text("# better tests\n")
    new = courses.sync_suite(database, blobs, folder)
    assert old.id != new.id
    assert (courses.materialise(blobs, old.blob, old.hash, cache) / "test_lines.py").read_text() == "# tests\n"
    assert (courses.materialise(blobs, new.blob, new.hash, cache) / "test_lines.py").read_text() == "# better tests\n"


def test_a_folder_with_a_mistake_is_no_suite(database, blobs, folder):
    (folder / "assignment.toml").write_text("id = 3")
    with pytest.raises(AssignmentError):
        courses.sync_suite(database, blobs, folder)
    with database.read() as session:
        assert session.scalars(select(func.count()).select_from(Suite)).one() == 0


def at_once(work, times=6):
    together, results = threading.Barrier(times), []

    def run():
        together.wait()
        results.append(work())

    threads = [threading.Thread(target=run) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == times
    return results


def test_syncing_at_once_makes_one_suite(database, blobs, folder):
    assert len({suite.id for suite in at_once(lambda: courses.sync_suite(database, blobs, folder))}) == 1


def test_unpacking_at_once_gives_everyone_the_whole_suite_and_leaves_nothing_else(database, blobs, folder, cache):
    suite = courses.sync_suite(database, blobs, folder)
    hashes = at_once(lambda: suite_hash(courses.materialise(blobs, suite.blob, suite.hash, cache)))
    assert set(hashes) == {suite.hash}
    assert [path.name for path in cache.iterdir()] == [suite.hash]


def test_a_damaged_pack_is_not_used(database, blobs, folder, cache, tmp_path):
    suite = courses.sync_suite(database, blobs, folder)
    (folder / "test_lines.py").write_text("# other\n")
    other = courses.sync_suite(database, blobs, folder)
    with pytest.raises(packing.Damaged, match="damaged"):
        courses.materialise(blobs, other.blob, suite.hash, cache)
    with pytest.raises(NoBlob):
        courses.materialise(blobs, "0" * 64, suite.hash, cache)
    blobs.path(suite.blob).write_bytes(b"not a tar")
    with pytest.raises(packing.Damaged):
        courses.materialise(blobs, suite.blob, suite.hash, cache)
    assert list(cache.iterdir()) == []


def test_a_course_gets_an_assignment_whose_suite_is_published_later(database, blobs, folder):
    with database.write() as session:
        course = courses.create_course(session, "dl", "Deep Learning", term="Spring 2026")
        assignment = courses.create_assignment(session, course.id, "lines", "Lines")
    suite = courses.sync_suite(database, blobs, folder)
    with database.write() as session:
        courses.publish(session, assignment.id, passed(session, suite))
    with database.read() as session:
        found = session.get_one(Assignment, assignment.id)
        assert (found.course.slug, found.suite.hash) == ("dl", suite.hash)


@pytest.mark.parametrize("slug", ["", "DL", "../etc", "-dl", "d l", "dl\n", "x" * 81])
def test_a_short_name_that_no_address_can_hold_is_refused(database, slug):
    with database.write() as session, pytest.raises(courses.BadSlug, match="up to 80 lower-case letters"):
        courses.create_course(session, slug, "Deep Learning")
    with database.write() as session:
        course = courses.create_course(session, "dl-26.1_b", "Deep Learning")
        with pytest.raises(courses.BadSlug):
            courses.create_assignment(session, course.id, slug, "Lines")
