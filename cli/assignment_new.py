"""`handin assignment new`: a folder to begin with, which passes `handin assignment check` as it is.

What it holds is `new_assignment/`: an assignment like any other, with each feature in a few lines.
"""

from __future__ import annotations

import secrets
import shutil
from pathlib import Path

import click
import msgspec

from cli.outcome import Sorry
from grader.assignment import FILE, Identifier
from grader.handout.build import LEAST_SEED

PATTERN = Path(__file__).with_name("new_assignment")


@click.command("new")
@click.argument("name")
@click.argument("folder", type=click.Path(path_type=Path), required=False)
def new(name: str, folder: Path | None) -> None:
    """Write the assignment NAME, to be edited, into FOLDER (./NAME unless given), which must not exist yet."""
    try:
        msgspec.convert(name, Identifier)
    except msgspec.ValidationError:
        raise Sorry(
            f"{name!r} cannot be an assignment's id: use small letters, digits, '-', '_' and '.', such as hw2-conv"
        ) from None
    place = folder or Path(name)
    try:
        shutil.copytree(PATTERN, place, ignore=shutil.ignore_patterns("__pycache__"))
        _name(place / FILE, name)
    except FileExistsError:
        raise Sorry(f"{place} is there already, and nothing is written over; give another folder") from None
    except OSError as error:
        raise Sorry(f"{place} cannot be written ({error.strerror})") from None
    click.echo(
        f"wrote {place}. Edit it, beginning with {place / FILE}; then\n"
        f"  handin assignment check {place}\n"
        f"  handin assignment sync COURSE {place}"
    )


def _name(file: Path, name: str) -> None:
    """Gives the copy an id, a title and a seed of its own."""
    text = file.read_text(encoding="utf-8")
    title = name.replace("-", " ").replace("_", " ").capitalize()
    seed = LEAST_SEED + secrets.randbelow(LEAST_SEED)
    for old, own in (
        ('id = "my-homework"', f'id = "{name}"'),
        ('title = "My homework"', f'title = "{title}"'),
        ("seed = 0 ", f"seed = {seed} "),
    ):
        text = text.replace(old, own, 1)
    file.write_text(text, encoding="utf-8")
