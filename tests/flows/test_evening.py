"""The sample evening: what one run makes of each submission, and that a second run changes nothing."""

import hashlib
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import col, select

from countersign import audit, tally
from countersign.desk.reconciling import differences
from flows.house import house
from flows.nightly import nightly
from models.tables import (
    Case,
    CaseSubmission,
    Certificate,
    CreditRequest,
    DecisionRecord,
    Educator,
    Message,
    Reading,
    ReviewItem,
    Submission,
)
from sample.make_evening import evening, web
from tests.flows.conftest import Demo, copy_of_demo


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory, prefect: None) -> Iterator[Demo]:
    """The demonstration after one run."""
    demo = copy_of_demo(tmp_path_factory.mktemp("evening") / "demo")
    nightly(demo.root)
    yield demo
    demo.store.engine.dispose()


@dataclass(frozen=True)
class Outcome:
    """What became of one case of a submission."""

    state: str
    member: str = ""
    decisions: tuple[str, ...] = ()
    waits_for: tuple[str, ...] = ()


NO_AGREEMENT = ("no_agreement",)
"""Their district has none; what the state gives is granted all the same."""

VERMONT = ("pay refused 0 micro-credential", "state_cpd granted 15 hour")
RATE_MISSING = "pay held 0 micro-credential rate_missing,cap,month"
RATE_WAITS = ("il-cusd200:rate_missing",)


def cusd(hours: str) -> Outcome:
    return Outcome("matched", "IL-2001", (f"district_pd granted {hours} hour", RATE_MISSING), RATE_WAITS)


EXPECTED: dict[str, list[Outcome]] = {
    "01-open-badge-2-signed-png.eml": [Outcome("matched", "VT-1001", VERMONT, NO_AGREEMENT)],
    "02-open-badge-3-jwt-in-svg.eml": [
        Outcome(
            "matched",
            "VT-1002",
            (
                "graduate_credit held 0 credit two_fees",
                "pay held 0 micro-credential transcript_missing",
                "state_cpd granted 15 hour",
            ),
            (*NO_AGREEMENT, "vt-vermont-nea:transcript_missing", "vt-vermont-nea:two_fees"),
        )
    ],
    "03-uploaded-data-integrity.json": [Outcome("matched", "VT-1003", VERMONT, NO_AGREEMENT)],
    "04-hosted-badge-site-not-reachable.eml": [Outcome("held", waits_for=("unreachable",))],
    "05-forwarded-inline-with-link.eml": [Outcome("matched", "VT-1002", VERMONT, NO_AGREEMENT)],
    "06-forwarded-as-attachment.eml": [Outcome("matched", "VT-1003", VERMONT, NO_AGREEMENT)],
    "07-two-badges-in-one-mail.eml": [cusd("6.5"), cusd("8")],
    "08-the-same-badge-twice.eml": [Outcome("matched", "VT-1001", VERMONT, NO_AGREEMENT)],
    "09-cusd-200-number-3.eml": [cusd("8")],
    "10-cusd-200-number-4.eml": [cusd("8")],
    "11-cusd-200-number-5.eml": [cusd("8")],
    "12-sixth-of-the-year.eml": [
        Outcome(
            "matched",
            "IL-2001",
            ("district_pd granted 8 hour", "pay banked 1 micro-credential banked,nothing_to_bank_into"),
        )
    ],
    "13-after-october-1.eml": [
        Outcome(
            "matched",
            "IL-2002",
            ("district_pd granted 6 hour", "pay held 0 micro-credential after_deadline"),
            ("il-cusd200:after_deadline",),
        )
    ],
    "14-without-its-log-of-hours.eml": [
        Outcome(
            "matched",
            "IL-2003",
            ("district_pd held 0 hour log_missing", RATE_MISSING),
            ("il-cusd200:log_missing", *RATE_WAITS),
        )
    ],
    "15-unknown-person.eml": [Outcome("held", waits_for=("unknown_person",))],
    "16-recipient-is-somebody-else.eml": [Outcome("held", waits_for=("somebody_else",))],
    "17-expired.eml": [Outcome("rejected")],
    "18-revoked.eml": [Outcome("rejected")],
    "19-forged-proof.eml": [Outcome("rejected")],
    "20-issuer-not-in-the-registry.eml": [Outcome("rejected")],
    "21-no-badge.eml": [],
    "22-pdf-with-embedded-badge-and-credit.eml": [
        Outcome("matched", "LV-3001", ("pay granted 200 USD", "graduate_credit granted 1 credit"))
    ],
    "23-out-of-office.eml": [],
    "24-not-pre-approved.eml": [
        Outcome(
            "matched",
            "IL-2003",
            ("district_pd held 0 hour preapproval_missing", "pay held 0 micro-credential preapproval_missing"),
            ("il-cusd200:preapproval_missing",),
        )
    ],
    "25-plain-json-in-another-district.eml": [Outcome("matched", "LV-3002", ("pay granted 200 USD",))],
}
"""File → its cases, in order: state, educator, live decisions with the reason codes of what is not granted, open holds."""


