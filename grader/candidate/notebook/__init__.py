"""A hand-in's notebook as a module: which of its cells run, and what became of those that failed.

A notebook is worked in, not written: it explores, plots, installs and fails. So only the cells that the assignment
chooses run, and what these need; a plot does nothing; and a cell that fails takes its own names along and no others.
"""

from grader.candidate.notebook.document import NotebookError
from grader.candidate.notebook.loading import Notebook, load

__all__ = ["Notebook", "NotebookError", "load"]
