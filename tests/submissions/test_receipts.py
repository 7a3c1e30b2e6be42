"""A receipt says what was handed in, and nobody but the service can write one."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from submissions.handing_in.receipts import BadReceipt, Receipt, sign, verify

KEY = b"k" * 32
RECEIPT = Receipt(
    submission=17,
    sha256="a" * 64,
    size=1234,
    course="dl",
    assignment="hw1p1",
    login="ada",
    received_at=datetime(2026, 3, 2, 23, 59, 59, 123456, tzinfo=UTC),
)


def test_a_receipt_gives_back_what_was_signed():
    assert verify(sign(RECEIPT, KEY), KEY) == RECEIPT


def test_a_receipt_copied_with_white_space_around_it_still_holds():
    assert verify(f"  {sign(RECEIPT, KEY)}\n", KEY) == RECEIPT


def test_another_services_key_does_not_do():
    with pytest.raises(BadReceipt, match="copy the whole line"):
        verify(sign(RECEIPT, b"x" * 32), KEY)


def test_every_single_changed_character_is_noticed():
    text = sign(RECEIPT, KEY)
    for position, character in enumerate(text):
        forged = text[:position] + ("A" if character != "A" else "B") + text[position + 1 :]
        try:
            found = verify(forged, KEY)
        except BadReceipt:
            continue
        # The last character of base64 carries bits that mean nothing: then the receipt says the same.
        assert position == len(text) - 1
        assert found == RECEIPT


@given(st.text(max_size=300))
def test_any_other_text_is_no_receipt(text):
    with pytest.raises(BadReceipt):
        verify(text, KEY)


def test_something_else_signed_with_the_key_is_no_receipt():
    from itsdangerous import URLSafeSerializer

    for salt in ("handin receipt 1", "session"):
        with pytest.raises(BadReceipt):
            verify(URLSafeSerializer(KEY, salt=salt).dumps({"submission": 17}), KEY)
