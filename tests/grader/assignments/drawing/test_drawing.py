"""Each way of drawing, once."""

from grader.author import agree, both, show_curves, show_picture, student, task


@task("drawing", "Draws a curve")
def test_curve():
    got, expected = both(lambda m: m.curve())
    show_curves("A curve", "step", {"value": (got, expected)})


@task("drawing", "Draws an image, then compares", points=1)
def test_image():
    show_picture("An image", student.image())
    agree(lambda m: m.name())
