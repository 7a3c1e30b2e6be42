"""`handin demo`, for real, and a second time on what the first one left."""

from __future__ import annotations

import re
import signal

import pytest

from cli.demo import CAST, COURSE
from tests.cli.launched import running

pytestmark = [pytest.mark.slow, pytest.mark.services, pytest.mark.sandbox, pytest.mark.timeout(400)]


def test_a_second_demo_uploads_nothing_twice_and_prints_the_same_passwords(tmp_path) -> None:
    data = tmp_path / "var"
    with running(data, "demo") as service:
        first = service.output
        service.process.send_signal(signal.SIGINT)
        assert service.process.wait(45) == 0
    with running(data, "demo") as service:
        second = service.output
        listed = service.handin("roster", "list", COURSE)
    logins = {person.login: re.search(rf"^{person.login} +(\S+)", first, re.MULTILINE) for person in CAST}
    for person in CAST:
        match = logins[person.login]
        assert match, first
        assert match[0] in second
        assert re.search(rf"{person.login} .*{person.role}", listed)
    assert len({match[1] for match in logins.values() if match}) == len(CAST)
    for output in (first, second):
        assert re.search(r"^total +100 +41 +94$", output, re.MULTILINE), output
    assert second.count("had handed in already") == 3
    assert "Using the demo course that is there" in second
    assert "Making the demo course" not in second
    assert "submissions/4/" not in second
    assert (data / "demo-passwords.json").stat().st_mode & 0o777 == 0o600
