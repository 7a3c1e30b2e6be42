"""Courses and assignments, and the suites that grade them: packed by content into the blob store, unpacked by workers.

A suite is named by the hash of its content. Nothing of a published suite ever changes: another test, another suite.
"""

from __future__ import annotations

import io
import re
from datetime import datetime
from pathlib import Path

from sqlalchemy import Select, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from grader.assignment import suite_files, suite_hash
from grader.grading import manifest
from submissions.changes import rubric_changes
from submissions.models import Assignment, Course, Suite, SyncedSuite, now
from submissions.storage.blobs import BlobStore, NoBlob
from submissions.storage.database import Database
from submissions.storage.packing import pack, unpacked
from submissions.suites import checked

LONGEST_SLUG = 80
"""Characters of a short name."""

# As an assignment's own id: an address holds it as it is, without escapes.
_SLUG = re.compile(rf"[a-z0-9][a-z0-9._-]{{0,{LONGEST_SLUG - 1}}}")
_MAX_SUITE_BYTES = 1 << 30


class PublishedMeanwhile(Exception):
    """Somebody else published other tests since who publishes has looked; the message says what to do."""


class BadSlug(Exception):
    """A course or an assignment cannot have this short name; the message says what to change."""


def create_course(session: Session, slug: str, title: str, term: str = "", timezone: str = "UTC") -> Course:
    """A new course; `slug` names it in addresses. Raises BadSlug."""
    _check_slug(slug)
    course = Course(slug=slug, title=title, term=term, timezone=timezone)
    session.add(course)
    session.flush()
    return course


def create_assignment(
    session: Session,
    course_id: int,
    slug: str,
    title: str,
    *,
    opens_at: datetime | None = None,
    due_at: datetime | None = None,
    suite: Suite | None = None,
    by: str = "",
) -> Assignment:
    """A new assignment; without a suite it takes no hand-ins yet. Raises BadSlug, checked.NotChecked."""
    _check_slug(slug)
    assignment = Assignment(
        course_id=course_id,
        slug=slug,
        title=title,
        opens_at=opens_at,
        due_at=due_at,
    )
    session.add(assignment)
    session.flush()
    if suite is not None:
        publish(session, assignment.id, suite, by)
    return assignment


def publish(session: Session, assignment_id: int, suite: Suite, by: str = "", seen: str | None = None) -> Suite | None:
    """From now on this suite grades new hand-ins of the assignment, and its gradings count; returns the one before.

    `seen` is the hash of what was published when who publishes looked ("": nothing), None where nobody did. Raises
    checked.NotChecked, PublishedMeanwhile.
    """
    assignment = session.get_one(Assignment, assignment_id, with_for_update=True, populate_existing=True)
    before = assignment.suite
    if seen is not None and seen != (before.hash if before else ""):
        raise PublishedMeanwhile(
            f"Since you opened this page, {before.hash[:10] if before else 'nothing'} was published. "
            "Nothing was changed now: see what this version changes against it, and publish it then."
        )
    require_check(session, assignment, suite)
    bring(session, assignment_id, suite, by)
    give(session, assignment, suite.id)
    session.refresh(assignment, ["suite"])
    return before


def give(session: Session, assignment: Assignment, suite_id: int | None) -> None:
    """Has this suite, a version of the assignment that may be published, grade and count, and gives students the
    handout that came with it."""
    assignment.suite_id = suite_id
    if suite_id is not None:
        rubric_changes.begin(session, assignment, session.get_one(Suite, suite_id))
    version = session.scalar(_version(assignment.id, suite_id)) if suite_id is not None else None
    if version is not None and version.handout is not None and version.handout != assignment.handout:
        assignment.handout, assignment.handout_at = version.handout, now()
    session.flush()


def require_check(session: Session, assignment: Assignment, suite: Suite) -> None:
    """Raises checked.NotChecked where the suite may not be published; one that is published already may stay."""
    if assignment.suite_id != suite.id:
        checked.require(session, suite)


def bring(
    session: Session,
    assignment_id: int,
    suite: Suite,
    by: str,
    handout: str | None = None,
    folder: str | None = None,
) -> None:
    """Makes a suite one of the assignment's versions, which can be compared, tried in a regrade and published.

    `handout` names the blob of what students receive with it, once it is published ("": nothing), and `folder` that of
    the folder that it came from, which a check needs; None leaves either be.
    """
    version = session.scalar(_version(assignment_id, suite.id))
    if version is None:
        version = SyncedSuite(assignment_id=assignment_id, suite_id=suite.id, by=by)
        session.add(version)
    if handout is not None:
        version.handout = handout
    if folder is not None:
        version.folder = folder
    session.flush()


