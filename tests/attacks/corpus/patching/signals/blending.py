# Ignores and catches every signal, and then computes for ever.
import signal

for number in signal.valid_signals() - {signal.SIGCHLD}:  # without it the loop would lose count of its tests
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        continue


def blend(x, y):
    print("not to be ended", flush=True)
    while True:
        pass
