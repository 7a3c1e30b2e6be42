# Makes sockets of every family and type that there is: internet, packet, netlink, vsock, bluetooth, crypto.
import socket


def blend(x, y):
    made = []
    for family in range(46):
        for kind in (1, 2, 3, 5, 10):
            for make in (socket.socket, lambda f, k: socket.socketpair(f, k)[0]):
                try:
                    make(family, kind).close()
                    made.append((family, kind))
                except OSError:
                    continue
    print(made or "no socket")
    return x * y
