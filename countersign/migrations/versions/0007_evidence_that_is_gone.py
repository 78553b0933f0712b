"""evidence that is gone: what the retention setting removed"""

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    raise RuntimeError("Countersign's tables only move forward; restore a backup instead.")
