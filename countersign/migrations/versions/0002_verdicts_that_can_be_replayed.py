"""verdicts that can be replayed, and when a case was last proven"""

import sqlalchemy as sa
from alembic import op

import models.tables.columns

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Plain ALTER TABLE: a batch would make SQLite's table anew and lose the triggers that keep it append only.
    op.execute("ALTER TABLE verdict ADD COLUMN carrier_id INTEGER REFERENCES carrier (id)")
    op.add_column("verdict", sa.Column("occasion", sa.String(), nullable=False, server_default="arrival"))
    op.add_column("verdict", sa.Column("registry_sha256", sa.String(), nullable=False, server_default=""))
    op.add_column("verdict", sa.Column("software", sa.String(), nullable=False, server_default=""))
    op.add_column("verdict", sa.Column("remarks", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("verdict", sa.Column("endorsements", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("case", sa.Column("proven_at", models.tables.columns.Instant(timezone=True), nullable=True))


def downgrade() -> None:
    raise RuntimeError("Countersign's tables only move forward; restore a backup instead.")
