"""Question 5: one convolution with a pencil, and any as code."""

import numpy as np

from grader.author import agree, answer, task

X, K = [1, 2, 3, 4], [1, 0, 2]
CUTS = {"full": slice(None), "valid": slice(2, 4), "same": slice(1, 5)}


def answer_is_right(mode):
    unflipped = [int(each) for each in np.convolve(X, K[::-1])][CUTS[mode]]
    modes = {
        f"as_{other}": ([int(each) for each in np.convolve(X, K)][cut], f"That is `{other}`.")
        for other, cut in CUTS.items()
        if other != mode
    }
    text = "The kernel was not flipped: that is a cross-correlation."
    answer(f"q5.{mode}", feedback={"not_flipped": (unflipped, text), **modes})


def code_agrees(mode, x, k):
    agree(lambda m: {mode: m.convolve(x, k, mode)})


@task("q5", "Full, with a pencil", points=1)
def test_full_answer():
    answer_is_right("full")


@task("q5", "Valid, with a pencil", points=1)
def test_valid_answer():
    answer_is_right("valid")


@task("q5", "Same, with a pencil", points=1)
def test_same_answer():
    answer_is_right("same")


@task("q5", "convolve: full", points=1)
def test_full(rng):
    code_agrees("full", rng.standard_normal(11), rng.standard_normal(5))


@task("q5", "convolve: valid", points=1)
def test_valid(rng):
    code_agrees("valid", rng.standard_normal(11), rng.standard_normal(5))


@task("q5", "convolve: same", points=1)
def test_same(rng):
    code_agrees("same", rng.standard_normal(11), rng.standard_normal(5))


@task("q5", "Kernels of an even length, of the length of x, and of one number")
def test_other_kernels(rng):
    for length in (4, 7, 1):
        for mode in CUTS:
            code_agrees(mode, rng.standard_normal(7), rng.standard_normal(length))
