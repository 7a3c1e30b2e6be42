"""How gunicorn takes requests off the network: whole, or not at all.

gunicorn's own threads read what they answer, so as many half-sent requests as there are threads stop the portal for
everybody. Here the loop that watches all connections reads them (`web.server.arrival`), and a thread gets a request
when the last byte of it is here: who sends slowly holds a connection, and no thread and no connection to the database.
Whoever takes too long is told so.

The loop must never wait for one client: everything it does with a connection returns at once.
"""

from __future__ import annotations

import errno
import resource
import socket
import struct
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from selectors import EVENT_READ
from typing import Any

from gunicorn import util
from gunicorn.workers.gthread import PollableMethodQueue, ThreadWorker

from submissions.settings import settings
from web.frame.context import began
from web.frame.limits import network
from web.server import arrival
from web.server.arrival import LATE, NO_ROOM, Connection, Unfit

_SEND_SECONDS = 30
_LINGER_SECONDS = 2.0
_MOST_LEAVING = 100
# A quarter of the connections is what one address may hold without a request for a thread, and a quarter of the room.
_SHARE = 4
# Two for each connection, one of them for a long body, and room for what else a process has open.
_DESCRIPTORS = 4096


class _Wakes(PollableMethodQueue):  # type: ignore[misc]
    """What threads wake the loop by, for as long as the process lives.

    Threads outlive the loop. One that ended behind a closed pipe would write into whatever file has its number by then.
    """

    def close(self) -> None:
        """See gunicorn."""


