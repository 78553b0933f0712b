"""What will stand on a paper, fixed before it is drawn: facts in, the whole of `printed` out. Pure: `now` is given."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from countersign.errors import CountersignError
from countersign.issuance.pictures import Pictures
from countersign.issuance.stating import Disagreement, stack_of, standards_line, stated
from countersign.issuance.wording import in_words, statement, units
from countersign.render import GlyphsMissing, day, figure, money
from countersign.settings import Settings, Signatory
from models.agreement import Agreement, CertificateTerms, CreditTerms, Grant
from models.tables import Case, DecisionRecord, Educator
from models.text import NAME_LIMIT, plain
from models.words import PaperCode

MANNER = "Online, job-embedded, assessed by rubric"
TITLE_LIMIT = 500
"""Characters for which the smallest sizes were made. A longer title is held for a person: it is never cut."""
STATEMENT_LIMIT = 420
ASSERTION_LIMIT = 300
TEMPLATE = re.compile(r"[a-z0-9][a-z0-9-]*\Z")

Uncovered = Callable[[str], str]
"""Returns the characters of a text that no font has."""


class NotPrintable(CountersignError):
    """This paper cannot be made of these facts. `code` is the review item's."""

    def __init__(self, code: PaperCode, what: str, remedy: str) -> None:
        super().__init__(what, remedy)
        self.code = code


@dataclass(frozen=True, slots=True)
class Award:
    """A live granted decision with what it speaks of."""

    decision: DecisionRecord
    case: Case
    educator: Educator
    agreement: Agreement
    grant: Grant

    @property
    def key(self) -> str:
        """`Certificate.award`: what there can be only one valid certificate for."""
        return f"case:{self.decision.case_id}/{self.decision.agreement}/{self.decision.currency}"

    @property
    def prefix(self) -> str:
        """The state or the recognizer whose rules apply, for the paper's number: "VT"."""
        state = self.agreement.applies_to.licence_state or self.agreement.id.partition("-")[0]
        word = re.sub(r"[^A-Z0-9]", "", state.upper())[:4] or "X"
        return f"X{word}"[:4] if word.startswith("CR") else word  # CR is what requests for credit begin with

    def day_of(self, moment: datetime) -> date:
        """The day of a moment where the recognizer is."""
        return moment.astimezone(ZoneInfo(self.agreement.time_zone)).date()

    @property
    def submitted_on(self) -> date:
        """The day that recognition tested as that of the submission. What a bank gives out again counts from the first day
        of its year, and the decision says so; of anything else it is the day of arrival where the recognizer is."""
        cap, counts_from = self.grant.cap, self.decision.effective_on
        if cap is not None and cap.overflow == "bank" and counts_from is not None:
            return counts_from
        return self.day_of(self.case.received_at)


def plan_certificate(
    award: Award,
    settings: Settings,
    signatory: Signatory,
    *,
    number: str,
    replaces: str,
    pictures: Pictures,
    uncovered: Uncovered,
    now: datetime,
) -> dict[str, Any]:
    """Everything on the certificate, as plain JSON. Raises NotPrintable or GlyphsMissing."""
    terms = award.grant.certificate
    if terms is None:
        raise NotPrintable(PaperCode.certificate_stopped, f"Clause {award.grant.clause!r} gives no certificate.", "")
    common = _common(award, uncovered)
    also = _also(award, terms)
    if not TEMPLATE.match(terms.template):
        raise NotPrintable(
            PaperCode.certificate_stopped,
            f"{terms.template!r} is not the name of a certificate's template.",
            f'Write one such as template = "vermont" in the agreement {award.agreement.id}.',
        )
    affiliate = settings.affiliate
    place = affiliate.check_url.partition("://")[2]
    printed = common | {
        "template": f"certificate/{terms.template}.html",
        "number": number,
        "check_url": affiliate.check_url + number,
        "check_place": place,
        "issued_on": award.day_of(now).isoformat(),
        "stack": stack_of(award.agreement, award.case.title),
        "standards": standards_line(award.case.standards),
        "also": also,
        "manner": MANNER,
        "determined": plain(terms.determined).rstrip("."),
        "purpose": plain(terms.purpose).rstrip("."),
        "next_step": plain(terms.next_step),
        "second_page": terms.second_page,
        "affiliate": {"name": plain(affiliate.name)},
        "logo": dict(pictures.logo),
        "colors": affiliate.colors.model_dump(),
        "provider": {
            "name": plain(terms.provider or affiliate.name),
            "address": [plain(line) for line in affiliate.address],
            "number": plain(terms.provider_number or ""),
            "approval": plain(terms.approval or ""),
        },
        "signatory": {"name": plain(signatory.name), "title": plain(signatory.title), **pictures.signature},
        "replaces": replaces,
    }
    missing = uncovered("".join(_texts(printed)))
    if missing:
        raise GlyphsMissing(missing)
    return printed


def _also(award: Award, terms: CertificateTerms) -> list[dict[str, str]]:
    """What the hours, CEUs or PDPs are besides. Raises NotPrintable."""
    try:
        return stated(award.decision.quantity, award.decision.unit, terms)[1:]
    except Disagreement as problem:
        raise NotPrintable(
            PaperCode.certificate_stopped,
            f"The clause {award.grant.clause!r} {problem}",
            f"Correct the value, the unit, or ceu and hours_each of the certificate in the agreement {award.agreement.id}.",
        ) from problem
    except ValueError as problem:
        raise NotPrintable(
            PaperCode.paper_incomplete,
            f"What follows from {award.decision.quantity} {award.decision.unit} is not a quantity a paper can state: {problem}.",
            f"Correct hours_each of clause {award.grant.clause!r} in the agreement {award.agreement.id}.",
        ) from problem


