"""Behind an invitation link: whose account it opens, and the form for its first password.

The secret is in the address of the link alone. It moves into the browser's cookie at once, so that neither the page's
address nor what the browser says of where it came from holds it.
"""

from __future__ import annotations

from typing import NoReturn

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from submissions.people import invitations, people
from web.account.login import let_in
from web.frame import limits
from web.frame.access import for_everyone
from web.frame.context import portal, reading
from web.frame.errors import tell

blueprint = Blueprint("invitation", __name__, url_prefix="/invitation")

_KEPT = "invitation"
_LONGEST = 100


@blueprint.get("/<secret>")
@for_everyone
def open_link(secret: str) -> Response:
    """Takes the secret out of the address."""
    session[_KEPT] = secret[:_LONGEST]
    return redirect(url_for("invitation.page"), code=303)


@blueprint.get("/")
@for_everyone
def page() -> str:
    """Whose account is it, and for which course?"""
    return _page(_secret())


@blueprint.post("/")
@for_everyone
def enter() -> Response | tuple[str, int]:
    """Sets the password and logs in."""
    secret = _secret()
    # Under no login's name: whoever fails here shuts nobody out by name, and is counted by address.
    attempt = limits.attempt(f"an invitation, {people.digest(secret)}")
    link = invitations.find(reading(), secret)
    if link is None:
        attempt.failed()
        _opens_nothing()
    password = request.form.get("password", "")
    if password != request.form.get("repeated", ""):
        return _page(secret, "The two are not the same. Type the password twice."), 422
    try:
        # Before the transaction: it takes a while, on purpose, and the database waits for nobody.
        kept = people.hash_password(password)
    except people.BadPerson as error:
        return _page(secret, f"{str(error).capitalize()}. Choose another."), 422
    with portal().database.write() as writing:
        used = invitations.use(writing, secret, kept, request.remote_addr or "")
    if used is None:
        _opens_nothing()
    inside = let_in(used.user, url_for("courses.page", course=used.course.slug))
    flash(f"Your password is set, and you are logged in as {used.user.login}. Next time, log in with these two.")
    return inside


def _page(secret: str, wrong: str = "") -> str:
    link = invitations.find(reading(), secret)
    if link is None:
        _opens_nothing()
    return render_template("invitation.html", link=link, wrong=wrong, rule=people.PASSWORD_RULE)


def _secret() -> str:
    kept = session.get(_KEPT)
    return kept if isinstance(kept, str) else ""


def _opens_nothing() -> NoReturn:
    """Used, expired, revoked, mistyped: alike, so that nobody learns which links there were."""
    tell(
        404,
        "no_invitation",
        "This link opens no account",
        "It was used already, it is too old, another one took its place, or a part of it is missing.",
        "If you have set your password, log in with it. Otherwise ask your course's instructor for a new link, and "
        "open it whole, in a browser that keeps cookies for this site.",
        "Nothing was changed.",
    )
