"""Points by a person: their bounds, who may be overwritten, and what the audit log keeps."""

from __future__ import annotations

import threading
from decimal import Decimal

import pytest
from sqlalchemy import select

from grader.assignment import Task
from submissions.models import AuditEntry, ManualScore, RubricItem, Submission, User
from submissions.scores import manual
from submissions.scores.manual import BadPoints, Judgement, Outdated

PROOF = Task(
    "proof",
    "Proof",
    8,
    graded_by="person",
    answer="Q1",
)
ITEMS = (("states it", 3), ("shows it", 6), ("breaks off", -2.5))


@pytest.fixture
def submission(cast):
    """An upload to an assignment whose task has a rubric, its items numbered from 1."""
    submission = cast.upload("ada")
    with cast.db.write() as session:
        assignment_id = session.get_one(Submission, submission).assignment_id
        session.add_all(
            RubricItem(assignment_id=assignment_id, task="proof", position=n, text=text, points=points)
            for n, (text, points) in enumerate(ITEMS)
        )
    return submission


@pytest.fixture
def give(cast, submission):
    def give(points=None, rubric=(), comment="", seen=None, login="ines"):
        judgement = Judgement(None if points is None else Decimal(points), tuple(rubric), comment)
        with cast.db.write() as session:
            given = manual.give(
                session,
                session.get_one(Submission, submission),
                PROOF,
                judgement,
                session.get_one(User, cast.user_ids[login]),
                seen=seen,
                address="192.0.2.1",
            )
        return given.at

    return give


def kept(cast):
    with cast.db.read() as session:
        return [(each.points, each.rubric, each.comment) for each in session.scalars(select(ManualScore))]


@pytest.mark.parametrize(("points", "kept_as"), [("0", 0.0), ("8", 8.0), ("7.25", 7.25), ("0.1", 0.1), ("7.50", 7.5)])
def test_points_within_the_task_are_kept(cast, give, points, kept_as):
    give(points, comment="Well argued.")
    assert kept(cast) == [(kept_as, [], "Well argued.")]


@pytest.mark.parametrize(
    ("points", "rubric", "comment", "told"),
    [
        ("-0.01", (), "", "from 0 to 8"),
        ("8.01", (), "", "from 0 to 8"),
        ("NaN", (), "", "from 0 to 8"),
        ("Infinity", (), "", "from 0 to 8"),
        ("1e999", (), "", "from 0 to 8"),
        ("1.005", (), "", "two decimals"),
        ("1e-30", (), "", "two decimals"),
        (None, (), "", "tick what you found"),
        ("1", (4,), "", "rubric was changed"),
        ("1", (-1,), "", "rubric was changed"),
        ("1", (), "x" * 10_001, "10,001 characters"),
    ],
)
def test_what_cannot_be_given_is_told_and_changes_nothing(cast, give, points, rubric, comment, told):
    with pytest.raises(BadPoints, match=told):
        give(points, rubric, comment)
    assert kept(cast) == []


@pytest.mark.parametrize(
    ("rubric", "points"), [((1,), 3.0), ((1, 2), 8.0), ((3,), 0.0), ((1, 3), 0.5), ((1, 2, 3), 6.5)]
)
def test_without_points_the_rubric_is_added_up_within_the_task(cast, give, rubric, points):
    give(None, rubric)
    assert kept(cast) == [(points, list(rubric), "")]


def test_points_that_were_typed_stand_before_the_rubrics_sum(cast, give):
    give("5", (1,))
    assert kept(cast) == [(5.0, [1], "")]


def test_giving_again_replaces_and_the_log_keeps_both(cast, give):
    first = give("3", (1,), "First look")
    give("4.5", (1, 2), "Second look", seen=first)
    assert kept(cast) == [(4.5, [1, 2], "Second look")]
    with cast.db.read() as session:
        first_entry, second_entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id))
    before = {"points": 3.0, "rubric": ["states it"], "comment": "First look"}
    assert first_entry.detail == {"before": None, "after": before}
    assert second_entry.detail == {
        "before": before,
        "after": {"points": 4.5, "rubric": ["states it", "shows it"], "comment": "Second look"},
    }
    assert (second_entry.actor, second_entry.address) == ("ines", "192.0.2.1")
    assert second_entry.record == "submission 1, task proof"


@pytest.mark.parametrize("opened", ["before any", "before the last"])
def test_a_form_that_was_opened_before_anothers_points_does_not_replace_them(cast, give, opened):
    seen = None if opened == "before any" else give("1")
    give("6", comment="Mine", seen=seen)
    with pytest.raises(Outdated):
        give("2", seen=seen)
    assert kept(cast) == [(6.0, [], "Mine")]


def test_of_two_first_points_in_the_same_moment_one_is_told(cast, give):
    both_begin, outcomes = threading.Barrier(2), []

    def race(points):
        both_begin.wait(10)
        try:
            give(points)
            outcomes.append("kept")
        except Outdated:
            outcomes.append("told")

    graders = [threading.Thread(target=race, args=(points,)) for points in ("1", "2")]
    for each in graders:
        each.start()
    for each in graders:
        each.join()
    assert sorted(outcomes) == ["kept", "told"]
    assert len(kept(cast)) == 1


def test_only_the_tasks_of_a_person_are_written_ones(cast):
    from submissions.models import Suite

    tasks = [{"id": "a", "title": "A", "points": 1.0}, {"id": "b", "title": "B", "points": 2.0, "graded_by": "person"}]
    written = manual.written_tasks(Suite(manifest={"tasks": tasks}))
    assert [task.id for task in written] == ["b"]
