"""Tells a page that waits that nothing has changed, before anything of its reader is read.

Hundreds of pages ask so every few seconds before a deadline. The tag of a live part is signed over the login that it
was shown to and all that can change in it, so whoever sends it back has seen this very state: that it still stands
tells them nothing new. Whether they may still read it (`web.frame.access.still_reads_own`) is asked each time all the
same. It must never answer anything else: whatever is not as it was goes the whole way, and so do staff.
"""

from __future__ import annotations

import hmac

from flask import Flask, Response, request, session

from submissions.gradings import awaiting
from web.frame import access
from web.frame.context import portal, reading

_LIVE = "submissions.live"


def init_app(app: Flask) -> None:
    """Asks this before all else."""
    app.before_request(_answer)


def tag_of(submission: int) -> str:
    """What names the submission's state as this login is shown it at this address; "" once its grading is final."""
    so_far = awaiting.so_far(reading(), submission)
    if so_far is None:
        return ""
    said = repr(("unchanged", session.get("token"), request.full_path, so_far))
    return hmac.new(portal().secrets.session_key, said.encode(), "sha256").hexdigest()[:32]


def marked(response: Response, tag: str) -> Response:
    """The answer as one that a browser keeps under this tag, or under one of its bytes, and asks about each time."""
    response.headers["Cache-Control"] = "private, no-cache"
    if tag:
        response.set_etag(tag, weak=True)
    else:
        response.add_etag()
    return response


def _answer() -> Response | None:
    shown = request.if_none_match
    if request.endpoint != _LIVE or request.method not in ("GET", "HEAD"):
        return None
    # A star stands for any tag, so it would be told of what was shown to nobody.
    if not shown or shown.star_tag:
        return None
    submission = (request.view_args or {})["submission"]
    if not access.still_reads_own(submission):
        return None
    tag = tag_of(submission)
    return marked(Response(status=304), tag) if tag and shown.contains_weak(tag) else None
