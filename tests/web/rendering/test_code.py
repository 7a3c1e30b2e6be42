"""Code by lines: as many as the text has, each whole, and nothing of it lost."""

from __future__ import annotations

import pytest
from markupsafe import Markup

from web.rendering import code


@pytest.mark.parametrize("end", ["", "\n", "\n\n", "\r\n", '\n"""', "\n  \\"])
@pytest.mark.parametrize("language", ["python", ""])
def test_each_line_by_itself_is_as_many_lines_as_the_text_has(end, language) -> None:
    for begin in ("", "x", "\n\nx = '''\n<b>\n'''", "y\n" * code.LONGEST, "z" * (code.LONGEST + 1)):
        text = begin + end
        lines = code.by_line(text, language)
        assert len(lines) == text.count("\n") + 1
        assert all(line.count("<span") == line.count("</span>") for line in lines)
        plain = text.replace("\r\n", "\n").split("\n")
        # `striptags` makes one space of many; it looks for tags before it unescapes, so the text's own `<b>` stays.
        assert [Markup(line).striptags() for line in lines] == [" ".join(line.split()) for line in plain]
