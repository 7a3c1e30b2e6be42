"""`handin assignment new` and `handin assignment check`: what they write, say and end with."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from grader.assignment import load
from grader.checking.result import kept
from tests.broken import BROKEN, SOUND

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def cached(sandbox_cache, monkeypatch):
    """What the sandbox is made of is built once for all tests; the command keeps it in the user's cache folder."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(sandbox_cache.parent / "cache"))


def test_a_new_assignment_has_its_own_name_and_a_seed_that_nobody_guesses(handin) -> None:
    assert handin("assignment", "new", "hw2-conv").exit_code == 0
    assert handin("assignment", "new", "hw2-conv", "elsewhere").exit_code == 0
    first, second = load(Path("hw2-conv")), load(Path("elsewhere"))
    assert (first.id, first.title) == ("hw2-conv", "Hw2 conv")
    assert first.seed != second.seed
    assert min(first.seed, second.seed) > 10**9


def test_a_new_assignment_is_written_over_nothing(handin) -> None:
    Path("mine").mkdir()
    done = handin("assignment", "new", "mine")
    assert done.exit_code == 1
    assert "mine is there already, and nothing is written over" in done.stderr
    assert list(Path("mine").iterdir()) == []


@pytest.mark.parametrize("name", ["Homework 2", "../up", ""])
def test_a_name_that_cannot_be_an_id_is_told(handin, name) -> None:
    done = handin("assignment", "new", name, "somewhere")
    assert done.exit_code == 1
    assert "cannot be an assignment's id" in done.stderr
    assert not Path("somewhere").exists()


@pytest.mark.slow
@pytest.mark.sandbox
@pytest.mark.usefixtures("cached")
def test_a_new_assignment_passes_the_check_at_once(handin) -> None:
    handin("assignment", "new", "hw2")
    done = handin("assignment", "check", "hw2", "--runs", "2")
    assert done.exit_code == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "hw2 is ready to publish."
    assert done.stdout.count("✓") == 8
    assert re.search(r"Of \d+ mutants \d+ are caught: 100.0% of those that differ", done.stdout)


@pytest.mark.slow
@pytest.mark.sandbox
@pytest.mark.usefixtures("cached")
def test_a_new_assignment_s_own_mistake_is_told_to_who_makes_it(handin) -> None:
    handin("assignment", "new", "hw2")
    work = shutil.copytree("hw2/handout", "work")
    shutil.copytree("hw2/reference", work, dirs_exist_ok=True)
    solution = Path(work, "homework.py")
    text = solution.read_text()
    summed = text.replace("self.x.T @ delta / len(delta)", "np.einsum('bi,bo->io', self.x, delta)")
    solution.write_text(summed.replace("delta.mean(axis=0, keepdims=True)", "delta.sum(axis=0)[None]"))
    shutil.make_archive("handin", "tar", work)
    done = handin("grade", "hw2", "handin.tar", "--json")
    assert done.exit_code == 0, done.stderr
    (failed,) = (test for test in json.loads(done.stdout)["tests"] if test["verdict"] != "passed")
    assert failed["title"] == "Backward"
    assert failed["hints"][0]["kind"] == "gradient_summed"


@pytest.mark.slow
def test_what_must_be_mended_ends_with_1_and_is_told_by_file_and_key(handin) -> None:
    BROKEN["unseeded_inputs"].write(Path("broken"))
    done = handin("assignment", "check", "broken", "--runs", "2")
    assert done.exit_code == 1
    assert "✓ The folder loads" in done.stdout
    assert "    broken/test_sound.py: test_array: what it asks of the student's code changes" in done.stdout
    assert "The starter" not in done.stdout
    assert done.stdout.splitlines()[-1] == "broken is not ready: 1 to mend."


@pytest.mark.slow
def test_findings_come_as_json_alone_on_standard_output_whatever_tests_print() -> None:
    BROKEN["points_do_not_add_up"].write(Path("broken"))
    with Path("broken", "test_sound.py").open("a") as file:
        file.write("print('loading', flush=True)\n")
    command = [sys.executable, "-m", "cli", "assignment", "check", "broken", "--json"]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, capture_output=True, text=True, timeout=110, env=environment)
    assert done.returncode == 1
    assert "loading" in done.stderr
    told = json.loads(done.stdout)
    assert (told["assignment"], told["ready"]) == ("broken", False)
    (finding,) = told["findings"]
    assert (finding["level"], finding["key"]) == ("error", "task.points")
    assert finding["file"].endswith("/broken/assignment.toml")


@pytest.mark.slow
def test_a_sandbox_that_cannot_be_made_is_no_finding_and_ends_with_3(handin, monkeypatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/proc/nowhere")
    done = handin("assignment", "check", str(SOUND), "--runs", "2")
    assert done.exit_code == 3
    assert "a fault of the grader, not of the assignment" in done.stderr


@pytest.mark.slow
def test_without_a_sandbox_only_when_told_so(handin, monkeypatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/proc/nowhere")
    folder = shutil.copytree(SOUND, "sound")
    done = handin("assignment", "check", "sound", "--runs", "2", "--quick", "--unsafe-no-sandbox")
    assert done.exit_code == 0, done.stdout + done.stderr
    assert kept(Path(folder)) is None

    done = handin("assignment", "check", "sound", "--runs", "2", "--unsafe-no-sandbox")
    assert done.exit_code == 0, done.stdout + done.stderr
    assert kept(Path(folder)).ready
    Path(folder, "handout", "solution.py").write_text("# less than before\n")
    assert kept(Path(folder)) is None
