"""The bundled assignment hw1p1 keeps to its course: its problems and points, and what its students' machines pack.

That it grades right stands in `test_assignments.py`.
"""

import importlib.util
import io
import py_compile
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from grader.grading import manifest
from tests.bundled import BUNDLED, copy_of, packed

SUITE = BUNDLED["hw1p1"]
REFERENCE, HANDOUT = SUITE / "reference", SUITE / "handout"
PROBLEMS = {
    "Sigmoid Non-Linearity (forward)": 2,
    "Sigmoid Non-Linearity (derivative)": 2,
    "Tanh Non-Linearity (forward)": 2,
    "Tanh Non-Linearity (derivative)": 2,
    "ReLU Non-Linearity (forward)": 2,
    "ReLU Non-Linearity (derivative)": 2,
    "Softmax Cross Entropy (forward)": 2,
    "Softmax Cross Entropy (derivative)": 2,
    "Batch Normalization (training time)": 12,
    "Batch Normalization (inference time)": 6,
    "Linear Layer (forward)": 2,
    "Linear Layer (backward)": 2,
    "Linear Classifier (forward)": 2,
    "Linear Classifier (backward)": 2,
    "Linear Classifier (step)": 2,
    "Single Hidden Layer (forward)": 5,
    "Single Hidden Layer (backward)": 5,
    "N Hidden Layer (forward) 1": 6,
    "N Hidden Layer (forward) 2": 6,
    "N Hidden Layer (forward) 3": 6,
    "N Hidden Layer (backward) 1": 6,
    "N Hidden Layer (backward) 2": 6,
    "N Hidden Layer (backward) 3": 6,
    "Momentum": 10,
}

pytestmark = [pytest.mark.sandbox, pytest.mark.slow]


def test_the_scored_tests_are_the_course_s_own_by_name_and_points():
    scored = {test["title"]: test["points"] for test in manifest(SUITE)["tests"] if test["points"]}
    assert scored == PROBLEMS


def test_the_toy_problem_prints_what_its_text_says(tmp_path):
    folder = copy_of(REFERENCE, copy_of(HANDOUT, tmp_path))
    # From anywhere: it finds the sources by itself.
    toy = [sys.executable, "-B", folder / "toyproblem" / "toy.py"]
    printed = subprocess.run(toy, cwd="/", capture_output=True, text=True, check=True).stdout
    told = (folder / "toyproblem" / "toyproblem.md").read_text()
    assert told.endswith(f"```\n{printed}```\n")


def stale_bytecode(source, target):
    """Compiles `source` into `target` so that Python would run it without a look at the .py beside it."""
    target.parent.mkdir(exist_ok=True)
    py_compile.compile(source, target, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH, doraise=True)


@pytest.fixture
def littered(tmp_path):
    """The right solution as real machines pack it: with caches, finder files, plots, modules of later homework."""
    folder = copy_of(REFERENCE, tmp_path / "littered")
    for name in ("activation", "linear"):
        starter = HANDOUT / "mytorch" / f"{name}.py"
        cached = importlib.util.cache_from_source(str(folder / "mytorch" / f"{name}.py"))
        stale_bytecode(starter, Path(cached))
        stale_bytecode(starter, folder / "mytorch" / f"{name}.pyc")
    (folder / "mytorch" / "__pycache__" / "loss.cpython-36.pyc").write_bytes(b"\x33\x0d\x0d\x0a")
    for name in ("hw1/._hw1.py", "mytorch/._linear.py", "mytorch/.DS_Store"):
        (folder / name).write_bytes(b"\x00\x05\x16\x07\x00\x02\x00\x00Mac OS X        ")
    (folder / "hw1" / ".ipynb_checkpoints").mkdir()
    (folder / "hw1" / ".ipynb_checkpoints" / "hw1-checkpoint.py").write_text("raise SystemExit\n")
    (folder / "hw1" / ".vscode").mkdir()
    (folder / "hw1" / ".vscode" / "settings.json").write_text("{}\n")
    (folder / "hw1" / "train_loss.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(20_000))
    for name in ("dropout", "optimizer", "conv", "mc"):
        (folder / "mytorch" / f"{name}.py").write_text("import torch\n")
    return folder


def packed_on_a_mac(folder, mode, prefix):
    """A tar as a Mac writes it: pax headers with extended attributes, and an owner whom nobody here knows."""

    def foreign(member):
        member.uid, member.gid, member.uname, member.gname = 501, 20, "ada", "staff"
        member.pax_headers = {"LIBARCHIVE.xattr.com.apple.provenance": "AQAAAA", "mtime": "1614556740.5"}
        return member

    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode=mode, format=tarfile.PAX_FORMAT) as archive:
        for part in ("hw1", "mytorch"):
            archive.add(folder / part, arcname=prefix + part, filter=foreign)
    return content.getvalue()


@pytest.mark.parametrize(("mode", "prefix"), [("w", ""), ("w:gz", "hw1p1-ada/")], ids=["tar", "wrapped-tar-gz"])
def test_what_real_machines_pack_beside_the_sources_changes_nothing(examiners, littered, tmp_path, mode, prefix):
    handin = tmp_path / "handin.tar"
    handin.write_bytes(packed_on_a_mac(littered, mode, prefix))
    assert examiners.grade(SUITE, handin).score == 100


@pytest.mark.parametrize(
    ("training", "verdict"),
    [
        ("while True: pass", "timed_out"),
        ("__import__('os').kill(0, 9)", "crashed"),
        ("bytearray(4 << 30)", "out_of_memory"),
    ],
)
def test_whatever_training_does_costs_nothing_that_counts(examiners, training, verdict, tmp_path):
    folder = copy_of(REFERENCE, tmp_path / "work")
    with (folder / "hw1" / "hw1.py").open("a") as file:
        file.write(f"\n\ndef get_training_stats(mlp, dset, nepochs, batch_size):\n    {training}\n")
    *others, averages, curves = examiners.grade(SUITE, packed(SUITE, folder)).tests
    assert curves.title == "Training curves"
    assert {(test.verdict, test.max_points) for test in (averages, curves)} == {(verdict, 0)}
    assert {test.verdict for test in others} == {"passed"}
