"""Between the grant and the month's end an issuer withdraws, a site goes away, a key is stolen: nothing of it is paid unseen."""

import csv
import json
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.headerregistry import Address
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select
from typer.testing import CliRunner, Result

from countersign import clock
from countersign.desk.reconciling import differences
from countersign.settings import open_workspace
from countersign.store import open_store
from flows import house
from flows.monthly import monthly
from flows.nightly import nightly
from models.tables import Case, Certificate, CreditRequest, Message, ReviewItem
from models.words import Doubt
from sample.issuers import NEA, Award, baked_png, ob2_signed
from sample.mail import Mail, hours, png, written
from sample.make_evening import MAYA, PRIYA
from tests.flows.conftest import Demo, copy_of_demo
from tests.flows.test_afterwards import supply_the_rate
from tests.flows.test_evening import everything
from tests.servers import PostgreSQL

CUSD = "CUSD 200"
FIRST = 11  # the number of Priya's first award, signed by the demo NEA, whose list of withdrawn ones is on its site
TITLE = "Formative Assessment Basics"


def on(month: int, day: int, year: int = 2026) -> datetime:
    return datetime(year, month, day, 12, tzinfo=UTC)


At = Callable[[datetime], None]


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> At:
    """`at(moment)`: it is that moment now."""
    return lambda moment: monkeypatch.setattr(clock, "now", lambda: moment)


@pytest.fixture(scope="module")
def evening(tmp_path_factory: pytest.TempPathFactory, prefect: None) -> Path:
    """The demonstration after one run, to be copied."""
    demo = copy_of_demo(tmp_path_factory.mktemp("evening") / "demo")
    supply_the_rate(demo)
    nightly(demo.root)
    demo.store.engine.dispose()
    house.house(demo.root).store.engine.dispose()
    return demo.workspace.root


@pytest.fixture
def night(evening: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Demo]:
    monkeypatch.delenv("COUNTERSIGN_DATABASE_URL", raising=False)
    shutil.copytree(evening, tmp_path / "demo")
    workspace = open_workspace(tmp_path / "demo")
    demo = Demo(workspace, open_store(workspace))
    yield demo
    demo.store.engine.dispose()


def run(demo: Demo, *words: str) -> Result:
    return CliRunner().invoke(app(), [*words, "-w", demo.root])


def app() -> Any:
    from countersign.cli import app

    return app


def revoke(demo: Demo, *numbers: int) -> None:
    path = demo.workspace.root / "sample" / "web" / "badges.nea.example" / "revoked.json"
    revoked = json.loads(path.read_text(encoding="utf-8"))
    for number in numbers:
        entry = {"id": f"{NEA}/assertions/{number}.json", "revocationReason": "Another's work."}
        revoked["revokedAssertions"].append(entry)
    path.write_text(json.dumps(revoked), encoding="utf-8")


def send(demo: Demo, name: str, award: Award, sender: Address, *more: Any, minutes: int = 3000) -> None:
    picture = png("badge", baked_png(award.title, ob2_signed(award)))
    mail = Mail(name, sender, minutes, "My micro-credential", "Here it is.\n", [picture, *more])
    (demo.workspace.inbox / mail.file).write_bytes(written(mail))


def package(demo: Demo, month: str) -> dict[str, Any]:
    """The figures of CUSD 200's package that the last run closed."""
    (found,) = [p for p in house.house(demo.root).packages if p.district == CUSD and p.month == month]
    looked = sum((found.rechecked or {}).values())
    return {"lines": found.lines, "withheld": sum(found.withheld.values()), "rechecked": looked}


def rows(demo: Demo, month: str, file: str) -> list[dict[str, str]]:
    path = demo.workspace.outbox / "hr" / "cusd-200" / month / file
    with path.open(encoding="utf-8-sig", newline="") as opened:
        return list(csv.DictReader(opened))


