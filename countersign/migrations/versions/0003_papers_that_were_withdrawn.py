"""papers that were withdrawn: a credit request can be, and a certificate is called so"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_NAMES = {"uq": "uq_%(table_name)s_%(column_0_name)s"}
"""What SQLite's nameless constraints are called while the table is made anew."""


def upgrade() -> None:
    op.execute("UPDATE certificate SET state = 'withdrawn' WHERE state = 'revoked'")
    if op.get_bind().dialect.name == "sqlite":
        # The table has no triggers and nothing refers to it, so it may be made anew.
        with op.batch_alter_table("credit_request", naming_convention=_NAMES) as batch:
            batch.drop_constraint("uq_credit_request_case_id", type_="unique")
    else:
        op.drop_constraint("credit_request_case_id_agreement_key", "credit_request", type_="unique")
    live = sa.text("state <> 'withdrawn'")
    op.create_index(
        "uq_credit_request_award",
        "credit_request",
        ["case_id", "agreement"],
        unique=True,
        sqlite_where=live,
        postgresql_where=live,
    )


def downgrade() -> None:
    raise RuntimeError("Countersign's tables only move forward; restore a backup instead.")
