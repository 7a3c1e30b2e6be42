"""People, courses and assignments from the shell: what is recorded, and that each change is in the audit log."""

from __future__ import annotations

import re
import shutil
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from cli import assignment_check
from grader.checking import Found, Level, Result
from grader.checking.result import content_of
from submissions.models import Assignment, AuditEntry, Role, Submission, Suite, SuiteCheck, SyncedSuite, User, now
from submissions.people import people
from submissions.settings import settings
from submissions.storage.blobs import DirectoryBlobs
from submissions.storage.database import Database
from submissions.storage.packing import kept_folder
from submissions.suites import courses
from tests.broken import BROKEN, SOUND
from tests.checks import READY, passes


@pytest.fixture
def sound(tmp_path) -> str:
    """A sound assignment's folder, which was checked."""
    return str(passes(shutil.copytree(SOUND, tmp_path / "sound")))


@pytest.fixture
def found_now(monkeypatch) -> list[Result]:
    """What a check finds that is made now, one after another; the folders' own are made elsewhere."""
    found: list[Result] = []
    monkeypatch.setattr(assignment_check, "looked_at", lambda *_: ([], found.pop(0)))
    return found


@pytest.fixture
def db(data, sqlite_pattern):
    data.mkdir(mode=0o700)
    shutil.copyfile(sqlite_pattern, data / "handin.sqlite3")
    settings.cache_clear()
    found = Database(settings().database_url)
    yield found
    found.close()


def _password(output: str) -> str:
    found = re.search(r"password: (\S+)", output)
    assert found
    return found[1]


def test_an_added_user_can_log_in_with_the_printed_password(handin, db) -> None:
    done = handin("user", "add", "ada", "Ada Adeyemi")
    assert done.exit_code == 0
    user = people.authenticate(db, "ada", _password(done.stdout))
    assert user is not None
    assert user.name == "Ada Adeyemi"


def test_a_login_is_not_added_twice(handin, db) -> None:
    handin("user", "add", "ada", "Ada")
    done = handin("user", "add", "ada", "Another Ada")
    assert done.exit_code == 1
    assert "taken" in done.stderr
    with db.read() as session:
        assert session.scalars(select(User.name)).all() == ["Ada"]


def test_a_chosen_password_is_asked_for_and_not_printed(handin, db) -> None:
    done = handin("user", "add", "bo", "Bo", "--ask-password", typed="correct horse\ncorrect horse\n")
    assert done.exit_code == 0
    assert "correct horse" not in done.output
    assert people.authenticate(db, "bo", "correct horse")


def test_a_changed_password_ends_the_old_one_and_every_login(handin, db) -> None:
    old = _password(handin("user", "add", "ada", "Ada").stdout)
    with db.write() as session:
        user_id = session.scalars(select(User.id)).one()
        people.start_session(session, user_id)
    done = handin("user", "passwd", "ada", typed="another one\nanother one\n")
    assert done.exit_code == 0
    assert people.authenticate(db, "ada", old) is None
    assert people.authenticate(db, "ada", "another one")
    with db.read() as session:
        assert people.sessions_of(session, user_id, idle=timedelta(days=1)) == []


def test_a_token_is_printed_alone_and_opens_the_api_for_its_person(handin, db) -> None:
    handin("user", "add", "ada", "Ada")
    token = handin("user", "token", "ada").stdout.strip()
    key = people.find_api_token(db, token)
    assert key is not None
    assert key.user.login == "ada"


def test_a_roster_gets_all_or_none(handin, db) -> None:
    handin("course", "add", "dl", "Deep Learning")
    handin("user", "add", "ada", "Ada")
    assert handin("roster", "add", "dl", "ada", "nobody").exit_code == 1
    assert "ada" not in handin("roster", "list", "dl").stdout
    assert handin("roster", "add", "dl", "ada", "--role", "staff").exit_code == 0
    listed = handin("roster", "list", "dl").stdout
    assert re.search(r"ada +Ada +staff", listed)
    assert re.search(r"ada +Ada +dl \(staff\)", handin("user", "list").stdout)


def test_staff_are_limited_to_sections_and_nobody_else(handin, db) -> None:
    handin("course", "add", "dl", "Deep Learning")
    handin("user", "add", "stan", "Stan")
    refused = handin("roster", "add", "dl", "stan", "--limit-to", "A")
    assert (refused.exit_code, "students are not limited" in refused.stderr) == (1, True)
    assert handin("roster", "add", "dl", "stan", "--role", "staff", "--limit-to", "A", "--limit-to", "B").exit_code == 0
    assert re.search(r"stan +Stan +staff +A, B", handin("roster", "list", "dl").stdout)
    assert handin("roster", "add", "dl", "stan", "--role", "staff").exit_code == 0
    assert "A, B" not in handin("roster", "list", "dl").stdout


