"""lines that balance: what a posting must say to be let in, and one open line for a case, agreement and currency"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_SAME = "AND ".join(
    f"line.{column} = NEW.{column} "
    for column in ("case_id", "educator_id", "recognizer", "agreement", "currency", "unit", "period", "pay_month")
)
_DECIDED = "AND ".join(
    f"said.{column} = NEW.{column} "
    for column in ("case_id", "educator_id", "recognizer", "agreement", "currency", "quantity", "unit", "period")
)


def _rules(positive: str, negative: str) -> tuple[tuple[str, str], ...]:
    """What is refused, and the condition that finds it; `positive` and `negative` compare quantities in the database's way."""
    return (
        ("a line of the ledger is a grant, a bank line or a reversal", "NEW.kind NOT IN ('grant', 'bank', 'reversal')"),
        (
            "a grant or bank line has a positive quantity and takes nothing back",
            f"NEW.kind IN ('grant', 'bank') AND (NEW.reverses_id IS NOT NULL OR NOT {positive})",
        ),
        (
            "a grant or bank line says what its decision says",
            "NEW.kind IN ('grant', 'bank') AND NOT EXISTS (SELECT 1 FROM decision said WHERE said.id = NEW.decision_id "  # noqa: S608  (of constants)
            f"AND said.outcome = CASE NEW.kind WHEN 'grant' THEN 'granted' ELSE 'banked' END AND {_DECIDED})",
        ),
        (
            "a case has one open line under an agreement in a currency",
            "NEW.kind IN ('grant', 'bank') AND EXISTS (SELECT 1 FROM posting line WHERE line.case_id = NEW.case_id "
            "AND line.agreement = NEW.agreement AND line.currency = NEW.currency AND line.kind <> 'reversal' "
            "AND NOT EXISTS (SELECT 1 FROM posting back WHERE back.reverses_id = line.id))",
        ),
        (
            "a reversal carries exactly the negative of the line it takes back, and all else of it",
            "NEW.kind = 'reversal' AND NOT EXISTS (SELECT 1 FROM posting line WHERE line.id = NEW.reverses_id "  # noqa: S608
            f"AND line.kind <> 'reversal' AND {negative} AND {_SAME})",
        ),
        (
            "a reversal rests on a decision on the case, agreement and currency of its line",
            "NEW.kind = 'reversal' AND NOT EXISTS (SELECT 1 FROM decision said WHERE said.id = NEW.decision_id "
            "AND said.case_id = NEW.case_id AND said.agreement = NEW.agreement AND said.currency = NEW.currency)",
        ),
    )


def upgrade() -> None:
    # Triggers and not CHECKs: they look at other rows, and SQLite could take a CHECK only with the table made anew.
    if op.get_bind().dialect.name == "sqlite":
        # A quantity is text here; the lines that reversals take back are positive, so their negative is a minus and the text.
        rules = _rules("CAST(NEW.quantity AS REAL) > 0", "NEW.quantity = '-' || line.quantity")
        refusals = " ".join(f"SELECT RAISE(ABORT, '{sentence}') WHERE {found};" for sentence, found in rules)
        op.execute(f"CREATE TRIGGER posting_keeps_the_books BEFORE INSERT ON posting BEGIN {refusals} END")
        return
    rules = _rules("NEW.quantity > 0", "NEW.quantity = -line.quantity")
    refusals = " ".join(
        f"IF {found} THEN RAISE EXCEPTION '{sentence}' USING ERRCODE = 'check_violation'; END IF;"
        for sentence, found in rules
    )
    # The lock makes two writers of one case take turns, so that each sees the line that the other one opened.
    op.execute(
        "CREATE FUNCTION posting_keeps_the_books() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"PERFORM pg_advisory_xact_lock(hashtext('posting'), NEW.case_id); {refusals} RETURN NEW; END $$"
    )
    op.execute(
        "CREATE TRIGGER posting_keeps_the_books BEFORE INSERT ON posting "
        "FOR EACH ROW EXECUTE FUNCTION posting_keeps_the_books()"
    )


def downgrade() -> None:
    raise RuntimeError("Countersign's tables only move forward; restore a backup instead.")
