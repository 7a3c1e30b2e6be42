"""Figures as files: pictures as PNG, curves as PNG where matplotlib is installed, and else as SVG."""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np

from grader import plot
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


# What the SVG's pixels are to the units of a panel.
_SCALE = 2
_INK, _SOFT = "#222", "#999"


def _svg(chart: Curves, curve: Curve) -> str:
    panel = plot.panel(curve, chart.step)

    def line(points: str, look: str = "") -> str:
        pen = f'fill="none" stroke="{_INK}" stroke-width="1.5" stroke-linecap="round"'
        return f'<polyline points="{points}" {pen} {look}/>'

    def text(x: float, y: float, words: str, anchor: str = "start") -> str:
        return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'

    foot = panel.HEIGHT - 6
    parts = [text(panel.LEFT, 16, f"{chart.title}: {curve.name}"), text(panel.LEFT, foot, chart.step)]
    for tick in panel.up:
        parts.append(f'<path d="M{panel.LEFT} {tick.at}H{panel.RIGHT}" stroke="{_SOFT}" stroke-width="0.5"/>')
        parts.append(text(panel.LEFT - 6, tick.at + 3, tick.label, "end"))
    parts += [text(tick.at, panel.BOTTOM + 15, tick.label, "middle") for tick in panel.across]
    parts.append(line(panel.got))
    if curve.expected != curve.got:
        parts.append(line(panel.expected, 'stroke-dasharray="4 3"'))
        parts.append(text(panel.RIGHT, foot, "solid: yours; dashed: the reference's", "end"))
    size = f'width="{panel.WIDTH * _SCALE}" height="{panel.HEIGHT * _SCALE}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {panel.WIDTH} {panel.HEIGHT}" {size}'
    ground = '<rect width="100%" height="100%" fill="white"/>'
    look = f'font-family="sans-serif" font-size="9" fill="{_INK}"'
    return "\n".join([f"{head} {look}>", ground, *parts, "</svg>\n"])
