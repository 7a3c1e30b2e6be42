"""The generator of a test: NumPy's numbers, whether they were kept or are drawn now."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.examiner import draws
from grader.examiner.draws import Drawn, Draws

SEED = 7
SIZES = st.sampled_from([None, 3, 600, (40, 30)])
ASKED = st.one_of(
    st.tuples(st.sampled_from(["standard_normal", "random"]), SIZES.map(lambda size: (size,)), st.just({})),
    st.tuples(st.sampled_from(["normal", "uniform"]), SIZES.map(lambda size: (-1.5, 2.0, size)), st.just({})),
    st.tuples(st.just("uniform"), SIZES.map(lambda size: ([0.0] * 3, 1, (600, 3))), st.just({})),
    st.tuples(st.just("standard_normal"), st.just((600,)), st.just({"dtype": np.float32})),
    st.tuples(st.just("integers"), SIZES.map(lambda size: (9, None, size)), st.sampled_from([{}, {"dtype": np.uint8}])),
    st.tuples(st.sampled_from(["permutation", "exponential"]), st.just((600,)), st.just({})),
)


@given(st.lists(st.lists(ASKED, max_size=6), min_size=1, max_size=4))
def test_it_gives_what_numpy_gives_whatever_was_drawn_before_it(gradings):
    drawn = Drawn()
    for asked in [*gradings, *gradings]:
        ours, numpys = Draws(SEED, drawn), np.random.default_rng(SEED)
        for name, args, kwargs in asked:
            got, expected = getattr(ours, name)(*args, **kwargs), getattr(numpys, name)(*args, **kwargs)
            assert type(got) is type(expected)
            assert np.array_equal(got, expected)
            assert np.asarray(got).dtype == np.asarray(expected).dtype
        assert ours.bit_generator.state == numpys.bit_generator.state


def test_what_a_test_does_to_its_numbers_is_its_own_affair():
    drawn = Drawn()
    for _ in range(3):
        numbers = Draws(SEED, drawn).standard_normal(1000)
        assert np.array_equal(numbers, np.random.default_rng(SEED).standard_normal(1000))
        numbers[:] = 0


def test_what_is_kept_is_given_away_as_it_is():
    drawn = Drawn()
    Draws(SEED, drawn).standard_normal(1000)
    ((kept, _state),) = drawn.kept.values()
    assert Draws(SEED, drawn).standard_normal(1000) is kept
    assert Draws(SEED, drawn).standard_normal(1000) is not kept


def test_what_was_given_away_makes_room(monkeypatch):
    monkeypatch.setattr(draws, "MOST_BYTES", 8000)
    drawn = Drawn()
    for _ in range(5):
        Draws(SEED, drawn).standard_normal(1000)
    assert len(drawn.kept) == 1


def test_large_numbers_are_drawn_once_and_only_so_many_are_kept(monkeypatch):
    monkeypatch.setattr(draws, "MOST_BYTES", 3 * 8000)
    drawn = Drawn()
    rng = Draws(SEED, drawn)
    for size in (10, 1000, 2000, 1000):
        rng.standard_normal(size)
    assert [array.size for array, _state in drawn.kept.values()] == [1000, 2000]


@pytest.mark.parametrize("wrong", [("standard_normal", (-1,)), ("uniform", (0, 1, "x")), ("integers", (0,))])
def test_what_numpy_refuses_is_refused_in_its_words(wrong):
    name, args = wrong
    said = []
    for rng in (Draws(SEED, Drawn()), np.random.default_rng(SEED)):
        with pytest.raises((ValueError, TypeError)) as raised:
            getattr(rng, name)(*args)
        said.append(str(raised.value))
    assert said[0] == said[1]
