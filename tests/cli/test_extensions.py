"""`handin extension`: what it gives, lists and withdraws, and that no score moves unasked."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from submissions.models import AuditEntry, now
from tests.school import School

WHERE = ("dl", "hw1p1")


@pytest.fixture
def school(handin, data):
    """The service that the command finds: Ada is late, which costs her 10 %."""
    school = School(data)
    school.due(now() - timedelta(hours=5))
    school.rules(late_percent=10.0)
    school.graded("ada", "full")
    yield school
    school.close()


@pytest.fixture
def give(school, handin):
    def give(*options):
        until = f"{now() + timedelta(days=2):%Y-%m-%d %H:%M}"
        return handin("extension", "give", *WHERE, "--until", until, "--reason", "Was ill.", *options)

    return give


def test_what_moves_a_score_is_listed_and_asked_first(school, handin, give) -> None:
    asked = give("--student", "ada")
    assert asked.exit_code != 0
    assert "ada: 79.2 becomes 88" in asked.stdout
    assert school.submissions()[0].penalty == 10
    done = give("--student", "ada", "--yes")
    assert (done.exit_code, done.stdout.splitlines()[-1]) == (0, "given; 1 score moved")
    assert school.submissions()[0].penalty == 0
    listed = handin("extension", "list", *WHERE).stdout
    assert "ada" in listed
    assert "Was ill." in listed
    assert handin("extension", "withdraw", *WHERE, "1", "--yes").stdout.splitlines()[-1] == "withdrawn; 1 score moved"
    assert "ada" not in handin("extension", "list", *WHERE).stdout
    with school.database.read() as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.action.like("extension.%"))).all()
    assert [(each.actor, each.course_id) for each in entries] == [("command line", school.course.id)] * 2
    assert all("@" in each.address for each in entries)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ((), "Name a student or a section"),
        (("--student", "oz"), "no login of a student"),
        (("--section", "Z"), "Nobody is in a section"),
    ],
)
def test_what_cannot_be_given_is_said(give, options, words) -> None:
    done = give(*options)
    assert done.exit_code == 1
    assert words in done.stderr


@pytest.mark.parametrize("way", ["add", "import"])
def test_who_is_moved_to_a_section_with_an_extension_has_it_and_whose_score_moves_is_asked_first(
    school, handin, give, tmp_path, way
) -> None:
    school.joined("mei", section="A")
    assert give("--section", "A").exit_code == 0
    (tmp_path / "class.csv").write_text("login,section\nada,A\n", "utf-8")
    ways = {"add": ("add", "dl", "ada", "--section", "A"), "import": ("import", "dl", str(tmp_path / "class.csv"))}
    move = ("roster", *ways[way])
    # Of a file it is asked whether to take it, too.
    asked = handin(*move, typed="y\nn\n" if way == "import" else "n\n")
    assert asked.exit_code == 1
    assert "ada: 79.2 becomes 88" in asked.stdout
    assert "nothing was changed" in asked.stderr
    assert school.submissions()[0].penalty == 10
    assert handin(*move, "--yes").exit_code == 0
    assert school.submissions()[0].penalty == 0
    with school.database.read() as session:
        told = [each.detail.get("scores moved") for each in session.scalars(select(AuditEntry))]
    assert told.count(["ada: 79.2 to 88"]) == 1
