"""The transcript as paper: what recognition says of one educator, with the papers that were issued for it, as one PDF.

The same transcript, papers and templates give the same bytes: its only day is the one it is made for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from countersign.issuance.credit_life import standing_by, taken_back
from countersign.issuance.credit_steps import SAID
from countersign.render import day, figure, fill, money, render_pdf
from countersign.settings import Affiliate
from models.agreement import is_money
from models.tables import Certificate, CreditEvent, CreditRequest
from models.text import plain
from models.transcript import Earned, Given, Sum, Transcript, Waiting
from models.words import CreditState, Currency, PaperState

TEMPLATE = "transcript/transcript.html"
HEADINGS: Mapping[Currency, str] = {
    Currency.affiliate_recognition: "Recognition by the association",
    Currency.district_pd: "District professional development",
    Currency.state_cpd: "Professional development for the license",
    Currency.graduate_credit: "Requests for college credit",
    Currency.pay: "Pay",
    Currency.advisory_role: "Advisory role",
    Currency.in_lieu_of_pd: "In place of other professional development",
    Currency.other: "Other recognition",
}
"""What is given, as the headings say it."""


@dataclass(frozen=True, slots=True)
class Paper:
    """A certificate or request by its number, and how it stood at the end of the day ("valid", "revoked", "transcript issued")."""

    number: str
    standing: str


Papers = Mapping[tuple[int, str, str], Paper]
"""By case, agreement and currency."""


def papers_of(session: Session, educator_id: int, as_of: date, time_zone: str) -> Papers:
    """The newest certificate of each award and the newest credit request of each case and agreement that were issued up to the end of
    `as_of` in `time_zone`, as they stood then. Reads only."""
    ends = datetime.combine(as_of + timedelta(days=1), time.min, tzinfo=ZoneInfo(time_zone))
    found: dict[tuple[int, str, str], Paper] = {}
    certificates = select(Certificate).where(col(Certificate.educator_id) == educator_id, col(Certificate.sha256) != "")
    for row in session.exec(certificates.order_by(col(Certificate.id))):
        agreement, currency = row.award.split("/")[1:3]
        if row.issued_on <= as_of:
            later = row.ended_at is not None and row.ended_at >= ends
            found[row.case_id, agreement, currency] = Paper(row.number, PaperState.valid.value if later else row.state)
    requests = select(CreditRequest).where(
        col(CreditRequest.educator_id) == educator_id,
        col(CreditRequest.sha256) != "",
        col(CreditRequest.requested_on) <= as_of,
    )
    rows = session.exec(requests.order_by(col(CreditRequest.id))).all()
    events = select(CreditEvent).where(
        col(CreditEvent.request_id).in_([row.id for row in rows]), col(CreditEvent.recorded_at) < ends
    )
    steps: dict[int, list[CreditEvent]] = {}
    for event in session.exec(events.order_by(col(CreditEvent.id))):
        steps.setdefault(event.request_id, []).append(event)
    for row in rows:
        own = steps.get(row.id, [])
        standing = standing_by(row, own, taken_back(session, own, before=ends).keys())
        key = (row.case_id, row.agreement, Currency.graduate_credit.value)
        found[key] = Paper(row.number, SAID[CreditState(standing.state)])
    return found


def draw_transcript(transcript: Transcript, papers: Papers, affiliate: Affiliate, folders: Sequence[Path]) -> bytes:
    """The transcript as a PDF of as many letter pages as it takes. Raises UsageError or FileProblem (template, fonts), GlyphsMissing,
    and ValueError for an empty transcript: there is nothing to print."""
    if transcript.empty:
        raise ValueError("an empty transcript is not printed")
    name = plain(transcript.name, 200)
    title = f"Transcript of recognized micro-credentials: {name}, {day(transcript.as_of)}"
    values: dict[str, Any] = {
        "title": title,
        "name": name,
        "member_number": plain(transcript.member_number, 60),
        "as_of": transcript.as_of,
        "count": transcript.micro_credentials,
        "sections": _sections(transcript.granted, papers),
        "banked": [_row(one, None) for one in transcript.banked],
        "waiting": [_waits(one) for one in transcript.waiting],
        "sums": [_sum(one) for one in transcript.sums],
        "goals": [plain(sentence, 600) for sentence in transcript.goals],
        "refused": transcript.refused,
        "affiliate": affiliate,
        "colors": affiliate.colors,
        "credit": any(one.currency is Currency.graduate_credit for one in transcript.granted),
    }
    return render_pdf(fill(folders, TEMPLATE, values), folders, title=title, created=transcript.as_of)


def amount(quantity: Decimal, unit: str) -> str:
    """ "15 hours", "1 credit", "3 percent", "$200.00"."""
    if is_money(unit):
        return money(quantity, unit)
    return f"{figure(quantity)} {unit}{'' if quantity == 1 or unit == 'percent' else 's'}"


def _sections(granted: Sequence[Given], papers: Papers) -> list[dict[str, Any]]:
    """What is granted, a section for each recognizer and currency."""
    made: list[dict[str, Any]] = []
    for (recognizer, currency), same in groupby(granted, key=lambda one: (one.recognizer, one.currency)):
        rows = [_row(one, papers.get((one.earned.case_id, one.agreement, one.currency.value))) for one in same]
        made.append(
            {
                "heading": HEADINGS[currency],
                "recognizer": plain(recognizer, 200),
                "rows": rows,
                "papers": any(row["paper"] for row in rows),
            }
        )
    return made


def _row(one: Given, paper: Paper | None) -> dict[str, Any]:
    return {
        **_earned(one.earned),
        "recognizer": plain(one.recognizer, 200),
        "heading": HEADINGS[one.currency],
        "amount": amount(one.quantity, one.unit) if one.quantity else "",
        "clause": plain(one.clause, 200),
        "period": plain(one.period, 60),
        "released_on": one.released_on,
        "note": plain(one.note, 300),
        "paper": paper,
    }


def _earned(one: Earned) -> dict[str, Any]:
    return {
        "title": plain(one.title, 300) or "Title not known",
        "issuer": plain(one.issuer, 200),
        "earned_on": one.earned_on,
        "submitted_on": one.submitted_on,
    }


def _waits(one: Waiting) -> dict[str, Any]:
    return {
        **_earned(one.earned),
        "who": ", ".join(plain(part, 200) for part in (one.recognizer, one.clause) if part),
        "why": plain(one.why, 300),
    }


def _sum(one: Sum) -> dict[str, Any]:
    return {
        "recognizer": plain(one.recognizer, 200),
        "heading": f"{HEADINGS[one.currency]}{', banked' if one.banked else ''}",
        "period": plain(one.period, 60) or "no period",
        "amount": amount(one.amount, one.unit),
        "so_far": amount(one.so_far, one.unit),
    }
