"""The transcript: what the ledger says, as it stood on a day, on as many pages as it takes, and the same bytes every time."""

import io
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pikepdf
import pypdf
import pytest
from sqlmodel import select

from countersign.errors import CountersignError, UsageError
from countersign.issuance import draw_transcript
from countersign.issuance.transcript import Paper
from countersign.recognition.statement import statements
from countersign.settings import Workspace
from countersign.store import Store
from countersign.transcripts import transcriber
from models.tables import Posting
from models.transcript import Earned, Given, Sum, Transcript, Waiting
from models.words import Currency
from tests.delivery.village import RULES, village


def given(number: int, title: str = "Formative Assessment", **more: Any) -> Given:
    values: dict[str, Any] = {
        "earned": Earned(number, title, "Demo NEA", date(2026, 9, 1), date(2026, 10, 1)),
        "recognizer": "Vermont-NEA",
        "agreement": "vt",
        "currency": Currency.state_cpd,
        "clause": "15-hour certificate",
        "quantity": Decimal(15),
        "unit": "hour",
        "period": "2026-27",
    }
    return Given(**(values | more))


def transcript(*granted: Given, name: str = "Maya Fontaine", **more: Any) -> Transcript:
    return Transcript(1, name, "VT-1001", date(2026, 11, 22), granted, **more)


def drawn(one: Transcript, workspace: Workspace, papers: dict[tuple[int, str, str], Paper] | None = None) -> list[str]:
    """The text of each page."""
    content = draw_transcript(one, papers or {}, workspace.settings.affiliate, workspace.template_folders)
    return [" ".join(page.extract_text().split()) for page in pypdf.PdfReader(io.BytesIO(content)).pages]


def test_it_says_what_is_given_banked_and_waiting_with_papers_totals_and_progress(workspace: Workspace) -> None:
    one = given(1)
    banked = given(
        2, "Peer Feedback", currency=Currency.pay, unit="USD", quantity=Decimal(200), released_on=date(2027, 7, 1)
    )
    made = transcript(
        one,
        banked=(banked,),
        waiting=(Waiting(one.earned, "CUSD 200", "Compensation", "The agreement states no figure."),),
        sums=(Sum("Vermont-NEA", Currency.state_cpd, False, "2026-27", Decimal(15), Decimal("37.5"), "hour"),),
        goals=("15 hours are left.",),
        refused=1,
    )
    text = " ".join(drawn(made, workspace, {(1, "vt", "state_cpd"): Paper("VT-2026-Z8MNC-4KJVX-0", "valid")}))
    for said in (
        "Member VT-1001 · as of November 22, 2026",
        "Formative Assessment Demo NEA September 1, 2026 October 1, 2026 15 hours 15-hour certificate 2026-27",
        "VT-2026-Z8MNC-4KJVX-0 valid",
        "37.5 hours",
        "$200.00",
        "Leaves the bank on July 1, 2027",
        "CUSD 200, Compensation The agreement states no figure.",
        "15 hours are left.",
        "It is not a college transcript: only a college issues that",
        "1 further micro-credential was proven and counts under none",
    ):
        assert said in text


def test_many_run_over_pages_that_each_name_whose_they_are_and_repeat_the_head_of_the_table(
    workspace: Workspace,
) -> None:
    pages = drawn(transcript(*(given(n, f"Formative Assessment {n}") for n in range(60))), workspace)
    assert len(pages) > 2
    for number, text in enumerate(pages, 1):
        assert f"Page {number} of {len(pages)}" in text
        assert text.count("Maya Fontaine") == 1
    assert all("Micro-credential, issuer" in text for text in pages[:-1])
    assert all(f"Formative Assessment {n} " in " ".join(pages) for n in range(60))


def test_it_is_tagged_archival_and_the_same_every_time(workspace: Workspace) -> None:
    made = transcript(given(1), name="נועה בן־דוד")
    affiliate, folders = workspace.settings.affiliate, workspace.template_folders
    content = draw_transcript(made, {}, affiliate, folders)
    assert content == draw_transcript(made, {}, affiliate, folders)
    with pikepdf.open(io.BytesIO(content)) as pdf:
        assert pdf.Root.MarkInfo.Marked
        assert str(pdf.Root.Lang) == "en-US"
        meta = pdf.open_metadata()
        assert (meta["pdfaid:part"], meta["pdfaid:conformance"], meta["pdfuaid:part"]) == ("3", "A", "1")


def test_markup_and_endless_words_are_printed_as_they_are(workspace: Workspace) -> None:
    text = " ".join(drawn(transcript(given(1, "<img src=file:///x>\u202e & <b>x</b>"), given(2, "W" * 290)), workspace))
    assert "<img src=file:///x> & <b>x</b>" in text
    assert "\u202e" not in text


def test_nothing_is_no_paper(workspace: Workspace) -> None:
    with pytest.raises(ValueError, match="an empty transcript is not printed"):
        draw_transcript(transcript(), {}, workspace.settings.affiliate, workspace.template_folders)


def test_it_agrees_with_the_ledger_and_shows_a_day_as_it_stood(
    any_store: Store, workspace: Workspace, now: datetime
) -> None:
    here = village(any_store)
    maya, other = here.educator(), here.educator("owen@cusd.example", name="Owen Castellanos")
    first = here.decide(here.case(maya), period="2026-27")
    with any_store.transaction() as session:
        session.add(_line(first, 1, maya, "15", now))
    certificate = here.certificate(first)
    held = here.case(maya, "Peer Feedback")
    here.decide(
        held, "held", "il-demo", "pay", "0", "micro-credential", "With C-1 the rate is missing for the educator."
    )
    here.decide(here.case(other, "Secret"), "held", sentence="Another's.")
    made, content = transcriber(any_store, workspace, RULES, now)(maya)
    with any_store.reading() as session:
        (statement,) = statements(session.exec(select(Posting)).all())
    assert [(s.amount, s.so_far) for s in made.sums] == [(statement.moved, statement.closing)]
    assert [one.earned.title for one in made.granted] == ["Formative Assessment"]
    assert made.waiting[0].why == "With “Formative Assessment” the rate is missing for the educator."
    text = " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages)
    assert "Secret" not in text
    assert "valid" in text

    here.end(certificate, "revoked")
    after, _ = transcriber(any_store, workspace, RULES, now + timedelta(days=1), date(2026, 10, 1))(maya)
    assert after.empty
    yesterday = transcriber(any_store, workspace, RULES, now + timedelta(days=5), date(2026, 10, 2))(maya)
    assert "revoked" in " ".join(p.extract_text() for p in pypdf.PdfReader(io.BytesIO(yesterday[1])).pages)
    with pytest.raises(UsageError, match="2026-10-03 has not come yet"):
        transcriber(any_store, workspace, RULES, now, date(2026, 10, 3))


def test_a_ledger_that_does_not_balance_makes_no_transcript(store: Store, workspace: Workspace, now: datetime) -> None:
    here = village(store)
    maya = here.educator()
    here.decide(here.case(maya))
    with pytest.raises(CountersignError, match="The ledger of member M1 does not balance"):
        transcriber(store, workspace, RULES, now)(maya)


def _line(decision: int, case: int, educator: int, quantity: str, now: datetime) -> Posting:
    return Posting(
        decision_id=decision,
        case_id=case,
        educator_id=educator,
        recognizer="Vermont-NEA",
        agreement="vt-demo",
        currency="state_cpd",
        kind="grant",
        quantity=Decimal(quantity),
        unit="hour",
        period="2026-27",
        posted_at=now,
    )
