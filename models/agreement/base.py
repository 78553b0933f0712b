"""What every part of an agreement is made of: its days, figures, units and the names of the dates that clauses test."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator


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


def _several(value: Any) -> Any:
    """One table where a list of them may stand is a list of one."""
    return (value,) if isinstance(value, (dict, BaseModel, str)) else value


Day = Annotated[date, BeforeValidator(_a_day)]
MonthDay = Annotated[str, AfterValidator(_month_and_day)]
FirstDay = Annotated[MonthDay, AfterValidator(_first_day)]
Number = Annotated[Decimal, BeforeValidator(_a_number), Field(ge=0, decimal_places=4, max_digits=14)]
Positive = Annotated[Decimal, BeforeValidator(_a_number), Field(gt=0, decimal_places=4, max_digits=14)]
Count = Annotated[int, Field(strict=True, gt=0)]
Month = Annotated[int, Field(strict=True, ge=1, le=12)]
Money = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
Several = BeforeValidator(_several)

UNITS = (
    "hour",
    "credit",
    "CEU",
    "PDP",
    "CPE hour",
    "renewal unit",
    "point",
    "percent",
    "step",
    "lane",
    "demonstration",
    "micro-credential",
)
"""What is counted, money aside: that is a currency's three letters."""

Unit = Annotated[str, Field(pattern=rf"^({'|'.join(u for u in UNITS if u not in ('CEU', 'PDP'))}|[A-Z]{{3}})$")]


def is_money(unit: str) -> bool:
    """Whether a unit is a currency: "USD" is, "CEU" and "PDP" only look like one."""
    return len(unit) == 3 and unit.isupper() and unit not in UNITS


class DateName(StrEnum):
    """The dates a clause can test: `earned` is the credential's issue date, `submitted` when the affiliate received it,
    `preapproved` when the recognizer approved it, `transcript` when a transcript that shows it was received."""

    earned = "earned"
    submitted = "submitted"
    preapproved = "preapproved"
    transcript = "transcript"


class Evidence(StrEnum):
    """What can come along with the credential itself."""

    log_of_hours = "log_of_hours"
    transcript = "transcript"
    rubric = "rubric"


class Terms(BaseModel):
    """Base of every part of an agreement: frozen, and a key it does not know is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Days(Terms):
    """A span of days, its first and last included; open on a side that is not given."""

    from_: Day | None = Field(alias="from", default=None)
    until: Day | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.from_ is not None and self.until is not None and self.until < self.from_:
            raise ValueError(f"until {self.until} is before from {self.from_}")
        return self

    def covers(self, day: date) -> bool:
        """Whether `day` lies in the span."""
        return (self.from_ is None or self.from_ <= day) and (self.until is None or day <= self.until)


class Season(Terms):
    """The same days of every year, as "05-01" to "06-30", both included; it may run over New Year."""

    from_: MonthDay = Field(alias="from")
    until: MonthDay

    def covers(self, day: date) -> bool:
        """Whether `day` lies in the season."""
        at = f"{day.month:02d}-{day.day:02d}"
        if self.from_ <= self.until:
            return self.from_ <= at <= self.until
        return at >= self.from_ or at <= self.until


class Range(Terms):
    """Figures from `at_least` on (included) up to `below` (not included), or `at_most` (included)."""

    at_least: Number | None = None
    below: Positive | None = None
    at_most: Number | None = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.at_least is None and self.below is None and self.at_most is None:
            raise ValueError("say at_least, below or at_most")
        if self.below is not None and self.at_most is not None:
            raise ValueError("give either below or at_most, not both")
        low, high = self.at_least or Decimal(0), self.below if self.below is not None else self.at_most
        if high is not None and (high < low or (self.below is not None and high == low)):
            raise ValueError("the range is empty")
        return self

    def covers(self, figure: Decimal) -> bool:
        """Whether `figure` lies in the range."""
        return (
            (self.at_least is None or figure >= self.at_least)
            and (self.below is None or figure < self.below)
            and (self.at_most is None or figure <= self.at_most)
        )
