"""What of a hand-in is for people to read: its notebooks and Markdown files as pages, its pictures and PDFs.

All of it is a student's. Pages hold only what `web.rendering` made; a picture or PDF is sent as what its bytes say it
is, under a policy that lets nothing in it run or load.
"""

from __future__ import annotations

from flask import Blueprint, Response, render_template

from submissions.models import Submission
from web import answers, contents, written
from web.access import Seat, for_owner_or_staff
from web.errors import not_found
from web.rendering import notebook
from web.rendering.notebook import Notebook

blueprint = Blueprint("documents", __name__, url_prefix="/submissions/<id:submission>")

_PDF = b"%PDF-"
# `sandbox` makes whatever a browser might see in the bytes an origin of its own, without scripts.
_POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox"
# Not sandboxed: the browser's own reader of PDFs, which lets nothing of them run, would not open.
_PDF_POLICY = "default-src 'none'; object-src 'self'; frame-ancestors 'self'"


@blueprint.get("/documents/<path:path>")
@for_owner_or_staff
def page(seat: Seat, submission: Submission, path: str) -> str:
    """A notebook or Markdown file, as it would be read in Jupyter, without what could run."""
    try:
        document = _opened(submission, path)
        trouble = ""
    except notebook.Unreadable as error:
        document, trouble = Notebook((), 0, ()), str(error)
    return render_template(
        "document.html",
        seat=seat,
        submission=submission,
        assignment=submission.assignment,
        own=submission.user_id == seat.user.id,
        path=path,
        document=document,
        trouble=trouble,
        pictures=lambda attached: written.addresses(submission, path, attached),
    )


@blueprint.get("/pictures/<int:number>/<path:path>")
@for_owner_or_staff
def picture(seat: Seat, submission: Submission, path: str, number: int) -> Response:
    """A picture of a notebook, if it is a PNG or JPEG of a size that can be shown."""
    del seat
    try:
        found = _opened(submission, path).shown(number)
    except notebook.Unreadable:
        not_found()
    if found is None:
        not_found()
    return _sent(found.data, found.media, _POLICY)


@blueprint.get("/pdf/<path:path>")
@for_owner_or_staff
def pdf(seat: Seat, submission: Submission, path: str) -> Response:
    """A PDF, to be shown by the browser's own reader."""
    del seat
    data = _file(submission, path)
    if not path.lower().endswith(answers.PDF) or not data.startswith(_PDF):
        not_found()
    return _sent(data, "application/pdf", _PDF_POLICY)


def _sent(data: bytes, media: str, policy: str) -> Response:
    response = Response(data, mimetype=media)
    response.headers["Content-Security-Policy"] = policy
    response.headers["Content-Disposition"] = "inline"
    return response


def _opened(submission: Submission, path: str) -> Notebook:
    if not path.lower().endswith((answers.NOTEBOOK, answers.MARKDOWN)):
        not_found()
    return answers.opened(path, _file(submission, path))


def _file(submission: Submission, path: str) -> bytes:
    suite = written.suite_of(submission)
    files = contents.files(submission, suite.manifest["files"] if suite is not None else [])
    return files[path] if path in files else not_found()
