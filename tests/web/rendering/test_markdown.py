"""Markdown as a page shows it: what students write looks as they mean it, and nothing of it is the page's own."""

from __future__ import annotations

import re
import time
import tomllib
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.rendering import code
from web.rendering import markdown as subject
from web.rendering.markdown import LONGEST, headings, markdown
from web.rendering.mathematics import mathml

HOSTILE = tomllib.loads((Path(__file__).parent / "hostile.toml").read_text(encoding="utf-8"))["text"]
# Seconds of a processor, many times what any of it takes, as a busy machine is slower by far: what this guards against
# grows with the square of the text.
NO_TIME = 20
PICTURES = {"mine.png": "/submissions/7/pictures/0/hw.ipynb"}

# Written down here once more, apart from what the code allows: what no page may hold is not for the code to say.
TAGS = re.compile(
    "p|br|hr|em|strong|s|blockquote|ul|ol|li|a|code|pre|span|div|img|table|thead|tbody|tr|th|td|h4|math|mrow|mi|mn|mo|"
    "mtext|mspace|mfrac|msqrt|mroot|mstyle|mpadded|mphantom|msub|msup|msubsup|munder|mover|munderover|mtable|mtr|mtd|"
    "menclose|mmultiscripts"
)
ATTRIBUTES = re.compile(
    "href|rel|class|tabindex|start|src|alt|loading|display|alttext|mathvariant|stretchy|fence|form|separator|minsize|"
    "maxsize|lspace|rspace|width|linethickness|displaystyle|scriptlevel|accent|accentunder|columnalign|notation"
)


class _Markup(HTMLParser):
    """Every tag with its attributes, as a browser's reader would take them."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag, attrs) -> None:
        self.tags.append((tag, dict(attrs)))


def hold(markup: str) -> None:
    """Fails for whatever could run, load or take the page's place."""
    for tag, attributes in _Markup(markup).tags:
        assert TAGS.fullmatch(tag), f"<{tag}> in {markup}"
        assert all(map(ATTRIBUTES.fullmatch, attributes)), f"{attributes} in {markup}"
        assert attributes.get("src", PICTURES["mine.png"]) == PICTURES["mine.png"]
        if tag == "a" and "href" in attributes:
            assert attributes["href"].lower().startswith(("http://", "https://", "mailto:"))
            assert attributes["rel"] == "nofollow noopener noreferrer"
        assert all(
            name.startswith(("py-", "formula", "level-", "latex", "left-out", "wide"))
            for name in (attributes.get("class") or "").split()
        )


@pytest.mark.parametrize("row", HOSTILE, ids=lambda row: row["name"])
def test_nothing_hostile_reaches_the_page(row) -> None:
    drawn = markdown(row["text"], pictures=PICTURES)
    hold(drawn)
    # The source of mathematics stands beside it, as an attribute's text.
    markup = re.sub(r'alttext="[^"]*"', "", drawn)
    for never in row["never"]:
        assert never not in markup


FRAGMENTS = [part for row in HOSTILE for part in row["text"].split(" ")]
PIECES = st.one_of(
    st.sampled_from(FRAGMENTS),
    st.sampled_from(
        [
            "$",
            "$$",
            "\n",
            "\n\n",
            "```",
            "`",
            "> ",
            "- ",
            "|",
            "](",
            "![",
            "\\",
            "&",
            "<",
            "\\begin{align}",
            "\\end{align}",
            "\\frac{",
            "}",
        ]
    ),
    st.text(max_size=5),
)


@given(st.lists(PIECES, max_size=25).map("".join))
def test_nothing_hostile_reaches_the_page_however_it_is_mixed(text) -> None:
    hold(markdown(text, pictures=PICTURES))


@given(st.text(alphabet="\\{}[]()^_&$%#~'\"<>=|abfrcleftrightbegind0123.: \n", max_size=80))
def test_mathematics_of_any_kind_is_drawn_or_shown_as_it_was_written(latex) -> None:
    drawn = mathml(latex)
    assert drawn.startswith(("<math ", '<code class="latex">'))
    hold(subject._SANITISER.clean(drawn))


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("a *b* **c** ~~d~~ `e<f`", "<p>a <em>b</em> <strong>c</strong> <s>d</s> <code>e&lt;f</code></p>"),
        ("[a](https://example.org/?a=1&b=2)", 'href="https://example.org/?a=1&amp;b=2"'),
        ("![a sketch](attachment:mine.png)", f'<img src="{PICTURES["mine.png"]}" alt="a sketch" loading="lazy">'),
        ("![a sketch](sketch.png)", '<span class="left-out">Picture not shown: a sketch</span>'),
        ("# One\n### Three", '<h4 class="level-1">One</h4>\n<h4 class="level-3">Three</h4>'),
        ("| a | b |\n|---|---|\n| 1 | 2 |", "<td>1</td>"),
        ("5. five", '<ol start="5">'),
        ("```python\ndef f(x):\n```", '<span class="py-nf">f</span>'),
        ("```rust\nfn f() {}\n```", "<code>fn f() {}\n</code>"),
        ("inline $x_i^2$", "<msubsup><mi>x</mi><mi>i</mi><mn>2</mn></msubsup>"),
        ("$$\\frac{a}{b}$$", 'display="block"'),
        ("$\\mathbb{R}$", "\N{DOUBLE-STRUCK CAPITAL R}"),
        ("$\\text{if } x < 0$", "<mo>&lt;</mo>"),
        ("\\begin{align}\na &= b\n\\end{align}", "<mtable>"),
        ("costs 5$ and 6$", "costs 5"),
        ("日本語 **太字** עברית", "<strong>太字</strong> עברית"),
    ],
)
def test_what_students_write_looks_as_they_mean_it(text, drawn) -> None:
    assert drawn in markdown(text, pictures=PICTURES)


