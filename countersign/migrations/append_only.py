"""Triggers that make a table append only, in SQLite's and PostgreSQL's words (rule 3 of the house)."""

from alembic import op


def refuse(table: str, verb: str) -> None:
    """Make `verb` ("UPDATE" or "DELETE") on `table` fail."""
    name = f"{table}_refuses_{verb.lower()}"
    sentence = f"{table} is append only"
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"CREATE TRIGGER {name} BEFORE {verb} ON \"{table}\" BEGIN SELECT RAISE(ABORT, '{sentence}'); END")
        return
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '{sentence}'; END $$"
    )
    op.execute(f'CREATE TRIGGER {name} BEFORE {verb} ON "{table}" FOR EACH ROW EXECUTE FUNCTION {name}()')
