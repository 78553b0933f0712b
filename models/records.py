"""Values in and out of recognition's pure core: what is known of an educator, their cases, and what was decided."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from models.words import Currency, DecisionOutcome, Owner


@dataclass(frozen=True, slots=True)
class Span:
    """A span of days, both ends included; open when `ends` is None."""

    starts: date
    ends: date | None = None

    def covers(self, day: date) -> bool:
        return self.starts <= day and (self.ends is None or day <= self.ends)


@dataclass(frozen=True, slots=True)
class Work:
    """One employment: where, as what, when. What the roster does not say is empty: not known, never "none". `fte` is the part of a
    full position."""

    district: str
    role: str
    span: Span
    band: str = ""
    bargaining_unit: str = ""
    location: str = ""
    fte: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Approval:
    """A recognizer's pre-approval of one title."""

    recognizer: str
    title: str
    on: date


@dataclass(frozen=True, slots=True)
class Licence:
    """The licence as the state counts it: its level, and the period that is running; empty or None where it is not known."""

    level: str = ""
    period: Span | None = None


@dataclass(frozen=True, slots=True)
class Transcript:
    """A college's transcript that shows one micro-credential: the day it was received, and the credits on it if it says them."""

    received: date
    credits: Decimal | None = None


class RulingKind(StrEnum):
    """What a person decided against or beside the letter of a clause: that it counts although something stands in the way, that
    it does not, or that it gives a certain amount."""

    counts = "counts"
    refused = "refused"
    gives = "gives"


@dataclass(frozen=True, slots=True)
class Ruling:
    """A recorded decision on one case under one agreement, in one currency (None: in all). `role` is in what capacity, `by` is who,
    `on` the day. `quantity` in `unit` is what it `gives`."""

    case_id: int
    agreement: str
    kind: RulingKind
    role: str
    by: str
    reason: str
    on: date
    currency: Currency | None = None
    quantity: Decimal | None = None
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Election:
    """The clause that an educator elected where an agreement leaves the choice."""

    agreement: str
    election: str
    clause: str


@dataclass(frozen=True, slots=True)
class Funds:
    """Whether there are funds for what is over a limit of an agreement in one period ("2024-25"), and who said so when."""

    agreement: str
    period: str
    available: bool
    by: str
    on: date


@dataclass(frozen=True, slots=True)
class EducatorRecord:
    """What recognition may know of an educator, and what recognizers have said that concerns them."""

    educator_id: int
    licence_state: str
    employments: tuple[Work, ...] = ()
    approvals: tuple[Approval, ...] = ()
    memberships: tuple[Span, ...] = ()
    licence: Licence = Licence()
    rulings: tuple[Ruling, ...] = ()
    elections: tuple[Election, ...] = ()
    funds: tuple[Funds, ...] = ()


@dataclass(frozen=True, slots=True)
class CaseRecord:
    """One proven, matched case with the facts that came along.

    `issuer` is the registry's id and `issuer_name` its name for people. `issued_on` and `received_at` are aware moments: which day
    they are is for each recognizer's time zone to say.
    `log_hours` is the sum of the log of hours, None when none came; `log_problem` says why one that came cannot be used.
    `achievement` is the issuer's own id of what was earned, empty when it is not known. `mastery` is the level that a rubric shows,
    `paid_by` who else has paid for it, empty when nobody is known to have.
    """

    case_id: int
    issuer: str
    title: str
    issued_on: datetime
    received_at: datetime
    log_hours: Decimal | None = None
    log_problem: str = ""
    credit_requested: bool = False
    issuer_name: str = ""
    achievement: str = ""
    transcript: Transcript | None = None
    mastery: Decimal | None = None
    paid_by: str = ""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why, citing the clause; whose move it is, and from which day another look may give another answer.

    `sentence` states figures and dates; `change` says what would change the result, empty when nothing would.
    """

    clause: str
    code: str
    sentence: str
    owner: Owner = Owner.nobody
    look_again_on: date | None = None
    change: str = ""


@dataclass(frozen=True, slots=True)
class CapUse:
    """How a cap stood: `before` + `used` = `after`, never above `limit`; in `unit`, within `period`."""

    limit: Decimal
    before: Decimal
    used: Decimal
    after: Decimal
    unit: str
    period: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What one agreement says of one case in one currency.

    `quantity` is what is granted, in `unit` (15 "hour", 200 "USD"); 1 "micro-credential" when banked, because what is
    kept is the claim and the rate of the period it will count in is not known; 0 when held or refused. `period` is the
    recognizer's year it counts in ("2024-25"), for a banked one the year it is banked for. `cap` is how the cap stood:
    for a banked or refused one the full cap that turned it away, for a held one the place it keeps, if it keeps one.
    """

    case_id: int
    agreement: str
    agreement_sha256: str
    recognizer: str
    clause: str
    currency: Currency
    outcome: DecisionOutcome
    quantity: Decimal
    unit: str
    reasons: tuple[Reason, ...]
    period: str = ""
    effective_on: date | None = None
    pay_month: str = ""
    submit_from: date | None = None
    cap: CapUse | None = field(default=None)