def test_who_is_removed_may_no_longer_enter(handin, db) -> None:
    handin("course", "add", "dl", "Deep Learning")
    handin("user", "add", "ada", "Ada")
    handin("roster", "add", "dl", "ada")
    with db.read() as session:
        user_id = session.scalars(select(User.id)).one()
        assert [place.role for place in people.enrolments_of(session, user_id)] == [Role.STUDENT]
    assert handin("roster", "remove", "dl", "ada").exit_code == 0
    with db.read() as session:
        assert people.enrolments_of(session, user_id) == []


@pytest.mark.parametrize("taken", [("remove", "dl", "ines"), ("add", "dl", "ada", "ines", "--role", "staff")])
def test_a_course_keeps_its_last_instructor(handin, db, taken) -> None:
    handin("course", "add", "dl", "Deep Learning")
    for login in ("ines", "ada"):
        handin("user", "add", login, login)
    handin("roster", "add", "dl", "ines", "--role", "instructor")
    done = handin("roster", *taken)
    assert (done.exit_code, "without an instructor, and nothing was changed" in done.stderr) == (1, True)
    listed = handin("roster", "list", "dl").stdout
    assert ("instructor" in listed, "ada" in listed) == (True, False)
    handin("roster", "add", "dl", "ada", "--role", "instructor")
    assert handin("roster", *taken[:2], "ines", *taken[4:]).exit_code == 0


def test_a_course_is_not_added_twice(handin, db) -> None:
    assert handin("course", "add", "dl", "Deep Learning").exit_code == 0
    done = handin("course", "add", "dl", "Another")
    assert done.exit_code == 1
    assert "already" in done.stderr


@pytest.mark.slow
def test_a_synced_assignment_is_published_with_its_deadline_in_the_courses_zone(handin, db, data, sound) -> None:
    handin("course", "add", "dl", "Deep Learning", "--timezone", "America/New_York")
    done = handin("assignment", "sync", "dl", sound, "--due", "2027-01-15 23:59")
    assert done.exit_code == 0, done.stderr
    with db.read() as session:
        assignment = session.scalars(select(Assignment)).one()
        suite = session.scalars(select(Suite)).one()
    assert assignment.slug == "sound"
    assert assignment.due_at == datetime(2027, 1, 16, 4, 59, tzinfo=UTC)
    assert assignment.suite_id == suite.id
    assert zipfile.is_zipfile(data / "blobs" / assignment.handout[:2] / assignment.handout)
    assert sum(task["points"] for task in suite.manifest["tasks"]) == 5

    assert handin("assignment", "sync", "dl", sound).exit_code == 0
    with db.read() as session:
        assert session.scalars(select(Assignment.due_at)).one() == datetime(2027, 1, 16, 4, 59, tzinfo=UTC)
        assert len(session.scalars(select(Suite)).all()) == 1
        assert session.scalars(select(Assignment.show_output)).one() == "always"

    # Without the option it stays as it was set.
    for options, shown in ((["--hide-output"], "never"), ([], "never"), (["--show-output"], "always")):
        assert handin("assignment", "sync", "dl", sound, *options).exit_code == 0
        with db.read() as session:
            assert session.scalars(select(Assignment.show_output)).one() == shown


def test_a_folder_with_a_mistake_is_told_by_file_and_key(handin, tmp_path) -> None:
    handin("course", "add", "dl", "Deep Learning")
    (tmp_path / "assignment.toml").write_text('id = "x"\ntitle = 3\n')
    done = handin("assignment", "sync", "dl", str(tmp_path))
    assert done.exit_code == 1
    assert f"{tmp_path}/assignment.toml: title:" in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("test_that_does_not_load", "No module named 'grader.authors' (test_sound.py, line 3)"),
        ("reference_does_not_import", "the reference must import; it raised ModuleNotFoundError"),
        ("malformed_toml", "(at line 5, column 8)"),
    ],
)
def test_tests_that_cannot_load_are_told_by_file_and_line_and_leave_nothing(handin, db, tmp_path, row, says) -> None:
    handin("course", "add", "dl", "Deep Learning")
    BROKEN[row].write(tmp_path / "broken")
    done = handin("assignment", "sync", "dl", str(tmp_path / "broken"), "--publish")
    assert done.exit_code == 1
    assert done.stderr.startswith(f"handin: {tmp_path / 'broken' / BROKEN[row].file}: ")
    assert says in done.stderr
    with db.read() as session:
        assert session.scalars(select(Suite)).all() == session.scalars(select(Assignment)).all() == []


