"""`python -m tests.faults`: students hand in while everything dies, and afterwards nothing may be lost, twice or left.

Prints how far it is, and keeps the figures in `bench/FAULTS.md`. Exit status 1 when a promise was broken.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

import msgspec

from tests.faults.disk import enter_own_mounts
from tests.faults.report import report, summary
from tests.faults.trial import Plan, Result, try_it
from tests.faults.troubles import TROUBLES

ROOT = Path(__file__).parents[2]
KEPT = ROOT / "var" / "tests"
SET_UPS = ("sqlite", "postgresql", "up")


def main() -> int:
    """Tries the set-ups, several of them at the same time; the number of those in which a promise was broken."""
    options = _options()
    enter_own_mounts([sys.executable, "-m", "tests.faults", *sys.argv[1:]])
    names = options.on or SET_UPS
    wanted = {name: options.handins // 3 if name == "up" and len(names) > 1 else options.handins for name in names}
    told = {name: vars(options)[name] for name in ("students", "every", "seed", "minutes", "each", "troubles")}
    plans = [Plan(on=name, handins=wanted[name], **told) for name in names]
    for plan in plans:
        _kept(plan).unlink(missing_ok=True)  # so that a trial that fails has no figures, and not those of another
    broken = _try(plans[0]) if len(plans) == 1 else _try_in_own_processes(plans)
    if options.report:
        results = [msgspec.json.decode(_kept(plan).read_bytes(), type=Result) for plan in plans]
        options.report.write_text(report(results), encoding="utf-8")
    return broken


def _try(plan: Plan) -> int:
    result = try_it(plan, KEPT / "sandbox", KEPT / "faults" / plan.on)
    _kept(plan).write_bytes(msgspec.json.encode(result))
    print(summary(result), flush=True)
    return bool(result.complaints or result.seldom)


def _try_in_own_processes(plans: list[Plan]) -> int:
    trials = []
    for plan in plans:
        told = msgspec.structs.asdict(plan)
        troubles = [word for trouble in told.pop("troubles") for word in ("--trouble", trouble)]
        words = [*(word for name, value in told.items() for word in (f"--{name}", str(value))), *troubles]
        trials.append(subprocess.Popen([sys.executable, "-m", "tests.faults", *words]))
    return sum(trial.wait() != 0 for trial in trials)


def _kept(plan: Plan) -> Path:
    return KEPT / "faults" / f"{plan.on}.json"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__.partition("\n")[0])
    parser.add_argument("--on", action="append", choices=SET_UPS, help="where; may be given again (all of them)")
    parser.add_argument(
        "--handins",
        type=int,
        default=500,
        help="receipts that there must be; of `up`, which takes longer to mend itself, a third (500)",
    )
    parser.add_argument("--students", type=int, default=50, help="who hand in (50)")
    parser.add_argument("--every", type=float, default=0.5, help="seconds between two uploads (0.5)")
    parser.add_argument("--seed", type=int, default=1, help="of troubles and hand-ins (1)")
    parser.add_argument("--minutes", type=float, default=60, help="after which nobody hands in any more (60)")
    parser.add_argument("--each", type=int, default=3, help="how often each trouble must hit (3)")
    parser.add_argument(
        "--trouble",
        action="append",
        dest="troubles",
        default=[],
        choices=[trouble.name for trouble in TROUBLES],
        help="one to come; may be given again (all of them)",
    )
    parser.add_argument("--report", type=Path, help="where to keep the figures")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
