"""Convolution arithmetic: which settings of a layer keep to what a question fixes and make the output that it asks for.

A layer takes a side of i to o = floor((i + 2p - d (k - 1) - 1) / s) + 1.
"""


def width(k, d):
    """How far a window of k entries reaches when it is dilated by d."""
    return d * (k - 1) + 1


def output_side(i, k, s, p, d):
    return (i + 2 * p - width(k, d)) // s + 1


def makes(i, o, *, overlap=True, **fixed):
    """The predicate for a setting {k, s, p, d} that takes a side of i to one of o, with some of the four fixed.

    `overlap`: whether the windows may overlap.
    """

    def holds(setting):
        k, s, p, d = (setting[name] for name in "kspd")
        if min(k, s, d) < 1 or p < 0:
            return "k, s and d are at least 1, and p is at least 0."
        for name, value in fixed.items():
            if setting[name] != value:
                return f"The question says {name} = {value}, and your {name} is {setting[name]}."
        if width(k, d) > i + 2 * p:
            return f"The window reaches over {width(k, d)} entries, and the padded input has only {i + 2 * p}."
        if s < k and not overlap:
            return f"Windows of {k} that move by {s} overlap."
        if (side := output_side(i, k, s, p, d)) != o:
            return f"With this setting the output's side is {side}; it should be {o}."
        return None

    return holds
