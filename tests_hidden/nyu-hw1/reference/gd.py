"""Gradient ascent on the input, inside the box of valid pixels."""

import numpy as np

STEPS = 200
LONGEST = 0.05


def gradient_ascent(classifier, gradient, image, label):
    """Steps in which the pixel that matters most moves by LONGEST, until the probability is 0.99."""
    for _ in range(STEPS):
        if classifier(image)[label] > np.log(0.99):
            break
        slope = gradient(image, label)
        # Clipped after each step, the path ends where no pixel that may still move would help.
        # Where the slope is 0 everywhere the step is 0, not 0 / 0.
        image = np.clip(image + LONGEST * slope / (np.abs(slope).max() + 1e-12), 0.0, 1.0)
    return image
