"""The entry for gunicorn: `gunicorn --config python:web.gunicorn_conf web.wsgi:app`, with settings from HANDIN_*.

Here alone the portal meets the workers' side: it is handed the function that wakes one.
"""

from __future__ import annotations

from submissions import secrets
from submissions.blobs import DirectoryBlobs
from submissions.database import Database
from submissions.settings import settings
from web.app import create_app
from workers.wake import wake

app = create_app(
    settings(),
    Database(settings().database_url),
    DirectoryBlobs(settings().data / "blobs"),
    secrets.load(settings().data),
    wake,
)
