"""Makes a hand-in of a folder of the assignment, as a student with that work would: by the assignment's own command."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tarfile
from pathlib import Path

from grader.assignment import FILE, Assignment, AssignmentError, load

MAKE_SECONDS = 60
_ARCHIVES = (".tar", ".tar.gz", ".tgz", ".zip")


def made(folder: Path, assignment: Assignment, work: Path) -> Path:
    """The archive that `[handin] command` makes in `work`, a folder that holds a student's work.

    Without a command it holds all of the work. Raises AssignmentError when the command makes none.
    """
    if not assignment.handin.command:
        archive = work.parent / "handin.tar"
        with tarfile.open(archive, "w") as tar:
            tar.add(work, arcname=".")
        return archive
    before = _archives(work)
    try:
        done = subprocess.run(
            ["sh", "-c", assignment.handin.command],
            cwd=work,
            # A worker's may hold the passwords of its database and broker.
            env={name: value for name, value in os.environ.items() if not name.startswith("HANDIN_")},
            capture_output=True,
            text=True,
            timeout=MAKE_SECONDS,
        )
    except subprocess.TimeoutExpired:
        raise AssignmentError(
            folder / FILE, "handin.command", f"must make the archive; it was still running after {MAKE_SECONDS} seconds"
        ) from None
    fresh = [path for path, _written in sorted(_archives(work).items() - before.items())]
    if done.returncode or len(fresh) != 1:
        listed = ", ".join(path.name for path in fresh) or "no archive"
        said = f": {done.stderr.strip()}" if done.stderr.strip() else ""
        ended = f"it ended with status {done.returncode} and made {listed}"
        text = f"must make one archive; run where students run it, {ended}{said}"
        raise AssignmentError(folder / FILE, "handin.command", text)
    return fresh[0]


def starter(folder: Path, place: Path) -> Path:
    """The work of a student who has done nothing: a copy of the handout."""
    return shutil.copytree(folder / "handout", place, ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True)


def solution(folder: Path, place: Path) -> Path:
    """The work of a student who has done everything: the handout, with the reference written over it.

    Where the reference is a plain file and the handout has a notebook of that name, its code is the notebook's last
    cell. Raises AssignmentError.
    """
    starter(folder, place)
    reference = folder / "reference"
    shutil.copytree(reference, place, ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True)
    markers = load(folder).notebook.markers
    for module in reference.rglob("*.py"):
        notebook = module.relative_to(reference).with_suffix(".ipynb")
        if (place / notebook).is_file() and not (reference / notebook).exists():
            _add_cell(
                place / notebook, "\n".join([*(f"# {marker}" for marker in markers[:1]), module.read_text("utf-8")])
            )
    return place


def _add_cell(notebook: Path, source: str) -> None:
    cell: dict[str, object] = {
        "cell_type": "code",
        "execution_count": None,
        "metadata": {},
        "outputs": [],
        "source": source,
    }
    try:
        document = json.loads(notebook.read_text("utf-8"))
        document["cells"].append(cell)
    except (ValueError, LookupError, TypeError, AttributeError):
        raise AssignmentError(notebook, "", "must be a notebook with a list of cells, of nbformat 4") from None
    notebook.write_text(json.dumps(document), encoding="utf-8")


def _archives(work: Path) -> dict[Path, int]:
    """The archives there, and when each was written: one that lay there before may be written anew."""
    return {path: path.stat().st_mtime_ns for path in work.iterdir() if path.name.endswith(_ARCHIVES)}
