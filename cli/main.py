"""The command `handin`. A subcommand's module is loaded when it is asked for, so that each starts at once."""

from __future__ import annotations

import importlib

import click

from cli.outcome import USAGE, Sorry

# Where each is, and the first sentence of its help: to list the commands loads none of them.
_COMMANDS = {
    "up": ("cli.service:up", "Start the whole service on this machine, until Ctrl-C"),
    "demo": ("cli.service:demo", "Start the whole service with a demo course and three hand-ins, until Ctrl-C"),
    "grade": ("cli.grade:grade", "Grade the archive HANDIN by ASSIGNMENT, a bundled assignment's id or a folder"),
    "submit": ("cli.submit:submit", "Hand in the archive HANDIN, and show the score when it is there"),
    "receipt": (
        "cli.receipt:receipt",
        "Check RECEIPT, a file or the line itself: is it genuine, and what does it say?",
    ),
    "verify": (
        "cli.verify:verify",
        "Check every record, every stored file and every receipt; the service may run meanwhile",
    ),
    "backup": (
        "cli.backup:backup",
        "Write all that the service keeps into the new folder TARGET; the service may run meanwhile",
    ),
    "restore": (
        "cli.backup:restore",
        "Restore the backup in the folder SOURCE into the empty data folder and database of the settings",
    ),
    "doctor": ("cli.doctor:doctor", "Check isolation, broker, database, data, clock and who can reach what"),
    "metrics": ("cli.metrics:metrics", "Print the service in numbers, as Prometheus reads them"),
    "settings": ("cli.settings_table:show", "Print every setting with its value and meaning"),
    "user": ("cli.people:user", "Accounts: add, list, change a password, make an API token"),
    "roster": ("cli.people:roster", "Who is in a course, and in which role"),
    "course": ("cli.courses:course", "Courses: add, copy to the next term, list"),
    "assignment": (
        "cli.assignments:assignment",
        "Assignments: begin a folder, check it, pack what students receive, publish it in a course",
    ),
    "regrade": (
        "cli.regrades:regrade",
        "Regrades: run tests over hand-ins in the shadow, read what would change, publish it or discard it",
    ),
    "extension": (
        "cli.extensions:extension",
        "Extensions: give a student or a section a later deadline, list them, withdraw one",
    ),
    "migrate": ("cli.service:migrate", "Bring the database to this version's tables; safe to run at every start"),
    "web": ("cli.service:web", "Run the portal (gunicorn)"),
    "worker": ("cli.service:worker", "Run a worker, which grades what waits"),
    "sweeper": (
        "cli.service:sweeper",
        "Run the sweeper, which takes back what dead workers held and wakes workers for what waits",
    ),
}


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - the signature is click's
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - the same
        if cmd_name not in _COMMANDS:
            return None
        module, _, attribute = _COMMANDS[cmd_name][0].partition(":")
        found: click.Command = getattr(importlib.import_module(module), attribute)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - the same
        with formatter.section("Commands"):
            formatter.write_dl([(name, f"{sentence}.") for name, (_, sentence) in _COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except click.UsageError as error:
            # click's own status, 2, would read as "the hand-in is refused".
            error.show()
            raise click.exceptions.Exit(USAGE) from None
        except (click.ClickException, click.exceptions.Exit):
            raise
        except Exception as error:
            if sentence := _mendable(error):
                raise Sorry(sentence) from None
            raise


def _mendable(error: Exception) -> str:
    """What a person can do about it, in a sentence; "" where it is a mistake of ours."""
    # Loaded here alone: a command that needs no database starts without them.
    from pydantic import ValidationError
    from sqlalchemy.exc import OperationalError

    match error:
        case ValidationError():
            wrong = "; ".join(
                f"HANDIN_{str(each['loc'][0]).upper()}: {each['msg'].removeprefix('Value error, ')}"
                for each in error.errors()
            )
            return f"a setting is wrong: {wrong}. `handin settings --markdown` explains each."
        case OperationalError():
            return (
                f"the database does not answer ({error.orig}); "
                "are HANDIN_DATABASE and HANDIN_DATA right, and does it run?"
            )
        case _:
            return ""


@click.group(cls=_Commands)
@click.version_option(package_name="handin")
def main() -> None:
    """Handin: grades homework, from the shell or as a service."""
