"""The portal's own files under /static: addressed by content, so that browsers keep them, and sent compressed.

Everything a page loads is here; nothing comes from another host.
"""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from pathlib import Path

import msgspec
from flask import Flask, Response, abort, request, url_for

from web.frame.access import for_everyone

_FOLDER = Path(__file__).parents[1] / "static"
_SERVED = {".css", ".js", ".svg"}
_WORTH_COMPRESSING = 1024  # bytes


class Asset(msgspec.Struct, frozen=True):
    """One file, read once at start: its bytes, the same compressed, its media type and the hash in its address."""

    plain: bytes
    packed: bytes
    media: str
    version: str


def init_app(app: Flask) -> None:
    """Adds the address of the static files, and `asset(name)` for templates."""
    assets = {
        path.relative_to(_FOLDER).as_posix(): _read(path)
        for path in sorted(_FOLDER.rglob("*"))
        if path.suffix in _SERVED
    }

    @for_everyone
    def static(name: str) -> Response:
        asset = assets.get(name) or abort(404)
        packed = request.accept_encodings["gzip"] > 0 and len(asset.plain) > _WORTH_COMPRESSING
        response = Response(asset.packed if packed else asset.plain, mimetype=asset.media)
        if packed:
            response.headers["Content-Encoding"] = "gzip"
        response.headers["Vary"] = "Accept-Encoding"
        # An address with the right hash can never mean other bytes.
        lasting = request.args.get("v") == asset.version
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if lasting else "public, max-age=60"
        response.set_etag(asset.version + ("-gzip" if packed else ""))
        response.make_conditional(request.environ)
        return response

    app.add_url_rule("/static/<path:name>", "static", static)
    app.jinja_env.globals["asset"] = lambda name: url_for("static", name=name, v=assets[name].version)


def _read(path: Path) -> Asset:
    plain = path.read_bytes()
    media = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return Asset(plain, gzip.compress(plain, mtime=0), media, hashlib.sha256(plain).hexdigest()[:12])
