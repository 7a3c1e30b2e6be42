"""Error groups: who is in which, compared with the rows themselves."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import select

from submissions.models import AuditEntry, Comment, Grading, Role, Submission
from submissions.models import TestResult as Result
from submissions.people import people
from submissions.people.reach import WHOLE
from submissions.scores import error_groups
from submissions.talk import comments
from submissions.talk.comments import BadComment
from tests.school import School, outcomes


@pytest.fixture
def school(tmp_path):
    school = School(tmp_path / "data")
    yield school
    school.close()


def _groups(school) -> list[error_groups.Group]:
    with school.database.read() as session:
        return list(error_groups.groups(session, school.assignment, WHOLE).groups)


def _group(school, test: str) -> error_groups.Group:
    return next(each for each in _groups(school) if each.test == test)


LINEAR = "test_linear-layer.py::1"


def test_a_group_is_of_those_whose_counting_submission_fails_alike(school) -> None:
    school.graded("ada", "poor", timedelta(days=1))
    counting = [school.graded("ada", "mistakes"), school.graded("bo", "poor"), school.graded("chidi", "full")]
    school.graded("stan", "poor")  # no student
    with school.database.read() as session:
        failed = session.execute(
            select(Result.test, Result.symptom)
            .join(Grading)
            .where(Grading.submission_id.in_(counting), Result.verdict != "passed")
        ).all()
        found = error_groups.groups(session, school.assignment, WHOLE)
    assert found.graded == 3
    assert {(each.test, each.symptom): each.students for each in found.groups} == Counter(map(tuple, failed))
    counts = [each.students for each in found.groups]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] == 3  # the advisory test on large inputs


def test_one_mistake_in_many_tests_is_told_once(school) -> None:
    school.graded("ada", "mistakes")
    together = error_groups.alike(_groups(school))
    summed = next(group for group in together if group[0].symptom == "factor dW N")
    assert len(summed) == 4  # one layer, and three networks of layers
    assert len({group[0].symptom for group in together}) == len(together)


def test_nothing_in_the_shadow_is_in_a_group_before_it_is_published(school) -> None:
    school.graded("ada", "full")
    before = _groups(school)
    school.regraded()
    school.reviewed(outcomes("poor"))
    assert _groups(school) == before
    school.published(1)
    assert len(_groups(school)) > len(before)


def test_who_left_the_course_and_what_waits_is_in_no_group(school) -> None:
    school.graded("ada", "mistakes")
    school.upload("bo")
    with school.database.write() as session:
        people.end_enrolment(session, school.course.id, school.users["ada"].id)
    assert _groups(school) == []


def test_a_group_that_everybody_left_is_still_known_by_its_key(school) -> None:
    school.graded("ada", "mistakes", timedelta(hours=1))
    group = _group(school, LINEAR)
    school.graded("ada", "full")
    with school.database.read() as session:
        found = error_groups.group(session, school.assignment, WHOLE, group.key)
        assert found is not None
        assert (found.title, found.students) == (group.title, 0)
        assert error_groups.members(session, school.assignment, WHOLE, found) == []
        assert error_groups.group(session, school.assignment, WHOLE, "0" * 16) is None


def _reply(school, test: str, text: str, login: str = "stan") -> int:
    with school.database.write() as session:
        group = _group(school, test)
        everyone = [each.submission_id for each in error_groups.members(session, school.assignment, WHOLE, group)]
        return comments.reply(session, school.assignment, test, group.key, everyone, text, school.users[login])


def test_a_reply_is_told_to_each_once_however_often_the_button_is_pressed(school) -> None:
    for login in ("ada", "bo"):
        school.graded(login, "mistakes")
    assert _reply(school, LINEAR, "Average over the batch.") == 2
    assert _reply(school, LINEAR, " Average over the batch.\r\n") == 0
    school.graded("chidi", "mistakes")
    assert _reply(school, LINEAR, "Average over the batch.") == 1
    with school.database.read() as session:
        rows = session.scalars(select(Comment)).all()
        assert {(each.test, each.text, each.path, each.line) for each in rows} == {
            (LINEAR, "Average over the batch.", "", None)
        }
        entries = session.scalars(select(AuditEntry).where(AuditEntry.action == "comment.reply")).all()
        assert [len(each.detail["submissions"]) for each in entries] == [2, 1]
        assert {(each.actor, each.course_id) for each in entries} == {("stan", school.course.id)}
        (reply,) = error_groups.replies(session, school.assignment, WHOLE, _group(school, LINEAR))
        assert (reply.text, reply.name, reply.submissions) == ("Average over the batch.", "Stan Staff", 3)


def test_a_reply_says_who_of_the_group_reads_it_now_and_how_many_have_left(school) -> None:
    school.graded("ada", "mistakes", timedelta(hours=1))
    school.graded("bo", "mistakes")
    _reply(school, LINEAR, "Average.")
    school.graded("ada", "full")
    with school.database.read() as session:
        (reply,) = error_groups.replies(session, school.assignment, WHOLE, _group(school, LINEAR))
    assert (reply.submissions, reply.left) == (1, 1)


@pytest.mark.parametrize("text", ["", " \n ", "x" * (comments.LONGEST + 1)])
def test_what_is_empty_or_too_long_is_not_said(school, text) -> None:
    school.graded("ada", "mistakes")
    with pytest.raises(BadComment):
        _reply(school, LINEAR, text)
    with school.database.read() as session:
        assert session.scalars(select(Comment)).all() == []


def test_a_comment_is_withdrawn_once_and_stays_on_record(school) -> None:
    submission = school.graded("ada")
    school.say(submission, "Look at line 3.")
    school.say(submission, "Look at line 3.")  # pressed twice
    with school.database.write() as session:
        (only,) = comments.standing(session, submission)
        found = session.get_one(Submission, submission)
        for _ in range(2):
            assert comments.withdraw(session, found, only.id, school.users["ines"]) is only
        other = session.get_one(Submission, school.submissions()[0].id)
        assert comments.withdraw(session, other, 99, school.users["ines"]) is None
    with school.database.read() as session:
        assert comments.standing(session, submission) == []
        assert session.scalars(select(Comment)).one().withdrawn_at is not None
        actions = session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert actions == ["comment.say", "comment.withdraw"]
    school.say(submission, "Look at line 3.")  # after second thoughts
    with school.database.read() as session:
        assert len(comments.standing(session, submission)) == 1


def test_the_role_of_staff_is_no_student_s(school) -> None:
    school.graded("ada", "mistakes")
    with school.database.write() as session:
        people.enrol(session, school.course.id, school.users["ada"].id, Role.STAFF)
    assert _groups(school) == []
