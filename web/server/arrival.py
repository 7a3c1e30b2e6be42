"""One connection, and what has arrived of its next request: the half of `web.server.buffering` that knows HTTP.

It reads what is there and returns at once; a long body goes into a file without a name.
"""

from __future__ import annotations

import shutil
import socket
import tempfile
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from gunicorn import util
from gunicorn.http.body import LengthReader
from gunicorn.http.errors import NoMoreData
from gunicorn.http.parser import RequestParser
from gunicorn.http.unreader import SocketUnreader
from gunicorn.workers.gthread import TConn

from submissions.models import now
from submissions.settings import settings
from web.frame.context import LONGEST_ARRIVAL
from web.frame.security import FORM_SLACK, may_hold_a_file

_HEAD_SECONDS = 15.0
_LONGEST_HEAD = 1 << 16
# A body may take one pause and as long as its size takes on the slowest line that is waited for.
_PAUSE_SECONDS = 60.0
_SLOWEST = 10_000  # bytes a second
_IN_MEMORY = 1 << 16
_CHUNK = 1 << 16
# What waiting uploads leave free on their disk.
_FREE_BYTES = 200_000_000


class Unfit(Exception):
    """The request is not taken, for one of these reasons."""


# Status, reason, and what the client is told.
NO_ROOM = (
    503,
    "Service Unavailable",
    "There is no room for uploads just now, and nothing was recorded. Try again soon.",
)
LONG_HEAD = (431, "Request Header Fields Too Large", "The headers of this request are too long.")
UNMEASURED = (
    411,
    "Length Required",
    "This request does not say how long it is, and nothing was recorded. Send a file and not a stream.",
)
LATE = (408, "Request Timeout", "The request did not arrive in time, and nothing of it was recorded. Send it again.")


class _Arrived(SocketUnreader):  # type: ignore[misc]
    """Gives a thread the bytes that are here, and never asks the socket for more."""

    def __init__(self, sock: socket.socket) -> None:
        super().__init__(sock)
        self.body = _waiting_room()

    def chunk(self, size_hint: int | None = None) -> bytes:
        if piece := self.body.read(size_hint or _CHUNK):
            return piece
        # A body that was not waited for, as it is too long. Where the next request would begin is unknown, and this
        # error has gunicorn close the connection.
        raise NoMoreData


def _waiting_room() -> tempfile.SpooledTemporaryFile[bytes]:
    return tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)


class _Parser(RequestParser):  # type: ignore[misc]
    """Parses a head when it is here, and tells the outcome to the thread that asks for the next request."""

    def __init__(self, cfg: Any, sock: socket.socket, client: Any) -> None:
        super().__init__(cfg, sock, client)
        self.unreader = _Arrived(sock)
        self._outcome: Any = None

    def parse(self) -> Any:
        """The request, or None: then there is something wrong with it, which a thread answers."""
        try:
            self._outcome = super().__next__()
        except Exception as error:  # noqa: BLE001 - raised again, in the thread
            self._outcome = error
            return None
        return self._outcome

    @property
    def asks(self) -> bool:
        """Whether the parsed request only asks for something, or is none."""
        return getattr(self._outcome, "method", "GET") in ("GET", "HEAD")

    def __next__(self) -> Any:
        outcome, self._outcome = self._outcome, None
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


class Connection(TConn):  # type: ignore[misc]
    """A connection as gunicorn's threads know it, which reads the next request before they do.

    `began` is when the request's first byte came; `deadline` (monotonic) is until when the client must have gone on.
    `has_room` tells whether the bytes of this one's body can be kept, beside what others were promised.
    """

    def __init__(
        self,
        cfg: Any,
        sock: socket.socket,
        client: Any,
        server: Any,
        linger: Callable[[Connection], None],
        has_room: Callable[[Connection], bool],
    ) -> None:
        super().__init__(cfg, sock, client, server)
        self._linger, self._has_room = linger, has_room
        self.parser: _Parser = _Parser(cfg, sock, client)
        self.data_ready = True  # no thread need wait for the first byte
        self.expect()

    def expect(self) -> None:
        """From now on the next request is awaited."""
        self.began: datetime = now()
        self._head = bytearray(self.parser.unreader.take_buffered())
        self._missing: int | None = None
        self._last = self.deadline = time.monotonic() + _HEAD_SECONDS

    @property
    def started(self) -> bool:
        """Whether anything of the request is here."""
        return bool(self._head)

    @property
    def missing(self) -> int:
        """How many bytes of a body are still awaited."""
        return self._missing or 0

    def read(self) -> bool:
        """Takes what has come; True when a thread can go on.

        Raises Unfit, BlockingIOError (nothing has come), and another OSError when the client is gone.
        """
        data = self.sock.recv(min(_CHUNK, self._missing or _CHUNK))
        if not data:
            raise ConnectionResetError
        if self._missing is None:
            if not self._head:
                self.began = now()
            self._head += data
            return self.look()
        try:
            self.parser.unreader.body.write(data)
        except OSError as error:
            raise Unfit(*NO_ROOM) from error
        self._missing -= len(data)
        self.deadline = min(self._last, time.monotonic() + _PAUSE_SECONDS)
        return self._whole()

    def look(self) -> bool:
        """True when a thread can go on with what is here of the head, and of the body behind it. Raises Unfit."""
        if b"\r\n\r\n" not in self._head:
            if len(self._head) > _LONGEST_HEAD:
                raise Unfit(*LONG_HEAD)
            return False
        unreader = self.parser.unreader
        unreader.unread(bytes(self._head))
        request = self.parser.parse()
        if request is None:
            return True
        if not isinstance(request.body.reader, LengthReader):
            raise Unfit(*UNMEASURED)
        length = request.body.reader.length
        # The application refuses what is longer, in words, and needs none of it for that.
        if length > _longest(request):
            return True
        self._missing = max(0, length - len(unreader.buf.getvalue()))
        if self._missing > _IN_MEMORY and not self._has_room(self):
            raise Unfit(*NO_ROOM)
        # gunicorn's threads would say so too late.
        if self._missing and request._expected_100_continue:  # noqa: SLF001
            self.sock.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        request._expected_100_continue = False  # noqa: SLF001
        allowed = min(_PAUSE_SECONDS + length / _SLOWEST, LONGEST_ARRIVAL.total_seconds())
        self._last = time.monotonic() + allowed
        self.deadline = time.monotonic() + _PAUSE_SECONDS
        return self._whole()

    def _whole(self) -> bool:
        if self._missing:
            return False
        self.parser.unreader.body.seek(0)
        return True

    def clear(self) -> None:
        """Forgets a request that was answered."""
        self.parser.unreader.body.close()
        self.parser.unreader.body = _waiting_room()

    def close(self, graceful: bool = False) -> None:
        """Closes it; gracefully, the client is given a moment to read the answer."""
        self.parser.unreader.body.close()
        if graceful:
            self._linger(self)
        else:
            util.close(self.sock)


def _longest(request: Any) -> int:
    """The bytes that are waited for. Who shows no key of any kind sends no file, and has no room kept for one."""
    said = dict(request.headers)
    somebody = "COOKIE" in said or "AUTHORIZATION" in said
    if may_hold_a_file(said.get("CONTENT-TYPE", ""), from_somebody=somebody):
        return settings().max_upload_mb * 1_000_000 + FORM_SLACK
    return FORM_SLACK


def room() -> int:
    """Bytes that uploads may take of their disk, with something left for everyone else; at most 0 where none are."""
    disk = shutil.disk_usage(tempfile.gettempdir())
    return disk.free - min(_FREE_BYTES, disk.total // 4)
