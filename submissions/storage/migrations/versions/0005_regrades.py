"""Suites that were synced, and regrades."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""

    op.create_table(
        "regrade",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("assignment_id", sa.Integer(), nullable=False),
        sa.Column("suite_id", sa.Integer(), nullable=False),
        sa.Column("former_suite_id", sa.Integer(), nullable=True),
        sa.Column("chosen", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("phase", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["assignment_id"], ["assignment.id"], name=op.f("fk_regrade_assignment_id")),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_regrade_by_id")),
        sa.ForeignKeyConstraint(["former_suite_id"], ["suite.id"], name=op.f("fk_regrade_former_suite_id")),
        sa.ForeignKeyConstraint(["suite_id"], ["suite.id"], name=op.f("fk_regrade_suite_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_regrade")),
    )
    with op.batch_alter_table("regrade", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_regrade_assignment_id"), ["assignment_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_regrade_phase"), ["phase"], unique=False)

    op.create_table(
        "synced_suite",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("assignment_id", sa.Integer(), nullable=False),
        sa.Column("suite_id", sa.Integer(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["assignment_id"], ["assignment.id"], name=op.f("fk_synced_suite_assignment_id")),
        sa.ForeignKeyConstraint(["suite_id"], ["suite.id"], name=op.f("fk_synced_suite_suite_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_synced_suite")),
        sa.UniqueConstraint("assignment_id", "suite_id", name=op.f("uq_synced_suite_assignment_id_suite_id")),
    )

    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.add_column(sa.Column("course_id", sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f("ix_audit_entry_course_id"), ["course_id"], unique=False)
        batch_op.create_foreign_key(batch_op.f("fk_audit_entry_course_id"), "course", ["course_id"], ["id"])

    with op.batch_alter_table("grading", schema=None) as batch_op:
        batch_op.add_column(sa.Column("regrade_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("replaces_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("shadow", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("again", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.create_index(batch_op.f("ix_grading_regrade_id"), ["regrade_id"], unique=False)
        batch_op.create_foreign_key(batch_op.f("fk_grading_replaces_id"), "grading", ["replaces_id"], ["id"])
        batch_op.create_foreign_key(batch_op.f("fk_grading_regrade_id"), "regrade", ["regrade_id"], ["id"])

    op.execute(
        'INSERT INTO synced_suite (assignment_id, suite_id, "by", at) '
        "SELECT id, suite_id, '', created_at FROM assignment WHERE suite_id IS NOT NULL"
    )
    # Only rows that were there before need these.
    with op.batch_alter_table("grading", schema=None) as batch_op:
        batch_op.alter_column("shadow", server_default=None)
        batch_op.alter_column("again", server_default=None)


def downgrade() -> None:
    """Back."""

    with op.batch_alter_table("grading", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_grading_regrade_id"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_grading_replaces_id"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_grading_regrade_id"))
        batch_op.drop_column("again")
        batch_op.drop_column("shadow")
        batch_op.drop_column("replaces_id")
        batch_op.drop_column("regrade_id")

    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_audit_entry_course_id"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_audit_entry_course_id"))
        batch_op.drop_column("course_id")

    op.drop_table("synced_suite")
    with op.batch_alter_table("regrade", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_regrade_phase"))
        batch_op.drop_index(batch_op.f("ix_regrade_assignment_id"))

    op.drop_table("regrade")
