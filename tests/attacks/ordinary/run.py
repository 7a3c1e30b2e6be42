"""What an ordinary grader's start script does: unpack the hand-in, and run pytest with its folder in reach."""

from __future__ import annotations

import os
import sys
import tarfile
import zipfile

ARCHIVE, HANDIN, TESTS = "/autograder/handin", "/autograder/submission", "/autograder/tests"

os.chdir(HANDIN)
if zipfile.is_zipfile(ARCHIVE):
    with zipfile.ZipFile(ARCHIVE) as packed:
        packed.extractall()
else:
    with tarfile.open(ARCHIVE) as packed:
        packed.extractall()
os.environ["PYTHONPATH"] = f"{HANDIN}:{os.environ['PYTHONPATH']}"
os.execv(sys.executable, [sys.executable, "-m", "pytest", "-p", "results", "-p", "no:cacheprovider", TESTS])
