"""Connections that dawdle, over the real server: whoever sends slowly, or never ends, holds nobody else up."""

from __future__ import annotations

import http.client
import itertools
import re
import selectors
import signal
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from gunicorn.config import Config
from gunicorn.glogging import Logger
from gunicorn.workers import gthread
from hypothesis import given
from hypothesis import strategies as st

from tests.school import School, archive
from tests.services import wait_until
from tests.web.served import Server, upload
from web.server import arrival, buffering

pytestmark = pytest.mark.slow
HALF_SENT = 100
# The head of an upload up to its length; who shows no key, or sends no form with files, is not waited for so long.
KEY, FILES = "Cookie: a=b\r\n", "Content-Type: multipart/form-data; boundary=b\r\n"
UPLOAD = f"POST / HTTP/1.1\r\nHost: l\r\n{KEY}{FILES}Content-Length: "
ADDRESS = "/api/v1/courses/dl/assignments/hw1p1/submissions"


@pytest.fixture(scope="module")
def school(tmp_path_factory) -> Iterator[School]:
    school = School(tmp_path_factory.mktemp("school") / "data")
    yield school
    school.close()


@pytest.fixture(scope="module")
def server(school, tmp_path_factory) -> Iterator[Server]:
    server = Server(school, tmp_path_factory.mktemp("server"))
    try:
        wait_until(server.answers, f"the portal answers; its log: {server.log}")
        yield server
    finally:
        server.stop()


def _connect(server: Server) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), timeout=30)


def _answer(connection: socket.socket) -> tuple[int, str]:
    """Status and text of the next answer."""
    response = http.client.HTTPResponse(connection)
    response.begin()
    return response.status, response.read().decode()


def _ask(server: Server, *pieces: bytes) -> tuple[int, str]:
    with _connect(server) as connection:
        for piece in pieces:
            connection.sendall(piece)
        return _answer(connection)


def _head(token: str, *lines: str) -> bytes:
    return "\r\n".join(
        [f"POST {ADDRESS} HTTP/1.1", "Host: localhost", f"Authorization: Bearer {token}", *lines, "\r\n"]
    ).encode()


