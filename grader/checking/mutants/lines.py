"""Which lines of a folder's files run."""

from __future__ import annotations

import sys
from collections import defaultdict
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any


class Lines:
    """The lines that run meanwhile, by the name of their file in the folder. Use as a context manager, once."""

    def __init__(self, folder: Path) -> None:
        self._folder = f"{folder}/"
        self._seen: defaultdict[str, set[int]] = defaultdict(set)

    @property
    def seen(self) -> dict[str, set[int]]:
        """By file; a notebook's cell counts as one (`hw3.ipynb, cell 4`)."""
        return {file.removeprefix(self._folder): lines for file, lines in self._seen.items()}

    def __enter__(self) -> None:
        sys.settrace(self._call)

    def __exit__(self, *_ended: type[BaseException] | BaseException | TracebackType | None) -> None:
        sys.settrace(None)

    def _call(self, frame: FrameType, _event: str, _argument: Any) -> Any:
        # Anything else runs at full speed.
        return self._line if frame.f_code.co_filename.startswith(self._folder) else None

    def _line(self, frame: FrameType, event: str, _argument: Any) -> Any:
        if event == "line":
            self._seen[frame.f_code.co_filename].add(frame.f_lineno)
        return self._line
