"""A verification is silent on a service that has lived, and tells each kind of damage: what, of which record."""

from __future__ import annotations

import io
import os
import re
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event, make_url, select, update

from submissions.gradings import lifecycle
from submissions.models import Assignment, CheckRun, State, Suite, SyncedSuite, User, now
from submissions.service import verify
from submissions.storage.blobs import DirectoryBlobs
from submissions.storage.database import Database
from submissions.suites import check_runs, courses
from tests.school import outcomes


def test_a_service_that_has_lived_is_clean(lived):
    outcome = lived.verify()
    assert [str(each) for each in outcome.findings] == []
    assert outcome.found == 0
    counts = outcome.counts
    assert (counts.submissions, counts.gradings, counts.receipts, counts.suites) == (6, 6, 6, 1)
    assert counts.blobs == 1  # all handed in the same bytes
    assert counts.bytes > lived.blob_of(1).stat().st_size


def test_a_quick_one_reads_no_file(lived):
    lived.blob_of(1).chmod(0)
    outcome = lived.verify(quick=True)
    assert outcome.found == 0
    assert outcome.counts.bytes == 0


# What is done to the records; which record is named; what is said of it.
DAMAGE = {
    "a state that is none": (
        "UPDATE grading SET state = 'won' WHERE id = 1",
        "grading 1",
        "its state is 'won', which is none",
    ),
    "an end that is missing": (
        "UPDATE grading SET finished_at = NULL WHERE id = 3",
        "grading 3",
        "it is refused, and its time of ending says otherwise",
    ),
    "a lease without a run": (
        "UPDATE grading SET lease_token = 'x' WHERE id = 1",
        "grading 1",
        "it is graded, and its lease does not fit that",
    ),
    "a run without a lease": (
        "UPDATE grading SET lease_token = NULL WHERE id = 5",
        "grading 5",
        "it is running, and its lease does not fit that",
    ),
    "a lease that nobody takes back": (
        "UPDATE grading SET lease_until = '2026-01-02 03:04:05' WHERE id = 5",
        "grading 5",
        "its worker has been silent since 2026-01-0",
    ),
    "progress of a run that is over": (
        "UPDATE progress SET grading_id = 1",
        "grading 1",
        "it does not run, and still shows the progress of a run",
    ),
    "superseded by nothing": (
        "UPDATE author SET user_id = (SELECT id FROM \"user\" WHERE login = 'oz') WHERE submission_id = 4",
        "grading 4",
        "it is superseded, and its students have no upload newer than submission 4",
    ),
    "an upload that does not count for its student": (
        "DELETE FROM author WHERE submission_id = 1",
        "submission 1",
        "it does not count for the student who uploaded it",
    ),
    "an upload that counts for a stranger": (
        "UPDATE author SET user_id = (SELECT id FROM \"user\" WHERE login = 'oz') WHERE submission_id = 1",
        "submission 1",
        "it counts for oz, who never had a place in the course",
    ),
    "a fault that nobody is told of": (
        "DELETE FROM alert",
        "grading 2",
        "it ended as a grader fault, and no alert tells staff of it",
    ),
    "a shadow of nothing": (
        "UPDATE grading SET shadow = true WHERE id = 6",
        "grading 6",
        "it counts for nothing, and belongs to no regrade",
    ),
    "a regrade that nobody published": (
        "UPDATE grading SET regrade_id = 1 WHERE id = 6",
        "grading 6",
        "it counts, and its regrade 1 is not published",
    ),
    "a score that is missing": (
        "UPDATE grading SET score = NULL WHERE id = 1",
        "grading 1",
        "it is graded, and its score is missing or out of bounds",
    ),
    "more points than there are": (
        "UPDATE grading SET score = 1000 WHERE id = 1",
        "grading 1",
        "it is graded, and its score is missing or out of bounds",
    ),
    "a score of what was refused": (
        "UPDATE grading SET score = 5 WHERE id = 3",
        "grading 3",
        "it is refused, and has a score or results all the same",
    ),
    "results of what waits": (
        "UPDATE task_score SET grading_id = 2 WHERE grading_id = 1",
        "grading 2",
        "it is grader_fault, and has a score or results all the same",
    ),
    "a score raised by hand": (
        "UPDATE grading SET score = score + 1 WHERE id = 1",
        "grading 1",
        r"its score is \d+, and its tasks add up to \d+, or to other points in all",
    ),
    "a task raised by hand": (
        "UPDATE task_score SET score = score + 1 WHERE grading_id = 1 AND task = 'momentum'",
        "grading 1",
        "its task momentum has 1 points, and the tests of it add up to 0, or",
    ),
    "a test raised by hand": (
        "UPDATE test_result SET points = max_points + 1 WHERE grading_id = 1 AND test = 'test_loss.py::0'",
        "grading 1",
        "its test test_loss.py::0 has points out of bounds",
    ),
    "a test that has no result": (
        "DELETE FROM test_result WHERE grading_id = 1 AND test = 'test_loss.py::0'",
        "grading 1",
        "it has results of 21 of the 22 tests of its suite, and 0 of others",
    ),
    "a result of another suite's test": (
        "UPDATE test_result SET test = 'test_other.py::0' WHERE grading_id = 1 AND test = 'test_loss.py::0'",
        "grading 1",
        "it has results of 21 of the 22 tests of its suite, and 1 of others",
    ),
    "a hand-in that nothing grades": (
        "UPDATE grading SET submission_id = 2 WHERE id = 3",
        "submission 3",
        "it has no grading, and none is on its way",
    ),
    "a hand-in graded twice": (
        "UPDATE grading SET submission_id = 1 WHERE id = 6",
        "submission 1",
        "it has 2 gradings by suite 1 that are no faults, where one may be",
    ),
    "a penalty that no rule says": (
        "UPDATE submission SET penalty = 120 WHERE id = 2",
        "submission 2",
        "lateness takes 120 % of its score, which no rule says",
    ),
    "a rule that is none": (
        "UPDATE assignment SET counted = 'first' WHERE id = 1",
        "assignment 1",
        "by its rules 'first' counts and lateness is told in 'day', one of which is none",
    ),
    "a time that is none": (
        "UPDATE submission SET received_at = 'yesterday' WHERE id = 2",
        "submission 2",
        "its record cannot be read",
    ),
    "a lease until a time that is none": (
        "UPDATE grading SET lease_until = '0 o''clock' WHERE id = 5",
        "a grading",
        "its record cannot be read",
    ),
    "a suite's manifest that is no JSON": (
        "UPDATE suite SET manifest = '{'",
        "suite 1",
        "its list of tests cannot be read",
    ),
    "a suite's manifest without its tests": (
        "UPDATE suite SET manifest = '{}'",
        "suite 1",
        "its list of tests cannot be read",
    ),
    "a suite's manifest that is nothing": (
        "UPDATE suite SET manifest = 'null'",
        "suite 1",
        "its list of tests cannot be read",
    ),
    "a student who is gone": (
        "DELETE FROM \"user\" WHERE login = 'bo'",
        "submission 2",
        r"its user_id is \d, and there is no such user",
    ),
    "another size": (
        "UPDATE submission SET size = size + 1 WHERE id = 2",
        "submission 2 of bo for dl/hw1p1",
        r"its file has \d+ bytes, and \d+ were taken",
    ),
    "another time": (
        "UPDATE submission SET received_at = '2026-01-02 03:04:05' WHERE id = 2",
        "submission 2",
        "its receipt and its record differ in received_at",
    ),
    "a receipt of another's": (
        "UPDATE submission SET receipt = (SELECT receipt FROM submission WHERE id = 1) WHERE id = 2",
        "submission 2",
        "its receipt and its record differ in submission, login, received_at",
    ),
    "a receipt that was made up": (
        "UPDATE submission SET receipt = 'W10.x' WHERE id = 2",
        "submission 2",
        "its receipt was not signed by this service",
    ),
    "a file of that name that never was": (
        "UPDATE submission SET blob = '../../etc/passwd' WHERE id = 2",
        "submission 2 of bo for dl/hw1p1",
        r"its file is not in the blob store \(../../etc/passwd\)",
    ),
    "tables of another version": (
        "UPDATE alembic_version SET version_num = '0001'",
        "database",
        "its tables are of version 0001, and this program's are ",
    ),
}


