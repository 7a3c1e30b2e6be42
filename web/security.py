"""What every answer carries so that a page cannot be turned against its reader, and how the cookie is kept.

No script or style stands inside a page: the policy names this host alone, and nothing in it says `unsafe`.
"""

from __future__ import annotations

from datetime import timedelta

from flask import Flask, Response, request
from werkzeug.middleware.proxy_fix import ProxyFix

from submissions.settings import Settings

# `data:` for images: Pico draws its chevrons by data: addresses in its own stylesheet. `frame-src`: a PDF that was
# handed in stands beside the form for its points (`web.documents`).
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
# Room beside the file itself for the form's other parts. The longest is a comment of `submissions.manual`, whose every
# character may be twelve in a form.
_FORM_SLACK = 160 * 1024


def init_app(app: Flask, settings: Settings) -> None:
    """Sets limits, cookie flags and headers."""
    https = settings.public_url.startswith("https://")
    app.config.update(
        MAX_CONTENT_LENGTH=settings.max_upload_mb * 1_000_000 + _FORM_SLACK,
        MAX_FORM_MEMORY_SIZE=_FORM_SLACK,
        MAX_FORM_PARTS=20,
        # Browsers take a `__Host-` cookie only from this very host over https: no sibling host can plant one.
        SESSION_COOKIE_NAME="__Host-handin" if https else "handin",
        SESSION_COOKIE_SECURE=https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=timedelta(days=settings.session_days),
    )
    if settings.behind_proxy:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=1)  # type: ignore[method-assign]
    app.after_request(_harden)


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
    # Pages hold marks: on a shared computer nothing of them may be left for the next person.
    headers.setdefault("Cache-Control", "no-store")
    return response
