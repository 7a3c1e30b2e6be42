"""A student chooses which upload counts, where the rules leave it to them, and nowhere else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from submissions.models import AuditEntry, Author, now

HOUR = timedelta(hours=1)
HERE = "/courses/dl/assignments/hw1p1/"


@pytest.fixture
def uploads(school) -> tuple[int, int]:
    """Ada's, the better one first; she chooses which counts."""
    school.rules(counted="chosen")
    return school.graded("ada", "full", ago=HOUR), school.graded("ada", "poor")


def chosen(school) -> list[Author]:
    with school.database.read() as session:
        return list(session.scalars(select(Author).where(Author.chosen_at.is_not(None))))


def scores(visit) -> str:
    return visit("stan").get("/courses/dl/gradebook.csv").text


def test_the_last_counts_until_another_is_chosen_and_the_choice_outlives_newer_ones(school, visit, uploads) -> None:
    better, _ = uploads
    ada = visit("ada")
    assert ",24,graded," in scores(visit)
    assert "Let this one count" in ada.get(f"/submissions/{better}/").text
    assert ada.post(f"/submissions/{better}/choose").location == f"/submissions/{better}/"
    page = ada.get(f"/submissions/{better}/").text
    assert "This one counts from now on" in page
    assert "Let this one count" not in page
    assert "It counts: you chose it." in ada.get(HERE).text
    assert ",88,graded," in scores(visit)
    newest = school.graded("ada", "poor")
    assert ",88,graded," in scores(visit)
    ada.post(f"/submissions/{newest}/choose")
    assert ",24,graded," in scores(visit)
    with school.database.read() as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.action == "submission.choose")).all()
    assert [(each.actor, each.record) for each in entries] == [
        ("ada", f"submission {better}"),
        ("ada", f"submission {newest}"),
    ]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"counted": "last"}, "it is not the student who chooses"),
        ({"ends_at": now() - HOUR, "due_at": now() - 2 * HOUR}, "which upload counts stays as it is"),
    ],
)
def test_what_cannot_be_chosen_is_told_and_nothing_changes(school, visit, uploads, change, words) -> None:
    better, _ = uploads
    school.rules(**change)
    ada = visit("ada")
    assert "Let this one count" not in ada.get(f"/submissions/{better}/").text
    ada.post(f"/submissions/{better}/choose")
    assert words in ada.get(HERE).text
    assert chosen(school) == []


def test_what_was_refused_cannot_be_chosen(school, visit) -> None:
    school.rules(counted="chosen")
    refused = school.refused("ada")
    visit("ada").post(f"/submissions/{refused}/choose")
    assert chosen(school) == []


def test_who_is_in_the_group_no_more_chooses_for_nobody_else(school, visit) -> None:
    group = school.grouped("ada", "bo")
    school.rules(group_size=2, counted="chosen")
    together = school.graded("ada", "poor", ago=HOUR)
    visit("stan").post(f"/courses/dl/assignments/hw1p1/student-groups/{group}/remove", {"login": "ada"})
    alone = school.graded("bo", "full")
    bo = visit("bo")
    bo.post(f"/submissions/{alone}/choose")
    assert visit("ada").post(f"/submissions/{together}/choose").status_code == 303
    assert "It counts: you chose it." in visit("ada").get(HERE).text
    assert "It counts: you chose it." in bo.get(HERE).text
    lines = {line.split(",")[1]: line for line in scores(visit).splitlines()}
    assert (",24,graded," in lines["ada"], ",88,graded," in lines["bo"]) == (True, True)
    # Bo's own choice still goes either way.
    bo.post(f"/submissions/{together}/choose")
    assert [each.user_id for each in chosen(school) if each.submission_id == together] == [
        school.users["ada"].id,
        school.users["bo"].id,
    ]
