"""What a page that waits is told when nothing has changed: quickly, and to nobody who was not shown it."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from submissions.models import now
from submissions.people import people
from tests.web.test_queries import counted


@pytest.fixture
def waiting(school) -> str:
    """The address of the live part of a hand-in that waits."""
    return f"/submissions/{school.upload('ada')}/live"


def known(visitor, address: str) -> dict[str, str]:
    """The header by which this browser asks whether what it was shown still stands."""
    return {"If-None-Match": visitor.get(address).headers["ETag"]}


def test_that_nothing_has_changed_costs_two_queries(school, visit, waiting) -> None:
    ada = visit("ada")
    shown = known(ada, waiting)
    with counted(school.database.engine) as statements:
        assert ada.get(waiting, headers=shown).status_code == 304
    assert len([each for each in statements if each.startswith("SELECT")]) == 2, statements


def test_it_keeps_its_tag_and_its_headers(visit, waiting) -> None:
    ada = visit("ada")
    shown = known(ada, waiting)
    answer = ada.get(waiting, headers=shown)
    assert answer.headers["ETag"] == shown["If-None-Match"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(("login", "status"), [("ines", 200), ("bo", 404), ("oz", 404), ("", 303)])
def test_what_one_was_shown_says_nothing_to_another(visit, waiting, login, status) -> None:
    shown = known(visit("ada"), waiting)
    answer = visit(login).get(waiting, headers=shown)
    assert answer.status_code == status
    assert answer.headers.get("ETag") != shown["If-None-Match"]


def test_another_login_of_the_same_person_is_shown_it_anew(visit, waiting) -> None:
    shown = known(visit("ada"), waiting)
    assert visit("ada").get(waiting, headers=shown).status_code == 200


def test_it_is_of_one_hand_in_and_one_way_to_see_it(school, visit, waiting) -> None:
    stan = visit("stan")
    shown = known(stan, waiting)
    assert stan.get(waiting, headers=shown).status_code == 304
    assert stan.get(waiting + "?as=student", headers=shown).status_code == 200
    assert stan.get(f"/submissions/{school.upload('ada')}/live", headers=shown).status_code == 200


def test_staff_go_the_whole_way_each_time(school, visit, waiting) -> None:
    stan = visit("stan")
    shown = known(stan, waiting)
    with counted(school.database.engine) as statements:
        assert stan.get(waiting, headers=shown).status_code == 304
    assert len(statements) > 4


@pytest.mark.parametrize("seen_as", ["", "?as=student"])
@pytest.mark.parametrize(
    "then",
    [lambda school: school.moved("stan", "A"), lambda school: school.limited("stan", "B")],
    ids=["a student now", "limited to other students"],
)
def test_who_was_of_its_staff_is_told_nothing(school, visit, waiting, seen_as, then) -> None:
    stan = visit("stan")
    shown = known(stan, waiting + seen_as)
    then(school)
    assert stan.get(waiting + seen_as, headers=shown).status_code == 404


def test_a_page_that_only_waits_is_a_use_of_its_login(visit, waiting) -> None:
    ada = visit("ada")
    shown = known(ada, waiting)
    with time_machine.travel(now()) as clock:
        for _day in range(40):
            clock.shift(timedelta(days=1))
            answer = ada.get(waiting, headers=shown)
            assert answer.status_code == 304
            assert "Set-Cookie" in answer.headers


def test_only_reading_is_told_that_nothing_has_changed(visit, waiting) -> None:
    ada = visit("ada")
    assert ada.client.options(waiting, headers=known(ada, waiting)).status_code == 200


@pytest.mark.parametrize("tag", ['W/"0"', '"', 'W/""'])
def test_a_made_up_tag_has_all_of_it_sent(visit, waiting, tag) -> None:
    assert visit("ada").get(waiting, headers={"If-None-Match": tag}).status_code == 200


@pytest.mark.parametrize(("login", "status"), [("bo", 404), ("", 303)])
def test_a_star_opens_nothing(visit, waiting, login, status) -> None:
    assert visit(login).get(waiting, headers={"If-None-Match": "*"}).status_code == status


def test_whose_login_has_ended_is_told_nothing(school, visit, waiting) -> None:
    ada = visit("ada")
    shown = known(ada, waiting)
    with school.database.write() as session:
        people.revoke_all_sessions(session, school.users["ada"].id)
    assert ada.get(waiting, headers=shown).status_code == 303


def test_whose_login_was_not_used_for_long_is_told_nothing(visit, waiting) -> None:
    ada = visit("ada")
    shown = known(ada, waiting)
    with time_machine.travel(now() + timedelta(days=100)):
        assert ada.get(waiting, headers=shown).status_code == 303


def test_who_has_left_the_course_is_told_nothing(school, visit, waiting) -> None:
    ada = visit("ada")
    shown = known(ada, waiting)
    school.left("ada")
    assert ada.get(waiting, headers=shown).status_code == 404
