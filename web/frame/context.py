"""What a request has at hand: the service's parts, and one reading session that is opened when first needed."""

from __future__ import annotations

from contextlib import ExitStack
from contextvars import ContextVar
from datetime import datetime, timedelta
from typing import cast

import msgspec
from flask import Flask, current_app, g
from sqlalchemy.orm import Session

from submissions.handing_in.intake import Wake
from submissions.secrets import Secrets
from submissions.settings import Settings
from submissions.storage.blobs import BlobStore
from submissions.storage.database import Database

LONGEST_ARRIVAL = timedelta(minutes=10)
"""How long after its first byte, whose time counts, the rest of a request is waited for at most.

What a deadline opens must open this much later: an upload that began in time could else be ended to suit it."""

began: ContextVar[datetime | None] = ContextVar("began", default=None)
"""When the first byte of this thread's request came, set by what waited for the rest (`web.server.buffering`)."""


class Portal(msgspec.Struct, frozen=True):
    """The parts that the portal was made with."""

    settings: Settings
    database: Database
    blobs: BlobStore
    secrets: Secrets
    wake: Wake


def init_app(app: Flask, portal: Portal) -> None:
    """Keeps the parts with the application."""
    app.extensions["handin"] = portal
    app.teardown_request(_close)


def portal() -> Portal:
    """The parts of the application that answers this request."""
    return cast("Portal", current_app.extensions["handin"])


def reading() -> Session:
    """The request's one reading session: what a page shows is of one moment."""
    if "reading" not in g:
        g.closing = ExitStack()
        g.reading = g.closing.enter_context(portal().database.read())
    return cast("Session", g.reading)


def _close(_error: BaseException | None) -> None:
    g.pop("reading", None)
    closing: ExitStack | None = g.pop("closing", None)
    if closing is not None:
        closing.close()
