"""What several hand in together: it counts for each of them, is graded once, and is counted as what it is."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, select

from submissions.gradings import lifecycle
from submissions.models import Assignment, Author, Decision, Grading, State, Submission, Suite, User, now
from submissions.people.reach import WHOLE
from submissions.regrades import regrades
from submissions.regrades.regrade_sets import Chosen
from submissions.regrades.regrades import Release
from submissions.scores import by_hand, counting, error_groups, gradebook, statistics
from submissions.service.verify.gradings import broken
from submissions.talk import requests
from submissions.talk.requests import CannotRequest
from tests.cast import MANIFEST, NOON, report
from tests.regrading import Room
from tests.submissions.test_gradebook import decided, graded

PROOF = {"id": "proof", "title": "Proof", "points": 8.0, "graded_by": "person", "answer": "Q1", "rubric": []}


@pytest.fixture
def ask(cast):
    def ask(question, *rest, **options):
        with cast.db.write() as session:
            return question(session, session.get_one(Assignment, cast.assignment_id), *rest, **options)

    return ask


def findings(cast):
    with cast.db.read() as session:
        return [each.seen for each in broken(session, NOON)]


def counts(ask, cast, login):
    found = ask(counting.standing, cast.user_ids[login]).counts
    return found and found.submission.id


def test_it_counts_for_each_of_them_and_for_nobody_else(cast, ask):
    made = graded(cast, submission=cast.upload("bo", together=["ada"]), score=12.0)
    assert [counts(ask, cast, login) for login in ("ada", "bo", "chidi")] == [made, made, None]
    with cast.db.read() as session:
        book = gradebook.book(session, cast.course_id, WHOLE)
    assert {row.login: row.cells[0].score for row in book.rows} == {"ada": 12.0, "bo": 12.0, "chidi": None}


def test_who_goes_on_with_others_keeps_what_was_handed_in_before(cast, ask):
    first = graded(cast, submission=cast.upload("ada", together=["bo"]), score=12.0)
    second = graded(cast, submission=cast.upload("ada", minutes=1, together=["chidi"]), score=3.0)
    assert [counts(ask, cast, login) for login in ("ada", "bo", "chidi")] == [second, first, second]


def test_a_decision_stays_one_student_s_own(cast):
    graded(cast, submission=cast.upload("ada", together=["bo"]), score=12.0)
    decided(cast, "bo", Decision.POINTS, -2.0)
    with cast.db.read() as session:
        book = gradebook.book(session, cast.course_id, WHOLE)
    assert {row.login: row.cells[0].score for row in book.rows} == {"ada": 12.0, "bo": 10.0, "chidi": None}


def test_its_answer_is_graded_once(cast, ask):
    with cast.db.write() as session:
        suite = session.get_one(Suite, cast.suite_id)
        suite.manifest = {**MANIFEST, "tasks": [*MANIFEST["tasks"], PROOF]}
    made = graded(cast, submission=cast.upload("ada", together=["bo"]))
    alone = graded(cast, "chidi")
    ((work,),) = [ask(by_hand.overview, WHOLE, cast.user_ids["ines"], NOON)]
    assert (work.answers, work.left) == (2, 2)
    assert ask(by_hand.place, WHOLE, "proof", made).answers == 2
    with cast.db.read() as session:
        waiting = counting.ungraded(session, cast.course_id, WHOLE)
        assert sorted(session.scalars(select(waiting.c.id))) == [made, alone]


def test_an_error_group_counts_students_and_statistics_count_uploads(cast, ask):
    for submission in (cast.upload("ada", together=["bo"]), cast.upload("chidi")):
        lease = lifecycle.claim(cast.db, cast.queued(submission=submission), 30)
        assert lifecycle.finish(cast.db, lease, report())
    (group,) = ask(error_groups.groups, WHOLE).groups
    assert group.students == 3
    assert [each.login for each in ask(error_groups.members, WHOLE, group)] == ["ada", "bo", "chidi"]
    assert ask(error_groups.graded, WHOLE) == 3
    found = ask(statistics.of_assignment, WHOLE)
    assert (found.uploads, sum(each.uploads for each in found.periods), found.scores.students) == (2, 2, 3)
    assert {(rate.passed, rate.of) for rate in found.tests} == {(3, 3), (0, 3)}


@pytest.mark.parametrize(
    ("older", "newer", "replaced"),
    [
        (["ada", "bo"], ["bo", "ada"], True),
        (["ada"], ["bo", "ada"], True),
        (["ada", "bo"], ["ada"], False),
        (["ada", "bo"], ["ada", "chidi"], False),
        (["ada"], ["bo"], False),
    ],
)
def test_an_upload_replaces_those_that_count_for_nobody_else(cast, older, newer, replaced):
    waiting = cast.queued(submission=cast.upload(older[0], together=older[1:]))
    made = cast.upload(newer[0], minutes=1, together=newer[1:])
    cast.queued(submission=made)
    with cast.db.write() as session:
        assert lifecycle.supersede(session, session.get_one(Submission, made)) == replaced
    assert cast.state(waiting) == (State.SUPERSEDED if replaced else State.QUEUED)
    assert findings(cast) == []
    if not replaced:
        with cast.db.write() as session:
            grading = session.get_one(Grading, waiting)
            grading.state, grading.finished_at = State.SUPERSEDED, NOON
        assert any("its students have no upload newer" in each for each in findings(cast))


def test_any_of_them_asks_for_another_look_and_nobody_else_does(cast):
    made = graded(cast, submission=cast.upload("ada", together=["bo"]))
    for login, taken in (("chidi", False), ("bo", True)):
        with cast.db.write() as session:
            by = session.get_one(User, cast.user_ids[login])
            if taken:
                requests.ask(session, made, "", "The second line, please.", by, now())
            else:
                with pytest.raises(CannotRequest):
                    requests.ask(session, made, "", "Mine, too!", by, now())
    with cast.db.read() as session:
        asked = [len(requests.of_student(session, cast.course_id, cast.user_ids[each])) for each in ("ada", "bo")]
    assert asked == [1, 1]


def test_where_no_score_falls_nobody_s_does_who_shares_a_hand_in(cast):
    """Bo's score is a decision and cannot fall; Ada's would, by the same grading."""
    room = Room(cast)
    with cast.db.write() as session:
        session.add(Author(submission_id=room.submissions["ada"], user_id=cast.user_ids["bo"]))
        session.execute(
            delete(Author).where(Author.submission_id == room.submissions["bo"], Author.user_id == cast.user_ids["bo"])
        )
    decided(cast, "bo", Decision.OVERRIDE, 9.0)
    regrade = room.begin(Chosen.EVERY)
    room.run(regrade, {"ada": 1.0, "bo": 1.0, "chidi": 14.0})
    room.move(regrades.publish, regrade, Release.NO_FALLS)
    with cast.db.read() as session:
        book = gradebook.book(session, cast.course_id, WHOLE)
    assert {row.login: row.cells[0].score for row in book.rows}["ada"] == 10.0
