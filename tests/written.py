"""A notebook with written answers as students hand it in, and the tasks of it that a person grades."""

from __future__ import annotations

import base64
import io
import json

import png

TASKS = [
    {
        "id": "q1-1",
        "title": "Q1.1 Softmax is invariant to translation",
        "points": 8.0,
        "graded_by": "person",
        "answer": "Q1.1",
        "rubric": [
            {"text": "Writes the definition for x + c", "points": 3.0},
            {"text": "Cancels the common factor", "points": 5.0},
            {"text": "Divides by something that may be 0", "points": -2.0},
        ],
    },
    {
        "id": "q1-2",
        "title": "Q1.2 Choose c = -max x",
        "points": 12.0,
        "graded_by": "person",
        "answer": "Q1.2",
        "rubric": [],
    },
]

Q1_1 = r"""## Q1.1 (8 points)

By definition, for every $i$,

$$\mathrm{softmax}(x + c)_i = \frac{e^{x_i + c}}{\sum_j e^{x_j + c}} = \frac{e^c\, e^{x_i}}{e^c \sum_j e^{x_j}}$$

and $e^c > 0$ cancels, so that $\mathrm{softmax}(x + c) = \mathrm{softmax}(x)$. ∎

| c | sum |
|--:|----:|
| 0 |   1 |
| 3 |   1 |
"""
Q1_2 = """## Q1.2

With `c = -max(x)`:

- every exponent is at most **0**, so nothing overflows;
- one of them *is* 0, so the sum is at least 1.

![my sketch](attachment:sketch.png)
"""
CODE = '''import numpy as np

def softmax(X):
    """Rows sum to 1."""
    E = np.exp(X - X.max(axis=1, keepdims=True))  # no overflow
    return E / E.sum(axis=1, keepdims=True)
'''


# The smallest file that a reader of PDFs opens: one empty page.
PDF = b"""%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]>>endobj
trailer<</Root 1 0 R>>
%%EOF
"""


def picture(width: int = 48, height: int = 32) -> bytes:
    """A small PNG: a slope from dark to light."""
    buffer = io.BytesIO()
    png.from_array([[255 * column // width for column in range(width)] for _ in range(height)], "L").write(buffer)
    return buffer.getvalue()


def code(source: str, *outputs: dict) -> dict:
    return {"cell_type": "code", "source": source.splitlines(keepends=True), "metadata": {}, "outputs": list(outputs)}


def text(source: str, **attachments: bytes) -> dict:
    attached = {f"{name}.png": {"image/png": base64.b64encode(data).decode()} for name, data in attachments.items()}
    return {"cell_type": "markdown", "source": source, "metadata": {}, "attachments": attached}


def printed(said: str) -> dict:
    return {"output_type": "stream", "name": "stdout", "text": said}


def drew(data: bytes, media: str = "image/png") -> dict:
    encoded = {media: base64.b64encode(data).decode(), "text/plain": "<Figure size 640x480>"}
    return {"output_type": "display_data", "data": encoded, "metadata": {}}


def notebook(*cells: dict) -> bytes:
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()


def answered() -> bytes:
    """The notebook of somebody who answered everything."""
    return notebook(
        text("# Homework 3\n\nAda Lovelace"),
        text(Q1_1),
        text(Q1_2, sketch=picture()),
        text("# Code"),
        code(CODE),
        code("softmax(np.zeros((2, 2)))", printed("\x1b[32m[[0.5 0.5]\n [0.5 0.5]]\x1b[0m\n"), drew(picture(96, 64))),
    )
