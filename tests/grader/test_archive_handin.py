"""A hand-in as a whole: an archive, or the one notebook that is all that is asked for."""

import io
import tarfile

import pytest

from grader.archive import ArchiveLimits, read_handin
from grader.report import Refused
from tests.bundled import BUNDLED

NOTEBOOK = b'\xef\xbb\xbf\n{"nbformat": 4, "cells": []}'


def tar_of(**files):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name.replace("_", "."))
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def test_a_notebook_may_be_handed_in_as_it_is_where_nothing_else_is_asked_for():
    assert read_handin(NOTEBOOK, ["hw3.ipynb"]) == {"hw3.ipynb": NOTEBOOK}


def test_a_notebook_in_an_archive_is_the_same_hand_in():
    assert read_handin(tar_of(hw3_ipynb=NOTEBOOK), ["hw3.ipynb"]) == {"hw3.ipynb": NOTEBOOK}


@pytest.mark.parametrize("expected", [["hw3.ipynb", "theory.pdf"], ["hw1.py"], ["hw3.ipynb | hw3.py"]])
def test_a_bare_notebook_is_refused_where_it_could_not_be_all(expected):
    with pytest.raises(Refused, match="Make it with `sh pack`"):
        read_handin(NOTEBOOK, expected, command="sh pack")


def test_a_bare_notebook_may_not_be_larger_than_a_file_of_an_archive():
    with pytest.raises(Refused, match="The notebook is larger than"):
        read_handin(b"{" + b" " * ArchiveLimits().file_bytes, ["hw3.ipynb"])


@pytest.mark.sandbox
def test_a_bare_notebook_earns_what_the_packed_one_does(examiners, tmp_path):
    suite = BUNDLED["recognition-hw3"]
    report = examiners.grade(suite, suite / "reference" / "hw3.ipynb")
    assert report.score == report.max_score > 0
