"""One text in every field that a student, an author or a stranger fills in, and every page on which it then stands."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec
from sqlalchemy import update

from grader.checking import Found, Level, Place, Result, Survey, Survivor
from grader.report import Report, TestDone, TestStarted
from submissions.gradings import lifecycle
from submissions.models import Assignment, Course, Decision, User, now
from submissions.people import people
from submissions.people.reach import WHOLE
from submissions.scores import error_groups
from submissions.service import pulse
from submissions.service.verify import Finding, Outcome
from submissions.talk import comments
from tests import written
from tests.school import MANIFEST, School, archive, outcomes

TEXTS: list[str] = tomllib.loads(Path(__file__).with_name("hostile.toml").read_text(encoding="utf-8"))["text"]
# What the others are compared with: nothing in it could be taken for markup.
HARMLESS = "plain words"
# Of records and manifests, what is for people to read.
_FREE = {"title", "message", "text", "output", "staff", "name", "step", "summary", "command"}
_REASON = 1000  # characters of a regrade's reason that are kept


def _told(value: Any, text: str) -> Any:
    """The same record with the text in each of its fields that is free."""
    if isinstance(value, dict):
        return {
            key: text if key in _FREE and isinstance(item, str) else _told(item, text) for key, item in value.items()
        }
    return [_told(item, text) for item in value] if isinstance(value, list | tuple) else value


def _notebook(text: str) -> bytes:
    """A notebook that holds the text wherever a notebook holds text."""
    return written.notebook(
        written.text(f"# {text}"),
        written.text(f"## Q1.1\n\n{text}"),
        written.text(f"## Q1.2\n\n{text}\n\n![{text}](attachment:a.png)", a=written.picture()),
        written.code(text, written.printed(text), {"output_type": "error", "ename": text, "traceback": [text]}),
        written.code(
            text,
            {"output_type": "display_data", "data": {"text/html": text, "image/svg+xml": text, "text/plain": text}},
            {"output_type": text, "data": {text: text}, "metadata": {text: text}},
        ),
        {"cell_type": "raw", "source": text, "metadata": {text: text}},
        {"cell_type": text, "source": text},
    )


def live_in(school: School, texts: list[str]) -> dict[str, list[str]]:
    """Plants the texts; returns the addresses where they show, by who reads them.

    Long fields hold all of them. Short ones hold one each: there are as many hand-ins, tokens and logins as texts.
    """
    text = "\n".join(texts)
    line = " ".join(texts)
    with school.database.write() as session:
        session.execute(update(User).values(name=line))
        session.execute(update(Course).values(title=line, term=line))
        session.execute(update(Assignment).values(title=line))
        for each in texts:
            people.create_api_token(session, school.users["ada"].id, each)
            people.start_session(session, school.users["ada"].id, each, each)
    manifest = _told({**MANIFEST, "tasks": [*MANIFEST["tasks"], *written.TASKS]}, line)
    school.publish(manifest)
    report, former = (
        msgspec.convert(_told(msgspec.to_builtins(outcomes(kind)), text), Report) for kind in ("mistakes", "poor")
    )
    names = {f"{_name(each)}.md": each for each in texts[:4]}
    files = {
        "hw1.ipynb": _notebook(text),
        "notes.md": text,
        "evil.svg": text,
        "evil.html": text,
        "evil.py": text,
        **names,
    }
    graded = school.upload("ada", content=archive(**files), filename=texts[0])
    assert lifecycle.finish(school.database, school.claim(graded), former)
    survivor = Survivor(Place(text, 0, 1), text, text, text)
    found = Result(text, (Found(Level.WARNING, line, text, text),), Survey(1, 0, (survivor,), ()))
    newer = school.synced(manifest, text.encode(), f"{_name(texts[0])}.py", line, found)
    school.regraded(newer, reason=text[:_REASON])
    school.reviewed(report)
    school.published(1)
    # The last one waits for somebody to read it.
    school.regraded(newer, reason=text[-_REASON:])
    school.reviewed(former)
    _unwell(school, text, line)
    school.give(graded, "q1-1", 3, comment=text, rubric=(0,))
    school.say(graded, text[:4000])
    school.say(graded, text[:4000], path="evil.html", line=1)
    group = _replied(school, line)
    school.extended("chidi", reason=text[:_REASON])
    school.decided("ada", Decision.POINTS, 1, text[:_REASON])
    school.withdrawn(school.decided("ada", Decision.OVERRIDE, 2, text[-_REASON:]), "ada")
    school.answered_request(school.asked(graded, text[:_REASON]), "answered", text[-_REASON:])
    school.asked(graded, text[-_REASON:])
    refused = school.upload("ada", filename=texts[-1])
    lifecycle.refuse(school.database, school.claim(refused), text)
    faulty = school.upload("bo")
    lifecycle.fault(school.database, school.claim(faulty), text, 1)
    for each in texts:
        school.upload("chidi", filename=each)
    running = school.upload("ada")
    lease = school.claim(running)
    begun = TestStarted(report.tests[0].id, line, 0, 2)
    assert lifecycle.progress(school.database, lease, [begun, TestDone(report.tests[0])])
    pages = [f"/submissions/{each}/" for each in (graded, refused, running)]
    documents = [f"/submissions/{graded}/documents/{quote(name)}" for name in ("hw1.ipynb", "notes.md", *names)]
    code = [f"/submissions/{graded}/code/{quote(name)}" for name in ("evil.html", "evil.py", *names)]
    common = ["/", "/courses/dl/", "/courses/dl/assignments/hw1p1/", *pages]
    searched = quote(line)
    here = "/courses/dl/assignments/hw1p1"
    return {
        "ines": [
            *common,
            "/health",
            f"{here}/tests/",
            f"{here}/tests/{newer.id}/",
            f"{here}/decisions/?who={searched}",
            f"{here}/decisions/ada/",
            f"{here}/rules/",
            f"{here}/extensions/?login={searched}",
            "/courses/dl/audit/",
            "/courses/dl/copy/",
            "/courses/dl/roster/",
            f"/courses/dl/audit/?words={searched}&who={searched}&action={searched}&record={searched}&from={searched}",
            f"{here}/regrades/?suite={searched}",
            f"{here}/regrades/1/",
            f"{here}/regrades/2/?only={searched}&page={searched}",
        ],
        "ada": [
            *common,
            "/account/",
            "/courses/dl/news/",
            *documents,
            *code,
            f"/submissions/{running}/live",
            f"/nix/{searched}",
        ],
        "stan": [
            *common,
            f"/submissions/{faulty}/",
            *code,
            f"{code[0]}?line={searched}",
            f"{here}/groups/",
            f"{here}/groups/{group}/?page={searched}",
            "/courses/dl/hand-ins",
            "/courses/dl/requests",
            "/courses/dl/gradebook",
            "/courses/dl/gradebook?of=hw1p1",
            f"/courses/dl/gradebook?section={searched}&sort={searched}",
            "/courses/dl/students/ada/",
            f"{here}/statistics/",
            f"/courses/dl/hand-ins?who={searched}&of={searched}&only={searched}",
        ],
        "": [f"/login?next={searched}", f"/login?next=/{searched}", "/help"],
    }


def _replied(school: School, text: str) -> str:
    """One answer to all who fail in the way that most share; the group's key."""
    with school.database.write() as session:
        group = error_groups.groups(session, school.assignment, WHOLE).groups[0]
        members = [each.submission_id for each in error_groups.members(session, school.assignment, WHOLE, group)]
        comments.reply(session, school.assignment, group.test, group.key, members, text[:4000], school.users["stan"])
    return group.key


def _unwell(school: School, text: str, line: str) -> None:
    """A worker and a verification that have something to say."""
    layer = {"layer": line, "level": "CAUTION", "seen": text, "remedy": text}
    pulse.beat(school.database, pulse.worker(line), {"gradings": 1, "sandbox": "bubblewrap", "isolation": [layer]})
    outcome = Outcome(now(), quick=True, findings=[Finding(line, text, text)], found=1)
    pulse.beat(school.database, pulse.VERIFICATION, msgspec.to_builtins(outcome))


def _name(text: str) -> str:
    # One part of a path, of a length that archives take.
    return text.replace("/", "|")[:100]
