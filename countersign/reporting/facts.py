"""What a package is made of: plain values, gathered from the store by `gather`, turned into rows by `package`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

ZERO = Decimal(0)


class Transaction(StrEnum):
    """What a line is to payroll (requirements.md, "What HR's monthly package must carry")."""

    new = "NEW"
    adjust = "ADJUST"
    reversal = "REVERSAL"
    retro = "RETRO"


@dataclass(frozen=True, slots=True)
class EmploymentFact:
    """One span of work for the package's district, both days included. `employee_id` is the district's own number."""

    employee_id: str
    position: str
    location: str
    fte: Decimal | None
    starts: date
    ends: date | None = None

    def overlaps(self, first: date, last: date) -> bool:
        """Whether the person worked there on any day from `first` to `last`, both included."""
        return self.starts <= last and (self.ends is None or first <= self.ends)


@dataclass(frozen=True, slots=True)
class AwardFact:
    """The educator and the micro-credential behind a line or a held decision. Days are in the agreement's time zone.

    `employments` are those with the package's district and no other's. `proven_on` is the day on which the credential was
    last proven with its issuer's present word.
    """

    educator: int
    name: str
    sort_name: tuple[str, ...]
    employments: tuple[EmploymentFact, ...]
    case: int
    title: str
    assertion_id: str
    issuer: str
    earned_on: date | None
    received_on: date
    submitted_on: date
    pre_approval: str
    proven_on: date | None = None


@dataclass(frozen=True, slots=True)
class CapFact:
    """How the cap stood when the decision fell; all None where the clause has none."""

    limit: Decimal | None = None
    before: Decimal | None = None
    used: Decimal | None = None
    after: Decimal | None = None
    unit: str = ""


@dataclass(frozen=True, slots=True)
class TermsFact:
    """The clause that was applied: of which agreement, in which version (the SHA-256 of its file).

    `form` is how the clause says that pay is paid ("stipend", "lane"), empty where it does not. `version_on_file` is false when that
    version is no longer among the workspace's agreements.
    """

    agreement: str
    sha256: str
    clause: str
    currency: str
    period: str
    version_on_file: bool = True
    form: str = ""


@dataclass(frozen=True, slots=True)
class LineFact:
    """One ledger posting for the district. `quantity` is signed, in `unit`: a reversal's is the negative of its original's.

    `reverses` is the posting a reversal undoes; `follows` the latest earlier grant of the same award, if there was one.
    `kept` says what spoke against it and which person decided that it is paid all the same; `waited` that it was withheld
    from its own month's package.
    """

    posting: int
    award: AwardFact
    terms: TermsFact
    quantity: Decimal
    unit: str
    pay_month: str
    fiscal_year: str
    effective_on: date | None
    reason: str
    cap: CapFact = CapFact()
    reverses: int | None = None
    follows: int | None = None
    kept: str = ""
    waited: bool = False


@dataclass(frozen=True, slots=True)
class HeldFact:
    """One live decision that is held or banked, or a line that is withheld; `why` is then a key of `withholding.SAID`.
    `look_again_on` is the first day on which the answer may be another, `every_run` that every run looks; `change` says what
    would make it another."""

    decision: int
    award: AwardFact
    terms: TermsFact
    outcome: str
    quantity: Decimal
    unit: str
    reason: str
    owner: str
    pay_month: str
    look_again_on: date | None = None
    submit_from: date | None = None
    cap: CapFact = CapFact()
    change: str = ""
    why: str = ""
    every_run: bool = False


@dataclass(frozen=True, slots=True)
class Reported:
    """Where a posting went to HR before: the line's name and the package's month."""

    line: str
    month: str


@dataclass(frozen=True, slots=True)
class AgreementFact:
    """One agreement version the package speaks of. `lanes` is whether a clause of it gives lanes of the salary schedule."""

    id: str
    title: str
    source: str
    sha256: str
    starts: date | None = None
    until: date | None = None
    lanes: bool = False

    @property
    def version(self) -> str:
        """The first twelve hexadecimal digits of the file's SHA-256."""
        return self.sha256[:12]


@dataclass(frozen=True, slots=True)
class Opening:
    """What the packages before had brought a form to, in its unit."""

    form: str
    unit: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class PackageFacts:
    """Everything one district's package of one month is computed from. `reported` holds earlier lines by posting;
    `closed_months` the months the district was already given a package for. `rechecked` is how many of its micro-credentials
    were examined again before it was closed, by what that came to (`Recheck`), None when nothing was looked up."""

    district: str
    month: str
    time_zone: str
    closed_at: datetime
    run_id: str
    agreements: tuple[AgreementFact, ...] = ()
    lines: tuple[LineFact, ...] = ()
    held: tuple[HeldFact, ...] = ()
    opening: tuple[Opening, ...] = ()
    reported: Mapping[int, Reported] = field(default_factory=dict[int, Reported])
    closed_months: frozenset[str] = frozenset()
    rechecked: Mapping[str, int] | None = None