def outcomes(demo: Demo) -> dict[str, list[Outcome]]:
    with demo.store.reading() as session:
        members = {e.id: e.member_number for e in session.exec(select(Educator))}
        waits: dict[str, list[str]] = {}
        for item in session.exec(select(ReviewItem).where(col(ReviewItem.closed_at).is_(None))):
            waits.setdefault(item.subject, []).append(item.code)
        live: dict[tuple[int, str, str], DecisionRecord] = {}
        for decision in session.exec(select(DecisionRecord).order_by(col(DecisionRecord.revision))):
            live[decision.case_id, decision.agreement, decision.currency] = decision
        said: dict[int, list[str]] = {}
        for (case_id, _, _), d in sorted(live.items(), key=lambda pair: pair[0]):
            codes = ",".join(str(r["code"]) for r in d.reasons if d.outcome in ("held", "banked"))
            said.setdefault(case_id, []).append(
                f"{d.currency} {d.outcome} {d.quantity.normalize():f} {d.unit} {codes}".strip()
            )
        found: dict[str, list[Outcome]] = {}
        for submission in session.exec(select(Submission).order_by(col(Submission.name))):
            found[submission.name] = []
            query = (
                select(Case)
                .join(CaseSubmission, col(CaseSubmission.case_id) == Case.id)
                .where(CaseSubmission.submission_id == submission.id)
                .order_by(col(Case.id))
            )
            for case in session.exec(query):
                found[submission.name].append(
                    Outcome(
                        case.state,
                        members.get(case.educator_id or 0, ""),
                        tuple(said.get(case.id, ())),
                        tuple(sorted(waits.get(f"case:{case.id}", ()))),
                    )
                )
        return found


def test_every_submission_of_the_evening_ends_as_its_name_says(night: Demo) -> None:
    found = outcomes(night)
    assert list(found) == list(EXPECTED)
    for name, expected in EXPECTED.items():
        assert found[name] == expected, name


def test_certificates_are_one_for_each_vermont_award_and_the_same_for_a_badge_sent_twice(night: Demo) -> None:
    with night.store.reading() as session:
        certificates = session.exec(select(Certificate)).all()
        mails = session.exec(select(Message).where(Message.kind == "results")).all()
    assert len(certificates) == 5
    for certificate in certificates:
        path = night.workspace.root / certificate.path
        assert hashlib.sha256(path.read_bytes()).hexdigest() == certificate.sha256
    attached = [a["sha256"] for m in mails for a in m.attachments]
    assert {c.sha256 for c in certificates} <= set(attached)


def test_the_credit_request_is_made_where_one_fee_is_in_force_only(night: Demo) -> None:
    with night.store.reading() as session:
        (request,) = session.exec(select(CreditRequest)).all()
    assert request.agreement == "demo-lakeview-university"


def test_each_educator_with_news_gets_one_mail_and_strangers_get_none(night: Demo) -> None:
    with night.store.reading() as session:
        mails = session.exec(select(Message)).all()
        members = {e.id: e.member_number for e in session.exec(select(Educator))}
    results = [members[m.educator_id] for m in mails if m.kind == "results" and m.educator_id]
    assert sorted(results) == sorted(
        ["VT-1001", "VT-1002", "VT-1003", "VT-1004", "IL-2001", "IL-2002", "IL-2003", "LV-3001", "LV-3002"]
    )
    assert [m.kind for m in mails if m.educator_id is None] == ["digest"]
    assert not any("home.example" in m.to_address for m in mails)


def test_automatic_mail_is_put_aside(night: Demo) -> None:
    with night.store.reading() as session:
        outcome = session.exec(
            select(Reading.outcome).join(Submission).where(col(Submission.name) == "23-out-of-office.eml")
        ).one()
    assert outcome == "automatic"


def test_the_house_is_in_order_afterwards(night: Demo) -> None:
    assert list(differences(night.store, night.workspace)) == []
    with night.store.reading() as session:
        assert list(audit.breaks(session)) == []


def test_a_second_run_finds_nothing_new_and_changes_nothing(night: Demo) -> None:
    before = everything(night)
    nightly(night.root)
    assert everything(night) == before
    summary = house(night.root).tallies[-1]
    assert summary.quiet
    assert summary.counts[tally.OPEN] > 0


def everything(demo: Demo) -> dict[str, object]:
    """Every row of every table and every file of the outbox and the evidence."""
    rows: dict[str, object] = {}
    with demo.store.engine.connect() as connection:
        tables = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'")).scalars().all()
        for name in tables:
            rows[name] = [tuple(row) for row in connection.execute(text(f'SELECT * FROM "{name}" ORDER BY 1'))]
    for folder in (demo.workspace.outbox, demo.workspace.evidence):
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                rows[str(path)] = hashlib.sha256(path.read_bytes()).hexdigest()
    return rows


def test_prefect_never_learns_who_anybody_is(night: Demo) -> None:
    from prefect.settings import get_current_settings

    url = get_current_settings().server.database.connection_url
    assert url is not None
    path = url.get_secret_value().partition("///")[2]
    assert Path(path).is_file()
    with sqlite3.connect(path) as connection:
        dump = "\n".join(connection.iterdump())
    assert "nightly" in dump
    for word in ("Fontaine", "Lindqvist", "@maple-union.example", "@cusd.example", "Formative Assessment"):
        assert word not in dump


def test_the_night_leaves_a_table_of_figures_in_prefect(night: Demo) -> None:
    from prefect.artifacts import Artifact

    artifact: Any = Artifact.get("nightly-summary")
    assert tally.VERIFIED in artifact.data


def test_the_sample_evening_in_the_repository_is_what_the_script_makes(night: Demo) -> None:
    root = Path(__file__).resolve().parents[2]
    made = {f"inbox/{name}": content for name, content in evening().items()}
    made |= {f"sample/web/{name}": content for name, content in web().items()}
    for name, content in made.items():
        assert (root / name).read_bytes() == content, f"{name}: run python -m sample.make_evening"
    shipped = {p.name for p in (root / "inbox").iterdir() if not p.name.startswith(".")}
    assert {Path(n).name for n in made if n.startswith("inbox/")} <= shipped
