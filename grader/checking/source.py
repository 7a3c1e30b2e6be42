"""What the text of a test file shows before any of it runs."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from grader.checking.findings import Finding, error, warning


def findings(file: Path) -> Iterator[Finding]:
    """What should be mended in a test file."""
    try:
        tree = ast.parse(file.read_text(encoding="utf-8"))
    except (SyntaxError, UnicodeDecodeError) as mistake:
        yield error(file, "", f"is not valid Python: {mistake}")
        return
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    # Python forgets the first of two functions of one name, and pytest never sees it.
    for name, times in Counter(function.name for function in functions).items():
        if times > 1:
            yield error(file, name, f"stands {times} times, and only the last runs: give each a name of its own")
    for function in functions:
        for node in ast.walk(function):
            if isinstance(node, ast.Assert) and node.msg is None:
                text = f"line {node.lineno}: students read nothing of what is wrong: give the assert a sentence"
                yield warning(file, function.name, text)
