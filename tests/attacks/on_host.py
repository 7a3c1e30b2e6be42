"""The service on this machine, as `handin up` starts it; as root, its sandboxes have users of their own."""

from __future__ import annotations

import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import select

from cli.launcher import Service
from grader.sandbox import cgroup
from grader.sandbox.root import build
from grader.sandbox.slots import SLOTS
from submissions.models import Course
from submissions.settings import Settings
from submissions.storage.blobs import DirectoryBlobs
from submissions.storage.database import Database
from submissions.suites import courses
from tests.attacks.canaries import Canaries
from tests.attacks.ground import Ground, ground
from tests.attacks.remains import Place, Remains
from tests.checks import passed
from tests.services import Broker

# Users that no other service on this machine has, nor another such ground: what they own is this one's doing.
FIRST_UID = 100_000 + SLOTS * (os.getpid() % 5_000)
TEMPORARY = (Path("/tmp"), Path("/var/tmp"), Path("/dev/shm"), Path("/run/lock"))


class Host:
    """A `Setup`."""

    def __init__(self, service: Service, table: Settings, broker: Broker, root: Path) -> None:
        self.url = service.url
        self.database_url = table.database_url
        self.pause = service.pause
        self.broker = broker.client
        self.data = service.data
        hierarchy = cgroup.find()
        self.remains = Remains(
            Place(
                init=os.getpid(),
                users=range(FIRST_UID, FIRST_UID + SLOTS) if os.geteuid() == 0 else range(0),
                # What it is there to collect: hand-ins by their hash, rows, log lines.
                kept=(service.data,),
                collects=("blobs", "broker"),
                grows="handin.sqlite3",
                sealed=(service.data / "suites", service.data / "secrets", root),
                shared=TEMPORARY,
                groups=tuple(hierarchy.folders.values()) if hierarchy else (),
            )
        )

    def publish(self, course: str, suite: Path) -> None:
        with closing(Database(self.database_url)) as db:
            kept = courses.sync_suite(db, DirectoryBlobs(self.data / "blobs"), suite)
            with db.write() as session:
                course_id = session.scalars(select(Course.id).where(Course.slug == course)).one()
                courses.create_assignment(session, course_id, kept.assignment, suite.name, suite=passed(session, kept))

    def log(self) -> Iterator[str]:
        for file in (self.data / "log").iterdir():
            yield from file.read_text(errors="replace").splitlines()


@contextmanager
def on_host(sandbox_cache: Path, students: int) -> Iterator[Ground]:
    """A ground on this machine; `sandbox_cache` is where the sandbox's root is kept between runs."""
    canaries = Canaries()
    with tempfile.TemporaryDirectory(prefix="handin-attacks-") as name, ExitStack() as stack:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "world-readable").write_text(canaries.at["a file of the host"])
        data = folder / "data"
        data.mkdir(mode=0o700)
        sandbox_cache.mkdir(parents=True, exist_ok=True)
        (data / "cache").symlink_to(sandbox_cache)
        broker = Broker(folder)
        broker.start()
        stack.callback(broker.stop)
        table = Settings(
            data=data,
            broker=broker.url,
            port=_free_port(),
            grading_processes=1,
            upload_limit=0,
            upload_limit_address=0,
            sandbox_uid=FIRST_UID,
            _env_file=None,
        )
        with pytest.MonkeyPatch.context() as patch:
            # The service hands its own environment on to the worker.
            patch.setenv("COURSE_PASSWORD", canaries.at["environment"])
            service = Service(table)
        stack.enter_context(service.running())
        root = stack.enter_context(closing(build(sandbox_cache))).path
        yield stack.enter_context(ground(Host(service, table, broker, root), canaries, folder, students))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
