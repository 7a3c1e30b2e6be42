"""The portal as it is served: gunicorn with our configuration over a school's data, and requests sent to it by hand."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

from tests.school import School


class Server:
    """gunicorn over the school's data; `temporary` is where its temporary files go."""

    def __init__(self, school: School, folder: Path) -> None:
        self.temporary = folder / "tmp"
        self.temporary.mkdir()
        self.log = folder / "gunicorn.log"
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        environment = {
            **os.environ,
            "HANDIN_DATA": str(school.settings.data),
            "HANDIN_PORT": str(self.port),
            "HANDIN_BROKER": "",
            "HANDIN_DATABASE": "",
            # What one of them takes, holds and refuses can be told where there is one.
            "HANDIN_WEB_PROCESSES": "1",
            "TMPDIR": str(self.temporary),
        }
        with self.log.open("wb") as log:
            self._master = subprocess.Popen(
                [sys.executable, "-m", "gunicorn", "--config", "python:web.server.gunicorn_conf", "web.wsgi:app"],
                env=environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def answers(self) -> bool:
        assert self._master.poll() is None, self.log.read_text()
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=10) as answer:
                return answer.status == 200
        except urllib.error.URLError:
            return False

    def holds_a_temporary_file(self) -> bool:
        """Whether a process of it has a file open in `temporary`, be it without a name."""
        children = Path(f"/proc/{self._master.pid}/task/{self._master.pid}/children").read_text().split()
        descriptors = [file for child in children for file in Path(f"/proc/{child}/fd").iterdir()]
        return any(_target(file).startswith(str(self.temporary)) for file in descriptors)

    def stop(self) -> None:
        self._master.terminate()
        self._master.wait(timeout=30)


def _target(descriptor: Path) -> str:
    try:
        return str(descriptor.readlink())
    except FileNotFoundError:
        return ""  # closed since it was listed


def upload(token: str, content: bytes) -> bytes:
    """An upload of this content, by the API, as it goes over the wire."""
    part = b'--b\r\nContent-Disposition: form-data; name="file"; filename="handin.tar"\r\n\r\n'
    body = part + content + b"\r\n--b--\r\n"
    head = (
        "POST /api/v1/courses/dl/assignments/hw1p1/submissions HTTP/1.1\r\nHost: localhost\r\n"
        f"Authorization: Bearer {token}\r\nContent-Type: multipart/form-data; boundary=b\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body
