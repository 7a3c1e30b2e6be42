"""The right solution of the drawing assignment."""


def curve():
    return [3.0, 2.0, 1.0]


def image():
    return [[0.0, 0.5], [1.0, 0.0]]


def name():
    return "a checkerboard, half done"
