"""On what terms a student hands in, from rows: extensions, grace days, limits, and how every upload is judged."""

from __future__ import annotations

import io
import random
import tarfile
import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from submissions.handing_in import terms
from submissions.handing_in.intake import accept
from submissions.handing_in.terms import GraceAsked, NotTaken
from submissions.models import Assignment, Course, Enrolment, Extension, Grading, State, Submission
from submissions.people import groups, people
from submissions.people.reach import WHOLE
from submissions.rules import rules
from submissions.rules.rules import Counted, Unit
from submissions.scores import counting, gradebook
from submissions.storage.blobs import DirectoryBlobs
from tests.cast import NOON

DUE = NOON + timedelta(days=7)  # noon is 7 in the morning where the course is; the clocks go forward in between
DAY, HOUR, SECOND = timedelta(days=1), timedelta(hours=1), timedelta(seconds=1)


@pytest.fixture
def rule(cast):
    """Changes the rules, and has every upload judged by them."""

    def change(grace_days=0, **values):
        with cast.db.write() as session:
            session.get_one(Course, cast.course_id).grace_days = grace_days
            assignment = session.get_one(Assignment, cast.assignment_id)
            for name, value in values.items():
                setattr(assignment, name, value)
            return terms.judge(session, assignment)

    return change


@pytest.fixture
def extend(cast):
    def add(due_at, login=None, section="", withdrawn=False):
        with cast.db.write() as session:
            session.add(
                Extension(
                    assignment_id=cast.assignment_id,
                    user_id=login and cast.user_ids[login],
                    section=section,
                    due_at=due_at,
                    reason="ill",
                    by="ines",
                    withdrawn_at=NOON if withdrawn else None,
                )
            )
            terms.judge(session, session.get_one(Assignment, cast.assignment_id))

    return add


@pytest.fixture
def upload(cast, tmp_path):
    """Hands in at a moment, as Ada unless told otherwise; returns the row."""
    blobs = DirectoryBlobs(tmp_path / "blobs")
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        member = tarfile.TarInfo("handin/mytorch/linear.py")
        tar.addfile(member, io.BytesIO())

    def hand_in(at, grace=None, login="ada", assignment=None):
        made = accept(
            cast.db,
            blobs,
            assignment_id=assignment or cast.assignment_id,
            user_id=cast.user_ids[login],
            filename="handin.tar",
            stream=io.BytesIO(buffer.getvalue()),
            received_at=at,
            max_bytes=100_000,
            receipt_key=b"k" * 32,
            wake=lambda *_: True,
            grace=grace,
        )
        return row(cast, made.id)

    return hand_in


def row(cast, number):
    with cast.db.read() as session:
        return session.get_one(Submission, number)


def rows(cast):
    with cast.db.read() as session:
        return session.query(Submission).order_by(Submission.id).all()


def ended(cast, submission, state, score=None):
    """The submission's grading came to this end."""
    with cast.db.write() as session:
        for grading in session.get_one(Submission, submission).gradings:
            grading.state, grading.score, grading.max_score = state, score, 15.0 if score is not None else None


def own(cast, login="ada"):
    with cast.db.read() as session:
        assignment = session.get_one(Assignment, cast.assignment_id)
        return terms.of(session, assignment, session.get_one(Course, cast.course_id), cast.user_ids[login])


# How an upload is judged


def test_an_upload_keeps_how_it_was_judged(rule, upload):
    rule(late_percent=10.0)
    assert [
        (made.due_at, made.penalty) for made in (upload(DUE), upload(DUE + SECOND), upload(DUE + DAY + SECOND))
    ] == [
        (DUE, 0),
        (DUE, 10),
        (DUE, 20),
    ]


def test_other_rules_judge_nothing_anew_by_themselves(cast, rule, upload):
    rule(late_percent=10.0)
    made = upload(DUE + SECOND)
    with cast.db.write() as session:
        session.get_one(Assignment, cast.assignment_id).late_percent = 50.0
    assert row(cast, made.id).penalty == 10
    assert rule() == 1
    assert row(cast, made.id).penalty == 50
    assert rule() == 0


def test_an_extension_holds_for_its_student_or_section_and_the_latest_wins(cast, rule, extend, upload):
    rule(late_percent=10.0)
    with cast.db.write() as session:
        session.query(Enrolment).filter_by(user_id=cast.user_ids["bo"]).update({"section": "B"})
    late = DUE + DAY + HOUR
    made = {login: upload(late, login=login) for login in ("ada", "bo", "chidi")}
    extend(DUE + 2 * DAY, "ada")
    extend(DUE + DAY, "ada")
    extend(DUE + DAY, section="B")
    extend(DUE + 9 * DAY, section="C")
    extend(DUE + 9 * DAY, "chidi", withdrawn=True)
    found = {login: row(cast, each.id) for login, each in made.items()}
    assert {login: (each.due_at - DUE, each.penalty) for login, each in found.items()} == {
        "ada": (2 * DAY, 0),
        "bo": (DAY, 10),
        "chidi": (0 * DAY, 20),
    }
    # And for what is handed in from now on.
    assert upload(late, login="bo").penalty == 10


