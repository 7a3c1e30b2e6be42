# Fills every file system that it can write to.
import errno
import os


def blend(x, y):
    for folder in ("/tmp", "/handin", "/", "/dev", "/dev/shm", "/packages", "/python", "/var/tmp"):
        written = 0
        try:
            for number in range(1000):
                with open(os.path.join(folder, f"fill{number}"), "wb") as file:
                    for _ in range(8):
                        written += file.write(b"x" * (1 << 20))
        except OSError as error:
            print(folder, "more than 64 MB" if written > 1 << 26 else "bounded", os.strerror(error.errno), flush=True)
            assert error.errno in (errno.ENOSPC, errno.EROFS, errno.ENOENT, errno.EACCES, errno.EPERM)
    return x * y
