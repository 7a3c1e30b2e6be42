"""What the documents show works: their examples run, their paths exist, their commands are commands."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from cli.main import main
from grader.grading import manifest

ROOT = Path(__file__).parents[1]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]

# Folders that an operator may make; the documents say what goes in.
OPTIONAL = {"deploy/wheels"}

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


def blocks(document: str, language: str) -> list[str]:
    text = (ROOT / "docs" / document).read_text(encoding="utf-8")
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def test_the_guide_s_assignment_loads_and_its_reference_passes(tmp_path):
    (toml,) = blocks("writing-an-assignment.md", "toml")
    test, _fragment = blocks("writing-an-assignment.md", "python")
    (tmp_path / "assignment.toml").write_text(toml, encoding="utf-8")
    (tmp_path / "test_conv.py").write_text(test, encoding="utf-8")
    (tmp_path / "reference" / "hw2").mkdir(parents=True)
    (tmp_path / "reference" / "hw2" / "conv.py").write_text(SOLUTION, encoding="utf-8")
    told = manifest(tmp_path)
    assert [(each["title"], each["points"]) for each in told["tests"]] == [("Stride 1, no padding", 10)]


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
