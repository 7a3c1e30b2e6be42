"""The hidden tests of a homework whose every hand-in has a score known beforehand."""

from grader.author import agree, task


@task("small", "Doubles an array", points=1)
def test_double(rng):
    x = rng.standard_normal((4, 3))
    agree(lambda m: {"doubled": m.double(x)})


@task("small", "Sums the rows", points=2)
def test_rows(rng):
    x = rng.standard_normal((4, 3))
    agree(lambda m: {"sums": m.rows(x)})


@task("small", "Turns an array around", points=4)
def test_turn(rng):
    x = rng.standard_normal((4, 3))
    agree(lambda m: {"turned": m.turn(x)})
