"""facts that people record; bands, bargaining units and the license's level and period on the roster"""

import sqlalchemy as sa
from alembic import op

import models.tables.columns
from countersign.migrations.append_only import refuse

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table, column in (("employment", "band"), ("employment", "bargaining_unit"), ("educator", "licence_level")):
        op.add_column(table, sa.Column(column, sa.String(), nullable=False, server_default=""))
    for column in ("licence_from", "licence_until"):
        op.add_column("educator", sa.Column(column, sa.Date(), nullable=True))
    op.create_table(
        "fact",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("case_id", sa.Integer(), sa.ForeignKey("case.id"), nullable=True),
        sa.Column("educator_id", sa.Integer(), sa.ForeignKey("educator.id"), nullable=True),
        sa.Column("agreement", sa.String(), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("said", sa.JSON(), nullable=False),
        sa.Column("slot", sa.String(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("takes_back", sa.Integer(), sa.ForeignKey("fact.id"), nullable=True),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.Column("recorded_at", models.tables.columns.Instant(timezone=True), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("source_sha256", sa.String(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("slot", "turn"),
        sa.UniqueConstraint("takes_back"),
    )
    for column in ("kind", "case_id", "educator_id"):
        op.create_index(f"ix_fact_{column}", "fact", [column])
    for verb in ("UPDATE", "DELETE"):
        refuse("fact", verb)


def downgrade() -> None:
    raise RuntimeError("Countersign's tables only move forward; restore a backup instead.")
