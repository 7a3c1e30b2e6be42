"""What was found out when the handout was built, as files: the tests' frame, and the reference's results on this
handout's own inputs.

Nothing in here is code or a hidden input. The builder writes it, and the local autograder reads it.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from grader.assignment import Assignment, HandinRules, Notebook, StudentModules, Task, TestLimits, Tolerance
from grader.handout.local import stored
from grader.handout.local.mistakes import StoredMistake
from grader.report import Hint

# The seed of every handout's inputs. No assignment that has a handout may draw its hidden inputs from it.
SEED = 0
_VALUES, _ARRAYS = "results.json", "arrays.bin"

Results = dict[tuple[str, bool], list[Any]]


class OtherNumbers(Exception):
    """The NumPy that is installed draws other random numbers than the one that the handout was built with."""


class Elsewhere(msgspec.Struct, frozen=True):
    """What of a task is only tested on the server: how many tests, worth how many points together."""

    task: str
    tests: int
    points: float


class Plan(msgspec.Struct, frozen=True):
    """`assignment` has the points of the tests that ship. `results` maps a test's id, and whether it is the test's
    second input, to what the reference returned; `drawing` are the ids of tests that draw. `by_person` says which tasks
    no test grades."""

    assignment: Assignment
    results: Results
    mistakes: tuple[StoredMistake, ...] = ()
    elsewhere: tuple[Elsewhere, ...] = ()
    drawing: tuple[str, ...] = ()
    by_person: str = ""


def write(plan: Plan, folder: Path) -> None:
    """Writes the plan into the folder."""
    arrays = bytearray()
    values = {
        "numpy": np.__version__,
        "draws": _draws(),
        "assignment": _table(plan.assignment),
        "results": [[*key, stored.to_json(results, arrays)] for key, results in plan.results.items()],
        "mistakes": [_mistake(mistake, arrays) for mistake in plan.mistakes],
        "elsewhere": [[each.task, each.tests, each.points] for each in plan.elsewhere],
        "drawing": list(plan.drawing),
        "by_person": plan.by_person,
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / _VALUES).write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")
    (folder / _ARRAYS).write_bytes(arrays)


def read(folder: Path) -> Plan:
    """The plan again. Raises OtherNumbers where its inputs cannot be drawn."""
    values = json.loads((folder / _VALUES).read_text(encoding="utf-8"))
    if values["draws"] != _draws():
        raise OtherNumbers(f"NumPy {np.__version__} draws other random numbers than NumPy {values['numpy']}")
    arrays = (folder / _ARRAYS).read_bytes()
    return Plan(
        assignment=_assignment(values["assignment"]),
        results={(test, again): stored.from_json(held, arrays) for test, again, held in values["results"]},
        mistakes=tuple(
            StoredMistake(Hint(kind, text), {seed: stored.from_json(held, arrays) for seed, held in made})
            for kind, text, made in values["mistakes"]
        ),
        elsewhere=tuple(Elsewhere(*each) for each in values["elsewhere"]),
        drawing=tuple(values["drawing"]),
        by_person=values["by_person"],
    )


def _mistake(mistake: StoredMistake, arrays: bytearray) -> list[Any]:
    made = [[seed, stored.to_json(held, arrays)] for seed, held in mistake.made.items()]
    return [mistake.hint.kind, mistake.hint.text, made]


_TABLES = {
    "handin": HandinRules,
    "student": StudentModules,
    "compare": Tolerance,
    "limits": TestLimits,
    "notebook": Notebook,
}


def _table(assignment: Assignment) -> dict[str, Any]:
    """What tests need to know of the assignment, as JSON."""
    tables = {name: _fields(getattr(assignment, name)) for name in _TABLES}
    tasks = [[task.id, task.title, task.points] for task in assignment.tested]
    return {"id": assignment.id, "title": assignment.title, "tasks": tasks, **tables}


def _fields(record: Any) -> dict[str, Any]:
    return {name: getattr(record, name) for name in type(record).__match_args__}


def _assignment(table: dict[str, Any]) -> Assignment:
    return Assignment(
        id=table["id"],
        title=table["title"],
        tasks=tuple(Task(*task) for task in table["tasks"]),
        seed=SEED,
        **{name: kind(**table[name]) for name, kind in _TABLES.items()},
    )


def _draws() -> str:
    """A digest of what NumPy's generators draw. NumPy may change it with a new version, and has done so."""
    rng, old = np.random.default_rng(SEED), np.random.RandomState(SEED)
    drawn = (
        rng.standard_normal(500),
        rng.uniform(size=500),
        rng.integers(1000, size=500),
        rng.permutation(500),
        rng.choice(500, 50),
        old.randn(500),
        old.permutation(500),
    )
    return hashlib.sha256(b"".join(np.ascontiguousarray(each).astype("<f8").tobytes() for each in drawn)).hexdigest()
