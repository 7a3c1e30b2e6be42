"""Answers from the file that assignment.toml names, held to those of the reference."""

from grader.author import answer, task


@task("numbers", "Parameters of a linear layer", points=1)
def test_parameters():
    answer("parameters", feedback={"no_biases": (320, "That is the weights alone: a layer has biases too.")})


@task("numbers", "Shape of its output", points=1)
def test_size():
    answer("size")
