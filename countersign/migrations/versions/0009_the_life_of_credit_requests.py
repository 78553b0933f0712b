"""the life of credit requests: each step, by whom and when, and the batches that went to colleges"""

import sqlalchemy as sa
from alembic import op

import models.tables.columns
from countersign.migrations.append_only import refuse

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "credit_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), sa.ForeignKey("credit_request.id"), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("course", sa.String(), nullable=False),
        sa.Column("credits", models.tables.columns.Exact(), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("again", sa.Boolean(), nullable=False),
        sa.Column("fact_id", sa.Integer(), sa.ForeignKey("fact.id"), nullable=True),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.Column("recorded_at", models.tables.columns.Instant(timezone=True), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("source_sha256", sa.String(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("request_id", "state", "turn"),
    )
    op.create_index("ix_credit_event_request_id", "credit_event", ["request_id"])
    op.create_table(
        "credit_batch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("college", sa.String(), nullable=False),
        sa.Column("term", sa.String(), nullable=False),
        sa.Column("delivery", sa.Integer(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("manifest_sha256", sa.String(), nullable=False),
        sa.Column("totals", sa.JSON(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("made_at", models.tables.columns.Instant(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("college", "term", "delivery"),
        sa.UniqueConstraint("path"),
    )
    op.create_table(
        "credit_batch_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), sa.ForeignKey("credit_batch.id"), nullable=False),
        sa.Column("request_id", sa.Integer(), sa.ForeignKey("credit_request.id"), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("request_id", "what"),
    )
    op.create_index("ix_credit_batch_line_batch_id", "credit_batch_line", ["batch_id"])
    # What a request had come to before steps were kept is its first step, of the day it was made; the runs took those back that
    # are withdrawn, and may make another.
    op.execute(
        "INSERT INTO credit_event (request_id, state, turn, happened_on, course, note, again, recorded_by, recorded_at, source, "
        "source_sha256, line) SELECT id, state, 0, requested_on, '', '', state = 'withdrawn', 'nightly', CURRENT_TIMESTAMP, "
        "'an earlier version of Countersign', '', 0 FROM credit_request WHERE state <> 'requested' ORDER BY id"
    )
    for table in ("credit_event", "credit_batch", "credit_batch_line"):
        for verb in ("UPDATE", "DELETE"):
            refuse(table, verb)


def downgrade() -> None:
    raise RuntimeError("Countersign's tables only move forward; restore a backup instead.")
