"""`handin assignment pack` on an assignment of a few lines: what it writes, and what cannot be packed."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from grader.assignment import AssignmentError
from grader.handout.build import build
from grader.handout.zipped import zip_folder
from tests.bundled import BUNDLED, copy_of

ASSIGNMENT = """\
id = "doubling"
title = "Doubling"
seed = 6201837450029141874

[handin]
files = ["work.py"]
command = "zip handin.zip work.py"

[student]
modules = ["work"]

[handout]
tests = ["test_1_*.py"]

[limits]
test_seconds = 1
import_seconds = 2

[[task]]
id = "double"
title = "Double"
points = 3
"""
FILES = {
    "assignment.toml": ASSIGNMENT,
    "reference/work.py": "def double(x):\n    return x + x\n",
    "handout/work.py": "def double(x):\n    raise NotImplementedError\n",
    "shapes.py": "SHAPE = (3, 2)\n",
    "unused.py": "SECRET = 42\n",
    "test_1_open.py": """\
from shapes import SHAPE
from grader.author import agree, task

@task("double", "Doubles", points=2)
def test_doubles(rng):
    x = rng.standard_normal(SHAPE)
    agree(lambda m: {"doubled": m.double(x)})
""",
    "test_2_closed.py": """\
from grader.author import agree, task

@task("double", "Doubles seven", points=1)
def test_seven():
    agree(lambda m: m.double(7))
""",
}
OPEN = FILES["test_1_open.py"]

pytestmark = pytest.mark.slow


def written(folder, changed=()):
    """The folder with the assignment's files in it, some of them changed."""
    for name, content in {**FILES, **dict(changed)}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    return folder


@pytest.fixture
def suite(tmp_path):
    return written(tmp_path / "suite")


def contents(folder):
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def run(python, handout, *arguments, encoding="utf-8"):
    runner = handout / "autograder" / "doubling" / "runner.py"
    environment = {**os.environ, "PYTHONIOENCODING": encoding}
    return subprocess.run([*python, runner, *arguments], capture_output=True, encoding=encoding, env=environment)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    place = tmp_path_factory.mktemp("built")
    build(written(place / "suite"), place / "handout")
    return place / "handout"


@pytest.fixture
def handout(built, tmp_path):
    """What a student received, to work in."""
    return copy_of(built, tmp_path / "handout")


def test_it_holds_the_handout_and_the_tests_that_were_let_out_with_what_they_import(handout):
    assert {file.name for file in (handout / "autograder" / "doubling" / "tests").iterdir()} == {
        "test_1_open.py",
        "shapes.py",
    }
    assert (handout / "work.py").read_text() == FILES["handout/work.py"]


def test_the_same_folder_gives_the_same_bytes(suite, handout, tmp_path):
    build(suite, tmp_path / "again")
    assert contents(handout) == contents(tmp_path / "again")
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        zip_folder(handout, tmp_path / name / "handout.zip")
    assert (tmp_path / "one" / "handout.zip").read_bytes() == (tmp_path / "other" / "handout.zip").read_bytes()


def test_a_zip_that_cannot_be_finished_leaves_nothing(tmp_path, monkeypatch):
    folder, place = tmp_path / "handout", tmp_path / "place"
    for home in (folder, place):
        home.mkdir()
    for name in ("a.py", "b.py"):
        (folder / name).write_text("x = 1\n")
    seen = []

    def full(archive, entry, _data):
        seen.append((entry.filename, [*place.glob("*.zip")]))
        if entry.filename.endswith("b.py"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(zipfile.ZipFile, "writestr", full)
    with pytest.raises(OSError, match="No space left"):
        zip_folder(folder, place / "handout.zip")
    assert seen == [("handout/a.py", []), ("handout/b.py", [])]
    assert not [*place.iterdir()]


def test_a_zip_is_written_over_nothing(tmp_path):
    (tmp_path / "handout").mkdir()
    (tmp_path / "handout.zip").write_bytes(b"another's")
    with pytest.raises(FileExistsError, match="exists"):
        zip_folder(tmp_path / "handout", tmp_path / "handout.zip")
    assert (tmp_path / "handout.zip").read_bytes() == b"another's"
    assert {file.name for file in tmp_path.iterdir()} == {"handout", "handout.zip"}


def test_what_is_hidden_or_generated_in_the_handout_is_not_packed(suite, tmp_path):
    (suite / "assignment.toml").write_text(ASSIGNMENT.replace('tests = ["test_1_*.py"]', ""))
    for name in (".gitignore", ".data/x.txt", "__pycache__/work.py", "work.pyc"):
        (suite / "handout" / name).parent.mkdir(exist_ok=True)
        (suite / "handout" / name).write_text("")
    build(suite, tmp_path / "handout")
    assert [*contents(tmp_path / "handout")] == ["work.py"]


@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "cp1252"])
def test_a_student_reads_what_failed_the_table_and_what_it_is_worth(plain_python, handout, encoding):
    plain = [*plain_python[:2], f"PYTHONIOENCODING={encoding}", *plain_python[2:]]
    done = run(plain, handout, encoding=encoding)
    assert done.returncode == 0, done.stderr
    assert "0 of 2  Doubles: not implemented yet" in done.stdout
    assert "work.py, line 2, in double" in done.stdout
    assert "Double        0      2" in done.stdout
    assert "Double: 1 test, 1 point" in done.stdout
    assert "zip handin.zip work.py" in done.stdout
    *text, last = done.stdout.splitlines()
    assert last == '{"scores": {"Doubles": 0}}'
    assert max(map(len, text)) < 80
    assert "?" not in done.stdout


