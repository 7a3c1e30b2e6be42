"""Markdown with mathematics as markup that a page can hold, whatever was written.

Three walls, each enough by itself against the common attacks: the parser passes no HTML through, what we write for
mathematics, code and pictures is escaped where it is made, and the whole is sanitised by an allow-list at the end.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import unquote

import msgspec
import nh3
from markdown_it import MarkdownIt
from markdown_it.parser_block import RuleFuncBlockType
from markdown_it.renderer import RendererHTML
from markdown_it.ruler import RuleOptionsType
from markdown_it.rules_block import StateBlock
from markdown_it.token import Token
from markupsafe import Markup
from mdit_py_plugins.amsmath import amsmath_block, amsmath_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.dollarmath.index import math_block_dollar

from web.rendering import code, mathematics
from web.words.wording import shown

LONGEST = 12_000
"""Characters of one text; the parser's time grows with their square for the worst that can be written."""

# A table's short rows are filled up with empty cells: a few kilobytes of source could become a megabyte.
_MOST_CELLS = 8_000

# Formulas and environments of LaTeX without an end, of each kind in one text.
_MOST_UNCLOSED = 50

# A quotation within a quotation. Each looks through all lines that follow, to tell which are still its own.
_QUOTED_AGAIN = re.compile(r">(?:[ \t]*>)+")

_ATTACHED = "attachment:"
_LINKS = re.compile(r"(?:https?|mailto):", re.IGNORECASE)
_LENGTH = re.compile(r"-?\d{0,2}(?:\.\d{1,4})?(?:em|ex)")

_TEXT = {"p", "br", "hr", "em", "strong", "s", "blockquote", "ul", "ol", "li", "a", "code", "pre", "span", "div", "img"}
_TABLE = {"table", "thead", "tbody", "tr", "th", "td"}
_HEADINGS = {"h2", "h3", "h4", "h5", "h6"}
_MATHEMATICS = {
    *("math", "mrow", "mi", "mn", "mo", "mtext", "mspace", "mfrac", "msqrt", "mroot", "mstyle", "mpadded", "mphantom"),
    *("msub", "msup", "msubsup", "munder", "mover", "munderover", "mtable", "mtr", "mtd", "menclose", "mmultiscripts"),
}
_ATTRIBUTES: dict[str, set[str]] = {
    "*": set(),  # without this, `title` and `lang` may stand everywhere
    "a": {"href"},
    "code": {"class"},
    "div": {"class", "tabindex"},
    "span": {"class", "tabindex"},
    "pre": {"tabindex"},
    "ol": {"start"},
    "img": {"src", "alt", "loading"},
    **{heading: {"class"} for heading in _HEADINGS},
    "math": {"display", "alttext"},
    "mi": {"mathvariant"},
    "mo": {"stretchy", "fence", "form", "separator", "minsize", "maxsize", "lspace", "rspace"},
    "mspace": {"width"},
    "mpadded": {"width"},
    "mfrac": {"linethickness"},
    "mstyle": {"displaystyle", "scriptlevel"},
    "mover": {"accent"},
    "munder": {"accentunder"},
    "mtd": {"columnalign"},
    "menclose": {"notation"},
}
_LENGTHS = {"width", "lspace", "rspace", "minsize", "maxsize"}


class Heading(msgspec.Struct, frozen=True):
    """A heading of a text: its level from 1, what it says, and the lines (from 0, the end excluded) that it takes."""

    level: int
    text: str
    begins: int
    ends: int


def markdown(text: str, *, level: int = 4, pictures: Mapping[str, str] | None = None) -> Markup:
    """The text as safe markup; what is beyond LONGEST is left out, and said to be.

    All headings become headings of this `level`, so that a student's do not break the page's order. `pictures` maps
    the name of a picture that came with the text (`attachment:name`) to its address; no other picture is loaded.
    """
    source = shown(text[:LONGEST])
    if _cells(source) > _MOST_CELLS:
        drawn: str = Markup('<pre tabindex="0">{}</pre>').format(source)
    else:
        drawn = _PARSER.render(source, {"level": level, "pictures": pictures or {}})
    clean = Markup(_SANITISER.clean(drawn))  # noqa: S704 - sanitised in this very line
    if len(text) > LONGEST:
        clean += left_out(f"{len(text) - LONGEST:,} more characters; the file has them")
    return clean


def headings(text: str) -> list[Heading]:
    """The headings of a text, as they were written; those inside of lists and quotations aside."""
    tokens = _OUTLINE.parse(_QUOTED_AGAIN.sub(">", text))
    return [
        Heading(int(token.tag[1:]), tokens[at + 1].content, *token.map)
        for at, token in enumerate(tokens)
        if token.type == "heading_open" and token.level == 0 and token.map is not None and len(token.map) == 2
    ]


def left_out(what: str) -> Markup:
    """A note in place of something that is not shown."""
    return Markup('<p class="left-out">Not shown: {}.</p>').format(what)


