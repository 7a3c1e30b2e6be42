"""Whether Redis answers, keeps what it is told, and who else may speak to it."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import redis

from cli.checks.exposure import is_local
from grader.sandbox.doctor import Finding, Level
from submissions.settings import Settings
from workers.broker import NoBroker, broker_command, client_url

_SECONDS = 3
# What they could do: empty the queue (the sweeper fills it again) and the counts of failed logins. No score is there.
_OTHERS = "whoever can may empty the queue and the counts of failed logins, which slows grading and helps guessing"


def examine(table: Settings) -> list[Finding]:
    """The broker of the settings, or the one that `handin up` would start."""
    if not table.broker:
        return [_bundled(table)]
    try:
        url = client_url(table.broker)
        with redis.Redis.from_url(url, socket_timeout=_SECONDS, socket_connect_timeout=_SECONDS) as client:
            policy = str(client.info("memory")["maxmemory_policy"])
        return [_answers(policy), _guarded(url)]
    except redis.RedisError as error:
        return [
            Finding("broker", Level.FAIL, str(error), "Start it, or mend HANDIN_BROKER. No hand-in is lost meanwhile.")
        ]
    except ValueError:
        # The parser's own words quote the address, and with it a password.
        remedy = "Mend HANDIN_BROKER, such as redis://:password@host:6379/0; signs in a password are written as %2F."
        return [Finding("broker", Level.FAIL, "HANDIN_BROKER is no address of a Redis", remedy)]


def _bundled(table: Settings) -> Finding:
    try:
        program = broker_command(Path("broker"), table.data)[0]
    except NoBroker as error:
        return Finding("broker", Level.FAIL, "none", str(error))
    return Finding("broker", Level.PASS, f"`handin up` starts {program}")


def _answers(policy: str) -> Finding:
    if policy != "noeviction":
        return Finding("broker", Level.CAUTION, f"maxmemory-policy is {policy}", "Set it to noeviction.")
    return Finding("broker", Level.PASS, "answers")


def _guarded(url: str) -> Finding:
    parts = urlsplit(url)
    if parts.scheme == "unix":
        mode = Path(parts.path).stat().st_mode
        if mode & 0o002 and not parts.password:
            seen = f"every user of this machine may write to its socket: {_OTHERS}"
            return Finding(
                "broker's door", Level.CAUTION, seen, "Set `unixsocketperm 700` (or 770) in its configuration."
            )
        return Finding("broker's door", Level.PASS, "a unix socket")
    local = is_local(parts.hostname or "localhost")
    if not parts.password:
        others = "every user of this machine" if local else "every machine on its network"
        remedy = "Set `requirepass` and name it in HANDIN_BROKER, or let it listen on a unix socket alone."
        return Finding("broker's door", Level.CAUTION, f"{others} may speak to it: {_OTHERS}", remedy)
    if parts.scheme == "redis" and not local:
        seen = "its password crosses the network in the clear"
        return Finding("broker's door", Level.CAUTION, seen, "Give it a certificate and use rediss://.")
    return Finding("broker's door", Level.PASS, "a password")
