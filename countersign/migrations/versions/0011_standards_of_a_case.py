"""standards of a case: what a micro-credential is aligned to, as its credential says"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("case", sa.Column("standards", sa.JSON(), nullable=True))  # null: nobody has looked for them


def downgrade() -> None:
    raise RuntimeError("Countersign's tables only move forward; restore a backup instead.")
