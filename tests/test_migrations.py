"""A database of an earlier version, with what a house has in it, is brought up to date and loses nothing: not even its triggers."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import JSON, MetaData, create_engine, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel import SQLModel, col, select

import countersign
from countersign.issuance.credit_life import standing_of
from countersign.reporting.package import Totals
from countersign.settings import Workspace
from countersign.store import HEAD, Store, open_store
from countersign.verification import recheck_cases
from models.tables import (
    APPEND_ONLY,
    AuditEntry,
    Case,
    Certificate,
    CreditEvent,
    CreditRequest,
    Educator,
    FactRecord,
    HoursLog,
    Package,
    Posting,
    ReviewItem,
    VerdictRecord,
)
from tests.servers import PostgreSQL
from tests.verification.making import vc_jwt
from tests.verification.night import REGISTRY

AT = datetime(2026, 9, 1, 12, tzinfo=UTC)
CHECKS = [{"name": "status", "outcome": "passed", "detail": "It is not withdrawn.", "remedy": ""}]
TOTALS: dict[str, Any] = {
    **dict.fromkeys(("lines", "educators", "micro_credentials", "adjusting", "held", "banked"), 0),
    "hours": "0",
    "balances": [],
}

LINE: dict[str, Any] = {
    "case_id": 1,
    "educator_id": 1,
    "recognizer": "CUSD 200",
    "agreement": "il-cusd200",
    "currency": "district_pd",
    "quantity": "15.0000",  # as SQLite holds it
    "unit": "hour",
    "period": "2026-27",
}
"""What a decision says, and its line in the ledger with it."""


def rows(sha256: str) -> dict[str, dict[str, Any]]:
    """What a house of version 0001 has, one row of each table that the migrations touch and of those they refer to."""
    return {
        "educator": {
            "id": 1,
            "member_number": "1",
            "given_name": "Pat",
            "family_name": "Sample",
        },
        "submission": {
            "id": 1,
            "source": "folder",
            "source_key": "k",
            "name": "award.jwt",
            "sha256": "0" * 64,
            "size": 1,
            "received_at": AT,
            "stored_at": AT,
        },
        "case": {
            "id": 1,
            "key": "credential:1",
            "state": "matched",
            "opened_at": AT,
            "received_at": AT,
            "issuer": "acme",
            "title": "Formative Assessment",
            "credential_id": "urn:uuid:7a3c0b52-0000-4000-8000-000000000001",
            "achievement_id": "https://issuer.example/achievements/1",
            "issued_on": AT,
            "identities": [],
            "educator_id": 1,
        },
        "carrier": {"id": 1, "submission_id": 1, "position": 0, "name": "award", "kind": "jwt", "sha256": sha256, "case_id": 1},
        "hours_log": {"id": 1, "submission_id": 1, "name": "log.csv", "sha256": "1" * 64, "hours": "6.5"},
        "verdict": {"id": 1, "case_id": 1, "at": AT, "outcome": "verified", "checks": CHECKS, "evidence": []},
        "decision": {"id": 1, "revision": 1, "outcome": "granted", "decided_at": AT, **LINE},
        "posting": {"id": 1, "decision_id": 1, "kind": "grant", "posted_at": AT, "pay_month": "2026-08", **LINE},
        "certificate": {"id": 1, "case_id": 1, "educator_id": 1, "decision_id": 1, "state": "revoked", "issued_on": AT.date()},
        "credit_request": {
            "id": 1,
            "case_id": 1,
            "educator_id": 1,
            "decision_id": 1,
            "number": "CR-1",
            "agreement": "vt",
            "state": "accepted",
            "printed": {},
            "requested_on": AT.date(),
        },
        "package": {
            "id": 1,
            "district": "CUSD 200",
            "month": "2026-08",
            "path": "outbox/hr/cusd-200/2026-08",
            "manifest_sha256": "0" * 64,
            "totals": TOTALS,
            "closed_at": AT,
        },
    }  # fmt: skip


def of_version(workspace: Workspace, revision: str, sha256: str) -> None:
    """The workspace's database as that version left it."""
    engine = create_engine(workspace.database_url)
    config = Config()
    config.set_main_option("script_location", str(Path(countersign.__file__).parent / "migrations"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    tables = MetaData()
    tables.reflect(engine)
    with engine.begin() as connection:
        for name, values in rows(sha256).items():
            table = tables.tables[name]
            empty: dict[str, Any] = {
                c.name: "" for c in table.columns if not c.nullable and c.name not in values and not c.primary_key
            }
            empty |= {name: [] for name in empty if isinstance(table.columns[name].type, JSON)}
            connection.execute(table.insert().values(empty | values))
        if engine.dialect.name == "postgresql":
            for name in rows(sha256):
                connection.execute(text(f"SELECT setval(pg_get_serial_sequence('\"{name}\"', 'id'), 1)"))
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def upgraded(request: pytest.FixtureRequest, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """The store of a workspace whose database was made by version 0001."""
    from countersign.evidence import Evidence

    if request.param == "postgresql":
        server: PostgreSQL = request.getfixturevalue("postgresql")
        monkeypatch.setenv("COUNTERSIGN_DATABASE_URL", server.fresh_database())
    workspace.issuers_file.write_text(REGISTRY, encoding="utf-8")
    of_version(workspace, "0001", Evidence(workspace.evidence).put(vc_jwt().encode()))
    opened = open_store(workspace)
    yield opened
    opened.engine.dispose()


def test_every_row_is_there_and_what_is_new_says_that_it_is_not_known(upgraded: Store) -> None:
    with upgraded.reading() as session:
        case = session.exec(select(Case)).one()
        verdict = session.exec(select(VerdictRecord)).one()
        package = session.exec(select(Package)).one()
        educator = session.exec(select(Educator)).one()
        log = session.exec(select(HoursLog)).one()
    assert (educator.licence_level, educator.licence_from, educator.licence_until) == ("", None, None)
    assert (log.hours, log.days, log.spans) == ("6.5", {}, {})
    assert (case.title, case.proven_at) == ("Formative Assessment", None)
    assert (verdict.checks, verdict.at) == (CHECKS, AT)
    assert (verdict.carrier_id, verdict.occasion, verdict.registry_sha256) == (None, "arrival", "")
    assert (verdict.software, verdict.remarks, verdict.endorsements) == ("", [], [])
    totals = Totals.from_json(package.totals)
    assert (totals.withheld, totals.rechecked) == ({}, None)


def test_the_tables_are_exactly_those_of_the_models(upgraded: Store) -> None:
    with upgraded.engine.connect() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == HEAD
        assert compare_metadata(MigrationContext.configure(connection), SQLModel.metadata) == []


def test_papers_keep_their_state_and_a_certificate_that_was_revoked_is_called_withdrawn(upgraded: Store) -> None:
    with upgraded.reading() as session:
        request = session.exec(select(CreditRequest)).one()
        assert session.exec(select(Certificate.state)).one() == "withdrawn"
    assert (request.number, request.state) == ("CR-1", "accepted")
    again: dict[str, Any] = request.model_dump(exclude={"id"}) | {"number": "CR-2"}
    with pytest.raises(IntegrityError), upgraded.transaction() as session:
        session.add(CreditRequest(**again))
    with upgraded.transaction() as session:
        session.get_one(CreditRequest, 1).state = "withdrawn"
        session.flush()
        session.add(CreditRequest(**again))


@pytest.mark.parametrize("statement", ["UPDATE verdict SET outcome = 'rejected'", "DELETE FROM verdict"])
def test_a_verdict_of_before_can_still_not_be_changed(upgraded: Store, statement: str) -> None:
    with pytest.raises(DBAPIError, match="append only"), upgraded.transaction() as session:
        session.connection().execute(text(statement))


def reversal(upgraded: Store, **changes: Any) -> Posting:
    """The reversal of the line of before, with changes."""
    with upgraded.reading() as session:
        line = session.exec(select(Posting)).one()
    assert line.quantity == 15
    back: dict[str, Any] = {"kind": "reversal", "quantity": -line.quantity, "reverses_id": line.id}
    said: dict[str, Any] = line.model_dump(exclude={"id"}) | back | changes
    return Posting(**said)


def test_a_line_of_before_can_be_taken_back_to_the_cent(upgraded: Store) -> None:
    back = reversal(upgraded)
    with upgraded.transaction() as session:
        session.add(back)
    with upgraded.reading() as session:
        assert sum(line.quantity for line in session.exec(select(Posting)).all()) == 0


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"quantity": Decimal(-14)}, "a reversal carries exactly the negative of the line it takes back"),
        (
            {"kind": "bank", "quantity": Decimal(15), "reverses_id": None},
            "a grant or bank line says what its decision says",
        ),
        ({"kind": "correction"}, "a line of the ledger is a grant, a bank line or a reversal"),
    ],
    ids=str,
)
def test_a_line_that_the_books_forbid_is_refused_after_the_upgrade(
    upgraded: Store, changes: dict[str, Any], sentence: str
) -> None:
    wrong = reversal(upgraded, **changes)
    with pytest.raises(IntegrityError, match=sentence), upgraded.transaction() as session:
        session.add(wrong)
        session.flush()


