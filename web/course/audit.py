"""The audit log of a course: who did what to which record, when and from where; for its instructors."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import msgspec
from flask import Blueprint, render_template, request, url_for

from submissions.storage import audit
from submissions.storage.audit import Search
from web.frame.access import Seat, for_instructors
from web.frame.context import reading
from web.words.paging import paging
from web.words.wording import points

blueprint = Blueprint("audit", __name__, url_prefix="/courses/<course>/audit")

_PAGE = 100
_NOTHING: tuple[Any, ...] = (None, "", [], {})
_MOST_WORDS = 8
_LONGEST = 400
"""Characters of a value that are shown at once."""


class Change(msgspec.Struct, frozen=True):
    """One line of an entry's detail; with `after` it was another before."""

    what: str
    value: str
    after: str | None = None


@blueprint.get("/")
@for_instructors
def page(seat: Seat) -> str:
    """Every entry that is looked for, the newest first, a page at a time."""
    fields = {name: request.args.get(name, "").strip() for name in ("words", "who", "action", "record", "from", "to")}
    since, until = (_midnight(fields[name], seat.course.timezone) for name in ("from", "to"))
    search = Search(
        tuple(fields["words"].split()[:_MOST_WORDS]),
        fields["who"],
        fields["action"],
        fields["record"],
        since,
        until + timedelta(days=1) if until is not None else None,
    )
    shown = paging(audit.count(reading(), seat.course.id, search), _PAGE)
    asked = {name: value for name, value in fields.items() if value}
    here = url_for("audit.page", course=seat.course.slug)
    return render_template(
        "audit.html",
        seat=seat,
        fields=fields,
        found=audit.found(reading(), seat.course.id, search, shown.size, shown.offset),
        changes=lambda detail: list(changes(detail)),
        actors=audit.actors(reading(), seat.course.id),
        actions=audit.actions(reading(), seat.course.id),
        no_dates=[fields[name] for name, read in (("from", since), ("to", until)) if fields[name] and read is None],
        searched=bool(asked),
        here=f"{here}?{urlencode(asked)}" if asked else here,
        paging=shown,
    )


def changes(detail: dict[str, Any]) -> Iterator[Change]:
    """An entry's detail in lines: what it says of before and after side by side, and then the rest."""
    if "before" in detail and "after" in detail:
        before, after = detail["before"], detail["after"]
        if isinstance(before, dict) and isinstance(after, dict):
            for what in dict.fromkeys((*before, *after)):
                if before.get(what) != after.get(what):
                    yield Change(_words(what), _said(before.get(what)), _said(after.get(what)))
        else:
            yield Change("", _said(before), _said(after))
    for what, value in detail.items():
        if value not in _NOTHING and (what not in ("before", "after") or not {"before", "after"} <= detail.keys()):
            yield Change(_words(what), _said(value))


def _words(name: str) -> str:
    return name.replace("_", " ")


def _said(value: Any) -> str:
    """A value of JSON as a person would write it, as far as there is room."""
    text = _in_full(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… ({len(text):,} characters)"


def _in_full(value: Any) -> str:
    if value in _NOTHING:
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return points(value)
    if isinstance(value, dict):
        return "; ".join(f"{_words(key)}: {_in_full(item)}" for key, item in value.items())
    if isinstance(value, list):
        return ", ".join(map(_in_full, value))
    return str(value)


def _midnight(day: str, zone: str) -> datetime | None:
    """The beginning of a day in the course's zone; None for what is no date, or the last there is."""
    try:
        read = date.fromisoformat(day)
    except ValueError:
        return None
    # Beyond these years a zone's offset or the day after leads out of what a date can be.
    return datetime.combine(read, time(), ZoneInfo(zone)) if 1900 <= read.year <= 9000 else None
