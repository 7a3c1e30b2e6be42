"""Hand-ins whose outcome is known before they are handed in: each from a number and the run's seed alone."""

from __future__ import annotations

import hashlib
from enum import StrEnum
from pathlib import Path
from random import Random

import msgspec

from tests.attacks.attack import tar

HOMEWORK = Path(__file__).with_name("homework")
FILE = "small.py"
MAX_MB = 1  # the installation's limit on uploads
# What each function does when it is right, and the points of its test.
FUNCTIONS = {
    "def double(x):\n    return 2 * x\n": 1,
    "def rows(x):\n    return x.sum(axis=1)\n": 2,
    "def turn(x):\n    return x[::-1]\n": 4,
}


class Kind(StrEnum):
    """What is done with a hand-in."""

    WHOLE = "whole"
    CUT_OFF = "cut off by its sender"
    NO_ARCHIVE = "no archive"
    TOO_LARGE = "too large"


class Handin(msgspec.Struct, frozen=True):
    """`score` is what it must get once it is taken; None: it must not be taken."""

    kind: Kind
    content: bytes
    score: float | None

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def handin(seed: int, number: int) -> Handin:
    """The hand-in of that number. No two have the same bytes."""
    dice = Random(f"{seed}-{number}")
    kind = dice.choices(list(Kind), weights=(92, 4, 3, 1))[0]
    # Random, so that they do not compress, and of very different sizes, as students' are.
    padding = dice.randbytes(dice.choice((10, 1_000, 20_000))).hex()
    source, score = f"# {number} {padding}\n", 0.0
    for function, points in FUNCTIONS.items():
        right = dice.random() < 0.7
        source += function if right else function.partition("return")[0] + "return x\n"
        score += points * right
    content = source.encode() if kind == Kind.NO_ARCHIVE else tar({FILE: source.encode()})
    if kind == Kind.TOO_LARGE:
        content += bytes(MAX_MB * 1_000_000)
    return Handin(kind, content, score if kind == Kind.WHOLE else None)
