"""What the nursery's sandbox runs: finds the packages beside it, then forks candidates; see `nursery`."""

import socket
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from grader.candidate.nursery import nurse  # after the path that makes it importable

del sys.path[0]  # the candidate's program finds them by itself
# Where the launcher puts the socket: after what is to be run.
nurse(socket.socket(fileno=int(sys.argv[-1])), sys.argv[1:-1])
