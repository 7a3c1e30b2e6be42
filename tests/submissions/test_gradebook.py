"""The gradebook says for all students at once what the rules say for one."""

from __future__ import annotations

import random

import pytest
from sqlalchemy import update

from submissions.models import (
    Adjustment,
    Assignment,
    Decision,
    Enrolment,
    Grading,
    ManualScore,
    State,
    Suite,
    TaskScore,
    User,
)
from submissions.people.reach import WHOLE
from submissions.scores import adjustments, counting, gradebook
from submissions.scores.gradebook import Cell, Which
from tests.cast import MANIFEST, NOON

STUDENTS = ("ada", "bo", "chidi")
PROOF = {"id": "proof", "title": "Proof", "points": 8.0, "graded_by": "person"}


def book(cast, of=False):
    with cast.db.read() as session:
        assignment = session.get_one(Assignment, cast.assignment_id)
        return gradebook.book(session, cast.course_id, WHOLE, assignment if of else None)


def cells(cast, of=False):
    """Each student's cells, by login."""
    return {row.login: row.cells for row in book(cast, of).rows}


def graded(cast, login="ada", state=State.GRADED, score=10.0, minutes=0, submission=None, **values):
    """A submission with a grading by rows alone; returns the submission's id."""
    submission = submission or cast.upload(login, minutes=minutes)
    known = state == State.GRADED
    with cast.db.write() as session:
        grading = Grading(
            submission_id=submission,
            state=state,
            score=score if known else None,
            max_score=15.0 if known else None,
            **{"suite_id": cast.suite_id, **values},
        )
        session.add(grading)
        session.flush()
        if known:
            for n, (task, most) in enumerate((("linear", 10.0), ("relu", 5.0))):
                points = min(score, 10.0) if task == "linear" else max(0.0, score - 10.0)
                session.add(
                    TaskScore(grading_id=grading.id, position=n, task=task, title=task, score=points, max_score=most)
                )
    return submission


def decided(cast, login, decision, points=None, withdrawn=False):
    with cast.db.write() as session:
        session.add(
            Adjustment(
                assignment_id=cast.assignment_id,
                user_id=cast.user_ids[login],
                decision=decision,
                points=points,
                reason="so",
                by_id=cast.user_ids["ines"],
                withdrawn_at=NOON if withdrawn else None,
            )
        )


def test_the_students_of_the_course_have_rows_by_name_and_nobody_else(cast):
    assert [row.login for row in book(cast).rows] == ["ada", "bo", "chidi"]
    with cast.db.write() as session:
        of = update(Enrolment).where(Enrolment.user_id == cast.user_ids["bo"])
        session.execute(of.values(ended_at=NOON))
        session.execute(update(User).where(User.login == "ada").values(name="zelda"))
    assert [row.login for row in book(cast).rows] == ["chidi", "ada"]


@pytest.mark.parametrize(
    ("state", "score", "which"),
    [
        (State.GRADED, 10.0, None),
        (State.QUEUED, None, Which.IN_FLIGHT),
        (State.RUNNING, None, Which.IN_FLIGHT),
        (State.FAULT, None, Which.FAULT),
        (State.REFUSED, None, Which.REFUSED),
    ],
)
def test_each_state_is_told_apart(cast, state, score, which):
    submission = graded(cast, "ada", state)
    cell = cells(cast)["ada"][0]
    assert (cell.state, cell.submission_id, cell.score) == (state, submission, score)
    found = {
        each
        for each in Which
        if book(cast).only(each).rows[:1] and "ada" in {r.login for r in book(cast).only(each).rows}
    }
    assert found == ({which} if which else set())


def test_nothing_handed_in_is_missing_and_an_upload_without_a_grading_waits(cast):
    cast.upload("ada")
    found = cells(cast)
    assert found["ada"][0].state == State.QUEUED
    assert found["bo"][0] == Cell()
    assert [row.login for row in book(cast).only(Which.MISSING).rows] == ["bo", "chidi"]


def test_late_is_what_came_after_the_deadline_and_counts(cast):
    week = 7 * 24 * 60
    graded(cast, "ada", minutes=week)
    graded(cast, "bo", minutes=week + 1)
    graded(cast, "chidi", minutes=week - 1)
    graded(cast, "chidi", State.REFUSED, minutes=week + 1)
    assert [row.login for row in book(cast).only(Which.LATE).rows] == ["bo"]


