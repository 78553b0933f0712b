"""the life of credit requests: each step, by whom and when"""

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    raise RuntimeError("Countersign's tables only move forward; restore a backup instead.")
