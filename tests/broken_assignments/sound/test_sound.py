"""Nothing is wrong here; each file beside this folder makes a mistake in it."""

from grader.author import agree, student, task


@task("scale", "Scales an array", points=2)
def test_array(rng):
    x = rng.standard_normal((4, 3))
    agree(lambda m: {"scaled": m.scale(x, 2.0)})


@task("scale", "Scales a number", points=1)
def test_number():
    assert student.scale(3.0, 2.0) == 6.0, "scale(3, 2) is not 6."


@task("draw", "Draws from the global generator", points=2)
def test_draw():
    agree(lambda m: {"drawn": m.draw(5)})