class BufferingWorker(ThreadWorker):  # type: ignore[misc]
    """gunicorn's threads, behind a loop that reads requests for them."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.method_queue = _Wakes()
        # Each in the order in which they began.
        self._arriving: dict[Connection, None] = {}
        self._leaving: dict[Connection, None] = {}

    def init_process(self) -> None:
        """See gunicorn."""
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        most = _DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, _DESCRIPTORS)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))
        self._writers = self.get_thread_pool()
        super().init_process()

    def run(self) -> None:
        """See gunicorn. Hand-ins that no thread has begun with when the grace is over are not taken."""
        super().run()
        self._writers.shutdown(wait=False, cancel_futures=True)

    def handle_quit(self, sig: int, frame: Any) -> None:
        """See gunicorn."""
        self._writers.shutdown(wait=False, cancel_futures=True)
        super().handle_quit(sig, frame)

    def accept(self, listener: Any) -> None:
        """Takes a connection, and sees that there is room for the next one."""
        try:
            sock, client = listener.accept()
        except OSError as error:
            if error.errno in (errno.EMFILE, errno.ENFILE):
                self._drop_first(self._waiting())
            elif error.errno not in (errno.EAGAIN, errno.ECONNABORTED):
                raise
            return
        # The kernel's own bound on a write: who stops reading an answer holds its thread no longer than this.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", _SEND_SECONDS, 0))
        self.nr_conns += 1
        conn = Connection(self.cfg, sock, client, listener.getsockname(), self._linger, self._has_room)
        self.enqueue_req(conn)
        self._make_room(conn)

    def enqueue_req(self, conn: Connection) -> None:
        """A request is awaited on the connection, which is new or was kept open."""
        conn.sock.setblocking(False)
        conn.expect()
        self._arriving[conn] = None
        self.poller.register(conn.sock, EVENT_READ, partial(self._read, conn))
        # What came behind the last request does not make the socket readable.
        self._go_on(conn, conn.look)

    def handle_request(self, req: Any, conn: Connection) -> bool:
        """See gunicorn. The application learns when the request began."""
        token = began.set(conn.began)
        try:
            return bool(super().handle_request(req, conn))
        finally:
            began.reset(token)

    def finish_request(self, conn: Connection, fs: Any) -> None:
        """See gunicorn."""
        conn.clear()
        super().finish_request(conn, fs)
        # Nobody comes in while all places are taken, be it by those that are kept open for later.
        if self.nr_conns >= self.worker_connections:
            self._drop_first(self._waiting())

    def murder_pending(self) -> None:
        """Ends what took too long; gunicorn calls this once a second."""
        at = time.monotonic()
        for conn in [each for each in self._arriving if each.deadline < at]:
            self._drop(conn, Unfit(*LATE))
        if not self.alive:
            # Stopping waits for uploads, and not for connections that browsers keep at hand.
            for conn in [each for each in self._arriving if not each.started]:
                self._drop(conn)
        for conn in [each for each in self._leaving if each.deadline < at]:
            self._left(conn)

    def _read(self, conn: Connection, _sock: socket.socket) -> None:
        self._go_on(conn, conn.read)

    def _go_on(self, conn: Connection, step: Callable[[], bool]) -> None:
        try:
            whole = step()
        except BlockingIOError:
            return
        except OSError:
            self._drop(conn)
            return
        except Unfit as unfit:
            self._drop(conn, unfit)
            return
        if whole:
            del self._arriving[conn]
            self.poller.unregister(conn.sock)
            self._hand_over(conn)

    def _hand_over(self, conn: Connection) -> None:
        """Gives a thread the request. Hand-ins have threads of their own: they do not queue behind pages that ask."""
        pool = self.tpool if conn.parser.asks else self._writers
        done = pool.submit(self.handle, conn)
        done.add_done_callback(lambda future: self.method_queue.defer(self.finish_request, conn, future))

    def _has_room(self, newest: Connection) -> bool:
        """Whether there is room for what all still promise, and of it no more than a share for one address."""
        room = arrival.room()
        if sum(conn.missing for conn in self._arriving) >= room:
            return False
        place = network(newest.client[0])
        own = [conn.missing for conn in self._arriving if network(conn.client[0]) == place]
        return settings().behind_proxy or len(own) == 1 or sum(own) < room // _SHARE

    def _make_room(self, newest: Connection) -> None:
        """Drops a connection where there are too many: of an address that holds too much, so that no single one can
        have others dropped; otherwise of all. The newest is spared: what it brings has not been looked at.
        """
        waiting = [conn for conn in self._waiting() if conn is not newest]
        if not settings().behind_proxy:
            place = network(newest.client[0])
            own = [conn for conn in waiting if network(conn.client[0]) == place]
            if len(own) >= self.worker_connections // _SHARE:
                self._drop_first(own)
                return
        if self.nr_conns >= self.worker_connections:
            self._drop_first(waiting)

    def _waiting(self) -> list[Connection]:
        """The connections that no thread has, first those with which least is lost.

        The idle ones, then by how much of a request is here. Among equals the oldest: honest requests are here within
        moments, half-sent ones are not.
        """
        return [*self.keepalived_conns, *sorted(self._arriving, key=lambda conn: (conn.missing > 0, conn.started))]

    def _drop_first(self, conns: list[Connection]) -> None:
        if conns:
            self._drop(conns[0], Unfit(*NO_ROOM) if conns[0].missing else None)

    def _drop(self, conn: Connection, unfit: Unfit | None = None) -> None:
        if conn in self._arriving:
            del self._arriving[conn]
        else:
            self.keepalived_conns.remove(conn)
        self.poller.unregister(conn.sock)
        self.nr_conns -= 1
        if unfit is not None:
            self.log.info("a request was turned away: %s", unfit.args[2])
            with suppress(OSError):
                util.write_error(conn.sock, *unfit.args)
        conn.close(graceful=unfit is not None)

    def _linger(self, conn: Connection) -> None:
        """Closes the connection once the client has, or soon. To close it at once could take the answer from it."""
        try:
            conn.sock.shutdown(socket.SHUT_WR)
        except OSError:
            util.close(conn.sock)
            return
        conn.sock.setblocking(False)
        conn.deadline = time.monotonic() + _LINGER_SECONDS
        self._leaving[conn] = None
        self.poller.register(conn.sock, EVENT_READ, partial(self._discard, conn))
        if len(self._leaving) > _MOST_LEAVING:
            self._left(next(iter(self._leaving)))

    def _discard(self, conn: Connection, sock: socket.socket) -> None:
        try:
            if sock.recv(1 << 16):
                return
        except BlockingIOError:
            return
        except OSError:
            pass  # gone, which is what is waited for
        self._left(conn)

    def _left(self, conn: Connection) -> None:
        del self._leaving[conn]
        self.poller.unregister(conn.sock)
        util.close(conn.sock)
