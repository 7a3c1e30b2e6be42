"""`handin regrade`: the way of a regrade from the shell, and the sentence for each wrong turn."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from submissions.models import Assignment, AuditEntry, Phase, Regrade, SuiteCheck
from tests.school import MANIFEST, School, outcomes

VERSION = "e711e711e7"


@pytest.fixture
def school(handin, data):
    """The service that the command finds: Ada rises and Bo falls by a newer version of the tests."""
    school = School(data)
    school.graded("ada", "mistakes")
    school.graded("bo", "full")
    school.synced(MANIFEST, b"# newer\n", "test_linear.py", "ines")
    yield school
    school.close()


@pytest.fixture
def begun(school, handin):
    done = handin("regrade", "begin", "dl", "hw1p1", "--tests", "e7", "--reason", "A test was wrong.", "--by", "ines")
    assert done.exit_code == 0, done.stderr
    return done.stdout


@pytest.fixture
def reviewed(school, begun):
    school.reviewed(outcomes("mistakes"))


def phase(school):
    with school.database.read() as session:
        return session.scalars(select(Regrade.phase)).one()


def published(school):
    with school.database.read() as session:
        return session.get_one(Assignment, school.assignment.id).suite.hash[:10]


def test_a_regrade_begins_and_is_listed_with_how_far_it_is(school, handin, begun):
    assert f"regrade 1 of dl/hw1p1 with tests {VERSION}: 2 to grade, in the shadow" in begun
    listed = handin("regrade", "list", "dl").stdout
    assert all(each in listed for each in ("hw1p1", VERSION, "running", "0 of 2"))
    done = handin("regrade", "review", "1")
    assert (done.exit_code, "is running: 2 of 2 are not graded yet" in done.stderr) == (1, True)


def test_its_review_says_who_falls_and_publishing_can_be_taken_back(school, handin, reviewed):
    told = handin("regrade", "review", "1").stdout
    assert "Regrade 1 of dl/hw1p1, review: 2 graded again: 1 fall, 1 stay." in told
    assert "Bo Søndergård (bo)" in told
    assert "Ada" not in told
    done = handin("regrade", "publish", "1", "--no-falls", "--by", "ines")
    assert done.stdout.startswith("published: 1 of its gradings count now")
    assert (phase(school), published(school)) == (Phase.PUBLISHED, VERSION)
    assert handin("regrade", "revert", "1", "--by", "ines").exit_code == 0
    assert (phase(school), published(school)) == (Phase.REVERTED, "5e1f5e1f5e")
    with school.database.read() as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.record.startswith("regrade"))).all()
    assert [(each.action, each.actor, "@" in each.address) for each in entries] == [
        ("regrade.begin", "ines", True),
        ("regrade.review", "sweeper", False),
        ("regrade.published", "ines", True),
        ("regrade.reverted", "ines", True),
    ]


def test_a_discarded_one_leaves_every_score(school, handin, reviewed):
    assert handin("regrade", "discard", "1", "--by", "ines").exit_code == 0
    assert (phase(school), published(school)) == (Phase.DISCARDED, "5e1f5e1f5e")
    assert "nothing of it counts" in handin("regrade", "review", "1").stderr
    again = handin("regrade", "publish", "1", "--by", "ines")
    assert (again.exit_code, "Regrade 1 is discarded" in again.stderr) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("begin", "dl", "hw1p1", "--by", "stan", "--reason", "x"), "stan is no instructor of dl"),
        (("begin", "dl", "hw1p1", "--by", "nobody", "--reason", "x"), "there is no user 'nobody'"),
        (("begin", "dl", "hw9", "--by", "ines", "--reason", "x"), "no assignment 'hw9' (it has: hw1p1)"),
        (
            ("begin", "dl", "hw1p1", "--by", "ines", "--reason", "x", "--tests", "77"),
            f"there is: {VERSION}, 5e1f5e1f5e",
        ),
        (("begin", "dl", "hw1p1", "--by", "ines", "--reason", " "), "Say why"),
        (("begin", "dl", "hw1p1", "--by", "ines", "--reason", "x", "--student", "oz"), "No submission was found"),
        (("publish", "7", "--by", "ines"), "there is no regrade 7"),
        (("list", "nowhere"), "there is no course 'nowhere'"),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_what_cannot_be_is_told_in_a_sentence_and_changes_nothing(school, handin, arguments, says):
    done = handin("regrade", *arguments)
    assert done.exit_code == 1
    assert says in done.stderr
    with school.database.read() as session:
        assert session.scalars(select(Regrade)).all() == []


def test_a_second_one_while_the_first_is_not_decided_is_told_which(school, handin, begun):
    done = handin("regrade", "begin", "dl", "hw1p1", "--reason", "x", "--by", "ines")
    assert (done.exit_code, "Regrade 1 of this assignment is not decided yet" in done.stderr) == (1, True)


def test_tests_that_nobody_checked_are_not_published_by_a_regrade_either(school, handin, reviewed):
    with school.database.write() as session:
        session.execute(SuiteCheck.__table__.delete())
    done = handin("regrade", "publish", "1", "--by", "ines")
    assert (done.exit_code, f"The tests {VERSION} were never checked" in done.stderr) == (1, True)
    assert (phase(school), published(school)) == (Phase.REVIEW, "5e1f5e1f5e")
