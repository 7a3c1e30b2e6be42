# Prints without end, on both streams and past Python's own buffers.
import os


def blend(x, y):
    while True:
        os.write(1, b"a lot of output\n" * 4096)
        os.write(2, b"\0" * 65536)
