"""Reads a hand-in (tar, tar.gz, zip, or a notebook as it is) into memory, whatever its bytes are.

It never writes to a file system, never follows a link and never trusts a number that the archive says about itself:
names, counts and sizes are checked before the bytes behind them are read. The answer is plain files by path, or
`grader.report.Refused` with a sentence for the student.
"""

from grader.archive.formats import read_archive
from grader.archive.handin import lone_notebook, read_handin
from grader.archive.layout import arrange
from grader.archive.limits import ArchiveLimits

__all__ = ["ArchiveLimits", "arrange", "lone_notebook", "read_archive", "read_handin"]
