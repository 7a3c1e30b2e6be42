"""Failed logins and uploads: who guesses is stopped, in one process or many, and nobody is shut out by another."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
import time_machine
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from submissions.models import now
from submissions.people import people
from tests.school import PASSWORD, School, archive
from tests.services import Broker
from tests.web.conftest import Visitor
from web.frame import limits

pytestmark = pytest.mark.usefixtures("quick_passwords")


@pytest.fixture(autouse=True)
def still() -> object:
    """The counters' clock stands, so that no window ends between two tries."""
    with time_machine.travel(now(), tick=False) as clock:
        yield clock


@pytest.fixture
def portals(tmp_path) -> Callable[..., Flask]:
    """Portals of one service, as its processes are: the school is shared, and nothing in memory."""
    made: list[School] = []

    def portals(**settings: object) -> Flask:
        if not made:
            made.append(School(tmp_path / "service", **settings))
        return made[0].app()

    yield portals
    for school in made:
        school.close()


def tried(app: Flask, login: str, password: str = "wrong", address: str = "192.0.2.1", visitor=None) -> int:
    """The status of one try, by a browser that has never been here unless one is given."""
    visitor = visitor or Visitor(app.test_client())
    fields = {"login": login, "password": password}
    return visitor.post("/login", fields, environ_overrides={"REMOTE_ADDR": address}).status_code


def test_an_address_that_fails_for_a_name_waits_and_is_told_how_long(app, still) -> None:
    assert [tried(app, "ada") for _ in range(10)] == [403] * 10
    refused = Visitor(app.test_client()).post(
        "/login", {"login": " ADA", "password": PASSWORD}, environ_overrides={"REMOTE_ADDR": "192.0.2.1"}
    )
    assert refused.status_code == 429
    assert "Wait a minute" in refused.text
    assert 0 < int(refused.headers["Retry-After"]) <= 61
    still.shift(61)
    assert tried(app, "ada", PASSWORD) == 303


def test_another_name_and_another_address_are_not_kept_waiting_by_it(app) -> None:
    for _ in range(11):
        tried(app, "ada")
    assert tried(app, "bo", PASSWORD) == 303
    assert tried(app, "ada", PASSWORD, "192.0.2.2") == 303


def test_an_address_that_tries_name_after_name_is_stopped_for_every_name(tmp_path) -> None:
    school = School(tmp_path / "data", login_limit_address="12 per minute")
    app = school.app()
    assert [tried(app, f"name{n}") for n in range(12)] == [403] * 12
    assert tried(app, "ada", PASSWORD) == 429
    assert tried(app, "ada", PASSWORD, "192.0.2.2") == 303
    school.close()


@pytest.fixture
def besieged(tmp_path):
    """A portal at which somebody with many addresses fails in Ada's name, until her name is closed to strangers."""
    school = School(tmp_path / "data", login_limit_name="5 per hour")
    app = school.app()
    ada = Visitor(app.test_client())
    assert tried(app, "ada", PASSWORD, visitor=ada) == 303
    assert ada.post("/logout").status_code == 303
    for n in range(5):
        assert tried(app, "ada", address=f"10.0.0.{n}") == 403
    yield app, ada
    school.close()


def test_many_addresses_that_guess_one_name_are_stopped(besieged) -> None:
    app, _ = besieged
    assert tried(app, "ada", PASSWORD, "10.0.1.1") == 429


def test_who_fails_on_purpose_does_not_shut_a_student_out_of_her_own_browser(besieged) -> None:
    app, ada = besieged
    assert tried(app, "ada", PASSWORD, "198.51.100.7", visitor=ada) == 303


def test_a_known_browser_is_counted_too(besieged) -> None:
    app, ada = besieged
    assert [tried(app, "ada", visitor=ada) for _ in range(10)] == [403] * 10
    assert tried(app, "ada", PASSWORD, visitor=ada) == 429


def test_a_browser_is_known_for_the_name_that_logged_in_and_for_no_other(besieged) -> None:
    app, ada = besieged
    bo = Visitor(app.test_client())
    tried(app, "bo", PASSWORD, visitor=bo)
    bo.post("/logout")
    assert tried(app, "ada", PASSWORD, visitor=bo) == 429
    # And the cookie does not say whose it is.
    assert "ada" not in ada.client.get_cookie("handin-known").value


