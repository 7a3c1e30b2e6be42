"""Asks at the command line before scores move, as the pages do."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import click

from cli.outcome import Sorry
from submissions.changes.rule_changes import ToReview

Done = TypeVar("Done")


def after_review(act: Callable[[str], Done], yes: bool) -> Done:
    """Does what may move scores once whoever typed it has seen whose, or at once with `yes`; `act` takes the digest of
    what was seen. Raises Sorry where they would rather not.
    """
    try:
        return act("")
    except ToReview as review:
        several = len({each.assignment for each in review.moved}) > 1
        for each in review.moved:
            where = f" in {each.assignment}" if several else ""
            click.echo(f"    {each.login}{where}: {_points(each.before.score)} becomes {_points(each.after.score)}")
        if not yes and not click.confirm(f"This moves {len(review.moved)} {_scores(len(review.moved))}. Go on?"):
            raise Sorry("nothing was changed") from None
        try:
            return act(review.digest)
        except ToReview:
            raise Sorry("other scores would move than a moment ago, and nothing was changed: try again") from None


def _scores(number: int) -> str:
    return "score" if number == 1 else "scores"


def _points(score: float | None) -> str:
    return "no score" if score is None else f"{score:g}"
