"""Question 5: convolution as code."""

from grader.author import agree, task


def code_agrees(mode, x, k):
    agree(lambda m: {mode: m.convolve(x, k, mode)})


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
        for mode in ("full", "valid", "same"):
            code_agrees(mode, rng.standard_normal(7), rng.standard_normal(length))