def case_of(demo: Demo, number: int) -> int:
    with demo.store.reading() as session:
        return session.exec(select(Case.id).where(Case.credential_id == f"{NEA}/assertions/{number}.json")).one()


def items(demo: Demo) -> list[ReviewItem]:
    with demo.store.reading() as session:
        query = select(ReviewItem).where(
            col(ReviewItem.code).in_([doubt.value for doubt in Doubt]), col(ReviewItem.closed_at).is_(None)
        )
        return list(session.exec(query.order_by(col(ReviewItem.id))))


def decide(demo: Demo, choice: str, reason: str = "As agreed with HR.") -> Result:
    (item,) = items(demo)
    return run(demo, "review", "resolve", str(item.id), choice, "--by", "Pat", "--reason", reason)


def withheld_then_kept(demo: Demo, at: At) -> None:
    case = case_of(demo, FIRST)
    revoke(demo, FIRST)
    at(on(11, 23))
    monthly(demo.root, "2026-10")
    assert package(demo, "2026-10") == {"lines": 6, "withheld": 1, "rechecked": 7}
    (held,) = [r for r in rows(demo, "2026-10", "held.csv") if r["outcome"] == "withheld"]
    assert (held["case"], held["quantity"], held["unit"], held["owner"]) == (f"C-{case}", "6.5", "hour", "staff")
    assert "Another's work." in held["reason"]
    at(on(12, 2))
    monthly(demo.root, "2026-11")  # still revoked, and nobody has decided
    assert {r["case"] for r in rows(demo, "2026-11", "held.csv") if r["outcome"] == "withheld"} == {f"C-{case}"}
    assert f"C-{case}" not in {r["case"] for r in rows(demo, "2026-11", "compensation.csv")}
    assert decide(demo, "--keep", "The panel saw her work.").exit_code == 0
    at(on(1, 3, 2027))
    nightly(demo.root)
    monthly(demo.root, "2026-12")
    assert items(demo) == []
    assert package(demo, "2026-12") == {"lines": 2, "withheld": 0, "rechecked": 1}
    (paid,) = rows(demo, "2026-12", "compensation.csv")
    assert (paid["case"], paid["transaction"], paid["amount"]) == (f"C-{case}", "RETRO", "250.00")
    assert "Pat: Kept: The panel saw her work." in paid["attention"]
    assert list(differences(demo.store, demo.workspace)) == []


def test_one_withdrawn_after_it_was_granted_is_withheld_told_and_paid_when_a_person_keeps_it(
    night: Demo, prefect: None, at: At
) -> None:
    withheld_then_kept(night, at)


