"""`handin receipt`: whether a receipt is this service's own, and what it says, even when the database is lost."""

from __future__ import annotations

from pathlib import Path

import click

from cli.outcome import Sorry
from submissions import secrets
from submissions.handing_in import receipts
from submissions.settings import settings


@click.command()
@click.argument("receipt")
def receipt(receipt: str) -> None:
    """Check RECEIPT, a file or the line itself: is it genuine, and what does it say?

    Needs the key in the data folder that signed it. Exit status: 0 genuine; 1 not.
    """
    try:
        found = receipts.verify(line_of(receipt), secrets.load(settings().data).receipt_key)
    except receipts.BadReceipt as error:
        raise Sorry(f"not genuine: {error}") from None
    click.echo("Genuine: this service signed it, and nothing of it was changed.")
    click.echo(f"submission  {found.submission}")
    click.echo(f"by          {found.login}")
    click.echo(f"for         {found.course}/{found.assignment}")
    click.echo(f"received    {found.received_at.isoformat()}")
    click.echo(f"file        {found.size} bytes, SHA-256 {found.sha256}")


def line_of(given: str) -> str:
    """The receipt that somebody gives as a file or as the line itself. Raises Sorry."""
    try:
        return Path(given).read_text(encoding="ascii")
    except UnicodeDecodeError:
        raise Sorry(f"{given} holds no receipt: a receipt is one line of plain text") from None
    except (OSError, ValueError):
        # Not a file's name, or too long for one, as most receipts are: then it is the line itself.
        return given
