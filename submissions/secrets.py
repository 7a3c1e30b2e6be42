"""The service's own secrets: made at first start, kept in the data folder, readable by its owner alone, never printed.

(Inside this module `import secrets` is Python's own: imports here are absolute.)
"""

from __future__ import annotations

import hmac
import os
import secrets
import tempfile
from pathlib import Path

import msgspec

_BYTES = 32
NAMES = ("session", "receipt")
"""The files in the folder `secrets`, in the order of the fields of `Secrets`."""


class Secrets(msgspec.Struct, frozen=True):
    """`session_key` signs cookies, `receipt_key` signs receipts. Both are 32 random bytes."""

    session_key: bytes
    receipt_key: bytes

    @property
    def metrics_token(self) -> str:
        """What a program shows that reads the metrics: made from the session key, so that there is no other to keep."""
        return hmac.new(self.session_key, b"metrics", "sha256").hexdigest()

    def __repr__(self) -> str:
        """Says nothing: a secret must not reach a log through an error message."""
        return "Secrets(…)"


def load(data: Path) -> Secrets:
    """The secrets of the service whose data folder this is; those not there yet are made.

    Several processes may start at once: all get the same keys. Raises OSError when the folder cannot be written.
    """
    folder = data / "secrets"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return Secrets(*(_key(folder / name) for name in NAMES))


def keep(data: Path, given: Secrets) -> None:
    """Puts these secrets where `load` finds them; those that are there stay. Raises OSError."""
    folder = data / "secrets"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, key in zip(NAMES, msgspec.structs.astuple(given), strict=True):
        if not (folder / name).exists():
            _keep(folder / name, key)


def existing(data: Path) -> Secrets | None:
    """The secrets that are there, for whoever only looks: None is said, and nothing made, when one is missing.

    Raises OSError when one is damaged or cannot be read.
    """
    paths = [data / "secrets" / name for name in NAMES]
    if not all(path.exists() for path in paths):
        return None
    return Secrets(*map(_key, paths))


def _key(path: Path) -> bytes:
    if not path.exists():
        _keep(path, secrets.token_bytes(_BYTES))
    key = path.read_bytes()
    if len(key) != _BYTES:
        raise OSError(
            f"{path} does not hold a key of {_BYTES} bytes: restore it from a backup, or delete it for a new one"
        )
    return key


def _keep(path: Path, key: bytes) -> None:
    # mkstemp opens with O_EXCL and mode 0600. The whole key gets its name by link(), which fails where the name exists:
    # of two processes one wins, and neither can read a half-written key.
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(key)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(name, path)
        except FileExistsError:
            return
    finally:
        Path(name).unlink()
