"""What people record beside the credential and the roster: transcripts, levels, rulings, elections, funds. Each kind is a type.

A fact says on which day it happened (`on`) and is about one case, one educator or one agreement. It is never changed: another fact,
a `Withdrawal`, takes it back. Who recorded it, when and from where stands beside it in the table `fact`.
"""

from decimal import Decimal
from typing import Annotated, ClassVar, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, model_validator

from models.agreement.base import Day, Unit
from models.records import RulingKind
from models.words import Currency

MAX_SAID = 1000
"""Letters of a reason or a name: enough for a paragraph."""


def _one_line(text: str) -> str:
    if not text.isprintable():
        raise ValueError("has an invisible character in it; type it anew")
    return text


def _nothing(value: object) -> object:
    """An empty cell says nothing."""
    return None if value == "" else value


Said = Annotated[str, Field(min_length=1, max_length=MAX_SAID, pattern=r"\S"), AfterValidator(_one_line)]
Figure = Annotated[Decimal, Field(ge=0, decimal_places=4, max_digits=14, allow_inf_nan=False)]
Absent = BeforeValidator(_nothing)


class FactBase(BaseModel):
    """Base of every kind: frozen, and a key it does not know is an error. `about` is what the fact is about."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    about: ClassVar[Literal["case", "educator", "agreement"]]
    on: Day

    @property
    def slot(self) -> str:
        """What at most one fact that counts can say something of: "transcript:12"."""
        raise TypeError(f"{type(self).__name__} has no slot")

    def __str__(self) -> str:
        """What it says, in a few words for staff."""
        raise TypeError(f"{type(self).__name__} has no words")


class OfCase(FactBase):
    """A fact about one case, by its number."""

    about = "case"
    case: Annotated[int, Field(gt=0)]


class TranscriptFact(OfCase):
    """A college's transcript that shows the micro-credential, received `on` that day, with the credits it shows, if it says them."""

    kind: Literal["transcript"] = "transcript"
    credits: Annotated[Figure | None, Absent] = None
    college: str = ""

    @property
    def slot(self) -> str:
        return f"transcript:{self.case}"

    def __str__(self) -> str:
        plural = "" if self.credits == 1 else "s"
        credits_ = f"{self.credits.normalize():f} credit{plural}" if self.credits is not None else "credits not said"
        return f"{credits_}{f', {self.college}' if self.college else ''}"


class RubricFact(OfCase):
    """The level of mastery that the assessor's rubric shows."""

    kind: Literal["rubric"] = "rubric"
    level: Figure

    @property
    def slot(self) -> str:
        return f"rubric:{self.case}"

    def __str__(self) -> str:
        return f"level {self.level.normalize():f}"


class RulingFact(OfCase):
    """What somebody whom the agreement lets rule decided of one case, in one currency or in all: `role` is in what capacity,
    `ruled_by` who. `quantity` in `unit` is what it gives."""

    kind: Literal["ruling"] = "ruling"
    agreement: Said
    decision: RulingKind
    role: Said
    ruled_by: Said
    reason: Said
    currency: Annotated[Currency | None, Absent] = None
    quantity: Annotated[Annotated[Figure, Field(gt=0)] | None, Absent] = None
    unit: Annotated[Unit | None, Absent] = None

    @model_validator(mode="after")
    def _gives_what(self) -> Self:
        given = (self.quantity is not None, self.unit is not None)
        if self.decision is RulingKind.gives and not (all(given) and self.currency is not None):
            raise ValueError("a ruling that gives something says currency, quantity and unit")
        if self.decision is not RulingKind.gives and any(given):
            raise ValueError('quantity and unit go with the decision "gives"')
        return self

    @property
    def slot(self) -> str:
        return f"ruling:{self.case}:{self.agreement}:{self.currency or 'all'}:{self.on}"

    def __str__(self) -> str:
        gives = f"{self.quantity.normalize():f} {self.unit}" if self.quantity is not None else ""
        what = " ".join(w for w in (self.decision.value, gives, f"({self.currency})" if self.currency else "") if w)
        return f"{self.agreement}: {what}, ruled by {self.ruled_by} ({self.role}): {self.reason}"


class PaidElsewhereFact(OfCase):
    """That somebody else has paid for it."""

    kind: Literal["paid_elsewhere"] = "paid_elsewhere"
    payer: Said

    @property
    def slot(self) -> str:
        return f"paid_elsewhere:{self.case}:{self.payer.casefold()}"

    def __str__(self) -> str:
        return f"paid by {self.payer}"


class AppealFact(OfCase):
    """That the educator appealed, on that day, against what was decided of a case under an agreement."""

    kind: Literal["appeal"] = "appeal"
    agreement: Said
    reason: str = ""

    @property
    def slot(self) -> str:
        return f"appeal:{self.case}:{self.agreement}:{self.on}"

    def __str__(self) -> str:
        return f"{self.agreement}{f': {self.reason}' if self.reason else ''}"


class ElectionFact(FactBase):
    """The clause that an educator elected, where the agreement leaves the choice."""

    about = "educator"
    kind: Literal["election"] = "election"
    educator: Annotated[int, Field(gt=0)]
    agreement: Said
    election: Said
    clause: Said

    @property
    def slot(self) -> str:
        return f"election:{self.educator}:{self.agreement}:{self.election}"

    def __str__(self) -> str:
        return f"{self.agreement}, {self.election}: “{self.clause}”"


class FundsFact(FactBase):
    """Whether there are funds for what is over a limit of an agreement in one period, and who said so."""

    about = "agreement"
    kind: Literal["funds"] = "funds"
    agreement: Said
    period: Said
    available: bool
    said_by: Said

    @property
    def slot(self) -> str:
        return f"funds:{self.agreement}:{self.period.casefold()}"

    def __str__(self) -> str:
        return f"{self.agreement}, {self.period}: {'there are funds' if self.available else 'no funds'}, said {self.said_by}"


class Withdrawal(FactBase):
    """That another fact, by its number, no longer counts, and why."""

    about = "agreement"
    kind: Literal["withdrawal"] = "withdrawal"
    fact: Annotated[int, Field(gt=0)]
    reason: Said

    @property
    def slot(self) -> str:
        return f"withdrawal:{self.fact}"

    def __str__(self) -> str:
        return f"takes back fact {self.fact}: {self.reason}"


Fact = TranscriptFact | RubricFact | RulingFact | PaidElsewhereFact | AppealFact | ElectionFact | FundsFact | Withdrawal

KINDS: dict[str, type[FactBase]] = {
    "transcript": TranscriptFact,
    "rubric": RubricFact,
    "ruling": RulingFact,
    "election": ElectionFact,
    "funds": FundsFact,
    "paid_elsewhere": PaidElsewhereFact,
    "appeal": AppealFact,
}
"""The kinds that people record, by their names; a withdrawal is made by naming the fact."""

_ANY: TypeAdapter[Fact] = TypeAdapter(Annotated[Fact, Field(discriminator="kind")])


def fact_of(said: dict[str, object]) -> Fact:
    """A fact from its form as JSON, as the table keeps it. Raises pydantic's ValidationError."""
    return _ANY.validate_python(said)
