"""A list of values, such as one for each layer or for each batch: where the wrong ones begin or end."""

from __future__ import annotations

from collections.abc import Sequence

from grader.report import Hint


def find_run(name: str, right: Sequence[bool | None]) -> Hint | None:
    """The wrong values stand before all the right ones, or after them; `right` says of each whether it is (None: it may
    be so by chance)."""
    if None in right or all(right) or not any(right):
        return None
    first, last = right.index(True), len(right) - 1
    if all(right[first:]):
        kept = "its last entry" if first == last else f"its entries from {first} on (counted from 0)"
        text = (
            f"`{name}` is right in {kept}, and wrong in each before. Where there is one for each layer, the gradient "
            "is lost or changed on its way back: look at what the first layer that is right hands on."
        )
        return Hint("earlier_entries", text, {"right": kept})
    first = right.index(False)
    if not any(right[first:]):
        kept = "its first entry" if first == 1 else f"its entries before {first} (counted from 0)"
        text = f"`{name}` is right in {kept}, and wrong in each after. What is carried over from one to the next?"
        return Hint("later_entries", text, {"right": kept})
    return None
