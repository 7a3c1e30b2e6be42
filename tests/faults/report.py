"""The figures of the trials, as lines for a terminal and as `bench/FAULTS.md`."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime

from submissions.settings import Settings
from tests.faults.installation import LEASE_SECONDS, MAX_ATTEMPTS
from tests.faults.trial import CROWD, Result

NAMES = {
    "sqlite": "SQLite",
    "postgresql": "PostgreSQL",
    "up": "`handin up` (SQLite)",
}
FIGURES = {
    "seed": lambda r: r.plan.seed,
    "seconds": lambda r: f"{r.seconds:.0f}",
    "uploads tried": lambda r: r.uploads,
    "receipts wanted": lambda r: r.plan.handins,
    "receipts": lambda r: r.receipts,
    "refused, cut off or too large, and without a trace": lambda r: r.refused,
    "without an answer, or with an error of the service's": lambda r: r.unanswered,
    "of these taken whole, the answer being lost": lambda r: r.kept_in_doubt,
    "troubles": lambda r: sum(r.troubles.values()),
    "programs started again": lambda r: r.restarts,
    "checked scores": lambda r: f"{r.states.get('graded', 0)} of {r.submissions}",
    "replaced by a newer upload before they began": lambda r: r.states.get("superseded", 0),
    "gradings that were tried more than once": lambda r: r.tried_again,
    "most tries of one grading": lambda r: r.most_attempts,
    "blobs of nobody, removed by a tidying at the end": lambda r: r.orphans,
    "**lost, twice, changed, wrong or left behind**": lambda r: len(r.complaints),
}


def summary(result: Result) -> str:
    """For a terminal: all figures, the troubles, and every broken promise."""
    lines = [f"on {result.plan.on}, seed {result.plan.seed}:"]
    lines += [f"  {name.strip('*')}: {figure(result)}" for name, figure in FIGURES.items()]
    lines += [f"  {count:4} x {name}" for name, count in result.troubles.items()]
    lines += [f"  left out: {name}" for name in result.impossible]
    lines += [f"  TOO SELDOM: {seldom}" for seldom in result.seldom]
    lines += [f"  BROKEN: {complaint}" for complaint in result.complaints]
    return "\n".join(lines)


def report(results: Sequence[Result]) -> str:
    """The figures of all set-ups side by side. Raises ValueError when they are not of one run."""
    first = results[0].plan
    if len({(each.plan.seed, each.plan.students, each.plan.every) for each in results}) > 1:
        raise ValueError("the figures are of trials with different seeds, students or rates of uploads")
    of_settings = Settings()
    heads = [NAMES[result.plan.on] for result in results]
    figures = [_row(name, [figure(result) for result in results]) for name, figure in FIGURES.items()]
    names = list(dict.fromkeys(name for result in results for name in result.troubles))
    troubles = [_row(name, [result.troubles.get(name, "-") for result in results]) for name in names]
    broken = [f"- {NAMES[result.plan.on]}: {complaint}" for result in results for complaint in result.complaints]
    seldom = [f"- {NAMES[result.plan.on]}: {words}" for result in results for words in result.seldom]
    machine = f"{platform.machine()}, {len(os.sched_getaffinity(0))} cores, Python {platform.python_version()}"
    return f"""# Results of `make faults SEED={first.seed} MINUTES={first.minutes:g}`

Hand-ins of {first.students} students, one every {first.every:g} s, none while more than {CROWD} waited to be graded, to
set-ups at the same time, while their parts were killed (SIGKILL), stopped, starved of disk and misled about the
time, in random order. Each trial went on until it had the receipts that were wanted and every trouble had hit
{first.each} times, or for {first.minutes:g} minutes. As troubles come a thousand times as often as in life, a lease
lasts {LEASE_SECONDS} s and a grading has {MAX_ATTEMPTS} tries, where the settings' own values are
{of_settings.lease_seconds} s and {of_settings.max_attempts};
{datetime.now(UTC):%Y-%m-%d}, Linux {platform.release().partition("-")[0]}, {machine}.

SQLite and PostgreSQL: every process by itself, started again at once, as a service manager does, with Redis beside
them. `handin up`: the launcher with its own Redis and SQLite, started again when killed. Each hand-in goes through
the portal, a worker and the sandbox, and has a score that is known beforehand. Afterwards every receipt is held against
the database and the blob store, every final grading against what it was when it was first seen, and the machine is
searched for what was left.

{_row("", heads)}
{_row("---", ["---"] * len(heads))}
{chr(10).join(figures)}

## Troubles

{_row("", heads)}
{_row("---", ["---"] * len(heads))}
{chr(10).join(troubles)}

## Troubles that hit too seldom

{chr(10).join(seldom) or "None."}

## Promises broken

{chr(10).join(broken) or "None."}
"""


def _row(name: str, cells: Sequence[object]) -> str:
    return f"| {name} | {' | '.join(map(str, cells))} |"
