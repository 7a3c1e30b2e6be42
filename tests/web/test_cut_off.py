"""An upload that is cut off half-way, over a real connection to the real server, leaves nothing."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.school import School, archive
from tests.services import wait_until
from tests.web.served import Server, upload

pytestmark = pytest.mark.slow
_WHOLE = 2_000_000  # bytes: more than the form parser keeps in memory


@pytest.fixture
def server(school: School, tmp_path: Path) -> Iterator[Server]:
    server = Server(school, tmp_path)
    try:
        wait_until(server.answers, f"the portal answers; its log: {server.log}")
        yield server
    finally:
        server.stop()


def _kept(school: School, server: Server) -> list[str]:
    """The names of what was stored and left, but for the tests' own archive."""
    folders = (school.settings.data / "blobs", server.temporary)
    names = [path.name for folder in folders for path in folder.rglob("*") if path.is_file()]
    return [name for name in names if name != school.suite.blob]


def test_an_upload_cut_off_half_way_leaves_no_row_no_blob_and_no_temporary_file(school, server) -> None:
    request = upload(school.token("ada"), archive(**{"data.csv": "1" * _WHOLE}))
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
    assert _kept(school, server) == [submission.blob]
