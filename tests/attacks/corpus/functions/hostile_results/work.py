# Hands a function back that gives classes, generators, modules and functions of functions, without end.
import numpy as np


def maker(room):
    given = iter([type, np, (each for each in ()), maker, lambda: room, {"a": maker}, Ellipsis, NotImplemented])

    def step(side):
        return next(given, step)

    return step


def folded(step, side):
    return [step(side) for _ in range(20)]
