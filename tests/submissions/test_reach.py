"""What somebody of limited reach reads is what everybody has, restricted to their sections: no more, no less."""

from __future__ import annotations

import random

import pytest
from sqlalchemy import select

from submissions.handing_in import at_risk
from submissions.models import Assignment, Enrolment, Role
from submissions.people import people, reach
from submissions.people.reach import NOBODY, WHOLE, Reach
from submissions.scores import counting, gradebook, statistics
from tests.cast import NOON

SECTIONS = ("", "A", "B", "b", "A|B", "Lab 3, Tue")


@pytest.mark.parametrize("seed", range(6))
def test_a_limited_gradebook_is_the_whole_one_restricted_to_the_sections(cast, seed) -> None:
    chance = random.Random(seed)
    with cast.db.write() as session:
        for number in range(12):
            login = f"s{number}"
            cast.user_ids[login] = people.create_user(session, login, f"Student {number}").id
            people.enrol(session, cast.course_id, cast.user_ids[login], Role.STUDENT, chance.choice(SECTIONS))
            if chance.random() < 0.2:
                people.end_enrolment(session, cast.course_id, cast.user_ids[login])
    for _ in range(15):
        cast.queued(chance.choice([login for login in cast.user_ids if login.startswith("s")]))
    limits = Reach(tuple(chance.sample(SECTIONS[1:], chance.randint(1, 3))))
    with cast.db.read() as session:
        assignment = session.get_one(Assignment, cast.assignment_id)
        for of in (None, assignment):
            for left in (False, True):
                whole = gradebook.book(session, cast.course_id, WHOLE, of, left)
                seen = gradebook.book(session, cast.course_id, limits, of, left)
                assert seen.rows == tuple(row for row in whole.rows if row.section in limits.sections)
                assert set(seen.sections) <= set(limits.sections)
        within = {row.login for row in gradebook.book(session, cast.course_id, limits).rows}
        at = NOON.replace(day=8)
        risks = at_risk.students(session, cast.course_id, WHOLE, at)
        assert at_risk.students(session, cast.course_id, limits, at) == [each for each in risks if each.login in within]
        counts = statistics.of_assignment(session, assignment, limits)
        assert (counts.scores.students, counts.scores.handed_in) == (
            len(within),
            len(_handed_in(cast, session, limits)),
        )


def _handed_in(cast, session, limits: Reach) -> list[int]:
    counts = counting.that_count([cast.assignment_id], limits)
    return list(session.scalars(select(counts.c.user_id)))


@pytest.mark.parametrize(
    ("role", "limited_to", "expected"),
    [
        (Role.INSTRUCTOR, [], WHOLE),
        (Role.INSTRUCTOR, ["A"], WHOLE),
        (Role.STAFF, [], WHOLE),
        (Role.STAFF, ["A", "B"], Reach(("A", "B"))),
        (Role.STUDENT, [], NOBODY),
        (Role.STUDENT, ["A"], NOBODY),
    ],
)
def test_a_place_says_how_far_one_sees(role, limited_to, expected) -> None:
    assert reach.of_place(Enrolment(role=role, limited_to=limited_to)) == expected


def test_students_without_a_section_and_staff_are_in_reach_of_who_sees_all_alone(cast) -> None:
    with cast.db.write() as session:
        people.enrol(session, cast.course_id, cast.user_ids["bo"], Role.STUDENT, "A")
        people.enrol(session, cast.course_id, cast.user_ids["chidi"], Role.STAFF, "A")
    with cast.db.read() as session:
        for reaches, expected in ((WHOLE, ["ada", "bo"]), (Reach(("A", "")), ["ada", "bo"]), (Reach(("A",)), ["bo"])):
            found = people.students(session, cast.course_id, reaches, "", 10)
            assert [each.login for each in found] == expected
        assert people.students(session, cast.course_id, NOBODY, "", 10) == []
