# Never answers: sleeps without using the processor, so that no limit on its time is met.
import time


def blend(x, y):
    while True:
        time.sleep(1000)
