"""Whatever a student's program prints can be recorded and read back, on every database."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import StatementError

from submissions.models import AuditEntry
from submissions.models.columns import plain

ANY_TEXT = st.text(alphabet=st.characters(exclude_categories=()), max_size=50)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ANY_TEXT, inner, max_size=4),
    max_leaves=10,
)


@given(ANY_JSON)
def test_a_plain_value_is_standard_json_in_utf8_without_nul(value):
    text = json.dumps(plain(value), allow_nan=False, ensure_ascii=False)
    assert b"\0" not in text.encode()
    assert "\\u0000" not in text
    assert json.loads(text) == plain(value)


@given(st.text(alphabet=st.characters(exclude_categories=("Cs",), exclude_characters="\0")))
def test_ordinary_text_stays_as_it_is(text):
    assert plain(text) == text


@pytest.mark.parametrize(
    ("text", "kept"),
    [("a\0b", "a\ufffdb"), ("half \ud83d pair", "half \ufffd\ufffd\ufffd pair"), ("Bo Søndergård", "Bo Søndergård")],
)
def test_hostile_text_is_recorded_and_read_back(database, text, kept):
    with database.write() as session:
        entry = AuditEntry(actor=text, action="print", record="x", detail={text: [text, float("nan")]})
        session.add(entry)
    with database.read() as session:
        found = session.get_one(AuditEntry, entry.id)
        assert found.actor == kept
        assert found.detail == {kept: [kept, "nan"]}


def test_a_time_comes_back_in_utc_whatever_zone_it_was_given_in(database):
    given_at = datetime(2026, 3, 2, 12, 0, tzinfo=timezone(timedelta(hours=-5)))
    with database.write() as session:
        entry = AuditEntry(at=given_at, actor="ines", action="look", record="x")
        session.add(entry)
    with database.read() as session:
        at = session.get_one(AuditEntry, entry.id).at
        assert at == given_at
        assert at.utcoffset() == timedelta(0)


def test_a_time_without_a_zone_is_refused(database):
    entry = AuditEntry(at=datetime(2026, 3, 2), actor="ines", action="look", record="x")  # noqa: DTZ001
    with pytest.raises(StatementError, match="without a zone"), database.write() as session:
        session.add(entry)
