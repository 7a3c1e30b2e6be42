"""How often one may try to log in: failures are counted for the address and for the name.

Successes are not counted, so a lecture hall behind one address is not shut out minutes before a deadline. When the
counters cannot be reached, logging in is closed and every other page works: a page needs no counter, and a password
that may be guessed without end is no password.
"""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from limits.errors import StorageError

from submissions.settings import Settings
from web.errors import Problem, respond


def init_app(app: Flask, settings: Settings) -> None:
    """Limits the login form; the counters are in Redis when there is one, else in this process."""
    limiter = Limiter(
        get_remote_address,
        app=app,
        storage_uri=_storage(settings.broker),
        # Only so can a broken store be told from a fault of our own.
        storage_options={"wrap_exceptions": True},
        strategy="fixed-window",
    )
    enter: Any = app.view_functions["login.enter"]
    for key in (get_remote_address, _name):
        enter = limiter.limit(settings.login_limit, key_func=key, deduct_when=_failed)(enter)
    app.view_functions["login.enter"] = enter
    app.register_error_handler(StorageError, _closed)


def _name() -> str:
    return "login:" + request.form.get("login", "").strip().lower()[:200]


def _failed(response: Response) -> bool:
    # Only a wrong password: an answer about the counters themselves must not ask them again.
    return response.status_code == 403


def _storage(broker: str) -> str:
    if not broker:
        return "memory://"
    # Celery and `limits` spell the address of a Redis on a unix socket differently.
    return broker.replace("redis+socket://", "redis+unix://", 1)


def _closed(_error: StorageError) -> Response:
    return respond(
        Problem(
            503,
            "login_closed",
            "Logging in is closed for a moment",
            "The part of the service that counts failed logins does not answer, and without it nobody is let in.",
            "No. Whatever you handed in is kept, and those who are logged in can go on.",
            "Try again in a minute. If it lasts, tell your course's staff.",
        )
    )
