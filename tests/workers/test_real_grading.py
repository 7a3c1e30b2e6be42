"""From an upload to a recorded score with nothing replaced: real Celery worker, examiner, sandbox and hidden suite."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest
from sqlalchemy import select

from submissions.handing_in import intake
from submissions.models import CheckRun, CheckState, Grading, Progress, Queue, Suite, SuiteCheck, SyncedSuite, User, now
from submissions.storage.packing import keep_folder
from submissions.suites import check_runs, checked, courses
from tests.broken import SOUND
from tests.checks import passed
from tests.services import wait_until

HW1P1 = Path(__file__).parents[2] / "tests_hidden" / "hw1p1"

pytestmark = [pytest.mark.services, pytest.mark.slow, pytest.mark.sandbox]


@pytest.fixture
def hw1p1(service):
    """The service with hw1p1 in place of the made-up assignment, and a worker as in production."""
    suite = courses.sync_suite(service.cast.db, service.blobs, HW1P1)
    with service.cast.db.write() as session:
        courses.publish(session, service.cast.assignment_id, passed(session, suite))
    worker = service.start(
        *("-m", "celery", "-A", "workers.app", "worker", "-c", "1", "-Q", "interactive,regrade,check"),
        *("--without-mingle", "--without-gossip"),
        HANDIN_SANDBOX="nursery",
        HANDIN_LEASE_SECONDS="10",
    )
    wait_until(lambda: worker.says(" ready."), f"the worker is ready; its log: {worker.log}", seconds=60)
    service.real_worker = worker
    return service


def upload(service, login, folder, replaced=None):
    """Hands in the folder's files, some of them replaced; returns the grading's id."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for path in sorted(folder.rglob("*.py")):
            name = str(path.relative_to(folder))
            content = (replaced or {}).get(name, path.read_bytes())
            member = tarfile.TarInfo(f"handin/{name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    buffer.seek(0)
    submission = intake.accept(
        service.cast.db,
        service.blobs,
        assignment_id=service.cast.assignment_id,
        user_id=service.cast.user_ids[login],
        filename="handin.tar",
        stream=buffer,
        received_at=now(),
        max_bytes=1 << 20,
        receipt_key=b"k" * 32,
        wake=service.wake,
    )
    with service.cast.db.read() as session:
        return session.scalars(select(Grading.id).where(Grading.submission_id == submission.id)).one()


def checked_meanwhile(service):
    """The check of another assignment's version, which a worker is woken for; its number."""
    cast = service.cast
    suite = courses.sync_suite(cast.db, service.blobs, SOUND)
    with cast.db.write() as session:
        courses.bring(session, cast.assignment_id, suite, "ines", "", keep_folder(service.blobs, SOUND))
        version = session.scalars(select(SyncedSuite.id).where(SyncedSuite.suite_id == suite.id)).one()
        run = check_runs.begin(session, version, session.get_one(User, cast.user_ids["ines"])).id
    assert service.wake(run, Queue.CHECK)
    return run


def test_the_right_solution_and_the_starter_get_their_scores_before_a_check_that_began_earlier_goes_on(hw1p1):
    def check():
        with hw1p1.cast.db.read() as session:
            return session.get_one(CheckRun, run)

    run = checked_meanwhile(hw1p1)
    wait_until(lambda: check().state == CheckState.RUNNING, "its first batch is under way")
    right = upload(hw1p1, "ada", HW1P1 / "reference")
    starter = upload(hw1p1, "bo", HW1P1 / "handout")
    for grading_id in (right, starter):
        wait_until(lambda each=grading_id: hw1p1.cast.state(each) == "graded", "it is graded", seconds=90)
    rows = [hw1p1.cast.grading(grading_id) for grading_id in (right, starter)]
    assert [(row.score, row.max_score, row.attempt) for row in rows] == [(100, 100, 1), (0, 100, 1)]
    phases = rows[0].phases
    assert list(phases) == ["claim", "fetch", "unpack", "sandbox", "import", "tests", "record"]
    assert all(seconds >= 0 for seconds in phases.values())
    wait_until(lambda: check().state == CheckState.DONE, "the check goes on to its end", seconds=90)
    assert check().ended_at > max(row.finished_at for row in rows)
    with hw1p1.cast.db.read() as session:
        (found,) = session.scalars(select(SuiteCheck).join(Suite).where(Suite.assignment == "sound"))
    assert checked.result_of(found).ready


def processes_naming(text):
    """Command lines of live processes that name something of this test."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            line = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue  # it ended meanwhile
        if text in line:
            found.append(f"{process.name} {line}")
    return found


def test_a_killed_worker_leaves_no_examiner_and_no_candidate_behind(hw1p1):
    linear = (HW1P1 / "reference/mytorch/linear.py").read_bytes()
    endless = (
        linear + b"\n\ndef forward(self, x):\n    while True: pass\n\nLinear.forward = Linear.__call__ = forward\n"
    )
    grading_id = upload(hw1p1, "ada", HW1P1 / "reference", {"mytorch/linear.py": endless})

    def running_a_test():
        with hw1p1.cast.db.read() as session:
            return session.scalars(select(Progress.id).where(Progress.grading_id == grading_id)).first()

    wait_until(running_a_test, "a test runs", seconds=60)
    assert processes_naming(str(hw1p1.data)), "the examiner can be seen"
    hw1p1.real_worker.kill()
    wait_until(lambda: not processes_naming(str(hw1p1.data)), "nothing of the grading is left", seconds=40)
