"""Where a written answer stands in a hand-in: under a heading, or in a file that is all of it.

Pure functions from the hand-in's files; what they find is shown by `web.rendering` alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from grader.assignment import Task, alternatives
from web.rendering import notebook, picture
from web.rendering.markdown import headings
from web.rendering.notebook import Notebook

NOTEBOOK, MARKDOWN, PDF = ".ipynb", ".md", ".pdf"
PICTURES = (".png", ".jpg", ".jpeg")
TEXTS = (".py", ".txt")
_WHOLE = (MARKDOWN, PDF, *PICTURES, *TEXTS)
MOST_DOCUMENTS = 10


class Part(msgspec.Struct, frozen=True):
    """A piece of Markdown: the path of its document, its cell's place there, and the pictures that the cell names."""

    text: str
    document: str
    cell: int
    attached: dict[str, int]


class Answer(msgspec.Struct, frozen=True):
    """What was found of an answer: its parts in order, or the path of the `file` that is all of it, or why there is
    nothing. `lines` is what a file of code or plain text says.
    """

    parts: tuple[Part, ...] = ()
    file: str = ""
    lines: str = ""
    missing: str = ""

    @property
    def kind(self) -> str:
        """How it is shown: `pdf`, `picture` or `lines` for a file, else `parts`; nothing where it is missing."""
        if not self.file:
            return "parts" if self.parts else ""
        return "lines" if self.lines else "pdf" if is_pdf(self.file) else "picture"


def documents(files: Iterable[str], expected: Sequence[str]) -> list[str]:
    """The files that a person can read: those that the assignment expects first, then by name."""
    named = [path for entry in expected for path in alternatives(entry)]
    readable = [path for path in files if path.lower().endswith((NOTEBOOK, MARKDOWN, PDF))]
    readable.sort(key=lambda path: (named.index(path) if path in named else len(named), path))
    return readable[:MOST_DOCUMENTS]


def find(files: Mapping[str, bytes], expected: Sequence[str], tasks: Sequence[Task]) -> dict[str, Answer]:
    """The answer of each task, by the task's id. `expected`: the files that the assignment names."""
    readable = documents(files, expected)
    labels = [task.answer for task in tasks if not _is_file(task.answer)]
    found: dict[str, list[Part]] = {}
    troubles = []
    pdfs = [path for path in readable if is_pdf(path) and shows_pdf(files[path])]
    room = notebook.MOST_CHARACTERS
    for path in [path for path in readable if not is_pdf(path)]:
        try:
            document = opened(path, files[path])
        except notebook.Unreadable as error:
            troubles.append(f"`{path}` cannot be read: {error}.")
            continue
        if document.left_out:
            # A Markdown file is one cell, and then all of it.
            troubles.append(f"`{path}` is too long to be looked through{' to its end' if document.cells else ''}.")
        parts = _parts(path, document)
        # Each line takes its time, on each view of the page. What the assignment expects comes first.
        room -= sum(len(part.text) for part in parts)
        if room < 0:
            troubles.append(f"`{path}` is too long to be looked through.")
            break
        for label, section in _sections(parts, labels).items():
            # The first document that has the heading: a read-me may quote the question.
            found.setdefault(label, section)
    return {
        task.id: _whole(task.answer, files)
        if _is_file(task.answer)
        else _answer(task.answer, found, pdfs, readable, troubles)
        for task in tasks
    }


def _answer(
    where: str, found: Mapping[str, list[Part]], pdfs: Sequence[str], readable: Sequence[str], troubles: Sequence[str]
) -> Answer:
    if where in found:
        parts = tuple(part for part in found[where] if part.text.strip())
        return Answer(parts) if parts else Answer(missing=f"There is nothing under the heading `{where}`.")
    if pdfs:
        return Answer(file=pdfs[0])
    if troubles:
        return Answer(missing=" ".join(troubles))
    if not readable:
        return Answer(missing="The hand-in has no notebook, Markdown file or PDF.")
    looked = ", ".join(f"`{path}`" for path in readable)
    return Answer(missing=f"No heading that begins with `{where}` in {looked}.")


def _whole(where: str, files: Mapping[str, bytes]) -> Answer:
    path = next((each for each in alternatives(where) if each in files), "")
    if not path:
        return Answer(missing=f"The hand-in has no {' or '.join(f'`{each}`' for each in alternatives(where))}.")
    data = files[path]
    if path.lower().endswith(MARKDOWN):
        try:
            parts = tuple(part for part in _parts(path, opened(path, data)) if part.text.strip())
        except notebook.Unreadable as error:
            return Answer(missing=f"`{path}` cannot be read: {error}.")
        return Answer(parts) if parts else Answer(missing=f"There is no text in `{path}`.")
    if path.lower().endswith(TEXTS):
        text = data.decode("utf-8", "replace")
        return Answer(file=path, lines=text) if text.strip() else Answer(missing=f"`{path}` is empty.")
    if is_pdf(path):
        return Answer(file=path) if shows_pdf(data) else Answer(missing=f"`{path}` is no PDF, whatever its name says.")
    if picture.checked(data) is None:
        return Answer(missing=f"`{path}` is no PNG or JPEG of a size that a page can show.")
    return Answer(file=path)


def is_pdf(path: str) -> bool:
    """Whether the file is a PDF by its name."""
    return path.lower().endswith(PDF)


def shows_pdf(data: bytes) -> bool:
    """Whether a browser's reader of PDFs can open these bytes."""
    return data.startswith(b"%PDF-")


def opened(path: str, data: bytes) -> Notebook:
    """A notebook or Markdown file as its cells. Raises notebook.Unreadable."""
    return notebook.of_markdown(data) if path.lower().endswith(MARKDOWN) else notebook.read(data)


def _parts(path: str, document: Notebook) -> list[Part]:
    return [
        Part(cell.source, path, place, cell.attached)
        for place, cell in enumerate(document.cells)
        if cell.kind == "markdown"
    ]


def _sections(parts: Iterable[Part], labels: Sequence[str]) -> dict[str, list[Part]]:
    """What stands under the heading of each label: up to one of the same or a higher level, or of another label."""
    found: dict[str, list[Part]] = {}
    patterns = {label: _begins_with(label) for label in labels}
    label, level = "", 0
    for part in parts:
        lines = part.text.split("\n")
        begins = 0
        for heading in headings(part.text):
            match = next((each for each, pattern in patterns.items() if pattern.match(heading.text)), "")
            if not match and (not label or heading.level > level):
                continue
            if label:
                found[label].append(_piece(part, lines[begins : heading.begins]))
            label, level, begins = match, heading.level, heading.ends
            if label:
                found.setdefault(label, [])
        if label:
            found[label].append(_piece(part, lines[begins:]))
    return found


def _begins_with(label: str) -> re.Pattern[str]:
    # As a word: `Q1.1` is neither `Q1.10` nor `Q1.1.1`, and may stand in brackets or after a mark.
    return re.compile(rf"\W*{re.escape(label)}(?!\w)(?!\.\d)", re.IGNORECASE)


def _piece(part: Part, lines: Sequence[str]) -> Part:
    return msgspec.structs.replace(part, text="\n".join(lines).strip("\n"))


def _is_file(where: str) -> bool:
    """Whether a task's `answer` names a file, or some of which one is enough; else it is a heading."""
    return where.lower().endswith(_WHOLE)
