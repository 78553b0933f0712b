"""What a grant puts on paper: a certificate, or a request for college credit with its fee."""

from datetime import date
from typing import Self

from pydantic import model_validator

from models.agreement.base import Days, Money, Positive, Terms
from models.text import Text


class CertificateTerms(Terms):
    """That a grant is certified on paper: the template, what the certificate is for, and where the educator takes it."""

    template: Text
    purpose: Text
    determined: Text
    next_step: Text
    provider: Text | None = None
    provider_number: Text | None = None
    approval: Text | None = None


class FeeTerms(Days):
    """A fee as one source states it, with the days on which it is in force: always, where none are given. A fee is printed only when exactly
    one row is in force on the day."""

    amount: Positive
    unit: Money
    source: Text


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
