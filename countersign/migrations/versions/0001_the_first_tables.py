"""the first tables"""

import sqlalchemy as sa
from alembic import op

import models.tables.columns
from countersign.migrations.append_only import refuse

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


APPEND_ONLY = (
    "submission",
    "verdict",
    "decision",
    "posting",
    "audit_entry",
    "package",
    "package_line",
    "telling",
    "hours_log",
    "agreement_version",
)


def upgrade() -> None:
    op.create_table(
        "agreement_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agreement", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("file", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("approved", sa.String(), nullable=False),
        sa.Column("first_used_at", models.tables.columns.Instant(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("sha256"),
    )
    with op.batch_alter_table("agreement_version", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_agreement_version_agreement"), ["agreement"], unique=False)

    op.create_table(
        "audit_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", models.tables.columns.Instant(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("previous", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("previous"),
        sa.UniqueConstraint("sha256"),
    )
    op.create_table(
        "educator",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("member_number", sa.String(), nullable=False),
        sa.Column("given_name", sa.String(), nullable=False),
        sa.Column("family_name", sa.String(), nullable=False),
        sa.Column("suffix", sa.String(), nullable=False),
        sa.Column("licence_state", sa.String(), nullable=False),
        sa.Column("licence_number", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("member_number"),
    )
    op.create_table(
        "lease",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("expires_at", models.tables.columns.Instant(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "mailbox_mark",
        sa.Column("folder", sa.String(), nullable=False),
        sa.Column("uidvalidity", sa.Integer(), nullable=False),
        sa.Column("uid", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("folder"),
    )
    op.create_table(
        "package",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district", sa.String(), nullable=False),
        sa.Column("month", sa.String(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("manifest_sha256", sa.String(), nullable=False),
        sa.Column("totals", sa.JSON(), nullable=False),
        sa.Column("closed_at", models.tables.columns.Instant(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("district", "month"),
    )
    op.create_table(
        "review_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("sentence", sa.String(), nullable=False),
        sa.Column("next_step", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("proposals", sa.JSON(), nullable=False),
        sa.Column("opened_at", models.tables.columns.Instant(timezone=True), nullable=False),
        sa.Column("look_again_at", models.tables.columns.Instant(timezone=True), nullable=True),
        sa.Column("closed_at", models.tables.columns.Instant(timezone=True), nullable=True),
        sa.Column("closed_by", sa.String(), nullable=False),
        sa.Column("resolution", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("review_item", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_review_item_subject"), ["subject"], unique=False)
        batch_op.create_index(
            "uq_review_open",
            ["subject", "code"],
            unique=True,
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        )

    op.create_table(
        "run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("flow", sa.String(), nullable=False),
        sa.Column("started_at", models.tables.columns.Instant(timezone=True), nullable=False),
        sa.Column("finished_at", models.tables.columns.Instant(timezone=True), nullable=True),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "submission",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("source_key", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("received_at", models.tables.columns.Instant(timezone=True), nullable=False),
        sa.Column("stored_at", models.tables.columns.Instant(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("sha256"),
    )
    with op.batch_alter_table("submission", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_submission_source_key"), ["source_key"], unique=False)

    op.create_table(
        "address",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("educator_id", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("folded", sa.String(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["educator_id"],
            ["educator.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("educator_id", "folded"),
    )
    with op.batch_alter_table("address", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_address_educator_id"), ["educator_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_address_folded"), ["folded"], unique=False)

    op.create_table(
        "case",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("opened_at", models.tables.columns.Instant(timezone=True), nullable=False),
        sa.Column("received_at", models.tables.columns.Instant(timezone=True), nullable=False),
        sa.Column("look_again_at", models.tables.columns.Instant(timezone=True), nullable=True),
        sa.Column("document_sha256", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("credential_id", sa.String(), nullable=False),
        sa.Column("issuer", sa.String(), nullable=False),
        sa.Column("issuer_name", sa.String(), nullable=False),
        sa.Column("achievement_id", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("criteria", sa.String(), nullable=False),
        sa.Column("issued_on", models.tables.columns.Instant(timezone=True), nullable=True),
        sa.Column("valid_until", models.tables.columns.Instant(timezone=True), nullable=True),
        sa.Column("identities", sa.JSON(), nullable=False),
        sa.Column("educator_id", sa.Integer(), nullable=True),
        sa.Column("matched_by", sa.String(), nullable=False),
        sa.Column("joined_to", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["educator_id"],
            ["educator.id"],
        ),
        sa.ForeignKeyConstraint(
            ["joined_to"],
            ["case.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
    )
    with op.batch_alter_table("case", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_educator_id"), ["educator_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_case_joined_to"), ["joined_to"], unique=False)
        batch_op.create_index(batch_op.f("ix_case_look_again_at"), ["look_again_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_case_state"), ["state"], unique=False)

    op.create_table(
        "consideration",
        sa.Column("educator_id", sa.Integer(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("look_again_at", models.tables.columns.Instant(timezone=True), nullable=True),
        sa.Column("considered_at", models.tables.columns.Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["educator_id"],
            ["educator.id"],
        ),
        sa.PrimaryKeyConstraint("educator_id"),
    )
    op.create_table(
        "employment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("educator_id", sa.Integer(), nullable=False),
        sa.Column("district", sa.String(), nullable=False),
        sa.Column("employee_id", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("location", sa.String(), nullable=False),
        sa.Column("fte", models.tables.columns.Exact(length=24), nullable=True),
        sa.Column("starts", sa.Date(), nullable=False),
        sa.Column("ends", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["educator_id"],
            ["educator.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("educator_id", "district", "starts"),
    )
    with op.batch_alter_table("employment", schema=None) as batch_op:
        batch_op.create_index("ix_employment_district_employee", ["district", "employee_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_employment_educator_id"), ["educator_id"], unique=False)

    op.create_table(
        "former_name",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("educator_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["educator_id"],
            ["educator.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("educator_id", "name"),
    )
    with op.batch_alter_table("former_name", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_former_name_educator_id"), ["educator_id"], unique=False)

    op.create_table(
        "hours_log",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("submission_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("rows_sha256", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("hours", sa.String(), nullable=False),
        sa.Column("problem", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["submission_id"],
            ["submission.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("submission_id", "sha256"),
    )
    with op.batch_alter_table("hours_log", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_hours_log_submission_id"), ["submission_id"], unique=False)

    op.create_table(
        "membership",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("educator_id", sa.Integer(), nullable=False),
        sa.Column("starts", sa.Date(), nullable=False),
        sa.Column("ends", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["educator_id"],
            ["educator.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("educator_id", "starts"),
    )
    with op.batch_alter_table("membership", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_membership_educator_id"), ["educator_id"], unique=False)

    op.create_table(
        "message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject_key", sa.String(), nullable=False),
        sa.Column("educator_id", sa.Integer(), nullable=True),
        sa.Column("to_address", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("html", sa.String(), nullable=False),
        sa.Column("attachments", sa.JSON(), nullable=False),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("claimed_until", models.tables.columns.Instant(timezone=True), nullable=True),
        sa.Column("last_error", sa.String(), nullable=False),
        sa.Column("written_at", models.tables.columns.Instant(timezone=True), nullable=False),
        sa.Column("sent_at", models.tables.columns.Instant(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["educator_id"],
            ["educator.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("kind", "subject_key"),
        sa.UniqueConstraint("message_id"),
    )
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_message_educator_id"), ["educator_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_message_state"), ["state"], unique=False)

    op.create_table(
        "pre_approval",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("educator_id", sa.Integer(), nullable=False),
        sa.Column("recognizer", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("approved_on", sa.Date(), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.Column("recorded_at", models.tables.columns.Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["educator_id"],
            ["educator.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("educator_id", "recognizer", "title"),
    )
    with op.batch_alter_table("pre_approval", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_pre_approval_educator_id"), ["educator_id"], unique=False)

    op.create_table(
        "reading",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("submission_id", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("sender", sa.String(), nullable=False),
        sa.Column("sender_name", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("wishes", sa.JSON(), nullable=False),
        sa.Column("problems", sa.JSON(), nullable=False),
        sa.Column("read_at", models.tables.columns.Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["submission_id"],
            ["submission.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("submission_id"),
    )
    with op.batch_alter_table("reading", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reading_sender"), ["sender"], unique=False)

    op.create_table(
        "source_key",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("submission_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["submission_id"],
            ["submission.id"],
        ),
        sa.PrimaryKeyConstraint("key"),
    )
    with op.batch_alter_table("source_key", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_source_key_submission_id"), ["submission_id"], unique=False)

    op.create_table(
        "carrier",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("submission_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("examined_at", models.tables.columns.Instant(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["case.id"],
        ),
        sa.ForeignKeyConstraint(
            ["submission_id"],
            ["submission.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("submission_id", "position"),
    )
    with op.batch_alter_table("carrier", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_carrier_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_carrier_examined_at"), ["examined_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_carrier_submission_id"), ["submission_id"], unique=False)

    op.create_table(
        "case_submission",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("submission_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["case.id"],
        ),
        sa.ForeignKeyConstraint(
            ["submission_id"],
            ["submission.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("case_id", "submission_id"),
    )
    with op.batch_alter_table("case_submission", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_submission_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_case_submission_submission_id"), ["submission_id"], unique=False)

    op.create_table(
        "decision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("educator_id", sa.Integer(), nullable=False),
        sa.Column("agreement", sa.String(), nullable=False),
        sa.Column("agreement_sha256", sa.String(), nullable=False),
        sa.Column("recognizer", sa.String(), nullable=False),
        sa.Column("clause", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("quantity", models.tables.columns.Exact(length=24), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=True),
        sa.Column("pay_month", sa.String(), nullable=False),
        sa.Column("submit_from", sa.Date(), nullable=True),
        sa.Column("cap", sa.JSON(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("decided_at", models.tables.columns.Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["case.id"],
        ),
        sa.ForeignKeyConstraint(
            ["educator_id"],
            ["educator.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("case_id", "agreement", "currency", "revision"),
    )
    with op.batch_alter_table("decision", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_decision_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_decision_educator_id"), ["educator_id"], unique=False)

    op.create_table(
        "telling",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("fact", sa.String(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["message.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("fact"),
    )
    with op.batch_alter_table("telling", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_telling_message_id"), ["message_id"], unique=False)

    op.create_table(
        "verdict",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("at", models.tables.columns.Instant(timezone=True), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("checks", sa.JSON(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["case.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("verdict", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_verdict_case_id"), ["case_id"], unique=False)

    op.create_table(
        "certificate",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("award", sa.String(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("educator_id", sa.Integer(), nullable=False),
        sa.Column("decision_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("printed", sa.JSON(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("replaces_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["case.id"],
        ),
        sa.ForeignKeyConstraint(
            ["decision_id"],
            ["decision.id"],
        ),
        sa.ForeignKeyConstraint(
            ["educator_id"],
            ["educator.id"],
        ),
        sa.ForeignKeyConstraint(
            ["replaces_id"],
            ["certificate.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("number"),
    )
    with op.batch_alter_table("certificate", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_certificate_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_certificate_educator_id"), ["educator_id"], unique=False)
        batch_op.create_index(
            "uq_certificate_award",
            ["award"],
            unique=True,
            sqlite_where=sa.text("state = 'valid'"),
            postgresql_where=sa.text("state = 'valid'"),
        )

    op.create_table(
        "credit_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("educator_id", sa.Integer(), nullable=False),
        sa.Column("decision_id", sa.Integer(), nullable=False),
        sa.Column("agreement", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("requested_on", sa.Date(), nullable=False),
        sa.Column("printed", sa.JSON(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["case.id"],
        ),
        sa.ForeignKeyConstraint(
            ["decision_id"],
            ["decision.id"],
        ),
        sa.ForeignKeyConstraint(
            ["educator_id"],
            ["educator.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("case_id", "agreement"),
        sa.UniqueConstraint("number"),
    )
    with op.batch_alter_table("credit_request", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_credit_request_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_credit_request_educator_id"), ["educator_id"], unique=False)

    op.create_table(
        "posting",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("decision_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("educator_id", sa.Integer(), nullable=False),
        sa.Column("recognizer", sa.String(), nullable=False),
        sa.Column("agreement", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("quantity", models.tables.columns.Exact(length=24), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("pay_month", sa.String(), nullable=False),
        sa.Column("reverses_id", sa.Integer(), nullable=True),
        sa.Column("posted_at", models.tables.columns.Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["case.id"],
        ),
        sa.ForeignKeyConstraint(
            ["decision_id"],
            ["decision.id"],
        ),
        sa.ForeignKeyConstraint(
            ["educator_id"],
            ["educator.id"],
        ),
        sa.ForeignKeyConstraint(
            ["reverses_id"],
            ["posting.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("decision_id", "kind"),
        sa.UniqueConstraint("reverses_id"),
    )
    with op.batch_alter_table("posting", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_posting_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_posting_decision_id"), ["decision_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_posting_educator_id"), ["educator_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_posting_pay_month"), ["pay_month"], unique=False)
        batch_op.create_index(batch_op.f("ix_posting_recognizer"), ["recognizer"], unique=False)

    op.create_table(
        "package_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("package_id", sa.Integer(), nullable=False),
        sa.Column("line", sa.String(), nullable=False),
        sa.Column("posting_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["package_id"],
            ["package.id"],
        ),
        sa.ForeignKeyConstraint(
            ["posting_id"],
            ["posting.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("package_id", "line"),
        sa.UniqueConstraint("posting_id"),
    )
    with op.batch_alter_table("package_line", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_package_line_package_id"), ["package_id"], unique=False)
    for table in APPEND_ONLY:
        for verb in ("UPDATE", "DELETE"):
            refuse(table, verb)


def downgrade() -> None:
    raise RuntimeError("Countersign's tables only move forward; restore a backup instead.")
