"""What a survey means for who writes the tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from grader.checking.findings import Finding, error, warning
from grader.checking.mutants.survivors import FILE
from grader.checking.surveyed import Survey
from grader.report import TestId

IDLE = (
    "it catches no mutant of the reference: whatever single mistake is made in what it runs, it passes. Compare what "
    "the code returns or leaves behind, on inputs that tell right from wrong"
)


def findings(folder: Path, survey: Survey) -> Iterator[Finding]:
    """The scored tests that catch nothing, the survivors that nobody has named, and what is named in vain."""
    for test in map(TestId, survey.idle):
        yield error(folder / test.file, test.name, IDLE)
    for survivor in survey.survivors:
        if not survivor.equivalent and not survivor.named:
            place = survivor.place
            text = f"{survivor.change}, and no test catches it: {survivor.why}"
            yield warning(folder / "reference" / place.file, str(place), text)
    for entry in survey.stale:
        text = f"no mutant of `{entry.text}` in `{entry.file}` survives that it speaks of: delete the entry"
        yield warning(folder / FILE, "survivor", text)
