"""How often one may fail to log in, and how often upload.

Who guesses gets nowhere, and who fails in a student's name does not shut them out.

A browser in which a name has logged in before has a count of its own for that name (`web.frame.known`). Everyone else
is counted by address and name, by address, and by name. Successes are not counted, so a lecture hall behind one address
is not shut out minutes before a deadline.

Uploads are counted by person and by address, whatever comes of them.

All is counted in Redis for all processes, and in each process by itself. While Redis is away, each goes by what
it has seen: nobody is kept from handing in by that, and nobody guesses without end.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from functools import lru_cache
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import TypeVar, cast

import msgspec
from flask import Flask, current_app, request
from limits import RateLimitItem, RateLimitItemPerHour, parse_many
from limits.errors import StorageError
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import FixedWindowRateLimiter
from werkzeug.exceptions import TooManyRequests

from submissions.settings import Settings
from web.frame import known

log = logging.getLogger(__name__)

# Seconds that Redis may take for an answer, and seconds for which one that took longer is not asked again.
_PATIENCE = 1.0
_REST = 10.0
_LONGEST_NAME = 200
_TOKENS = RateLimitItemPerHour(60)

Counted = tuple[RateLimitItem, str]
_T = TypeVar("_T")


class Counters:
    """Counts of failed logins and of uploads, each under a key and for a window of time."""

    def __init__(self, broker: str) -> None:
        """`broker` is the address of the Redis that all processes share; "" where there is none."""
        self._own = FixedWindowRateLimiter(MemoryStorage())
        self._shared = FixedWindowRateLimiter(_redis(broker)) if broker else None
        self._rests_until = 0.0

    def full(self, counted: Counted) -> float:
        """Seconds until there is room under a key again; 0 when there is."""
        return max(_full(self._own, counted), self._ask(lambda shared: _full(shared, counted)) or 0.0)

    def add(self, counted: Counted) -> None:
        """Counts one more."""
        self._own.hit(*counted)
        self._ask(lambda shared: shared.hit(*counted))

    def redis_answers(self) -> bool | None:
        """Whether the Redis that all processes share is there at this moment; None: none is set."""
        return None if self._shared is None else self._shared.storage.check()

    def _ask(self, question: Callable[[FixedWindowRateLimiter], _T]) -> _T | None:
        if self._shared is None or time.monotonic() < self._rests_until:
            return None
        try:
            return question(self._shared)
        except StorageError as error:
            self._rests_until = time.monotonic() + _REST
            log.warning("Redis does not count logins and uploads; each process goes by its own count: %s", error)
            return None


class Attempt(msgspec.Struct, frozen=True):
    """One try to log in, and all that a failure of it is counted under."""

    counters: Counters
    counted: tuple[Counted, ...]

    def failed(self) -> None:
        """The password was wrong."""
        for each in self.counted:
            self.counters.add(each)


class Limits(msgspec.Struct, frozen=True):
    """The settings' limits, read once."""

    counters: Counters
    one_name: list[RateLimitItem]
    address: list[RateLimitItem]
    name: list[RateLimitItem]
    uploads: list[RateLimitItem]
    uploads_address: list[RateLimitItem]


def init_app(app: Flask, settings: Settings) -> None:
    """Makes the counters of this process."""
    app.extensions["handin.limits"] = Limits(
        Counters(settings.broker),
        parse_many(settings.login_limit),
        parse_many(settings.login_limit_address),
        parse_many(settings.login_limit_name),
        _hourly(settings.upload_limit),
        _hourly(settings.upload_limit_address),
    )


def redis_answers() -> bool | None:
    """As of the counters of this process."""
    return cast("Limits", current_app.extensions["handin.limits"]).counters.redis_answers()


def attempt(login: str) -> Attempt:
    """Whoever asks now tries to log in as `login`. Raises TooManyRequests, which says when to come back."""
    limits = cast("Limits", current_app.extensions["handin.limits"])
    name, place = login[:_LONGEST_NAME], network(request.remote_addr or "")
    if browser := known.browser(login):
        keys = [(limits.one_name, f"browser {browser}")]
    else:
        keys = [
            (limits.one_name, f"address {place}, name {name}"),
            (limits.address, f"address {place}"),
            (limits.name, f"name {name}"),
        ]
    counted = tuple((item, key) for items, key in keys for item in items)
    if wait := _wait(limits.counters, counted):
        raise TooManyRequests(retry_after=wait)
    return Attempt(limits.counters, counted)


def upload(user_id: int) -> int:
    """Counts an upload by this person and returns 0; or the seconds until there is room for one, and counts none."""
    limits = cast("Limits", current_app.extensions["handin.limits"])
    keys = [
        (limits.uploads, f"uploads of {user_id}"),
        (limits.uploads_address, f"uploads from {network(request.remote_addr or '')}"),
    ]
    return _count(limits.counters, tuple((item, key) for items, key in keys for item in items))


def token(user_id: int) -> int:
    """Counts a token made by this person, as `upload` does: each leaves a line in the audit log for good."""
    limits = cast("Limits", current_app.extensions["handin.limits"])
    return _count(limits.counters, ((_TOKENS, f"tokens of {user_id}"),))


@lru_cache(1024)  # the loop of `web.server.buffering` asks it of all connections whenever one comes
def network(address: str) -> str:
    """What one person cannot leave at will: an IPv4 address, or the /64 that every IPv6 connection is given."""
    try:
        parsed = ip_address(address)
    except ValueError:
        # A proxy hands on what it was told.
        return address[:_LONGEST_NAME]
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    return str(parsed.ipv4_mapped or IPv6Network((parsed, 64), strict=False))


def _hourly(most: int) -> list[RateLimitItem]:
    return [RateLimitItemPerHour(most)] if most else []


def _count(counters: Counters, counted: tuple[Counted, ...]) -> int:
    if wait := _wait(counters, counted):
        return wait
    for each in counted:
        counters.add(each)
    return 0


def _wait(counters: Counters, counted: tuple[Counted, ...]) -> int:
    wait = max((counters.full(each) for each in counted), default=0.0)
    return int(wait) + 1 if wait > 0 else 0


def _full(limiter: FixedWindowRateLimiter, counted: Counted) -> float:
    if limiter.test(*counted):
        return 0.0
    # A window that ends in this very moment is still a refusal.
    return max(limiter.get_window_stats(*counted).reset_time - time.time(), 0.001)


def _redis(broker: str) -> RedisStorage:
    return RedisStorage(
        # Celery and `limits` spell the address of a Redis on a unix socket differently.
        broker.replace("redis+socket://", "redis+unix://", 1),
        # Only so can a Redis that is away be told from a fault of our own.
        wrap_exceptions=True,
        socket_timeout=_PATIENCE,
        socket_connect_timeout=_PATIENCE,
    )
