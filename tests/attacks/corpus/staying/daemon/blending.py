# Leaves a daemon behind at import: twice forked, in a session of its own, waiting for the next hand-in.
import os
import signal
import time

child = os.fork()
if child == 0:
    os.setsid()
    if os.fork():
        os._exit(0)
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    for each in range(3):
        os.close(each)
    while True:
        time.sleep(0.1)


def blend(x, y):
    print("left a daemon behind:", child > 0)
    return x * y
