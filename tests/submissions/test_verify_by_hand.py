"""A verification says where points by a person are not what the rubric's items and their own points add up to."""

from __future__ import annotations

import random
from collections.abc import Iterator
from decimal import Decimal

import pytest
from sqlalchemy import insert, select, text, update

from submissions.changes import rubric_changes
from submissions.models import Assignment, ManualScore, RubricItem, Submission, Suite, SyncedSuite, User
from submissions.scores import manual, rubric
from submissions.service import verify
from submissions.service.verify import by_hand
from submissions.suites import courses
from tests.checks import passed
from tests.school import MANIFEST, School
from tests.web.test_queries import counted
from tests.written import TASKS


@pytest.fixture
def school(tmp_path) -> Iterator[School]:
    """Ada's answer to Q1.1 has two items, 8 points, and one less by the grader; Bo's to Q1.2 has points alone."""
    school = School(tmp_path / "data")
    school.give(school.answered("ada"), "q1-1", 7, rubric=(0, 1))
    school.give(school.answered("bo"), "q1-2", 11)
    yield school
    school.close()


def found(school: School) -> list[tuple[str, str]]:
    with school.database.snapshot() as connection:
        return [(each.record, each.seen) for each in by_hand.broken(connection)]


def test_what_was_given_as_it_is_given_is_sound(school) -> None:
    assert found(school) == []


DAMAGE = {
    "points that were raised": (
        update(ManualScore).where(ManualScore.task == "q1-1").values(points=8.0),
        "submission 1",
        "it has 8 points for q1-1, and the rubric's items with what was given beside them add up to 7",
    ),
    "points beside the items that were raised": (
        update(ManualScore).where(ManualScore.task == "q1-2").values(extra=12.0),
        "submission 2",
        "it has 11 points for q1-2, and the rubric's items with what was given beside them add up to 12",
    ),
    "an item that is worth more": (
        update(RubricItem).where(RubricItem.position == 0, RubricItem.task == "q1-1").values(points=1.0),
        "submission 1",
        "it has 7 points for q1-1, and the rubric's items with what was given beside them add up to 5",
    ),
    "an item of another task": (
        update(RubricItem).where(RubricItem.position == 0, RubricItem.task == "q1-1").values(task="q1-2"),
        "submission 1",
        "its points for q1-1 are by an item of a rubric that the task does not have",
    ),
    "an item that is none": (
        update(ManualScore).where(ManualScore.task == "q1-1").values(rubric=[1, 99]),
        "submission 1",
        "its points for q1-1 are by an item of a rubric that the task does not have",
    ),
    "a list of items that cannot be read": (
        text("UPDATE manual_score SET rubric = '{' WHERE task = 'q1-1'"),
        "points by hand",
        "their record cannot be read",
    ),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_damage_to_points_by_hand_is_told(school, kind) -> None:
    damage, record, seen = DAMAGE[kind]
    with school.database.write() as session:
        session.execute(damage)
    ((about, told),) = found(school)
    assert about == record
    assert told.startswith(seen)


def test_the_whole_verification_tells_it(school) -> None:
    with school.database.write() as session:
        session.execute(DAMAGE["points that were raised"][0])
    findings = verify.verify(school.database, school.blobs, quick=True).findings
    assert DAMAGE["points that were raised"][1:] in [(each.record, each.seen) for each in findings]


def test_points_of_before_the_task_was_worth_more_or_less_are_sound(school) -> None:
    for digit, points in (("b", 10.0), ("d", 4.0)):
        manifest = {**MANIFEST, "tasks": [*MANIFEST["tasks"], {**TASKS[0], "points": points}, TASKS[1]]}
        with school.database.write() as session:
            suite = Suite(hash=digit * 64, assignment="hw1p1", blob="c" * 64, manifest=manifest)
            session.add(suite)
            session.flush()
            courses.publish(session, school.assignment.id, passed(session, suite))
        assert found(school) == []


def test_a_version_whose_tests_cannot_be_read_hides_no_other_damage(school) -> None:
    with school.database.write() as session:
        session.execute(DAMAGE["points that were raised"][0])
        session.execute(insert(Suite).values(hash="e" * 64, assignment="hw1p1", blob="c" * 64, manifest={"tasks": 3}))
        broken = session.scalars(select(Suite.id).where(Suite.hash == "e" * 64)).one()
        session.add(SyncedSuite(assignment_id=school.assignment.id, suite_id=broken, by="ines"))
    assert [record for record, _ in found(school)] == ["submission 1"]


def test_whatever_graders_do_stays_sound(school) -> None:
    """Points in any order, items changed and retired meanwhile, by the ways that the pages go."""
    school.hold_points()  # else a change is reviewed first
    chance = random.Random(5)
    answers = [1, 2, *(school.answered("chidi") for _ in range(3))]
    for _ in range(60):
        with school.database.write() as session:
            assignment = session.get_one(Assignment, school.assignment.id)
            ines = session.get_one(User, school.users["ines"].id)
            task = next(each for each in manual.written_tasks(assignment.suite) if each.id == "q1-1")
            items = rubric.items(session, assignment.id, "q1-1")
            one = chance.choice(items)
            points = Decimal(chance.randrange(-400, 800)) / 100
            deed = chance.choice(("give", "give", "change", "change", "retire", "add"))
            if deed == "give":
                submission = session.get_one(Submission, chance.choice(answers))
                offered = [each.id for each in items if each.retired_at is None]
                typed = chance.choice((None, abs(points) % 8))
                judged = manual.Judgement(typed, tuple(chance.sample(offered, chance.randint(1, len(offered)))))
                standing = select(ManualScore.at).where(
                    ManualScore.submission_id == submission.id, ManualScore.task == "q1-1"
                )
                manual.give(session, submission, task, judged, ines, seen=session.scalar(standing))
            elif deed == "change":
                words = f"Item {chance.random()}"
                rubric_changes.change(
                    session, assignment, task, one.id, words, points, ines, opened_with=rubric.known([one])
                )
            elif deed == "retire" and sum(each.retired_at is None for each in items) > 2:
                rubric_changes.retire(session, assignment, task, one.id, ines)
            elif deed == "add" and len(items) < 8:
                rubric_changes.add(session, assignment, task, f"New {chance.random()}", points, ines, "")
        assert found(school) == []


def test_the_number_of_queries_does_not_grow_with_the_answers(school) -> None:
    counts = []
    for _ in range(2):
        with counted(school.database.engine) as statements:
            assert found(school) == []
        counts.append(len(statements))
        for login in ("ada", "bo", "chidi"):
            school.give(school.answered(login), "q1-1", 3, rubric=(0,))
    assert counts[0] == counts[1]
