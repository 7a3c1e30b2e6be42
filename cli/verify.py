"""`handin verify`: whether what is kept is as it must be, and whether the records bear out a receipt."""

from __future__ import annotations

import sys
from pathlib import Path

import click
import msgspec

from cli.outcome import Sorry
from cli.progress import shown
from cli.receipt import line_of
from cli.records import as_it_is
from submissions import secrets
from submissions.handing_in import receipts
from submissions.service.verify import Finding, Outcome, verify_receipt
from submissions.service.verify import verify as look
from submissions.settings import settings
from submissions.storage.blobs import BlobStore, DirectoryBlobs
from submissions.storage.database import Database


@click.command()
@click.argument("shown_receipts", metavar="[RECEIPT]...", nargs=-1)
@click.option("--quick", is_flag=True, help="Read no bytes of hand-ins and suites: seconds instead of minutes.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def verify(shown_receipts: tuple[str, ...], quick: bool, as_json: bool) -> None:
    """Check every record, every stored file and every receipt; the service may run meanwhile.

    With RECEIPT, a file or the line itself: check that it is genuine, and that the hand-in which it speaks of is here.
    Nothing is changed. Exit status: 0 nothing found; 1 something is not as it must be.
    """
    blobs = stored()
    with as_it_is() as db:
        if shown_receipts:
            found = [_receipt(db, blobs, line) for line in shown_receipts]
            sys.exit(0 if all(found) else 1)
        outcome = verified(db, blobs, quick)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(outcome)).decode())
    else:
        tell(outcome)
    sys.exit(1 if outcome.found else 0)


def stored() -> BlobStore:
    """The blob store of the settings, which must be there. Raises Sorry."""
    folder = settings().data.resolve() / "blobs"
    if not folder.is_dir():
        raise Sorry(f"there is no folder {folder}: does HANDIN_DATA name the service's data folder?")
    return DirectoryBlobs(folder)


def verified(db: Database, blobs: BlobStore, quick: bool = False) -> Outcome:
    """What there is to say of this installation, with progress for a person at a terminal."""
    keys = secrets.existing(settings().data)
    with shown() as step:
        outcome = look(db, blobs, keys.receipt_key if keys else None, quick, step)
    if keys is None and outcome.counts.submissions:
        remedy = "Restore it from a backup: without it no receipt can be checked."
        outcome.note(Finding("secrets", f"the receipt key is not in {settings().data / 'secrets'}", remedy))
    return outcome


def tell(outcome: Outcome) -> None:
    """Prints what was looked at and what was found."""
    counts = outcome.counts
    click.echo(
        f"looked at {counts.submissions} hand-ins in {counts.blobs} files"
        + ("" if outcome.quick else f" ({counts.bytes / 1e6:.1f} MB read)")
        + f", {counts.gradings} gradings, {counts.receipts} receipts, {counts.suites} suites, {outcome.seconds:.1f} s"
    )
    if counts.unclaimed:
        click.echo(
            f"note: {counts.unclaimed} files in the blob store belong to no record. Those that a cut-off upload left "
            "are removed by the sweeper; others are kept, in case the database is restored."
        )
    for finding in outcome.findings:
        click.echo(f"✗ {finding.about}: {finding.seen}\n  → {finding.remedy}")
    if outcome.found > len(outcome.findings):
        click.echo(f"… and {outcome.found - len(outcome.findings)} more")
    click.echo(f"{outcome.found} found" if outcome.found else "✓ everything is as it must be")


def _receipt(db: Database, blobs: BlobStore, given: str) -> bool:
    keys = secrets.existing(settings().data)
    if keys is None:
        raise Sorry(f"the receipt key is not in {Path(settings().data, 'secrets')}: restore it from a backup")
    try:
        said, findings = verify_receipt(db, blobs, keys.receipt_key, line_of(given))
    except receipts.BadReceipt as error:
        click.echo(f"✗ not genuine: {error}")
        return False
    for finding in findings:
        click.echo(f"✗ genuine, but {finding.about}: {finding.seen}\n  → {finding.remedy}")
    if not findings:
        whose = f"submission {said.submission} by {said.login} for {said.course}/{said.assignment}"
        click.echo(f"✓ genuine, and here with exactly these {said.size} bytes: {whose}, {said.received_at.isoformat()}")
    return not findings
