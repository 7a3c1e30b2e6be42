"""Errors, as a page or as JSON by what was asked: what happened, whether anything was lost, what to do."""

from __future__ import annotations

import logging
from typing import NoReturn

import msgspec
from flask import Flask, Response, abort, current_app, jsonify, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge, TooManyRequests

from web.frame.context import portal

log = logging.getLogger(__name__)


class Problem(msgspec.Struct, frozen=True):
    """What a person is told. `code` is for programs and stays the same when a sentence is reworded."""

    status: int
    code: str
    title: str
    happened: str
    lost: str
    next_step: str


_NOTHING = "No. Whatever you handed in before is kept."

_PROBLEMS = {
    problem.status: problem
    for problem in (
        Problem(
            400,
            "bad_request",
            "This request could not be read",
            "The browser or program sent something that this page does not take.",
            _NOTHING,
            "Go back, load the page again, and try once more.",
        ),
        Problem(
            401,
            "not_logged_in",
            "This needs a token",
            "The request carried no API token, or one that was revoked.",
            _NOTHING,
            "Make a token on your account page and send it as the header `Authorization: Bearer <token>`.",
        ),
        Problem(
            403,
            "forbidden",
            "This is for the course's staff",
            "You are logged in, and your role in this course does not open this page.",
            _NOTHING,
            "If it should, ask the course's instructor.",
        ),
        Problem(
            404,
            "not_found",
            "Nothing here for you",
            "The address is mistyped, or it belongs to a course or a hand-in that is not open to your login.",
            _NOTHING,
            "Start from your courses; if one is missing there, ask its staff to put you on the roster.",
        ),
        Problem(
            405,
            "wrong_method",
            "This address does not take that",
            "The page exists, and the kind of request that was made is not one that it answers.",
            _NOTHING,
            "Start from your courses.",
        ),
        Problem(
            500,
            "our_fault",
            "Something broke on our side",
            "An error of the portal, not yours; it has been written to the service's log.",
            # The answer may be what broke, after the upload was committed.
            "A hand-in with a receipt is safe. An upload without an answer may have been taken all the same.",
            "Look at the list of your uploads on the assignment's page before you send it again.",
        ),
        Problem(
            503,
            "closed_for_now",
            "Closed for a moment",
            "A part of the service that this page needs does not answer right now.",
            _NOTHING,
            "Try again in a minute.",
        ),
    )
}


class Told(HTTPException):
    """Ends the request with a problem of one's own words."""

    def __init__(self, problem: Problem, retry_after: int | None = None) -> None:
        super().__init__(problem.happened)
        self.code = problem.status
        self.retry_after = retry_after
        self.problem = problem


def tell(
    status: int,
    code: str,
    title: str,
    happened: str,
    next_step: str,
    lost: str = _NOTHING,
    *,
    retry_after: int | None = None,
) -> NoReturn:
    """Raises a problem worded for this one case; `retry_after` seconds it is another."""
    raise Told(Problem(status, code, title, happened, lost, next_step), retry_after)


def refused(sentence: str) -> NoReturn:
    """The upload was not taken: nothing of it was recorded."""
    tell(
        422,
        "refused",
        "This file was not taken",
        sentence,
        "Mend the archive and hand in again.",
        "Nothing was recorded: this upload does not count as a hand-in, and your earlier ones are untouched.",
    )


def init_app(app: Flask) -> None:
    """Answers every error in the portal's own words."""
    app.register_error_handler(HTTPException, _answer)
    app.register_error_handler(Exception, _broke)


def wants_json() -> bool:
    """True for the API, and for a program that asks for JSON rather than a page."""
    if request.path.startswith("/api/"):
        return True
    best = request.accept_mimetypes.best_match(["text/html", "application/json"], "text/html")
    return best == "application/json"


def _answer(error: HTTPException) -> Response:
    problem = _problem(error)
    response = respond(problem)
    if problem.status == 429:
        response.headers["Retry-After"] = str(getattr(error, "retry_after", None) or 60)
    elif problem.status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="handin"'
    elif problem.status == 405 and (allowed := getattr(error, "valid_methods", None)):
        response.headers["Allow"] = ", ".join(allowed)
    return response


def _broke(error: Exception) -> Response:
    # The one secret that an address holds is the password's of an account that has none yet.
    path = "/invitation/…" if request.endpoint == "invitation.open_link" else request.path
    log.error("the portal failed on %s %s", request.method, path, exc_info=error)
    return respond(_PROBLEMS[500])


def respond(problem: Problem) -> Response:
    """The problem as an answer, in the shape that was asked for."""
    if wants_json():
        response = jsonify(error=msgspec.to_builtins(problem))
    else:
        response = make_response(render_template("error.html", problem=problem))
    response.status_code = problem.status
    return response


def _problem(error: HTTPException) -> Problem:
    if isinstance(error, Told):
        return error.problem
    if isinstance(error, CSRFError):
        return Problem(
            400,
            "form_expired",
            "This form was open for too long",
            "The form's protection against forgery has expired, or your browser keeps no cookies for this site.",
            "Nothing was recorded from this form. Whatever you handed in before is kept.",
            "Go back, load the page again, and send the form once more.",
        )
    if isinstance(error, RequestEntityTooLarge):
        of_a_file = (request.content_length or 0) > current_app.config["MAX_CONTENT_LENGTH"]
        return too_large() if of_a_file else _long_form()
    if isinstance(error, TooManyRequests):
        return Problem(
            429,
            "too_many",
            "Too many attempts",
            "There were too many failed logins from here, or for this name, in a short time.",
            _NOTHING,
            "Wait a minute, then try again. If you do not know the password, ask your course's staff.",
        )
    status = error.code or 500
    return _PROBLEMS.get(status, _PROBLEMS[500 if status >= 500 else 400])


def _long_form() -> Problem:
    return Problem(
        413,
        "long_form",
        "This form is too long",
        "It holds more text than a form of this portal may.",
        "Nothing was recorded from this form. Whatever you handed in before is kept.",
        "Shorten the text, or send it as a file where the page takes one.",
    )


def too_large() -> Problem:
    """The upload was larger than the service takes."""
    return Problem(
        413,
        "too_large",
        "This file is too large",
        f"The upload is larger than {portal().settings.max_upload_mb} MB, the most that is taken.",
        "Nothing was recorded: this upload does not count as a hand-in, and your earlier ones are untouched.",
        "Look for data sets, plots or a virtual environment in the archive, leave them out, and hand in again.",
    )


def too_many_uploads(wait: str) -> Problem:
    """More uploads came within an hour than the service takes. `wait`: how long until it takes one again, in words."""
    return Problem(
        429,
        "too_many_uploads",
        "Too many uploads in a short time",
        f"You, or all at your address together, uploaded as often as is taken in an hour. Try again in {wait}.",
        "Nothing was recorded of this upload, and nothing is lost: your earlier ones are untouched.",
        f"Keep your file, and hand it in again in {wait}.",
    )


def not_found() -> NoReturn:
    """The same answer for what does not exist and for what is another's: existence is no one else's business."""
    abort(404)
