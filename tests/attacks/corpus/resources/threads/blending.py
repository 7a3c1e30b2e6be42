# Starts as many threads as it can get, each of which stays.
import threading
import time


def blend(x, y):
    started = 0
    try:
        while started < 10_000:
            threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
            started += 1
    except RuntimeError:
        pass
    print("few threads" if started < 64 else f"{started} threads")
    return x * y
