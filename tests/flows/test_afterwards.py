"""What comes after the evening: a person decides, a log of hours comes late, a rate is supplied, a month is closed."""

import csv
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import text
from sqlmodel import col, select
from typer.testing import CliRunner, Result

from countersign import recognition, reporting
from countersign.cli import app
from countersign.desk.reconciling import differences
from flows.nightly import nightly
from models.tables import Certificate, CreditRequest, DecisionRecord, Educator, Message, ReviewItem
from sample.issuers import NEA, Award, baked_png, baked_png_ob3, ob2_signed, vc_jwt
from sample.mail import Mail, hours, png, written
from sample.make_evening import GRACE, SAMUEL
from tests.flows.conftest import Demo
from tests.flows.test_evening import NO_AGREEMENT, everything, outcomes

Run = Callable[..., Result]
NOVEMBER = datetime(2026, 12, 1, 12, tzinfo=UTC)


@pytest.fixture
def night(demo: Demo, prefect: None) -> Demo:
    nightly(demo.root)
    return demo


@pytest.fixture
def run(night: Demo) -> Run:
    def ran(*words: str) -> Result:
        return CliRunner().invoke(app, [*words, "-w", night.root])

    return ran


def item(demo: Demo, code: str) -> int:
    with demo.store.reading() as session:
        return session.exec(select(ReviewItem.id).where(ReviewItem.code == code)).one()


def results(demo: Demo, member: str) -> list[Message]:
    with demo.store.reading() as session:
        query = select(Message).join(Educator).where(Educator.member_number == member).order_by(col(Message.id))
        return list(session.exec(query))


def test_staff_find_whose_it_is_and_the_next_run_goes_on_from_there(night: Demo, run: Run) -> None:
    number = item(night, "unknown_person")
    shown = run("review", "show", str(number))
    assert shown.exit_code == 0
    assert "VT-1003  Ada Okafor-Reyes" in shown.stdout
    assert outcomes(night)["15-unknown-person.eml"][0].member == ""  # a resemblance alone grants nothing
    words = ("review", "resolve", str(number), "--educator", "VT-1003", "--by", "Pat", "--reason", "Called her.")
    assert run(*words).exit_code == 0
    assert run(*words).exit_code == 2
    nightly(night.root)
    (case,) = outcomes(night)["15-unknown-person.eml"]
    assert (case.state, case.member, case.waits_for) == ("matched", "VT-1003", NO_AGREEMENT)
    assert "Pat" in run("explain", "C-15").stdout
    traced = run("explain", "C-15", "--trace").stdout
    assert max(map(len, traced.splitlines())) <= 80
    assert "1. 15-hour certificate (state professional development hours): decides" in traced
    clauses = [c for t in json.loads(run("explain", "C-15", "--json").stdout)["traces"] for c in t["clauses"]]
    assert {c["decision"]["outcome"] for c in clauses if c["decision"]} <= {"granted", "refused", "held"}
    assert len(results(night, "VT-1003")) == 2


def test_a_decision_needs_a_name_a_reason_and_one_answer(night: Demo, run: Run) -> None:
    number = str(item(night, "unknown_person"))
    assert run("review", "resolve", number, "--educator", "VT-1003", "--by", " ", "--reason", "x").exit_code == 2
    assert run("review", "resolve", number, "--by", "Pat", "--reason", "x").exit_code == 2
    assert run("review", "resolve", number, "--educator", "VT-9", "--by", "Pat", "--reason", "x").exit_code == 2
    assert outcomes(night)["15-unknown-person.eml"][0].waits_for == ("unknown_person",)


def test_what_is_dismissed_ends_without_a_match(night: Demo, run: Run) -> None:
    number = str(item(night, "somebody_else"))
    assert run("review", "resolve", number, "--dismiss", "--by", "Pat", "--reason", "Sent in error.").exit_code == 0
    nightly(night.root)
    (case,) = outcomes(night)["16-recipient-is-somebody-else.eml"]
    assert (case.state, case.member, case.waits_for) == ("rejected", "", ())
    shown = " ".join(run("review", "show", number).stdout.split())
    assert "by Pat: Sent in error." in shown
    assert "Pat: Sent in error." in run("explain", "C-16").stdout
    assert "resolve" not in shown


def test_a_site_that_is_given_up_ends_the_case_for_good(night: Demo, run: Run) -> None:
    number = str(item(night, "unreachable"))
    assert run("review", "resolve", number, "--dismiss", "--by", "Pat", "--reason", "The site is gone.").exit_code == 0
    nightly(night.root)
    (case,) = outcomes(night)["04-hosted-badge-site-not-reachable.eml"]
    assert (case.state, case.waits_for) == ("rejected", ())


