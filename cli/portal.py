"""Speaks the portal's JSON API with a token, as `curl` would: hand in, and ask what came of it."""

from __future__ import annotations

import json
import secrets
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import quote

from cli.outcome import REFUSED, Sorry

_SECONDS = 60.0


class Portal:
    """The portal at `url`, for the person whose API token this is."""

    def __init__(self, url: str, token: str) -> None:
        self._url = url.rstrip("/")
        self._token = token

    def hand_in(
        self, course: str, assignment: str, filename: str, content: bytes, grace: int | None = None
    ) -> dict[str, Any]:
        """Uploads an archive; returns what the API says of it. Raises Sorry, with the portal's own words.

        `grace` is how many grace days may be spent on it; None: nothing is said, and the portal asks where it matters.
        """
        boundary = secrets.token_hex(16)
        name = filename.replace("\\", "_").replace('"', "_").replace("\r", "_").replace("\n", "_")
        agreed = f'--{boundary}\r\nContent-Disposition: form-data; name="grace"\r\n\r\n{grace}\r\n'
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
        return self._ask(
            f"/api/v1/courses/{quote(course, safe='')}/assignments/{quote(assignment, safe='')}/submissions",
            body=("" if grace is None else agreed).encode()
            + head.encode()
            + content
            + f"\r\n--{boundary}--\r\n".encode(),
            content_type=f"multipart/form-data; boundary={boundary}",
        )

    def submission(self, number: int) -> dict[str, Any]:
        """What came of a submission so far; `final` says whether that is the last word."""
        return self._ask(f"/api/v1/submissions/{number}")

    def _ask(self, path: str, body: bytes | None = None, content_type: str = "") -> dict[str, Any]:
        if not self._url.startswith(("http://", "https://")):
            raise Sorry(f"{self._url!r} is no address of a portal; it begins with https:// or http://")
        headers = {"Authorization": f"Bearer {self._token}", "Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = content_type
        request = urllib.request.Request(self._url + path, data=body, headers=headers)  # noqa: S310 - checked above
        try:
            with urllib.request.urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310 - the same
                return _read(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                raise _sorry(error.code, _read(error.read())) from None
        except (urllib.error.URLError, OSError) as error:
            reason = getattr(error, "reason", error)
            raise Sorry(f"the portal at {self._url} does not answer ({reason}); nothing was handed in") from None


def _read(content: bytes) -> dict[str, Any]:
    try:
        found = json.loads(content)
    except ValueError:
        found = None
    return found if isinstance(found, dict) else {}


def _sorry(status: int, told: dict[str, Any]) -> Sorry:
    problem = told.get("error")
    words = " ".join(str(problem[key]) for key in ("happened", "next_step")) if isinstance(problem, dict) else ""
    return Sorry(words or f"the portal answered with status {status}", REFUSED if status in (413, 422) else 1)