def _cells(text: str) -> int:
    """The most cells that a table in the text can have."""
    rows = text.split("\n")
    return len(rows) * max(row.count("|") for row in rows)


def _heading_open(_self: RendererHTML, tokens: Sequence[Token], at: int, _options: Any, env: Any) -> str:
    return f'<h{env["level"]} class="level-{tokens[at].tag[1:]}">'


def _heading_close(_self: RendererHTML, _tokens: Sequence[Token], _at: int, _options: Any, env: Any) -> str:
    return f"</h{env['level']}>\n"


def _image(self: RendererHTML, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
    token = tokens[at]
    says = self.renderInlineAsText(token.children or [], options, env)
    name = str(token.attrGet("src")).removeprefix(_ATTACHED)
    # The parser writes spaces and accents of a name in percents.
    address = env["pictures"].get(name) or env["pictures"].get(unquote(name))
    if address is None:
        return Markup('<span class="left-out">Picture not shown: {}</span>').format(says or "without a description")
    return Markup('<img src="{}" alt="{}" loading="lazy">').format(address, says)


def _fence(_self: RendererHTML, tokens: Sequence[Token], at: int, _options: Any, _env: Any) -> str:
    language, _, _ = tokens[at].info.strip().partition(" ")
    return Markup('<pre tabindex="0"><code>{}</code></pre>\n').format(code.coloured(tokens[at].content, language))


def _table_open(_self: RendererHTML, _tokens: Sequence[Token], _at: int, _options: Any, _env: Any) -> str:
    # Scrolled sideways where it is wide, by the keyboard too.
    return '<div class="wide" tabindex="0"><table>\n'


def _table_close(_self: RendererHTML, _tokens: Sequence[Token], _at: int, _options: Any, _env: Any) -> str:
    return "</table></div>\n"


def _formula(_self: RendererHTML, tokens: Sequence[Token], at: int, _options: Any, _env: Any) -> str:
    return mathematics.mathml(tokens[at].content.strip())


def _formula_block(_self: RendererHTML, tokens: Sequence[Token], at: int, _options: Any, _env: Any) -> str:
    return Markup('<div class="formula" tabindex="0">{}</div>\n').format(
        mathematics.mathml(tokens[at].content.strip(), block=True)
    )


def _formula_inside(_self: RendererHTML, tokens: Sequence[Token], at: int, _options: Any, _env: Any) -> str:
    # It stands in a paragraph, which may hold no div.
    return Markup('<span class="formula" tabindex="0">{}</span>').format(
        mathematics.mathml(tokens[at].content.strip(), block=True)
    )


def _closing(opening: str, rule: RuleFuncBlockType) -> RuleFuncBlockType:
    """A plugin's rule which looks through all the rest of the text for the end of what was opened: of a document that
    only opens them, it would take minutes."""

    def bounded(state: StateBlock, begin: int, end: int, silent: bool) -> bool:
        if not state.src.startswith(opening, state.bMarks[begin] + state.tShift[begin]):
            return False
        unclosed = state.env.setdefault(opening, 0)
        if unclosed >= _MOST_UNCLOSED:
            return False
        closed = rule(state, begin, end, silent)
        state.env[opening] = unclosed + (not closed)
        return closed

    return bounded


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    parser.use(dollarmath_plugin, allow_labels=False, allow_blank_lines=False, double_inline=True).use(amsmath_plugin)
    parser.block.ruler.at("math_block", _closing("$$", math_block_dollar(allow_labels=False, allow_blank_lines=False)))
    # As the plugin itself does it: these may be interrupted by an environment.
    interrupts: RuleOptionsType = {"alt": ["paragraph", "reference", "blockquote", "list"]}
    parser.block.ruler.at("amsmath", _closing("\\begin{", amsmath_block), interrupts)
    rules = {
        "heading_open": _heading_open,
        "heading_close": _heading_close,
        "image": _image,
        "fence": _fence,
        "code_block": _fence,
        "table_open": _table_open,
        "table_close": _table_close,
        "math_inline": _formula,
        "math_inline_double": _formula_inside,
        "math_block": _formula_block,
        "amsmath": _formula_block,
    }
    for name, rule in rules.items():
        parser.add_render_rule(name, rule)
    return parser


def _attribute(tag: str, name: str, value: str) -> str | None:
    if name in _LENGTHS and not _LENGTH.fullmatch(value):
        return None
    if name == "href" and not _LINKS.match(value):
        return None
    if tag == "img" and name == "src" and not value.startswith("/submissions/"):
        return None
    return value


_PARSER = _parser()
# Blocks alone: what stands in them is what takes the time. Tables: their short rows are filled up, and no heading
# stands in one.
_OUTLINE = _parser().disable(["inline", "table"])
_SANITISER = nh3.Cleaner(
    tags=_TEXT | _TABLE | _HEADINGS | _MATHEMATICS,
    clean_content_tags={"script", "style"},
    attributes=_ATTRIBUTES,
    attribute_filter=_attribute,
    url_schemes={"http", "https", "mailto"},
    link_rel="nofollow noopener noreferrer",
)
