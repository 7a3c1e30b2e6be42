"""Code with its tokens in colours: as classes, since a page's policy allows no inline style."""

from __future__ import annotations

import re

from markupsafe import Markup, escape
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from web.words.wording import shown

LONGEST = 20_000
"""Characters of one text that are shown."""

# At each line the lexer looks through all the white space that follows, for a docstring.
_MUCH_SPACE = re.compile(r"\s{500}")
# Lexers differ in how they bear hostile text, so only the one that these courses need is ever used.
_PYTHON = {"python", "python3", "py", "ipython", "ipython3"}
_FORMAT: HtmlFormatter[str] = HtmlFormatter(nowrap=True, classprefix="py-")


def coloured(text: str, language: str = "python") -> Markup:
    """The code as escaped text, with `<span class="py-…">` around its tokens if it is Python as people write it."""
    if len(text) > LONGEST:
        return coloured(text[:LONGEST], language) + f"\n… {len(text) - LONGEST:,} more characters; the file has them"
    text = shown(text)
    if language.lower() not in _PYTHON or _MUCH_SPACE.search(text):
        return escape(text)
    return Markup(highlight(text, PythonLexer(stripnl=False, ensurenl=False), _FORMAT))  # noqa: S704 - Pygments escapes


def lines(text: str, language: str = "python") -> Markup:
    """The code, each line in a `<span class="line">` that the stylesheet numbers."""
    # No token's span goes over the end of a line: the formatter closes it there.
    numbered = (f'<span class="line">{line}</span>' for line in coloured(text, language).rstrip("\n").split("\n"))
    return Markup("\n").join(Markup(line) for line in numbered)  # noqa: S704 - of `coloured`, which escapes


def by_line(text: str, language: str = "python") -> list[Markup]:
    """Each line of the code by itself: in colours as far as `LONGEST` characters, and plain from there on."""
    begins = text.rfind("\n", 0, LONGEST) + 1 if len(text) > LONGEST else len(text)
    head, tail = text[:begins], text[begins:]
    # The lexer may end with a line that the text does not have.
    drawn = coloured(head, language).split("\n")[: head.count("\n") + 1]
    if tail:
        drawn[-1:] = escape(shown(tail)).split("\n")
    return [Markup(line) for line in drawn]  # noqa: S704 - of `coloured` and `escape`
