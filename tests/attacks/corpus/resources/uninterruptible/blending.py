# Computes for ever inside of C code that never looks for a signal: a regular expression and a huge power.
import re


def blend(x, y):
    return re.match(r"(a*)*b", "a" * 60)


def total(x, y):
    return 7 ** 7 ** 12 % 10