def test_the_right_solution_passes_here_too(plain_python, handout):
    (handout / "work.py").write_text(FILES["reference/work.py"])
    assert run(plain_python, handout).stdout.splitlines()[-1] == '{"scores": {"Doubles": 2}}'


def test_a_student_s_own_print_and_his_own_shapes_module_are_no_trouble(plain_python, handout):
    (handout / "shapes.py").write_text("FACTOR = 2\n")
    (handout / "work.py").write_text(
        "from shapes import FACTOR\ndef double(x):\n    print('\\x1b[31mred\\tblue')\n    return x * FACTOR + 1\n"
    )
    done = run(plain_python, handout)
    assert "off by the same amount in every entry" in " ".join(done.stdout.split())
    assert "| �[31mred  blue" in done.stdout


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("import os; os._exit(5)", "crashed"),
        ("while True: pass", "timed out"),
        ("while True: print('x' * 1000)", "too much output"),
    ],
)
def test_what_ends_the_student_s_process_ends_no_more_than_the_test(plain_python, handout, body, said):
    (handout / "work.py").write_text(f"def double(x):\n    {body}\n")
    done = run(plain_python, handout)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"Doubles: {said}" in done.stdout


@pytest.mark.parametrize(
    ("top", "said"),
    [
        ("import os; os._exit(5)", "importing `work` ended the program"),
        ("while True: pass", "`work` was still importing after 2 seconds"),
        ("while True: print('x' * 1000)", "`work` printed more than 64 kB while it was imported"),
        ("import torch", "No module named 'torch'"),
    ],
)
def test_a_module_that_does_not_import_is_told_by_its_cause(plain_python, handout, top, said):
    (handout / "work.py").write_text(f"{top}\ndef double(x):\n    return x + x\n")
    done = run(plain_python, handout)
    assert "Doubles: file does not import" in done.stdout, done.stdout + done.stderr
    assert said in " ".join(done.stdout.split())


def test_a_missing_file_is_told_as_the_server_would(plain_python, handout):
    (handout / "work.py").unlink()
    done = run(plain_python, handout)
    assert done.returncode == 2
    assert "The server would refuse this:" in done.stdout
    assert "`work.py`" in done.stdout


def test_another_numpy_that_draws_other_numbers_is_told_and_not_graded(plain_python, handout):
    results = handout / "autograder" / "doubling" / "stored" / "results.json"
    results.write_text(results.read_text().replace('"draws": "', '"draws": "other'))
    done = run(plain_python, handout)
    assert done.returncode == 3
    assert "draws other random numbers than NumPy" in " ".join(done.stdout.split())


def test_without_pytest_the_runner_says_how_to_install_it(handout, tmp_path):
    alone = ["/usr/bin/env", "-i", sys.executable, "-I", "-S", "-B"]
    done = run(alone, handout)
    assert done.returncode == 1
    assert "-m pip install numpy pytest" in done.stderr


@pytest.mark.parametrize(
    ("changed", "key", "said"),
    [
        (
            {
                "test_1_open.py": OPEN.replace("(rng)", "()")
                .replace("rng.", "np.random.default_rng().")
                .replace("from shapes", "import numpy as np\nfrom shapes")
            },
            "handout.tests",
            "draws numbers without a seed",
        ),
        (
            {"test_1_open.py": OPEN + "    from grader.author import reference\n    reference.double(1)\n"},
            "handout.tests",
            "asks `reference` itself",
        ),
        ({"reference/work.py": "def double(x):\n    return x.nothing\n"}, "test_1_open.py::test_doubles", "must pass"),
    ],
    ids=["unseeded", "asks the reference", "wrong reference"],
)
def test_what_cannot_run_without_the_reference_is_not_packed(tmp_path, changed, key, said):
    with pytest.raises(AssignmentError, match=said) as refused:
        build(written(tmp_path / "suite", changed), tmp_path / "handout")
    assert refused.value.key == key
    assert not (tmp_path / "handout").exists()


def test_a_test_that_asks_for_an_answer_is_not_packed_as_the_right_one_would_ship(tmp_path):
    folder = copy_of(BUNDLED["ift6135-h1"], tmp_path / "suite")
    toml = folder / "assignment.toml"
    toml.write_text(toml.read_text().replace('tests = ["test_1_*.py"', 'tests = ["test_6_*.py"'))
    with pytest.raises(AssignmentError, match="a handout would hold the right one") as refused:
        build(folder, tmp_path / "handout")
    assert refused.value.file.name.startswith("test_6_")


@pytest.mark.parametrize(
    ("old", "new", "key", "said"),
    [
        ("seed = 6201837450029141874", "seed = 7", "seed", "students could guess it"),
        ('"test_1_*.py"', '"test_9_*.py"', "handout.tests", "matches no test file"),
    ],
)
def test_a_seed_to_guess_and_a_pattern_of_nothing_are_mistakes(suite, tmp_path, old, new, key, said):
    (suite / "assignment.toml").write_text(ASSIGNMENT.replace(old, new))
    with pytest.raises(AssignmentError, match=said) as refused:
        build(suite, tmp_path / "handout")
    assert refused.value.key == key


def test_the_command_writes_a_folder_or_a_zip_and_over_nothing(suite, tmp_path):
    command = [sys.executable, "-m", "cli", "assignment", "pack", str(suite)]

    def pack(*options):
        return subprocess.run(
            [*command, *options],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        )

    assert "python3 autograder/doubling/runner.py" in pack().stdout
    assert (tmp_path / "doubling-handout" / "work.py").exists()
    assert "nothing is written over" in pack().stderr
    assert pack("--zip", "-o", "out/it.zip").returncode == 0
    with zipfile.ZipFile(tmp_path / "out" / "it.zip") as archive:
        assert "doubling-handout/autograder/doubling/runner.py" in archive.namelist()
