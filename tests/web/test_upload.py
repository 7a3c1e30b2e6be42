"""Uploads by the form and by the API: what is taken, what is refused, and that a refusal leaves nothing behind."""

from __future__ import annotations

import hashlib
import io
import tarfile
from datetime import timedelta

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from submissions.handing_in import receipts
from submissions.models import Submission, now
from submissions.suites import courses
from tests.school import FILES, School, archive, tar
from web.handing_in.uploads import file_name

HERE = "/courses/dl/assignments/hw1p1/"


def _bomb() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as file:
        member = tarfile.TarInfo("hw1/hw1.py")
        member.size = 400_000_000
        file.addfile(member, _Zeros(member.size))
    return buffer.getvalue()


class _Zeros(io.RawIOBase):
    def __init__(self, size: int) -> None:
        self._left = size

    def read(self, size: int = -1) -> bytes:
        size = min(size, self._left)
        self._left -= size
        return bytes(size)


REFUSED = {
    "no archive": (b"import numpy as np\n", "handin.tar"),
    "nothing": (b"", "handin.tar"),
    "cut off": (archive()[:700], "handin.tar"),
    "a file missing": (tar(dict.fromkeys(FILES[:-1], "x")), "handin.tar"),
    "another layout": (tar({"hw1.py": "x"}), "handin.tar"),
    "a way out": (archive(**{"../../etc/cron.d/x": "x"}), "handin.tar"),
    "a bomb": (_bomb, "handin.tar.gz"),
}


def _blobs(school: School) -> list:
    return [path for path in (school.settings.data / "blobs").rglob("*") if path.is_file()]


def test_a_hand_in_is_recorded_signed_and_leads_to_its_page(school, visit) -> None:
    content = archive()
    answer = visit("ada").hand_in(content)
    (submission,) = school.submissions()
    assert (answer.status_code, answer.location) == (303, f"/submissions/{submission.id}/")
    assert submission.user_id == school.users["ada"].id
    assert school.blobs.path(submission.blob).read_bytes() == content
    said = receipts.verify(submission.receipt, school.secrets.receipt_key)
    assert (said.login, said.sha256) == ("ada", hashlib.sha256(content).hexdigest())
    assert len(school.woken) == 1


@pytest.mark.parametrize("name", REFUSED)
def test_a_refused_file_leaves_nothing_and_says_so(school, visit, name) -> None:
    kept = school.graded("ada")
    blobs = _blobs(school)
    content, filename = REFUSED[name]
    answer = visit("ada").hand_in(content() if callable(content) else content, filename)
    assert answer.status_code == 422
    assert "This file was not taken" in answer.text
    assert "Nothing was recorded" in answer.text
    assert 'type="file"' in answer.text  # the next try begins on this page
    assert [submission.id for submission in school.submissions()] == [kept]
    assert _blobs(school) == blobs
    assert not school.woken


def test_the_address_of_a_refused_upload_leads_back_to_the_assignment(visit) -> None:
    answer = visit("ada").get("/courses/dl/assignments/hw1p1/submissions")
    assert (answer.status_code, answer.location) == (303, "/courses/dl/assignments/hw1p1/")


def test_a_refusal_names_the_missing_file(visit) -> None:
    content, filename = REFUSED["a file missing"]
    assert "mytorch/loss.py" in visit("ada").hand_in(content, filename).text


def test_no_file_at_all_says_what_to_do(school, visit) -> None:
    answer = visit("ada").post(HERE + "submissions")
    assert answer.status_code == 422
    assert "Choose your archive, then hand in." in answer.text or "came without a file" in answer.text
    assert not school.submissions()


@pytest.mark.parametrize("megabytes", [1, 2], ids=["a little", "much"])
def test_a_file_that_is_too_large_is_refused_in_words(tmp_path, megabytes) -> None:
    from submissions.people import people
    from tests.web.conftest import Visitor

    school = School(tmp_path / "data", max_upload_mb=1)
    ada = Visitor(school.app().test_client())
    blobs = _blobs(school)
    with school.database.write() as session, ada.client.session_transaction() as cookie:
        cookie["token"] = people.start_session(session, school.users["ada"].id)
    answer = ada.hand_in(archive(**{"data.csv": "1" * (megabytes * 1_000_000)}))
    assert answer.status_code == 413
    assert "The upload is larger than 1 MB" in answer.text
    assert "Nothing was recorded" in answer.text
    assert not school.submissions()
    assert _blobs(school) == blobs
    school.close()


