"""The service's processes, one command each; containers, unit files and the launcher start the same ones.

`up` and `demo` start all of them on this machine.
"""

from __future__ import annotations

import os
import sys
from typing import NoReturn

import click

from cli.outcome import Sorry
from submissions.settings import settings


@click.command()
def migrate() -> None:
    """Bring the database to this version's tables; safe to run at every start."""
    from cli.records import upgrade

    upgrade()
    click.echo("the database is up to date")


@click.command()
def web() -> None:
    """Run the portal (gunicorn)."""
    # gunicorn's control socket would lie in a home folder, which a service has none of.
    _become("gunicorn", "--no-control-socket", "--config", "python:web.server.gunicorn_conf", "web.wsgi:app")


@click.command()
def worker() -> None:
    """Run a worker, which grades what waits."""
    # TERM then means what QUIT means to Celery: gradings get a moment to end, and the rest is graded again.
    os.environ["REMAP_SIGTERM"] = "SIGQUIT"
    _become(
        *("celery", "--app", "workers.app", "worker", "--queues", "interactive,regrade,check"),
        *("--concurrency", str(settings().grading_processes), "--without-mingle", "--without-gossip"),
    )


@click.command()
@click.option("--alive", type=click.Path(dir_okay=False), help="A file to touch after each good round.")
def sweeper(alive: str | None) -> None:
    """Run the sweeper, which takes back what dead workers held and wakes workers for what waits."""
    _become("workers.sweeper", *([alive] if alive else []))


@click.command()
def up() -> None:
    """Start the whole service on this machine, until Ctrl-C."""
    from cli.launcher import Service, Stopped

    service = Service(settings())
    try:
        with service.running():
            click.echo(f"Handin serves at {service.url}. Its data and logs are in {service.data}. Ctrl-C stops it.")
            service.serve()
    except Stopped:
        click.echo("stopped")


@click.command()
def demo() -> None:
    """Start the whole service with a demo course and three hand-ins, until Ctrl-C."""
    from cli.demo import populate
    from cli.launcher import Service, Stopped

    service = Service(settings())
    try:
        with service.running():
            populate(settings(), service)
            service.serve()
    except Stopped:
        click.echo("stopped")


def _become(module: str, *arguments: str) -> NoReturn:
    # The same process, so that its supervisor's signals and its exit status are the program's own.
    if not settings().broker and module != "gunicorn":
        raise Sorry("HANDIN_BROKER is not set: give it a Redis URL, or start everything together with `handin up`")
    os.execv(sys.executable, [sys.executable, "-m", module, *arguments])  # noqa: S606
