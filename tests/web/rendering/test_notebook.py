"""Notebooks as a page shows them: what is read of the file, what is left out, and which pictures are pictures."""

from __future__ import annotations

import base64
import io
import json
import struct
import zlib

import png
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.written import answered, code, drew, notebook, picture, printed, text
from web.rendering import notebook as subject
from web.rendering.notebook import MOST_CELLS, MOST_PICTURES, Unreadable, of_markdown, read
from web.rendering.picture import LARGEST, MOST_PIXELS
from web.rendering.picture import picture as checked


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def test_cells_come_in_order_and_code_is_counted() -> None:
    found = read(answered())
    assert [(cell.kind, cell.number) for cell in found.cells] == [
        ("markdown", None),
        ("markdown", None),
        ("markdown", None),
        ("markdown", None),
        ("code", 1),
        ("code", 2),
    ]
    assert found.cells[5].output == "[[0.5 0.5]\n [0.5 0.5]]\n"
    assert [found.shown(number).media for number in (*found.cells[2].attached.values(), *found.cells[5].pictures)] == [
        "image/png"
    ] * 2
    assert found.left_out == 0


@pytest.mark.parametrize(
    ("output", "said"),
    [
        (printed("plain\n"), "plain\n"),
        ({"output_type": "stream", "text": ["two ", "parts"]}, "two parts"),
        ({"output_type": "execute_result", "data": {"text/plain": "array([1, 2])"}}, "array([1, 2])\n"),
        ({"output_type": "execute_result", "data": {"text/plain": ["a\n", "b"], "text/html": "<b>"}}, "a\nb\n"),
        (
            {"output_type": "error", "traceback": ["\x1b[0;31mValueError\x1b[0m: no", "line 2"]},
            "ValueError: no\nline 2",
        ),
        (printed("\x1b[2J\x1b[31;1mred\x1b]0;title\x07 end\x1bM"), "red end"),
        (printed("\x1b" * 5), "\x1b" * 5),
    ],
)
def test_what_a_cell_printed_is_text_without_a_terminals_commands(output, said) -> None:
    assert read(notebook(code("x", output))).cells[0].output == said


@pytest.mark.parametrize("media", ["text/html", "image/svg+xml", "application/javascript", "application/x-widget"])
def test_what_could_run_is_left_out_and_counted(media) -> None:
    cell = read(
        notebook(code("x", {"output_type": "display_data", "data": {media: "<script>alert(1)</script>"}}))
    ).cells[0]
    assert (cell.output, cell.pictures, cell.unshown) == ("", (), 1)


def test_a_long_output_is_cut_and_says_so() -> None:
    cell = read(notebook(code("x", printed("a" * 1_000_000)))).cells[0]
    assert len(cell.output) < subject.LONGEST_OUTPUT + 100
    assert cell.output.endswith("the file has it")


def test_cells_beyond_the_bounds_are_left_out_and_counted() -> None:
    many = read(notebook(*[text("a")] * (MOST_CELLS + 3)))
    assert (len(many.cells), many.left_out) == (MOST_CELLS, 3)
    long = read(notebook(text("a"), text("b" * subject.MOST_CHARACTERS), text("c")))
    assert (len(long.cells), long.left_out) == (1, 2)


def test_pictures_beyond_the_bound_are_left_out() -> None:
    drawn = code("x", *[drew(b"")] * (MOST_PICTURES - 1))
    inline = text("![](data:image/png;base64,AA)" * 3)
    found = read(notebook(drawn, inline, code("x", drew(b""))))
    assert len(found.pictures) == MOST_PICTURES
    assert found.cells[1].source == "![](attachment:in-the-text-400)![]()![]()"
    assert (found.cells[2].pictures, found.cells[2].output) == ((), "<Figure size 640x480>\n")


def test_a_picture_that_stands_in_the_text_as_colab_writes_it_becomes_an_attachment() -> None:
    found = read(notebook(text(f"# Q1\n![image.png](data:image/png;base64,{_encoded(picture())})\nand so")))
    (cell,) = found.cells
    ((name, number),) = cell.attached.items()
    assert cell.source == f"# Q1\n![image.png](attachment:{name})\nand so"
    assert found.shown(number).data == picture()


def test_a_notebook_of_the_third_format_is_read_too() -> None:
    old = {"worksheets": [{"cells": [{"cell_type": "code", "input": ["x = 1"], "outputs": []}]}], "nbformat": 3}
    assert read(json.dumps(old).encode()).cells[0].source == "x = 1"


