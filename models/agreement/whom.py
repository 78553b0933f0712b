"""Whom and what an agreement speaks of: the educators it applies to, the conditions of a clause, and its sets of micro-credentials."""

from typing import Annotated, Self

from pydantic import Field, StrictBool, model_validator

from models.agreement.base import Count, DateName, Day, Evidence, MonthDay, Range, Several, Terms
from models.text import Text

Names = Annotated[tuple[Text, ...], Several, Field(min_length=1)]


class AppliesTo(Terms):
    """Whom the agreement speaks of. Every line given must hold; at least licence_state or employer must be given.

    `employed_on` names the date, or all of the dates, on which the educator must work for the employer. `members` says that
    membership in the affiliate on the day of submission is needed.
    """

    licence_state: Text | None = None
    employer: Text | None = None
    roles: Names | None = None
    bands: Names | None = None
    bargaining_units: Names | None = None
    members: StrictBool | None = None
    employed_on: Annotated[tuple[DateName, ...], Several, Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _somebody(self) -> Self:
        if self.licence_state is None and self.employer is None:
            raise ValueError('say whom it applies to: licence_state = "VT" or employer = "CUSD 200"')
        if self.employer is not None and self.employed_on is None:
            raise ValueError(
                'employer needs employed_on: the date on which the educator must work there, such as "submitted"'
            )
        if self.employer is None and (self.bands or self.bargaining_units):
            raise ValueError("bands and bargaining_units are an employer's: say which employer")
        return self


class Within(Terms):
    """So many months or days after a date, that day included."""

    months: Annotated[Count, Field(le=600)] | None = None
    days: Annotated[Count, Field(le=18_300)] | None = None
    after: DateName

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.months is None) == (self.days is None):
            raise ValueError("give either months or days")
        return self


class DateTest(Terms):
    """That a date lies where it must: between fixed days, in a season of the recognizer's year (`not_before`, `not_after`, as
    "10-01"), or so long after another date."""

    of: DateName
    from_: Day | None = Field(alias="from", default=None)
    until: Day | None = None
    not_before: MonthDay | None = None
    not_after: MonthDay | None = None
    within: Within | None = None

    @model_validator(mode="after")
    def _tests_something(self) -> Self:
        if not any((self.from_, self.until, self.not_before, self.not_after, self.within)):
            raise ValueError("say where the date must lie: from, until, not_before, not_after or within")
        if self.from_ is not None and self.until is not None and self.until < self.from_:
            raise ValueError(f"until {self.until} is before from {self.from_}")
        if self.within is not None and self.within.after is self.of:
            raise ValueError(f"{self.of} cannot lie within so long after itself")
        return self


class When(Terms):
    """A condition; every line given must hold. What is not known of the educator or the work leaves it open.

    `roles`, `bands` and `bargaining_units` are those of the employment, `licence_levels` those of the licence. `hours` is a range
    of the log of hours, `mastery` of the level that the rubric shows. `evidence` names what must have come along.
    """

    roles: Names | None = None
    bands: Names | None = None
    bargaining_units: Names | None = None
    locations: Names | None = None
    licence_levels: Names | None = None
    members: StrictBool | None = None
    issuers: Names | None = None
    titles: Names | None = None
    in_stack: Text | None = None
    hours: Range | None = None
    mastery: Range | None = None
    evidence: Annotated[tuple[Evidence, ...], Several, Field(min_length=1)] | None = None
    dates: Annotated[tuple[DateTest, ...], Several, Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("a condition must say something")
        return self


class Stack(Terms):
    """Micro-credentials recognized together, once. All `titles` are needed, or `any_of` of them; `in_order` when each must be
    earned after the one before it. It excludes no other proof: a degree or another stack stays open ([S3])."""

    name: Text
    titles: Annotated[tuple[Text, ...], Field(min_length=2)]
    any_of: Count | None = None
    in_order: StrictBool = False

    @model_validator(mode="after")
    def _can_be_complete(self) -> Self:
        if self.any_of is not None and self.any_of > len(self.titles):
            raise ValueError(f"any_of = {self.any_of}, but there are {len(self.titles)} titles")
        if self.any_of is not None and self.in_order:
            raise ValueError("give either any_of or in_order: a stack that has an order needs all of its titles")
        if len({title.casefold() for title in self.titles}) < len(self.titles):
            raise ValueError("a title stands in the stack twice")
        return self

    @property
    def needed(self) -> int:
        """How many of the titles make the stack complete."""
        return self.any_of or len(self.titles)
