"""What every answer carries so that a page cannot be turned against its reader, and how the cookie is kept.

No script or style stands inside a page: the policy names this host alone, and nothing in it says `unsafe`.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from urllib.parse import urlsplit

from flask import Flask, Response, g, request
from werkzeug.middleware.proxy_fix import ProxyFix

from submissions.settings import Settings
from web.frame.context import portal
from web.frame.errors import tell

log = logging.getLogger(__name__)

# `data:` for images: Pico draws its chevrons by data: addresses in its own stylesheet. `frame-src`: a PDF that was
# handed in stands beside the form for its points (`web.results.documents`).
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "frame-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
FORM_SLACK = 160 * 1024
"""Bytes that a form without a file may have, and room beside a file for the form's other parts. The longest is a
comment of `submissions.scores.manual`, whose every character may be twelve in a form."""
_FILES = "multipart/form-data"


def init_app(app: Flask, settings: Settings) -> None:
    """Sets limits, cookie flags and headers."""
    https = settings.public_url.startswith("https://")
    app.config.update(
        MAX_CONTENT_LENGTH=settings.max_upload_mb * 1_000_000 + FORM_SLACK,
        MAX_FORM_MEMORY_SIZE=FORM_SLACK,
        MAX_FORM_PARTS=20,
        # Browsers take a `__Host-` cookie only from this very host over https: no sibling host can plant one.
        SESSION_COOKIE_NAME="__Host-handin" if https else "handin",
        SESSION_COOKIE_SECURE=https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=timedelta(days=settings.session_days),
        SESSION_REFRESH_EACH_REQUEST=False,  # but now and then: `web.frame.access`
    )
    if settings.behind_proxy:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=1)  # type: ignore[method-assign]
    app.after_request(_harden)


def guard_forms(app: Flask) -> None:
    """Looks at forms before their token is, for which the whole form is read.

    Bounds them, and refuses those that another site's page sent: a second wall behind the token.
    """
    app.before_request(_bound)
    app.before_request(_refuse_other_sites)


def may_hold_a_file(content_type: str, *, from_somebody: bool) -> bool:
    """Whether a request may be longer than FORM_SLACK. Of a form of another type, a few megabytes of `&` become as many
    gigabytes: such a form is parsed at once, and one with files is written to disk as it comes."""
    return from_somebody and content_type.lower().startswith(_FILES)


def _bound() -> None:
    if not may_hold_a_file(request.content_type or "", from_somebody=g.user is not None):
        request.max_content_length = FORM_SLACK


def _refuse_other_sites() -> None:
    # The API looks at no cookie, so what a browser sends along there opens nothing.
    if request.method in ("GET", "HEAD", "OPTIONS") or request.blueprint == "api" or _from_here():
        return
    # A proxy that changes the host's name looks like another site, until the settings say how students reach us.
    log.warning("a form from another site was refused: %.200r is not %r", _said(), request.host)
    tell(
        403,
        "other_site",
        "This form came from another site",
        "Another site's page made your browser send it, or a program in between hides where it came from.",
        "Open the page here and send the form from it.",
        "Nothing was recorded from this form. Whatever you handed in before is kept.",
    )


def _from_here() -> bool:
    said = _said()
    if said in ("same-origin", "none", ""):
        return True
    try:
        site = urlsplit(said).netloc
    except ValueError:
        return False
    return bool(site) and site in (request.host, urlsplit(portal().settings.public_url).netloc)


def _said() -> str:
    """Where the browser says that a request comes from: most tell it by name, the older ones by address."""
    return next(filter(None, map(request.headers.get, ("Sec-Fetch-Site", "Origin", "Referer"))), "")


def _harden(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("Content-Security-Policy", POLICY)
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "same-origin"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
    if request.is_secure:
        headers["Strict-Transport-Security"] = "max-age=31536000"
    # Pages hold marks: on a shared computer nothing of them may be left for the next person. What may be kept says so,
    # by a word that Flask does not set for downloads by itself.
    if not (response.cache_control.private or response.cache_control.public):
        headers["Cache-Control"] = "no-store"
    return response