def test_a_hold_that_waits_for_a_fact_cannot_be_dismissed_away(night: Demo, run: Run) -> None:
    number = str(item(night, "il-cusd200:after_deadline"))
    ended = run("review", "resolve", number, "--dismiss", "--by", "Pat", "--reason", "HR said no.")
    assert ended.exit_code == 2
    assert "waits for a fact" in ended.stderr
    assert outcomes(night)["13-after-october-1.eml"][0].waits_for == ("il-cusd200:after_deadline",)


def test_a_log_of_hours_that_comes_late_grants_the_hours_by_a_new_decision(night: Demo) -> None:
    award = Award(18, "g.lindholm@home.example", "Arts Integration Foundations", "2026-09-25T15:00:00Z")
    mail = Mail(
        "30-the-log.eml", GRACE, 3 * 24 * 60, "My log", "Here it is.\n",
        [png("arts", baked_png_ob3(award.title, vc_jwt(award))), hours(award.title, 9, "3", "2.5")],
    )  # fmt: skip
    (night.workspace.inbox / mail.file).write_bytes(written(mail))
    nightly(night.root)
    (case,) = outcomes(night)["14-without-its-log-of-hours.eml"]
    assert case.decisions[0] == "district_pd granted 5.5 hour"
    with night.store.reading() as session:
        query = select(DecisionRecord).where(DecisionRecord.case_id == 14, DecisionRecord.currency == "district_pd")
        history = [(d.revision, d.outcome) for d in session.exec(query.order_by(col(DecisionRecord.revision)))]
    assert history == [(1, "held"), (2, "granted")]
    assert "5.5 hours" in results(night, "IL-2003")[-1].text
    assert list(differences(night.store, night.workspace)) == []


def test_a_credential_withdrawn_after_it_counted_is_put_before_a_person(night: Demo) -> None:
    path = night.workspace.root / "sample" / "web" / "badges.nea.example" / "revoked.json"
    revoked = json.loads(path.read_text(encoding="utf-8"))
    revoked["revokedAssertions"].append({"id": f"{NEA}/assertions/27.json", "revocationReason": "Another's work."})
    path.write_text(json.dumps(revoked), encoding="utf-8")
    award = Award(27, SAMUEL.addr_spec, "Restorative Conversations", "2026-09-12T15:00:00Z")
    mail = Mail(
        "31-again.eml", SAMUEL, 3000, "Again", "Did you get it?\n", [png("b", baked_png("b", ob2_signed(award)))]
    )
    (night.workspace.inbox / mail.file).write_bytes(written(mail))
    nightly(night.root)
    with night.store.reading() as session:
        found = session.exec(select(ReviewItem).where(ReviewItem.code == "revoked_later")).one()
    assert "Another's work." in found.sentence
    (case,) = outcomes(night)["22-pdf-with-embedded-badge-and-credit.eml"]
    assert case.state == "matched"  # nothing is taken back by itself: HR decides
    before = everything(night)
    nightly(night.root)
    assert everything(night) == before


def supply_the_rate(demo: Demo) -> None:
    path = demo.workspace.agreements / "il-cusd200-2023-2027.toml"
    before = path.read_text(encoding="utf-8")
    changed = re.sub(r"^# value = .*$", 'value = { flat = 250.00, unit = "USD" }', before, flags=re.MULTILINE)
    assert changed != before
    path.write_text(changed, encoding="utf-8")


def test_the_rate_that_hr_supplies_pays_the_five_and_keeps_the_sixth_in_the_bank(night: Demo) -> None:
    supply_the_rate(night)
    nightly(night.root)
    found = outcomes(night)
    names = ["07-two-badges-in-one-mail.eml", *(f"{n:02d}-cusd-200-number-{n - 6}.eml" for n in (9, 10, 11))]
    paid = [d for name in names for case in found[name] for d in case.decisions if d.startswith("pay")]
    assert paid == ["pay granted 250 USD"] * 5
    assert found["12-sixth-of-the-year.eml"][0].decisions[1].startswith("pay banked 1 micro-credential")
    (cusd,) = [
        p
        for p in reporting.close_month(night.store, night.workspace, rules(night), "2026-11", NOVEMBER, dry_run=True)
        if p.district == "CUSD 200"
    ]
    assert cusd.money == {"USD": 6 * 250}  # Priya's five and Grace's one
    before = everything(night)
    nightly(night.root)
    assert everything(night) == before


def rules(demo: Demo):

    return recognition.load_rules(demo.workspace.agreements)


