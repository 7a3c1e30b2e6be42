"""A roster file is read line by line, or refused in words; nothing it holds is more than text."""

from __future__ import annotations

import pytest

from submissions.models import Role
from submissions.people import roster_file
from submissions.people.roster_file import BadFile


def read(text: str | bytes):
    return roster_file.read(text if isinstance(text, str) else roster_file.decoded(text))


def said(text: str | bytes) -> list[tuple]:
    return [(line.login, line.name, line.section, line.role) for line in read(text).lines]


ADA = [("ada", "Ada Lovelace", "A", Role.STAFF)]


@pytest.mark.parametrize(
    "text",
    [
        "login,name,section,role\nada,Ada Lovelace,A,staff\n",
        b"\xef\xbb\xbflogin,name,section,role\r\nada,Ada Lovelace,A,staff\r\n",
        "login;name;section;role\nada;Ada Lovelace;A;TA",
        "login\tname\tsection\trole\nada\tAda Lovelace\tA\tStaff",
        '\n"E-Mail","Full name",Group,Role\n,,,\n ADA ,"Ada  Lovelace",A,teaching assistant\n',
    ],
)
def test_separators_line_ends_marks_and_other_names_of_columns_are_read(text) -> None:
    assert said(text) == ADA


def test_names_of_any_script_are_kept_and_formulas_are_text() -> None:
    lines = said('login,name\nkenji,"山田, 健二"\nzoe,Ζωή Παπαδοπούλου\noz,=1+1\nmir,\u202eمی\u200cرم')
    assert [name for _, name, *_ in lines] == ["山田, 健二", "Ζωή Παπαδοπούλου", "=1+1", "می\u200cرم"]


def test_a_column_that_is_not_there_says_nothing_and_others_are_told() -> None:
    assert said("login\nada") == [("ada", None, None, None)]
    assert said("login,name,section,role\nada,,,") == [("ada", None, "", None)]
    assert read("login,points,email\nada,7,ada@uni.example").unused == ("points", "email")


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("ada,Again,,", "stands in line 2 already"),
        ("a da,Name,,", "is not possible"),
        (",Name,,", "names no login"),
        ("bo,Name,,dean", "no role: write student, staff or instructor"),
        ("bo,Søndergård, Bo,,", "5 values, and the first line names 4"),
        ("bo,Name", "2 values"),
        (f"bo,{'x' * 201},,", "its name is longer"),
    ],
)
def test_a_line_that_cannot_be_taken_is_told_with_its_number(line, why) -> None:
    file = read(f"login,name,section,role\nada,Ada,,\n{line}\nlast,Last,,")
    (trouble,) = file.troubles
    assert (trouble.number, why in trouble.what) == (3, True)
    assert [each.login for each in file.lines] == ["ada", "last"]


def test_the_number_of_a_line_counts_those_within_quotation_marks() -> None:
    assert [t.number for t in read('login,name\nada,"Ada\nLovelace"\nb o,Bo').troubles] == [4]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "nothing in it"),
        (b"login,name\n", "Only the line with the names"),
        (b"name,section\nAda,A", "names no column with logins"),
        (b"login,user\nada,ada", "Two columns are the login"),
        (b'login,name\nada,"Ada\n', "quotation marks from line 2"),
        ("login,name\nada,Ada".encode("utf-16"), "UTF-16"),
        ("login,name\nada,Ada".encode("utf-16-le"), "UTF-16"),
        ("login,name\nbo,Bo Søndergård".encode("latin-1"), "Line 2 is not UTF-8"),
        (b"PK\x03\x04xlsx", "spreadsheet's own format"),
        (b"login\n" + b"a" * roster_file.MOST_BYTES, "larger than 4 MB"),
        (b"login\n" + b"a\n" * (roster_file.MOST_LINES + 1), "more than 10000 people"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_words(data, why) -> None:
    with pytest.raises(BadFile, match=why):
        read(data)
