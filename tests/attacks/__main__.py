"""`python -m tests.attacks`: every attack one by one, against the service and against one pytest process, side by side.

Prints how each ends, and keeps the figures in `bench/ATTACKS.md`. Exit status 1 when one does not end as it must.
"""

from __future__ import annotations

import platform
import sys
from collections import defaultdict
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from cli.launcher import Stopped
from grader.sandbox.root import build
from tests.attacks.attack import Attack, corpus
from tests.attacks.ground import ground
from tests.attacks.one_process import SECONDS, Outcome, one_process

ROOT = Path(__file__).parents[2]
REPORT = ROOT / "bench" / "ATTACKS.md"
CACHE = ROOT / "var" / "tests" / "sandbox"


class Row(NamedTuple):
    """One attack: where it did not end as it must with Handin, and how it ended in one process."""

    attack: Attack
    complaints: list[str]
    ordinary: Outcome


def main() -> int:
    """Tries all attacks and keeps the report; the number of those that did not end as they must."""
    rows = []
    with (
        closing(build(CACHE)) as root,
        one_process(root) as ordinary,
        ground(CACHE, students=1) as service,
    ):
        for attack in corpus():
            if not attack.possible_here:
                continue
            (attempt,), aftermath = service.attempt(attack)
            complaints = attempt.complaints(attack) + aftermath.complaints(service.undisturbed)
            rows.append(Row(attack, complaints, ordinary.attempt(attack)))
            print(f"{attack.id}: {'; '.join(complaints) or 'held'} | {rows[-1].ordinary}", flush=True)
    text = report(rows)
    print(text)
    REPORT.write_text(text, encoding="utf-8")
    return sum(bool(row.complaints) for row in rows)


def report(rows: list[Row]) -> str:
    """The figures by family, and each attack with what stops it."""
    families = defaultdict(list)
    for row in rows:
        families[row.attack.family].append(row)
    lines = [_figures(family, own) for family, own in families.items()] + [_figures("**all**", rows)]
    details = [_details(family, own) for family, own in families.items()]
    return f"""# Results of `make attacks`

{len(rows)} attacks of `tests/attacks/corpus/`, one by one; {datetime.now(UTC):%Y-%m-%d}, Linux {_kernel()},
{platform.machine()}, Python {platform.python_version()}.

**Handin**: uploaded to the running service, and graded by its worker in its sandbox. An attack succeeds when its score
is not what its honest part earns, when a verdict or a refusal is another than expected, when a canary planted in tests,
reference, environment, database, broker, another hand-in or a file of the host is seen in any row, log line or text,
when the next hand-in is graded differently, or when a process, control group, mount, file, lock or shared memory is
left.

**One process**: the same suite as other graders run one, in a single pytest process with the hand-in's folder beside
the tests, which writes its score to a file. An attack succeeds when it gets points that it has not earned, a canary of
tests or reference, or the tests changed. Those that aim at the machine are not run there (it would be this one), and
those that speak Handin's own protocol find nobody there to speak it to. A run that leaves no result within {SECONDS} s
is counted apart: the attacker has no points, and the grader nothing to show.

| family | attacks | succeed: Handin | run in one process | succeed: one process | no result: one process |
|---|---|---|---|---|---|
{chr(10).join(lines)}

{chr(10).join(details)}"""


def _kernel() -> str:
    return platform.release().split("-")[0]


def _figures(family: str, rows: list[Row]) -> str:
    run = [row.ordinary for row in rows if row.ordinary is not Outcome.NOT_RUN]
    successes = sum(each.success for each in run)
    without = sum(each is Outcome.LOST for each in run)
    broken = sum(bool(row.complaints) for row in rows)
    return f"| {family} | {len(rows)} | {broken} | {len(run)} | {successes} | {without} |"


def _details(family: str, rows: list[Row]) -> str:
    lines = [
        f"| {row.attack.name.replace('_', ' ')} | {_cell(row.attack.tries)} "
        f"| {_cell('; '.join(row.complaints) or row.attack.expect.stopped_by)} | {row.ordinary} |"
        for row in rows
    ]
    head = "| attack | tries | with Handin | in one process |\n|---|---|---|---|"
    return f"## {family.capitalize()}\n\n{head}\n" + "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


if __name__ == "__main__":
    try:
        sys.exit(1 if main() else 0)
    except Stopped:
        sys.exit("stopped; nothing was written")
