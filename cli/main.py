"""The command `handin`. A subcommand's module is loaded when it is asked for, so that each starts at once."""

from __future__ import annotations

import importlib

import click

from cli.outcome import USAGE, Sorry

_COMMANDS = {
    "up": "cli.service:up",
    "demo": "cli.service:demo",
    "grade": "cli.grade:grade",
    "submit": "cli.submit:submit",
    "receipt": "cli.receipt:receipt",
    "verify": "cli.verify:verify",
    "backup": "cli.backup:backup",
    "restore": "cli.backup:restore",
    "doctor": "cli.doctor:doctor",
    "settings": "cli.settings_table:show",
    "user": "cli.people:user",
    "roster": "cli.people:roster",
    "course": "cli.courses:course",
    "assignment": "cli.assignments:assignment",
    "regrade": "cli.regrades:regrade",
    "migrate": "cli.service:migrate",
    "web": "cli.service:web",
    "worker": "cli.service:worker",
    "sweeper": "cli.service:sweeper",
}


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - the signature is click's
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - the same
        if cmd_name not in _COMMANDS:
            return None
        module, _, attribute = _COMMANDS[cmd_name].partition(":")
        found: click.Command = getattr(importlib.import_module(module), attribute)
        return found

    def invoke(self, ctx: click.Context) -> object:
        from pydantic import ValidationError
        from sqlalchemy.exc import OperationalError

        try:
            return super().invoke(ctx)
        except click.UsageError as error:
            # click's own status, 2, would read as "the hand-in is refused".
            error.show()
            raise click.exceptions.Exit(USAGE) from None
        except ValidationError as error:
            wrong = "; ".join(
                f"HANDIN_{str(each['loc'][0]).upper()}: {each['msg'].removeprefix('Value error, ')}"
                for each in error.errors()
            )
            raise Sorry(f"a setting is wrong: {wrong}. `handin settings --markdown` explains each.") from None
        except OperationalError as error:
            raise Sorry(
                f"the database does not answer ({error.orig}); "
                "are HANDIN_DATABASE and HANDIN_DATA right, and does it run?"
            ) from None


@click.group(cls=_Commands)
@click.version_option(package_name="handin")
def main() -> None:
    """Handin: grades homework, from the shell or as a service."""