# Grace days


def test_no_grace_day_is_spent_unasked(cast, rule, upload):
    rule(grace_days=3, late_percent=10.0, takes_grace=True)
    with pytest.raises(GraceAsked) as asked:
        upload(DUE + DAY + SECOND)
    assert (asked.value.offer.days, asked.value.offer.left) == (2, 3)
    assert (asked.value.offer.without, asked.value.offer.with_them) == (20, 0)
    assert rows(cast) == []
    declined = upload(DUE + DAY + SECOND, grace=0)
    assert (declined.penalty, declined.grace_days, own(cast).own.left) == (20, 0, 3)
    agreed = upload(DUE + DAY + 2 * SECOND, grace=2)
    assert (agreed.penalty, agreed.grace_days, own(cast).own.left) == (0, 2, 1)
    # The deadline is now two days later, for what was uploaded before too.
    assert row(cast, declined.id).penalty == 0
    assert upload(DUE + 2 * DAY).grace_days == 2


def test_more_days_than_were_agreed_to_are_asked_for_again_and_fewer_are_spent_where_fewer_are_needed(
    cast, rule, upload
):
    rule(grace_days=5, late_percent=10.0, takes_grace=True)
    with pytest.raises(GraceAsked):
        upload(DUE + DAY + SECOND, grace=1)
    assert rows(cast) == []
    assert upload(DUE + SECOND, grace=5).grace_days == 1
    assert own(cast).own.left == 4


def test_days_that_do_not_reach_are_spent_first_and_the_rest_is_late(rule, upload):
    rule(grace_days=1, late_percent=10.0, takes_grace=True)
    made = upload(DUE + 2 * DAY + SECOND, grace=1)
    assert (made.penalty, made.grace_days) == (20, 1)


def test_grace_days_are_of_the_whole_course(cast, rule, upload):
    rule(grace_days=2, late_percent=10.0, takes_grace=True)
    with cast.db.write() as session:
        other = Assignment(
            course_id=cast.course_id,
            slug="other",
            title="Other",
            due_at=DUE,
            suite_id=cast.suite_id,
            late_percent=10.0,
            takes_grace=True,
        )
        session.add(other)
        session.flush()
        other_id = other.id
    upload(DUE + SECOND, grace=1)
    assert upload(DUE + DAY + SECOND, grace=2, assignment=other_id).penalty == 10
    assert own(cast).own.left == 0


def test_what_cannot_be_graded_costs_neither_a_grace_day_nor_an_upload(cast, rule, upload):
    rule(grace_days=1, late_percent=10.0, takes_grace=True, most_uploads=1)
    made = upload(DUE + SECOND, grace=1)
    with pytest.raises(NotTaken):
        upload(DUE + 2 * SECOND)
    ended(cast, made.id, State.REFUSED)
    assert own(cast).own.left == 1
    assert upload(DUE + 3 * SECOND, grace=1).grace_days == 1


# Limits


def test_what_the_rules_refuse_is_refused_before_anything_is_recorded(cast, rule, upload, tmp_path):
    rule(ends_at=DUE + HOUR)
    upload(DUE + HOUR)
    with pytest.raises(NotTaken) as refused:
        upload(DUE + HOUR + SECOND, login="bo")
    assert "ended Mon 9 Mar 2026, 09:00 EDT" in str(refused.value)
    rule(most_uploads=2, upload_hours=1, ends_at=None)
    upload(DUE + HOUR + SECOND)
    files = sorted((tmp_path / "blobs").rglob("*"))
    with pytest.raises(NotTaken) as refused:
        upload(DUE + HOUR + 2 * SECOND)
    assert refused.value.refusal.again_at == DUE + 2 * HOUR
    assert len(rows(cast)) == 2
    assert sorted((tmp_path / "blobs").rglob("*")) == files


def test_staff_who_try_an_assignment_are_bound_by_none_of_it(rule, upload):
    rule(ends_at=DUE, most_uploads=1)
    assert [upload(DUE + DAY, login="ines").user_id for _ in range(2)]


