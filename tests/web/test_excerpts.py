"""The part of a file that a test is about: found by the names that the test speaks of, and nothing else of it."""

from __future__ import annotations

import pytest

from web.results import excerpts
from web.results.excerpts import Excerpt

LINEAR = """import numpy as np

class Tanh:
    def forward(self, x):
        return np.tanh(x)

    def backward(self, delta):
        return delta

class Linear:
    def forward(self, x):
        return x @ self.W

    # the mistake

    def backward(self, delta):

        self.dW = self.x.T @ delta
        return delta @ self.W.T


def softmax(x):
    return x
"""


def _find(title: str, said: str = "", text: str = LINEAR) -> Excerpt | None:
    return excerpts.find({"a.py": text.encode()}, title, said)


@pytest.mark.parametrize(
    ("title", "said", "line", "last"),
    [
        ("Linear backward", "`dW` differs.", 16, "        return delta @ self.W.T"),
        (
            "Gradient of a layer",
            "Called `Linear(3, 4).backward(…)`:",
            16,
            "        return delta @ self.W.T",
        ),
        ("Linear in inference", "", 10, "        return delta @ self.W.T"),
        ("Softmax of large inputs", "", 22, "    return x"),
    ],
)
def test_the_class_or_method_that_is_spoken_of_is_found_whole(title, said, line, last) -> None:
    found = _find(title, said)
    assert found is not None
    assert (found.line, found.text.split("\n")[-1], found.more) == (line, last, 0)
    assert LINEAR.split("\n")[line - 1] == found.text.split("\n")[0]


@pytest.mark.parametrize("title", ["Batch normalization backward", "Everything", "", "x"])
def test_what_is_not_spoken_of_is_not_guessed(title) -> None:
    """A `backward` of another class would mislead."""
    assert _find(title) is None


def test_the_first_of_equals_is_shown_and_a_long_one_cut() -> None:
    long = "def softmax(x):\n" + "    x = x\n" * 50
    found = excerpts.find({"b.py": long.encode(), "a.py": LINEAR.encode()}, "Softmax", "")
    assert found is not None
    assert (found.path, found.line, found.text.count("\n") + 1, found.more) == ("b.py", 1, excerpts.LONGEST, 21)


@pytest.mark.parametrize("text", ["", "class", "def softmax", "\x00" * 50, "class softmax" * 20_000, " " * 200_000])
def test_odd_files_are_no_trouble(text) -> None:
    _find("Softmax", "", text)


def test_only_python_is_looked_at() -> None:
    assert excerpts.find({"a.md": LINEAR.encode()}, "Linear backward", "") is None


def test_many_files_are_searched_no_further_than_one() -> None:
    files = {f"{n}.py": b"# " + b"x" * 100_000 for n in range(3)}
    found = {"last.py": b"class Linear:\n    W = 1\n"}
    assert excerpts.find(found, "Linear", "") is not None
    assert excerpts.find(files | found, "Linear", "") is None
