"""Logging in and out."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, g, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from submissions.models import User
from submissions.people import people
from submissions.storage import audit
from web.frame import known, limits
from web.frame.access import for_everyone, for_people
from web.frame.context import portal

blueprint = Blueprint("login", __name__)


@blueprint.get("/login")
@for_everyone
def page() -> str | Response:
    """The form."""
    if g.user is not None:
        return redirect(_safe(request.args.get("next", "")), code=303)
    return render_template("login.html", next=request.args.get("next", ""))


@blueprint.post("/login")
@for_everyone
def enter() -> tuple[str, int] | Response:
    """Checks the password and starts a session under a new token."""
    login = request.form.get("login", "").strip().lower()
    following = request.args.get("next", "")
    attempt = limits.attempt(login)
    user = people.authenticate(portal().database, login, request.form.get("password", ""))
    if user is None:
        attempt.failed()
        # The same words for a name that does not exist: the form must not tell who is here.
        wrong = "This login and password do not belong together. Check both; capital letters matter in the password."
        return render_template("login.html", next=following, login=login, wrong=wrong), 403
    return let_in(user, _safe(following))


@blueprint.post("/logout")
@for_people
def leave() -> Response:
    """Ends this session on the server, not only in the browser."""
    with portal().database.write() as writing:
        people.revoke_session(writing, g.user.id, g.login.id)
        audit.record(writing, g.user.login, "log out", f"session {g.login.id}", address=request.remote_addr or "")
    session.clear()
    return redirect(url_for("login.page"), code=303)


def let_in(user: User, following: str) -> Response:
    """Starts a session of theirs under a new token, in place of this browser's older one, and goes on to an address."""
    with portal().database.write() as writing:
        if g.login is not None:
            people.revoke_session(writing, g.login.user_id, g.login.id)
        token = people.start_session(writing, user.id, request.remote_addr or "", request.user_agent.string)
    # Nothing that was in the cookie before the login is in it afterwards.
    session.clear()
    session["token"] = token
    session.permanent = True
    inside = redirect(following, code=303)
    known.remember(inside, user.login)
    return inside


def _safe(following: str) -> str:
    """The address to go on to, if it is a path of this portal; else the courses.

    Browsers read `//host`, `/\\host` and a tab between the slashes as another host.
    """
    try:
        parts = urlsplit(following)
    except ValueError:
        return url_for("courses.home")
    hostile = any(character in following for character in "\\\r\n\t") or any(ord(c) < 0x21 for c in following)
    if hostile or parts.scheme or parts.netloc or not following.startswith("/") or following.startswith("//"):
        return url_for("courses.home")
    return following
