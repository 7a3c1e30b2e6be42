"""What the bundled assignments say of mistakes teaches, and gives nothing away; and their tests have a second input."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib

import pytest

from tests.bundled import BUNDLED

MISTAKES = {
    f"{file.parents[1].name}/{file.stem}": tomllib.loads(file.read_text())
    for suite in BUNDLED.values()
    for file in sorted((suite / "mistakes").glob("*.toml"))
}
# A formula's own constants; all others would be the suite's.
NUMBER = re.compile(r"(?<![A-Za-z])\d+(?:\.\d+)?")  # not the 2 of x2
SAYABLE = {"0", "1"}

SIT_AGAIN = """
import sys
from pathlib import Path
from grader.assignment import load
from grader.examiner.failures import failure
from grader.examiner.sitting import reference_side
from grader.examiner.suite import open_suite

def sit(suite):
    for test in suite.tests:
        error = suite.run(test, reference_side(suite.reference, failure), again=True).error
        if error is not None:
            print(test.card.id, repr(error))
    print(len(suite.tests), "sat")

folder = Path(sys.argv[1])
open_suite(folder, load(folder), sit)
"""


@pytest.mark.parametrize("name", MISTAKES)
def test_the_words_about_a_mistake_hold_no_number_of_the_suite_and_no_code(name):
    text = MISTAKES[name]["text"]
    assert set(NUMBER.findall(text)) <= SAYABLE
    assert not re.search(r"[=\[\]{}]|\w\.\w|\*\*|@", text)
    assert text.endswith(".")
    assert text.isprintable()
    assert len(text) <= 240


@pytest.mark.parametrize("assignment", BUNDLED)
def test_one_kind_of_hint_is_one_mistake(assignment):
    """Several files may describe a mistake in several places, and then say nearly the same."""
    words = {}
    for name, mistake in MISTAKES.items():
        if name.startswith(f"{assignment}/"):
            words.setdefault(mistake["hint"], []).append({*mistake["text"].lower().split()})
    for kind, texts in words.items():
        for text in texts:
            assert len(text & texts[0]) >= 3, kind


@pytest.mark.slow
@pytest.mark.parametrize("assignment", BUNDLED)
def test_the_reference_passes_with_the_second_input_too(assignment):
    command = [sys.executable, "-c", SIT_AGAIN, str(BUNDLED[assignment])]
    done = subprocess.run(command, capture_output=True, text=True, timeout=110, env={"OPENBLAS_NUM_THREADS": "1"})
    assert re.fullmatch(r"\d+ sat\n", done.stdout), done.stdout + done.stderr