def test_a_grading_in_the_shadow_is_in_no_cell(cast):
    submission = graded(cast, "ada", score=4.0)
    graded(cast, submission=submission, score=15.0, shadow=True)
    assert cells(cast)["ada"][0].score == 4.0
    assert [cell.score for cell in cells(cast, of=True)["ada"]] == [4.0, 4.0, 0.0]


def test_decisions_of_staff_are_in_the_score_and_told(cast):
    graded(cast, "ada", score=4.0)
    decided(cast, "ada", Decision.POINTS, 3.0)
    decided(cast, "ada", Decision.POINTS, 100.0, withdrawn=True)
    decided(cast, "bo", Decision.OVERRIDE, 12.5)
    decided(cast, "chidi", Decision.EXCUSE)
    found = cells(cast)
    assert (found["ada"][0].score, found["ada"][0].decided) == (7.0, True)
    assert found["bo"][0] == Cell(score=12.5, decided=True)
    assert found["chidi"][0] == Cell(decided=True, excused=True)
    assert len(book(cast).only(Which.DECIDED).rows) == 3
    # Without a hand-in a score is decided and the hand-in missing; nothing is missing of who is excused.
    assert [row.login for row in book(cast).only(Which.MISSING).rows] == ["bo"]


@pytest.mark.parametrize("state", [State.QUEUED, State.RUNNING, State.FAULT])
def test_points_added_are_no_score_while_that_of_the_newest_upload_is_not_known(cast, state):
    graded(cast, "ada", score=15.0)
    decided(cast, "ada", Decision.POINTS, 5.0)
    newest = graded(cast, "ada", state, minutes=5)
    assert cells(cast)["ada"][0] == Cell(state, newest, decided=True)


def test_points_of_a_person_are_added_and_their_lack_is_told(cast):
    with cast.db.write() as session:
        session.get_one(Suite, cast.suite_id).manifest = {**MANIFEST, "tasks": [*MANIFEST["tasks"], PROOF]}
    first, second = graded(cast, "ada", score=15.0), graded(cast, "bo", score=15.0)
    with cast.db.write() as session:
        for submission, task in ((first, "proof"), (second, "a task that is gone")):
            session.add(
                ManualScore(
                    submission_id=submission, task=task, points=20.0, rubric=[], grader_id=cast.user_ids["ines"]
                )
            )
    found = cells(cast, of=True)
    # Never more than the task is worth.
    assert [(cell.score, cell.max_score, cell.waiting) for cell in found["ada"]] == [
        (23.0, 23.0, 0),
        (10.0, 10.0, 0),
        (5.0, 5.0, 0),
        (8.0, 8.0, 0),
    ]
    assert [(cell.score, cell.max_score, cell.waiting) for cell in found["bo"]] == [
        (15.0, 23.0, 1),
        (10.0, 10.0, 0),
        (5.0, 5.0, 0),
        (None, 8.0, 1),
    ]
    assert [row.login for row in book(cast).only(Which.BY_HAND).rows] == ["bo"]


def test_columns_are_what_is_due_first_and_then_an_assignment_s_tasks(cast):
    with cast.db.write() as session:
        session.add(Assignment(course_id=cast.course_id, slug="none", title="No tests yet"))
        session.add(
            Assignment(course_id=cast.course_id, slug="first", title="First", due_at=NOON, suite_id=cast.suite_id)
        )
    assert [(each.key, each.max_score) for each in book(cast).columns] == [
        ("first", 15.0),
        ("lines", 15.0),
        ("none", None),
    ]
    assert [(each.key, each.max_score, each.of_task) for each in book(cast, of=True).columns] == [
        ("lines", 15.0, False),
        ("linear", 10.0, True),
        ("relu", 5.0, True),
    ]


def test_a_task_of_former_tests_has_a_column_while_these_speak_for_somebody(cast):
    with cast.db.write() as session:
        tasks = [{"id": "other", "title": "Other", "points": 3.0}]
        other = Suite(hash="6" * 64, assignment="lines", blob="c" * 64, manifest={**MANIFEST, "tasks": tasks})
        session.add(other)
        session.flush()
        session.get_one(Assignment, cast.assignment_id).suite_id = other.id
    assert [each.key for each in book(cast, of=True).columns] == ["lines", "other"]
    graded(cast, "ada")
    assert [each.key for each in book(cast, of=True).columns] == ["lines", "other", "linear", "relu"]


