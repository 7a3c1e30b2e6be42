"""The command as a whole: its help, its exit statuses, and sentences in place of tracebacks."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import pytest

from cli.main import main
from cli.settings_table import page
from submissions.settings import Settings

ROOT = Path(__file__).parents[2]


def _paths() -> list[tuple[str, ...]]:
    context = click.Context(main)
    found: list[tuple[str, ...]] = []
    for name in main.list_commands(context):
        command = main.get_command(context, name)
        found.append((name,))
        if isinstance(command, click.Group):
            found += [(name, below) for below in command.commands]
    return found


@pytest.mark.parametrize("path", _paths(), ids=" ".join)
def test_every_command_explains_itself(handin, path) -> None:
    done = handin(*path, "--help")
    assert done.exit_code == 0
    explanation = done.output.split("\n\n")[1].strip()
    assert len(explanation) > 15


def test_the_list_of_commands_says_of_each_what_it_says_of_itself(handin) -> None:
    context, said = click.Context(main), " ".join(handin("--help").output.split())
    for name in main.list_commands(context):
        explained = main.get_command(context, name).get_short_help_str(200).removesuffix(".")
        assert f"{name} {explained}." in said


def test_what_asks_only_the_portal_loads_no_database() -> None:
    looks = "import sys; import cli.main, cli.submit, cli.service; print('sqlalchemy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", looks], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("roster", "add", "nowhere", "ada"), "there is no course 'nowhere' (there is: none yet)"),
        (("roster", "list", "nowhere"), "`handin course add` adds one"),
        (("assignment", "sync", "nowhere", "hw1p1"), "there is no course 'nowhere'"),
        (("assignment", "sync", "nowhere", "no-such"), "no bundled assignment (those are: "),
        (("user", "token", "oz"), "there is no user 'oz'"),
        (("user", "add", "Not A Login", "Oz"), "lower-case letters"),
        (("course", "add", "Deep Learning/26", "Deep Learning"), "the short name 'Deep Learning/26' is not possible"),
        (("course", "add", "dl", "Deep Learning", "--timezone", "Mars/Olympus"), "no IANA time zone"),
        (("grade", "hw1p1", "no-such.tar"), "there is no file no-such.tar"),
        (("grade", "no-such", "no-such.tar"), "no bundled assignment (those are: "),
        (("worker",), "HANDIN_BROKER is not set"),
        (("submit", "dl", "hw1p1", "no-such.tar", "--portal", "http://localhost", "--token", "x"), "cannot be read"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, tuple) else "",
)
def test_a_mistake_gets_one_sentence_and_status_1(handin, arguments, sentence) -> None:
    done = handin(*arguments)
    assert done.exit_code == 1
    assert done.stdout == ""
    assert done.stderr.startswith("handin: ")
    assert done.stderr.count("\n") == 1
    assert sentence in done.stderr


def test_a_wrong_option_is_not_taken_for_a_refused_hand_in(handin) -> None:
    done = handin("grade", "--no-such-option")
    assert done.exit_code == 64
    assert "No such option" in done.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HANDIN_PORT", "eighty"),
        ("HANDIN_SANDBOX", "bubblewarp"),
        ("HANDIN_DATABASE", "nonsense:verysecret"),
        ("HANDIN_DATABASE", "nonsense://ines:verysecret@localhost/handin"),
        ("HANDIN_DATA", "/proc/nowhere"),
        ("HANDIN_DATA", "/etc/passwd"),
    ],
)
@pytest.mark.parametrize("arguments", [("course", "list"), ("migrate",)], ids=" ".join)
def test_a_wrong_setting_is_named_in_one_sentence(handin, monkeypatch, name, value, arguments) -> None:
    monkeypatch.setenv(name, value)
    done = handin(*arguments)
    assert done.exit_code == 1
    assert done.stderr.count("\n") == 1
    assert name in done.stderr
    assert "verysecret" not in done.stderr


def test_a_database_that_is_away_gets_a_sentence(handin, monkeypatch) -> None:
    monkeypatch.setenv("HANDIN_DATABASE", "postgresql+psycopg://handin@127.0.0.1:1/handin?connect_timeout=2")
    done = handin("course", "list")
    assert done.exit_code == 1
    assert "the database does not answer" in done.stderr


def test_the_settings_page_is_what_the_table_says() -> None:
    assert (ROOT / "docs" / "settings.md").read_text() == page(), "run `make docs`"


def test_each_setting_is_explained_on_the_page() -> None:
    for name, field in Settings.model_fields.items():
        assert field.description
        assert f"`HANDIN_{name.upper()}`" in page()
        assert field.description in page()


def test_settings_are_shown_with_the_values_in_force_but_no_password(handin, monkeypatch) -> None:
    monkeypatch.setenv("HANDIN_PORT", "8999")
    monkeypatch.setenv("HANDIN_BROKER", "redis://:verysecret@localhost/0")
    done = handin("settings")
    assert done.exit_code == 0
    assert "8999" in done.stdout
    assert "localhost/0" in done.stdout
    assert "verysecret" not in done.stdout
