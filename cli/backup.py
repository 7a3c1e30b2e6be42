"""`handin backup` and `handin restore`: all that the service keeps, in one folder, and back."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from cli.claims import data_folder
from cli.outcome import Sorry
from cli.progress import shown
from cli.records import as_it_is
from cli.verify import stored, tell, verified
from submissions.service import backup as backups
from submissions.settings import settings


@click.command()
@click.argument("target", type=click.Path(path_type=Path))
def backup(target: Path) -> None:
    """Write all that the service keeps into the new folder TARGET; the service may run meanwhile.

    It holds hidden tests, students' work and the keys: keep it as you keep those. Exit status: 0 all is in it; 1 there
    is no backup, or files that the service has lost are not in it.
    """
    blobs = stored()
    try:
        with as_it_is() as db, shown() as step:
            made = backups.write(db, blobs, settings(), target, step)
    except backups.NotBackedUp as error:
        raise Sorry(str(error)) from None
    except OSError as error:
        raise Sorry(f"no backup was written: {error.filename or target}: {error.strerror}") from None
    rows = sum(part.rows for part in made.tables.values())
    click.echo(f"{target}: {rows} records and {made.blobs} files ({made.blob_bytes / 1e6:.1f} MB)")
    if made.missing:
        raise Sorry(
            f"the backup is written, without {len(made.missing)} files that are lost or damaged here; "
            "`handin verify` says whose they are"
        )


@click.command()
@click.argument("source", type=click.Path(path_type=Path))
def restore(source: Path) -> None:
    """Restore the backup in the folder SOURCE into the empty data folder and database of the settings.

    The service must not run. The backup may be of SQLite and the settings name PostgreSQL, or the other way round; one
    of an older version is brought up to date. Nothing is overwritten. Reading a backup runs nothing; what is
    restored is then trusted, its keys, logins and suites among it: restore only your own. Exit status: 0 restored, and
    `handin verify` finds nothing; 1 otherwise.
    """
    try:
        with data_folder(settings().data), shown() as step:
            made = backups.restore(source, settings(), step)
    except backups.BadBackup as error:
        raise Sorry(f"nothing was restored: {error}") from None
    except backups.NotEmpty as error:
        raise Sorry(f"nothing was restored: {error}") from None
    except OSError as error:
        raise Sorry(f"nothing was restored: {error.filename or settings().data}: {error.strerror}") from None
    click.echo(f"restored {source}, made {made.made_at:%Y-%m-%d %H:%M} UTC by Handin {made.program} on {made.database}")
    for name, value in made.settings.items():
        if settings().model_dump(mode="json").get(name) != value:
            click.echo(f"note: there it was set HANDIN_{name.upper()}={value}")
    with as_it_is() as db:
        outcome = verified(db, stored())
    tell(outcome)
    sys.exit(1 if outcome.found else 0)
