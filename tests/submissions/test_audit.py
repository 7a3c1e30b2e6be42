"""A change and the line about it are kept together, or neither."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from submissions.models import AuditEntry, Course
from submissions.storage import audit


def entries(cast):
    with cast.db.read() as session:
        return session.scalars(select(AuditEntry)).all()


def test_an_entry_says_who_what_which_and_from_where(cast):
    with cast.db.write() as session:
        audit.record(session, "ines", "publish", "assignment 1", {"suite": "5" * 64}, "10.0.0.1")
    (entry,) = entries(cast)
    assert (entry.actor, entry.action, entry.record, entry.address) == ("ines", "publish", "assignment 1", "10.0.0.1")
    assert entry.detail == {"suite": "5" * 64}


def test_a_change_that_is_undone_leaves_no_entry(cast):
    def change():
        with cast.db.write() as session:
            audit.record(session, "ines", "create", "course dl")
            session.add(Course(slug="dl", title="there already"))

    with pytest.raises(Exception, match=r"(?i)unique"):
        change()
    assert entries(cast) == []
