"""`python -m tests.attacks host container`: every attack one by one, against the service in these set-ups and against
one pytest process, side by side.

Prints how each ends, and keeps the figures in `bench/ATTACKS.md`. Exit status 1 when one does not end as it must, or
a set-up could not be tried.
"""

from __future__ import annotations

import platform
import sys
from collections import defaultdict
from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import NamedTuple

from cli.launcher import Stopped
from grader.sandbox.root import build
from tests.attacks.attack import Attack, corpus
from tests.attacks.ground import Ground
from tests.attacks.in_container import in_container
from tests.attacks.on_host import on_host
from tests.attacks.one_process import SECONDS, Outcome, one_process
from tests.compose.engine import NotHere

ROOT = Path(__file__).parents[2]
REPORT = ROOT / "bench" / "ATTACKS.md"
CACHE = ROOT / "var" / "tests" / "sandbox"
SETUPS: dict[str, Callable[[], AbstractContextManager[Ground]]] = {
    "host": partial(on_host, CACHE, students=1),
    "container": partial(in_container, students=1),
}
Complaints = dict[str, list[str]]


class Row(NamedTuple):
    """One attack: by set-up, where it did not end as it must with Handin, and how it ended in one process."""

    attack: Attack
    complaints: Complaints
    ordinary: Outcome


def main(setups: list[str]) -> int:
    """Tries all attacks and keeps the report; the number of those that did not end as they must."""
    attacks = [attack for attack in corpus() if attack.possible_here]
    tried = {setup: _tried(setup, attacks) for setup in setups}
    with closing(build(CACHE)) as root, one_process(root) as ordinary:
        rows = [
            Row(attack, {setup: tried[setup][attack.id] for setup in setups}, ordinary.attempt(attack))
            for attack in attacks
        ]
    text = report(rows, setups)
    print(text)
    REPORT.write_text(text, encoding="utf-8")
    return sum(any(row.complaints.values()) for row in rows)


def _tried(setup: str, attacks: list[Attack]) -> Complaints:
    """What is wrong with how each attack (by its id) ends in this set-up. Raises NotHere."""
    found = {}
    with SETUPS[setup]() as here:
        for attack in attacks:
            (attempt,), aftermath = here.attempt(attack)
            found[attack.id] = attempt.complaints(attack) + aftermath.complaints()
            print(f"{setup}: {attack.id}: {'; '.join(found[attack.id]) or 'held'}", flush=True)
    return found


def report(rows: list[Row], setups: list[str]) -> str:
    """The figures by family, and each attack with what stops it."""
    families = defaultdict(list)
    for row in rows:
        families[row.attack.family].append(row)
    by_family = [*families.items(), ("**all**", rows)]
    lines = [_figures(family, own, setups) for family, own in by_family]
    columns = " | ".join(f"succeed: Handin, {setup}" for setup in setups)
    details = [_details(family, own) for family, own in families.items()]
    return f"""# Results of `make attacks`

{len(rows)} attacks of `tests/attacks/corpus/`, one by one, in set-ups: {", ".join(setups)};
{datetime.now(UTC):%Y-%m-%d}, Linux {_kernel()}, {platform.machine()}, Python {platform.python_version()}.

**Handin**: uploaded to the running service, and graded by its worker in its sandbox. *host*: `handin up` as root, each
sandbox with a user of its own, and a control group where this machine lets one be made. *container*: our
`docker-compose.yml`, with a worker that is not root, has no capability and can make no control group, and PostgreSQL.
An attack succeeds when its score is not what its honest part earns, when a verdict or a refusal is another than
expected, when a canary planted in tests, reference, environment, database, broker, another hand-in or a file of the
host is seen in any row, log line or text, when the next hand-in is graded differently, or when a process, control
group, mount, file, lock or shared memory is left.

**One process**: the same suite as other graders run one, in a single pytest process with the hand-in's folder beside
the tests, which writes its score to a file. An attack succeeds when it gets points that it has not earned, a canary of
tests or reference, or the tests changed. Those that aim at the machine are not run there (it would be this one), and
those that speak Handin's own protocol find nobody there to speak it to; notebooks, answer files, drawings and functions
that cross have no counterpart there. A run that leaves no result within {SECONDS} s
is counted apart: the attacker has no points, and the grader nothing to show.

| family | attacks | {columns} | run in one process | succeed: one process | no result: one process |
|---|---|{"---|" * len(setups)}---|---|---|
{chr(10).join(lines)}

{chr(10).join(details)}"""


def _kernel() -> str:
    return platform.release().split("-")[0]


def _figures(family: str, rows: list[Row], setups: list[str]) -> str:
    run = [row.ordinary for row in rows if row.ordinary is not Outcome.NOT_RUN]
    successes = sum(each.success for each in run)
    without = sum(each is Outcome.LOST for each in run)
    broken = " | ".join(str(sum(bool(row.complaints[setup]) for row in rows)) for setup in setups)
    return f"| {family} | {len(rows)} | {broken} | {len(run)} | {successes} | {without} |"


def _details(family: str, rows: list[Row]) -> str:
    lines = [
        f"| {row.attack.name.replace('_', ' ')} | {_cell(row.attack.tries)} "
        f"| {_cell(_complaints(row) or row.attack.expect.stopped_by)} | {row.ordinary} |"
        for row in rows
    ]
    head = "| attack | tries | with Handin | in one process |\n|---|---|---|---|"
    return f"## {family.capitalize()}\n\n{head}\n" + "\n".join(lines) + "\n"


def _complaints(row: Row) -> str:
    return "; ".join(f"{setup}: {each}" for setup, found in row.complaints.items() for each in found)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


if __name__ == "__main__":
    if not sys.argv[1:] or not {*sys.argv[1:]} <= {*SETUPS}:
        sys.exit(f"usage: python -m tests.attacks SETUP…, of {', '.join(SETUPS)}")
    try:
        sys.exit(1 if main(sys.argv[1:]) else 0)
    except Stopped:
        sys.exit("stopped; nothing was written")
    except NotHere as missing:
        sys.exit(f"containers cannot be tried here: {missing}")
