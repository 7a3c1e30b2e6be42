"""What the sandbox runs: finds the packages beside it, then serves the examiner on the descriptor in argv[1]."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from grader.candidate.loop import serve  # after the path that makes it importable

serve(int(sys.argv[1]))
