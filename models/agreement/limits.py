"""Limits: the periods they go by, how they fill, and what becomes of what is over."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from models.agreement.base import Count, DateName, FirstDay, Month, MonthDay, Positive, Season, Terms
from models.agreement.whom import When
from models.text import Text


class Year(Terms):
    """The recognizer's year: the day it starts on, as "07-01"."""

    starts: FirstDay


class Window(Season):
    """A season of the recognizer's year with a name, for limits and pay that go by it; `paid_in` is its month of pay, 1 to 12."""

    from_: FirstDay = Field(alias="from")
    name: Text
    paid_in: Month | None = None


class Cap(Terms):
    """At most `count` micro-credentials, or at most `amount` of what the clause gives, per `per`; each counts in the period of its
    `counted_by` date. Filled in the order of `order`, earliest first.

    `last` says what becomes of the one that does not fit whole: it counts in `part`, and the rest is lost, or not at all
    (`whole`). What is over is `lost`; `bank`: it counts as submitted on the first day of the next period, before everything submitted
    in it, at most `bank_for` periods long; or `bank_if_funds`: it counts once HR says that there are funds.
    Without `per` the period is missing: what is over cannot be decided. Limits with the same `shared` name fill together.
    """

    count: Count | None = None
    amount: Positive | None = None
    per: Literal["year", "month", "window", "licence_period", "contract", "lifetime"] | None = None
    counted_by: DateName
    order: DateName
    overflow: Literal["lost", "bank", "bank_if_funds"]
    last: Literal["part", "whole"] | None = None
    bank_for: Count | None = None
    only: When | None = None
    shared: Text | None = None

    @model_validator(mode="after")
    def _can_fill(self) -> Self:
        if (self.count is None) == (self.amount is None):
            raise ValueError("give either count (of micro-credentials) or amount (of what the clause gives)")
        if (self.amount is not None) != (self.last is not None):
            raise ValueError(
                'amount needs last: does the one that reaches the limit count in "part", or only "whole"?'
                if self.amount is not None
                else "count takes no last: a micro-credential counts or does not"
            )
        if self.overflow == "bank":
            if self.counted_by is not DateName.submitted:
                raise ValueError(
                    'overflow = "bank" needs counted_by = "submitted": what is banked is submitted again next period'
                )
            if self.per in ("contract", "lifetime", None):
                raise ValueError(f'overflow = "bank" needs a next period; per = "{self.per or "not given"}" has none')
            if self.last == "part":
                raise ValueError(
                    "what counts in part cannot also be banked: one decision stands in one month's package"
                )
        if self.overflow == "bank_if_funds" and self.last == "part":
            raise ValueError("what counts in part cannot also wait for funds: it is decided once")
        if self.overflow != "bank" and self.bank_for is not None:
            raise ValueError('bank_for goes with overflow = "bank"')
        return self


class Deadline(Terms):
    """The last day of the recognizer's year (as "10-01", that day included) on which the `of` date may fall. What comes later in the
    year is `late`: it counts as submitted on the first day of the next year (`next_year`), or is `lost`; not said, it is held.
    `in_year_of` names the date whose year is meant, where that is another one: what was earned in a year must be submitted in it."""

    on: MonthDay
    of: DateName
    late: Literal["next_year", "lost"] | None = None
    in_year_of: DateName | None = None

    @model_validator(mode="after")
    def _moves_the_submission(self) -> Self:
        if self.late == "next_year" and self.of is not DateName.submitted:
            raise ValueError('late = "next_year" needs of = "submitted": only a submission can count as a later one')
        if self.late == "next_year" and self.in_year_of is not None:
            raise ValueError("in_year_of ties it to one year: it cannot count as submitted in the next")
        return self


class Paid(Terms):
    """In which calendar month it is paid; one of five ways.

    `month` (1 to 12): the first such month that begins after the period began. `months`: the next one of these that begins after it
    counts. `next_year` (1 to 12): that month of the recognizer's next year. `after_months`: so many months after the month in
    which it counts. `by_window`: the month that its window names. What comes after the month is held: the agreement does not say when
    it is paid then. With `retroactive_to = "period"` the pay reaches back to the first day of the
    period.
    """

    month: Month | None = None
    months: Annotated[tuple[Month, ...], Field(min_length=2)] | None = None
    next_year: Month | None = None
    after_months: Annotated[int, Field(strict=True, ge=0, le=24)] | None = None
    by_window: Literal[True] | None = None
    retroactive_to: Literal["period"] | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        ways = [self.month, self.months, self.next_year, self.after_months, self.by_window]
        if sum(way is not None for way in ways) != 1:
            raise ValueError("give one of month, months, next_year, after_months, by_window")
        return self


class Effective(Terms):
    """From which day it counts: that of the date `on`, or the first of the month after it. A date in the `closed` season waits for the
    first day after the season."""

    on: DateName | None = None
    first_of_month_after: DateName | None = None
    closed: Season | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.on is None) == (self.first_of_month_after is None):
            raise ValueError("give either on or first_of_month_after")
        return self

    @property
    def of(self) -> DateName:
        """The date that it goes by."""
        found = self.on or self.first_of_month_after
        assert found is not None
        return found
