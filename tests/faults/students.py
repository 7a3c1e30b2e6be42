"""Students who hand in, one after another, whatever happens to the service, and who keep every receipt they get."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Callable
from random import Random

import msgspec

from tests.faults.handins import Kind, handin
from tests.faults.installation import ASSIGNMENT, COURSE

PATIENCE_SECONDS = 20.0
_AFTER_A_FAILURE = 0.5
_LOOK_AGAIN = 0.2
_BOUNDARY = "faults-of-the-service"


class Upload(msgspec.Struct):
    """One try to hand in. `status` is that of the answer, None when none came; a receipt comes with its submission."""

    login: str
    kind: Kind
    sha256: str
    score: float | None
    status: int | None = None
    submission: int | None = None
    receipt: str = ""

    @property
    def taken(self) -> bool:
        """Whether its student holds a receipt."""
        return bool(self.receipt)

    @property
    def in_doubt(self) -> bool:
        """Whether its student cannot know if it was taken: no answer came, or one that the service broke."""
        return self.kind == Kind.WHOLE and not self.taken and (self.status is None or self.status >= 500)


class Students:
    """Uploads until the receipts are `enough`, `every` so many seconds, from several threads at once.

    While there is a `crowd` nobody begins: of a long queue most would be replaced by newer uploads, and not graded.
    """

    def __init__(
        self,
        port: int,
        tokens: dict[str, str],
        crowd: Callable[[], bool],
        enough: Callable[[int], bool],
        *,
        every: float,
        seed: int,
        threads: int = 4,
    ) -> None:
        self.uploads: list[Upload] = []
        self._port, self._tokens, self._crowd, self._enough, self._seed = port, tokens, crowd, enough, seed
        self._every = every * threads
        self._lock = threading.Lock()
        self._number = 0
        self._failures: list[BaseException] = []
        self._threads = [threading.Thread(target=self._hand_in, args=(n,), daemon=True) for n in range(threads)]

    def start(self) -> None:
        """Lets them begin."""
        for thread in self._threads:
            thread.start()

    @property
    def done(self) -> bool:
        """Whether all of them have ended. Raises what one of them failed with."""
        if self._failures:
            raise self._failures[0]
        return not any(thread.is_alive() for thread in self._threads)

    @property
    def receipts(self) -> int:
        """How many receipts there are by now."""
        return sum(upload.taken for upload in list(self.uploads))

    def _hand_in(self, thread: int) -> None:
        dice = Random(f"{self._seed}-{thread}")
        logins = list(self._tokens)
        again: int | None = None
        try:
            while not self._enough(self.receipts):
                if self._crowd():
                    time.sleep(_LOOK_AGAIN)
                    continue
                with self._lock:
                    number = self._number = self._number + 1
                # Most in turn, so that what they handed in is graded before; some again at once, which replaces it.
                login = logins[(number - (dice.random() < 0.1)) % len(logins)]
                upload = self._upload(login, number if again is None else again)
                # Who got no answer often sends the same file again.
                again = number if again is None and upload.in_doubt and dice.random() < 0.5 else None
                time.sleep(_AFTER_A_FAILURE if upload.in_doubt else dice.expovariate(1 / self._every))
        except BaseException as failure:  # noqa: BLE001 - raised where `done` is asked
            self._failures.append(failure)

    def _upload(self, login: str, number: int) -> Upload:
        work = handin(self._seed, number)
        upload = Upload(login, work.kind, work.sha256, work.score)
        head = f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="handin.tar"\r\n\r\n'
        body = head.encode() + work.content + f"\r\n--{_BOUNDARY}--\r\n".encode()
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE_SECONDS)
        try:
            connection.putrequest("POST", f"/api/v1/courses/{COURSE}/assignments/{ASSIGNMENT}/submissions")
            connection.putheader("Authorization", f"Bearer {self._tokens[login]}")
            connection.putheader("Content-Type", f"multipart/form-data; boundary={_BOUNDARY}")
            connection.putheader("Content-Length", str(len(body)))
            connection.endheaders()
            connection.send(body[: len(body) // 2] if work.kind == Kind.CUT_OFF else body)
            if work.kind != Kind.CUT_OFF:
                answer = connection.getresponse()
                upload.status = answer.status
                told = json.loads(answer.read())
                if answer.status == 201:
                    upload.submission, upload.receipt = told["submission"], told["receipt"]
        except (OSError, http.client.HTTPException, ValueError):
            # The whole answer or none: half a receipt is no receipt.
            upload.status = None
        finally:
            connection.close()
        self.uploads.append(upload)
        return upload
