"""What is kept in memory: read once, and no more of it than its bound."""

from __future__ import annotations

import pytest

from web.results.keeping import Keeper


def never() -> tuple[str, ...]:
    raise AssertionError("read again")


def test_what_was_read_is_not_read_again() -> None:
    keeper = Keeper(10_000)
    assert keeper.get("a", lambda: ("x", "y")) == ("x", "y")
    assert keeper.get("a", never) == ("x", "y")


def test_what_was_asked_for_longest_ago_goes_first() -> None:
    keeper = Keeper(10_000)
    for name in "abc":
        keeper.get(name, lambda: ("x" * 2_500,))
    keeper.get("a", never)
    keeper.get("d", lambda: ("x" * 2_500,))
    for name in "acd":
        keeper.get(name, never)
    assert keeper.get("b", lambda: ("read again",)) == ("read again",)


def test_what_is_larger_than_all_that_is_kept_is_given_all_the_same() -> None:
    keeper = Keeper(10_000)
    assert keeper.get("a", lambda: ("x" * 20_000,)) == ("x" * 20_000,)
    assert keeper.get("a", lambda: ("read again",)) == ("read again",)


def test_very_many_that_are_empty_do_not_stay() -> None:
    keeper = Keeper(10_000)
    for number in range(100):
        keeper.get(str(number), tuple)
    keeper.get("99", never)
    assert keeper.get("0", lambda: ("read again",)) == ("read again",)


def test_what_could_not_be_read_is_not_kept() -> None:
    keeper = Keeper(10_000)
    with pytest.raises(AssertionError):
        keeper.get("a", never)
    assert keeper.get("a", lambda: ("x",)) == ("x",)
