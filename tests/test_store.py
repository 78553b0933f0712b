"""The store: opened on both databases, up to date, append only, chained, leased."""

import os
import socket
import subprocess
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel import SQLModel, select, update

from countersign import audit, clock
from countersign.errors import Busy, LeaseTaken, Outage, UsageError
from countersign.settings import Workspace
from countersign.store import Store, open_store
from models.tables import APPEND_ONLY, AuditEntry, Educator, Employment, Lease, Submission

AT = datetime(2026, 10, 1, 12, tzinfo=UTC)


def test_migrations_make_exactly_the_tables_of_the_models(any_store: Store) -> None:
    with any_store.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), SQLModel.metadata) == []


def test_opening_again_changes_nothing(any_store: Store, workspace: Workspace) -> None:
    again = open_store(workspace)
    again.engine.dispose()


def test_append_only_tables_refuse_update_and_delete(any_store: Store) -> None:
    with any_store.transaction() as session:
        session.add(
            Submission(source="folder", source_key="k", name="a", sha256="0" * 64, size=1, received_at=AT, stored_at=AT)
        )
    for statement in ("UPDATE submission SET name = 'b'", "DELETE FROM submission"):
        with pytest.raises(DBAPIError, match="append only"), any_store.transaction() as session:
            session.connection().execute(text(statement))


def test_every_append_only_table_has_both_triggers(store: Store) -> None:
    with store.engine.connect() as connection:
        names = set(connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars())
    append_only = {f"{table}_refuses_{verb}" for table in APPEND_ONLY for verb in ("update", "delete")}
    assert names == {
        *append_only,
        "posting_keeps_the_books",
        "certificate_takes_no_step_back",
        "certificate_refuses_delete",
    }


def test_decimals_and_moments_come_back_exactly(any_store: Store) -> None:
    with any_store.transaction() as session:
        session.add(Educator(member_number="1", given_name="A", family_name="B"))
        session.flush()
        session.add(Employment(educator_id=1, district="D", employee_id="7", fte=Decimal("0.1"), starts=AT.date()))
        audit.record(session, at=AT, actor="test", action="wrote", subject="x")
    with any_store.reading() as session:
        assert session.exec(select(Employment)).one().fte == Decimal("0.1")
        assert session.exec(select(AuditEntry.at)).one() == AT


def test_more_than_four_places_are_refused_not_rounded(store: Store) -> None:
    with pytest.raises(Exception, match="four decimal places"), store.transaction() as session:
        session.add(Educator(member_number="1", given_name="A", family_name="B"))
        session.flush()
        session.add(Employment(educator_id=1, district="D", employee_id="7", fte=Decimal("0.33333"), starts=AT.date()))


def test_the_audit_chain_holds_and_shows_where_it_was_broken(store: Store) -> None:
    with store.transaction() as session:
        for number in range(3):
            audit.record(session, at=AT, actor="test", action="counted", subject=f"n:{number}", number=number)
    with store.reading() as session:
        assert list(audit.breaks(session)) == []
    with store.transaction() as session:
        session.connection().execute(text("DROP TRIGGER audit_entry_refuses_update"))
        session.connection().execute(text("UPDATE audit_entry SET subject = 'n:9' WHERE id = 2"))
    with store.reading() as session:
        assert [b.split(" (")[0] for b in audit.breaks(session)] == ["Entry 2"]


def test_only_one_run_holds_the_lease(any_store: Store) -> None:
    with any_store.lease("nightly"):
        with pytest.raises(LeaseTaken, match="Another nightly run"), any_store.lease("nightly"):
            pass
        with any_store.lease("monthly"):
            pass
    with any_store.lease("nightly"):
        pass


def test_a_database_that_cannot_be_opened_is_an_outage_with_a_sentence(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    (workspace.var / "folder.db").mkdir()
    monkeypatch.setenv("COUNTERSIGN_DATABASE_URL", f"sqlite:///{workspace.var}/folder.db")
    with pytest.raises(Outage, match="cannot be opened") as caught:
        open_store(workspace)
    assert caught.value.exit_code == 3


def test_a_postgresql_that_is_away_is_an_outage_and_its_password_is_not_shown(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COUNTERSIGN_DATABASE_URL", "postgresql+psycopg://me:hush@127.0.0.1:1/x?connect_timeout=2")
    with pytest.raises(Outage) as caught:
        open_store(workspace)
    assert "hush" not in str(caught.value)


def test_a_url_of_no_database_is_wrong_configuration(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COUNTERSIGN_DATABASE_URL", "oracle+nothing://x")
    with pytest.raises(UsageError, match="not a database URL"):
        open_store(workspace)


def leave_lease(store: Store, holder: str, expires_at: datetime) -> None:
    with store.transaction() as session:
        session.add(Lease(name="nightly", holder=holder, expires_at=expires_at))


def test_a_lease_of_a_process_that_is_gone_is_taken_over_at_once(any_store: Store) -> None:
    gone = subprocess.Popen(["true"])
    gone.wait()
    leave_lease(any_store, f"{socket.gethostname()}:{gone.pid}:x", clock.now() + timedelta(minutes=20))
    with any_store.lease("nightly"):
        pass


@pytest.mark.parametrize("holder", ["another-machine:1:x", f"{socket.gethostname()}:{os.getppid()}:x"])
def test_a_lease_of_a_process_that_may_live_is_respected_until_it_runs_out(any_store: Store, holder: str) -> None:
    leave_lease(any_store, holder, clock.now() + timedelta(minutes=20))
    with pytest.raises(LeaseTaken) as caught, any_store.lease("nightly"):
        pass
    assert caught.value.exit_code == 3
    with any_store.transaction() as session:
        session.exec(update(Lease).values(expires_at=clock.now() - timedelta(seconds=1)))
    with any_store.lease("nightly"):
        pass


def test_a_run_whose_lease_was_taken_over_stops_and_leaves_the_other_one_alone(any_store: Store) -> None:
    with any_store.lease("nightly") as held:
        held.renew()
        with any_store.transaction() as session:
            session.exec(update(Lease).values(holder="another:1:x"))
        with pytest.raises(LeaseTaken, match="another one took over"):
            held.renew()
    with any_store.reading() as session:
        assert session.get_one(Lease, "nightly").holder == "another:1:x"


def test_two_writers_of_the_audit_chain_wait_for_each_other(any_store: Store) -> None:
    def write(number: int) -> None:
        with any_store.transaction() as session:
            audit.record(session, at=AT, actor="test", action="counted", subject=f"n:{number}")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(24)))
    with any_store.reading() as session:
        assert len(session.exec(select(AuditEntry)).all()) == 24
        assert list(audit.breaks(session)) == []


def test_a_locked_database_is_an_outage_with_a_sentence(workspace: Workspace) -> None:
    store = open_store(workspace)
    impatient = Store(create_engine(workspace.database_url, connect_args={"timeout": 0.1}), store.evidence, store.zone)
    with store.transaction() as session:
        session.add(Educator(member_number="1", given_name="A", family_name="B"))
        session.flush()
        with pytest.raises(Busy, match="database is locked") as caught, impatient.transaction() as other:
            other.add(Educator(member_number="2", given_name="A", family_name="B"))
    assert caught.value.exit_code == 3
    store.engine.dispose()
    impatient.engine.dispose()


def test_a_database_error_names_no_values(any_store: Store) -> None:
    with pytest.raises(IntegrityError) as caught, any_store.transaction() as session:
        for _ in range(2):
            session.add(Educator(member_number="1", given_name="Ada", family_name="Okafor"))
    assert "Okafor" not in str(caught.value)