def test_a_forged_cookie_is_a_strangers(besieged) -> None:
    app, _ = besieged
    stranger = Visitor(app.test_client())
    for forged in ("", ".", "x.y", "ada", "1.ada", "é.é", "a.b.c", "." * 2000):
        stranger.client.set_cookie("handin-known", forged)
        assert tried(app, "ada", PASSWORD, visitor=stranger) == 429, forged


def test_the_cookie_opens_nothing_and_is_not_for_scripts(besieged) -> None:
    _, ada = besieged
    cookie = ada.client.get_cookie("handin-known")
    assert cookie.http_only
    assert cookie.same_site == "Strict"
    assert ada.get("/courses/dl/").status_code == 303


def test_under_https_the_cookie_is_bound_to_the_host(tmp_path) -> None:
    school = School(tmp_path / "data", public_url="https://handin.example.edu")
    client = school.app().test_client()
    site = {"base_url": "https://handin.example.edu", "headers": {"Referer": "https://handin.example.edu/login"}}
    page = client.get("/login", **site).text
    token = page.split('name="csrf_token" value="', 1)[1].split('"', 1)[0]
    form = {"login": "ada", "password": PASSWORD, "csrf_token": token}
    made = client.post("/login", data=form, **site).headers.getlist("Set-Cookie")
    (known,) = [cookie for cookie in made if cookie.startswith("__Host-handin-known=")]
    assert "Secure" in known
    assert "Domain" not in known
    school.close()


def test_successes_are_not_counted_so_a_lecture_hall_gets_in(app) -> None:
    assert [tried(app, "ada", PASSWORD) for _ in range(12)] == [303] * 12


@pytest.mark.services
def test_the_counts_are_one_for_all_processes(portals, broker: Broker) -> None:
    assert [tried(portals(broker=broker.url), "ada") for _ in range(10)] == [403] * 10
    assert tried(portals(broker=broker.url), "ada", PASSWORD) == 429


@pytest.mark.services
def test_while_redis_is_away_each_process_counts_by_itself_and_the_right_password_opens(
    portals, broker: Broker, caplog
) -> None:
    first, second = portals(broker=broker.url), portals(broker=broker.url)
    for _ in range(6):
        tried(first, "ada")
    broker.stop()
    assert tried(first, "bo", PASSWORD, "192.0.2.2") == 303
    # What was counted before is not forgotten, and what comes is counted.
    assert [tried(first, "ada") for _ in range(4)] == [403] * 4
    assert tried(first, "ada", PASSWORD) == 429
    assert [tried(second, "ada") for _ in range(11)] == [403] * 10 + [429]
    assert caplog.text.count("each process goes by its own count") == 2  # said once by each, not at each try


@pytest.mark.services
def test_a_redis_that_comes_back_is_asked_again(portals, broker: Broker, monkeypatch) -> None:
    monkeypatch.setattr(limits, "_REST", 0.0)
    first, second = portals(broker=broker.url), portals(broker=broker.url)
    broker.stop()
    tried(first, "ada")
    broker.start()
    for _ in range(9):
        tried(first, "ada")
    assert [tried(second, "ada") for _ in range(2)] == [403, 429]


@pytest.mark.services
def test_a_redis_that_hangs_costs_one_login_a_moment_and_no_login_its_page(
    portals, broker: Broker, monkeypatch
) -> None:
    monkeypatch.setattr(limits, "_PATIENCE", 0.05)
    app = portals(broker=broker.url)
    assert tried(app, "ada", PASSWORD) == 303
    with broker.stopped():
        assert tried(app, "ada", PASSWORD) == 303
        assert tried(app, "ada") == 403


def test_without_redis_hand_ins_are_taken(portals, tmp_path) -> None:
    app = portals(broker=f"redis+socket://{tmp_path}/nothing-listens-here")
    ada = Visitor(app.test_client())
    assert tried(app, "ada", PASSWORD, visitor=ada) == 303
    assert ada.hand_in().status_code == 303


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("", ""),
        ("unknown, 10.0.0.1", "unknown, 10.0.0.1"),
    ],
)
def test_an_address_is_counted_as_what_its_holder_cannot_leave(address, counted) -> None:
    assert limits.network(address) == counted