def _tells(findings, kind) -> bool:
    _, record, seen = DAMAGE[kind]
    assert all(each.remedy for each in findings)
    return any(each.about == record and re.match(seen, each.seen) for each in findings)


@pytest.mark.parametrize("kind", DAMAGE)
def test_damage_to_the_records_is_told(lived, kind):
    lived.execute(DAMAGE[kind][0])
    findings = lived.verify().findings
    assert _tells(findings, kind), findings


@pytest.mark.parametrize("kind", ["a time that is none", "a suite's manifest that is no JSON"])
def test_what_cannot_be_read_hides_no_other_damage(lived, kind):
    lived.execute(DAMAGE[kind][0])
    lived.blob_of(1).unlink()
    findings = lived.verify(quick=True).findings
    assert _tells(findings, kind)
    gone = [each.record for each in findings if each.seen.startswith("its file is not in the blob store")]
    assert [f"submission {n}" for n in (1, 3, 4, 5, 6)] == [record for record in gone if record != "submission 2"]


def test_a_file_that_goes_while_it_is_looked_at_is_told_as_gone(lived, monkeypatch):
    path = lived.blob_of(1)
    monkeypatch.setattr(verify.content, "_fault", lambda *_: path.unlink(missing_ok=True) or "")
    findings = lived.verify(quick=True).findings
    assert {each.seen.partition(" (")[0] for each in findings} == {"its file is not in the blob store"}


