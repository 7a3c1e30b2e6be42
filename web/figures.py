"""What a test drew, as shapes for a template: pure functions from a stored figure to lengths, labels and addresses.

Sizes and numbers were bounded when the figure was made (`grader.examiner.figures`); here they only become a drawing.
"""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Sequence
from typing import Any, ClassVar

import msgspec
import png

from grader.report import Curve, Curves, Figure, Picture

_Y_TICKS, _X_TICKS = 4, 6
# Curves that differ by less than this share of their values are one flat line, and not the noise of rounding.
_FLAT = 1e-6


class Tick(msgspec.Struct, frozen=True):
    """A mark on an axis: its place in the panel's units, and what it says."""

    at: float
    label: str


class Panel(msgspec.Struct, frozen=True):
    """One curve beside the reference's; `got` and `expected` are points of an SVG polyline, `told` says it in words.

    Its units are its own: the page scales it. Around the plot there is room for the labels.
    """

    WIDTH: ClassVar[int] = 320
    HEIGHT: ClassVar[int] = 200
    LEFT: ClassVar[int] = 52
    RIGHT: ClassVar[int] = 308
    TOP: ClassVar[int] = 30
    BOTTOM: ClassVar[int] = 158
    name: str
    got: str
    expected: str
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]
    told: str


class Chart(msgspec.Struct, frozen=True):
    """Panels over the same steps. `rows` holds the numbers: the step, then for each panel got and expected."""

    kind: ClassVar[str] = "chart"
    title: str
    step: str
    panels: tuple[Panel, ...]
    rows: tuple[tuple[str, ...], ...]


class Image(msgspec.Struct, frozen=True):
    """A picture as a PNG in a `data:` address, which the content security policy allows to images alone."""

    kind: ClassVar[str] = "image"
    title: str
    width: int
    height: int
    address: str


def drawn(stored: dict[str, Any]) -> Chart | Image:
    """The figure that a test result's row holds."""
    figure = msgspec.convert(stored, Figure)
    return _image(figure) if isinstance(figure, Picture) else _chart(figure)


def _image(picture: Picture) -> Image:
    buffer = io.BytesIO()
    writer = png.Writer(picture.width, picture.height, greyscale=picture.channels == 1, bitdepth=8)
    writer.write_array(buffer, picture.pixels)
    address = f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"
    return Image(picture.title, picture.width, picture.height, address)


def _chart(curves: Curves) -> Chart:
    columns = [values for curve in curves.curves for values in (curve.got, curve.expected)]
    rows = tuple((str(n), *map(_number, values)) for n, values in enumerate(zip(*columns, strict=True), 1))
    return Chart(curves.title, curves.step, tuple(_panel(curve, curves.step) for curve in curves.curves), rows)


def _panel(curve: Curve, step: str) -> Panel:
    steps = len(curve.got)
    both = (*curve.got, *curve.expected)
    low, high, up = _axis(*_apart(min(both), max(both)))
    every = round(_nice(max(steps / _X_TICKS, 1.0)))

    def x(n: int) -> float:
        return Panel.LEFT + (Panel.RIGHT - Panel.LEFT) * (n - 1) / max(steps - 1, 1)

    def y(value: float) -> float:
        return Panel.BOTTOM - (Panel.BOTTOM - Panel.TOP) * (value - low) / (high - low)

    def points(values: Sequence[float]) -> str:
        # One point alone is drawn as a dot: a line of no length, with round ends.
        line = [f"{x(n):.1f},{y(value):.1f}" for n, value in enumerate(values, 1)]
        return " ".join(line if steps > 1 else line * 2)

    return Panel(
        curve.name,
        points(curve.got),
        points(curve.expected),
        tuple(Tick(round(x(n), 1), str(n)) for n in sorted({1, *range(every, steps + 1, every)})),
        # Ticks of a narrow band differ late in their digits; the noise of floating point comes later still.
        tuple(Tick(round(y(value), 1), f"{value + 0.0:.8g}") for value in up),
        f"from {_number(curve.got[0])} to {_number(curve.got[-1])} in {steps} {step}{'' if steps == 1 else 's'}; "
        f"the reference's from {_number(curve.expected[0])} to {_number(curve.expected[-1])}",
    )


def _apart(low: float, high: float) -> tuple[float, float]:
    """The extremes, apart from one another also where all values are the same."""
    size = max(abs(low), abs(high))
    if high - low > max(_FLAT * size, 1e-30):
        return low, high
    room = 0.1 * size if size > 1e-30 else 1.0
    return low - room, high + room


def _axis(low: float, high: float) -> tuple[float, float, list[float]]:
    """From the tick below `low` to the one above `high`, and the ticks."""
    step = _nice((high - low) / _Y_TICKS)
    first, last = math.floor(low / step), math.ceil(high / step)
    return first * step, last * step, [n * step for n in range(first, last + 1)]


def _nice(length: float) -> float:
    """The smallest of 1, 2, 5 times a power of ten that is not below `length`."""
    power = 10.0 ** math.floor(math.log10(length))
    return next(times * power for times in (1, 2, 5, 10) if times * power >= length * (1 - 1e-9))


def _number(value: float) -> str:
    return f"{value + 0.0:.4g}"
