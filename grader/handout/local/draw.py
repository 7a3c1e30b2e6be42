"""Ships as `test.py`: draws the curves and pictures of your solution into the folder of `--outpath`.

Run it, like `runner.py`, from the folder above `autograder`. What the reference draws is in `expected_graphs`.
"""

import sys

# Beside this file; it finds the rest.
from runner import HOME  # type: ignore[import-not-found]

from grader.handout.local.main import draw

if __name__ == "__main__":
    sys.exit(draw(HOME, sys.argv[1:]))
