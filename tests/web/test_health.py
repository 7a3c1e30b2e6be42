"""The health page says in words what is wrong, the worst first, and nothing that is not so."""

from __future__ import annotations

import io
import re
from datetime import timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import update

from cli.main import main
from submissions.models import Grading, Pulse, Suite, now
from submissions.service import health, pulse
from submissions.settings import settings


@pytest.fixture
def page(school, visit):
    """What the page says to Stan: its heading, and each part as `part: what is seen`, in order, with its word."""

    def page() -> tuple[str, dict[str, str]]:
        answer = visit("stan").get("/health")
        assert answer.status_code == 200
        heading = re.search("<h1>(.*?)</h1>", answer.text)[1]
        rows = re.findall(
            r'<strong>([^<]*)</strong>: (.*?)</span><span class="state [a-z]*">(.*?)</li>', answer.text, re.DOTALL
        )
        return heading, {part: re.sub(r"<[^>]*>|\s+", " ", seen + " | " + rest) for part, seen, rest in rows}

    return page


@pytest.fixture
def sound(school):
    """A service all of whose parts are there."""
    with school.database.write() as session:
        packed = school.blobs.put(io.BytesIO(b"a suite"), 100)
        session.execute(update(Suite).values(blob=packed.sha256))
    school.lives(workers=2)
    return school


def silence(school, name: str, by: timedelta) -> None:
    with school.database.write() as session:
        session.execute(update(Pulse).where(Pulse.name.startswith(name)).values(at=now() - by))


def test_a_service_all_of_whose_parts_are_there_is_well_but_for_a_broker_that_none_has_set(page, sound):
    heading, parts = page()
    assert heading == "The service works, with 1 thing to look at"
    assert next(iter(parts)) == "Redis"
    assert "2 workers, 4 gradings at a time" in parts["Workers"]
    assert "every layer stands" in parts["Isolation"]
    assert "0 gradings waiting, 0 running" in parts["Queue"]
    assert "GB free" in parts["Disk"]
    assert "are as they must be" in parts["Verification"]
    assert "SQLite answers" in parts["Database"]


def test_before_anything_has_run_it_says_so(page, school):
    heading, parts = page()
    assert heading == "2 parts of the service need somebody"
    assert list(parts)[:2] == ["Workers", "Sweeper"]
    assert "none gives a sign of life" in parts["Workers"]
    assert "it has never run" in parts["Sweeper"]
    assert "none yet" in parts["Verification"]


@pytest.mark.parametrize(
    ("name", "part", "said"),
    [("worker", "Workers", "none gives a sign of life"), ("sweeper", "Sweeper", "silent since")],
)
def test_a_part_that_fell_silent_is_told_at_the_top(page, sound, name, part, said):
    silence(sound, name, health.SILENT + timedelta(seconds=1))
    heading, parts = page()
    assert heading == "1 part of the service needs somebody"
    assert said in parts[part]
    assert next(iter(parts)) == part


def test_a_weak_layer_and_a_worker_without_a_sandbox_are_told_with_the_remedy(page, sound):
    weak = {"layer": "control group", "level": "CAUTION", "seen": "none can be written", "remedy": "Run it as root."}
    pulse.beat(sound.database, pulse.worker("a"), {"gradings": 1, "sandbox": "bubblewrap", "isolation": [weak]})
    _, parts = page()
    assert "none can be written" in parts["Isolation: control group"]
    assert "Run it as root." in parts["Isolation: control group"]
    pulse.beat(sound.database, pulse.worker("b"), {"gradings": 1, "sandbox": "none", "isolation": []})
    heading, parts = page()
    assert heading == "1 part of the service needs somebody"
    assert "without a sandbox" in parts["Isolation"]


def test_a_hand_in_that_waits_for_long_and_faults_that_are_open_are_told(page, sound):
    sound.faulty("bo")
    sound.upload("ada")
    with sound.database.write() as session:
        session.execute(update(Grading).values(queued_at=now() - timedelta(minutes=31)))
    _, parts = page()
    assert "1 grading waiting, 0 running; a hand-in has waited for 31 minutes" in parts["Queue"]
    assert "1 not resolved" in parts["Grader faults"]


def test_what_a_verification_finds_is_told_record_by_record(page, visit, sound):
    submission = sound.graded("ada")
    sound.blobs.path(sound.submissions()[0].blob).unlink()
    sound.lives()
    heading, parts = page()
    assert heading == "1 part of the service needs somebody"
    assert "1 thing not as it must be" in parts["Verification"]
    text = visit("ines").get("/health").text
    assert f"<strong>Submission {submission}</strong>: its file is not in the blob store" in text


