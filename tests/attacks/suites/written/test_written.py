"""The hidden tests. `@…@` stands for what is planted anew in each run, and must never be seen outside of the grader."""

import numpy as np

from grader.author import agree, answer, both, show_curves, show_picture, task

CANARY = "@tests@"
WEIGHT = float("@weight@")


@task("notebook", "Blends two arrays, in a notebook", points=2)
def test_blend(rng):
    x, y = rng.standard_normal((2, 4, 3))
    agree(lambda m: {"blended": m.blend(x, y)})


@task("drawing", "Draws what it learns", points=1)
def test_drawn():
    got, expected = both(lambda m: m.losses(3))
    image, _right = both(lambda m: m.image())
    show_picture("image", image)
    show_curves("Losses", "epoch", {"loss": (got, expected)})
    agree(lambda m: {"losses": m.losses(3)})


@task("answers", "A number", points=1)
def test_number():
    answer("weight", decimals=3)


@task("answers", "A table", points=1)
def test_table():
    def adds_up(table):
        right = table["sum"] == WEIGHT and sum(table["weights"]) == 2 * WEIGHT
        return None if right else "The weights do not add up."

    answer("table", holds=adds_up)


@task("functions", "A function that comes back is called, and calls the one that went in", points=1)
def test_crossing():
    def room(side):
        # As an author writes it: nothing here bounds what a hand-in may ask for.
        length = sum(1 for _ in range(side))
        return np.zeros((length, side))

    def scenario(m):
        step = m.maker(room)
        return {"first": step(2), "second": step(3), "sum": m.folded(step, 4)}

    agree(scenario)


@task("doubling", "Doubles an array, after all that came before", points=4)
def test_double(rng):
    x = rng.standard_normal((4, 3))
    agree(lambda m: {"doubled": m.double(x)})
