"""Where written answers stand: under headings, up to the next that ends them, in notebooks, Markdown files and PDFs."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from grader.assignment import Task
from tests.written import PDF, code, notebook, picture, text
from web.rendering.notebook import MOST_CHARACTERS
from web.results.answers import documents, find


def tasks(*answers: str) -> list[Task]:
    return [Task(f"t{number}", answer, 1, graded_by="person", answer=answer) for number, answer in enumerate(answers)]


def said(files: dict[str, bytes], *answers: str, expected: Sequence[str] = ()) -> list[str]:
    """What was found of each answer: its text, or why there is none."""
    found = find(files, expected, tasks(*answers))
    return [each.file or each.missing or "\n".join(part.text for part in each.parts) for each in found.values()]


@pytest.mark.parametrize(
    ("heading", "is_its"),
    [
        ("# Q1.1", True),
        ("## Q1.1 (3 points)", True),
        ("### **Q1.1** Softmax", True),
        ("## Q1.1: why", True),
        ("## Q1.1. Why", True),
        ("## q1.1", True),
        ("## (Q1.1)", True),
        ("Q1.1\n----", True),
        ("## Q1.10", False),
        ("## Q1.1.1", False),
        ("## Q1.1a", False),
        ("## About Q1.1", False),
        ("Q1.1", False),
        ("- # Q1.1", False),
        ("```\n# Q1.1\n```", False),
    ],
)
def test_a_heading_is_an_answers_when_it_begins_with_its_name_as_a_word(heading, is_its) -> None:
    found = said({"hw.md": f"# Homework\n\n{heading}\n\nBecause.\n".encode()}, "Q1.1")
    assert (found == ["Because."]) is is_its


DOCUMENT = b"""# Homework
Ada
## Q1.1
first
### A detail
second
## Q1.2
third
# Appendix
fourth
"""


def test_an_answer_goes_on_to_the_next_heading_of_its_level_or_above() -> None:
    assert said({"hw.md": DOCUMENT}, "Q1.1", "Q1.2") == ["first\n### A detail\nsecond", "third"]


def test_a_deeper_heading_of_another_answer_ends_it_too() -> None:
    assert said({"hw.md": b"# Q1\none\n## Q1.1\ntwo\n# Q2\nthree\n"}, "Q1", "Q1.1", "Q2") == ["one", "two", "three"]


def test_an_answer_goes_on_over_cells_and_leaves_code_out() -> None:
    cells = [text("# Q1\na"), code("x = 1"), text("b"), text("## Q2\nc"), text("# End\nd")]
    assert said({"hw.ipynb": notebook(*cells)}, "Q1", "Q2") == ["a\nb", "c"]


def test_an_answer_says_in_which_cells_it_stands_and_brings_its_pictures() -> None:
    cells = [text("# Home"), text("# Q1\n![s](attachment:s.png)", s=picture())]
    (answer,) = find({"hw.ipynb": notebook(*cells)}, ["hw.ipynb"], tasks("Q1")).values()
    (part,) = answer.parts
    assert (part.document, part.cell, part.attached) == ("hw.ipynb", 1, {"s.png": 0})


def test_a_second_heading_of_the_same_answer_adds_to_it() -> None:
    assert said({"hw.md": b"# Q1\none\n# Q2\ntwo\n# Q1, again\nthree\n"}, "Q1") == ["one\nthree"]


def test_the_document_that_the_assignment_names_comes_first() -> None:
    files = {"a.md": b"# Q1\nquoted\n", "b/hw.ipynb": notebook(text("# Q1\nanswered"))}
    assert said(files, "Q1", expected=("b/hw.ipynb",)) == ["answered"]
    assert said(files, "Q1", expected=("proofs.pdf | a.md",)) == ["quoted"]


def test_a_pdf_is_shown_as_a_whole() -> None:
    assert said({"proofs.pdf": PDF}, "proofs.pdf") == ["proofs.pdf"]
    assert said({"proofs.pdf": PDF, "README.md": b"# Read me"}, "Q1.1") == ["proofs.pdf"]
    assert said({"proofs.pdf": PDF, "proofs.md": b"# Q1.1\nhere\n"}, "Q1.1") == ["here"]


def test_a_file_that_the_task_names_is_the_answer_as_a_whole() -> None:
    files = {
        "plot.png": picture(),
        "notes/why.MD": b"# Why\nBecause.\n",
        "a.py": b"x = 1\n",
        "log.txt": "naïve".encode(),
    }
    found = find(files, (), tasks("plot.jpg | plot.png", "notes/why.MD", "a.py", "log.txt"))
    assert [each.kind for each in found.values()] == ["picture", "parts", "lines", "lines"]
    plot, why, code_file, log = found.values()
    assert plot.file == "plot.png"
    assert [part.text for part in why.parts] == ["# Why\nBecause.\n"]
    assert (code_file.file, code_file.lines, log.lines) == ("a.py", "x = 1\n", "naïve")


@pytest.mark.parametrize(
    ("files", "answer", "told"),
    [
        ({}, "Q1", "The hand-in has no notebook, Markdown file or PDF."),
        ({"hw.py": b"# Q1"}, "Q1", "The hand-in has no notebook, Markdown file or PDF."),
        ({"hw.md": b"# Q2\nx"}, "Q1", "No heading that begins with `Q1` in `hw.md`."),
        ({"hw.md": b"# Q1\n\n# Q2\nx"}, "Q1", "There is nothing under the heading `Q1`."),
        ({"hw.md": b"# Q1\nx"}, "proofs.pdf", "The hand-in has no `proofs.pdf`."),
        ({"plot.PNG": picture()}, "plot.png | plot.jpg", "The hand-in has no `plot.png` or `plot.jpg`."),
        ({"plot.png": b"<svg onload=alert(1)>"}, "plot.png", "`plot.png` is no PNG or JPEG of a size that a page"),
        ({"plot.png": picture()[:20]}, "plot.png", "`plot.png` is no PNG or JPEG of a size that a page"),
        ({"p.pdf": b"<script>"}, "p.pdf", "`p.pdf` is no PDF, whatever its name says."),
        ({"p.pdf": b"<script>"}, "Q1", "No heading that begins with `Q1` in `p.pdf`."),
        ({"a.py": b" \n"}, "a.py", "`a.py` is empty."),
        ({"a.md": b"\n"}, "a.md", "There is no text in `a.md`."),
        ({"hw.ipynb": b"{"}, "Q1", "`hw.ipynb` cannot be read: it is not what Jupyter writes"),
    ],
)
def test_what_is_missing_is_told_in_a_sentence(files, answer, told) -> None:
    (found,) = said(files, answer)
    assert found.startswith(told)


def test_only_so_many_documents_are_read() -> None:
    files = [f"notes/{number:03}.md" for number in range(100)]
    assert documents([*files, "hw.ipynb"], ["hw.ipynb"]) == ["hw.ipynb", *files[:9]]


def test_headings_in_a_document_without_end_are_found_quickly() -> None:
    many = notebook(*[text("[" * 1000 + "\n# Q1\nx\n" * 50)] * 100)
    (found,) = said({"hw.ipynb": many}, "Q1")
    assert found.startswith("x\nx\n")


def test_only_so_much_text_is_looked_through_and_what_is_expected_comes_first() -> None:
    long = b"word " * (MOST_CHARACTERS // 10)
    files = {"theory.md": b"# Q1\nx", **{f"a{number}.md": long + b"\n\n# Q2\ny" for number in range(3)}}
    assert said(files, "Q1", "Q2", expected=["theory.md"]) == ["x", "y"]
    files = {"theory.md": b"# Q1\nx", "a.md": long, "b.md": long, "c.md": b"# Q2\ny"}
    assert said(files, "Q1", "Q2", expected=["theory.md"]) == ["x", "`b.md` is too long to be looked through."]


TOO_LONG = "word " * (MOST_CHARACTERS // 5) + "\n\n# Q1\nx"


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({"hw.md": TOO_LONG.encode()}, "`hw.md` is too long to be looked through."),
        (
            {"hw.ipynb": notebook(text("# Q2"), text(TOO_LONG))},
            "`hw.ipynb` is too long to be looked through to its end.",
        ),
        ({"hw.ipynb": notebook(text("# Q1\ny"), text(TOO_LONG))}, "y"),
        ({"hw.md": TOO_LONG.encode(), "z.md": b"# Q1\nz"}, "z"),
    ],
)
def test_a_document_that_is_too_long_is_said_to_be(files, told) -> None:
    assert said(files, "Q1") == [told]
