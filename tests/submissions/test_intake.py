"""An upload becomes a submission that cannot be lost, or leaves nothing."""

from __future__ import annotations

import gzip
import hashlib
import io
import logging
import tarfile
import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from grader.report import Refused
from submissions.gradings import lifecycle
from submissions.handing_in import receipts
from submissions.handing_in.intake import NotOpen, accept
from submissions.models import Assignment, Grading, Queue, State, Submission
from submissions.scores import counting
from submissions.storage.blobs import DirectoryBlobs, TooLarge

KEY = b"k" * 32
LIMIT = 100_000


def archive(names=("handin/mytorch/linear.py",), content=b"class Linear: ...\n", compressed=False):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name in names:
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return gzip.compress(buffer.getvalue(), mtime=0) if compressed else buffer.getvalue()


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "blobs"


@pytest.fixture
def upload(cast, folder):
    """Hands in, as Ada unless told otherwise; `upload.woken` lists the wake-ups."""
    blobs = DirectoryBlobs(folder)
    woken = []

    def hand_in(content=None, login="ada", stream=None, wake=lambda *message: woken.append(message), **changes):
        from tests.cast import NOON

        arguments = {
            "assignment_id": cast.assignment_id,
            "user_id": cast.user_ids[login],
            "filename": "handin.tar",
            "stream": stream or io.BytesIO(archive() if content is None else content),
            "received_at": NOON,
            "max_bytes": LIMIT,
            "receipt_key": KEY,
            "wake": wake,
        }
        return accept(cast.db, blobs, **(arguments | changes))

    hand_in.woken = woken
    return hand_in


def kept(cast, folder):
    """How many submissions, gradings and files there are."""
    with cast.db.read() as session:
        rows = [session.scalars(select(func.count()).select_from(table)).one() for table in (Submission, Grading)]
    return [*rows, sum(path.is_file() for path in folder.rglob("*"))]


def test_an_upload_is_kept_queued_receipted_and_wakes_a_worker(cast, upload, folder):
    content = archive()
    submission = upload(content, filename="my handin.tar")
    assert kept(cast, folder) == [1, 1, 1]
    with cast.db.read() as session:
        row = session.get_one(Submission, submission.id)
        (grading,) = row.gradings
        assert (grading.state, grading.queue, grading.suite_id) == (State.QUEUED, Queue.INTERACTIVE, cast.suite_id)
        assert (row.blob, row.size, row.filename) == (
            hashlib.sha256(content).hexdigest(),
            len(content),
            "my handin.tar",
        )
    receipt = receipts.verify(row.receipt, KEY)
    assert (receipt.submission, receipt.sha256, receipt.size) == (submission.id, row.blob, row.size)
    assert (receipt.course, receipt.assignment, receipt.login) == ("dl", "lines", "ada")
    assert receipt.received_at == row.received_at
    assert upload.woken == [(grading.id, "interactive")]


def test_the_worker_is_woken_after_the_commit(cast, upload):
    claimed = []
    upload(wake=lambda grading_id, _queue: claimed.append(lifecycle.claim(cast.db, grading_id, 30)))
    assert claimed[0] is not None


def test_two_uploads_of_the_same_bytes_are_two_submissions_with_one_blob(cast, upload, folder):
    first, second = upload(login="ada"), upload(login="bo")
    assert first.id != second.id
    assert first.blob == second.blob
    assert first.receipt != second.receipt
    assert kept(cast, folder) == [2, 2, 1]


def test_two_uploads_of_the_same_bytes_at_the_same_moment_are_both_kept(cast, upload, folder):
    together = threading.Barrier(4)
    done = []

    def hand_in(login):
        together.wait()
        done.append(upload(login=login).id)

    threads = [threading.Thread(target=hand_in, args=(login,)) for login in ("ada", "bo", "chidi", "ines")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(done)) == 4
    assert kept(cast, folder) == [4, 4, 1]


