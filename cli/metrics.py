"""`handin metrics`: the service in numbers, for Prometheus and for who looks once."""

from __future__ import annotations

import click

from cli.records import database
from submissions import secrets
from submissions.models import now
from submissions.service import metrics as numbers
from submissions.settings import settings


@click.command()
@click.option("--token", is_flag=True, help="Print the token that `/metrics` asks for, and nothing else.")
def metrics(token: bool) -> None:
    """Print the service in numbers, as Prometheus reads them. The portal says the same at `/metrics`."""
    if token:
        click.echo(secrets.load(settings().data).metrics_token)
        return
    with database() as db, db.read() as session:
        click.echo(numbers.text(session, now()), nl=False)
