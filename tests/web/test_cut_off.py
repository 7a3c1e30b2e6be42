"""An upload that is cut off half-way, over a real connection to the real server, leaves nothing."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.school import School, archive
from tests.services import wait_until

pytestmark = pytest.mark.slow
_WHOLE = 2_000_000  # bytes: more than the form parser keeps in memory


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
            "TMPDIR": str(self.temporary),
        }
        with self.log.open("wb") as log:
            self._master = subprocess.Popen(
                [sys.executable, "-m", "gunicorn", "--config", "python:web.gunicorn_conf", "web.wsgi:app"],
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


@pytest.fixture
def server(school: School, tmp_path: Path) -> Iterator[Server]:
    server = Server(school, tmp_path)
    try:
        wait_until(server.answers, f"the portal answers; its log: {server.log}")
        yield server
    finally:
        server.stop()


def _request(token: str, content: bytes) -> bytes:
    part = b'--b\r\nContent-Disposition: form-data; name="file"; filename="handin.tar"\r\n\r\n'
    body = part + content + b"\r\n--b--\r\n"
    head = (
        "POST /api/v1/courses/dl/assignments/hw1p1/submissions HTTP/1.1\r\nHost: localhost\r\n"
        f"Authorization: Bearer {token}\r\nContent-Type: multipart/form-data; boundary=b\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body


def _kept(school: School, server: Server) -> list[Path]:
    folders = (school.settings.data / "blobs", server.temporary)
    return [path for folder in folders for path in folder.rglob("*") if path.is_file()]


def test_an_upload_cut_off_half_way_leaves_no_row_no_blob_and_no_temporary_file(school, server) -> None:
    request = _request(school.token("ada"), archive(**{"data.csv": "1" * _WHOLE}))
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(request[: len(request) // 2])
        wait_until(server.holds_a_temporary_file, "the server is in the middle of the upload")
    wait_until(lambda: not server.holds_a_temporary_file(), "the server has let go of the upload")
    assert server.answers()
    assert school.submissions() == []
    assert _kept(school, server) == []

    # The very same request, whole, is a hand-in: what was refused above was the cut.
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(request)
        assert connection.makefile("rb").readline() == b"HTTP/1.1 201 CREATED\r\n"
    (submission,) = school.submissions()
    assert [path.name for path in _kept(school, server)] == [submission.blob]
