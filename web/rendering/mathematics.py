"""LaTeX as MathML, which browsers draw by themselves: no script, and screen readers can read it.

What cannot be converted is shown as it was written.
"""

from __future__ import annotations

import html
import re
from xml.etree import ElementTree as ET

from latex2mathml.converter import Converter
from markupsafe import Markup

LONGEST = 2_000
"""Characters of one expression; a longer one is shown as source."""

# A definition can make a short expression endlessly long: \a is two \b, \b is two \c, and so on.
_DEFINES = re.compile(r"\\(?:(?:re)?new|provide|[egx]?def|let|Declare)")
_DEEPEST = 60


def mathml(latex: str, *, block: bool = False) -> Markup:
    """The expression as a `<math>` element, or as code when it cannot be converted. The caller sanitises both."""
    drawn = _converted(latex, block) if len(latex) <= LONGEST and not _DEFINES.search(latex) else None
    if drawn is None:
        return Markup('<code class="latex">{}</code>').format(latex)
    return drawn


def _converted(latex: str, block: bool) -> Markup | None:
    try:
        root = Converter(display="block" if block else "inline").convert_to_element(latex)
    except Exception:  # noqa: BLE001 - the converter raises whatever it stumbles over; the source is then what is shown
        return None
    if _depth(root) > _DEEPEST:
        return None
    for element in root.iter():
        # The converter writes symbols as character references and leaves `<` as it is; serialising escapes both.
        element.text = html.unescape(element.text) if element.text else None
    # For a screen reader that does not know MathML, and for whoever copies it.
    root.set("alttext", latex)
    return Markup(ET.tostring(root, encoding="unicode"))  # noqa: S704 - serialised from a tree: all is escaped


def _depth(root: ET.Element) -> int:
    depth, level = 0, [root]
    while level:
        level = [child for element in level for child in element]
        depth += 1
    return depth
