"""Points that a person gives, figures of a test, and the hint budget."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    with op.batch_alter_table("assignment", schema=None) as batch_op:
        batch_op.add_column(sa.Column("hint_budget", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("hint_hours", sa.Integer(), nullable=False, server_default="24"))
    with op.batch_alter_table("assignment", schema=None) as batch_op:
        batch_op.alter_column("hint_hours", server_default=None)
    with op.batch_alter_table("test_result", schema=None) as batch_op:
        batch_op.add_column(sa.Column("figures", sa.JSON(), nullable=False, server_default="[]"))
    with op.batch_alter_table("test_result", schema=None) as batch_op:
        batch_op.alter_column("figures", server_default=None)
    op.create_table(
        "manual_score",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("submission_id", sa.Integer(), nullable=False),
        sa.Column("task", sa.Text(), nullable=False),
        sa.Column("points", sa.Double(), nullable=False),
        sa.Column("rubric", sa.JSON(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("grader_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["grader_id"], ["user.id"], name=op.f("fk_manual_score_grader_id")),
        sa.ForeignKeyConstraint(["submission_id"], ["submission.id"], name=op.f("fk_manual_score_submission_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_manual_score")),
        sa.UniqueConstraint("submission_id", "task", name=op.f("uq_manual_score_submission_id_task")),
    )
    op.create_table(
        "hint_use",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("assignment_id", sa.Integer(), nullable=False),
        sa.Column("test_result_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["assignment_id"], ["assignment.id"], name=op.f("fk_hint_use_assignment_id")),
        sa.ForeignKeyConstraint(["test_result_id"], ["test_result.id"], name=op.f("fk_hint_use_test_result_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_hint_use_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hint_use")),
        sa.UniqueConstraint("user_id", "test_result_id", name=op.f("uq_hint_use_user_id_test_result_id")),
    )
    with op.batch_alter_table("hint_use", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_hint_use_assignment_id"), ["assignment_id"], unique=False)


def downgrade() -> None:
    """Back."""
    with op.batch_alter_table("hint_use", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_hint_use_assignment_id"))
    op.drop_table("hint_use")
    op.drop_table("manual_score")
    with op.batch_alter_table("test_result", schema=None) as batch_op:
        batch_op.drop_column("figures")
    with op.batch_alter_table("assignment", schema=None) as batch_op:
        batch_op.drop_column("hint_hours")
        batch_op.drop_column("hint_budget")
