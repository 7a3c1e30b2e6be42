"""The notebook's "Back Propagation"."""

import numpy as np
from functions import point_for_z1, point_for_z2, point_for_z3, slopes, z1, z2, z3

from grader.author import agree, student, task


def partials_agree(name, x):
    agree(lambda m: {f"d{name}/dx": getattr(m, f"d{name}_dx")(x)})


@task("partial-derivatives", "x1 + 5 x2 - 3 x3²", points=10)
def test_z1(rng):
    partials_agree("z1", point_for_z1(rng))


@task("partial-derivatives", "x1 (x2 - 4) + exp(x3²) / (5 x4²)", points=10)
def test_z2(rng):
    partials_agree("z2", point_for_z2(rng))


@task("partial-derivatives", "1 / x3 + exp((x1 + 5 (x2 + 3))²)", points=10)
def test_z3(rng):
    partials_agree("z3", point_for_z3(rng))


@task("partial-derivatives", "Your derivatives are the measured slopes")
def test_measured(rng):
    for f, draw in ((z1, point_for_z1), (z2, point_for_z2), (z3, point_for_z3)):
        name, x = f.__name__, draw(rng)
        derived = getattr(student, f"d{name}_dx")(x)
        assert np.shape(derived) == x.shape, f"d{name}_dx returns one derivative for each entry of x, in one array."
        assert np.allclose(derived, slopes(f, x), rtol=1e-5), f"Measured in small steps, {name} has other slopes."
