"""How far in a course a person of its staff sees: all students, or those of the sections that they are limited to.

A `Reach` puts itself into a query's conditions. Whatever serves a page of staff takes one, so that forgetting it is an
error of types; nothing filters what a query gave. It looks at the section in which a student is now: who moves out of
it is out of reach at once.
"""

from __future__ import annotations

import msgspec
from sqlalchemy import ColumnElement, Select, select, true
from sqlalchemy.orm import InstrumentedAttribute

from submissions.models import Author, Enrolment, Role, Submission


class Reach(msgspec.Struct, frozen=True):
    """`sections` None: the whole course, with what its staff themselves handed in; else the students of these alone."""

    sections: tuple[str, ...] | None

    @property
    def limited(self) -> bool:
        """Whether there is anybody in the course whom it may leave out."""
        return self.sections is not None

    def of_places(self) -> ColumnElement[bool]:
        """The condition on the `Enrolment` beside it in a query."""
        if self.sections is None:
            return true()
        return (Enrolment.role == Role.STUDENT) & Enrolment.section.in_(self.sections)

    def of_people(self, course_id: int, user_id: InstrumentedAttribute[int]) -> ColumnElement[bool]:
        """The condition on a column that holds ids of people."""
        return true() if self.sections is None else user_id.in_(self._students(course_id))

    def of_submissions(self, course_id: int) -> ColumnElement[bool]:
        """The condition on the `Submission` beside it in a query that it is of one of them, if not of them alone."""
        if self.sections is None:
            return true()
        own = select(Author.submission_id).where(Author.user_id.in_(self._students(course_id)))
        return Submission.id.in_(own)

    def _students(self, course_id: int) -> Select[int]:
        return select(Enrolment.user_id).where(Enrolment.course_id == course_id, self.of_places())


WHOLE = Reach(None)
"""Of instructors, of staff who are not limited, and of what is decided for a whole course."""

NOBODY = Reach(())
"""Of students: what they see is their own, and not by anybody's reach."""


def of_place(place: Enrolment) -> Reach:
    """How far somebody with this place sees."""
    if place.role == Role.INSTRUCTOR or (place.role == Role.STAFF and not place.limited_to):
        return WHOLE
    return Reach(tuple(place.limited_to)) if place.role == Role.STAFF else NOBODY