def test_rows_are_found_by_section_name_and_login_in_any_case(cast):
    with cast.db.write() as session:
        session.execute(update(Enrolment).where(Enrolment.user_id == cast.user_ids["bo"]).values(section="B"))
    whole = book(cast)
    assert whole.sections == ("B",)
    assert [row.login for row in whole.only(section="B").rows] == ["bo"]
    assert [row.login for row in whole.only(who="LOVEL").rows] == ["ada"]
    assert [row.login for row in whole.only(who="SØNDER").rows] == ["bo"]
    assert whole.only(who="ada", section="B").rows == ()


def test_sorting_by_a_column_leaves_who_has_no_score_at_the_end(cast):
    graded(cast, "ada", score=4.0)
    graded(cast, "chidi", score=12.0)
    whole = book(cast)

    def order(by, down=False):
        return [row.login for row in whole.sorted(by, down).rows]

    assert order("in:lines") == ["ada", "chidi", "bo"]
    assert order("in:lines", down=True) == ["chidi", "ada", "bo"]
    assert order("name", down=True) == ["chidi", "bo", "ada"]
    assert order("in:nothing of that name") == ["ada", "bo", "chidi"]


@pytest.mark.parametrize("seed", range(12))
def test_every_cell_is_what_the_rules_for_one_student_say(cast, seed):
    chance = random.Random(seed)
    with cast.db.write() as session:
        session.get_one(Suite, cast.suite_id).manifest = {**MANIFEST, "tasks": [*MANIFEST["tasks"], PROOF]}
        other = Suite(hash="6" * 64, assignment="lines", blob="c" * 64, manifest=MANIFEST)
        session.add(other)
        session.flush()
        suites = (cast.suite_id, other.id)
        if not seed % 3:
            session.get_one(Assignment, cast.assignment_id).points_released_at = None
    for login in STUDENTS:
        for _ in range(chance.randrange(4)):
            submission = cast.upload(login, minutes=chance.choice((0, 1, 8 * 24 * 60)))
            for _ in range(chance.randrange(3)):
                graded(
                    cast,
                    submission=submission,
                    state=chance.choice([*State, State.GRADED, State.GRADED]),
                    score=float(chance.randrange(16)),
                    shadow=chance.random() < 0.2,
                    suite_id=chance.choice(suites),
                )
            if chance.random() < 0.5:
                with cast.db.write() as session:
                    session.add(
                        ManualScore(
                            submission_id=submission,
                            task="proof",
                            points=float(chance.randrange(12)),
                            rubric=[],
                            grader_id=cast.user_ids["ines"],
                        )
                    )
        for _ in range(chance.randrange(3)):
            kind = chance.choice(list(Decision))
            points = None if kind is Decision.EXCUSE else float(chance.randrange(1, 20))
            decided(cast, login, kind, points, withdrawn=chance.random() < 0.3)
    found = cells(cast)
    by_task = cells(cast, of=True)
    with cast.db.read() as session:
        assignment = session.get_one(Assignment, cast.assignment_id)
        for login in STUDENTS:
            user = cast.user_ids[login]
            standing = counting.standing(session, assignment, user)
            stand = adjustments.standing(session, [assignment.id], user).get((assignment.id, user), [])
            counts = standing.counts
            total = counts.total if counts else None
            awaited = counts is not None and total is None
            mark = adjustments.mark(total.score if total else None, stand, awaited=awaited)
            assert mark == standing.mark
            cell = found[login][0]
            assert (cell.score, cell.excused, cell.decided) == (mark.score, mark.excused, mark.decided)
            assert cell == by_task[login][0]
            if counts is not None:
                assert cell.submission_id == counts.submission.id
                assert cell.state == (counts.grading.state if counts.grading else State.QUEUED)
                assert cell.late is counting.past_due(assignment.due_at, counts.submission.received_at)
                assert cell.max_score == (total.max_score if total else None)
                assert cell.waiting == (total.waiting if total else 0)
                assert cell.held == (total.held if total else False)
                if total is not None:
                    parts = [each.score or 0.0 for each in by_task[login][1:]]
                    assert sum(parts) == total.score
            else:
                assert cell.state in ("", State.REFUSED)
                assert not cell.late


def test_the_cell_links_to_what_was_refused_last_where_nothing_counts(cast):
    graded(cast, "ada", State.REFUSED)
    last = graded(cast, "ada", State.REFUSED, minutes=5)
    assert cells(cast)["ada"][0] == Cell(State.REFUSED, last)
    counts = graded(cast, "ada", minutes=-5)
    assert cells(cast)["ada"][0].submission_id == counts
