"""A page of many cells: each as it would look, up to what all of them may take together."""

from __future__ import annotations

from web.rendering import sheet
from web.rendering.sheet import Sheet


def test_cells_within_the_bound_are_drawn() -> None:
    page = Sheet()
    assert page.prose("# Q1\n$x$", 2, {}).startswith('<h2 class="level-1">')
    assert 'src="/submissions/1/a"' in page.prose("![a](attachment:a)", 2, {"a": "/submissions/1/a"})
    assert page.code("x = 1").startswith('<span class="line"><span class="py-n">x</span>')


def test_from_the_bound_on_cells_stand_as_they_were_written_and_it_is_said_once() -> None:
    page = Sheet()
    drawn = [page.prose("$x$ " * 3_000, 2, {}) for _ in range(16)]
    written = [text for text in drawn if "<math" not in text]
    assert 0 < len(written) < 14
    assert drawn[-len(written) :] == written
    assert [text.count("From here on as written") for text in written] == [1] + [0] * (len(written) - 1)
    assert sum(len(text) for text in drawn) < 2 * sheet.MOST
    assert page.prose("<script>\x1b", 2, {}) == '<pre tabindex="0">&lt;script&gt;␛</pre>'
    assert page.code("x = '<'\ny") == '<span class="line">x = &#39;&lt;&#39;</span>\n<span class="line">y</span>'


def test_what_takes_long_and_becomes_little_is_bounded_too() -> None:
    page = Sheet()
    drawn = [page.prose("- a\n" * 3_000, 2, {}) for _ in range(16)]
    assert "<li>" not in drawn[-1]


def test_a_long_notebook_of_a_diligent_student_is_drawn_whole() -> None:
    page = Sheet()
    prose = "By definition, for every $i$, the sum of $e^{x_i}$ is positive, so that we may divide by it.\n\n" * 10
    code = "def softmax(X):\n    E = np.exp(X - X.max(axis=1, keepdims=True))\n    return E / E.sum()\n\n" * 10
    for _ in range(30):
        assert "<math" in page.prose(prose, 2, {})
        assert "py-" in page.code(code)