def test_a_fact_can_be_recorded_after_the_upgrade_and_not_be_changed(upgraded: Store) -> None:
    with upgraded.transaction() as session:
        session.add(
            FactRecord(
                kind="ruling", case_id=1, educator_id=1, agreement="il-cusd200", happened_on=AT.date(), said={}, slot="ruling:1",
                turn=1, recorded_by="Pat Sample", recorded_at=AT, source="letter", source_sha256="0" * 64, line=1,
            )
        )  # fmt: skip
    with pytest.raises(DBAPIError, match="append only"), upgraded.transaction() as session:
        session.connection().execute(text("UPDATE fact SET agreement = 'another'"))


def test_what_a_request_of_before_had_come_to_is_its_first_step(upgraded: Store) -> None:
    with upgraded.reading() as session:
        event = session.exec(select(CreditEvent)).one()
        assert (event.request_id, event.state, event.happened_on, event.again) == (1, "accepted", AT.date(), False)
        assert standing_of(session, session.get_one(CreditRequest, 1)).state == "accepted"


def test_every_trigger_is_still_there(upgraded: Store) -> None:
    where = (
        "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        if upgraded.engine.dialect.name == "sqlite"
        else "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
    )
    with upgraded.engine.connect() as connection:
        names = set(connection.execute(text(where)).scalars())
    append_only = {f"{table}_refuses_{verb}" for table in APPEND_ONLY for verb in ("update", "delete")}
    certificate = {"certificate_refuses_delete", "certificate_takes_no_step_back"}
    assert names == {*append_only, *certificate, "posting_keeps_the_books"}


def test_what_was_counted_before_is_looked_up_again_from_its_first_carrier(
    upgraded: Store, workspace: Workspace
) -> None:
    """It names its recipient, and the case of before did not note it: that is seen, and put before a person."""
    recheck_cases(upgraded, workspace, [1], AT)
    with upgraded.reading() as session:
        assert "It names its recipient otherwise" in session.exec(select(ReviewItem.sentence)).one()
        first, second = session.exec(select(VerdictRecord).order_by(col(VerdictRecord.id))).all()
        assert (first.occasion, second.occasion, second.carrier_id) == ("arrival", "before_payment", 1)
        assert session.exec(select(AuditEntry.action)).all() == ["case in doubt"]
