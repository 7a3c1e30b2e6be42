# Hands a function back that never comes back from its first call, and ignores whoever asks it to.
import signal


def maker(room):
    def step(side):
        for number in range(1, 32):
            try:
                signal.signal(number, signal.SIG_IGN)
            except (OSError, ValueError):
                continue
        while True:
            try:
                room(side)
                signal.pause()
            except BaseException:
                continue

    return step
