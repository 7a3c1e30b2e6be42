"""Every route of the portal with who may open it: the statuses that each of the cast gets, and how to ask.

A route without a row here fails `test_access.py`; headers, forged forms and hostile values are tried on the same rows.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from flask import Flask, url_for
from werkzeug.test import TestResponse

from submissions.models import Decision
from submissions.people import people
from submissions.scores.error_groups import key
from tests import written
from tests.school import School
from tests.web.conftest import Visit

CAST = ("", "oz", "bo", "ada", "stan", "ines")  # "" is nobody; ada is the owner, bo a fellow student
LOGIN, GONE, ONLY_STAFF, NO_TOKEN = 303, 404, 403, 401


@dataclass(frozen=True)
class Expected:
    """The statuses for each of the cast, in its order, and how to ask."""

    statuses: tuple[int, ...]
    arguments: dict[str, object] = field(default_factory=dict)


COURSE = {"course": "dl"}
HW = {"course": "dl", "assignment": "hw1p1"}
REGRADE = {**HW, "regrade": 1}  # of what counts, by ines
ABOUT = {**HW, "login": "ada"}
TASK = {**HW, "task": "q1-1"}
ANNOUNCED = {**COURSE, "announcement": 1}
GROUP = {**HW, "key": key("test_activations.py::6", "nan Tanh")}  # that Ada is in
OWN = {"submission": 1}  # handed in by ada
ANSWER = {**HW, "task": "q1-1", "submission": 1}

EXPECTED = {
    ("GET", "health.check"): Expected((200,) * 6),
    ("GET", "health.numbers"): Expected((GONE,) * 6),  # for a program with its token
    ("GET", "health.page"): Expected((LOGIN, ONLY_STAFF, ONLY_STAFF, ONLY_STAFF, 200, 200)),
    ("GET", "help.verdicts"): Expected((200,) * 6),
    ("GET", "static"): Expected((200,) * 6, {"name": "portal.css"}),
    ("GET", "login.page"): Expected((200, 303, 303, 303, 303, 303)),
    ("POST", "login.enter"): Expected((403,) * 6),  # open to all, and wrong without a password
    ("POST", "login.leave"): Expected((NO_TOKEN, 303, 303, 303, 303, 303)),
    ("GET", "account.page"): Expected((LOGIN, 200, 200, 200, 200, 200)),
    ("POST", "account.revoke_session"): Expected((NO_TOKEN, *(GONE,) * 5), {"session_id": 1}),  # chidi's
    ("POST", "account.create_token"): Expected((NO_TOKEN, 200, 200, 200, 200, 200)),
    ("POST", "account.revoke_token"): Expected((NO_TOKEN, *(GONE,) * 5), {"token_id": 1}),  # chidi's
    ("GET", "courses.home"): Expected((LOGIN, 200, 303, 303, 303, 303)),
    ("GET", "courses.page"): Expected((LOGIN, GONE, 200, 200, 200, 200), COURSE),
    ("GET", "courses.hand_ins"): Expected((LOGIN, GONE, ONLY_STAFF, ONLY_STAFF, 200, 200), COURSE),
    ("GET", "gradebook.page"): Expected((LOGIN, GONE, ONLY_STAFF, ONLY_STAFF, 200, 200), COURSE),
    ("GET", "gradebook.file"): Expected((LOGIN, GONE, ONLY_STAFF, ONLY_STAFF, 200, 200), COURSE),
    ("GET", "statistics.page"): Expected((LOGIN, GONE, ONLY_STAFF, ONLY_STAFF, 200, 200), HW),
    ("GET", "students.page"): Expected((LOGIN, GONE, ONLY_STAFF, ONLY_STAFF, 200, 200), {**COURSE, "login": "bo"}),
    # The first of the staff resolves it; for the second there is nothing left to resolve.
    ("POST", "alerts.resolve"): Expected(
        (NO_TOKEN, GONE, ONLY_STAFF, ONLY_STAFF, 303, GONE), {"course": "dl", "alert": 1}
    ),
    # An undecided regrade has its hand-in, so that it stays on the list, whoever presses.
    ("POST", "alerts.grade_again"): Expected(
        (NO_TOKEN, GONE, ONLY_STAFF, ONLY_STAFF, 303, 303), {"course": "dl", "alert": 1}
    ),
    ("GET", "assignments.page"): Expected((LOGIN, GONE, 200, 200, 200, 200), HW),
    ("GET", "assignments.handout"): Expected((LOGIN, GONE, 200, 200, 200, 200), HW),
    ("GET", "assignments.refused_before"): Expected((LOGIN, GONE, 303, 303, 303, 303), HW),
    ("POST", "assignments.hand_in"): Expected((NO_TOKEN, GONE, 422, 422, 422, 422), HW),  # 422: no file
    ("GET", "submissions.page"): Expected((LOGIN, GONE, GONE, 200, 200, 200), OWN),
    ("GET", "submissions.live"): Expected((LOGIN, GONE, GONE, 200, 200, 200), OWN),
    ("GET", "submissions.receipt"): Expected((LOGIN, GONE, GONE, 200, 200, 200), OWN),
    ("GET", "submissions.file"): Expected((LOGIN, GONE, GONE, 200, 200, 200), OWN),
    ("POST", "submissions.grade_by_hand"): Expected(
        (NO_TOKEN, GONE, GONE, ONLY_STAFF, 422, 422),
        {**OWN, "task": "q1-1"},  # 422: no points
    ),
    ("GET", "by_hand.page"): Expected((LOGIN, GONE, ONLY_STAFF, ONLY_STAFF, 200, 200), HW),
    ("POST", "by_hand.release"): Expected((NO_TOKEN, GONE, *(ONLY_STAFF,) * 3, 303), HW),
    ("POST", "by_hand.take_back"): Expected((NO_TOKEN, GONE, *(ONLY_STAFF,) * 3, 303), HW),
    ("POST", "by_hand.next_answer"): Expected(
        (NO_TOKEN, GONE, ONLY_STAFF, ONLY_STAFF, 303, 303), {**HW, "task": "q1-1"}
    ),
    ("POST", "by_hand.skip"): Expected((NO_TOKEN, GONE, ONLY_STAFF, ONLY_STAFF, 303, 303), ANSWER),
    ("GET", "by_hand.one"): Expected((LOGIN, GONE, ONLY_STAFF, ONLY_STAFF, 200, 200), ANSWER),
    ("POST", "by_hand.save"): Expected((NO_TOKEN, GONE, ONLY_STAFF, ONLY_STAFF, 422, 422), ANSWER),  # no points
    ("GET", "by_hand.media"): Expected(
        (LOGIN, GONE, ONLY_STAFF, ONLY_STAFF, GONE, GONE), ANSWER
    ),  # it is in a notebook
    ("POST", "submissions.comment"): Expected((NO_TOKEN, GONE, GONE, ONLY_STAFF, 422, 422), OWN),  # 422: no text
    # 303: that students choose nothing in this assignment is told on the page.
    ("POST", "submissions.choose"): Expected((NO_TOKEN, GONE, GONE, 303, ONLY_STAFF, ONLY_STAFF), OWN),
    # The first of the staff withdraws it; for the second it is withdrawn, which is what they wanted.
    ("POST", "comments.withdraw"): Expected((NO_TOKEN, GONE, GONE, ONLY_STAFF, 303, 303), {**OWN, "comment": 1}),
    ("GET", "code.page"): Expected((LOGIN, GONE, GONE, 200, 200, 200), {**OWN, "path": "hw1/hw1.py"}),
    ("POST", "code.say"): Expected((NO_TOKEN, GONE, GONE, ONLY_STAFF, 422, 422), {**OWN, "path": "hw1/hw1.py"}),
    ("POST", "hints.show"): Expected((NO_TOKEN, *(GONE,) * 5), OWN),  # no test is named
    ("GET", "documents.page"): Expected((LOGIN, GONE, GONE, 200, 200, 200), {**OWN, "path": "hw1.ipynb"}),
    ("POST", "documents.say"): Expected((NO_TOKEN, GONE, GONE, ONLY_STAFF, 422, 422), {**OWN, "path": "hw1.ipynb"}),
    ("GET", "documents.picture"): Expected(
        (LOGIN, GONE, GONE, 200, 200, 200), {**OWN, "path": "hw1.ipynb", "number": 0}
    ),
    ("GET", "documents.media"): Expected((LOGIN, GONE, GONE, 200, 200, 200), {**OWN, "path": "proofs.pdf"}),
    ("GET", "suites.page"): Expected((LOGIN, GONE, ONLY_STAFF, ONLY_STAFF, 200, 200), HW),
    ("GET", "suites.one"): Expected((LOGIN, GONE, ONLY_STAFF, ONLY_STAFF, 200, 200), {**HW, "suite": 1}),
    ("POST", "suites.publish"): Expected((NO_TOKEN, GONE, *(ONLY_STAFF,) * 3, 422), {**HW, "suite": 1}),  # none seen
    # 422: it was found ready. No check is under way: that is told on its page.
    ("POST", "suites.check"): Expected((NO_TOKEN, GONE, *(ONLY_STAFF,) * 3, 422), {**HW, "suite": 1}),
    ("POST", "suites.cancel_check"): Expected((NO_TOKEN, GONE, *(ONLY_STAFF,) * 3, 303), {**HW, "suite": 1}),
    ("GET", "suites.live"): Expected((LOGIN, GONE, ONLY_STAFF, ONLY_STAFF, 200, 200), {**HW, "suite": 1}),
    ("GET", "error_groups.page"): Expected((LOGIN, GONE, ONLY_STAFF, ONLY_STAFF, 200, 200), HW),
    ("GET", "error_groups.one"): Expected((LOGIN, GONE, ONLY_STAFF, ONLY_STAFF, 200, 200), GROUP),
    ("POST", "error_groups.reply"): Expected((NO_TOKEN, GONE, ONLY_STAFF, ONLY_STAFF, 422, 422), GROUP),  # no text
    ("POST", "error_groups.withdraw"): Expected(
        (NO_TOKEN, GONE, ONLY_STAFF, ONLY_STAFF, 303, 303),
        {**GROUP, "comment": 1},  # of no group: nothing is withdrawn
    ),
    ("GET", "regrades.page"): Expected((LOGIN, GONE, ONLY_STAFF, ONLY_STAFF, 200, 200), HW),
    ("POST", "regrades.begin"): Expected((NO_TOKEN, GONE, ONLY_STAFF, ONLY_STAFF, ONLY_STAFF, 422), HW),
    ("GET", "regrades.one"): Expected((LOGIN, GONE, ONLY_STAFF, ONLY_STAFF, 200, 200), REGRADE),
    ("GET", "regrades.live"): Expected((LOGIN, GONE, ONLY_STAFF, ONLY_STAFF, 200, 200), REGRADE),
    # What cannot be done in the phase it is in is told on its page: 303 as well.
    ("POST", "regrades.pause"): Expected((NO_TOKEN, GONE, *(ONLY_STAFF,) * 3, 303), REGRADE),
    ("POST", "regrades.go_on"): Expected((NO_TOKEN, GONE, *(ONLY_STAFF,) * 3, 303), REGRADE),
    ("POST", "regrades.discard"): Expected((NO_TOKEN, GONE, *(ONLY_STAFF,) * 3, 303), REGRADE),
    ("POST", "regrades.publish"): Expected((NO_TOKEN, GONE, *(ONLY_STAFF,) * 3, 303), REGRADE),
    ("POST", "regrades.retry"): Expected((NO_TOKEN, GONE, *(ONLY_STAFF,) * 3, 303), REGRADE),
    ("POST", "regrades.revert"): Expected((NO_TOKEN, GONE, *(ONLY_STAFF,) * 3, 303), REGRADE),
    ("GET", "decisions.page"): Expected((LOGIN, GONE, ONLY_STAFF, ONLY_STAFF, 200, 200), HW),
    ("GET", "decisions.one"): Expected((LOGIN, GONE, ONLY_STAFF, ONLY_STAFF, 200, 200), ABOUT),
    ("POST", "decisions.decide"): Expected((NO_TOKEN, GONE, *(ONLY_STAFF,) * 3, 422), ABOUT),
    ("POST", "decisions.withdraw"): Expected((NO_TOKEN, GONE, *(ONLY_STAFF,) * 3, 303), {**ABOUT, "decision": 1}),
    ("GET", "requests.page"): Expected((LOGIN, GONE, ONLY_STAFF, ONLY_STAFF, 200, 200), COURSE),
    ("POST", "requests.answer"): Expected((NO_TOKEN, GONE, ONLY_STAFF, ONLY_STAFF, 422, 422), {**COURSE, "number": 1}),
    # 422: no text. Staff may read it, and not ask in the student's name.
    ("POST", "requests.ask"): Expected((NO_TOKEN, GONE, GONE, 422, ONLY_STAFF, ONLY_STAFF), OWN),
    ("POST", "requests.withdraw"): Expected((NO_TOKEN, GONE, GONE, 303, ONLY_STAFF, ONLY_STAFF), {**OWN, "number": 1}),
    ("GET", "roster.page"): Expected((LOGIN, GONE, *(ONLY_STAFF,) * 3, 200), COURSE),
    ("POST", "roster.end"): Expected((NO_TOKEN, GONE, *(ONLY_STAFF,) * 3, 303), {**COURSE, "login": "chidi"}),
    ("POST", "roster.again"): Expected((NO_TOKEN, GONE, *(ONLY_STAFF,) * 3, GONE), {**COURSE, "login": "bo"}),
    ("GET", "roster.sections"): Expected((LOGIN, GONE, *(ONLY_STAFF,) * 3, 200), {**COURSE, "login": "stan"}),
    # 422: nothing is chosen.
    ("POST", "roster.limit"): Expected((NO_TOKEN, GONE, *(ONLY_STAFF,) * 3, 422), {**COURSE, "login": "stan"}),
    ("GET", "roster.file"): Expected((LOGIN, GONE, *(ONLY_STAFF,) * 3, 200), COURSE),
    ("POST", "roster.send"): Expected((NO_TOKEN, GONE, *(ONLY_STAFF,) * 3, 422), COURSE),  # 422: nothing in it
    ("GET", "roster.draft"): Expected((LOGIN, GONE, *(ONLY_STAFF,) * 3, 200), {**COURSE, "number": 1}),
    ("POST", "roster.confirm"): Expected(
        (NO_TOKEN, GONE, *(ONLY_STAFF,) * 3, 409),  # 409: nothing was seen
        {**COURSE, "number": 1},
    ),
    ("GET", "at_risk.page"): Expected((LOGIN, GONE, ONLY_STAFF, ONLY_STAFF, 200, 200), COURSE),
    ("GET", "at_risk.file"): Expected((LOGIN, GONE, ONLY_STAFF, ONLY_STAFF, 200, 200), COURSE),
    ("GET", "invitations.page"): Expected((LOGIN, GONE, *(ONLY_STAFF,) * 3, 200), COURSE),
    # 303: that nobody waits for a link is told on the page.
    ("POST", "invitations.make"): Expected((NO_TOKEN, GONE, *(ONLY_STAFF,) * 3, 303), COURSE),
    ("POST", "invitations.revoke"): Expected((NO_TOKEN, GONE, *(ONLY_STAFF,) * 3, 303), COURSE),
    # To everyone alike, whether it opens an account or not; without a link there is no account to open.
    ("GET", "invitation.open_link"): Expected((303,) * 6, {"secret": "never-made"}),
    ("GET", "invitation.page"): Expected((GONE,) * 6),
    ("POST", "invitation.enter"): Expected((GONE,) * 6),
    ("GET", "rules.page"): Expected((LOGIN, GONE, *(ONLY_STAFF,) * 3, 200), HW),
    ("POST", "rules.publish"): Expected((NO_TOKEN, GONE, *(ONLY_STAFF,) * 3, 303), HW),
    ("POST", "rules.change"): Expected((NO_TOKEN, GONE, *(ONLY_STAFF,) * 3, 422), HW),  # 422: nothing is chosen
    ("GET", "rubric.page"): Expected((LOGIN, GONE, ONLY_STAFF, ONLY_STAFF, 200, 200), TASK),
    ("POST", "rubric.add"): Expected((NO_TOKEN, GONE, ONLY_STAFF, ONLY_STAFF, 422, 422), TASK),  # 422: no words
    ("POST", "rubric.change"): Expected((NO_TOKEN, GONE, *(ONLY_STAFF,) * 3, 422), {**TASK, "item": 1}),
    ("POST", "rubric.retire"): Expected((NO_TOKEN, GONE, *(ONLY_STAFF,) * 3, 303), {**TASK, "item": 1}),
    ("GET", "announcements.page"): Expected((LOGIN, GONE, ONLY_STAFF, ONLY_STAFF, 200, 200), COURSE),
    # 422: nothing is written.
    ("POST", "announcements.make"): Expected((NO_TOKEN, GONE, ONLY_STAFF, ONLY_STAFF, 422, 422), COURSE),
    ("GET", "announcements.one"): Expected((LOGIN, GONE, ONLY_STAFF, ONLY_STAFF, 200, 200), ANNOUNCED),
    ("POST", "announcements.change"): Expected((NO_TOKEN, GONE, ONLY_STAFF, ONLY_STAFF, 409, 409), ANNOUNCED),
    # For the second of the staff there is none any more.
    ("POST", "announcements.withdraw"): Expected((NO_TOKEN, GONE, ONLY_STAFF, ONLY_STAFF, 303, GONE), ANNOUNCED),
    ("GET", "news.page"): Expected((LOGIN, GONE, 200, 200, 200, 200), COURSE),
    ("POST", "news.seen"): Expected((NO_TOKEN, GONE, 303, 303, 303, 303), COURSE),
    ("GET", "extensions.page"): Expected((LOGIN, GONE, *(ONLY_STAFF,) * 3, 200), HW),
    ("POST", "extensions.give"): Expected((NO_TOKEN, GONE, *(ONLY_STAFF,) * 3, 422), HW),  # 422: to nobody
    # 303: what there is not, or no longer, is told on the page.
    ("POST", "extensions.withdraw"): Expected((NO_TOKEN, GONE, *(ONLY_STAFF,) * 3, 303), {**HW, "extension": 1}),
    ("GET", "groups.page"): Expected((LOGIN, GONE, ONLY_STAFF, ONLY_STAFF, 200, 200), HW),
    # 422: nobody is named; and for the second of the staff there is no such group any more.
    ("POST", "groups.make"): Expected((NO_TOKEN, GONE, ONLY_STAFF, ONLY_STAFF, 422, 422), HW),
    ("POST", "groups.add"): Expected((NO_TOKEN, GONE, ONLY_STAFF, ONLY_STAFF, 422, 422), {**HW, "group": 1}),
    ("POST", "groups.remove"): Expected((NO_TOKEN, GONE, ONLY_STAFF, ONLY_STAFF, 422, 422), {**HW, "group": 1}),
    ("POST", "groups.dissolve"): Expected((NO_TOKEN, GONE, ONLY_STAFF, ONLY_STAFF, 303, 422), {**HW, "group": 1}),
    ("GET", "group_file.page"): Expected((LOGIN, GONE, ONLY_STAFF, ONLY_STAFF, 200, 200), HW),
    ("POST", "group_file.send"): Expected((NO_TOKEN, GONE, ONLY_STAFF, ONLY_STAFF, 422, 422), HW),  # 422: no file
    # 422: nobody is named. Staff form no group of theirs, which is told on the page.
    ("POST", "own_group.ask"): Expected((NO_TOKEN, GONE, 422, 422, 422, 422), HW),
    # Bo is asked by Ada. Who is not asked, and does not ask, is told that there is no such question.
    ("POST", "own_group.accept"): Expected((NO_TOKEN, GONE, 303, 422, 422, 422), {**HW, "invitation": 1}),
    ("POST", "own_group.decline"): Expected((NO_TOKEN, GONE, 303, 422, 422, 422), {**HW, "invitation": 1}),
    ("POST", "own_group.take_back"): Expected((NO_TOKEN, GONE, 422, 303, 422, 422), {**HW, "invitation": 1}),
    ("POST", "own_group.leave"): Expected((NO_TOKEN, GONE, 422, 422, 422, 422), HW),
    ("GET", "copying.page"): Expected((LOGIN, GONE, *(ONLY_STAFF,) * 3, 200), COURSE),
    ("POST", "copying.copy"): Expected((NO_TOKEN, GONE, *(ONLY_STAFF,) * 3, 422), COURSE),  # 422: no name for it
    ("GET", "audit.page"): Expected((LOGIN, GONE, *(ONLY_STAFF,) * 3, 200), COURSE),
    ("POST", "api.hand_in"): Expected((NO_TOKEN, GONE, 422, 422, 422, 422), HW),
    ("GET", "api.show"): Expected((NO_TOKEN, GONE, GONE, 200, 200, 200), OWN),
}


def routes(app: Flask) -> set[tuple[str, str]]:
    """What the application answers, by method and endpoint."""
    return {
        (method, rule.endpoint) for rule in app.url_map.iter_rules() for method in rule.methods - {"HEAD", "OPTIONS"}
    }


def live_in(school: School) -> None:
    """Lets happen what the rows speak of: Ada's hand-in and a comment on it are number 1; session, token and alert
    number 1 are Chidi's."""
    school.answered("ada", **{"proofs.pdf": written.PDF})
    school.faulty("chidi")
    school.hand_out(b"a zip file")
    school.regraded()
    school.decided("ada", Decision.POINTS, 5)
    school.asked(1)
    school.say(1, "Read the hint first.")
    school.roster("login,name\nnew,New Person")
    school.extended("bo")
    school.announced()
    school.grouped("chidi")
    school.asks_to_join("ada", "bo")
    with school.database.write() as session:
        people.start_session(session, school.users["chidi"].id)
        people.create_api_token(session, school.users["chidi"].id, "chidi's")


def path_of(app: Flask, endpoint: str, **arguments: object) -> str:
    """The address of an endpoint."""
    with app.test_request_context():
        return url_for(endpoint, **arguments)


def ask(school: School, app: Flask, visit: Visit, route: tuple[str, str], login: str) -> TestResponse:
    """Opens a route as that person, by a token where it is the API's and else by a session; "" is nobody."""
    method, endpoint = route
    path = path_of(app, endpoint, **EXPECTED[route].arguments)
    if endpoint.startswith("api."):
        headers = {"Authorization": f"Bearer {school.token(login)}"} if login else {}
        return app.test_client().open(path, method=method, headers=headers)
    visitor = visit(login)
    return visitor.post(path) if method == "POST" else visitor.get(path)
