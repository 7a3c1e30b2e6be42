"""A roster as a file says it: comma-separated values, read into lines. It knows no course, and changes nothing.

Whoever wrote the file is not trusted: its size is bounded before it is read, and what cannot be read is told by line.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterator, Sequence

import msgspec

from submissions.models import Role
from submissions.models.columns import plain
from submissions.people import people

MOST_BYTES = 4_000_000
MOST_LINES = 10_000
_LONGEST = 200
_COLUMNS = {
    "login": ("login", "username", "user name", "user", "account", "netid"),
    "email": ("email", "e mail", "email address", "mail"),
    "name": ("name", "full name", "student name", "student", "display name"),
    "section": ("section", "group", "recitation", "tutorial"),
    "role": ("role",),
    "limited to": ("limited to", "limited", "sees"),
}
_ROLES = {
    "student": Role.STUDENT,
    "staff": Role.STAFF,
    "ta": Role.STAFF,
    "teaching assistant": Role.STAFF,
    "tutor": Role.STAFF,
    "grader": Role.STAFF,
    "instructor": Role.INSTRUCTOR,
    "teacher": Role.INSTRUCTOR,
    "professor": Role.INSTRUCTOR,
}
_BETWEEN = "|"  # what a file is parted by, commas and semicolons, cannot part sections too
_SAVE_AS = "save it as “CSV UTF-8 (comma delimited)”, as spreadsheets call it, and choose that file"
# They turn the direction of what stands around them, and no name needs them.
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class BadFile(Exception):
    """The file as a whole cannot be read; the message says why, and what to do."""


class Line(msgspec.Struct, frozen=True):
    """What one line says. None: it says nothing about that. `limited_to`: sections, none for the whole course."""

    number: int
    login: str
    name: str | None
    section: str | None
    role: Role | None
    limited_to: tuple[str, ...] | None = None


class Trouble(msgspec.Struct, frozen=True):
    """Why a line cannot be taken, or what of it is left out."""

    number: int
    what: str


class File(msgspec.Struct, frozen=True):
    """All of a file. `unused`: columns that nothing is read from."""

    lines: tuple[Line, ...]
    troubles: tuple[Trouble, ...]
    unused: tuple[str, ...]


class _Wrong(Exception):
    """This line cannot be taken."""


def decoded(data: bytes) -> str:
    """The file's text. Raises BadFile."""
    if len(data) > MOST_BYTES:
        raise BadFile(
            f"The file is larger than {MOST_BYTES // 1_000_000} MB, the most that is taken: send it in parts."
        )
    if data.startswith((b"PK\3\4", b"\xd0\xcf\x11\xe0")):
        raise BadFile(f"This is a spreadsheet's own format and no text: {_SAVE_AS}.")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in data:
        raise BadFile(f"The file's text is UTF-16, which is not read: {_SAVE_AS}.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise BadFile(f"Line {line} is not UTF-8, so its letters would come out wrong: {_SAVE_AS}.") from None


def read(text: str) -> File:
    """The lines of a roster. Raises BadFile."""
    found = records(str(plain(text.removeprefix("\ufeff"))))
    first = next(found, None)
    if first is None:
        raise BadFile("There is nothing in it: the first line names the columns, and each line after it a person.")
    places, unused = _header(*first)
    lines: list[Line] = []
    troubles: list[Trouble] = []
    seen: dict[str, int] = {}
    for count, (number, record) in enumerate(found):
        if count == MOST_LINES:
            raise BadFile(
                f"These are more than {MOST_LINES} people, the most that are taken at once: send them in parts."
            )
        try:
            line = _line(number, record, places, len(first[1]))
            if line.login in seen:
                raise _Wrong(f"{line.login} stands in line {seen[line.login]} already, which is the one that is taken")
        except _Wrong as wrong:
            troubles.append(Trouble(number, str(wrong)))
        else:
            seen[line.login] = number
            lines.append(line)
    if not lines and not troubles:
        raise BadFile("Only the line with the names of the columns is there: each line after it is a person.")
    return File(tuple(lines), tuple(troubles), unused)


def records(text: str) -> Iterator[tuple[int, list[str]]]:
    """Each record with the number of the line that it begins in; empty ones are passed over. Raises BadFile."""
    head = text.lstrip().partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=head.count), strict=True)
    while True:
        number = reader.line_num + 1
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise BadFile(
                f"The quotation marks from line {number} on do not fit together ({error}): a value with a comma stands "
                "between two of them, and one inside a value is written twice."
            ) from None
        if any(value.strip() for value in record):
            yield number, record


def _header(number: int, names: Sequence[str]) -> tuple[dict[str, int], tuple[str, ...]]:
    """Where each column is, and which are not used."""
    meant = {called: column for column, calls in _COLUMNS.items() for called in calls}
    places: dict[str, int] = {}
    unused = []
    for place, name in enumerate(names):
        column = meant.get(" ".join(name.casefold().replace("_", " ").replace("-", " ").split()))
        if column is None:
            unused.append(name.strip()[:40])
        elif column in places:
            raise BadFile(
                f"Two columns are the {column}, “{names[places[column]]}” and “{name}”: leave one of them out."
            )
        else:
            places[column] = place
    if "email" in places and "login" not in places:
        places["login"] = places["email"]
    if "login" not in places:
        raise BadFile(
            f"Line {number} names no column with logins. It names the columns: one of "
            "login, username or email, and as you need them name, section, role and limited to. "
            f"It says: {', '.join(name.strip()[:40] for name in names[:8])}"
        )
    if "email" in places and places["email"] != places["login"]:
        unused.append(names[places["email"]].strip()[:40])
    return places, tuple(name for name in unused if name)


def _line(number: int, record: Sequence[str], places: dict[str, int], width: int) -> Line:
    if len(record) != width:
        raise _Wrong(
            f"it has {len(record)} values, and the first line names {width} columns; a value with a comma stands "
            "between quotation marks"
        )

    def value(column: str) -> str | None:
        return _tidy(record[places[column]]) if column in places else None

    for column in places:
        if len(record[places[column]]) > _LONGEST:
            raise _Wrong(f"its {column} is longer than {_LONGEST} characters")
    login = (value("login") or "").lower()
    if not login:
        raise _Wrong("it names no login")
    try:
        people.check_login(login)
    except people.BadPerson as error:
        raise _Wrong(str(error)) from None
    role = value("role")
    if role and role.casefold() not in _ROLES:
        raise _Wrong(f"“{role[:40]}” is no role: write student, staff or instructor")
    limits = value("limited to")
    limited_to = tuple(each for each in map(_tidy, limits.split(_BETWEEN)) if each) if limits is not None else None
    known = _ROLES[role.casefold()] if role else None
    return Line(number, login, value("name") or None, value("section"), known, limited_to)


def _tidy(value: str) -> str:
    """On one line, with single spaces, and without what is no letter in any script."""
    kept = (" " if unicodedata.category(each) == "Cc" else each for each in value if each not in _TURNING)
    return " ".join("".join(kept).split())
