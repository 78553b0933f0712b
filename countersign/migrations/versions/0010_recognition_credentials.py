"""recognition credentials: what the affiliate itself issues and signs"""

import sqlalchemy as sa
from alembic import op

import models.tables.columns
from countersign.migrations.append_only import refuse

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "recognition_credential",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("certificate_id", sa.Integer(), sa.ForeignKey("certificate.id"), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("png_sha256", sa.String(), nullable=False),
        sa.Column("status_index", sa.Integer(), nullable=False),
        sa.Column("key_id", sa.String(), nullable=False),
        sa.Column("issued_at", models.tables.columns.Instant(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("certificate_id"),
        sa.UniqueConstraint("status_index"),
    )
    for column in ("sha256", "png_sha256"):
        op.create_index(f"ix_recognition_credential_{column}", "recognition_credential", [column])
    for verb in ("UPDATE", "DELETE"):
        refuse("recognition_credential", verb)


def downgrade() -> None:
    raise RuntimeError("Countersign's tables only move forward; restore a backup instead.")
