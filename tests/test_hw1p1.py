"""The bundled assignment hw1p1 grades right: in the real sandbox, against a table of solutions with known faults.

A row of the table is a file of `known_wrong/hw1p1`: what is wrong, the changes to the reference that make it so, and
what it must get. A change's `old` stands exactly once in its file. Tasks that `score` leaves out get full marks.
"""

import importlib.util
import io
import py_compile
import shutil
import subprocess
import tarfile
from functools import cache
from pathlib import Path

import msgspec
import pytest

from grader.grading import Examiners

SUITE = Path(__file__).parents[1] / "tests_hidden" / "hw1p1"
REFERENCE, HANDOUT = SUITE / "reference", SUITE / "handout"
TABLE = {row.stem: row for row in sorted((Path(__file__).parent / "known_wrong" / "hw1p1").glob("*.toml"))}
FULL_MARKS = {
    "activations": 12,
    "loss": 4,
    "batch-normalization": 18,
    "linear-layer": 4,
    "linear-mlp": 6,
    "hidden-layers": 46,
    "momentum": 10,
}
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


class Change(msgspec.Struct, forbid_unknown_fields=True):
    file: str
    old: str
    new: str


class KnownWrong(msgspec.Struct, forbid_unknown_fields=True):
    """`verdict` and `hint` are those of the first scored test that fails; `advice` names advisory tests that fail."""

    what: str
    change: list[Change]
    score: dict[str, float] = {}
    verdict: str = "wrong"
    hint: str | None = None
    advice: list[str] = []

    def apply(self, folder):
        for change in self.change:
            file = folder / change.file
            source = file.read_text()
            assert source.count(change.old) == 1, f"{change.file} must hold exactly once: {change.old}"
            file.write_text(source.replace(change.old, change.new))


def known_wrong(name):
    return msgspec.toml.decode(TABLE[name].read_bytes(), type=KnownWrong)


@pytest.fixture(scope="module")
def examiners():
    with Examiners() as examiners:
        yield examiners


def copy_of(source, folder):
    return shutil.copytree(source, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))


def packed(folder):
    """What a student does with the finished folder: the handout's own `create_tarball.sh`."""
    shutil.copy(HANDOUT / "create_tarball.sh", folder)
    subprocess.run(["sh", "create_tarball.sh"], cwd=folder, check=True)
    return folder / "handin.tar"


@pytest.fixture(scope="module")
def right(examiners, tmp_path_factory):
    """The report of the right solution."""
    return examiners.grade(SUITE, packed(copy_of(REFERENCE, tmp_path_factory.mktemp("right"))))


@pytest.fixture(scope="module")
def grading_of(examiners, tmp_path_factory):
    """The report of a row of the table; each is graded once."""

    @cache
    def grading_of(name):
        folder = copy_of(REFERENCE, tmp_path_factory.mktemp(name))
        known_wrong(name).apply(folder)
        return examiners.grade(SUITE, packed(folder))

    return grading_of


def by_task(report):
    return {task.id: task.score for task in report.tasks}


def failed(report, *, scored):
    return [test for test in report.tests if test.verdict != "passed" and (test.max_points > 0) == scored]


def titles(tests):
    return {test.title for test in tests}


def test_the_right_solution_gets_full_marks_in_every_task(right):
    assert not titles(failed(right, scored=True) + failed(right, scored=False))
    assert by_task(right) == FULL_MARKS
    assert right.score == right.max_score == 100


def test_the_scored_tests_are_the_course_s_own_by_name_and_points(right):
    assert {test.title: test.max_points for test in right.tests if test.max_points} == PROBLEMS


def test_the_starter_gets_nothing_and_is_told_that_it_is_not_implemented_yet(examiners, tmp_path):
    report = examiners.grade(SUITE, packed(copy_of(HANDOUT, tmp_path)))
    assert by_task(report) == dict.fromkeys(FULL_MARKS, 0)
    assert {test.verdict for test in report.tests if test.max_points} == {"not_implemented"}


@pytest.mark.parametrize("name", TABLE)
def test_a_known_wrong_solution_gets_exactly_its_score(grading_of, name):
    row, report = known_wrong(name), grading_of(name)
    assert by_task(report) == FULL_MARKS | row.score
    assert set(row.advice) <= titles(failed(report, scored=False))
    for first in failed(report, scored=True)[:1]:
        assert first.verdict == row.verdict, first.message
        if row.hint:
            assert [hint.kind for hint in first.hints][:1] == [row.hint]


@pytest.mark.parametrize("name", [name for name in TABLE if not known_wrong(name).score])
def test_a_tolerated_oddity_fails_no_test_but_the_advice_meant_for_it(grading_of, name):
    assert titles(failed(grading_of(name), scored=False)) == set(known_wrong(name).advice)


@pytest.mark.timeout(600)
def test_every_test_is_failed_by_a_known_wrong_solution(grading_of):
    reports = [grading_of(name) for name in TABLE]
    never = set.intersection(*({test.title for test in report.tests if test.verdict == "passed"} for report in reports))
    assert not never


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
    assert by_task(examiners.grade(SUITE, handin)) == FULL_MARKS
