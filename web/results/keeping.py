"""What was read of a hand-in and will be asked for again at once, as a page's pictures are: kept in memory a while."""

from __future__ import annotations

import sys
import threading
from collections import OrderedDict
from collections.abc import Callable


class Keeper:
    """Texts by name, of which each must always mean the same; beyond so many bytes, those asked for longest ago go."""

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._bytes = 0
        self._kept: OrderedDict[str, tuple[str, ...]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, name: str, read: Callable[[], tuple[str, ...]]) -> tuple[str, ...]:
        """What has this name; `read` gives it when it is not at hand. What `read` raises is not kept."""
        with self._lock:
            if name in self._kept:
                self._kept.move_to_end(name)
                return self._kept[name]
        # Outside of the lock: one long document does not hold up the others.
        found = read()
        with self._lock:
            if name not in self._kept:
                self._kept[name] = found
                self._bytes += _size(found)
            while self._bytes > self._most:
                self._bytes -= _size(self._kept.popitem(last=False)[1])
        return found


def _size(texts: tuple[str, ...]) -> int:
    # With room for the name and the places that hold it.
    return 500 + sys.getsizeof(texts) + sum(sys.getsizeof(text) for text in texts)
