"""What a grant puts on paper: a certificate, or a request for college credit with its fee."""

from datetime import date
from itertools import pairwise
from typing import Annotated, Self

from pydantic import Field, StrictBool, model_validator

from models.agreement.base import Day, Days, Money, Positive, Several, Terms
from models.text import Text, folded


class CertificateTerms(Terms):
    """That a grant is certified on paper: the template, what the certificate is for, and where the educator takes it.

    `ceu = true` states the CEUs beside the hours, one for each ten; a figure is held against that. `hours_each` says how many hours
    one PDP stands for. `second_page` adds the page on which the educator writes what the state's portal asks for.
    """

    template: Text
    purpose: Text
    determined: Text
    next_step: Text
    provider: Text | None = None
    provider_number: Text | None = None
    approval: Text | None = None
    ceu: StrictBool | Positive = False
    hours_each: Positive | None = None
    second_page: StrictBool = False


class FeeTerms(Days):
    """A fee as one source states it, with the days on which it is in force: always, where none are given. A fee is printed only when exactly
    one row is in force on the day."""

    amount: Positive
    unit: Money
    source: Text


class CollegeTerm(Terms):
    """One of a college's terms: the requests made on the days from `from` to `until`, both included, are for the term of that `name`."""

    name: Text
    from_: Day = Field(alias="from")
    until: Day

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.until < self.from_:
            raise ValueError(f"until {self.until} is before from {self.from_}")
        return self

    def covers(self, day: date) -> bool:
        """Whether what is requested on `day` is for this term."""
        return self.from_ <= day <= self.until


class DistrictFunds(Terms):
    """That a district's professional development funds may pay, on the district's registration form: the college's fee where the educator names
    the district as payer, and `feedback` before submission, with the rows of its fee. `source` says where that stands."""

    source: Text
    feedback: Annotated[tuple[FeeTerms, ...], Several] = ()

    def feedback_on(self, day: date) -> tuple[FeeTerms, ...]:
        """The rows of the feedback's fee in force on `day`. Only when there is exactly one may it be printed."""
        return tuple(fee for fee in self.feedback if fee.covers(day))


class CreditTerms(Terms):
    """That a grant is a college's to give: the college, the course it is registered under if known, and the fees.

    A college that takes no fee says so: `no_fee` names the source. Without it and without fee rows the fee is missing. `term` is the term of
    every request, `terms` are the college's terms by their days, of which the day of the request chooses one; not both.
    """

    college: Text
    course: Text | None = None
    term: Text | None = None
    terms: tuple[CollegeTerm, ...] = ()
    fees: tuple[FeeTerms, ...] = ()
    no_fee: Text | None = None

    @model_validator(mode="after")
    def _fee_or_none(self) -> Self:
        if self.no_fee is not None and self.fees:
            raise ValueError("give either fees or no_fee")
        return self

    @model_validator(mode="after")
    def _one_term(self) -> Self:
        if self.term is not None and self.terms:
            raise ValueError("give either term or terms")
        for one, two in pairwise(sorted(self.terms, key=lambda t: t.from_)):
            if two.from_ <= one.until:
                raise ValueError(
                    f'the terms "{one.name}" and "{two.name}" both have {two.from_}: a request is for one term'
                )
            if folded(one.name) == folded(two.name):
                raise ValueError(f'two terms have the name "{two.name}"')
        return self

    def term_on(self, day: date) -> str:
        """The term of a request made on `day`; empty where none is stated for it."""
        return self.term or next((term.name for term in self.terms if term.covers(day)), "")

    def fees_on(self, day: date) -> tuple[FeeTerms, ...]:
        """The fee rows in force on `day`. Only when there is exactly one may it be printed or charged."""
        return tuple(fee for fee in self.fees if fee.covers(day))
