"""The application factory: parts go in, a WSGI application comes out. It opens no connection by itself."""

from __future__ import annotations

from flask import Flask, g
from flask_wtf.csrf import CSRFProtect, generate_csrf
from werkzeug.routing import IntegerConverter, Map

from grader.listing import listed
from submissions import clock
from submissions.handing_in.intake import Wake
from submissions.models import now
from submissions.secrets import Secrets
from submissions.settings import Settings
from submissions.storage.blobs import BlobStore
from submissions.storage.database import Database
from web.account import account, invitation, login
from web.course import announcements, audit, copying, courses, news
from web.frame import access, assets, context, errors, eyes, limits, security, unchanged
from web.handing_in import api, assignments, own_group
from web.people import at_risk, group_file, groups, invitations, roster, students
from web.results import code, comments, decisions, documents, hints, requests, submissions
from web.rules import extensions, rules
from web.scores import by_hand, error_groups, gradebook, rubric, statistics
from web.service import (
    alerts,
    health,
    help,  # noqa: A004 - the page's own name
)
from web.suites import regrades, suites
from web.words import times, wording


class RowId(IntegerConverter):
    """A row's number in an address: one that no row can have is not found, before the database is asked."""

    def __init__(self, map: Map) -> None:  # noqa: A002 - Werkzeug's name
        super().__init__(map, min=1, max=2**31 - 1)


def create_app(settings: Settings, database: Database, blobs: BlobStore, secrets: Secrets, wake: Wake) -> Flask:
    """The portal over these parts. `wake` tells a worker of a new grading, after its upload is committed."""
    app = Flask(__name__, static_folder=None)
    app.url_map.converters["id"] = RowId
    app.secret_key = secrets.session_key
    security.init_app(app, settings)
    context.init_app(app, context.Portal(settings, database, blobs, secrets, wake))
    # The order matters: what has not changed is said before anyone is looked up, and who it is comes before the form's
    # token, whose check reads the whole body.
    unchanged.init_app(app)
    access.init_app(app)
    security.guard_forms(app)
    csrf = CSRFProtect(app)
    csrf.exempt(api.blueprint)
    app.config["WTF_CSRF_TIME_LIMIT"] = None  # the token lives as long as the login: a page left open can be sent
    app.config["WTF_CSRF_SSL_STRICT"] = True
    errors.init_app(app)
    assets.init_app(app)
    for part in (
        health,
        login,
        help,
        account,
        courses,
        copying,
        assignments,
        submissions,
        by_hand,
        comments,
        code,
        documents,
        hints,
        alerts,
        suites,
        regrades,
        decisions,
        requests,
        audit,
        error_groups,
        gradebook,
        students,
        at_risk,
        roster,
        invitations,
        invitation,
        rubric,
        rules,
        extensions,
        announcements,
        news,
        groups,
        group_file,
        own_group,
        statistics,
        api,
    ):
        app.register_blueprint(part.blueprint)
    limits.init_app(app, settings)
    _words(app, settings)
    eyes.init_app(app)
    access.refuse_unmarked_views(app)
    return app


def _words(app: Flask, settings: Settings) -> None:
    # Whatever a template's file is called: Flask escapes in .html alone, and the text of a page's title is a .txt.
    app.jinja_env.autoescape = True
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    # For the one form of every page that is no part of what the page shows: logging out.
    app.jinja_env.globals["readers_token"] = generate_csrf
    app.jinja_env.filters.update(
        everybody=lambda people: listed([each.name for each in people], len(people)),
        prose=wording.prose,
        shown=wording.shown,
        points=wording.points,
        size=wording.size,
        sections=wording.sections,
        seconds=times.seconds,
        rough=times.rough,
        absolute=clock.absolute,
        exactly=clock.exactly,
        anchor=wording.anchor,
        browser=wording.browser,
    )

    @app.context_processor
    def page() -> dict[str, object]:
        at = now()
        return {
            "user": g.get("user"),
            "login_id": g.login.id if g.get("login") else None,
            "unsafe": settings.unsafe,
            "when": lambda moment, zone="UTC": times.time_element(moment, at, zone),
        }
