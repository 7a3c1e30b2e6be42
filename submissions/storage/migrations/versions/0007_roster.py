"""Roster files that wait, invitations; rules of assignments, extensions, and how uploads were judged; answers that a
grader has open, and when points by a person are released."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""

    op.create_table(
        "roster_draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("end_missing", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_roster_draft_by_id")),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_roster_draft_course_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roster_draft")),
    )
    with op.batch_alter_table("roster_draft", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_roster_draft_course_id"), ["course_id"], unique=False)

    op.create_table(
        "invitation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("secret_hash", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_invitation_course_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_invitation_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_invitation_secret_hash")),
    )
    with op.batch_alter_table("invitation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_invitation_user_id"), ["user_id"], unique=False)

    op.create_table(
        "extension",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("assignment_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("section", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["assignment_id"], ["assignment.id"], name=op.f("fk_extension_assignment_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_extension_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_extension")),
    )
    with op.batch_alter_table("extension", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_extension_assignment_id"), ["assignment_id"], unique=False)

    op.create_table(
        "open_answer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("submission_id", sa.Integer(), nullable=False),
        sa.Column("task", sa.Text(), nullable=False),
        sa.Column("grader_id", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["grader_id"], ["user.id"], name=op.f("fk_open_answer_grader_id")),
        sa.ForeignKeyConstraint(["submission_id"], ["submission.id"], name=op.f("fk_open_answer_submission_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_open_answer")),
        sa.UniqueConstraint("submission_id", "task", name=op.f("uq_open_answer_submission_id_task")),
    )

    op.create_table(
        "author",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("submission_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("chosen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("chosen_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["submission_id"], ["submission.id"], name=op.f("fk_author_submission_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_author_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_author")),
        sa.UniqueConstraint("submission_id", "user_id", name=op.f("uq_author_submission_id_user_id")),
    )
    with op.batch_alter_table("author", schema=None) as batch_op:
        batch_op.create_index("ix_author_user_submission", ["user_id", "submission_id"], unique=False)
    # Until now everybody handed in alone.
    op.execute(
        "INSERT INTO author (submission_id, user_id, chosen_by) SELECT id, user_id, '' FROM submission ORDER BY id"
    )

    _create_groups()
    _create_announcements()
    _create_rubrics()

    for table, columns in _RULES.items():
        with op.batch_alter_table(table, schema=None) as batch_op:
            for name, kind, default in columns:
                batch_op.add_column(sa.Column(name, kind, nullable=default is None, server_default=default))
        with op.batch_alter_table(table, schema=None) as batch_op:
            for name, _, default in columns:
                if default is not None:
                    batch_op.alter_column(name, server_default=None)
    # Until now scores were seen at once, and what was printed always or never.
    op.execute("UPDATE assignment SET results_published_at = CURRENT_TIMESTAMP")
    with op.batch_alter_table("assignment", schema=None) as batch_op:
        batch_op.add_column(sa.Column("output", sa.Text(), nullable=False, server_default="always"))
    op.execute(sa.update(_ASSIGNMENT).values(output=sa.case((_ASSIGNMENT.c.show_output, "always"), else_="never")))
    with op.batch_alter_table("assignment", schema=None) as batch_op:
        batch_op.drop_column("show_output")
        batch_op.alter_column("output", new_column_name="show_output", server_default=None)
    # Until now points by a person were seen as they were given.
    op.execute(
        "UPDATE assignment SET points_released_at = CURRENT_TIMESTAMP WHERE id IN (SELECT submission.assignment_id "
        "FROM submission JOIN manual_score ON manual_score.submission_id = submission.id)"
    )
    # Until now one deadline held for everybody, and lateness took nothing.
    op.execute(
        "UPDATE submission SET due_at = "
        "(SELECT assignment.due_at FROM assignment WHERE assignment.id = submission.assignment_id)"
    )


def _create_rubrics() -> None:
    op.create_table(
        "rubric_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("assignment_id", sa.Integer(), nullable=False),
        sa.Column("task", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("points", sa.Double(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["assignment_id"], ["assignment.id"], name=op.f("fk_rubric_item_assignment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rubric_item")),
    )
    with op.batch_alter_table("rubric_item", schema=None) as batch_op:
        batch_op.create_index("ix_rubric_item_assignment_task", ["assignment_id", "task"], unique=False)
    with op.batch_alter_table("manual_score", schema=None) as batch_op:
        batch_op.add_column(sa.Column("extra", sa.Double(), nullable=False, server_default="0"))
    with op.batch_alter_table("manual_score", schema=None) as batch_op:
        batch_op.alter_column("extra", server_default=None)
    _fill_rubrics(op.get_bind())


def _fill_rubrics(bind: sa.Connection) -> None:
    """Until now an answer's items were positions in the rubric of the suite's file."""
    ids: dict[tuple[int, str], list[tuple[int, float]]] = {}
    most: dict[tuple[int, str], float] = {}
    published = bind.execute(
        sa.select(_ASSIGNMENT.c.id, _SUITE.c.manifest).join(_SUITE, _SUITE.c.id == _ASSIGNMENT.c.suite_id)
    ).all()
    for assignment_id, manifest in published:
        for task in manifest.get("tasks", ()):
            if task.get("graded_by") != "person":
                continue
            key = assignment_id, task["id"]
            most[key], ids[key] = float(task["points"]), []
            for position, item in enumerate(task.get("rubric", ())):
                row = {"assignment_id": assignment_id, "task": task["id"], "position": position, **item}
                bind.execute(sa.insert(_ITEM).values(at=sa.func.current_timestamp(), **row))
            made = sa.select(_ITEM.c.id, _ITEM.c.points).where(
                _ITEM.c.assignment_id == assignment_id, _ITEM.c.task == task["id"]
            )
            ids[key] = [(number, points) for number, points in bind.execute(made.order_by(_ITEM.c.position))]
    given = bind.execute(
        sa.select(_GIVEN.c.id, _GIVEN.c.task, _GIVEN.c.points, _GIVEN.c.rubric, _SUBMISSION.c.assignment_id).join(
            _SUBMISSION, _SUBMISSION.c.id == _GIVEN.c.submission_id
        )
    ).all()
    for number, task_id, points, rubric, assignment_id in given:
        key = assignment_id, task_id
        found = [ids[key][n] for n in rubric if n < len(ids[key])] if key in ids else []
        summed = min(max(sum(worth for _, worth in found), 0.0), most.get(key, 0.0))
        values = {"rubric": [item for item, _ in found], "extra": round(points - summed, 2)}
        bind.execute(sa.update(_GIVEN).where(_GIVEN.c.id == number).values(values))


def _create_announcements() -> None:
    op.create_table(
        "announcement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("assignment_id", sa.Integer(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("pinned", sa.Boolean(), nullable=False),
        sa.Column("shown_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("edits", sa.Integer(), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["assignment_id"], ["assignment.id"], name=op.f("fk_announcement_assignment_id")),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_announcement_by_id")),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_announcement_course_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_announcement")),
    )
    with op.batch_alter_table("announcement", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_announcement_course_id"), ["course_id"], unique=False)


def _create_groups() -> None:
    op.create_table(
        "student_group",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("assignment_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["assignment_id"], ["assignment.id"], name=op.f("fk_student_group_assignment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_student_group")),
    )
    with op.batch_alter_table("student_group", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_student_group_assignment_id"), ["assignment_id"], unique=False)
    op.create_table(
        "group_member",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["group_id"], ["student_group.id"], name=op.f("fk_group_member_group_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_group_member_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_member")),
    )
    with op.batch_alter_table("group_member", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_group_member_group_id"), ["group_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_group_member_user_id"), ["user_id"], unique=False)
    op.create_table(
        "group_invitation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("assignment_id", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["assignment_id"], ["assignment.id"], name=op.f("fk_group_invitation_assignment_id")),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_group_invitation_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_invitation")),
    )
    with op.batch_alter_table("group_invitation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_group_invitation_assignment_id"), ["assignment_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_group_invitation_login"), ["login"], unique=False)
    op.create_index("ix_audit_entry_course_action", "audit_entry", ["course_id", "action", "at"], unique=False)


def downgrade() -> None:
    """Back."""

    op.drop_index("ix_audit_entry_course_action", "audit_entry")
    with op.batch_alter_table("assignment", schema=None) as batch_op:
        batch_op.add_column(sa.Column("output", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.execute(sa.update(_ASSIGNMENT).values(output=_ASSIGNMENT.c.show_output != "never"))
    with op.batch_alter_table("assignment", schema=None) as batch_op:
        batch_op.drop_column("show_output")
        batch_op.alter_column("output", new_column_name="show_output", server_default=None)
    for table, columns in _RULES.items():
        with op.batch_alter_table(table, schema=None) as batch_op:
            for name, _, _ in columns:
                batch_op.drop_column(name)
    with op.batch_alter_table("manual_score", schema=None) as batch_op:
        batch_op.drop_column("extra")
    # Positions are not what they were: what was found is forgotten, and the points stay.
    op.execute(sa.update(_GIVEN).values(rubric=[]))
    op.drop_table("rubric_item")
    op.drop_table("announcement")
    op.drop_table("group_invitation")
    op.drop_table("group_member")
    op.drop_table("student_group")
    op.drop_table("author")
    op.drop_table("open_answer")
    op.drop_table("extension")
    op.drop_table("invitation")
    op.drop_table("roster_draft")


_ASSIGNMENT = sa.table(
    "assignment", sa.column("id"), sa.column("suite_id"), sa.column("show_output"), sa.column("output")
)
_SUITE = sa.table("suite", sa.column("id"), sa.column("manifest", sa.JSON()))
_SUBMISSION = sa.table("submission", sa.column("id"), sa.column("assignment_id"))
_GIVEN = sa.table(
    "manual_score",
    *(sa.column(name) for name in ("id", "submission_id", "task", "points", "extra")),
    sa.column("rubric", sa.JSON()),
)
_ITEM = sa.table(
    "rubric_item",
    sa.column("id"),
    *(sa.column(name) for name in ("assignment_id", "task", "position", "text", "points", "at")),
)

# By table: name, type, and what the rows that are there get; None: no value.
_RULES: dict[str, list[tuple[str, sa.types.TypeEngine[Any], str | sa.sql.elements.ColumnElement[bool] | None]]] = {
    "course": [("grace_days", sa.Integer(), "0")],
    "enrolment": [("limited_to", sa.JSON(), "[]"), ("news_seen_at", sa.DateTime(timezone=True), None)],
    "assignment": [
        ("ends_at", sa.DateTime(timezone=True), None),
        ("late_percent", sa.Double(), "0"),
        ("late_unit", sa.Text(), "day"),
        ("takes_grace", sa.Boolean(), sa.false()),
        ("counted", sa.Text(), "last"),
        ("most_uploads", sa.Integer(), None),
        ("upload_hours", sa.Integer(), None),
        ("pause_minutes", sa.Integer(), "0"),
        ("group_size", sa.Integer(), "1"),
        ("points_released_at", sa.DateTime(timezone=True), None),
        ("show_tests", sa.Text(), "always"),
        ("results_published_at", sa.DateTime(timezone=True), None),
    ],
    "submission": [
        ("due_at", sa.DateTime(timezone=True), None),
        ("penalty", sa.Double(), "0"),
        ("grace_days", sa.Integer(), "0"),
    ],
}
