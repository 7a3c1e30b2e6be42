"""The account page: where one is logged in, and the keys for `curl` and `handin submit`."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from submissions.people import people
from submissions.storage import audit
from web.frame import limits
from web.frame.access import for_people
from web.frame.context import portal, reading
from web.frame.errors import not_found, tell
from web.words.times import span

blueprint = Blueprint("account", __name__, url_prefix="/account")

_MOST_TOKENS = 20


@blueprint.get("/")
@for_people
def page() -> str:
    """Sessions and tokens."""
    return _page()


@blueprint.post("/sessions/<id:session_id>/revoke")
@for_people
def revoke_session(session_id: int) -> Response:
    """Logs one browser out."""
    with portal().database.write() as writing:
        found = people.revoke_session(writing, g.user.id, session_id)
        if found:
            audit.record(writing, g.user.login, "revoke", f"session {session_id}", address=request.remote_addr or "")
    if not found:
        not_found()
    flash("That login has ended.")
    return redirect(url_for("account.page"), code=303)


@blueprint.post("/tokens")
@for_people
def create_token() -> str:
    """Makes a token and shows it this once, in the answer itself: it is stored nowhere, not even for a redirect."""
    label = request.form.get("label", "").strip()[: people.LONGEST_LABEL] or "without a name"
    if len(people.api_tokens_of(reading(), g.user.id)) >= _MOST_TOKENS:
        tell(
            409,
            "too_many_tokens",
            "Too many tokens",
            f"You have {_MOST_TOKENS} tokens already.",
            "Revoke one that you do not use, then make the new one.",
        )
    if wait := limits.token(g.user.id):
        tell(
            429,
            "too_many_tokens_made",
            "Too many tokens in a short time",
            "You made as many tokens within an hour as are made, with those that you revoked.",
            f"Use one that you have, or make the new one in {span(timedelta(seconds=wait))}.",
            retry_after=wait,
        )
    with portal().database.write() as writing:
        token = people.create_api_token(writing, g.user.id, label)
        audit.record(writing, g.user.login, "create", "API token", {"label": label}, request.remote_addr or "")
    return _page(made=token)


@blueprint.post("/tokens/<id:token_id>/revoke")
@for_people
def revoke_token(token_id: int) -> Response:
    """Ends one token."""
    with portal().database.write() as writing:
        found = people.revoke_api_token(writing, g.user.id, token_id)
        if found:
            audit.record(writing, g.user.login, "revoke", f"API token {token_id}", address=request.remote_addr or "")
    if not found:
        not_found()
    flash("That token has ended.")
    return redirect(url_for("account.page"), code=303)


def _page(made: str = "") -> str:
    # A session of its own: a token made a moment ago is not in the snapshot that the request began with.
    with portal().database.read() as fresh:
        return render_template(
            "account.html",
            sessions=people.sessions_of(fresh, g.user.id, timedelta(days=portal().settings.session_days)),
            tokens=people.api_tokens_of(fresh, g.user.id),
            made=made,
        )
