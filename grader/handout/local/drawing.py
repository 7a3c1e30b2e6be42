"""Figures as files: pictures as PNG, curves as PNG where matplotlib is installed, and else as SVG."""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np

from grader.report import Curve, Curves, Figure, Picture

# A picture is enlarged until a side would be longer than this, in pixels of the file.
_LONGEST_SIDE = 400

Drawer = Callable[[Curves, Curve, Path], Path]


def write(figures: Sequence[Figure], folder: Path, draw: Drawer | None = None) -> Iterator[Path]:
    """Writes each curve and each picture into the folder, and yields the files. Curves are drawn by matplotlib where
    `draw` is not given and where it is installed."""
    draw = draw or _drawer()
    folder.mkdir(parents=True, exist_ok=True)
    for figure in figures:
        if isinstance(figure, Picture):
            file = folder / f"{_name(figure.title)}.png"
            file.write_bytes(png(figure))
            yield file
        else:
            for curve in figure.curves:
                yield draw(figure, curve, folder / _name(curve.name))


def as_svg(chart: Curves, curve: Curve, file: Path) -> Path:
    """Writes the curve as a drawing of lines, without any library."""
    file = file.with_suffix(".svg")
    file.write_text(_svg(chart, curve), encoding="utf-8")
    return file


def png(picture: Picture) -> bytes:
    """The picture as a PNG file, enlarged by whole numbers; its format is RFC 2083's."""
    small = np.frombuffer(picture.pixels, np.uint8).reshape(picture.height, picture.width, picture.channels)
    times = max(1, _LONGEST_SIDE // max(picture.height, picture.width))
    pixels = small.repeat(times, axis=0).repeat(times, axis=1)
    height, width, channels = pixels.shape
    # Each row begins with the number of its filter: none.
    rows = np.concatenate([np.zeros((height, 1), np.uint8), pixels.reshape(height, -1)], axis=1).tobytes()
    header = struct.pack(">IIBBBBB", width, height, 8, 0 if channels == 1 else 2, 0, 0, 0)
    chunks = (b"IHDR", header), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


def _name(title: str) -> str:
    return re.sub(r"\W+", "_", title.lower()).strip("_") or "figure"


def _drawer() -> Drawer:
    try:
        from matplotlib.figure import Figure as Canvas  # type: ignore[import-not-found]
    except ImportError:
        return as_svg

    def as_png(chart: Curves, curve: Curve, file: Path) -> Path:
        canvas = Canvas(figsize=(6, 4), layout="tight")
        axes = canvas.subplots()
        steps = range(1, len(curve.got) + 1)
        axes.plot(steps, curve.got, label="yours")
        axes.plot(steps, curve.expected, "--", label="the reference's")
        axes.set(xlabel=chart.step, ylabel=curve.name, title=chart.title)
        axes.legend()
        file = file.with_suffix(".png")
        canvas.savefig(file)
        return file

    return as_png


_WIDTH, _HEIGHT, _LEFT, _EDGE = 480, 320, 64, 40
_TICKS = 5
_INK, _SOFT = "#222", "#999"


def _svg(chart: Curves, curve: Curve) -> str:
    values = [*curve.got, *curve.expected]
    low, high, last = min(values), max(values), max(len(curve.got), 2)
    span = (high - low) or 1.0

    def place(step: float, value: float) -> tuple[float, float]:
        x = _LEFT + (step - 1) / (last - 1) * (_WIDTH - _LEFT - _EDGE)
        return x, _HEIGHT - _EDGE - (value - low) / span * (_HEIGHT - 2 * _EDGE)

    def line(values: Sequence[float], look: str) -> str:
        points = " ".join("{:.1f},{:.1f}".format(*place(*point)) for point in enumerate(values, 1))
        return f'<polyline points="{points}" fill="none" stroke="{_INK}" stroke-width="2" {look}/>'

    def text(x: float, y: float, words: str, look: str = "") -> str:
        return f'<text x="{x:.1f}" y="{y:.1f}" {look}>{escape(words)}</text>'

    parts = [text(_LEFT, 16, f"{chart.title}: {curve.name}"), text(_WIDTH - _EDGE, _HEIGHT - 8, chart.step, _AT_END)]
    for value in np.linspace(low, low + span, _TICKS):
        _x, y = place(1, value)
        parts.append(f'<path d="M{_LEFT} {y:.1f}H{_WIDTH - _EDGE}" stroke="{_SOFT}" stroke-width="0.5"/>')
        parts.append(text(_LEFT - 6, y + 4, f"{value:.3g}", _AT_END))
    steps = sorted({round(each) for each in np.linspace(1, last, min(last, 10))})
    parts += [text(place(step, low)[0], _HEIGHT - _EDGE + 16, str(step), 'text-anchor="middle"') for step in steps]
    parts.append(line(curve.got, ""))
    if curve.expected != curve.got:
        parts += [
            line(curve.expected, 'stroke-dasharray="6 4"'),
            text(_WIDTH - _EDGE, 32, "solid: yours; dashed: the reference's", _AT_END),
        ]
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif"'
    ground = '<rect width="100%" height="100%" fill="white"/>'
    return "\n".join([f'{head} font-size="11" fill="{_INK}">', ground, *parts, "</svg>\n"])


_AT_END = 'text-anchor="end"'
