"""The image that a classifier likes most. The classifier is of this suite, and the student's code calls it."""

import numpy as np
from classifier import Classifier
from pictures import NAMES, PictureClassifier

from grader.author import show_picture, student, task


def climbed(rng, shape, classes):
    """The image that was found for the class that the start is least like, and its probability before and after.

    The start is noise over the whole range of pixels, so that steps soon lead out of it.
    """
    classifier = Classifier(rng, shape, classes)
    start = rng.uniform(0, 1, size=shape)
    label = int(np.argmin(classifier.log_probabilities(start)))
    image = student.gradient_ascent(classifier.log_probabilities, classifier.gradient, start.copy(), label)
    assert np.shape(image) == shape, f"An image of shape {shape} went in; one of shape {np.shape(image)} came back."
    before, after = (float(np.exp(classifier.log_probabilities(each)[label])) for each in (start, image))
    return image, before, after


@task("gradient-ascent", "The class's probability rises to 0.9", points=8)
def test_rises(rng):
    _image, before, after = climbed(rng, (8, 8), 10)
    assert after > before, "The probability of the class did not rise. Step along the gradient, not against it."
    assert after >= 0.9, "The probability rose, and not to 0.9. Take more steps, or longer ones."


@task("gradient-ascent", "On the way up, pixels stay between 0 and 1", points=4)
def test_pixels_stay_valid(rng):
    image, before, after = climbed(rng, (8, 8), 10)
    assert after > before, "The probability of the class did not rise."
    assert np.array_equal(image, np.clip(image, 0, 1)), "A pixel of the image that was found is below 0 or above 1."


@task("gradient-ascent", "Any classifier, any shape of image", points=4)
def test_any_shape(rng):
    for shape, classes in (((5, 9), 4), ((4, 4, 3), 2)):
        _image, _before, after = climbed(rng, shape, classes)
        assert after >= 0.9, f"With images of shape {shape} and {classes} classes the probability did not reach 0.9."


@task("gradient-ascent", "What your ascent draws", points=0)
def test_draws(rng):
    classifier = PictureClassifier()
    start = rng.uniform(0, 1, size=classifier.shape)
    missed = []
    for label, name in enumerate(NAMES):
        image = student.gradient_ascent(classifier.log_probabilities, classifier.gradient, start.copy(), label)
        if label == 0:
            show_picture("The start: noise", start)
        show_picture(f"In search of a {name}", image)
        if np.shape(image) != start.shape or np.exp(classifier.log_probabilities(image)[label]) < 0.9:
            missed.append(name)
    assert not missed, f"This classifier knows four pictures; your ascent did not get as far as the {missed[0]}."
