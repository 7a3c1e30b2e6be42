"""`python -m bench.mutants [ASSIGNMENT …]`: every mutant of the bundled references sits their tests. With all
assignments, the report is kept as bench/MUTANTS.md."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Sequence
from functools import partial

import msgspec

from bench.cases import ROOT
from grader.checking import Survey, Survivor
from grader.checking.mutants import survey
from tests.bundled import BUNDLED

_NONE = "None.\n"
REPORT = ROOT / "bench" / "MUTANTS.md"


class Row(msgspec.Struct, frozen=True):
    """The survey of one assignment, and how long it took."""

    name: str
    found: Survey
    seconds: float


def main(names: Sequence[str]) -> None:
    """Tries, prints and, unless only some assignments were named, keeps the report."""
    rows = []
    for name in sorted(names):
        begun = time.monotonic()
        found = survey(BUNDLED[name], partial(_show, name))
        rows.append(Row(name, found, time.monotonic() - begun))
    text = report(rows)
    print(text)
    if set(names) == BUNDLED.keys():
        REPORT.write_text(text, encoding="utf-8")


def _show(name: str, doing: str) -> None:
    print(f"{name}: {doing}", end="\x1b[K\r", file=sys.stderr)


def report(rows: Sequence[Row]) -> str:
    """The figures by assignment, and every survivor with its reason."""
    table = "\n".join(f"| {' | '.join(_figures(row))} |" for row in rows)
    return f"""# Mutants of the bundled references

`python -m bench.mutants`: each mutant is the reference with one mistake in what students are to write; it sits the
tests that run the changed line. Equivalent: no test of values tells it from the reference. The share is of those that
are not.

| assignment | mutants | caught by scored tests | by advice alone | equivalent | survive | share caught | seconds |
|---|---|---|---|---|---|---|---|
{table}

{"".join(map(_listed, rows))}"""


def _figures(row: Row) -> Iterable[str]:
    found = row.found
    survive = len(found.survivors) - found.equivalent
    counts = (found.mutants, found.caught, found.caught_by_advice, found.equivalent, survive)
    return row.name, *map(str, counts), f"{found.share:.1%}", f"{row.seconds:.0f}"


def _listed(row: Row) -> str:
    found = row.found
    idle = "".join(f"- `{test}` catches no mutant.\n" for test in found.idle)
    stale = "".join(f"- `{entry.text}` in survivors.toml fits no survivor.\n" for entry in found.stale)
    differing = "".join(_line(each) for each in found.survivors if not each.equivalent)
    equivalent = "".join(_line(each) for each in found.survivors if each.equivalent)
    return f"""## {row.name}

{idle}{stale}### Not caught

{differing or _NONE}
### Equivalent

{equivalent or _NONE}
"""


def _line(survivor: Survivor) -> str:
    return f"- {survivor.place.file}, {survivor.place}: {survivor.change}. {_sentence(survivor.why)}\n"


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:].rstrip('.')}."


if __name__ == "__main__":
    main(sys.argv[1:] or [*BUNDLED])
