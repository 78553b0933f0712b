"""An agreement as data: the pydantic models that are the definition of `agreements/*.toml`.

What an agreement does not say is *missing* and holds; nothing here has a default that would decide for the parties.
Optional parts are optional because an agreement may be silent on them, and the rules say what silence means.
"""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, model_validator

from models.text import Text, TimeZone
from models.words import Currency


def _month_and_day(text: str) -> str:
    try:
        date.fromisoformat(f"2024-{text}")  # a leap year, so that 02-29 is a day
    except ValueError as error:
        raise ValueError(f'"{text}" is not a month and day; write one such as "07-01"') from error
    return text


def _first_day(text: str) -> str:
    if text == "02-29":
        raise ValueError("a year cannot start on February 29, a day most years do not have")
    return text


def _a_day(value: Any) -> Any:
    """pydantic would read the number 2023 as a moment in 1970; a contract's day is only ever written as a day."""
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    raise ValueError(f"{str(value)!r} is not a day; write one such as 2024-07-01")


def _a_number(value: Any) -> Any:
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        return value
    raise ValueError(f"{str(value)!r} is not a number; write one such as 7.5, without quotation marks")


Day = Annotated[date, BeforeValidator(_a_day)]
MonthDay = Annotated[str, AfterValidator(_month_and_day)]
Positive = Annotated[Decimal, BeforeValidator(_a_number), Field(gt=0, decimal_places=4, max_digits=14)]
Count = Annotated[int, Field(strict=True, gt=0)]
Money = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
Unit = Annotated[str, Field(pattern=r"^(hour|credit|micro-credential|[A-Z]{3})$")]


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

    from_: Day = Field(alias="from")
    until: Day | None = None
    by: DateName

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.until is not None and self.until < self.from_:
            raise ValueError(f"until {self.until} is before from {self.from_}")
        return self

    def covers(self, day: date) -> bool:
        """Whether `day` lies in the span, its first and last days included."""
        return self.from_ <= day and (self.until is None or day <= self.until)


class Year(Terms):
    """The recognizer's year: the day it starts on, as "07-01"."""

    starts: Annotated[MonthDay, AfterValidator(_first_day)]


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
            raise ValueError(
                'employer needs employed_on: the date on which the educator must work there, such as "submitted"'
            )
        return self


class PreApprovalTerms(Terms):
    """Approval by the recognizer before the work: `list` names a CSV beside the agreement (title, from, until), on which
    a title must stand on the `frozen_at` date. What is approved after it was earned is not approved before the work."""

    required: StrictBool
    list: Text | None = None
    frozen_at: DateName | None = None

    @model_validator(mode="after")
    def _frozen(self) -> Self:
        if self.list is not None and self.frozen_at is None:
            raise ValueError('list needs frozen_at: the date on which the title must be listed, such as "preapproved"')
        if self.list is None and self.frozen_at is not None:
            raise ValueError("frozen_at says when the title must be listed, but no list is named")
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
    unit: Unit

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        if (self.flat is None) == (self.up_to is None):
            raise ValueError("give either flat or up_to")
        if (self.up_to is None) != (self.by is None):
            raise ValueError('up_to needs by = "log_of_hours", and only up_to takes it')
        if self.up_to is not None and self.unit != "hour":
            raise ValueError('a log of hours shows hours: up_to needs unit = "hour"')
        return self


class Cap(Terms):
    """At most `count` micro-credentials per `per`; each counts in the period of its `counted_by` date. Filled in the
    order of `order`, earliest first; what is over is lost, or banked: it counts as submitted on the first day of the
    next period, before everything submitted in it."""

    count: Count
    per: Literal["year"]
    counted_by: DateName
    order: DateName
    overflow: Literal["bank", "lost"]

    @model_validator(mode="after")
    def _bank_moves_the_submission(self) -> Self:
        if self.overflow == "bank" and self.counted_by is not DateName.submitted:
            raise ValueError(
                'overflow = "bank" needs counted_by = "submitted": what is banked is submitted again next period'
            )
        return self


class Deadline(Terms):
    """The last day of the recognizer's year (as "10-01", that day included) on which the `of` date may fall. What
    comes later in the year is held: a deadline alone does not say what becomes of it."""

    on: MonthDay
    of: DateName


