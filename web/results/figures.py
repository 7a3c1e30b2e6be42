"""What a test drew, as shapes for a template: pure functions from a stored figure to lengths, labels and addresses.

Sizes and numbers were bounded when the figure was made (`grader.examiner.figures`); here they only become a drawing.
"""

from __future__ import annotations

import base64
import io
from typing import Any, ClassVar

import msgspec
import png

from grader.plot import Panel, number, panel
from grader.report import Curves, Figure, Picture


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
    rows = tuple((str(n), *map(number, values)) for n, values in enumerate(zip(*columns, strict=True), 1))
    return Chart(curves.title, curves.step, tuple(panel(curve, curves.step) for curve in curves.curves), rows)
