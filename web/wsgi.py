"""The entry for gunicorn: `gunicorn --config python:web.server.gunicorn_conf web.wsgi:app`, set by HANDIN_*.

Here alone the portal meets the workers' side: it is handed the function that wakes one.
"""

from __future__ import annotations

from submissions import secrets
from submissions.settings import settings
from submissions.storage.blobs import DirectoryBlobs
from submissions.storage.database import Database
from web.app import create_app
from workers.wake import wake

app = create_app(
    settings(),
    Database(settings().database_url),
    DirectoryBlobs(settings().data / "blobs"),
    secrets.load(settings().data),
    wake,
)
