"""standards of a case: what a micro-credential is aligned to, as its credential says"""

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    raise RuntimeError("Countersign's tables only move forward; restore a backup instead.")