def test_an_upload_cut_off_half_way_leaves_nothing(cast, upload, folder):
    class CutOff(io.BytesIO):
        def read(self, size=-1):
            if self.tell() >= 5000:
                raise ConnectionResetError("the client went away")
            return super().read(min(size, 1000))

    with pytest.raises(ConnectionResetError):
        upload(stream=CutOff(archive()))
    assert kept(cast, folder) == [0, 0, 0]
    assert upload.woken == []


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty file"),
        (b"not an archive at all", "plain text"),
        (archive(compressed=True)[:60], "cut off"),
        (archive(content=b"#" * 9000)[:5000], "cut off"),
        (archive(names=["handin/mytorch/relu.py"]), "mytorch/linear.py"),
        (archive(names=["../../etc/passwd"]), "leads out"),
    ],
    ids=["empty", "text", "truncated gzip", "truncated tar", "wrong layout", "escaping name"],
)
def test_a_refused_archive_leaves_nothing(cast, upload, folder, content, says):
    with pytest.raises(Refused, match=says):
        upload(content)
    assert kept(cast, folder) == [0, 0, 0]
    assert upload.woken == []


def test_an_upload_that_is_too_large_leaves_nothing(cast, upload, folder):
    with pytest.raises(TooLarge):
        upload(archive(content=b"#" * LIMIT))
    assert kept(cast, folder) == [0, 0, 0]


def test_a_database_that_fails_leaves_no_row_and_the_same_bytes_can_come_again(cast, upload, folder, monkeypatch):
    def fail(*_):
        raise OSError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(lifecycle, "supersede", fail)
        with pytest.raises(OSError, match="full"):
            upload()
    assert kept(cast, folder)[:2] == [0, 0]
    upload()
    assert kept(cast, folder) == [1, 1, 1]


def test_a_wake_that_fails_is_logged_and_the_upload_holds(cast, upload, caplog):
    def broken(_grading_id, _queue):
        raise ConnectionError("no broker")

    with caplog.at_level(logging.ERROR):
        submission = upload(wake=broken)
    assert cast.states() == ["queued"]
    assert submission.receipt
    assert "the sweeper will" in caplog.text


def test_a_newer_upload_supersedes_the_waiting_ones_of_the_same_student_only(cast, upload):
    first = upload(login="ada")
    upload(login="bo")
    running = upload(login="chidi")
    with cast.db.read() as session:
        running_id = session.scalars(select(Grading.id).where(Grading.submission_id == running.id)).one()
    lifecycle.claim(cast.db, running_id, 30)
    regrade = cast.queued(queue=Queue.REGRADE, submission=first.id)
    upload(login="ada")
    upload(login="chidi")
    # ada's first, bo's, chidi's running, the regrade, ada's second, chidi's second
    assert cast.states() == ["superseded", "queued", "running", "queued", "queued", "queued"]
    assert cast.state(regrade) == "queued"


def test_a_slow_upload_that_began_earlier_does_not_end_the_one_that_began_later(cast, upload):
    from tests.cast import NOON

    began_later = upload(received_at=NOON + timedelta(minutes=2))
    slow = upload(received_at=NOON)
    assert cast.states() == ["queued", "queued"]
    with cast.db.read() as session:
        standing = counting.standing(session, session.get_one(Assignment, cast.assignment_id), cast.user_ids["ada"])
    assert slow.id > began_later.id
    assert standing.counts.submission.id == began_later.id


def test_of_two_uploads_received_at_once_the_later_recorded_is_the_newer(cast, upload):
    upload()
    upload()
    assert cast.states() == ["superseded", "queued"]


def test_an_assignment_without_published_tests_takes_nothing(cast, upload, folder):
    with cast.db.write() as session:
        session.get_one(Assignment, cast.assignment_id).suite_id = None
    with pytest.raises(NotOpen, match="not published"):
        upload()
    with pytest.raises(NotOpen, match="no assignment"):
        upload(assignment_id=999)
    assert kept(cast, folder) == [0, 0, 0]


def test_a_file_name_is_kept_as_text_whatever_it_is(cast, upload):
    name = "../\0<script>" + "é" * 400
    submission = upload(filename=name)
    with cast.db.read() as session:
        found = session.get_one(Submission, submission.id).filename
    assert len(found) == 255
    assert found.startswith("../\ufffd<script>é")
