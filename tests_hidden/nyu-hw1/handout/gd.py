"""Gradient ascent on the input: the image that a classifier likes most. Use NumPy only.

`python gd.py` tries it on a small classifier.
"""

import numpy as np


def gradient_ascent(classifier, gradient, image, label):
    """
    Start at `image` and climb until the classifier gives `label` a probability of 0.9 or more. How many steps you take,
    and how long, is up to you; a few hundred are plenty.

    classifier(image): (classes,), the logarithm of the probability of each class
    gradient(image, label): the derivative of classifier(image)[label] by every pixel, in the shape of the image
    image: an array of any shape; pixels lie between 0 and 1
    label: the index of a class
    Return: the image that you found, in the same shape. Its pixels lie between 0 and 1 too.
    """
    # TODO
    raise NotImplementedError


if __name__ == "__main__":
    weights = np.random.default_rng(1).standard_normal((3, 8, 8))

    def classifier(image):
        scores = np.sum(weights * image, axis=(1, 2))
        return scores - np.log(np.sum(np.exp(scores)))

    def gradient(image, label):
        return weights[label] - np.tensordot(np.exp(classifier(image)), weights, axes=1)

    start = np.full((8, 8), 0.5)
    for label in range(3):
        found = gradient_ascent(classifier, gradient, start.copy(), label)
        before, after = np.exp(classifier(start)[label]), np.exp(classifier(found)[label])
        print(f"class {label}: probability {before:.3f} -> {after:.3f}")
