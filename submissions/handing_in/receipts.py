"""Receipts: a signed line that proves which bytes came from whom, for what, and when by the server's clock.

The service can check a receipt even when its row is gone; nobody without the receipt key can make one.
"""

from __future__ import annotations

from datetime import datetime

import msgspec
from itsdangerous import BadSignature, URLSafeSerializer

_SALT = "handin receipt 1"


class Receipt(msgspec.Struct, frozen=True):
    """What a receipt says. `size` in bytes; `received_at` is the server's time when it began to read it, in UTC."""

    submission: int
    sha256: str
    size: int
    course: str
    assignment: str
    login: str
    received_at: datetime


class BadReceipt(Exception):
    """The text is no receipt of this service, or was changed."""


def sign(receipt: Receipt, key: bytes) -> str:
    """The receipt as one line of URL-safe text."""
    return str(URLSafeSerializer(key, salt=_SALT).dumps(msgspec.to_builtins(receipt)))


def verify(text: str, key: bytes) -> Receipt:
    """What the receipt says, if this service signed it. Raises BadReceipt."""
    try:
        return msgspec.convert(URLSafeSerializer(key, salt=_SALT).loads(text.strip()), Receipt)
    except (BadSignature, msgspec.ValidationError, UnicodeError) as error:
        raise BadReceipt(
            "this is no receipt of this service, or a character of it was changed; copy the whole line and try again"
        ) from error