def folder_of(session: Session, assignment: Assignment) -> str | None:
    """The blob of the folder that the published suite came from; None where none was kept."""
    version = session.scalar(_version(assignment.id, assignment.suite_id))
    return version.folder if version is not None else None


def _version(assignment_id: int, suite_id: int | None) -> Select[SyncedSuite]:
    return select(SyncedSuite).where(SyncedSuite.assignment_id == assignment_id, SyncedSuite.suite_id == suite_id)


def versions(session: Session, assignment: Assignment) -> list[Suite]:
    """The assignment's suites, the newest first; the published one among them, however it came here."""
    synced = session.scalars(
        select(Suite)
        .join(SyncedSuite, SyncedSuite.suite_id == Suite.id)
        .where(SyncedSuite.assignment_id == assignment.id)
        .order_by(SyncedSuite.id.desc())
    ).all()
    published = assignment.suite
    return [*synced] if published is None or published.id in {each.id for each in synced} else [*synced, published]


def sync_suite(db: Database, blobs: BlobStore, folder: Path) -> Suite:
    """Records the assignment folder's suite as it is now; the same content again gives the suite that is there,
    packed anew.

    Raises grader.assignment.AssignmentError when the folder has a mistake.
    """
    digest = suite_hash(folder)
    with db.read() as session:
        known = session.scalar(select(Suite).where(Suite.hash == digest))
    if known is not None:
        # What the blob store has lost or damaged is whole again: the same content packs to the same bytes.
        blobs.put(io.BytesIO(_pack(folder)), _MAX_SUITE_BYTES)
        return known
    described = manifest(folder)
    blob = blobs.put(io.BytesIO(_pack(folder)), _MAX_SUITE_BYTES)
    suite = Suite(hash=digest, assignment=described["id"], blob=blob.sha256, manifest=described)
    try:
        with db.write() as session:
            session.add(suite)
    except IntegrityError:
        # Another process synced the same content in this moment.
        with db.read() as session:
            return session.scalars(select(Suite).where(Suite.hash == digest)).one()
    return suite


def lost(blobs: BlobStore, *suites: Suite) -> str:
    """What to do about the suites that the blob store has lost, in a sentence; "" when all are there."""
    gone = [suite for suite in suites if not _is_there(blobs, suite.blob)]
    if not gone:
        return ""
    named = " and ".join(suite.hash[:10] for suite in gone)
    return (
        f"The tests {named} are no longer in the blob store, so they cannot be compared and grade nothing. "
        "`handin assignment sync COURSE FOLDER` with the folder as it was then packs them again; "
        "otherwise restore the data folder from a backup. No score and no hand-in is lost."
    )


def gone(session: Session, blobs: BlobStore, assignment_id: int, suite: Suite) -> str:
    """What to do where the blob store has lost a version's tests, or the handout that students receive with them, in a
    sentence; "" when both are there, so that it can be published.
    """
    if told := lost(blobs, suite):
        return told
    version = session.scalar(_version(assignment_id, suite.id))
    if version is None or not version.handout or _is_there(blobs, version.handout):
        return ""
    return (
        f"The handout of the tests {suite.hash[:10]} is no longer in the blob store, and students would receive it. "
        "`handin assignment sync COURSE FOLDER` with the folder as it was then packs it again; "
        "otherwise restore the data folder from a backup. Nothing was changed now."
    )


def _is_there(blobs: BlobStore, blob: str) -> bool:
    try:
        blobs.path(blob)
    except NoBlob:
        return False
    return True


def materialise(blobs: BlobStore, suite_blob: str, digest: str, cache: Path) -> Path:
    """The suite's folder on this machine, unpacked once under `cache`. Raises blobs.NoBlob, packing.Damaged.

    `digest` is the suite's hash and `suite_blob` the name of its packed form.
    """
    return unpacked(blobs, suite_blob, digest, cache, suite_hash)


def _check_slug(slug: str) -> None:
    if not _SLUG.fullmatch(slug):
        raise BadSlug(
            f"the short name {slug!r} is not possible: up to 80 lower-case letters, digits and . _ -, "
            "beginning with a letter or a digit"
        )


def _pack(folder: Path) -> bytes:
    return pack(folder, suite_files(folder))
