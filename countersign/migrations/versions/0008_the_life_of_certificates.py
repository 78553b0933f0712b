"""the life of certificates: reissued and revoked, by whom and why"""

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    raise RuntimeError("Countersign's tables only move forward; restore a backup instead.")