class Paid(Terms):
    """The calendar month (1 to 12) in which what a period earned is paid: the first such month that begins after the
    period began. What comes after that month is held: the agreement does not say when it is paid."""

    month: Annotated[int, Field(strict=True, ge=1, le=12)]


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
    unit: Money
    source: Text
    from_: Day | None = Field(alias="from", default=None)
    until: Day | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.from_ is not None and self.until is not None and self.until < self.from_:
            raise ValueError(f"until {self.until} is before from {self.from_}")
        return self

    def covers(self, day: date) -> bool:
        """Whether the row is in force on `day`; a row without dates always is."""
        return (self.from_ is None or self.from_ <= day) and (self.until is None or day <= self.until)


class CreditTerms(Terms):
    """That a grant is a college's to give: the college, the course it is registered under if known, and the fees.

    A college that takes no fee says so: `no_fee` names the source. Without it and without fee rows the fee is missing.
    """

    college: Text
    course: Text | None = None
    term: Text | None = None
    fees: tuple[FeeTerms, ...] = ()
    no_fee: Text | None = None

    @model_validator(mode="after")
    def _fee_or_none(self) -> Self:
        if self.no_fee is not None and self.fees:
            raise ValueError("give either fees or no_fee")
        return self

    def fees_on(self, day: date) -> tuple[FeeTerms, ...]:
        """The fee rows in force on `day`. Only when there is exactly one may it be printed or charged."""
        return tuple(fee for fee in self.fees if fee.covers(day))


class Grant(Terms):
    """One clause: what it gives, when, up to what.

    `text` is what the clause says, in a sentence for a person. No `value` means the figure is missing: everything under
    the clause is held until somebody supplies it. `on_request` grants only where the educator asked. `paid` or
    `processed = "monthly"` (the month of submission) says in which month's HR package it stands. `only_through` says that nothing but the named currency moves this
    one ([S0]: PD hours never move the salary schedule; only college credit does).
    """

    clause: Text
    currency: Currency
    text: Text
    value: Value | None = None
    on_request: StrictBool = False
    only_through: Currency | None = None
    cap: Cap | None = None
    deadline: Deadline | None = None
    paid: Paid | None = None
    processed: Literal["monthly"] | None = None
    certificate: CertificateTerms | None = None
    credit_request: CreditTerms | None = None

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.paid is not None and self.processed is not None:
            raise ValueError("give either paid or processed, not both")
        if (self.credit_request is None) != (self.currency is not Currency.graduate_credit):
            raise ValueError("graduate_credit needs credit_request (the college and its fee), and only it takes one")
        if self.only_through is self.currency:
            raise ValueError(f"{self.currency} cannot be moved only through itself")
        return self


class Agreement(Terms):
    """One version of one recognizer's rules. `fictional` marks an invented one, shipped for demonstrations."""

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
    fictional: StrictBool = False

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

    @model_validator(mode="after")
    def _preapproved_is_known(self) -> Self:
        preapproval = self.eligibility.preapproval
        tested = {self.in_force.by, self.applies_to.employed_on, preapproval.frozen_at if preapproval else None}
        for grant in self.grants:
            tested |= {grant.deadline.of} if grant.deadline else set[DateName]()
            tested |= {grant.cap.counted_by, grant.cap.order} if grant.cap else set[DateName]()
        if DateName.preapproved in tested and not (preapproval and preapproval.required):
            raise ValueError('the date "preapproved" is tested, so eligibility.preapproval must have required = true')
        return self

    def grant_in(self, currency: Currency) -> Grant | None:
        """The clause that gives `currency`, None when there is none."""
        return next((grant for grant in self.grants if grant.currency is currency), None)


class Listed(Terms):
    """One row of an approved list: a title and the days on which it stood there, the last included."""

    title: Text
    from_: Day = Field(alias="from")
    until: Day | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.until is not None and self.until < self.from_:
            raise ValueError(f"until {self.until} is before from {self.from_}")
        return self

    def covers(self, day: date) -> bool:
        """Whether the title stood on the list on `day`."""
        return self.from_ <= day and (self.until is None or day <= self.until)


class Rules(Terms):
    """An agreement ready to decide: the file's terms, the approved list it names, read, and `sha256`, hexadecimal, over the
    bytes of the file (and, where it names a list, a zero byte and the bytes of the list). `text` and `approved_text` are
    those bytes as UTF-8 text, so that the version that decided can be kept; empty when the rules came from no file."""

    terms: Agreement
    sha256: Text
    file: Text
    approved: tuple[Listed, ...] = ()
    text: str = ""
    approved_text: str = ""
