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
    memberships: tuple[Span, ...] = ()
    approvals: tuple[Approval, ...] = ()


@dataclass(frozen=True, slots=True)
class CaseRecord:
    """One proven, matched case with the facts that came along.

    `issued_on` and `received_at` are aware moments: which day they are is for each recognizer's time zone to say.
    `log_hours` is the sum of the log of hours, None when none came; `log_problem` says why one that came cannot be used.
    """

    case_id: int
    issuer: str
    title: str
    issued_on: datetime
    received_at: datetime
    log_hours: Decimal | None = None
    log_problem: str = ""
    credit_requested: bool = False


@dataclass(frozen=True, slots=True)
class Reason:
    """Why, citing the clause; whose move it is, and from which day another look may give another answer."""

    clause: str
    code: str
    sentence: str
    owner: Owner = Owner.nobody
    look_again_on: date | None = None


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
    """What one agreement says of one case in one currency. `quantity` is 0 unless something is granted or banked."""

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
