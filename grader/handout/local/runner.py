"""Grades your solution on this machine. Run it from the folder that holds your files: the folder above `autograder`.

It needs Python 3.11 or newer, NumPy and pytest, and no network. Its score counts for nothing: hand in to have one that
does.
"""

# An old Python must be able to read this far enough to say that it is too old.
import os
import sys
from pathlib import Path

HOME = Path(__file__).resolve().parent
if sys.version_info < (3, 11):  # noqa: UP036 - whose Python this is, nobody knows
    sys.exit(f"This needs Python 3.11 or newer; {sys.executable} is {sys.version.split()[0]}.")
# As on the server: one thread, and no plug-in of yours.
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "PYTEST_DISABLE_PLUGIN_AUTOLOAD"):
    os.environ[name] = "1"
sys.dont_write_bytecode = True
sys.path.insert(0, str(HOME / "lib"))
try:
    import numpy  # noqa: F401, ICN001
    import pytest  # noqa: F401
except ImportError as error:
    sys.exit(f"{error.name} is missing. Install it:  {sys.executable} -m pip install numpy pytest")

from grader.handout.local.main import grade  # noqa: E402

if __name__ == "__main__":
    sys.exit(grade(HOME, sys.argv[1:]))