def test_the_clock_is_read_before_the_body(school, app, visit) -> None:
    """A slow line must not make a student late: the deadline passes while the body is being sent."""
    ada = visit("ada")
    ada.get("/account/")
    with ada.client.session_transaction() as cookie:
        session_cookie = dict(cookie)
    began = now()
    school.due(began + timedelta(seconds=60))
    with time_machine.travel(began, tick=False) as clock:
        from flask_wtf.csrf import generate_csrf

        with app.test_request_context():
            from flask import session

            session.update(session_cookie)
            token = generate_csrf()
        boundary = b"--b\r\n"
        body = boundary + b'Content-Disposition: form-data; name="csrf_token"\r\n\r\n' + token.encode() + b"\r\n"
        body += boundary + b'Content-Disposition: form-data; name="file"; filename="handin.tar"\r\n\r\n'
        body += archive() + b"\r\n--b--\r\n"

        class Slow(io.BytesIO):
            def _late(self) -> None:
                clock.move_to(began + timedelta(hours=2))

            def read(self, size: int = -1) -> bytes:
                self._late()
                return super().read(size)

            def readinto(self, buffer) -> int:
                self._late()
                return super().readinto(buffer)

        answer = ada.client.post(
            HERE + "submissions",
            input_stream=Slow(body),
            content_length=len(body),
            content_type="multipart/form-data; boundary=b",
        )
    assert answer.status_code == 303
    (submission,) = school.submissions()
    assert submission.received_at == began


@pytest.mark.parametrize(
    ("due", "says"), [(timedelta(hours=1), "on time"), (timedelta(hours=-50), "late by 2 days 2 hours")]
)
def test_the_page_says_late_or_on_time(school, visit, due, says) -> None:
    school.due(now() + due)
    ada = visit("ada")
    answer = ada.hand_in()
    assert says in ada.get(answer.location).text
    assert says in ada.get(HERE).text


def test_after_the_deadline_the_form_says_what_a_late_upload_costs(school, visit) -> None:
    school.due(now() - timedelta(minutes=5))
    page = visit("ada").get(HERE).text
    assert "An upload now is taken, graded and marked as late." in page
    assert "Hand in late" in page


def test_sending_the_form_twice_harms_nothing(school, visit) -> None:
    ada = visit("ada")
    first, second = ada.hand_in(), ada.hand_in()
    assert (first.status_code, second.status_code) == (303, 303)
    page = ada.get(HERE).text
    assert page.count("★") == 1
    assert "replaced by a newer upload" in page
    assert ada.get(first.location).status_code == 200


def test_before_it_opens_an_assignment_takes_nothing_from_students(school, visit) -> None:
    school.opens(now() + timedelta(days=1))
    ada = visit("ada")
    assert ada.hand_in().status_code == 404
    assert "not open yet" in ada.get("/courses/dl/").text
    assert not school.submissions()
    assert visit("ines").hand_in().status_code == 303


def test_without_a_published_suite_nothing_is_taken_and_the_page_says_why(school, visit) -> None:
    with school.database.write() as session:
        courses.create_assignment(session, school.course.id, "hw2", "Homework 2")
    ada = visit("ada")
    assert "not published yet" in ada.get("/courses/dl/assignments/hw2/").text
    answer = ada.post("/courses/dl/assignments/hw2/submissions", {"file": (io.BytesIO(archive()), "handin.tar")})
    assert answer.status_code == 409
    assert not school.submissions()


@pytest.mark.parametrize(
    "name", ["größe 提出物.tar", 'a"b;c.tar', "x" * 300 + ".tar", "../../etc/passwd.tar", "C:\\w\\h.tar"]
)
def test_a_file_comes_back_as_it_was_under_a_safe_name(school, visit, name) -> None:
    ada = visit("ada")
    page = ada.hand_in(filename=name).location
    answer = ada.get(page + "file")
    assert answer.data == archive()
    disposition = answer.headers["Content-Disposition"]
    assert disposition.startswith("attachment;")
    assert not set("/\\\r\n") & set(disposition)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.mimetype == "application/octet-stream"


@given(st.text())
def test_a_kept_file_name_is_short_prints_and_has_no_folder(sent) -> None:
    name = file_name(sent)
    assert 0 < len(name) <= 200
    assert name.isprintable()
    assert "/" not in name
    assert "\\" not in name


def test_a_receipt_is_downloaded_as_signed(school, visit) -> None:
    ada = visit("ada")
    page = ada.hand_in().location
    said = receipts.verify(ada.get(page + "receipt").text, school.secrets.receipt_key)
    assert said.login == "ada"


def test_a_worker_that_cannot_be_woken_does_not_lose_the_hand_in(school, visit, app) -> None:
    from web.frame.context import Portal

    def broken(*_) -> None:
        raise ConnectionError("the broker is away")

    portal = app.extensions["handin"]
    app.extensions["handin"] = Portal(portal.settings, portal.database, portal.blobs, portal.secrets, broken)
    assert visit("ada").hand_in().status_code == 303
    assert [type(each) for each in school.submissions()] == [Submission]
