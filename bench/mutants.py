"""`python -m bench.mutants`: what the checks that the bundled assignments carry found of mutants, as bench/MUTANTS.md.

`handin assignment check ASSIGNMENT` tries them and keeps what it found in `check.json`; nothing is tried here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bench.cases import ROOT
from grader.checking import Survey, Survivor
from grader.checking.result import kept
from tests.bundled import BUNDLED

REPORT = ROOT / "bench" / "MUTANTS.md"
_NONE = "None.\n"


def surveys() -> dict[str, Survey]:
    """The survey of each bundled assignment, by name, as its check.json has it. Raises LookupError for a stale one."""
    found = {}
    for name, folder in sorted(BUNDLED.items()):
        check = kept(folder)
        if check is None or check.mutants is None:
            raise LookupError(f"{name} has changed: `handin assignment check {name}` tries its mutants anew")
        found[name] = check.mutants
    return found


def report(found: Mapping[str, Survey]) -> str:
    """The figures by assignment, and every survivor with its reason."""
    table = "\n".join(f"| {' | '.join(_figures(name, survey))} |" for name, survey in found.items())
    return f"""# Mutants of the bundled references

Each mutant is the reference with one mistake in what students are to write; it sits the tests that run the changed
line. `handin assignment check` tries them, and `python -m bench.mutants` writes this of what the assignments'
`check.json` keep. Where no difference was found, other numbers, shapes and sizes gave the same values, which proves
nothing; the share is of the others.

| assignment | mutants | caught by scored tests | by advice alone | no difference found | survive | share caught |
|---|---|---|---|---|---|---|
{table}

{"".join(_listed(name, survey) for name, survey in found.items())}"""


def _figures(name: str, found: Survey) -> Iterable[str]:
    survive = len(found.survivors) - found.equivalent
    counts = (found.mutants, found.caught, found.caught_by_advice, found.equivalent, survive)
    return name, *map(str, counts), f"{found.share:.1%}"


def _listed(name: str, found: Survey) -> str:
    idle = "".join(f"- `{test}` catches no mutant.\n" for test in found.idle)
    stale = "".join(f"- `{entry.text}` in survivors.toml fits no survivor.\n" for entry in found.stale)
    differing = "".join(_line(each) for each in found.survivors if not each.equivalent)
    alike = "".join(f"- {_place(each)}: {each.change}.\n" for each in found.survivors if each.equivalent)
    return f"""## {name}

{idle}{stale}### Not caught

{differing or _NONE}
### No difference found

{alike or _NONE}
"""


def _line(survivor: Survivor) -> str:
    return f"- {_place(survivor)}: {survivor.change}. {_sentence(survivor.why)}\n"


def _place(survivor: Survivor) -> str:
    return f"{survivor.place.file}, {survivor.place}"


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:].rstrip('.')}."


if __name__ == "__main__":
    REPORT.write_text(report(surveys()), encoding="utf-8")