def test_a_hundred_half_sent_requests_hold_nobody_up(school, server) -> None:
    large = upload(school.token("bo"), archive(**{"data.csv": "1" * 500_000}))
    before = len(school.submissions())
    with ExitStack() as stack:
        for n in range(HALF_SENT):
            connection = stack.enter_context(_connect(server))
            connection.sendall(b"GET /login HTTP/1.1\r\nHost: lo" if n % 2 else large[: len(large) // 2])
        status, page = _ask(server, b"GET /login HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert (status, "password" in page) == (200, True)
        status, taken = _ask(server, upload(school.token("ada"), archive()))
        assert (status, "receipt" in taken) == (201, True)
    assert len(school.submissions()) == before + 1


def test_a_slow_upload_is_taken_and_counts_from_its_first_byte(school, server) -> None:
    request = upload(school.token("chidi"), archive(**{"data.csv": "1" * 300_000}))
    with _connect(server) as connection:
        connection.sendall(request[:50_000])
        # Answered after it: so the beginning of the upload has been read.
        assert _ask(server, b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")[0] == 200
        begun = datetime.now(UTC)
        connection.sendall(request[50_000:])
        assert _answer(connection)[0] == 201
    taken = school.submissions()[-1]
    assert (taken.user_id, taken.received_at < begun) == (school.users["chidi"].id, True)


@pytest.mark.parametrize(
    ("lines", "body", "status", "sentence"),
    [
        (["Transfer-Encoding: chunked"], b"5\r\nhello\r\n0\r\n\r\n", 411, "does not say how long it is"),
        (["Content-Length: 999999999999"], b"--b\r\n", 413, "larger than 20 MB"),
        (["Content-Length: 5", "Content-Type: application/x-tar"], b"hello", 422, "came without a file"),
        (["Content-Length: 5", "Content-Type: multipart/form-data"], b"hello", 422, "came without a file"),
        (["Content-Length: 5", "Content-Type: multipart/form-data; boundary=b"], b"hello", 422, "came without a file"),
        (["Content-Length: five"], b"hello", 400, "CONTENT-LENGTH"),
        (["Content-Length: -5"], b"hello", 400, "CONTENT-LENGTH"),
        (["Content-Length: 5", "Content-Length: 6"], b"hello!", 400, "CONTENT-LENGTH"),
        (["Content-Length: 5", "Transfer-Encoding: chunked"], b"0\r\n\r\n", 400, ""),
        (["Content-Length: 2000000", "Content-Type: application/x-www-form-urlencoded"], b"&&", 413, "too long"),
        (["Content-Length: 2000000", "Content-Type: application/x-tar"], b"", 413, "too long"),
        (["X-Long: " + "x" * 100_000], b"", 431, ""),
        ([f"X-{n}: x" for n in range(100)], b"", 431, ""),
    ],
    ids=lambda value: value[0][:40] if isinstance(value, list) else "",
)
def test_what_cannot_be_taken_is_told_and_leaves_nothing(school, server, lines, body, status, sentence) -> None:
    before = len(school.submissions())
    found, text = _ask(server, _head(school.token("ada"), *lines), body)
    assert found == status, text
    assert sentence in text
    assert len(school.submissions()) == before


def test_what_follows_an_upload_that_was_too_long_is_not_read_as_a_request(school, server) -> None:
    with _connect(server) as connection:
        connection.sendall(_head(school.token("ada"), "Content-Length: 999999999"))
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert _answer(connection)[0] == 413
        assert connection.recv(1) == b""


def test_a_client_that_waits_to_be_asked_for_its_upload_is_asked(school, server) -> None:
    head, _, body = upload(school.token("ada"), archive()).partition(b"\r\n\r\n")
    with _connect(server) as connection:
        connection.sendall(head + b"\r\nExpect: 100-continue\r\n\r\n")
        assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(body)
        assert _answer(connection)[0] == 201


def test_a_connection_serves_one_request_after_another(school, server) -> None:
    request = upload(school.token("ada"), archive()).replace(b"Connection: close\r\n", b"")
    with _connect(server) as connection:
        for _ in range(2):
            connection.sendall(request)
            assert _answer(connection)[0] == 201
        # Both at once, and more than fits into one read.
        connection.sendall(request + b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        answers = connection.makefile("rb")
        found = []
        while len(found) < 2:
            found += re.findall(rb"^HTTP/1.1 (\d+)", answers.readline())
        assert found == [b"201", b"200"]


def test_an_address_that_holds_too_much_loses_what_it_began_first(server) -> None:
    with ExitStack() as stack:
        held = [stack.enter_context(_connect(server)) for _ in range(201)]
        held[0].settimeout(30)
        assert held[0].recv(1) == b""
        held[-1].sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert _answer(held[-1])[0] == 200


class Pool(list):
    """Threads that never begin: what they were given."""

    def submit(self, _handle, conn: arrival.Connection) -> Future:
        self.append(conn)
        return Future()


class Loop:
    """The loop without its threads: `whole` is what it would have given to one."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, **options: object) -> None:
        config = Config()
        for name, value in {"threads": 1, **options}.items():
            config.set(name, value)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.worker = buffering.BufferingWorker(0, 0, [], None, 30, config, Logger(config))
        self.worker.poller = selectors.DefaultSelector()
        self.pools = {"tpool": Pool(), "_writers": Pool()}
        for name, pool in self.pools.items():
            setattr(self.worker, name, pool)

    def connect(self) -> socket.socket:
        client = socket.create_connection(self.listener.getsockname(), timeout=30)
        self.worker.accept(self.listener)
        return client

    @property
    def whole(self) -> list[arrival.Connection]:
        return [conn for pool in self.pools.values() for conn in pool]

    def end(self) -> None:
        for conn in (*self.worker._arriving, *self.worker.keepalived_conns, *self.worker._leaving, *self.whole):
            conn.close()
        self.worker.poller.close()
        self.worker.tmp.close()
        self.listener.close()

    def turn(self) -> None:
        self.worker.wait_for_and_dispatch_events(1)


@pytest.fixture
def loop(monkeypatch) -> Iterator[Loop]:
    loop = Loop(monkeypatch)
    yield loop
    loop.end()


@pytest.mark.parametrize(
    ("sent", "within", "too_late"),
    [
        (b"", 14, 16),
        (b"POST / HTTP/1.1\r\nHost: l", 14, 16),
        (f"{UPLOAD}10000000\r\n\r\n1".encode(), 59, 61),
    ],
    ids=["nothing", "half a head", "a body that stops"],
)
def test_whoever_does_not_go_on_is_told(loop, monkeypatch, sent, within, too_late) -> None:
    began = buffering.time.monotonic()
    with loop.connect() as client:
        client.sendall(sent)
        if sent:
            loop.turn()
        monkeypatch.setattr(buffering.time, "monotonic", lambda: began + within)
        loop.worker.murder_pending()
        assert loop.worker.nr_conns == 1
        monkeypatch.setattr(buffering.time, "monotonic", lambda: began + too_late)
        loop.worker.murder_pending()
        assert loop.worker.nr_conns == 0
        status, text = _answer(client)
        assert (status, "did not arrive in time" in text) == (408, True)


def test_a_stopping_portal_waits_for_requests_that_have_begun_and_for_no_others(loop) -> None:
    with loop.connect() as idle, loop.connect() as busy:
        busy.sendall(b"POST / HTTP/1.1\r\n")
        loop.turn()
        loop.worker.alive = False
        loop.worker.murder_pending()
        assert loop.worker.nr_conns == 1
        assert idle.recv(1) == b""


@pytest.mark.parametrize(
    ("last", "dropped"), [("2001:db8:1:2::9", ["2001:db8:1:2::1"]), ("2001:db8:1:3::9", []), ("192.0.2.1", [])]
)
def test_a_whole_ipv6_network_is_one_address(loop, last, dropped) -> None:
    loop.worker.worker_connections = 2 * buffering._SHARE
    with ExitStack() as stack:
        for address in (clients := ["2001:db8:1:2::1", "2001:db8:1:2:ffff::1", last]):
            stack.enter_context(loop.connect())
            list(loop.worker._arriving)[-1].client = (address, 1, 0, 0)
        loop.worker._make_room(list(loop.worker._arriving)[-1])
        left = [conn.client[0] for conn in loop.worker._arriving]
        assert [address for address in clients if address not in left] == dropped


def _keep_alive(loop: Loop, client: socket.socket) -> None:
    client.sendall(b"GET / HTTP/1.1\r\nHost: l\r\n\r\n")
    loop.turn()
    answered: Future = Future()
    answered.set_result(True)
    loop.worker.finish_request(loop.pools["tpool"].pop(), answered)


@pytest.mark.parametrize(("most", "share"), [(5, 0.1), (100, 25)], ids=["of all", "of one address"])
def test_where_there_are_too_many_that_goes_with_which_least_is_lost(loop, monkeypatch, most, share) -> None:
    monkeypatch.setattr(buffering, "_SHARE", share)
    loop.worker.worker_connections = most
    half_a_body = b"POST / HTTP/1.1\r\nHost: l\r\nContent-Length: 100\r\n\r\n1"
    with ExitStack() as stack:
        body, head, silent, idle = (stack.enter_context(loop.connect()) for _ in range(4))
        _keep_alive(loop, idle)
        body.sendall(half_a_body)
        head.sendall(half_a_body[:20])
        loop.turn()
        for dropped in (idle, silent, head, body):
            new = stack.enter_context(loop.connect())
            if dropped is body:
                status, text = _answer(body)
                assert (status, "nothing was recorded" in text) == (503, True)
            else:
                assert dropped.recv(1) == b""
            assert loop.worker.nr_conns == 4
            new.sendall(half_a_body)
            loop.turn()


def test_a_connection_that_is_kept_open_keeps_nobody_out(loop) -> None:
    with loop.connect() as client:
        loop.worker.worker_connections = 1
        _keep_alive(loop, client)
        assert (loop.worker.nr_conns, client.recv(1)) == (0, b"")


@pytest.mark.parametrize(
    ("size", "speed", "is_taken"), [(10_000_000, 30_000, True), (5_000_000, 9_000, True), (10_000_000, 16_000, False)]
)
def test_a_slow_line_is_waited_for_as_long_as_what_the_deadline_opens(loop, monkeypatch, size, speed, is_taken) -> None:
    clock = [buffering.time.monotonic()]
    monkeypatch.setattr(buffering.time, "monotonic", lambda: clock[0])
    with loop.connect() as client:
        client.sendall(f"{UPLOAD}{size}\r\n\r\n".encode())
        loop.turn()
        for _ in range(0, size, 50_000):
            client.sendall(b"x" * 50_000)
            clock[0] += 50_000 / speed
            while not loop.whole and loop.worker.poller.select(0):
                loop.turn()
            loop.worker.murder_pending()
            if not loop.worker.nr_conns:
                break
        assert bool(loop.whole) == is_taken


def test_whoever_stops_reading_an_answer_lets_its_thread_go(loop, monkeypatch) -> None:
    monkeypatch.setattr(buffering, "_SEND_SECONDS", 1)
    with loop.connect():
        (conn,) = loop.worker._arriving
        conn.sock.setblocking(True)  # as gunicorn's threads do before they answer
        with pytest.raises(BlockingIOError):
            conn.sock.sendall(b"x" * 100_000_000)


@pytest.mark.parametrize(("method", "pool"), [("GET", "tpool"), ("HEAD", "tpool"), ("POST", "_writers")])
def test_a_hand_in_does_not_queue_behind_pages_that_ask(loop, method, pool) -> None:
    with loop.connect() as client:
        client.sendall(f"{method} / HTTP/1.1\r\nHost: l\r\nContent-Length: 0\r\n\r\n".encode())
        loop.turn()
        assert [name for name, given in loop.pools.items() if given] == [pool]


def test_an_upload_without_room_is_told(loop, monkeypatch) -> None:
    monkeypatch.setattr(arrival, "room", lambda: 0)
    with loop.connect() as client:
        client.sendall(f"{UPLOAD}1000000\r\n\r\n".encode())
        loop.turn()
        status, text = _answer(client)
        assert (status, "no room for uploads" in text) == (503, True)


def test_room_that_is_promised_to_one_upload_is_not_there_for_another(loop, monkeypatch) -> None:
    disk = SimpleNamespace(total=10**12, free=arrival._FREE_BYTES + 10_000_000)
    monkeypatch.setattr(arrival.shutil, "disk_usage", lambda _: disk)
    monkeypatch.setattr(buffering, "_SHARE", 0.1)
    head = f"{UPLOAD}6000000\r\n\r\n".encode()
    with loop.connect() as first, loop.connect() as second, loop.connect() as third:
        first.sendall(head)
        loop.turn()
        second.sendall(head)
        loop.turn()
        status, text = _answer(second)
        assert (status, "no room for uploads" in text) == (503, True)
        first.close()
        loop.turn()
        third.sendall(head)
        loop.turn()
        assert [conn.missing for conn in loop.worker._arriving] == [6_000_000]


def test_one_address_is_promised_no_more_than_its_share_of_the_room(loop, monkeypatch) -> None:
    monkeypatch.setattr(arrival, "room", lambda: 20_000_000)
    with ExitStack() as stack:
        for address in ("192.0.2.1", "192.0.2.1", "192.0.2.2"):
            client = stack.enter_context(loop.connect())
            list(loop.worker._arriving)[-1].client = (address, 1)
            client.sendall(f"{UPLOAD}3000000\r\n\r\n".encode())
            loop.turn()
        assert [conn.client[0] for conn in loop.worker._arriving] == ["192.0.2.1", "192.0.2.2"]


@pytest.mark.parametrize("without", [KEY, FILES], ids=["no key", "no form with files"])
def test_a_long_body_is_awaited_of_a_file_from_somebody_alone(loop, without) -> None:
    head = UPLOAD.replace(without, "")
    with loop.connect() as long, loop.connect() as short:
        long.sendall(f"{head}200000\r\n\r\n1".encode())
        loop.turn()
        assert len(loop.whole) == 1  # for a thread, which refuses it
        short.sendall(f"{head}100000\r\n\r\n1".encode())
        loop.turn()
        assert [conn.missing for conn in loop.worker._arriving] == [99_999]


def test_whoever_stops_the_portal_at_once_has_no_more_hand_ins_begun(loop) -> None:
    worker, going_on, over = loop.worker, threading.Event(), []
    worker.method_queue.init()
    with ThreadPoolExecutor(1) as worker._writers, ThreadPoolExecutor(1) as worker.tpool:
        begun, waits = (worker._writers.submit(going_on.wait, 30) for _ in range(2))
        begun.add_done_callback(lambda _: worker.method_queue.defer(over.append, True))
        with pytest.raises(SystemExit):
            worker.handle_quit(signal.SIGQUIT, None)
        assert (begun.cancelled(), waits.cancelled()) == (False, True)
        going_on.set()
    worker.method_queue.run_callbacks(None)
    assert over == [True]
    gthread.PollableMethodQueue.close(worker.method_queue)


def test_a_hand_in_that_ends_after_the_loop_writes_into_no_other_file(loop, tmp_path) -> None:
    queue = loop.worker.method_queue
    queue.init()
    queue.close()
    with ExitStack() as stack:
        # A new file gets the lowest number that is free.
        files = [stack.enter_context((tmp_path / str(n)).open("wb", buffering=0)) for n in range(3)]
        queue.defer(list)
        assert [file.tell() for file in files] == [0, 0, 0]
    gthread.PollableMethodQueue.close(queue)


BODY = bytes(range(256)) * 600  # more than is kept in memory


@given(cuts=st.lists(st.integers(0, len(BODY) + 100), max_size=8))
def test_a_thread_reads_what_was_sent_however_it_was_cut(cuts) -> None:
    request = b"POST /there HTTP/1.1\r\nHost: l\r\nContent-Length: %d\r\n\r\n" % len(BODY) + BODY
    ours, theirs = socket.socketpair()
    with theirs:
        ours.setblocking(False)
        conn = arrival.Connection(Config(), ours, ("127.0.0.1", 1), ("127.0.0.1", 2), lambda _: None, lambda _: True)
        edges = sorted({0, len(request), *(cut for cut in cuts if cut < len(request))})
        whole = False
        for begin, end in itertools.pairwise(edges):
            assert not whole
            theirs.setblocking(False)
            rest = request[begin:end]
            while rest:
                rest = rest[theirs.send(rest) :]
                try:
                    while not whole:
                        whole = conn.read()
                except BlockingIOError:
                    pass
        assert whole
        parsed = next(conn.parser)
        assert (parsed.path, parsed.body.read()) == ("/there", BODY)
        conn.close()
