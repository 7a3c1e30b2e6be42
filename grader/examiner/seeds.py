"""What a test's random numbers are drawn from: the same in every grading, others for each test, and no way back.

Student code sees inputs, and the seed of the global generators. Neither may lead to the assignment's seed, from which
the inputs of all other tests could be drawn: hence a keyed hash, and a key that nobody can find by trying.
"""

from __future__ import annotations

import hashlib

import msgspec

from grader.assignment import Assignment

_INPUTS, _GENERATORS = 16, 4


class Seeds(msgspec.Struct, frozen=True):
    """Of one test. `inputs` has 128 bits, is what `rng` draws from, and never leaves the examiner. `generators` has 32
    bits, as NumPy's old generator takes no more, and seeds the global ones of both sides."""

    inputs: int
    generators: int


def seeds_of(assignment: Assignment, test_id: str, *, again: bool = False) -> Seeds:
    """The seeds of a test, or those of its second input (`again`)."""
    key = assignment.seed.to_bytes(8, signed=True)
    drawn_from = f"{test_id}\0{'again' if again else 'first'}".encode()
    drawn = hashlib.blake2b(drawn_from, key=key, digest_size=_INPUTS + _GENERATORS).digest()
    return Seeds(int.from_bytes(drawn[:_INPUTS]), int.from_bytes(drawn[_INPUTS:]))
