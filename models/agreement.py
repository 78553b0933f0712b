"""An agreement as data: the pydantic models that are the definition of `agreements/*.toml`.

What an agreement does not say is *missing* and holds; nothing here has a default that would decide for the parties.
Optional parts are optional because an agreement may be silent on them, and the rules say what silence means.
"""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from models.words import Currency


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f'"{name}" is not a time zone; write one such as "America/Chicago"') from error
    return name


def _month_and_day(text: str) -> str:
    try:
        date.fromisoformat(f"2024-{text}")  # a leap year, so that 02-29 is a day
    except ValueError as error:
        raise ValueError(f'"{text}" is not a month and day; write one such as "07-01"') from error
    return text


TimeZone = Annotated[str, AfterValidator(_known_zone)]
MonthDay = Annotated[str, AfterValidator(_month_and_day)]
Positive = Annotated[Decimal, Field(gt=0, decimal_places=4, max_digits=14)]
Text = Annotated[str, Field(min_length=1)]


class DateName(StrEnum):
    """The dates a clause can test. `earned` is the credential's issue date, `submitted` when the affiliate received it."""

    earned = "earned"
    submitted = "submitted"
    preapproved = "preapproved"


class Terms(BaseModel):
    """Base of every part of an agreement: frozen, and a key it does not know is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class InForce(Terms):
    """First and last day of this version, and the date of a case that must lie between them."""

    from_: date = Field(alias="from")
    until: date | None = None
    by: DateName

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.until is not None and self.until < self.from_:
            raise ValueError(f"until {self.until} is before from {self.from_}")
        return self


class Year(Terms):
    """The recognizer's year: the day it starts on, as "07-01"."""

    starts: MonthDay


class AppliesTo(Terms):
    """Whom the agreement speaks of. Every line given must hold; at least one must be given."""

    licence_state: Text | None = None
    employer: Text | None = None
    roles: tuple[Text, ...] | None = None
    employed_on: DateName | None = None

    @model_validator(mode="after")
    def _somebody(self) -> Self:
        if self.licence_state is None and self.employer is None:
            raise ValueError('say whom it applies to: licence_state = "VT" or employer = "CUSD 200"')
        if self.employer is not None and self.employed_on is None:
            raise ValueError('employer needs employed_on: the date on which the educator must work there, such as "submitted"')
        return self


class PreApprovalTerms(Terms):
    """Approval by the recognizer before the work: `list` names a CSV beside the agreement (title, from, until), on which
    a title must stand on the `frozen_at` date."""

    required: bool
    list: Text | None = None
    frozen_at: DateName | None = None

    @model_validator(mode="after")
    def _frozen(self) -> Self:
        if self.list is not None and self.frozen_at is None:
            raise ValueError('list needs frozen_at: the date on which the title must be listed, such as "preapproved"')
        return self


class Eligibility(Terms):
    """Which micro-credentials count: issuers by their id in issuers.toml, and pre-approval."""

    issuers: tuple[Text, ...] = Field(min_length=1)
    preapproval: PreApprovalTerms | None = None


class Value(Terms):
    """What one micro-credential is worth: `flat` always, or `up_to` as far as `by` shows. `unit` is "hour", "credit",
    "micro-credential" or a currency code such as "USD"."""

    flat: Positive | None = None
    up_to: Positive | None = None
    by: Literal["log_of_hours"] | None = None
    unit: Text

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        if (self.flat is None) == (self.up_to is None):
            raise ValueError("give either flat or up_to")
        if (self.up_to is None) != (self.by is None):
            raise ValueError('up_to needs by = "log_of_hours", and only up_to takes it')
        return self


class Cap(Terms):
    """At most `count` micro-credentials per `per`; each counts in the period of its `counted_by` date. Filled in the
    order of `order`; what is over is banked for the next period, or lost."""

    count: Annotated[int, Field(gt=0)]
    per: Literal["year"]
    counted_by: DateName
    order: DateName
    overflow: Literal["bank", "lost"]


class Deadline(Terms):
    """The last day of the recognizer's year (as "10-01", that day included) on which the `of` date may fall."""

    on: MonthDay
    of: DateName


class Paid(Terms):
    """The calendar month (1 to 12) in which what a period earned is paid: the first such month after the period began."""

    month: Annotated[int, Field(ge=1, le=12)]


class CertificateTerms(Terms):
    """That a grant is certified on paper: the template, what the certificate is for, and where the educator takes it."""

    template: Text
    purpose: Text
    determined: Text
    next_step: Text
    provider: Text | None = None
    provider_number: Text | None = None
    approval: Text | None = None


class FeeTerms(Terms):
    """A fee as one source states it. A fee is printed only when exactly one row is in force on the day."""

    amount: Positive
    unit: Text
    source: Text
    from_: date | None = Field(alias="from", default=None)
    until: date | None = None


class CreditTerms(Terms):
    """That a grant is a college's to give: the college, the course it is registered under if known, and the fees."""

    college: Text
    course: Text | None = None
    term: Text | None = None
    fees: tuple[FeeTerms, ...] = ()


class Grant(Terms):
    """One clause: what it gives, when, up to what.

    No `value` means the figure is missing: everything under the clause is held until somebody supplies it.
    `on_request` grants only where the educator asked. `only_through` says that nothing but the named currency moves this
    one ([S0]: PD hours never move the salary schedule; only college credit does).
    """

    clause: Text
    currency: Currency
    text: Text
    value: Value | None = None
    on_request: bool = False
    only_through: Currency | None = None
    cap: Cap | None = None
    deadline: Deadline | None = None
    paid: Paid | None = None
    processed: Literal["monthly"] | None = None
    certificate: CertificateTerms | None = None
    credit_request: CreditTerms | None = None


class Agreement(Terms):
    """One version of one recognizer's rules. `sha256` is the hash of the file it was read from."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    recognizer: Text
    title: Text
    source: Text
    time_zone: TimeZone
    in_force: InForce
    year: Year
    applies_to: AppliesTo
    eligibility: Eligibility
    grants: tuple[Grant, ...] = Field(min_length=1)
    fictional: bool = False

    @model_validator(mode="after")
    def _one_clause_for_each(self) -> Self:
        for what, values in (
            ("clause", [g.clause for g in self.grants]),
            ("currency", [g.currency.value for g in self.grants]),
        ):
            twice = sorted({v for v in values if values.count(v) > 1})
            if twice:
                raise ValueError(f"two grants have the {what} {twice[0]!r}; one decision is kept for each")
        return self


class Listed(Terms):
    """One row of an approved list: a title and the days on which it stood there, the last included."""

    title: Text
    from_: date = Field(alias="from")
    until: date | None = None


class Rules(Terms):
    """An agreement ready to decide: the file's terms, the file's SHA-256, and the approved list it names, read."""

    terms: Agreement
    sha256: Text
    file: Text
    approved: tuple[Listed, ...] = ()
