"""What of a hand-in is for people to read: its notebooks and Markdown files as pages, its pictures and PDFs.

All of it is a student's. Pages hold only what `web.rendering` made; a picture or PDF is sent as what its bytes say it
is, under a policy that lets nothing in it run or load.
"""

from __future__ import annotations

import hashlib
import json

import msgspec
from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from submissions.models import Submission
from submissions.talk import comments
from web.frame.access import Seat, for_owner_or_staff, for_staff_with_submission
from web.frame.context import portal, reading
from web.frame.errors import not_found
from web.rendering import notebook
from web.rendering.notebook import Notebook
from web.rendering.picture import checked
from web.rendering.sheet import Sheet
from web.results import answers, contents, written
from web.results.comments import Form, address, by_line, has_cells
from web.results.keeping import Keeper
from web.words import typed

blueprint = Blueprint("documents", __name__, url_prefix="/submissions/<id:submission>")

# `sandbox` makes whatever a browser might see in the bytes an origin of its own, without scripts.
_POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox"
# Not sandboxed: the browser's own reader of PDFs, which lets nothing of them run, would not open.
_PDF_POLICY = "default-src 'none'; object-src 'self'; frame-ancestors 'self'"
# A page asks for all of its pictures, each with a request of its own. `immutable`: a hand-in's bytes never change. With
# the `Vary: Cookie` of every page, a browser shows what it kept to nobody who comes after.
_KEEP = "private, max-age=3600, immutable"
_PICTURES = Keeper(32_000_000)
"""Of a document, by a name made of all that decides which they are. They are shown to nobody unasked: views check."""


@blueprint.get("/documents/<path:path>")
@for_owner_or_staff
def page(seat: Seat, submission: Submission, path: str) -> str:
    """A notebook or Markdown file, as it would be read in Jupyter, without what could run; for staff with `cell`, the
    form for a comment on that cell of a notebook.
    """
    return _page(seat, submission, path, Form(request.args.get("cell", 0, type=int) if seat.staff else 0))


@blueprint.post("/documents/<path:path>")
@for_staff_with_submission
def say(seat: Seat, submission: Submission, path: str) -> Response | tuple[str, int]:
    """Adds a comment on a cell of a notebook. What cannot be taken is told beside what was typed."""
    if not has_cells(path):
        not_found()
    form = Form(request.form.get("cell", 0, type=int), typed.lines(request.form.get("text", "")))
    cells = len(_read(submission, path)[0].cells)
    try:
        if not 0 < form.line <= cells:
            raise comments.BadComment(f"The cells of this notebook that can be spoken of go from 1 to {cells}.")
        with portal().database.write() as writing:
            told = request.remote_addr or ""
            comments.say(writing, submission, form.text, seat.user, path=path, line=form.line, address=told)
    except comments.BadComment as error:
        return _page(seat, submission, path, msgspec.structs.replace(form, trouble=str(error))), 422
    return redirect(address(submission, path, form.line), code=303)


@blueprint.get("/pictures/<int:number>/<path:path>")
@for_owner_or_staff
def picture(seat: Seat, submission: Submission, path: str, number: int) -> Response:
    """A picture of a notebook, if it is a PNG or JPEG of a size that can be shown."""
    del seat
    name = _name(submission, path)
    etag = f"{name}-{number}"
    if request.if_none_match.contains(etag):
        # Whoever has the tag was sent the picture.
        response = Response(status=304)
    else:
        encoded = _PICTURES.get(name, lambda: _pictures(submission, path))
        found = Notebook((), 0, encoded).shown(number)
        if found is None:
            not_found()
        response = _sent(found.data, found.media, _POLICY)
    response.headers["Cache-Control"] = _KEEP
    response.set_etag(etag)
    return response


@blueprint.get("/media/<path:path>")
@for_owner_or_staff
def media(seat: Seat, submission: Submission, path: str) -> Response:
    """A PDF or a picture, to be shown by the browser itself."""
    del seat
    return media_of(submission, path)


def media_of(submission: Submission, path: str) -> Response:
    """The hand-in's PDF or picture of that path, as what its bytes say it is; it runs nothing."""
    data = _file(submission, path)
    if answers.is_pdf(path) and answers.shows_pdf(data):
        return _sent(data, "application/pdf", _PDF_POLICY)
    drawn = checked(data) if path.lower().endswith(answers.PICTURES) else None
    return _sent(drawn.data, drawn.media, _POLICY) if drawn is not None else not_found()


def _page(seat: Seat, submission: Submission, path: str, form: Form) -> str:
    document, trouble = _read(submission, path)
    said = by_line(comments.standing(reading(), submission.id), path) if has_cells(path) else {}
    at_cells = [said.pop(number, []) for number in range(1, len(document.cells) + 1)]
    return render_template(
        "document.html",
        seat=seat,
        submission=submission,
        path=path,
        document=document,
        sheet=Sheet(),
        trouble=trouble,
        pictures=lambda attached: written.addresses(submission, path, attached),
        said=at_cells,
        # Of cells that are not shown.
        elsewhere=[each for number in sorted(said) for each in said[number]],
        speaks=seat.staff and has_cells(path),
        form=form,
        longest=comments.LONGEST,
    )


def _read(submission: Submission, path: str) -> tuple[Notebook, str]:
    """The document, or one without cells and why it cannot be shown."""
    try:
        return _opened(submission, path), ""
    except notebook.Unreadable as error:
        return Notebook((), 0, ()), str(error)


def _sent(data: bytes, media: str, policy: str) -> Response:
    response = Response(data, mimetype=media)
    response.headers["Content-Security-Policy"] = policy
    response.headers["Content-Disposition"] = "inline"
    return response


def _opened(submission: Submission, path: str) -> Notebook:
    if not path.lower().endswith((answers.NOTEBOOK, answers.MARKDOWN)):
        not_found()
    return answers.opened(path, _file(submission, path))


def _pictures(submission: Submission, path: str) -> tuple[str, ...]:
    try:
        return _opened(submission, path).pictures
    except notebook.Unreadable:
        return ()


def _name(submission: Submission, path: str) -> str:
    """A name of these bytes: of the hand-in's, of how they are arranged, and of the place in them."""
    decides = json.dumps([submission.blob, _expected(submission), path])
    return hashlib.sha256(decides.encode()).hexdigest()


def _expected(submission: Submission) -> list[str]:
    suite = written.suite_of(submission)
    return suite.manifest["files"] if suite is not None else []


def _file(submission: Submission, path: str) -> bytes:
    files = contents.files(submission, _expected(submission))
    return files[path] if path in files else not_found()
