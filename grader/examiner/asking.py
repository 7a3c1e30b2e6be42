"""What one test asks of a hand-in, wherever that runs, up to what ends its process."""

from __future__ import annotations

from collections.abc import Callable

from grader import wire
from grader.examiner.conversation import BROKEN, Asks, converse
from grader.examiner.failures import StudentFailure, failure
from grader.examiner.imports import Imports
from grader.examiner.sides import Methods, Side


class Asking:
    """`side` is the hand-in as the test meets it, over `channel`. `ended` finds out why a conversation broke off; from
    then on `over` is that, and all that is asked raises it. `methods` and `trusted` are as of `Side`."""

    def __init__(
        self,
        channel: Asks,
        imports: Imports,
        ended: Callable[[Exception], StudentFailure],
        methods: Methods | None = None,
        *,
        trusted: bool = False,
    ) -> None:
        self._channel = channel
        self._imports = imports
        self._ended = ended
        self.side = Side(self._ask, failure, methods, trusted=trusted)
        self.over: StudentFailure | None = None

    def check(self) -> None:
        """Raises what ended the process, for a test whose own lines caught that."""
        if self.over:
            raise self.over

    def _ask(self, operation: wire.Operation, body: wire.Body) -> tuple[wire.Message, wire.Body]:
        self.check()
        try:
            answer, reply = converse(self._channel, operation, body, self.side.call_back)
        except BROKEN as error:
            self.over = self._ended(error)
            raise self.over from error
        # Whatever it was: what is done with it from here on is not the test's doing alone.
        self.side.answered = True
        return self._imports.looked_up(operation, answer), reply