@given(st.text())
def test_whatever_a_proxy_says_is_an_address(said) -> None:
    assert len(limits.network(said)) <= 200


def test_a_login_of_any_text_is_answered(app) -> None:
    visitor = Visitor(app.test_client())
    for login in ("\0", "a" * 100_000, "'; --", "\u202eada", "%00", "ada\nbo"):
        assert tried(app, login, visitor=visitor) == 403


def test_the_limits_of_the_settings_are_checked_when_they_are_read() -> None:
    from pydantic import ValidationError

    from submissions.settings import Settings

    with pytest.raises(ValidationError, match="is no limit"):
        Settings(login_limit="ten a minute", _env_file=None)


def test_a_password_change_leaves_the_browser_known(school, app) -> None:
    """It is no login: taking it away would only help whoever fails in this name."""
    ada = Visitor(app.test_client())
    tried(app, "ada", PASSWORD, visitor=ada)
    kept = ada.client.get_cookie("handin-known").value
    with school.database.write() as session:
        people.set_password(session, school.users["ada"].id, "another password")
    assert tried(app, "ada", "another password", visitor=ada) == 303
    assert ada.client.get_cookie("handin-known").value == kept


UPLOADS = "/courses/dl/assignments/hw1p1/submissions"


@pytest.fixture
def uploading(tmp_path):
    """An upload by the API, at a portal that takes two an hour of a person, and three of an address."""
    school = School(tmp_path / "data", upload_limit=2, upload_limit_address=3)
    app = school.app()

    def upload(login: str, address: str = "192.0.2.1"):
        headers = {"Authorization": f"Bearer {school.token(login)}"}
        file = {"file": (io.BytesIO(archive()), "handin.tar")}
        return app.test_client().post(
            f"/api/v1{UPLOADS}", data=file, headers=headers, environ_overrides={"REMOTE_ADDR": address}
        )

    yield upload, school, app
    school.close()


def test_who_uploads_too_often_is_told_when_to_come_back_and_loses_nothing(uploading, still) -> None:
    upload, school, app = uploading
    assert [upload("ada", f"192.0.2.{n}").status_code for n in range(2)] == [201, 201]
    refused = upload("ada", "192.0.2.9")
    assert (refused.status_code, refused.json["error"]["code"]) == (429, "too_many_uploads")
    assert "nothing is lost" in refused.json["error"]["lost"]
    assert "again in 1 hour" in refused.json["error"]["next_step"]
    assert 3500 < int(refused.headers["Retry-After"]) <= 3601
    assert len(school.submissions()) == 2
    ada = Visitor(app.test_client())
    ada.log_in("ada")
    page = ada.hand_in()
    assert page.status_code == 429
    assert "nothing is lost" in page.text
    assert "Try again in 1 hour" in page.text
    assert upload("bo").status_code == 201
    still.shift(3601)
    assert upload("ada").status_code == 201


def test_one_address_uploads_only_so_often_under_many_names(uploading) -> None:
    upload, _, _ = uploading
    assert [upload(login).status_code for login in ("ada", "bo", "chidi", "stan")] == [201, 201, 201, 429]
    assert upload("stan", "192.0.2.2").status_code == 201


def test_uploads_without_a_limit_are_all_taken(tmp_path) -> None:
    school = School(tmp_path / "data", upload_limit=0, upload_limit_address=0)
    with school.app().test_request_context():
        assert {limits.upload(1) for _ in range(200)} == {0}
    school.close()


@pytest.mark.services
def test_uploads_are_counted_once_for_all_processes(portals, broker: Broker) -> None:
    found = []
    for app in [portals(broker=broker.url, upload_limit=3) for _ in range(2)] * 2:
        with app.test_request_context():
            found.append(limits.upload(1) > 0)
    assert found == [False, False, False, True]


@pytest.mark.services
def test_while_redis_is_away_each_process_counts_uploads_by_itself(portals, broker: Broker) -> None:
    app = portals(broker=broker.url, upload_limit=2)
    broker.stop()
    with app.test_request_context():
        assert [limits.upload(1) > 0 for _ in range(3)] == [False, False, True]
        assert limits.upload(2) == 0
