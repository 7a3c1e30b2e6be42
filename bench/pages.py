"""`python -m bench.pages`: what the largest pages cost in a course of a whole term, on either database.

`tests.term` makes the course. Pages are asked for in this process, without a server, so that what is measured is the
page alone; what the database takes of it is what the page's own statements take, sent again with all their rows read.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
import msgspec
from flask.testing import FlaskClient
from sqlalchemy import Engine, event, func, select

from bench.cases import ROOT
from bench.machine import machine
from submissions.models import Grading, TestResult, User
from submissions.people import people
from submissions.storage import migrate
from tests import term
from tests.faults.postgresql import postgresql
from tests.school import School, outcomes

REPORT = ROOT / "bench" / "PAGES.md"
_TIMES = 7
_HW = "/courses/dl/assignments/term0/"
_PATHS = (
    ("term00000", "/courses/dl/"),
    ("term00000", _HW),
    ("ines", "/courses/dl/"),
    ("ines", "/courses/dl/hand-ins"),
    ("ines", "/courses/dl/hand-ins?who=lovelace"),
    ("ines", "/courses/dl/gradebook"),
    ("ines", "/courses/dl/gradebook?of=term0"),
    ("ines", "/courses/dl/gradebook?show=missing&sort=in:term0"),
    ("ines", "/courses/dl/gradebook.csv"),
    ("ines", "/courses/dl/students/term00000/"),
    ("ines", "/courses/dl/roster/"),
    ("ines", "/courses/dl/audit/"),
    ("ines", "/courses/dl/requests"),
    ("ines", _HW + "statistics/"),
    ("ines", _HW + "groups/"),
    ("ines", _HW + "decisions/?who=a"),
    ("ines", _HW + "tests/"),
    ("ines", "/courses/dl/assignments/hw1p1/regrades/1/"),
    ("ines", "/submissions/1/"),
    ("ines", "/submissions/1/live"),
    ("ines", "/health"),
)
Statement = tuple[str, Any]


class Asked(msgspec.Struct, frozen=True):
    """One page: medians in seconds, `sql` that of its statements alone."""

    login: str
    path: str
    size: int
    statements: int
    wall: float
    core: float
    sql: float


@click.command()
@click.option("--students", default=1500, show_default=True)
@click.option("--assignments", default=12, show_default=True)
@click.option("--uploads", default=6, show_default=True, help="Uploads of a student to an assignment, at most.")
@click.option("--database", type=click.Choice(["sqlite", "postgresql"]), multiple=True, default=["sqlite"])
@click.option("--keep/--only-print", default=True, show_default=True, help="Whether bench/PAGES.md is written.")
def main(students: int, assignments: int, uploads: int, database: tuple[str, ...], keep: bool) -> None:
    """Fills a database of its own, and asks for each page a few times."""
    parts = []
    for kind in database:
        with ExitStack() as stack:
            folder = Path(stack.enter_context(TemporaryDirectory(prefix="handin-pages-")))
            url = stack.enter_context(postgresql()).url if kind == "postgresql" else ""
            if url:
                migrate.upgrade(url)
            school = School(folder / "data", database=url)
            stack.callback(school.close)
            began = time.perf_counter()
            _live(school, students, assignments, uploads)
            print(f"{kind}: filled in {time.perf_counter() - began:.0f} s", file=sys.stderr)
            parts.append(_part(kind, school, students, assignments))
    text = f"# Pages of a whole term: results of `make bench-pages`\n\n{_WORDS}\n\n"
    text += machine("flask", "sqlalchemy", "jinja2") + "\n" + "".join(parts)
    print(text)
    if keep:
        REPORT.write_text(text, encoding="utf-8")


_WORDS = """The pages that grow with a course, asked for in one process without a server; medians of several requests.
*Statements*: what was sent to the database, which does not grow with the data (`tests/web/test_queries.py`).
*Database*: what these take when they are sent again and all their rows are read; *times*: the page's time in these."""


def _live(school: School, students: int, assignments: int, uploads: int) -> None:
    school.graded("ada")
    school.regraded()
    school.reviewed(outcomes("mistakes"))
    term.fill(school, students, assignments, tests=True, uploads=uploads)
    with school.database.engine.begin() as connection:
        connection.exec_driver_sql("ANALYZE")


def _part(kind: str, school: School, students: int, assignments: int) -> str:
    with school.database.read() as session:
        gradings, results = (session.scalar(select(func.count()).select_from(each)) for each in (Grading, TestResult))
    rows = [_asked(school, login, path) for login, path in _PATHS]
    lines = "\n".join(
        f"| {each.path} | {each.login} | {each.statements} | {each.size / 1000:,.0f} | {1000 * each.wall:.0f} "
        f"| {1000 * each.core:.0f} | {1000 * each.sql:.0f} | {each.wall / each.sql:.1f} |"
        for each in rows
    )
    return f"""
## {"PostgreSQL" if kind == "postgresql" else "SQLite"}

{students:,} students, {assignments} assignments, {gradings:,} gradings, {results:,} results of tests.

| page | asked by | statements | kB | wall, ms | of a core, ms | database, ms | times |
|---|---|---|---|---|---|---|---|
{lines}
"""


def _asked(school: School, login: str, path: str) -> Asked:
    client = school.app().test_client()
    with school.database.write() as writing, client.session_transaction() as cookie:
        asks = writing.scalars(select(User).where(User.login == login)).one()
        cookie["token"] = people.start_session(writing, asks.id)
    with _sent(school.database.engine) as sent:
        answer = client.get(path)
    if answer.status_code != 200:
        raise RuntimeError(f"{path}: {answer.status}")
    walls, cores = zip(*(_timed(client, path) for _ in range(_TIMES)), strict=True)
    sql = statistics.median(_again(school.database.engine, sent) for _ in range(_TIMES))
    return Asked(
        login,
        path,
        len(answer.data),
        len(sent),
        statistics.median(walls),
        statistics.median(cores),
        sql,
    )


def _timed(client: FlaskClient, path: str) -> tuple[float, float]:
    wall, core = time.perf_counter(), time.process_time()
    client.get(path)
    return time.perf_counter() - wall, time.process_time() - core


@contextmanager
def _sent(engine: Engine) -> Iterator[list[Statement]]:
    """The statements that are sent meanwhile, as the driver gets them."""
    sent: list[Statement] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        if not statement.startswith("BEGIN"):
            sent.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


def _again(engine: Engine, sent: list[Statement]) -> float:
    """Seconds of the statements alone, with their rows as the driver gives them."""
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        began = time.perf_counter()
        for statement, parameters in sent:
            cursor.execute(statement, parameters)
            if cursor.description:
                cursor.fetchall()
        return time.perf_counter() - began
    finally:
        connection.rollback()
        connection.close()


if __name__ == "__main__":
    main()
