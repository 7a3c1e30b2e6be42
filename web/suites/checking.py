"""What a check of an assignment's folder asks of the portal: that it finds what a person is to read and to grade."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from grader.assignment import FILE, AssignmentError, load
from grader.checking import Finding, Found, error, handins
from grader.checking.result import found_in
from grader.checking.steps import Step
from submissions.storage.blobs import BlobStore
from submissions.storage.packing import kept_folder
from web.results import answers


def written_answers(folder: Path) -> Iterator[Step]:
    """The step that looks for the written answers in the reference, laid over the handout as students' work is; none
    where a person grades nothing. It comes after the folder is known to load."""
    if any(task.graded_by == "person" for task in load(folder).tasks):
        yield Step("The portal finds each written answer", lambda: list(_not_found(folder)))


def found_of(blobs: BlobStore, folder: str) -> list[Found]:
    """What that step finds in a folder that the blob store keeps. Raises blobs.NoBlob, packing.Damaged."""
    with tempfile.TemporaryDirectory(prefix="handin-check-") as place:
        kept = kept_folder(blobs, folder, Path(place))
        try:
            return [found_in(kept, each) for step in written_answers(kept) for each in step.look()]
        except AssignmentError:
            return []  # the check itself finds that it cannot be read


def _not_found(folder: Path) -> Iterator[Finding]:
    assignment = load(folder)
    written = [task for task in assignment.tasks if task.graded_by == "person"]
    with tempfile.TemporaryDirectory(prefix="handin-check-") as place:
        work = handins.solution(folder, Path(place, "work"))
        files = {path.relative_to(work).as_posix(): path.read_bytes() for path in work.rglob("*") if path.is_file()}
    for task, answer in answers.find(files, assignment.handin.files, written).items():
        if answer.missing:
            text = f"a person could not read the answer of `{task}` in the reference over the handout: {answer.missing}"
            yield error(folder / FILE, "task.answer", text)