@pytest.mark.services
def test_postgresql_is_asked_the_same(lived_on_postgresql):
    outcome = lived_on_postgresql.verify()
    assert [str(each) for each in outcome.findings] == []
    assert outcome.counts.submissions == 6
    kinds = (
        *("a student who is gone", "a score raised by hand", "a score of what was refused"),
        *("a lease that nobody takes back", "a hand-in graded twice", "a fault that nobody is told of"),
    )
    for kind in kinds:
        lived_on_postgresql.execute(DAMAGE[kind][0])
    findings = lived_on_postgresql.verify().findings
    assert [kind for kind in kinds if not _tells(findings, kind)] == [], findings


def _damage_file(lived, kind: str) -> None:
    path = lived.blob_of(1) if kind.startswith("hand-in") else lived.blobs.path(lived.packed)
    if kind.endswith("gone"):
        path.unlink()
    elif kind.endswith("cut off"):
        os.truncate(path, 10)
    else:
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)


@pytest.mark.parametrize(
    ("kind", "quick", "seen"),
    [
        ("hand-in gone", True, "its file is not in the blob store"),
        ("hand-in gone", False, "its file is not in the blob store"),
        ("hand-in cut off", True, "its file has 10 bytes, and"),
        ("hand-in cut off", False, "its file was changed or damaged"),
        ("hand-in flipped", False, "its file was changed or damaged"),
        ("suite gone", True, "its file is not in the blob store"),
        ("suite flipped", False, "its file was changed or damaged"),
    ],
)
def test_damage_to_the_files_is_told_of_each_hand_in_that_has_it(lived, kind, quick, seen):
    _damage_file(lived, kind)
    findings = lived.verify(quick).findings
    assert all(each.seen.startswith(seen) for each in findings)
    if kind.startswith("suite"):
        (finding,) = findings
        assert re.fullmatch("suite [0-9a-f]{12} of hw1p1", finding.about)
    else:
        assert [each.record.split()[1] for each in findings] == ["1", "2", "3", "4", "5", "6"]


def test_a_suite_whose_files_do_not_give_its_name_is_told(lived):
    with lived.database.write() as session:
        session.execute(update(Suite).values(hash="0" * 64))
    (finding,) = lived.verify().findings
    assert finding.seen == "its packed form does not unpack to what its hash names"


@pytest.mark.parametrize(("lost", "about"), [("handout", "handout of hw1p1"), ("folder", "folder of tests of hw1p1")])
def test_a_handout_or_folder_that_is_lost_is_told_also_before_its_tests_are_published(lived, lost, about):
    with lived.database.write() as session:
        assignment = session.scalars(select(Assignment)).one()
        courses.bring(session, assignment.id, assignment.suite, "ines", **{lost: "0" * 64})
    (finding,) = lived.verify().findings
    assert finding.about == about


@pytest.mark.parametrize(
    ("damage", "seen"),
    [
        ("lease_until = '2026-01-02 03:04:05'", "its worker has been silent since 2026-01-02"),
        ("lease_token = NULL", "it is running, and its lease does not fit that"),
        ("state = 'done'", "it is done, and its lease does not fit that"),
    ],
)
def test_a_check_that_no_worker_goes_on_with_is_told(lived, damage, seen):
    with lived.database.write() as session:
        assignment, ines = session.scalars(select(Assignment)).one(), session.scalars(select(User)).first()
        courses.bring(session, assignment.id, assignment.suite, "ines", "", lived.packed)
        version = session.scalars(select(SyncedSuite)).one()
        run = CheckRun(synced_suite_id=version.id, folder=lived.packed, by_id=ines.id)
        session.add(run)
    assert check_runs.claim(lived.database, run.id, 60)
    assert lived.verify().found == 0
    lived.execute(f"UPDATE check_run SET {damage}")
    (finding,) = lived.verify(quick=True).findings
    assert (finding.record, finding.seen.startswith(seen)) == (f"check {run.id}", True)


@pytest.mark.parametrize("quick", [False, True])
def test_a_damaged_database_file_is_told(lived, quick):
    lived.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    file = make_url(lived.settings.database_url).database
    with closing(sqlite3.connect(file)) as connection:
        ((page,),) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'test_result'")
        ((size,),) = connection.execute("PRAGMA page_size")
    with Path(file).open("r+b") as raw:
        raw.seek((page - 1) * size)
        raw.write(bytes(size))
    lived.database.close()
    (finding,) = lived.verify(quick).findings
    assert finding.record == "database"
    assert "from a backup" in finding.remedy