def test_the_month_is_closed_once_and_hr_can_read_it(night: Demo, run: Run) -> None:
    assert run("monthly", "2026-10", "--dry-run").exit_code == 1
    assert not (night.workspace.outbox / "hr").exists()
    ended = run("monthly", "2026-10", "--json")
    assert ended.exit_code == 1  # something is held
    packages = {p["district"]: p for p in json.loads(ended.stdout)}
    assert packages["CUSD 200"]["lines"] == 7
    folder = night.workspace.root / packages["CUSD 200"]["path"]
    names = {p.name for p in folder.iterdir()}
    assert {"cover.pdf", "compensation.xlsx", "compensation.csv", "pd_hours.csv", "held.csv", "manifest.json"} <= names
    with (folder / "pd_hours.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert sum(float(row["hours"]) for row in rows) == 52.5
    assert {row["employee_id"] for row in rows} == {"104477", "108812"}
    book = openpyxl.load_workbook(folder / "compensation.xlsx", read_only=True)
    assert "Control totals" in book.sheetnames
    book.close()
    before = everything(night)
    again = run("monthly", "2026-10", "--json")
    assert all(p["already_closed"] for p in json.loads(again.stdout))
    assert everything(night) == before
    assert list(differences(night.store, night.workspace)) == []


def test_reconcile_finds_a_certificate_that_was_taken_or_changed_and_puts_it_back(night: Demo, run: Run) -> None:
    before = everything(night)
    with night.store.reading() as session:
        first, second = session.exec(select(Certificate).limit(2)).all()
    (night.workspace.root / first.path).unlink()
    (night.workspace.root / second.path).write_bytes(b"another")
    ended = run("reconcile")
    assert ended.exit_code == 1
    said = " ".join(ended.stdout.split())
    assert f"{first.path} is missing" in said
    assert f"{second.path} was changed" in said
    assert "reconcile --repair" in " ".join(run("certificate", "show", first.number).stdout.split())
    assert run("reconcile", "--repair").exit_code == 0
    aside = night.workspace.root / f"{second.path}.set-aside"
    assert aside.read_bytes() == b"another"
    aside.unlink()
    assert everything(night) == before


EVIDENCE = {
    "submission": "SELECT sha256 FROM submission LIMIT 1",
    "log of hours": "SELECT sha256 FROM hours_log LIMIT 1",
    "the credential of C-1": "SELECT document_sha256 FROM 'case' WHERE id = 1",
    "evidence of C-5": "SELECT json_extract(evidence, '$[0].sha256') FROM verdict WHERE case_id = 5",
    "an attachment of message": "SELECT sha256 FROM certificate LIMIT 1",
}


@pytest.mark.parametrize("whose", EVIDENCE)
def test_reconcile_finds_evidence_that_is_gone(whose: str, night: Demo, run: Run) -> None:
    with night.store.engine.connect() as connection:
        sha256 = connection.execute(text(EVIDENCE[whose])).scalar_one()
    night.store.evidence.path(sha256).unlink()
    ended = run("reconcile")
    assert ended.exit_code == 1
    said = " ".join(ended.stdout.split())
    assert whose in said
    assert "Restore var/evidence from a backup" in said


def test_reconcile_finds_an_hr_file_that_was_changed(night: Demo, run: Run) -> None:
    (package, *_) = json.loads(run("monthly", "2026-10", "--json").stdout)
    (night.workspace.root / package["path"] / "compensation.csv").write_bytes(b"changed")
    ended = run("reconcile")
    assert ended.exit_code == 1
    assert "compensation.csv was changed" in " ".join(ended.stdout.split())


def test_a_certificate_is_shown_by_its_number(night: Demo, run: Run) -> None:
    with night.store.reading() as session:
        number = session.exec(select(Certificate.number).limit(1)).one()
    ended = run("certificate", "show", number.lower())
    assert ended.exit_code == 0
    assert number in ended.stdout
    for key, label in (("issued_on", "issued"), ("licence_state", "Educator license"), ("sha256", "SHA-256")):
        assert label in ended.stdout
        assert key not in ended.stdout
    found = json.loads(run("certificate", "show", number, "--json").stdout)
    assert Path(str(found["file"])).is_file()
    assert found["printed"]["licence_state"] == "VT"


def test_a_credit_request_is_shown_by_its_number_with_its_state(night: Demo, run: Run) -> None:
    with night.store.transaction() as session:
        request = session.exec(select(CreditRequest).limit(1)).one()
        request.state = "transcript_issued"
        number = request.number
    said = " ".join(run("certificate", "show", number).stdout.split())
    assert f"request for college credit {number} for " in said
    assert "state transcript issued, since " in said
    found = json.loads(run("certificate", "show", number, "--json").stdout)
    assert (found["state"], Path(found["file"]).is_file()) == ("transcript_issued", True)
    refused = run("certificate", "show", f"{number[:-1]}?")
    assert (refused.exit_code, "No certificate or credit request has the number" in refused.stderr) == (2, True)
