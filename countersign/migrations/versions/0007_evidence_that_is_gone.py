"""evidence that is gone: what the retention setting removed"""

import sqlalchemy as sa
from alembic import op

import models.tables.columns
from countersign.migrations.append_only import refuse

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "evidence_gone",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("setting", sa.String(), nullable=False),
        sa.Column("gone_at", models.tables.columns.Instant(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("sha256", "turn"),
    )
    for verb in ("UPDATE", "DELETE"):
        refuse("evidence_gone", verb)


def downgrade() -> None:
    raise RuntimeError("Countersign's tables only move forward; restore a backup instead.")