def test_files_of_no_record_are_counted_once_they_are_an_hour_old_and_are_no_damage(lived):
    for content, age in ((b"old", 3700), (b"young", 3500)):
        path = lived.blobs.path(lived.blobs.put(io.BytesIO(content), 10).sha256)
        os.utime(path, (path.stat().st_mtime - age,) * 2)
    old = lived.blob_of(1).stat().st_mtime - 86400
    os.utime(lived.blob_of(1), (old, old))
    outcome = lived.verify()
    assert outcome.counts.unclaimed == 1
    assert outcome.found == 0


def test_a_lease_that_just_ran_out_is_the_sweepers_and_no_damage(lived):
    with lived.database.write() as session:
        session.execute(
            update(verify.gradings.Grading)
            .where(verify.gradings.Grading.state == State.RUNNING)
            .values(lease_until=now() - timedelta(seconds=60))
        )
    assert lived.verify().found == 0


def test_it_changes_nothing(lived, tmp_path):
    file = Path(make_url(lived.settings.database_url).database)

    def state():
        with closing(sqlite3.connect(file)) as connection:
            rows = list(connection.iterdump())
        return rows, {path: path.stat().st_mtime_ns for path in (tmp_path / "lived" / "blobs").rglob("*")}

    lived.execute(DAMAGE["a score raised by hand"][0])
    before = state()
    assert lived.verify().found
    assert state() == before


def test_the_number_of_queries_does_not_grow_with_the_rows(lived):
    def queries() -> int:
        statements: list[str] = []

        def note(_connection, _cursor, statement, *_) -> None:
            statements.append(statement)

        event.listen(lived.database.engine, "before_cursor_execute", note)
        assert lived.verify().found == 0
        event.remove(lived.database.engine, "before_cursor_execute", note)
        return len(statements)

    few = queries()
    for number in range(20):
        lived.graded("bo", ago=timedelta(days=1, minutes=number))
    assert queries() == few


def test_of_very_many_findings_the_rest_is_counted(lived, monkeypatch):
    monkeypatch.setattr(verify.finding, "MOST", 2)
    lived.blob_of(1).unlink()
    outcome = lived.verify(quick=True)
    assert (len(outcome.findings), outcome.found) == (2, 6)


def test_hand_ins_of_more_than_one_batch_are_all_looked_at(lived, monkeypatch):
    monkeypatch.setattr(verify.content, "_BATCH", 2)
    monkeypatch.setattr(verify.content, "_ROWS", verify.content._ROWS.limit(2))
    for number in range(3):
        lived.graded("bo", ago=timedelta(days=1, minutes=number))
    assert lived.verify().counts.submissions == 9


def test_a_receipt_that_is_shown_is_borne_out_by_record_and_bytes(lived):
    shown = lived.submissions()[0].receipt
    said, findings = verify.verify_receipt(lived.database, lived.blobs, lived.secrets.receipt_key, shown)
    assert (said.submission, said.login, findings) == (1, "ada", [])


@pytest.mark.parametrize(
    ("statement", "seen"),
    [
        ("DELETE FROM submission WHERE id = 1", "there is no such record"),
        ("UPDATE submission SET blob = 'x' WHERE id = 1", "the record differs from the receipt in sha256"),
        ("UPDATE submission SET user_id = 2 WHERE id = 1", "the record differs from the receipt in login"),
    ],
)
def test_a_genuine_receipt_of_which_the_records_know_nothing_or_something_else(lived, statement, seen):
    shown = lived.submissions()[0].receipt
    lived.execute(statement)
    _, (finding,) = verify.verify_receipt(lived.database, lived.blobs, lived.secrets.receipt_key, shown)
    assert (finding.record, finding.seen) == ("submission 1", seen)


def test_a_verification_while_gradings_go_on_sees_no_half_of_one(lived):
    """Each rule compares what one statement sees: a result that comes between two of them is no damage."""
    submission = lived.upload("bo")
    lease = lived.claim(submission)
    recorded = []

    def between(_connection, _cursor, statement, *_) -> None:
        if "task_score" in statement and statement.startswith("SELECT") and not recorded:
            recorded.append(True)
            assert lifecycle.finish(other, lease, outcomes("full"))

    other = Database(lived.settings.database_url)
    event.listen(lived.database.engine, "before_cursor_execute", between)
    outcome = lived.verify()
    event.remove(lived.database.engine, "before_cursor_execute", between)
    other.close()
    assert recorded
    assert outcome.found == 0, outcome.findings


def test_a_store_of_another_folder_is_no_store_of_this_one(lived, tmp_path):
    outcome = verify.verify(lived.database, DirectoryBlobs(tmp_path / "other"), lived.secrets.receipt_key)
    assert outcome.found == 7  # six hand-ins and the suite
