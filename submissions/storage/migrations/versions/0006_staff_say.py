"""What staff decide and say about a hand-in, what students ask for, and what failing tests have in common; and what
checks of suites found, the folder and handout of each version of the tests, and what was released of a regrade."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from submissions.gradings.symptoms import symptom

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_BATCH = 1000


def upgrade() -> None:
    """Forward."""

    op.create_table(
        "adjustment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("assignment_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("points", sa.Double(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["assignment_id"], ["assignment.id"], name=op.f("fk_adjustment_assignment_id")),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_adjustment_by_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_adjustment_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_adjustment")),
    )
    with op.batch_alter_table("adjustment", schema=None) as batch_op:
        batch_op.create_index("ix_adjustment_assignment_user", ["assignment_id", "user_id"], unique=False)

    op.create_table(
        "comment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("submission_id", sa.Integer(), nullable=False),
        sa.Column("test", sa.Text(), nullable=False),
        sa.Column("group_key", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_comment_by_id")),
        sa.ForeignKeyConstraint(["submission_id"], ["submission.id"], name=op.f("fk_comment_submission_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comment")),
    )
    with op.batch_alter_table("comment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_comment_submission_id"), ["submission_id"], unique=False)

    op.create_table(
        "request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("submission_id", sa.Integer(), nullable=False),
        sa.Column("task", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["answered_by_id"], ["user.id"], name=op.f("fk_request_answered_by_id")),
        sa.ForeignKeyConstraint(["submission_id"], ["submission.id"], name=op.f("fk_request_submission_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request")),
    )
    with op.batch_alter_table("request", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_request_outcome"), ["outcome"], unique=False)
        batch_op.create_index(batch_op.f("ix_request_submission_id"), ["submission_id"], unique=False)

    op.create_table(
        "suite_check",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("suite_id", sa.Integer(), nullable=False),
        sa.Column("ready", sa.Boolean(), nullable=False),
        sa.Column("found", sa.JSON(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["suite_id"], ["suite.id"], name=op.f("fk_suite_check_suite_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suite_check")),
    )
    with op.batch_alter_table("suite_check", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_suite_check_suite_id"), ["suite_id"], unique=False)

    with op.batch_alter_table("assignment", schema=None) as batch_op:
        batch_op.add_column(sa.Column("handout_at", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("synced_suite", schema=None) as batch_op:
        batch_op.add_column(sa.Column("handout", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("folder", sa.Text(), nullable=True))
    op.create_table(
        "check_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("synced_suite_id", sa.Integer(), nullable=False),
        sa.Column("folder", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("faults", sa.Integer(), nullable=False),
        sa.Column("lease_token", sa.Text(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("wake_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("doing", sa.Text(), nullable=False),
        sa.Column("tried", sa.Integer(), nullable=False),
        sa.Column("mutants", sa.Integer(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("written", sa.JSON(), nullable=False),
        sa.Column("so_far", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_check_run_by_id")),
        sa.ForeignKeyConstraint(["synced_suite_id"], ["synced_suite.id"], name=op.f("fk_check_run_synced_suite_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_run")),
    )
    with op.batch_alter_table("check_run", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_check_run_state"), ["state"], unique=False)
        batch_op.create_index(batch_op.f("ix_check_run_synced_suite_id"), ["synced_suite_id"], unique=False)
    op.execute(
        "UPDATE synced_suite SET handout = (SELECT handout FROM assignment WHERE id = synced_suite.assignment_id) "
        "WHERE EXISTS (SELECT 1 FROM assignment WHERE id = synced_suite.assignment_id "
        "AND suite_id = synced_suite.suite_id)"
    )

    with op.batch_alter_table("regrade", schema=None) as batch_op:
        batch_op.add_column(sa.Column("released", sa.Text(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("held", sa.JSON(), nullable=False, server_default="[]"))
        batch_op.add_column(sa.Column("published_by_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(batch_op.f("fk_regrade_published_by_id"), "user", ["published_by_id"], ["id"])
    _fill_releases()
    # Only rows that were there before need these.
    with op.batch_alter_table("regrade", schema=None) as batch_op:
        batch_op.alter_column("released", server_default=None)
        batch_op.alter_column("held", server_default=None)

    with op.batch_alter_table("test_result", schema=None) as batch_op:
        batch_op.add_column(sa.Column("symptom", sa.Text(), nullable=False, server_default=""))
    _fill_symptoms()
    # Only rows that were there before need it.
    with op.batch_alter_table("test_result", schema=None) as batch_op:
        batch_op.alter_column("symptom", server_default=None)


def _fill_releases() -> None:
    """Says of the regrades that are published whose scores were, by what they left in the shadow."""
    op.execute("UPDATE regrade SET released = 'all' WHERE phase IN ('published', 'reverted')")
    grading, submission = (
        sa.table(name, *(sa.column(each) for each in columns))
        for name, columns in (
            ("grading", ("id", "submission_id", "regrade_id", "state", "shadow")),
            ("submission", ("id", "user_id")),
        )
    )
    regrade = sa.table(
        "regrade",
        sa.column("id", sa.Integer()),
        sa.column("phase", sa.Text()),
        sa.column("released", sa.Text()),
        sa.column("held", sa.JSON()),
    )
    ended = grading.c.state.in_(("graded", "refused"))
    left = (
        sa.select(regrade.c.id, submission.c.user_id)
        .select_from(grading.join(submission, submission.c.id == grading.c.submission_id))
        .join(regrade, regrade.c.id == grading.c.regrade_id)
        .where(regrade.c.phase == "published", ended)
        .group_by(regrade.c.id, submission.c.id, submission.c.user_id)
        # Of two runs one stays in the shadow either way.
        .having(sa.func.sum(sa.case((grading.c.shadow, 0), else_=1)) == 0)
    )
    held: dict[int, list[int]] = {}
    for regrade_id, user_id in op.get_bind().execute(left):
        held.setdefault(regrade_id, []).append(user_id)
    for regrade_id, users in held.items():
        kept = sa.update(regrade).where(regrade.c.id == regrade_id)
        op.execute(kept.values(released="no_falls", held=sorted(set(users))))


def _fill_symptoms() -> None:
    """Gives the results that are there what new ones get: by the rule of the program that runs this."""
    results = sa.table(
        "test_result",
        *(sa.column(name, sa.Text()) for name in ("verdict", "message", "symptom")),
        sa.column("id", sa.Integer()),
        sa.column("hints", sa.JSON()),
    )
    found = sa.select(results.c.id, results.c.verdict, results.c.message, results.c.hints)
    found = found.where(results.c.verdict != "passed").order_by(results.c.id).limit(_BATCH)
    told = sa.update(results).where(results.c.id == sa.bindparam("row")).values(symptom=sa.bindparam("told"))
    last = 0
    while rows := op.get_bind().execute(found.where(results.c.id > last)).all():
        filled = [{"row": each.id, "told": symptom(each.verdict, each.message, each.hints)} for each in rows]
        op.get_bind().execute(told, filled)
        last = rows[-1].id


def downgrade() -> None:
    """Back."""

    with op.batch_alter_table("test_result", schema=None) as batch_op:
        batch_op.drop_column("symptom")
    op.drop_table("check_run")
    with op.batch_alter_table("regrade", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_regrade_published_by_id"), type_="foreignkey")
        batch_op.drop_column("published_by_id")
        batch_op.drop_column("held")
        batch_op.drop_column("released")
    with op.batch_alter_table("synced_suite", schema=None) as batch_op:
        batch_op.drop_column("folder")
        batch_op.drop_column("handout")
    with op.batch_alter_table("assignment", schema=None) as batch_op:
        batch_op.drop_column("handout_at")
    op.drop_table("suite_check")
    op.drop_table("request")
    op.drop_table("comment")
    op.drop_table("adjustment")
