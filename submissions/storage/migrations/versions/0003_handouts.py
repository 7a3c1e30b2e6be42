"""What students of an assignment receive, by the name of its blob."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    with op.batch_alter_table("assignment", schema=None) as batch_op:
        batch_op.add_column(sa.Column("handout", sa.Text(), nullable=False, server_default=""))
    with op.batch_alter_table("assignment", schema=None) as batch_op:
        batch_op.alter_column("handout", server_default=None)


def downgrade() -> None:
    """Back."""
    with op.batch_alter_table("assignment", schema=None) as batch_op:
        batch_op.drop_column("handout")