def test_whose_hand_in_is_damaged_is_not_told_to_the_staff_of_other_courses(visit, sound):
    sound.graded("ada")
    sound.blobs.path(sound.submissions()[0].blob).unlink()
    sound.lives()
    section = visit("ines").get("/health").text.partition('aria-labelledby="verified"')[2]
    assert "its file is not in the blob store" in section
    assert not re.search(r"\bada\b|\bdl\b|hw1p1", section)
    with sound.database.read() as session:
        assert "ada" not in str(pulse.last(session, pulse.VERIFICATION).detail)


def test_it_says_what_a_verification_looked_at(visit, sound):
    def looked_at() -> str:
        sound.lives()
        return re.search("Looked at: (.*?)</p>", visit("stan").get("/health").text)[1]

    assert "no receipt, as there is none;" in looked_at()
    sound.graded("ada")
    assert looked_at().startswith("every record; 1 receipt; of files whether they are there")
    (sound.settings.data / "secrets" / "receipt").unlink()
    assert "no receipt, as the key that signs them was not found;" in looked_at()


def test_a_verification_that_is_old_is_no_comfort(page, sound):
    with sound.database.write() as session:
        found = session.get_one(Pulse, pulse.VERIFICATION)
        found.detail = {**found.detail, "at": (now() - timedelta(hours=4)).isoformat()}
    _, parts = page()
    assert "none for more than three hours" in parts["Verification"]


def test_a_disk_that_is_nearly_full_is_told(page, sound, monkeypatch):
    monkeypatch.setattr(health, "_SCARCE_GB", 1e9)
    _, parts = page()
    assert "Free some, or move the data folder" in parts["Disk"]


def test_redis_is_asked_and_one_that_is_away_is_told(page, sound, monkeypatch):
    for answers, said in ((True, "it answers"), (False, "it does not answer")):
        monkeypatch.setattr("web.frame.limits.redis_answers", lambda answers=answers: answers)
        _, parts = page()
        assert said in parts["Redis"]


@pytest.mark.services
def test_redis_answers_for_itself(broker):
    from web.frame.limits import Counters

    counters = Counters(broker.url)
    assert counters.redis_answers() is True
    broker.stop()
    assert counters.redis_answers() is False
    assert Counters("").redis_answers() is None


def test_who_answers_for_no_course_any_more_does_not_see_it(school, visit):
    from submissions.people import people

    with school.database.write() as session:
        people.end_enrolment(session, school.course.id, school.users["stan"].id)
    assert visit("stan").get("/health").status_code == 403


def test_staff_find_it_from_their_course(visit):
    assert 'href="/health"' in visit("stan").get("/courses/dl/").text
    assert 'href="/health"' not in visit("ada").get("/courses/dl/").text


def test_it_says_where_the_time_of_gradings_goes(school, visit):
    stan = visit("stan")
    assert "Where the time goes" not in stan.get("/health").text
    school.graded("ada")
    said = stan.get("/health").text
    assert "Of the last 1 grading that a student waited for" in said
    assert '<th scope="row">All together</th>' in said


@pytest.mark.parametrize("shown", ["", "wrong", "Bearer wrong", "Basic {token}", "Bearer {token}x", "Bearer \xe9"])
def test_the_numbers_are_for_who_has_their_token_and_for_nobody_else(school, app, shown):
    token = school.secrets.metrics_token
    headers = {"Authorization": shown.format(token=token)}
    assert app.test_client().get("/metrics", headers=headers).status_code == 404
    answer = app.test_client().get("/metrics", headers={"Authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.content_type) == (200, "text/plain; version=0.0.4; charset=utf-8")
    assert 'handin_gradings{queue="interactive",state="queued"} 0.0' in answer.text


@pytest.fixture
def of_the_school(school, monkeypatch):
    """Commands of this process find the school's data."""
    monkeypatch.setenv("HANDIN_DATA", str(school.settings.data))
    settings.cache_clear()
    yield
    settings.cache_clear()


def test_the_command_prints_the_numbers_and_their_token(school, of_the_school):
    done = CliRunner().invoke(main, ["metrics"])
    assert (done.exit_code, "handin_workers 0.0" in done.output) == (0, True)
    assert CliRunner().invoke(main, ["metrics", "--token"]).output.strip() == school.secrets.metrics_token
