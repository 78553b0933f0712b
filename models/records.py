"""Values in and out of recognition's pure core: what is known of an educator, their cases, and what was decided."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

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
    """One employment: where, as what, when."""

    district: str
    role: str
    span: Span


@dataclass(frozen=True, slots=True)
class Approval:
    """A recognizer's pre-approval of one title."""

    recognizer: str
    title: str
    on: date


@dataclass(frozen=True, slots=True)
class EducatorRecord:
    """What recognition may know of an educator."""

    educator_id: int
    licence_state: str
    employments: tuple[Work, ...] = ()
    approvals: tuple[Approval, ...] = ()


@dataclass(frozen=True, slots=True)
class CaseRecord:
    """One proven, matched case with the facts that came along.

    `issuer` is the registry's id and `issuer_name` its name for people. `issued_on` and `received_at` are aware moments: which day they are is for each recognizer's time zone to say.
    `log_hours` is the sum of the log of hours, None when none came; `log_problem` says why one that came cannot be used.
    `achievement` is the issuer's own id of what was earned, empty when it is not known.
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
