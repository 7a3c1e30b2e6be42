"""The cells of one page, with a bound on what all of them together take; beyond it they stand as they were written."""

from __future__ import annotations

from collections.abc import Mapping

from markupsafe import Markup

from web.rendering import code, markdown
from web.words.wording import shown

MOST = 2_000_000
"""Characters of markup of one page, where each character that was written counts as `_EACH` more."""

# Lists and emphasis take the parser long and become little markup.
_EACH = 20


class Sheet:
    """Draws one cell after another, of one page."""

    def __init__(self) -> None:
        self._room = MOST
        self._said = False

    def prose(self, text: str, level: int = 4, pictures: Mapping[str, str] | None = None) -> Markup:
        """Markdown as markup; without room, its source, and the first time a note that it is."""
        if self._room > 0:
            return self._drawn(text, markdown.markdown(text, level=level, pictures=pictures))
        note = Markup() if self._said else Markup('<p class="left-out">From here on as written: it is very long.</p>')
        self._said = True
        return note + Markup('<pre tabindex="0">{}</pre>').format(shown(text))

    def code(self, text: str, language: str = "python") -> Markup:
        """Code with its lines numbered; without room, in no colours."""
        return self._drawn(text, code.lines(text, language)) if self._room > 0 else code.lines(text, "")

    def _drawn(self, text: str, drawn: Markup) -> Markup:
        self._room -= len(drawn) + _EACH * len(text)
        return drawn
