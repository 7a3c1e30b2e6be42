"""ift6135-h1: its numbers are what computing gives, and its answer files hold up to odd and hostile hand-ins."""

import itertools
import json
import tarfile
import tomllib
from importlib.util import module_from_spec, spec_from_file_location

import numpy as np
import pytest

from tests.bundled import BUNDLED, by_task, copy_of, failed, packed, titles

SUITE = BUNDLED["ift6135-h1"]
ANSWERS = tomllib.loads((SUITE / "reference" / "answers.toml").read_text())


def loaded(path):
    spec = spec_from_file_location(path.stem, path)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


layers = loaded(SUITE / "layers.py")
reference = loaded(SUITE / "reference" / "hw1.py")


def f(x1, x2):
    return 1 / (x1 + x2) + x2**2 + np.cos(x1)


def test_the_answers_of_question_4_are_those_of_the_function_and_its_slopes():
    h = 1e-5
    by_x1, by_x2 = (f(3 + h, 6) - f(3 - h, 6)) / (2 * h), (f(3, 6 + h) - f(3, 6 - h)) / (2 * h)
    forward, reverse = ANSWERS["q4"]["1"], ANSWERS["q4"]["2"]
    assert forward["y"] == pytest.approx(f(3, 6), rel=1e-15)
    assert [forward["dy_dx1"], reverse["dy_dx1"], reverse["dy_dx2"]] == pytest.approx([by_x1, by_x1, by_x2], rel=1e-8)
    _v, dv = reference.forward_mode(3, 6, 1, 0)
    assert forward["derivatives"] == pytest.approx(list(dv[2:]), rel=1e-14)


def test_forward_and_reverse_mode_give_the_same_derivatives():
    rng = np.random.default_rng(4)
    for x1, x2, dx1, dx2, y_bar in rng.uniform(0.5, 2, size=(20, 5)):
        _v, dv = reference.forward_mode(x1, x2, dx1, dx2)
        _v, pull_back = reference.reverse_mode(x1, x2)
        bars = pull_back(y_bar)
        assert bars[0] * dx1 + bars[1] * dx2 == pytest.approx(y_bar * dv[-1], rel=1e-12)


def test_the_answers_of_question_5_are_convolutions():
    for mode, given in ANSWERS["q5"].items():
        assert given == np.convolve([1, 2, 3, 4], [1, 0, 2], mode).tolist()


def test_the_reference_convolves_as_numpy_does():
    rng = np.random.default_rng(5)
    for n, mode in itertools.product((4, 7), ("full", "valid", "same")):
        for m in range(1, n + 1):
            x, k = rng.standard_normal(n), rng.standard_normal(m)
            assert np.allclose(reference.convolve(x, k, mode), np.convolve(x, k, mode))


def test_an_output_s_side_is_the_number_of_places_where_the_window_fits():
    for i, k, s, p, d in itertools.product((5, 8, 13), (1, 2, 3, 5), (1, 2, 3, 4), (0, 1, 3), (1, 2, 3)):
        reach = d * (k - 1) + 1
        if reach <= i + 2 * p:
            places = len(range(0, i + 2 * p - reach + 1, s))
            assert layers.output_side(i, k, s, p, d) == places


def test_the_answers_of_question_6_follow_from_its_layers():
    side = layers.output_side(256, 8, 2, 0, 1)
    side = layers.output_side(side, 5, 5, 0, 1)
    side = layers.output_side(side, 4, 1, 1, 1)
    assert ANSWERS["q6"] == {"output": 128 * side * side, "parameters": 128 * 64 * 4 * 4}


@pytest.mark.parametrize("name", ["answers.json", "both files"])
@pytest.mark.sandbox
@pytest.mark.slow
def test_answers_may_come_as_json_and_proofs_as_pdf(examiners, tmp_path, name):
    folder = copy_of(SUITE / "reference", tmp_path)
    (folder / "answers.json").write_text(json.dumps(ANSWERS) if name == "answers.json" else "{")
    (folder / "proofs.pdf").write_bytes(b"%PDF-1.7\n")
    for other in ["answers.toml"] * (name == "answers.json") + ["proofs.md"]:
        (folder / other).unlink()
    assert examiners.grade(SUITE, packed(SUITE, folder)).score == 60


def graded(examiners, folder, top):
    """The reference with lines before its code, packed by hand."""
    copy_of(SUITE / "reference", folder)
    source = (folder / "hw1.py").read_text()
    (folder / "hw1.py").write_text(top + source)
    with tarfile.open(folder / "handin.tar", "w") as archive:
        for file in ("hw1.py", "answers.toml", "proofs.md"):
            archive.add(folder / file, file)
    return examiners.grade(SUITE, folder / "handin.tar")


@pytest.mark.sandbox
@pytest.mark.slow
def test_code_that_does_not_import_costs_no_answer(examiners, tmp_path):
    report = graded(examiners, tmp_path, "import torch\n")
    assert by_task(report) == {
        "q1.2": 0, "q1.3": 0, "q2.3": 0, "q2.4": 0, "q3": 0, "q4.1": 3, "q4.2": 2, "q5": 3, "q6": 10, "q7": 14,
    }  # fmt: skip


# Code of a hand-in runs beside the answers that were read, and may put anything in their place.
FORGED = {
    "an object that is equal to all": "type('Any', (float,), {'__eq__': lambda *_: True, '__rsub__': lambda *_: 0})()",
    "a number of 3 million bits": "1 << 3_000_000",
    "not a number": "float('nan')",
    "a complex number": "1j",
    "an array": "np.array([73728])",
    "a NumPy number": "np.float32('inf')",
    "a function": "lambda *_: 73728",
    "a list of itself": "(lambda l: l.append(l) or l)([])",
    "a million entries": "[1] * 1_000_000",
}


@pytest.mark.parametrize("value", FORGED.values(), ids=FORGED)
@pytest.mark.sandbox
@pytest.mark.slow
def test_what_code_puts_in_the_place_of_an_answer_is_wrong_and_no_fault_of_ours(examiners, tmp_path, value):
    top = (
        "import gc\nimport numpy as np\nfrom grader.candidate.answers import Answers\n"
        "(found,) = [each for each in gc.get_objects() if isinstance(each, Answers)]\n"
        f"found._values.update({{key: {value} for key in found._values if key.startswith(('q6.', 'q7.'))}})\n"
    )
    report = graded(examiners, tmp_path, top)
    assert {test.verdict for test in failed(report, scored=True)} <= {"wrong", "crashed"}
    assert titles(failed(report, scored=True)) == {test.title for test in report.tests if test.task in ("q6", "q7")}
