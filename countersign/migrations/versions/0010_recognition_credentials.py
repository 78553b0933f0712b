"""recognition credentials: what the affiliate itself issues and signs"""

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    raise RuntimeError("Countersign's tables only move forward; restore a backup instead.")
