"""Question 2: softmax by fewer numbers than classes."""

import numpy as np

from grader.author import agree, student, task


def softmax(x):
    powers = np.exp(x - x.max())
    return powers / powers.sum()


@task("q2.3", "The one number for two classes", points=2)
def test_logit(rng):
    x = rng.standard_normal(2)
    agree(lambda m: {"z": m.two_class_logit(x)})


@task("q2.3", "Softmax of two classes", points=1)
def test_two_classes(rng):
    x = rng.standard_normal(2)
    agree(lambda m: {"softmax": m.two_class_softmax(x)})


@task("q2.4", "K - 1 numbers for K classes", points=2)
def test_reduced(rng):
    x = rng.standard_normal(6)
    agree(lambda m: {"y": m.reduced_logits(x)})


@task("q2.4", "One number for two classes", points=1)
def test_reduced_two(rng):
    x = rng.standard_normal(2)
    agree(lambda m: {"y": m.reduced_logits(x)})


@task("q2.4", "Softmax of [0, y] is softmax of x")
def test_same_softmax(rng):
    for classes in (2, 5, 9):
        x = rng.standard_normal(classes)
        y = student.reduced_logits(x)
        assert np.allclose(softmax(np.append(0.0, y)), softmax(x)), (
            f"With {classes} classes, softmax of a 0 and your numbers is not softmax of x."
        )
