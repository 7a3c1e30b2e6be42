"""`python -m bench.hints [ASSIGNMENT …]`: every known-wrong solution graded, and its first hint held against the one
that it must get. With all assignments, the report is kept as bench/HINTS.md."""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from pathlib import Path

from bench.cases import ROOT
from grader.grading import Examiners
from grader.report import Report
from tests.bundled import BUNDLED, KNOWN_WRONG, failed, first_failure

REPORT = ROOT / "bench" / "HINTS.md"
RIGHT, LATER, NONE, MISLEADING, SILENT = "right first", "right, not first", "none", "misleading", "rightly none"
VERDICTS = (RIGHT, SILENT, LATER, NONE, MISLEADING)


def main(suites: list[str]) -> None:
    """Grades, prints and, unless only some assignments were named, keeps the report."""
    rows = {name: row for name, row in KNOWN_WRONG.items() if row.suite.name in suites and row.hint is not None}
    reports = {}
    with Examiners(cache=ROOT / "var" / "tests" / "sandbox") as examiners:
        for name, row in rows.items():
            with tempfile.TemporaryDirectory(prefix="handin-hints-") as folder:
                reports[name] = examiners.grade(row.suite, row.packed(Path(folder)))
            print(f"{judged(name, reports[name]):18}{name}: {', '.join(kinds(reports[name])) or '-'}", file=sys.stderr)
    text = report(reports)
    print(text)
    if set(suites) == BUNDLED.keys():
        REPORT.write_text(text, encoding="utf-8")


def kinds(report: Report) -> list[str]:
    """The kinds of hint of the test whose hint is looked at."""
    test = first_failure(report)
    return [hint.kind for hint in test.hints] if test else []


def judged(name: str, report: Report) -> str:
    """What the solution's first hint is worth. A wrong one beside a right one is counted as the right one's place."""
    wanted, seen = KNOWN_WRONG[name].hint, kinds(report)
    if not seen:
        return NONE if wanted else SILENT
    if wanted in seen:
        return RIGHT if seen[0] == wanted else LATER
    return MISLEADING


def report(reports: dict[str, Report]) -> str:
    """The table by assignment, and by name what is not as it should be."""
    counts = {suite: Counter[str]() for suite in sorted({KNOWN_WRONG[name].suite.name for name in reports})}
    lines = []
    for name, each in reports.items():
        verdict = judged(name, each)
        counts[KNOWN_WRONG[name].suite.name][verdict] += 1
        if verdict not in (RIGHT, SILENT):
            wanted = KNOWN_WRONG[name].hint or "no hint"
            lines.append(f"- {verdict}: `{name}` must get {wanted}, and gets {', '.join(kinds(each)) or 'no hint'}.")
    rows = [(suite, *(count[verdict] for verdict in VERDICTS)) for suite, count in counts.items()]
    rows.append(("together", *(sum(count[verdict] for count in counts.values()) for verdict in VERDICTS)))
    table = "\n".join(f"| {' | '.join(map(str, row))} | {sum(row[1:])} |" for row in rows)
    return f"""# Hints of known-wrong solutions

`python -m bench.hints`: each solution of `tests/known_wrong` that says which kind of hint it must get, graded as a
hand-in; the first hint of the first test that fails, by what it is worth. Misleading: it gets a hint, and not the right
one.

| assignment | {" | ".join(VERDICTS)} | solutions |
|---|{"---|" * len(VERDICTS)}---|
{table}

{chr(10).join(lines) or "All are as they should be."}
{_elsewhere(reports)}"""


def _elsewhere(reports: dict[str, Report]) -> str:
    """First hints of another kind in the tests after the first, for a person to judge."""
    seen = Counter[tuple[str, str, str]]()
    for name, each in reports.items():
        first = first_failure(each)
        for test in (*failed(each, scored=True), *failed(each, scored=False)):
            if test.hints and test is not first and test.hints[0].kind != KNOWN_WRONG[name].hint:
                seen[name, test.hints[0].kind, KNOWN_WRONG[name].hint or "no hint"] += 1
    lines = [f"- `{name}`: {kind} in {count}, where {hint} is first" for (name, kind, hint), count in seen.items()]
    return (
        "\n## In tests that fail besides\n\nFirst hints of another kind.\n\n" + "\n".join(lines) + "\n" if lines else ""
    )


if __name__ == "__main__":
    main(sys.argv[1:] or [*BUNDLED])
