"""logs with their days: what a log of hours says of each day, and the times of day it gives"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Plain ALTER TABLE: a batch would make SQLite's table anew and lose the triggers that keep it append only.
    for column in ("days", "spans"):
        op.add_column("hours_log", sa.Column(column, sa.JSON(), nullable=False, server_default="{}"))


def downgrade() -> None:
    raise RuntimeError("Countersign's tables only move forward; restore a backup instead.")