def test_a_notebook_with_nan_is_one() -> None:
    nan = notebook(code("x", {"output_type": "display_data", "data": {"application/json": float("nan")}}))
    assert read(nan).cells[0].source == "x"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[]",
        b'"cells"',
        b'{"cells": 7}',
        b'{"cells": [{"source": {}}]}',
        b'{"cells": [{"cell_type": "code", "outputs": [{"data": 7}]}]}',
        b"[" * 100_000,
        b'{"cells":' * 100_000,
        b"1" * 100_000,
        b'{"cells": [' + b"{}," * 1_000_000 + b"{}]}",
        b'{"cells": [' + b"[]," * 1_000_000 + b"[]]}",
        b'{"cells": [' + b"1," * 1_000_001 + b"1]}",
        b"\xff\xfe\x00",
        b"PK\x03\x04",
    ],
)
def test_what_is_no_notebook_is_told_in_a_sentence(data) -> None:
    with pytest.raises(Unreadable) as told:
        read(data)
    assert 10 < len(str(told.value)) < 300


@given(st.binary(max_size=300))
def test_a_markdown_file_may_hold_any_bytes(data) -> None:
    (cell,) = of_markdown(data).cells
    assert cell.kind == "markdown"


def _png(width: int, height: int) -> bytes:
    """A few bytes that say they are a PNG of that size."""
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))


def _jpeg(width: int, height: int, before: bytes = b"") -> bytes:
    frame = b"\xff\xc0\x00\x11\x08" + struct.pack(">HH", height, width) + b"\x03" + bytes(9)
    return b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(9) + before + frame


def test_png_and_jpeg_are_told_by_their_bytes() -> None:
    assert checked(_encoded(picture())).media == "image/png"
    assert checked(_encoded(_jpeg(640, 480))).media == "image/jpeg"


def test_a_picture_said_to_be_another_kind_is_what_its_bytes_are() -> None:
    found = read(notebook(code("x", drew(_jpeg(4, 4), media="image/png"))))
    assert found.shown(0).media == "image/jpeg"


NO_PICTURES = {
    "nothing": b"",
    "markup": b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    "a page": b"<!doctype html><script>alert(1)</script>",
    "a GIF": b"GIF89a" + bytes(40),
    "a PDF": b"%PDF-1.4",
    "a PNG's first bytes": b"\x89PNG\r\n\x1a\n",
    "a PNG whose header comes later": b"\x89PNG\r\n\x1a\n\x00\x00\x00\x01tEXt<" + bytes(40),
    "a PNG of no size": _png(0, 10),
    "a PNG that unfolds": _png(2**31 - 1, 2**31 - 1),
    "a JPEG without a frame": b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(40),
    "a JPEG that unfolds": _jpeg(65_535, 65_535),
    "a JPEG whose lengths stand still": b"\xff\xd8\xff\xe0\x00\x00" + b"\xff\xe0\x00\x00" * 1000,
    "a picture of too many bytes": _png(10, 10) + bytes(LARGEST),
}


@pytest.mark.parametrize("kind", NO_PICTURES)
def test_what_is_no_picture_is_not_shown_as_one(kind) -> None:
    assert checked(_encoded(NO_PICTURES[kind])) is None


def test_pictures_up_to_the_bound_are_shown() -> None:
    assert checked(_encoded(_png(MOST_PIXELS // 1000, 1000))) is not None
    assert checked(_encoded(_png(MOST_PIXELS // 1000 + 1, 1000))) is None


@pytest.mark.parametrize("encoded", ["no base64 at all!", "AAA", "é", "A" * (2 * LARGEST)])
def test_what_is_no_base64_is_no_picture(encoded) -> None:
    assert checked(encoded) is None


@given(
    st.binary(max_size=200).flatmap(
        lambda tail: st.sampled_from([b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"]).map(lambda head: head + tail)
    )
)
def test_a_picture_of_any_bytes_is_checked_without_an_error(data) -> None:
    found = checked(_encoded(data))
    assert found is None or found.data == data


def test_a_number_that_no_picture_has_shows_none() -> None:
    found = read(answered())
    assert found.shown(-1) is None
    assert found.shown(len(found.pictures)) is None


def test_a_real_picture_passes_whole() -> None:
    width, height, _, _ = png.Reader(file=io.BytesIO(checked(_encoded(picture(30, 20))).data)).read()
    assert (width, height) == (30, 20)