@pytest.mark.slow
def test_what_must_be_mended_is_kept_and_told_and_not_published_until_it_is_mended(
    handin, db, sound, found_now
) -> None:
    handin("course", "add", "dl", "Deep Learning")
    test = Path(sound, "test_sound.py")
    test.write_text(test.read_text() + "\n")
    wrong = Found(Level.ERROR, "test_sound.py", "test_array", "it catches no mutant of the reference")
    found_now += [Result(content_of(Path(sound)), (wrong,), READY.mutants), Result(content_of(Path(sound)))]
    done = handin("assignment", "sync", "dl", sound, "--publish")
    assert done.exit_code == 1
    assert "is kept, and not published: the folder's check found 1 to mend." in done.stderr
    assert f"{test}: test_array: it catches no mutant of the reference" in done.stderr
    with db.read() as session:
        assert session.scalars(select(Assignment.suite_id)).all() == [None]
        assert session.scalars(select(SyncedSuite.suite_id)).all() == session.scalars(select(Suite.id)).all()
        assert session.scalars(select(SuiteCheck.ready)).all() == [False]

    # Who has mended nothing waits for a check again, and who has checked by hand does not.
    assert handin("assignment", "sync", "dl", sound).exit_code == 1
    assert found_now == []
    passes(Path(sound))
    assert handin("assignment", "sync", "dl", sound).exit_code == 0
    with db.read() as session:
        assert session.scalars(select(Assignment.suite_id)).all() == session.scalars(select(Suite.id)).all()


@pytest.mark.slow
def test_other_tests_that_must_be_mended_leave_what_is_published(handin, db, sound, found_now) -> None:
    handin("course", "add", "dl", "Deep Learning")
    assert handin("assignment", "sync", "dl", sound).exit_code == 0
    with db.read() as session:
        before = session.scalars(select(Assignment)).one()
    test = Path(sound, "test_sound.py")
    test.write_text(test.read_text() + "\n")
    found_now.append(Result(content_of(Path(sound)), (Found(Level.ERROR, "test_sound.py", "", "wrong"),)))
    assert handin("assignment", "sync", "dl", sound, "--publish").exit_code == 1
    with db.read() as session:
        after = session.scalars(select(Assignment)).one()
        assert (after.suite_id, after.handout) == (before.suite_id, before.handout)
        assert len(session.scalars(select(SyncedSuite)).all()) == 2


@pytest.mark.slow
def test_a_handout_that_must_be_mended_leaves_the_tests_and_the_handout_that_are_published(
    handin, db, sound, found_now
) -> None:
    handin("course", "add", "dl", "Deep Learning")
    assert handin("assignment", "sync", "dl", sound).exit_code == 0
    with db.read() as session:
        before = session.scalars(select(Assignment)).one()
    Path(sound, "handout").mkdir(exist_ok=True)
    Path(sound, "handout", "new.py").write_text("")
    found_now.append(Result(content_of(Path(sound)), (Found(Level.ERROR, "handout", "", "scores too much"),)))
    done = handin("assignment", "sync", "dl", sound, "--due", "2030-01-01 12:00")
    assert done.exit_code == 1
    assert "stays published with the handout of before: the folder's check found 1 to mend." in done.stderr
    assert "What the command's options say holds from now on." in done.stderr
    with db.read() as session:
        after = session.scalars(select(Assignment)).one()
        assert (after.suite_id, after.handout) == (before.suite_id, before.handout)
        assert after.due_at is not None
        assert session.scalars(select(SuiteCheck.ready).order_by(SuiteCheck.id)).all() == [True, False]


@pytest.mark.slow
def test_the_handout_of_other_tests_waits_until_they_are_published(handin, db, sound) -> None:
    handin("user", "add", "ada", "Ada")
    handin("course", "add", "dl", "Deep Learning")
    assert handin("assignment", "sync", "dl", sound).exit_code == 0
    with db.write() as session:
        before, user = session.scalars(select(Assignment)).one(), session.scalars(select(User)).one()
        upload = {"blob": "a" * 64, "size": 1, "filename": "handin.tar", "received_at": now(), "receipt": ""}
        session.add(Submission(assignment_id=before.id, user_id=user.id, **upload))
    Path(sound, "handout", "new.py").write_text("")
    test = Path(sound, "test_sound.py")
    test.write_text(test.read_text() + "\n")
    passes(Path(sound))
    done = handin("assignment", "sync", "dl", sound)
    assert "Students receive the handout that goes with it once it is published." in done.stdout
    with db.read() as session:
        assert session.scalars(select(Assignment.handout)).one() == before.handout
        waits = session.scalars(select(SyncedSuite).order_by(SyncedSuite.id.desc())).first()
    assert waits.handout not in (None, "", before.handout)
    with db.write() as session:
        courses.publish(session, before.id, session.get_one(Suite, waits.suite_id))
    with db.read() as session:
        after = session.scalars(select(Assignment)).one()
        assert (after.handout, after.handout_at > before.handout_at) == (waits.handout, True)


