"""What a clause gives: figures, bands, factors, and figures that are gathered until they make a whole."""

from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from models.agreement.base import Number, Positive, Terms, Unit
from models.agreement.whom import When
from models.text import Text


class Rounding(Terms):
    """To which step a figure is rounded, and how: `half_up` is the commercial way."""

    to: Positive
    how: Literal["down", "up", "half_up", "half_even"]


class Band(Terms):
    """From `from` (included) up to `below` (not included): `gives`. What lies in no band is held, never guessed."""

    from_: Number = Field(alias="from")
    below: Positive | None = None
    gives: Positive

    @model_validator(mode="after")
    def _not_empty(self) -> Self:
        if self.below is not None and self.below <= self.from_:
            raise ValueError(f"the band from {self.from_} to below {self.below} is empty")
        return self

    def covers(self, figure: Decimal) -> bool:
        """Whether `figure` lies in the band."""
        return self.from_ <= figure and (self.below is None or figure < self.below)


class Factor(Terms):
    """One stage by which the figure is multiplied: `factor` when the condition holds, `otherwise` when it does not."""

    text: Text
    factor: Annotated[Positive, Field(le=1000)]
    when: When
    otherwise: Annotated[Number, Field(le=1000)] = Decimal(1)


class Value(Terms):
    """What one micro-credential is worth, in one of five forms:

    `flat` always; `up_to` as far as the log shows; `rate` for each hour or credit shown, `at_most` so much of it; `bands` by what is
    shown; or as much as another clause of the agreement gives (`as_granted_by`). `by` says what shows it. Then every one of
    `factors` multiplies it, and `rounding` says to which step where that may not come out even.
    """

    flat: Positive | None = None
    up_to: Positive | None = None
    rate: Positive | None = None
    bands: Annotated[tuple[Band, ...], Field(min_length=1)] | None = None
    as_granted_by: Text | None = None
    by: Literal["log_of_hours", "transcript", "rubric", "fte"] | None = None
    at_most: Positive | None = None
    unit: Unit
    factors: tuple[Factor, ...] = ()
    rounding: Rounding | None = None

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        forms = [n for n in ("flat", "up_to", "rate", "bands", "as_granted_by") if getattr(self, n) is not None]
        if len(forms) != 1:
            raise ValueError(
                f"give one of flat, up_to, rate, bands, as_granted_by; there {'is none' if not forms else 'are ' + ' and '.join(forms)}"
            )
        shown = forms[0] in ("up_to", "rate", "bands")
        if shown != (self.by is not None):
            raise ValueError(
                f'{forms[0]} needs by, such as "log_of_hours": what shows it' if shown else f"{forms[0]} takes no by"
            )
        if self.up_to is not None and (self.by, self.unit) not in (("log_of_hours", "hour"), ("transcript", "credit")):
            raise ValueError("up_to counts what is shown: hours by log_of_hours, or credits by transcript")
        if self.at_most is not None and self.rate is None:
            raise ValueError("at_most limits what a rate is paid for; there is no rate")
        if (self.rate is not None or self.factors) and self.rounding is None:
            raise ValueError(
                'a rate or a factor may not come out even: say rounding, such as { to = 0.01, how = "half_up" }'
            )
        return self

    @model_validator(mode="after")
    def _bands_in_order(self) -> Self:
        for one, two in pairwise(self.bands or ()):
            if one.below is None or two.from_ < one.below:
                raise ValueError(f"the bands from {one.from_} and from {two.from_} overlap or are out of order")
        return self


class Each(Terms):
    """What is gathered: each `amount` of the clause's value gives `gives` in `unit`. What is left over is `kept` for the next,
    or `dropped` at the end of the recognizer's year."""

    amount: Positive
    gives: Positive
    unit: Unit
    remainder: Literal["kept", "dropped"]
