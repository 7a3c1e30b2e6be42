"""What the documents show works: their examples run, their paths exist, their commands are commands."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import click
import msgspec
import pytest

from cli.assignment_new import PATTERN
from cli.main import main
from grader import author
from grader.assignment import Assignment
from grader.checking.mutants import survivors
from grader.examiner import mistakes
from grader.grading import manifest

ROOT = Path(__file__).parents[1]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]

# Folders that an operator may make; the documents say what goes in.
OPTIONAL = {"deploy/wheels"}

GUIDE = ROOT / "docs" / "writing-an-assignment.md"
BLOCK = re.compile(r"(?:`(?P<file>[\w./-]+)`:\n\n)?```(?P<language>\w+)\n(?P<body>.*?)```", re.DOTALL)

# What the guide's example is about; the guide itself shows only the assignment's side.
SOLUTION = '''"""A one-dimensional convolution."""

import numpy as np


class Conv1D:
    def __init__(self, channels_in, channels_out, width, weights):
        self.W = weights

    def forward(self, x):
        windows = np.lib.stride_tricks.sliding_window_view(x, self.W.shape[2], axis=2)
        return np.einsum("nclk,ock->nol", windows, self.W)
'''


def sections() -> dict[str, str]:
    """The guide's text by heading."""
    parts = re.split(r"^## (.+)$", GUIDE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def blocks(text: str, language: str) -> list[str]:
    return [match["body"] for match in BLOCK.finditer(text) if match["language"] == language]


def first_line(block: str) -> str:
    return block.partition("\n")[0]


def run(line: str, folder: Path) -> str:
    """One line of a console block, as a shell that has `handin` runs it."""
    handin = folder / "bin" / "handin"
    if not handin.exists():
        handin.parent.mkdir()
        handin.write_text(f'#!/bin/sh\nexec {sys.executable} -m cli "$@"\n', encoding="utf-8")
        handin.chmod(0o755)
    environment = {
        "PATH": f"{handin.parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "HOME": str(folder),
        "HANDIN_DATA": str(folder / "var"),
    }
    command = line.removeprefix("$ ")
    done = subprocess.run(
        ["sh", "-c", command], cwd=folder, env=environment, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
    return done.stdout


@pytest.mark.slow
@pytest.mark.sandbox
@pytest.mark.timeout(600)
def test_who_follows_the_ten_minutes_to_the_letter_has_published_a_new_task(tmp_path):
    said, end = "", 0
    text = sections()["A task in ten minutes"]
    for block in BLOCK.finditer(text):
        shown_output = block["language"] == "text" and not text[end : block.start()].strip()
        if block["language"] == "console":
            said = "".join(run(line, tmp_path) for line in block["body"].splitlines())
        elif shown_output:
            assert all(line in said.splitlines() for line in block["body"].splitlines()), said
        elif block["file"]:
            file = tmp_path / block["file"]
            before = file.read_text(encoding="utf-8") + "\n\n" if file.exists() else ""
            file.write_text(before + block["body"], encoding="utf-8")
        end = block.end()
    assert "dl/hw2: suite " in said


def test_the_guide_s_assignment_loads_and_its_reference_passes(tmp_path):
    (toml,) = blocks(sections()["assignment.toml"], "toml")
    (test,) = blocks(sections()["A test"], "python")
    (tmp_path / "assignment.toml").write_text(toml, encoding="utf-8")
    (tmp_path / "test_conv.py").write_text(test, encoding="utf-8")
    (tmp_path / "reference" / "hw2").mkdir(parents=True)
    (tmp_path / "reference" / "hw2" / "conv.py").write_text(SOLUTION, encoding="utf-8")
    told = manifest(tmp_path)
    assert [(each["title"], each["points"]) for each in told["tests"]] == [("Stride 1, no padding", 10)]


def test_the_guide_s_pictures_are_drawn(tmp_path):
    (test,) = blocks(sections()["Pictures"], "python")
    toml = 'id = "p"\ntitle = "P"\nhandin.files = ["p.py"]\nstudent.modules = ["p"]\n'
    task = '[[task]]\nid = "training"\ntitle = "Training"\npoints = 0\n'
    (tmp_path / "assignment.toml").write_text(toml + task, encoding="utf-8")
    (tmp_path / "test_pictures.py").write_text(test, encoding="utf-8")
    (tmp_path / "reference").mkdir()
    learner = "def train(x, y, epochs):\n    return [1 / (1 + n) for n in range(epochs)]\n"
    (tmp_path / "reference" / "p.py").write_text(f"{learner}\n\ndef blur(image):\n    return image / 2\n")
    assert [each["title"] for each in manifest(tmp_path)["tests"]] == ["Training curves", "What the filter found"]


def test_the_guide_s_answers_are_right(tmp_path):
    rules, answers = blocks(sections()["Answer files"], "toml")
    (test,) = blocks(sections()["Answer files"], "python")
    tasks = "".join(f'[[task]]\nid = "q{n}"\ntitle = "Q{n}"\npoints = 2\n' for n in (1, 2, 3))
    (tmp_path / "assignment.toml").write_text(f'id = "a"\ntitle = "A"\n{rules}\n{tasks}', encoding="utf-8")
    (tmp_path / "test_answers.py").write_text(test, encoding="utf-8")
    (tmp_path / "reference").mkdir()
    (tmp_path / "reference" / "hw1.py").touch()
    (tmp_path / "reference" / "answers.toml").write_text(answers, encoding="utf-8")
    assert [each["points"] for each in manifest(tmp_path)["tests"]] == [2, 2, 2]


@pytest.mark.parametrize("toml", blocks(GUIDE.read_text(encoding="utf-8"), "toml"), ids=first_line)
def test_toml_that_the_guide_shows_fits_the_file_that_it_belongs_in(toml):
    table = tomllib.loads(toml)
    if "change" in table:
        msgspec.convert(table, mistakes._Told)
    elif "survivor" in table:
        msgspec.convert(table, survivors._Entries)
    elif table.keys() & {field.encode_name for field in msgspec.structs.fields(Assignment)}:
        whole = tomllib.loads((PATTERN / "assignment.toml").read_text(encoding="utf-8"))
        msgspec.convert(whole | table, Assignment)


@pytest.mark.parametrize("code", blocks(GUIDE.read_text(encoding="utf-8"), "python"), ids=first_line)
def test_python_that_the_guide_shows_parses_and_imports_what_there_is(code):
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.ImportFrom) and node.module == "grader.author":
            assert {alias.name for alias in node.names} <= set(author.__all__)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_paths_that_a_document_names_exist(document):
    text = document.read_text(encoding="utf-8")
    links = [each for each in re.findall(r"\]\(([^)#]+)", text) if not each.startswith(("http", "mailto"))]
    named = re.findall(
        r"`((?:tests|grader|submissions|workers|web|cli|deploy|docs|bench|tests_hidden)/[\w/.*-]+)`", text
    )
    missing = [each for each in links if not (document.parent / each).exists()]
    missing += [each for each in named if each.rstrip("/") not in OPTIONAL and not list(ROOT.glob(each.rstrip("/")))]
    assert missing == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_commands_that_a_document_shows_exist(document):
    text = document.read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"`make ([a-z-]+)", text)) <= targets
    for words in re.findall(r"(?:`|\$ )handin ((?:[a-z]+ ?)+)", text):
        command: click.Command = main
        for word in words.split():
            if isinstance(command, click.Group):
                found = command.get_command(click.Context(command), word)
                assert found, f"handin {words}"
                command = found
