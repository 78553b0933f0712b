"""One clause of an agreement: for whom, what it needs, what it gives, up to what, when, and on which paper."""

from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import Field, StrictBool, model_validator

from models.agreement.base import DateName, Evidence, Positive, Several, Terms, is_money
from models.agreement.limits import Cap, Deadline, Effective, Paid
from models.agreement.papers import CertificateTerms, CreditTerms
from models.agreement.value import Each, Value
from models.agreement.whom import When
from models.text import Text
from models.words import Currency


class Exclusions(Terms):
    """What a micro-credential may not be together with. `not_with` names clauses of the agreement: when one of them grants, this one does
    not. `paid_elsewhere` says what becomes of one that somebody else has paid for: `refused`, or the part of the value that is
    left (0.5 for half). `counted_before = "again"` lets the same micro-credential count a second time; not said, it is held."""

    not_with: Annotated[tuple[Text, ...], Several, Field(min_length=1)] | None = None
    paid_elsewhere: Literal["refused"] | Annotated[Positive, Field(lt=1)] | None = None
    counted_before: Literal["refused", "again"] | None = None


class Grant(Terms):
    """One clause: what it gives, when, up to what.

    `text` is what the clause says, in a sentence for a person. Where several clauses give one currency, the first whose `when` fits
    decides. `needs` must be shown: what is not shown is held until it is, what falls short is refused. No `value` means the figure
    is missing: everything under the clause is held until somebody supplies it. `each` gathers the value until it makes a whole, `stack`
    gives the value once for a complete set. `on_request` grants only where the educator asked; clauses with the same `election` are given
    only to those who elected that one. `paid` or `processed = "monthly"` (the month of submission) says in which month's HR package it
    stands. `only_through` says that nothing but the named currency moves this one ([S0]: PD hours never move the salary schedule; only
    college credit does).
    """

    clause: Text
    currency: Currency
    text: Text
    form: Literal["stipend", "base_pay", "percentage", "step", "lane"] | None = None
    when: When | None = None
    needs: When | None = None
    stack: Text | None = None
    value: Value | None = None
    each: Each | None = None
    on_request: StrictBool = False
    election: Text | None = None
    only_through: Currency | None = None
    exclusions: Exclusions | None = None
    caps: Annotated[tuple[Cap, ...], Several] = Field(default=(), alias="cap")
    deadline: Deadline | None = None
    effective: Effective | None = None
    paid: Paid | None = None
    processed: Literal["monthly"] | None = None
    certificate: CertificateTerms | None = None
    credit_request: CreditTerms | None = None

    @property
    def unit(self) -> str:
        """The unit of what it gives; empty where no value is stated."""
        return self.each.unit if self.each else self.value.unit if self.value else ""

    @property
    def cap(self) -> Cap | None:
        """The first of its limits: its period is the one the clause goes by."""
        return self.caps[0] if self.caps else None

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.paid is not None and self.processed is not None:
            raise ValueError("give either paid or processed, not both")
        if (self.credit_request is None) != (self.currency is not Currency.graduate_credit):
            raise ValueError("graduate_credit needs credit_request (the college and its fee), and only it takes one")
        if self.only_through is self.currency:
            raise ValueError(f"{self.currency} cannot be moved only through itself")
        if self.each is not None and self.value is None:
            raise ValueError("each gathers the value, and there is none")
        if self.each is not None and self.stack is not None:
            raise ValueError("give either each or stack: a set is complete once, and nothing is left over")
        if self.stack is not None and (
            (self.exclusions and self.exclusions.not_with) or (self.value and self.value.as_granted_by)
        ):
            raise ValueError("a stack stands by itself: it cannot rest on what another clause gives")
        if self.effective is not None and self.paid is not None and self.paid.retroactive_to is not None:
            raise ValueError("give either effective or retroactive_to: both say from which day it counts")
        if self.form is not None and self.currency is not Currency.pay:
            raise ValueError("form is how pay is paid; the currency is not pay")
        return self

    @model_validator(mode="after")
    def _form_and_unit(self) -> Self:
        right = {"percentage": ("percent",), "step": ("step",), "lane": ("lane", "credit")}
        unit = self.unit
        if self.form is None or not unit:
            return self
        if self.form in right and unit not in right[self.form]:
            raise ValueError(f'form = "{self.form}" goes with the unit {" or ".join(right[self.form])}, not {unit}')
        if self.form in ("stipend", "base_pay") and not is_money(unit):
            raise ValueError(f'form = "{self.form}" is paid in money, not in {unit}')
        return self

    @model_validator(mode="after")
    def _limits_agree(self) -> Self:
        if len({cap.order for cap in self.caps}) > 1:
            raise ValueError("the limits of a clause fill in one order")
        if sum(cap.overflow == "bank" for cap in self.caps) > 1:
            raise ValueError("only one limit of a clause can bank: it would not be clear to which day it moves")
        if self.each is not None and any(cap.count or cap.overflow != "lost" for cap in self.caps):
            raise ValueError(
                'what is gathered is limited by amount, with overflow = "lost": say how much of it may be given'
            )
        return self

    @model_validator(mode="after")
    def _certificate_agrees(self) -> Self:
        paper, value = self.certificate, self.value
        if paper is None or value is None or value.flat is None or value.factors or self.each is not None:
            return self
        ceu = {"hour": value.flat / 10, "CEU": value.flat}.get(self.unit)
        if isinstance(paper.ceu, Decimal) and ceu is not None and paper.ceu != ceu:
            raise ValueError(
                f"the certificate says ceu = {paper.ceu}, but ten hours are one CEU: here it is {ceu.normalize():f}"
            )
        return self

    def tested(self) -> set[DateName]:
        """The dates that the clause looks at."""
        conditions = [w for w in (self.when, self.needs, *(c.only for c in self.caps)) if w is not None]
        conditions += [factor.when for factor in self.value.factors] if self.value else []
        found = {test.of for when in conditions for test in when.dates or ()}
        found |= {test.within.after for when in conditions for test in when.dates or () if test.within}
        found |= {cap.counted_by for cap in self.caps} | {cap.order for cap in self.caps}
        found |= {self.deadline.of, self.deadline.in_year_of or self.deadline.of} if self.deadline else set()
        return found | ({self.effective.of} if self.effective else set())

    def shows(self) -> set[Evidence]:
        """The kinds of evidence that it cannot do without."""
        found = set(self.needs.evidence or ()) if self.needs else set[Evidence]()
        by = self.value.by if self.value else None
        return found | ({Evidence(by)} if by is not None and by != "fte" else set())
