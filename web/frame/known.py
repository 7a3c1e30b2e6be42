"""Browsers in which a name has logged in before, known by a signed cookie (OWASP calls it a device cookie).

It opens nothing. It only says that failures elsewhere are not this browser's (`web.frame.limits`): whoever fails on
purpose in a student's name has no such cookie for it, and cannot make one without the password.
"""

from __future__ import annotations

import secrets
from typing import cast

from flask import current_app, request
from itsdangerous import Signer
from werkzeug.wrappers import Response

_SECONDS = 365 * 24 * 3600


def browser(login: str) -> str:
    """The number of this browser, if `login` has logged in with it before; else ""."""
    number, _, signature = request.cookies.get(_cookie(), "").partition(".")
    # Nothing can be read in the cookie: whose browser it is shows only to who asks for the right name.
    return number if _signer().verify_signature(_signed(number, login), signature) else ""


def remember(response: Response, login: str) -> None:
    """From now on this browser is one of `login`, and of nobody else."""
    if browser(login):
        return
    number = secrets.token_urlsafe(12)
    signature = _signer().get_signature(_signed(number, login)).decode()
    response.set_cookie(
        _cookie(),
        f"{number}.{signature}",
        max_age=_SECONDS,
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        httponly=True,
        samesite="Strict",
    )


def _cookie() -> str:
    return cast("str", current_app.config["SESSION_COOKIE_NAME"]) + "-known"


def _signed(number: str, login: str) -> bytes:
    return f"{number}.{login}".encode("utf-8", "replace")


def _signer() -> Signer:
    return Signer(cast("bytes", current_app.secret_key), salt="known browser", key_derivation="hmac")
