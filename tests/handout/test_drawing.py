"""Curves as files, by matplotlib where it is installed. No requirement of ours is: a stand-in takes its calls."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import ClassVar

import pytest

from grader.handout.local import drawing
from grader.report import Curve, Curves

CHART = Curves("Training", "epoch", (Curve("train loss", (2.0, 1.0), (1.5, 0.5)), Curve("val loss", (3.0,), (2.0,))))


class Axes:
    def __init__(self) -> None:
        self.lines: list[tuple[list[float], tuple[float, ...], str]] = []
        self.names: dict[str, str] = {}

    def plot(self, steps, values, *_style: str, label: str) -> None:
        self.lines.append((list(steps), values, label))

    def set(self, **names: str) -> None:
        self.names = names

    def legend(self) -> None:
        self.names["legend"] = ", ".join(label for *_, label in self.lines)


class Canvas:
    """matplotlib.figure.Figure, as far as a drawing needs it; what was saved is kept by its file's name."""

    saved: ClassVar[dict[str, Axes]] = {}

    def __init__(self, **_looks: object) -> None:
        self.axes = Axes()

    def subplots(self) -> Axes:
        return self.axes

    def savefig(self, file: Path) -> None:
        file.write_bytes(b"\x89PNG")
        Canvas.saved[file.name] = self.axes


@pytest.fixture
def matplotlib(monkeypatch):
    figure = ModuleType("matplotlib.figure")
    figure.Figure = Canvas
    monkeypatch.setattr(Canvas, "saved", {})
    monkeypatch.setitem(sys.modules, "matplotlib", ModuleType("matplotlib"))
    monkeypatch.setitem(sys.modules, "matplotlib.figure", figure)


@pytest.mark.usefixtures("matplotlib")
def test_with_matplotlib_each_curve_is_a_png_with_both_lines_and_their_names(tmp_path) -> None:
    files = list(drawing.write([CHART], tmp_path / "drawn"))
    assert [file.name for file in files] == ["train_loss.png", "val_loss.png"]
    assert all(file.is_file() for file in files)
    train = Canvas.saved["train_loss.png"]
    assert train.lines == [([1, 2], (2.0, 1.0), "yours"), ([1, 2], (1.5, 0.5), "the reference's")]
    named = {"xlabel": "epoch", "ylabel": "train loss", "title": "Training", "legend": "yours, the reference's"}
    assert train.names == named


def test_without_matplotlib_each_curve_is_an_svg(tmp_path, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    files = list(drawing.write([CHART], tmp_path))
    assert [file.name for file in files] == ["train_loss.svg", "val_loss.svg"]
    assert "solid: yours; dashed: the reference's" in files[0].read_text(encoding="utf-8")