@pytest.mark.parametrize(
    "latex", [r"\frac", r"\left( x", "x^a^b", r"\newcommand{\a}{\b\b}\a", r"\def\a{\a\a}\a", "x" * 2001, "{" * 500]
)
def test_what_cannot_be_drawn_is_shown_as_source(latex) -> None:
    assert mathml(latex) == f'<code class="latex">{latex}</code>'


def test_what_is_beyond_the_bound_is_left_out_and_said_to_be() -> None:
    drawn = markdown("a " * LONGEST)
    assert len(drawn) < LONGEST + 200
    assert f"Not shown: {LONGEST:,} more characters" in drawn


ENDLESS = {
    "brackets": "[" * LONGEST,
    "pictures": "![" * LONGEST,
    "emphasis": "*a **a " * LONGEST,
    "backticks": "".join("`" * length + "a" for length in range(1, 300)),
    "tags": "<" * LONGEST,
    "dollars": "$a " * LONGEST,
    "unclosed formulas": "$$a\n\n" * LONGEST,
    "unclosed environments": "\\begin{align}\n" * LONGEST,
    "quotations": "> " * LONGEST,
    "lists": "- " * LONGEST,
    "deep lists": "\n".join(" " * depth + "- a" for depth in range(300)),
    "a table of empty cells": "|a" * 100 + "\n" + "|-" * 100 + "\n" + "|a\n" * LONGEST,
    "links": "[a](https://a)" * LONGEST,
    "half links": "[a](<" * LONGEST,
    "definitions": "[a]: b\n" * LONGEST,
    "one line": "a" * 1_000_000,
    "code that opens strings": "```python\n" + 'f"{' * LONGEST,
    "formulas": ("$" + "a_b^c" * 390 + "$\n") * 100,
}


@pytest.mark.parametrize("kind", ENDLESS)
def test_no_text_takes_long_or_grows_large(kind) -> None:
    began = time.process_time()
    drawn = markdown(ENDLESS[kind])
    # About 0.1 s each on a slow core; without the bounds, several take minutes.
    assert time.process_time() - began < NO_TIME
    assert len(drawn) < 40 * LONGEST
    hold(drawn)


@pytest.mark.parametrize("text", ["a = 1\nb = 2", "a = 1\nb = 2\n\n", '"""a\nb"""\n'])
def test_each_line_of_code_is_one_numbered_line(text) -> None:
    drawn = code.lines(text)
    assert drawn.count('<span class="line">') == 2
    assert all(line.count("<span") == line.count("</span>") for line in drawn.split("\n"))


@pytest.mark.parametrize("name", ["my sketch.png", "esquisse-é.png", "a%20b.png"])
def test_a_picture_is_found_by_a_name_that_an_address_cannot_hold(name) -> None:
    address = "/submissions/1/pictures/0/hw.ipynb"
    for written in (f"![]({quote(f'attachment:{name}', safe=':%')})", f"![](<attachment:{name}>)"):
        assert f'<img src="{address}"' in markdown(written, pictures={name: address})


@pytest.mark.parametrize("read", [headings, markdown])
@pytest.mark.parametrize(
    "text",
    ["\\begin{align}\n" * 10_000, "$$a\n" * 20_000, "|a" * 1_000 + "\n" + "|-" * 1_000 + "\n" + "|a\n" * 20_000],
    ids=["environments", "formulas", "a table's short rows"],
)
def test_what_is_begun_and_never_ended_takes_no_time(read, text) -> None:
    begun = time.process_time()
    read(text)
    assert time.process_time() - begun < NO_TIME


@pytest.mark.parametrize("text", ["  \n", "\n", "\N{NO-BREAK SPACE}\n"])
def test_empty_lines_in_code_take_no_time(text) -> None:
    begun = time.process_time()
    drawn = code.lines(f"a = 1\n{text * code.LONGEST}"[: code.LONGEST - 5] + "b = 2")
    assert time.process_time() - begun < NO_TIME
    assert (drawn.count('class="line"'), drawn.striptags()[-5:]) == (drawn.count("\n") + 1, "b = 2")


def test_the_headings_after_deep_quotations_are_found_in_no_time() -> None:
    begun = time.process_time()
    found = headings(f"- {'> ' * 19}# no\n" + "b\n" * 90_000 + "\n# One")
    assert time.process_time() - begun < NO_TIME
    assert [(each.text, each.begins) for each in found] == [("One", 90_002)]


def test_headings_are_found_with_their_lines_and_not_inside_of_code_or_lists() -> None:
    text = "# One\ntext\n\n```\n# no\n```\n- # no\n\nTwo\n===\n> # no\n\n### **Three** $x$\n"
    assert [(each.level, each.text, each.begins, each.ends) for each in headings(text)] == [
        (1, "One", 0, 1),
        (1, "Two", 8, 10),
        (3, "**Three** $x$", 12, 13),
    ]
