"""The registration form on which a district's professional development funds pay: for college credit, as the second page of the
request, and for feedback before submission, as a page of its own. Pure: facts in, the whole of what is printed out [VT-4].
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from countersign.errors import CountersignError
from countersign.issuance.planning import TITLE_LIMIT, NotPrintable, Uncovered, whole
from countersign.render import GlyphsMissing, day, money
from countersign.settings import Settings
from models.agreement import Agreement, FeeTerms
from models.tables import Educator
from models.text import NAME_LIMIT, plain
from models.words import PaperCode


@dataclass(frozen=True, slots=True)
class Workplace:
    """Where an educator works on the day of the form: the district, the location and the position, as the roster has them."""

    district: str
    location: str
    position: str


def credit_registration(
    workplaces: Sequence[Workplace], agreement: Agreement, fee: Mapping[str, str], *, to: str
) -> dict[str, Any]:
    """The part of a credit request's `printed` from which its second page is drawn; `to` is whom the fee is paid to."""
    funds = agreement.district_funds
    return {
        "workplaces": _printed(workplaces),
        "amount": fee["amount"],
        "source": fee["source"],
        "payable_to": to,
        "funds_source": plain(funds.source) if funds else "",
    }


def feedback_registration(
    agreement: Agreement,
    settings: Settings,
    educator: Educator,
    workplaces: Sequence[Workplace],
    *,
    title: str,
    contact: str,
    uncovered: Uncovered,
    on: date,
) -> dict[str, Any]:
    """Everything on the form for feedback before submission, as plain JSON.

    Raises NotPrintable when not exactly one fee for feedback is in force on the day, CountersignError when the agreement speaks of
    none, and GlyphsMissing.
    """
    funds = agreement.district_funds
    if funds is None or not funds.feedback:
        raise CountersignError(
            f"The agreement {agreement.id} says nothing of feedback that a district's funds may pay.",
            "If they may, add [district_funds] with source and feedback to it.",
        )
    fee = the_fee(funds.feedback_on(on), on, agreement.id)
    affiliate = settings.affiliate
    if not plain(title):
        raise CountersignError("The title of the micro-credential has no printable character.", "Give it with --title.")
    printed: dict[str, Any] = {
        "template": "credit/feedback.html",
        "on": on.isoformat(),
        "name": whole(educator.name, NAME_LIMIT, "name of the educator"),
        "contact": plain(contact),
        "title": whole(title, TITLE_LIMIT, "title of the micro-credential"),
        "agreement": agreement.id,
        "agreement_title": plain(agreement.title),
        "registration": {
            "workplaces": _printed(workplaces),
            **fee,
            "payable_to": "",
            "funds_source": plain(funds.source),
        },
        "affiliate": {
            "name": affiliate.name,
            "address": list(affiliate.address),
            "email": affiliate.email,
            "phone": affiliate.phone,
        },
    }
    missing = uncovered(f"{printed['name']}{printed['title']}")
    if missing:
        raise GlyphsMissing(missing)
    return printed


def the_fee(able: Sequence[FeeTerms], on: date, agreement: str) -> dict[str, str]:
    """The one fee for feedback in force, as it is printed. Raises NotPrintable: no fee is ever guessed."""
    if len(able) == 1:
        return {"amount": money(able[0].amount, able[0].unit), "source": plain(able[0].source)}
    rows = "; ".join(f"{money(f.amount, f.unit)} ({f.source})" for f in able)
    what = (
        f"{len(able)} fees for feedback are in force on {day(on)}: {rows}."
        if able
        else (f"No fee for feedback is in force on {day(on)}.")
    )
    raise NotPrintable(
        PaperCode.fee_uncertain,
        f"The registration form cannot be printed: {what}",
        f"Find out the present fee, then set from and until of [[district_funds.feedback]] in the agreement {agreement}.",
    )


def _printed(workplaces: Sequence[Workplace]) -> list[dict[str, str]]:
    return [
        {"district": plain(w.district, 160), "location": plain(w.location, 160), "position": plain(w.position, 160)}
        for w in workplaces
    ]