def _texts(value: Any) -> Iterator[str]:
    """Every text in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from (text for inner in cast(Mapping[str, Any], value).values() for text in _texts(inner))
    elif isinstance(value, list):
        yield from (text for inner in cast(list[Any], value) for text in _texts(inner))


def plan_credit_request(
    award: Award,
    settings: Settings,
    *,
    number: str,
    contact: str,
    payer: str,
    verified_at: datetime | None,
    uncovered: Uncovered,
    now: datetime,
) -> dict[str, Any]:
    """Everything on the request for college credit, as plain JSON. `payer` is "self", "district" or "" for not said.

    Raises NotPrintable when not exactly one fee was in force or the proof is not there, and GlyphsMissing.
    """
    terms = award.grant.credit_request
    if terms is None:
        raise NotPrintable(
            PaperCode.credit_request_stopped, f"Clause {award.grant.clause!r} gives no credit request.", ""
        )
    if verified_at is None:
        raise NotPrintable(
            PaperCode.credit_request_stopped,
            f"{award.case.label} has no verdict that proves the micro-credential.",
            "Look at the case with: countersign explain, and have it verified again.",
        )
    return _common(award, uncovered) | {
        "template": "credit/request.html",
        "number": number,
        "requested_on": award.day_of(now).isoformat(),
        "college": plain(terms.college),
        "course": plain(terms.course or ""),
        "term": plain(terms.term_on(award.day_of(now))),
        "contact": plain(contact),
        "payer": payer,
        "fee": _fee(terms, award.submitted_on, award.agreement.id),
        "verified_on": award.day_of(verified_at).isoformat(),
        "affiliate": {
            "name": settings.affiliate.name,
            "address": list(settings.affiliate.address),
            "email": settings.affiliate.email,
            "phone": settings.affiliate.phone,
        },
    }


def _fee(terms: CreditTerms, submitted: date, agreement: str) -> dict[str, str]:
    """The fee of the day the decision was made for, or that there is none, with its source.

    Raises NotPrintable unless the agreement states exactly one: no fee is ever guessed.
    """
    if terms.no_fee is not None:
        return {"amount": "no fee", "source": plain(terms.no_fee)}
    able = terms.fees_on(submitted)
    if len(able) == 1:
        return {"amount": money(able[0].amount, able[0].unit), "source": plain(able[0].source)}
    if able:
        rows = "; ".join(f"{money(f.amount, f.unit)} ({f.source})" for f in able)
        what = f"{len(able)} fees were in force on {day(submitted)}, the day it was submitted: {rows}."
    else:
        what = f"No fee was in force on {day(submitted)}, the day it was submitted."
    raise NotPrintable(
        PaperCode.fee_uncertain,
        f"The request for college credit cannot be printed: {what}",
        f"Ask the college, then set from and until of [[grants.credit_request.fees]] in the agreement {agreement}.",
    )


def whole(text: str, limit: int, what: str) -> str:
    """`text` as it is printed, and all of it. Raises NotPrintable when nothing of it prints, or it has more than `limit` characters:
    a paper that shortens a name or a title certifies something else."""
    shown = plain(text)
    if not shown:
        raise NotPrintable(
            PaperCode.paper_incomplete,
            f"The {what} has no printable character.",
            "Correct it, then run the night again.",
        )
    if len(shown) > limit:
        raise NotPrintable(
            PaperCode.paper_incomplete,
            f"The {what} has {len(shown)} characters, and a paper has room for {limit}. It is not shortened, for the paper would name "
            f"something else. It begins with “{shown[:60].rstrip()}”.",
            "Ask who gave it for its proper wording and correct it, then run the night again.",
        )
    return shown


def _common(award: Award, uncovered: Uncovered) -> dict[str, Any]:
    """What every paper says of who earned what, checked against the fonts."""
    decision, case, agreement = award.decision, award.case, award.agreement
    name = whole(award.educator.name, NAME_LIMIT, "name of the educator")
    title = whole(case.title, TITLE_LIMIT, "title of the micro-credential")
    if case.issued_on is None:
        raise NotPrintable(
            PaperCode.paper_incomplete,
            f"{case.label} has no date on which it was earned.",
            "Have the case verified again.",
        )
    try:
        words = in_words(decision.quantity)
    except ValueError as error:
        raise NotPrintable(
            PaperCode.paper_incomplete,
            f"{decision.quantity} {decision.unit} is not a quantity a paper can state.",
            f"Correct the value of clause {award.grant.clause!r} in the agreement {agreement.id}.",
        ) from error
    printed: dict[str, Any] = {
        "name": name,
        "licence": plain(award.educator.licence_number, 40),
        "licence_state": plain(award.educator.licence_state, 20),
        "title": title,
        "issuer": plain(case.issuer_name, 160),
        "statement": statement((case.description, case.criteria), STATEMENT_LIMIT, uncovered),
        "earned_on": award.day_of(case.issued_on).isoformat(),
        "quantity": figure(decision.quantity),
        "quantity_words": words,
        "unit": units(decision.quantity, decision.unit),
        "clause": plain(decision.clause),
        "agreement": agreement.id,
        "agreement_title": plain(agreement.title),
        "agreement_sha256": decision.agreement_sha256,
        "recognizer": plain(decision.recognizer),
        "assertion": plain(case.credential_id, ASSERTION_LIMIT),
    }
    missing = uncovered("".join(v for v in printed.values() if isinstance(v, str)))
    if missing:
        raise GlyphsMissing(missing)
    return printed