def test_of_uploads_at_the_same_moment_one_gets_the_last_place(cast, rule, upload):
    rule(most_uploads=1)
    together = threading.Barrier(4)
    outcomes = []

    def hand_in():
        together.wait()
        try:
            outcomes.append(upload(NOON).id)
        except NotTaken:
            outcomes.append(None)

    threads = [threading.Thread(target=hand_in) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count(None) == 3
    assert len(rows(cast)) == 1


def test_of_uploads_at_the_same_moment_one_spends_the_last_grace_day(cast, rule, upload):
    rule(grace_days=1, late_percent=10.0, takes_grace=True)
    together = threading.Barrier(3)

    def hand_in():
        together.wait()
        upload(DUE + SECOND, grace=1)

    threads = [threading.Thread(target=hand_in) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {(made.grace_days, made.penalty) for made in rows(cast)} == {(1, 0.0)}
    assert own(cast).own.left == 0


# Groups: judged together


@pytest.fixture
def group(cast):
    """Has these hand in together from now on."""

    def make(*logins):
        with cast.db.write() as session:
            session.get_one(Assignment, cast.assignment_id).group_size = 3
            return groups.make(session, cast.assignment_id, WHOLE, "", logins, "ines").id

    return make


def test_an_extension_for_one_holds_for_the_group_and_for_what_it_handed_in(cast, rule, extend, upload, group):
    rule(late_percent=10.0)
    group("ada", "bo")
    early = upload(DUE + SECOND)
    assert early.penalty == 10.0
    extend(DUE + DAY, "bo")
    assert own(cast, "ada").due_at == own(cast, "bo").due_at == DUE + DAY
    assert [each.penalty for each in rows(cast)] == [0.0]
    assert upload(DUE + DAY, login="ada").penalty == 0.0
    assert own(cast, "chidi").due_at == DUE


def test_uploads_and_the_pause_are_the_group_s(cast, rule, upload, group):
    rule(most_uploads=2, pause_minutes=10)
    upload(NOON, login="bo")
    group("ada", "bo")
    with pytest.raises(NotTaken):
        upload(NOON + timedelta(minutes=5))
    upload(NOON + timedelta(minutes=10))
    for login in ("ada", "bo"):
        with pytest.raises(NotTaken):
            upload(NOON + HOUR, login=login)
    assert [own(cast, login).uploads_left(NOON + HOUR) for login in ("ada", "bo", "chidi")] == [0, 0, 2]


def test_a_grace_day_is_each_member_s_and_only_where_each_has_one(cast, rule, upload, group):
    rule(grace_days=1, late_percent=10.0, takes_grace=True)
    upload(DUE + SECOND, grace=1, login="bo")
    number = group("ada", "bo")
    # Bo has given a day here already: with Ada's, both have.
    made = upload(DUE + SECOND, grace=1)
    assert (made.grace_days, made.penalty) == (1, 0.0)
    assert [own(cast, login).own.left for login in ("ada", "bo", "chidi")] == [0, 0, 1]
    with cast.db.write() as session:
        groups.dissolve(session, cast.assignment_id, WHOLE, number, "ines")
    assert [own(cast, login).own.left for login in ("ada", "bo")] == [0, 0]


def test_where_one_has_no_grace_left_none_is_spent_and_the_group_is_told_whose(cast, rule, upload, group):
    rule(grace_days=1, late_percent=10.0, takes_grace=True)
    with cast.db.write() as session:
        other = Assignment(course_id=cast.course_id, slug="b", title="B", due_at=DUE, suite_id=cast.suite_id)
        other.takes_grace, other.late_percent = True, 10.0
        session.add(other)
        session.flush()
    upload(DUE + SECOND, grace=1, login="bo", assignment=other.id)
    group("ada", "bo")
    made = upload(DUE + SECOND, grace=1)
    assert (made.grace_days, made.penalty) == (0, 10.0)
    assert own(cast).short == ("Bo Søndergård",)
    assert own(cast, "chidi").own.left == 1


def test_of_a_group_at_the_same_moment_one_gets_the_last_place(cast, rule, upload, group):
    rule(most_uploads=1)
    group("chidi", "ada", "bo")
    together = threading.Barrier(3)
    outcomes = []

    def hand_in(login):
        together.wait()
        try:
            outcomes.append(upload(NOON, login=login).id)
        except NotTaken:
            outcomes.append(None)

    threads = [threading.Thread(target=hand_in, args=(login,)) for login in ("ada", "bo", "chidi")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes, key=str)[1:] == [None, None]
    (made,) = rows(cast)
    with cast.db.read() as session:
        authors = session.get_one(Submission, made.id).authors
        assert {each.user_id for each in authors} == {cast.user_ids[login] for login in ("ada", "bo", "chidi")}


def test_where_everybody_hands_in_alone_no_group_holds(cast, rule, upload, group):
    group("ada", "bo")
    rule(group_size=1)
    made = upload(NOON)
    with cast.db.read() as session:
        assert [each.user_id for each in session.get_one(Submission, made.id).authors] == [cast.user_ids["ada"]]


def test_who_left_the_course_is_in_no_group_of_it(cast, upload, group):
    group("ada", "bo")
    with cast.db.write() as session:
        people.end_enrolment(session, cast.course_id, cast.user_ids["bo"])
    made = upload(NOON)
    with cast.db.read() as session:
        assert [each.user_id for each in session.get_one(Submission, made.id).authors] == [cast.user_ids["ada"]]


@pytest.mark.parametrize("seed", range(6))
def test_changing_groups_keep_every_reading_of_a_score_the_same(cast, rule, extend, upload, group, seed):
    chance = random.Random(seed)
    rule(
        grace_days=3,
        late_percent=chance.choice((7.5, 33.33)),
        takes_grace=True,
        counted=chance.choice(list(Counted)),
    )
    if chance.random() < 0.5:
        extend(DUE + DAY, chance.choice(("ada", "bo")))
    number = None
    for _ in range(6):
        if chance.random() < 0.5:
            if number is not None:
                with cast.db.write() as session:
                    groups.dissolve(session, cast.assignment_id, WHOLE, number, "ines")
            number = group(*chance.sample(("ada", "bo", "chidi"), chance.choice((1, 2, 3))))
        at = DUE + chance.choice((-1, 0, 1, 2)) * DAY + chance.choice((0, 1)) * SECOND
        made = upload(at, grace=chance.choice((0, 3)), login=chance.choice(("ada", "bo", "chidi")))
        with cast.db.write() as session:
            grading = session.scalars(select(Grading).where(Grading.submission_id == made.id)).one()
            grading.state, grading.score, grading.max_score = State.GRADED, float(chance.randrange(16)), 15.0
    # What was judged as it came is judged the same anew.
    assert rule() == 0
    with cast.db.read() as session:
        assignment = session.get_one(Assignment, cast.assignment_id)
        cells = {each.login: each.cells[0] for each in gradebook.book(session, cast.course_id, WHOLE).rows}
        for login in ("ada", "bo", "chidi"):
            standing = counting.standing(session, assignment, cast.user_ids[login])
            assert cells[login].score == standing.mark.score
            assert cells[login].submission_id == (standing.counts and standing.counts.submission.id)
            given = {each.submission.grace_days for each in standing.attempts}
            assert max(given, default=0) <= 3


# What counts, for one and for all


@pytest.mark.parametrize("seed", range(10))
def test_the_best_after_its_penalty_counts_in_every_reading(cast, rule, extend, seed):
    chance = random.Random(seed)
    for login in ("ada", "bo", "chidi"):
        for _ in range(chance.randrange(6)):
            days = chance.choice((-1, 0, 1, 2))
            made = cast.upload(login, minutes=7 * 24 * 60 + days * 24 * 60 + chance.choice((-1, 0, 1)))
            if chance.random() < 0.9:
                state = chance.choice([*State, *[State.GRADED] * 4])
                score = float(chance.randrange(16)) if state == State.GRADED else None
                with cast.db.write() as session:
                    session.add(
                        Grading(
                            submission_id=made,
                            suite_id=cast.suite_id,
                            state=state,
                            score=score,
                            max_score=None if score is None else 15.0,
                            shadow=chance.random() < 0.1,
                        )
                    )
    with cast.db.write() as session:
        for made in session.query(Submission):
            for author in made.authors:
                author.chosen_at = NOON + chance.randrange(3) * HOUR if chance.random() < 0.4 else None
    extend(DUE + DAY, "bo")
    rule(
        counted=chance.choice(list(Counted)),
        late_percent=chance.choice((0.0, 7.5, 33.33, 100.0)),
        late_unit=chance.choice(list(Unit)),
    )
    with cast.db.read() as session:
        assignment = session.get_one(Assignment, cast.assignment_id)
        course = session.get_one(Course, cast.course_id)
        cells = {each.login: each.cells[0] for each in gradebook.book(session, cast.course_id, WHOLE).rows}
        for login in ("ada", "bo", "chidi"):
            standing = counting.standing(session, assignment, cast.user_ids[login])
            cell = cells[login]
            assert cell.score == standing.mark.score
            if standing.counts is None:
                assert cell.state in ("", State.REFUSED)
                continue
            counts = standing.counts.submission
            assert cell.submission_id == counts.id
            assert cell.penalty == (counts.penalty if standing.counts.total else 0)
            assert cell.late is counting.past_due(counts.due_at, counts.received_at)
            mine = terms.of(session, assignment, course, cast.user_ids[login])
            for attempt in standing.attempts:
                judged = mine.judged(attempt.submission.received_at)
                assert (judged.due_at, judged.penalty) == (attempt.submission.due_at, attempt.submission.penalty)
                if attempt.total:
                    assert attempt.total.score == rules.kept(attempt.grading.score, judged.penalty)
            if assignment.counted == Counted.BEST and standing.counts.total:
                able = [each for each in standing.attempts if each.grading and each.grading.score is not None]
                assert standing.counts.total.score == max(each.total.score for each in able)