@pytest.mark.slow
def test_a_check_of_another_content_than_was_packed_publishes_nothing(handin, db, sound, found_now) -> None:
    handin("course", "add", "dl", "Deep Learning")
    Path(sound, "check.json").unlink()
    found_now.append(Result("0" * 64, (), READY.mutants))
    done = handin("assignment", "sync", "dl", sound)
    assert (done.exit_code, "was changed meanwhile: sync it again" in done.stderr) == (1, True)
    with db.read() as session:
        assert session.scalars(select(Assignment)).all() == []


@pytest.mark.slow
def test_a_check_that_cannot_be_made_here_says_how_one_made_elsewhere_is_brought(
    handin, db, sound, monkeypatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/proc/nowhere")
    handin("course", "add", "dl", "Deep Learning")
    Path(sound, "check.json").unlink()
    done = handin("assignment", "sync", "dl", sound)
    assert done.exit_code == 3
    assert f"keeps what it finds in {sound}/check.json" in done.stderr
    with db.read() as session:
        assert session.scalars(select(Assignment)).all() == []


@pytest.mark.slow
def test_tests_that_the_blob_store_has_lost_are_packed_again_by_a_sync(handin, db, data, sound) -> None:
    handin("course", "add", "dl", "Deep Learning")
    handin("assignment", "sync", "dl", sound)
    with db.read() as session:
        suite = session.scalars(select(Suite)).one()
    blobs = DirectoryBlobs(data / "blobs")
    blobs.path(suite.blob).unlink()
    assert "no longer in the blob store" in courses.lost(blobs, suite)
    assert handin("assignment", "sync", "dl", sound).exit_code == 0
    assert courses.lost(blobs, suite) == ""


def test_each_change_is_in_the_audit_log_without_any_secret(handin, db) -> None:
    password = _password(handin("user", "add", "ada", "Ada").stdout)
    token = handin("user", "token", "ada").stdout.strip()
    handin("course", "add", "dl", "Deep Learning")
    handin("roster", "add", "dl", "ada")
    handin("roster", "remove", "dl", "ada")
    with db.read() as session:
        entries = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [entry.action for entry in entries] == ["user.add", "token.add", "course.add", "roster.add", "roster.remove"]
    told = " ".join(f"{entry.actor} {entry.record} {entry.detail}" for entry in entries)
    assert password not in told
    assert token not in told


def _entries(db) -> list[AuditEntry]:
    with db.read() as session:
        return session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()


def test_who_comes_goes_or_changes_role_is_in_the_courses_log_with_what_was_before(handin, db) -> None:
    handin("user", "add", "ada", "Ada")
    handin("course", "add", "dl", "Deep Learning")
    handin("roster", "add", "dl", "ada", "--section", "A")
    handin("roster", "add", "dl", "ada", "--role", "staff")
    handin("roster", "remove", "dl", "ada")
    handin("roster", "add", "dl", "ada")
    user, course, *moves = _entries(db)
    student, staff = {"role": "student", "section": "A"}, {"role": "staff", "section": ""}
    assert [(each.detail["before"], each.detail["after"]) for each in moves] == [
        (None, student),
        (student, staff),
        (staff, None),
        (None, {"role": "student", "section": ""}),
    ]
    assert user.course_id is None
    assert {each.course_id for each in (course, *moves)} == {course.course_id} != {None}
    assert {each.actor for each in (user, course, *moves)} == {"command line"}
    assert all(re.fullmatch(r".+@.+", each.address) for each in (user, course, *moves))


@pytest.mark.slow
def test_a_sync_says_in_the_courses_log_which_deadline_and_tests_were_before(handin, db, sound) -> None:
    handin("course", "add", "dl", "Deep Learning", "--timezone", "America/New_York")
    handin("assignment", "sync", "dl", sound, "--due", "2027-01-15 23:59")
    handin("assignment", "sync", "dl", sound, "--due", "2027-01-18 12:00", "--hide-output")
    entries = _entries(db)
    first, second = (each for each in entries if each.action == "assignment.sync")
    rules = [each.detail["after"]["due_at"] for each in entries if each.action == "rules.change"]
    assert rules == ["2027-01-16T04:59:00Z", "2027-01-18T17:00:00Z"]
    assert {first.course_id, second.course_id} == {1}
    assert (first.detail["before"]["suite"], first.detail["after"]["suite"]) == (None, first.detail["suite"])
    changed = {key for key, value in second.detail["after"].items() if second.detail["before"][key] != value}
    assert changed == {"due", "output shown"}
    assert second.detail["before"]["due"] == "2027-01-16T04:59:00+00:00"
    assert second.detail["after"]["due"] == "2027-01-18T17:00:00+00:00"


def test_a_class_comes_by_a_file_with_passwords_for_new_accounts(handin, db, tmp_path) -> None:
    handin("course", "add", "dl", "Deep Learning")
    handin("user", "add", "ada", "Ada")
    (tmp_path / "class.csv").write_text("login,name,section\nada,,A\nbo,[b]Bo[/b],B\nx y,,\n", "utf-8")
    secret = tmp_path / "passwords.csv"
    given = ("roster", "import", "dl", str(tmp_path / "class.csv"), "--passwords", str(secret))
    assert handin(*given, typed="n\n").exit_code == 1
    assert not secret.exists()
    done = handin(*given, "--yes")
    assert done.exit_code == 0, done.output
    assert "[b]Bo[/b]" in done.stdout
    assert "line 4 cannot be taken" in done.stderr
    (_, (login, password)) = (line.split(",") for line in secret.read_text("utf-8").splitlines())
    assert (login, secret.stat().st_mode & 0o777) == ("bo", 0o600)
    assert people.authenticate(db, "bo", password)
    assert re.search(r"bo +\[b\]Bo\[/b\] +student +B", handin("roster", "list", "dl").stdout)
    (tmp_path / "class.csv").write_text("login\nada\nnew\n", "utf-8")
    assert "needs a name" in handin("roster", "import", "dl", str(tmp_path / "class.csv"), "--yes").stderr


def test_a_course_is_copied_to_the_next_term(handin, db) -> None:
    handin("course", "add", "dl", "Deep Learning", "--term", "Fall 2026")
    copied = ("course", "copy", "dl", "dl-27", "--term", "Spring 2027", "--weeks")
    assert handin(*copied, "20").exit_code == 0
    assert re.search(r"dl-27 +Deep Learning +Spring 2027", handin("course", "list").stdout)
    assert "There is a course “dl-27” already" in handin(*copied, "20").stderr
    assert "there is no course 'nowhere'" in handin("course", "copy", "nowhere", "x", *copied[4:], "1").stderr


@pytest.mark.slow
def test_tests_that_are_brought_unchecked_come_with_all_that_a_check_needs_and_are_not_published(
    handin, db, data, sound, tmp_path
) -> None:
    handin("course", "add", "dl", "Deep Learning")
    Path(sound, "check.json").unlink()
    done = handin("assignment", "sync", "dl", sound, "--check-later")
    assert done.exit_code == 0, done.stderr
    assert "is kept, and neither checked nor published." in done.stdout
    with db.read() as session:
        assert session.scalars(select(Assignment.suite_id)).all() == [None]
        version = session.scalars(select(SyncedSuite)).one()
        assert session.scalars(select(SuiteCheck)).all() == []
    assert zipfile.is_zipfile(data / "blobs" / version.handout[:2] / version.handout)
    kept = kept_folder(DirectoryBlobs(data / "blobs"), version.folder, tmp_path / "kept")
    assert content_of(kept) == content_of(Path(sound))
    assert (kept / "handout" / "create_tarball.sh").stat().st_mode & 0o100

    # A check that is there is taken; and what is published is not given another handout unchecked.
    passes(Path(sound))
    assert "is published" in handin("assignment", "sync", "dl", sound, "--check-later").stdout


@pytest.mark.slow
def test_another_handout_of_tests_that_are_ready_is_checked_at_once(handin, db, sound, found_now) -> None:
    handin("course", "add", "dl", "Deep Learning")
    assert handin("assignment", "sync", "dl", sound).exit_code == 0
    Path(sound, "handout", "new.py").write_text("")
    found_now.append(Result(content_of(Path(sound)), (Found(Level.ERROR, "handout", "", "scores too much"),)))
    assert handin("assignment", "sync", "dl", sound, "--check-later").exit_code == 1
    assert found_now == []
