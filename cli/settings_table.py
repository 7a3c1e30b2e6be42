"""`handin settings`: the settings table, as text with the values in force or as the page docs/settings.md."""

from __future__ import annotations

import re

import click
from rich.console import Console
from rich.table import Table

from submissions.settings import Settings, settings

_PAGE = """# Settings

Every setting is an environment variable; there is no settings file. `handin settings` prints this table with the values
in force. Written from `submissions/settings.py` by `make docs`; a test holds the two equal.

| Variable | Default | Meaning |
|---|---|---|
"""


def page() -> str:
    """docs/settings.md, in full."""
    rows = []
    for name, field in Settings.model_fields.items():
        default = f"`{field.default}`" if field.default != "" else "(empty)"
        rows.append(f"| `HANDIN_{name.upper()}` | {default} | {field.description} |\n")
    return _PAGE + "".join(rows)


@click.command("settings")
@click.option("--markdown", is_flag=True, help="Print the documentation's page instead of the values in force.")
def show(markdown: bool) -> None:
    """Print every setting with its value and meaning."""
    if markdown:
        click.echo(page(), nl=False)
        return
    table = Table("variable", "value", "meaning", box=None)
    for name, field in Settings.model_fields.items():
        table.add_row(f"HANDIN_{name.upper()}", _shown(name, getattr(settings(), name)), field.description)
    Console().print(table)


def _shown(name: str, value: object) -> str:
    if name not in {"database", "broker"}:
        return str(value)
    # A URL of a database or broker may carry a password, before the host or among the options.
    scheme, _, rest = str(value).partition("://")
    user, _, place = rest.rpartition("@")
    place = re.sub(r"(password[^=&]*=)[^&]*", r"\1…", place)
    return f"{scheme}://…@{place}" if user else f"{scheme}://{place}" if place else str(value)
