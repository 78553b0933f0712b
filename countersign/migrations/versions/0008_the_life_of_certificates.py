"""the life of certificates: when, by whom and why one ended; one successor each; no step back"""

import sqlalchemy as sa
from alembic import op

from countersign.migrations.append_only import refuse

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_FIXED = ("number", "award", "case_id", "educator_id", "decision_id", "issued_on", "replaces_id")
_END = ("state", "ended_at", "ended_by", "ended_reason")


def _rules(differs: str) -> tuple[tuple[str, str], ...]:
    """What is refused, and the condition that finds it. `differs` stands between two values in the database's way."""

    def changed(*columns: str) -> str:
        return " OR ".join(f"NEW.{column} {differs} OLD.{column}" for column in columns)

    return (
        (
            "what a certificate says never changes",
            # PostgreSQL compares no JSON, but the text that it was written as
            f"{changed(*_FIXED)} OR CAST(NEW.printed AS TEXT) {differs} CAST(OLD.printed AS TEXT)",
        ),
        ("a certificate that was drawn is never drawn anew", f"OLD.sha256 <> '' AND ({changed('sha256')})"),
        ("a certificate that has ended stays as it is", f"OLD.state <> 'valid' AND ({changed(*_END)})"),
        (
            "a certificate ends as replaced, withdrawn or revoked",
            "NEW.state <> OLD.state AND NEW.state NOT IN ('replaced', 'withdrawn', 'revoked')",
        ),
        (
            "a certificate ends at a time and by somebody",
            "(NEW.state <> OLD.state) <> (NEW.ended_at IS NOT NULL AND NEW.ended_by <> '') AND OLD.state = 'valid'",
        ),
    )


def upgrade() -> None:
    # Plain ALTER TABLE: a batch would make SQLite's table anew.
    op.add_column("certificate", sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True))
    for column in ("ended_by", "ended_reason"):
        op.add_column("certificate", sa.Column(column, sa.String(), nullable=False, server_default=""))
    live = sa.text("state = 'valid' OR sha256 <> ''")
    op.create_index(
        "uq_certificate_successor",
        "certificate",
        ["replaces_id"],
        unique=True,
        sqlite_where=live,
        postgresql_where=live,
    )
    op.create_index("ix_certificate_sha256", "certificate", ["sha256"])
    refuse("certificate", "DELETE")
    if op.get_bind().dialect.name == "sqlite":
        refusals = " ".join(f"SELECT RAISE(ABORT, '{sentence}') WHERE {found};" for sentence, found in _rules("IS NOT"))
        op.execute(f"CREATE TRIGGER certificate_takes_no_step_back BEFORE UPDATE ON certificate BEGIN {refusals} END")
        return
    refusals = " ".join(
        f"IF {found} THEN RAISE EXCEPTION '{sentence}' USING ERRCODE = 'check_violation'; END IF;"
        for sentence, found in _rules("IS DISTINCT FROM")
    )
    op.execute(
        "CREATE FUNCTION certificate_takes_no_step_back() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"{refusals} RETURN NEW; END $$"
    )
    op.execute(
        "CREATE TRIGGER certificate_takes_no_step_back BEFORE UPDATE ON certificate "
        "FOR EACH ROW EXECUTE FUNCTION certificate_takes_no_step_back()"
    )


def downgrade() -> None:
    raise RuntimeError("Countersign's tables only move forward; restore a backup instead.")
