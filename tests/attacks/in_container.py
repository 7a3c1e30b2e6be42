"""The service in containers, by our docker-compose.yml: no root, no capability, no control group, a seccomp profile.

Looked at from the host, as root: a container's processes, mounts and files are there to see.
"""

from __future__ import annotations

import io
import shutil
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import redis

from tests.attacks.canaries import Canaries
from tests.attacks.ground import Ground, ground
from tests.attacks.remains import Place, Remains
from tests.checks import passes
from tests.compose.engine import Compose, bases, containers

SERVICES = ("web", "worker", "sweeper", "redis", "postgres")
PLANTED = Path(__file__).with_name("planted.yml")


class Containers:
    """A `Setup`. The networks have no way in from elsewhere; the host itself is on them."""

    def __init__(self, compose: Compose, canaries: Canaries) -> None:
        self.url = compose.url
        self._compose = compose
        password = compose("exec", "-T", "postgres", "cat", "/run/handin/postgres-password").strip()
        self.database_url = f"postgresql+psycopg://handin:{quote(password)}@{self._address('postgres')}/handin"
        self._broker = self._address("redis")
        self._logs = [Path(compose.inspect(each)["LogPath"]) for each in SERVICES]
        planted = (
            f"from pathlib import Path; Path('/tmp/world-readable').write_text({canaries.at['a file of the host']!r})"
        )
        compose.python("worker", planted)
        init = compose.inspect("worker")["State"]["Pid"]
        root = Path(f"/proc/{init}/root")
        self.remains = Remains(
            Place(
                init=init,
                users=range(0),
                kept=(root / "tmp", root / "dev/shm", root / "data"),
                collects=("blobs",),
                sealed=(root / "data/suites", root / "data/cache", root / "run/handin"),
            )
        )

    def _address(self, name: str) -> str:
        networks = self._compose.inspect(name)["NetworkSettings"]["Networks"].values()
        return str(next(each["IPAddress"] for each in networks))

    def publish(self, course: str, suite: Path) -> None:
        packed = io.BytesIO()
        with (
            tempfile.TemporaryDirectory(prefix="handin-attacks-") as place,
            tarfile.open(fileobj=packed, mode="w") as archive,
        ):
            archive.add(passes(shutil.copytree(suite, Path(place, suite.name))), suite.name)
        self._compose("exec", "-T", "web", "tar", "-x", "-C", "/tmp", given=packed.getvalue())
        self._compose.handin("assignment", "sync", course, f"/tmp/{suite.name}")

    def log(self) -> Iterator[str]:
        for file in self._logs:
            yield from file.read_text(errors="replace").splitlines()

    def broker(self) -> redis.Redis:
        return redis.Redis(host=self._broker)

    def pause(self, seconds: float) -> None:
        time.sleep(seconds)


@contextmanager
def in_container(students: int) -> Iterator[Ground]:
    """A ground in containers. Raises engine.NotHere."""
    canaries = Canaries()
    with (
        tempfile.TemporaryDirectory(prefix="handin-attacks-") as folder,
        bases(),
        containers(
            PLANTED, COURSE_PASSWORD=canaries.at["environment"], HANDIN_GRADING_PROCESSES="1", HANDIN_UPLOAD_LIMIT="0"
        ) as compose,
        ground(Containers(compose, canaries), canaries, Path(folder), students) as here,
    ):
        yield here