def test_the_same_on_postgresql(
    tmp_path: Path, postgresql: PostgreSQL, prefect: None, at: At, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COUNTERSIGN_DATABASE_URL", postgresql.fresh_database())
    demo = copy_of_demo(tmp_path / "demo")
    supply_the_rate(demo)
    at(on(11, 21))
    nightly(demo.root)
    withheld_then_kept(demo, at)
    demo.store.engine.dispose()


def test_one_that_was_paid_and_is_withdrawn_then_is_reversed(night: Demo, prefect: None, at: At) -> None:
    case = case_of(night, FIRST)
    at(on(11, 23))
    monthly(night.root, "2026-10")
    before = {p: p.read_bytes() for p in (night.workspace.outbox / "hr").rglob("2026-10/*")}
    assert package(night, "2026-10") == {"lines": 7, "withheld": 0, "rechecked": 7}
    revoke(night, FIRST)
    at(on(12, 2))
    monthly(night.root, "2026-11")
    assert decide(night, "--withdraw").exit_code == 0
    nightly(night.root)
    at(on(1, 3, 2027))
    monthly(night.root, "2026-12")
    adjusted = [r for r in rows(night, "2026-12", "adjustments.csv") if r["case"] == f"C-{case}"]
    assert [r["transaction"] for r in adjusted] == ["REVERSAL"]  # of the pay, which was withheld, HR never hears
    assert adjusted[0]["reason"] == (
        "The issuer has withdrawn this micro-credential (its reason: Another's work.). Taken back by Pat for the affiliate on December 2, 2026."
    )
    (hours_back,) = rows(night, "2026-12", "pd_hours.csv")
    assert (hours_back["transaction"], hours_back["changes_month"], hours_back["hours"]) == (
        "REVERSAL",
        "2026-10",
        "-6.5",
    )
    assert {p: p.read_bytes() for p in before} == before
    assert list(differences(night.store, night.workspace)) == []
    nightly(night.root)
    before_night = everything(night)
    nightly(night.root)
    assert everything(night) == before_night


def test_the_next_nights_digest_tells_staff_what_the_closing_put_into_their_queue(
    night: Demo, prefect: None, at: At
) -> None:
    revoke(night, FIRST)
    at(on(11, 23))
    monthly(night.root, "2026-10")
    at(on(11, 24))
    nightly(night.root)
    with night.store.reading() as session:
        query = select(Message).where(Message.kind == "digest").order_by(col(Message.id).desc())
        digest = session.exec(query).first()
    assert digest is not None
    assert digest.written_at == on(11, 24)
    assert "Another's work." in " ".join(digest.text.split())
    assert "1 new in the review queue" in " ".join(digest.text.split())
    before = everything(night)
    nightly(night.root)
    assert everything(night) == before


def test_while_a_site_is_away_what_needs_it_waits_and_the_next_run_pays(night: Demo, prefect: None, at: At) -> None:
    site = night.workspace.root / "sample" / "web" / "badges.nea.example"
    site.rename(site.with_name("away"))
    at(on(11, 23))
    monthly(night.root, "2026-10")
    found = package(night, "2026-10")
    assert found["lines"] > 0  # those whose issuer gave no way to withdraw them need no site
    assert found["lines"] + found["withheld"] == 7
    assert {i.owner for i in items(night)} == {"nobody"}
    at(on(11, 24))
    nightly(night.root)  # still away: the digest tells that they wait, once
    before = everything(night)
    nightly(night.root)
    assert everything(night) == before
    site.with_name("away").rename(site)
    at(on(11, 25))
    nightly(night.root)
    assert items(night) == []
    at(on(12, 2))
    monthly(night.root, "2026-11")
    late = [r for r in rows(night, "2026-11", "pd_hours.csv") if r["transaction"] == "RETRO"]
    assert len(late) == found["withheld"]
    assert {r["attention"] for r in late} == {"Belongs to October 2026, from whose package it was withheld."}


def test_an_award_that_takes_the_place_of_a_withdrawn_one_is_named_and_exactly_one_counts(
    night: Demo, prefect: None, at: At
) -> None:
    again = Award(111, PRIYA.addr_spec, TITLE, "2026-09-12T15:00:00Z")
    send(night, "40-awarded-again.eml", again, PRIYA, hours(TITLE, 9, "2", "2.5", "2", first=14), minutes=150)
    nightly(night.root)
    first, second = case_of(night, FIRST), case_of(night, 111)
    revoke(night, FIRST)
    at(on(11, 23))
    monthly(night.root, "2026-10")
    (item,) = items(night)
    assert f"C-{second} of the same title, issued on September 12, 2026, is probably its correction" in item.sentence
    shown = run(night, "review", "show", str(item.id)).stdout
    assert "--keep" in shown
    assert "--withdraw" in shown
    assert "--dismiss" not in shown
    delivered = {r["case"] for r in rows(night, "2026-10", "pd_hours.csv")}
    assert delivered.isdisjoint({f"C-{first}", f"C-{second}"})
    assert decide(night, "--withdraw").exit_code == 0
    nightly(night.root)
    at(on(12, 2))
    monthly(night.root, "2026-11")
    both = [r for r in rows(night, "2026-11", "pd_hours.csv") if r["case"] in (f"C-{first}", f"C-{second}")]
    counts = {case: sum(float(r["hours"]) for r in both if r["case"] == case) for case in {r["case"] for r in both}}
    assert counts == {f"C-{second}": 6.5}
    paid = [r for r in rows(night, "2026-11", "compensation.csv") if r["name"] == "Priya Raman"]
    assert sum(float(r["amount"]) for r in paid) == 5 * 250  # the sixth takes the place, the correction is banked


def test_a_key_reported_stolen_meanwhile_withholds_what_it_signed(night: Demo, prefect: None, at: At) -> None:
    path = night.workspace.issuers_file
    stolen = path.read_text(encoding="utf-8").replace(
        'id = "https://badges.nea.example/key.json"\n',
        'id = "https://badges.nea.example/key.json"\ncompromised = 2026-08-15\n',
    )
    path.write_text(stolen, encoding="utf-8")
    monthly(night.root, "2026-10")  # on the same day as the night that proved them: another registry, another look
    found = package(night, "2026-10")
    assert found["withheld"] > 1
    assert found["lines"] + found["withheld"] == 7
    assert {i.code for i in items(night)} == {"revoked_later", "unclear"}
    unclear = next(i for i in items(night) if i.code == "unclear")
    assert "was counted, and is in doubt now. It is signed with a key" in unclear.sentence
    assert "HR" not in unclear.next_step.partition("Until then")[0]
    shown = run(night, "review", "show", str(unclear.id)).stdout
    assert "at every run" not in shown
    assert "looks again at the first run after" in shown
    assert all("stolen" in i.sentence for i in items(night))


class KilledError(BaseException):
    """As when the machine goes off: nothing catches it on the way."""


@pytest.mark.parametrize(
    "stage", ["countersign.reporting.close_month", "countersign.verification.keeping.rechecking._write"]
)
def test_a_month_killed_halfway_is_closed_once_by_the_next_run(
    stage: str, night: Demo, prefect: None, at: At, monkeypatch: pytest.MonkeyPatch
) -> None:
    def kill(*_: object, **__: object) -> None:
        raise KilledError(stage)

    revoke(night, FIRST)
    at(on(11, 23))
    with monkeypatch.context() as patch:
        patch.setattr(stage, kill)
        with pytest.raises(BaseException, match=stage):
            monthly(night.root, "2026-10")
    assert not (night.workspace.outbox / "hr").exists()
    monthly(night.root, "2026-10")
    assert package(night, "2026-10") == {"lines": 6, "withheld": 1, "rechecked": 7}
    assert len(items(night)) == 1
    before = everything(night)
    at(on(11, 26))
    monthly(night.root, "2026-10")
    assert everything(night) == before


def test_the_command_says_what_was_looked_up_and_what_is_withheld(night: Demo, at: At) -> None:
    preview = " ".join(run(night, "monthly", "2026-10", "--dry-run").stdout.split())
    assert "Nothing was looked up again" in preview
    revoke(night, FIRST)
    at(on(11, 23))
    ended = run(night, "monthly", "2026-10")
    assert ended.exit_code == 1
    said = " ".join(ended.stdout.split())
    assert "7 micro-credentials were examined again" in said
    assert "withheld: 1 line, withdrawn by the issuer (countersign review)" in said
    (item,) = items(night)
    assert f"New in the review queue: {item.id} ({item.subject.replace('case:', 'C-')}) (countersign review)" in said
    (found,) = [p for p in json.loads(run(night, "monthly", "2026-10", "--json").stdout) if p["district"] == CUSD]
    assert (sum(found["rechecked"].values()), sum(found["withheld"].values()), found["already_closed"]) == (7, 1, True)


def test_a_month_is_not_closed_without_the_registry(night: Demo, at: At) -> None:
    night.workspace.issuers_file.unlink()
    at(on(11, 23))
    ended = run(night, "monthly", "2026-10")
    assert ended.exit_code == 2
    assert "nothing can be trusted" in ended.stderr
    assert not (night.workspace.outbox / "hr").exists()


def test_a_withdrawn_credential_loses_its_certificate_when_a_person_says_so(night: Demo, prefect: None, at: At) -> None:
    """Sent again after the issuer withdrew it: the same doubt, and the same two answers."""
    revoke(night, 1)
    send(night, "41-again.eml", Award(1, str(MAYA.addr_spec), TITLE, "2026-09-14T16:00:00Z"), MAYA)
    nightly(night.root)
    case = case_of(night, 1)
    with night.store.reading() as session:
        certificate = session.exec(select(Certificate).where(Certificate.case_id == case)).one()
    (item,) = items(night)
    assert f"certificate {certificate.number} is withdrawn" in item.next_step
    step = item.next_step.replace(certificate.number, "")  # its letters are drawn, and HR may be among them
    assert "HR" not in step  # hours for a license concern no district
    shown = " ".join(run(night, "review", "show", str(item.id)).stdout.split())
    assert "educator Maya Fontaine (member VT-1001)" in shown
    assert "granted by Vermont-NEA, 15-hour 15 hours certificate" in shown  # the clause goes on in the line below
    assert f"certificate {certificate.number} valid" in shown
    assert shown.endswith(f"countersign explain C-{case}")
    told = " ".join(run(night, "explain", f"C-{case}").stdout.split())
    assert f"IN DOUBT C-{case}" in told
    assert "packages" not in told
    for words, sentence in (
        (("--dismiss",), "it is either kept or withdrawn"),
        (("--educator", "VT-1001"), "it is either kept or withdrawn"),
        (("--keep", "--withdraw"), "--keep and --withdraw are given, and only one of them may be."),
        (("--dismiss", "--keep", "--withdraw"), "--dismiss, --keep and --withdraw are given"),
        ((), "Say what is decided"),
    ):
        refused = run(night, "review", "resolve", str(item.id), *words, "--by", "Pat", "--reason", "x")
        assert refused.exit_code == 2
        assert sentence in refused.stderr
    ended = run(night, "review", "resolve", str(item.id), "--keep", "--by", "nightly", "--reason", "x")
    assert (ended.exit_code, "is the name of a run" in ended.stderr) == (2, True)
    assert decide(night, "--withdraw", "Another's work.").exit_code == 0
    nightly(night.root)
    with night.store.reading() as session:
        assert session.get_one(Certificate, certificate.id).state == "withdrawn"
        mail = session.exec(select(Message).where(Message.kind == "results").order_by(col(Message.id).desc())).first()
    assert mail is not None
    text = " ".join(mail.text.split())
    assert "Taken back: we do not count it any more." in text
    assert "This changes what we wrote on" in text
    assert "we take back 15 hours." in text
    assert f"Certificate {certificate.number} is withdrawn and no longer valid" in text
    assert "Pat: Withdrawn: Another's work." in run(night, "explain", f"C-{case}").stdout


def test_one_withdrawn_in_the_hour_after_it_came_is_not_paid(night: Demo, prefect: None) -> None:
    revoke(night, FIRST)
    monthly(night.root, "2026-10")  # in the same minutes as the night that proved it
    assert package(night, "2026-10") == {"lines": 6, "withheld": 1, "rechecked": 7}


def test_what_the_closing_tells_of_an_outage_is_true_of_each_one(night: Demo, prefect: None, at: At) -> None:
    site = night.workspace.root / "sample" / "web" / "badges.nea.example"
    site.rename(site.with_name("away"))
    at(on(11, 23))
    ended = run(night, "monthly", "2026-10")
    said = "7 micro-credentials were examined again: 2 have nothing to look up; 5 could not be looked up."
    assert said in " ".join(ended.stdout.split())
    manifest = json.loads((night.workspace.outbox / "hr" / "cusd-200" / "2026-10" / "manifest.json").read_bytes())
    assert manifest["totals"]["rechecked"] == {"nothing_to_look_up": 2, "not_looked_up": 5}
    waiting = [r for r in rows(night, "2026-10", "held.csv") if "could not be looked up" in r["reason"]]
    assert {r["look_again_on"] for r in waiting} == {"at every run"}
    assert "withheld" in {r["outcome"] for r in waiting}


def test_a_credit_request_of_what_is_withdrawn_is_called_back(night: Demo, prefect: None, at: At) -> None:
    case = case_of(night, 27)
    with night.store.reading() as session:
        request = session.exec(select(CreditRequest).where(CreditRequest.case_id == case)).one()
    revoke(night, 27)
    at(on(11, 23))
    monthly(night.root, "2026-10")
    assert f"credit request {request.number} is withdrawn" in items(night)[0].next_step
    assert decide(night, "--withdraw").exit_code == 0
    nightly(night.root)
    with night.store.reading() as session:
        gone = session.get_one(CreditRequest, request.id)
        mail = session.exec(select(Message).where(Message.kind == "results").order_by(col(Message.id).desc())).first()
    assert (gone.state, (night.workspace.root / request.path).exists()) == ("withdrawn", False)
    assert (night.workspace.root / gone.path).parent.name == "withdrawn"
    assert mail is not None
    text = " ".join(mail.text.split())
    assert "$200.00 had not been reported to Lakeview SD (fictional) yet, so that will not be counted or paid" in text
    assert "the request for 1 college credit is withdrawn (a request is not the credit: " in text
    assert "we take back" not in text
    assert f"Credit request {request.number} is withdrawn and no longer valid; please do not hand it in." in text
    assert list(differences(night.store, night.workspace)) == []
    before = everything(night)
    nightly(night.root)
    assert everything(night) == before


def test_a_certificate_alone_is_looked_up_again_with_the_month_in_which_its_hours_were_granted(
    night: Demo, prefect: None, at: At
) -> None:
    with night.store.reading() as session:
        granted = session.exec(select(Certificate).where(Certificate.case_id == case_of(night, 1))).one().issued_on
    revoke(night, 1)
    at(datetime(granted.year + 1, 1, 2, 12, tzinfo=UTC))
    monthly(night.root, f"{granted:%Y-%m}")
    assert [i.subject for i in items(night)] == [f"case:{case_of(night, 1)}"]


def test_a_house_without_a_district_looks_again_at_what_it_granted_once(demo: Demo, prefect: None, at: At) -> None:
    """No package is ever closed there, and still the schedule's run finds what was withdrawn."""
    for file in demo.workspace.agreements.glob("*.toml"):
        if not file.name.startswith("vt-"):
            file.unlink()
    for file in demo.workspace.inbox.iterdir():
        file.unlink()
    send(demo, "1.eml", Award(1, str(MAYA.addr_spec), TITLE, "2026-09-14T16:00:00Z"), MAYA)
    nightly(demo.root)
    with demo.store.reading() as session:
        assert session.exec(select(Certificate.state)).all() == ["valid"]
    revoke(demo, 1)
    at(on(1, 2, 2027))
    monthly(demo.root)
    assert [i.subject for i in items(demo)] == [f"case:{case_of(demo, 1)}"]
    before = everything(demo)
    at(on(2, 2, 2027))
    monthly(demo.root, "2026-11")
    assert everything(demo) == before


def test_what_is_no_doubt_is_neither_kept_nor_withdrawn(night: Demo) -> None:
    with night.store.reading() as session:
        number = session.exec(select(ReviewItem.id).where(ReviewItem.code == "unknown_person")).one()
    ended = run(night, "review", "resolve", str(number), "--keep", "--by", "Pat", "--reason", "x")
    assert ended.exit_code == 2
    assert "there is nothing to keep or to withdraw" in ended.stderr
