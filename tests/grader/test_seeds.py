"""Each test has seeds of its own, always the same, and those that a student learns tell nothing of any other."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.assignment import load
from grader.examiner.seeds import Seeds, seeds_of

TINY = load(Path(__file__).parent / "assignments" / "tiny")
seeds = st.integers(-(2**63), 2**63 - 1)


def of(seed: int, test: str = "test_tiny.py::test_double", *, again: bool = False) -> Seeds:
    return seeds_of(msgspec.structs.replace(TINY, seed=seed), test, again=again)


@given(seeds, st.text(), st.booleans())
def test_seeds_are_the_same_each_time_and_of_their_sizes(seed, test, again):
    drawn = of(seed, test, again=again)
    assert drawn == of(seed, test, again=again)
    assert 0 <= drawn.inputs < 2**128
    assert 0 <= drawn.generators < 2**32


@given(seeds, seeds, st.text(), st.text())
def test_another_assignment_another_test_and_a_second_input_have_other_seeds(seed, other, test, another):
    drawn = [of(seed, test), of(seed, test, again=True)]
    drawn += [of(other, test)] * (seed != other) + [of(seed, another)] * (test != another)
    assert len({each.inputs for each in drawn}) == len(drawn)


def test_what_seeds_the_generators_is_no_part_of_what_inputs_are_drawn_from():
    drawn = [of(number) for number in range(1000)]
    parts = [{each.inputs >> shift & 0xFFFFFFFF for shift in range(97)} for each in drawn]
    assert not any(each.generators in part for each, part in zip(drawn, parts, strict=True))


@pytest.mark.parametrize("seed", [2**63, -(2**63) - 1])
def test_a_seed_that_toml_cannot_hold_is_refused(seed):
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({**msgspec.to_builtins(TINY), "seed": seed}, type(TINY))
