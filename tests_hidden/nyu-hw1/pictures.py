"""A classifier that knows four small pictures, so that the image which it likes most can be looked at."""

import numpy as np

_DRAWN = {
    "heart": """
        . # # . . # # .
        # # # # # # # #
        # # # # # # # #
        # # # # # # # #
        . # # # # # # .
        . . # # # # . .
        . . . # # . . .
        . . . . . . . .
    """,
    "house": """
        . . . # # . . .
        . . # # # # . .
        . # # # # # # .
        # # # # # # # #
        . # . . . . # .
        . # . # # . # .
        . # . # # . # .
        . # # # # # # .
    """,
    "face": """
        . . # # # # . .
        . # . . . . # .
        # . # . . # . #
        # . . . . . . #
        # . # . . # . #
        # . . # # . . #
        . # . . . . # .
        . . # # # # . .
    """,
    "boat": """
        . . . # . . . .
        . . . # # . . .
        . . . # # # . .
        . . . # # # # .
        . . . # . . . .
        # # # # # # # #
        . # # # # # # .
        . . # # # # . .
    """,
}
NAMES = tuple(_DRAWN)
# Half the sum of squared differences at which an image is as likely the picture as none.
REACH = 5.0


class PictureClassifier:
    """Image -> the pictures, and "none of them": an image is the more like a picture the nearer it is.

    From far away it is none, so that climbing to a picture is to draw all of it.
    """

    shape = 8, 8

    def __init__(self):
        drawn = [[row.split() for row in picture.split("\n") if row.strip()] for picture in _DRAWN.values()]
        self.pictures = (np.array(drawn) == "#").astype(float)

    def log_probabilities(self, image):
        """(pictures + 1,)"""
        scores = np.append(REACH - np.sum((image - self.pictures) ** 2, axis=(1, 2)) / 2, 0.0)
        return scores - np.logaddexp.reduce(scores)

    def gradient(self, image, label):
        """The derivative of log_probabilities(image)[label] by the pixels, in the image's shape."""
        slopes = np.append(self.pictures - image, np.zeros((1, *self.shape)), axis=0)
        return slopes[label] - np.tensordot(np.exp(self.log_probabilities(image)), slopes, axes=1)
