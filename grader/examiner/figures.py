"""Figures made of what a student's code returned: checked and bounded, so that a page can draw whatever is in them.

What the student returned may be anything; if it cannot be drawn, the test fails with a sentence that says why. What the
test's author got wrong is a ValueError, which the reference meets first, when the suite is loaded.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from grader.report import Curve, Curves, Picture

MAX_CURVES = 8
MAX_STEPS = 500
MAX_SIDE = 96
CHANNELS = (1, 3)

Array = np.ndarray[Any, Any]


def curves(title: str, step: str, lines: Mapping[str, tuple[Any, Any]]) -> Curves:
    """A chart of the lines, name to (got, expected), each with one number for each step.

    Raises AssertionError, in words for the student, when a line of theirs is not as long as the reference's or holds
    something that is no finite number; ValueError for what the author got wrong.
    """
    if not 1 <= len(lines) <= MAX_CURVES:
        raise ValueError(f"a chart has 1 to {MAX_CURVES} curves; {title!r} has {len(lines)}")
    drawn = []
    for name, (got, expected) in lines.items():
        right = _numbers(expected)
        if right is None or right.ndim != 1 or not 1 <= len(right) <= MAX_STEPS:
            raise ValueError(f"the reference's {name!r} must be 1 to {MAX_STEPS} finite numbers, one for each {step}")
        drawn.append(Curve(name, _line(got, name, step, len(right)), tuple(right.tolist())))
    return Curves(title, step, tuple(drawn))


def picture(title: str, image: Any) -> Picture:
    """The image: (height, width) or (height, width, 1) in grey, (height, width, 3) in red, green and blue.

    Bytes (uint8) are drawn as they are; other numbers are 0 for dark to 1 for bright, and what lies beyond is drawn as
    the nearer of the two. Raises AssertionError, in words for the student, when the image cannot be drawn.
    """
    pixels = _numbers(image)
    if pixels is None:
        raise AssertionError(f"`{title}` cannot be drawn: it must be an array of numbers, without NaN or infinity.")
    shape = pixels.shape if pixels.ndim != 2 else (*pixels.shape, 1)
    if len(shape) != 3 or shape[2] not in CHANNELS or not all(1 <= side <= MAX_SIDE for side in shape[:2]):
        raise AssertionError(
            f"`{title}` cannot be drawn: its shape is {pixels.shape}, not (height, width) or (height, width, 3) "
            f"with at most {MAX_SIDE} pixels on a side."
        )
    if np.asarray(image).dtype != np.uint8:
        pixels = np.rint(np.clip(pixels, 0, 1) * 255)
    height, width, channels = shape
    return Picture(title, height, width, channels, pixels.astype(np.uint8).tobytes())


def _line(got: Any, name: str, step: str, steps: int) -> tuple[float, ...]:
    line = _numbers(got)
    if line is None:
        raise AssertionError(
            f"`{name}` cannot be drawn: it must be {steps} numbers, one for each {step}, without NaN or infinity."
        )
    if line.shape != (steps,):
        raise AssertionError(f"`{name}` must have one number for each {step}, shape ({steps},); its is {line.shape}.")
    return tuple(line.tolist())


def _numbers(value: Any) -> Array | None:
    """The value as an array of float64, or None when it is none of finite real numbers."""
    if not isinstance(value, np.ndarray) and not _plain(value):
        return None
    try:
        array = np.asarray(value)
    except ValueError:
        return None  # its rows differ in length
    if array.dtype.kind not in "biuf":
        return None
    # What single precision cannot hold no chart can show either, and its axis must not overflow.
    with np.errstate(over="ignore"):
        finite = np.isfinite(array.astype(np.float32)).all()
    return array.astype(np.float64) if finite else None


def _plain(value: Any) -> bool:
    # Whatever stayed on the student's side answers to `len` and to indexing, and NumPy would ask it for ever.
    if isinstance(value, list | tuple):
        return all(map(_plain, value))
    return isinstance(value, bool | int | float | np.number | np.bool_ | np.ndarray)
