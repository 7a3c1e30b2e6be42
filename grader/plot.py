"""Where the lines, marks and words of a chart go: geometry alone, for whoever draws it.

Any finite numbers of single precision can be laid out: flat lines, a single step, the largest and the smallest.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import ClassVar

import msgspec

from grader.report import Curve

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


def panel(curve: Curve, step: str) -> Panel:
    """Lays out one curve and the reference's over the same axes; `step` is what one step is called."""
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
        f"from {number(curve.got[0])} to {number(curve.got[-1])} in {steps} {step}{'' if steps == 1 else 's'}; "
        f"the reference's from {number(curve.expected[0])} to {number(curve.expected[-1])}",
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


def number(value: float) -> str:
    """A number as short as people want it."""
    return f"{value + 0.0:.4g}"
