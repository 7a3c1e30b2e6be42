"""The whole service on one machine: a broker of its own, the worker, the sweeper and the portal, under one command.

It owns the order of starting and stopping and nothing else: what each process does is in its own package. Whatever ends
the launcher, even SIGKILL, ends the children (see `cli.child`).
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType

import click
import redis
from celery import Celery
from kombu.exceptions import OperationalError

from cli.child import Child
from cli.claims import check_port, data_folder, run_folder
from cli.outcome import Sorry
from submissions.settings import Settings
from submissions.storage import migrate
from workers.broker import NoBroker, broker_command, broker_url, client_url

_START_SECONDS = 60.0
# How long each may take to end. What a worker is cut off from is graded again at the next start.
_STOP_SECONDS = {"web": 10.0, "sweeper": 5.0, "worker": 15.0, "broker": 5.0}
_LOOK_EVERY = 0.1
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(Exception):
    """Somebody asked the service to stop (Ctrl-C, SIGTERM)."""


class Service:
    """One service on this machine. `url` is where a browser on it finds the portal; `data` is its folder."""

    def __init__(self, settings: Settings) -> None:
        # A wildcard address is nowhere to go to.
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.address, settings.address)  # noqa: S104
        self.url = f"http://{host}:{settings.port}"
        self.data = settings.data.resolve()
        self._settings = settings
        # Every child gets the settings that this process has, wherever it had them from.
        told = {f"HANDIN_{name.upper()}": str(value) for name, value in settings.model_dump().items()}
        self._environment = {**os.environ, **told, "HANDIN_DATA": str(self.data)}
        self._children: list[Child] = []
        self._stop = threading.Event()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Starts everything, in order, and waits until it answers; at the end stops everything in the opposite order.

        Raises Sorry when it cannot start (another one runs on the same data, the port is taken, a process does not
        come up), and Stopped when asked to stop meanwhile.
        """
        with ExitStack() as stack:
            stack.enter_context(data_folder(self.data))
            check_port(self._settings)
            migrate.upgrade(self._settings.database_url)
            stack.enter_context(self._signals())
            run = stack.enter_context(run_folder(self.data))
            self._environment["TMPDIR"] = str(run)
            stack.callback(self._end)
            broker = self._settings.broker or self._start_broker(run / "broker")
            self._environment["HANDIN_BROKER"] = broker
            for name in ("worker", "sweeper", "web"):
                self._start(name, [sys.executable, "-m", "cli", name])
            celery = Celery(broker=broker, set_as_current=False)
            self._wait_for("worker", lambda: _worker_answers(celery))
            self._wait_for("web", self._portal_answers)
            yield

    def pause(self, seconds: float) -> None:
        """Waits, and meanwhile starts again whatever dies. Raises Stopped as soon as asked to stop."""
        until = time.monotonic() + seconds
        while not self._stop.is_set():
            for child in self._children:
                if news := child.look():
                    click.echo(news, err=True)
            left = until - time.monotonic()
            if left <= 0:
                return
            self._stop.wait(min(_LOOK_EVERY, left))
        raise Stopped

    def serve(self) -> None:
        """Keeps the service alive; ends only by Stopped."""
        while True:
            self.pause(3600)

    def _start(self, name: str, command: list[str]) -> None:
        log_folder = self.data / "log"
        log_folder.mkdir(exist_ok=True)
        child = Child(name, command, log_folder, self._environment)
        child.start()
        self._children.append(child)

    def _start_broker(self, unix_socket: Path) -> str:
        kept = self.data / "broker"
        kept.mkdir(mode=0o700, exist_ok=True)
        try:
            self._start("broker", broker_command(unix_socket, kept))
        except NoBroker as error:
            raise Sorry(str(error)) from None
        url = broker_url(unix_socket)
        self._wait_for("broker", lambda: _pings(url))
        return url

    def _wait_for(self, name: str, ready: Callable[[], bool]) -> None:
        (child,) = (child for child in self._children if child.name == name)
        until = time.monotonic() + _START_SECONDS
        while not ready():
            if not child.alive:
                raise Sorry(f"the {name} did not start. The end of its log, {child.log}:\n{child.last_lines()}")
            if time.monotonic() > until:
                raise Sorry(f"the {name} is not ready after {_START_SECONDS:.0f} s; see {child.log}")
            self.pause(_LOOK_EVERY)

    def _portal_answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=2):  # noqa: S310  (an http address of our own)
                return True
        except (urllib.error.URLError, OSError):
            return False

    def _end(self) -> None:
        """Stops what runs, the last started first, so that nobody waits for what has gone already."""
        if any(child.name == "worker" for child in self._children):
            click.echo(f"stopping: waiting for the running grading, if any, at most {_STOP_SECONDS['worker']:.0f} s …")
        while self._children:
            child = self._children.pop()
            if not child.stop(_STOP_SECONDS[child.name]):
                click.echo(f"{child.name} did not end by itself and was killed", err=True)

    @contextmanager
    def _signals(self) -> Iterator[None]:
        def ask(_signal: int, _frame: FrameType | None) -> None:
            self._stop.set()

        before = {number: signal.signal(number, ask) for number in _SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _worker_answers(celery: Celery) -> bool:
    try:
        return bool(celery.control.ping(timeout=0.5))
    except (redis.RedisError, OperationalError, OSError):
        return False  # the broker died meanwhile; it is being started again


def _pings(url: str) -> bool:
    with redis.Redis.from_url(client_url(url), socket_timeout=2) as client:
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False
