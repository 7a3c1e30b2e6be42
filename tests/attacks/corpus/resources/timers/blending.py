# Makes timers and queues signals until the kernel has no more for its user.
import ctypes

libc = ctypes.CDLL("librt.so.1", use_errno=True) if False else ctypes.CDLL(None, use_errno=True)


def blend(x, y):
    made = 0
    timer = ctypes.c_void_p()
    while made < 10_000 and libc.timer_create(0, None, ctypes.byref(timer)) == 0:
        made += 1
    print("few timers" if made < 1000 else f"{made} timers")
    return x * y
