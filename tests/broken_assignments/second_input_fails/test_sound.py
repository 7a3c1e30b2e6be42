"""Nothing is wrong here; the folders beside this one each replace one file by one with a mistake."""

from pathlib import Path

from grader.author import agree, student, task

KNOWN = Path(__file__).with_name("known.txt")


@task("scale", "Scales an array", points=2)
def test_array(rng):
    x = rng.standard_normal((4, 3))
    agree(lambda m: {"scaled": m.scale(x, 2.0)})


@task("scale", "Scales a number", points=1)
def test_number(rng):
    x = rng.random()
    if not KNOWN.exists():
        KNOWN.write_text(repr(x))
    assert student.scale(x, 1.0) == float(KNOWN.read_text()), "It is not the number that was noted."


@task("draw", "Draws from the global generator", points=2)
def test_draw():
    agree(lambda m: {"drawn": m.draw(5)})
