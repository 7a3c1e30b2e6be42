# Returns arrays of dates that are no date, of records and of text.
import numpy as np


def blend(x, y):
    return np.full(x.shape, np.datetime64("NaT"))


def total(x, y):
    return np.zeros((), dtype=[("value", "f8"), ("hidden", "O")])[()]


def apply(function, x):
    return np.array(["42.0"])
