"""A plan as data: what `plans/*.toml` can say of an affiliate's programme ([S2], the planning sheet). Nothing here decides what is granted.

What a plan does not say is missing, and the participation report says "not said" in its place.
"""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, StrictBool, model_validator

from models.agreement.base import Count, Day, Days, Number, Positive, Several, Terms, Unit
from models.text import Text, folded
from models.words import Currency

Texts = Annotated[tuple[Text, ...], Several, Field(min_length=1)]
"""One text, or a list of them."""

SupportKind = Literal[
    "independent", "basic", "standard", "ultimate", "online_lab", "reallocated_time", "allocated_time", "other"
]
Help = Literal["face_to_face", "reminders", "office_hours", "coaching", "release_time"]
LocationKind = Literal["not_specified", "rural", "suburban", "urban", "rural_and_urban_or_suburban", "other"]
Measure = Literal["educators", "received", "proven", "recognized", "granted"]


def _three(criteria: tuple[str, ...]) -> tuple[str, ...]:
    if len(criteria) != 3:
        raise ValueError(f"a plan selects by three criteria; here are {len(criteria)}")
    return criteria


Criteria = Annotated[tuple[Text, ...], AfterValidator(_three)]


class Support(Terms):
    """One kind of support. Basic is generally one of the kinds of help, standard two, ultimate all or most ([S2], "Supports"); which
    ones, `includes` says. `other` needs a `text` that says what it is."""

    kind: SupportKind
    includes: Annotated[tuple[Help, ...], Several, Field(min_length=1)] | None = None
    text: Text | None = None

    @model_validator(mode="after")
    def _named(self) -> Self:
        if self.kind == "other" and self.text is None:
            raise ValueError('kind = "other" needs a text that says which support it is')
        return self


class Location(Terms):
    """Where the participants work ([S2], "Location"). `other` needs a `text`."""

    kind: LocationKind
    text: Text | None = None

    @model_validator(mode="after")
    def _named(self) -> Self:
        if self.kind == "other" and self.text is None:
            raise ValueError('kind = "other" needs a text that says which location it is')
        return self


class Years(Terms):
    """Years of service, from `at_least` to `at_most`, both included."""

    at_least: Number | None = None
    at_most: Number | None = None

    @model_validator(mode="after")
    def _some(self) -> Self:
        if self.at_least is None and self.at_most is None:
            raise ValueError("say at_least or at_most")
        if self.at_least is not None and self.at_most is not None and self.at_most < self.at_least:
            raise ValueError(f"at_most {self.at_most} is less than at_least {self.at_least}")
        return self


class Participants(Terms):
    """Whom the programme is for ([S2], "Other info"). `kinds` are kinds of educators, as the roster names roles."""

    grade_levels: Texts | None = None
    subjects: Texts | None = None
    years_of_service: Years | None = None
    kinds: Texts | None = None
    text: Text | None = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("say something of the participants, or leave the table out")
        return self


class PlannedCurrency(Terms):
    """One of the currencies the programme is to give ([S2], "Currency"). `other` needs a `text`."""

    currency: Currency
    text: Text | None = None

    @model_validator(mode="after")
    def _named(self) -> Self:
        if self.currency is Currency.other and self.text is None:
            raise ValueError('currency = "other" needs a text that says what it is')
        return self


class Offer(Terms):
    """Micro-credentials that the programme offers, by their titles: a stack with its name, or single ones without."""

    stack: Text | None = None
    titles: Annotated[tuple[Text, ...], Several, Field(min_length=1)]

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        names = [folded(title) for title in self.titles]
        twice = sorted({title for title in self.titles if names.count(folded(title)) > 1})
        if twice:
            raise ValueError(f'"{twice[0]}" stands here twice')
        return self


class PlanGoal(Terms):
    """What the programme wants to reach. `text` is enough; with `measure` it is counted, and with `target` compared.

    `measure` is what is counted in the report's period: `educators` who take part, micro-credentials `received`, `proven` or
    `recognized`, or what is `granted` in `currency` and `unit`. `stack`, `location` or `role` narrows it to one of these.
    """

    text: Text
    measure: Measure | None = None
    target: Positive | None = None
    by: Day | None = None
    currency: Currency | None = None
    unit: Unit | None = None
    stack: Text | None = None
    location: Text | None = None
    role: Text | None = None

    @model_validator(mode="after")
    def _can_be_counted(self) -> Self:
        narrowed = [name for name in ("stack", "location", "role") if getattr(self, name) is not None]
        if self.measure is None:
            for name in ("target", "currency", "unit", *narrowed):
                if getattr(self, name) is not None:
                    raise ValueError(f"{name} needs measure: what is counted, such as educators or recognized")
        if (self.measure == "granted") != (self.currency is not None and self.unit is not None):
            raise ValueError('measure = "granted" needs currency and unit, and only it takes them')
        if (self.currency is None) != (self.unit is None):
            raise ValueError("give currency and unit together")
        if len(narrowed) > (self.measure != "granted"):
            raise ValueError(
                'measure = "granted" is counted for all educators together'
                if self.measure == "granted"
                else f"give only one of {', '.join(narrowed)}"
            )
        return self


class Plan(Terms):
    """One affiliate's programme. `criteria` are the three by which its micro-credentials are selected ([S2]). `smallest_group` is the
    number of educators below which no group is shown by itself. `fictional` marks an invented plan."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    affiliate: Text
    title: Text | None = None
    source: Text | None = None
    runs: Days | None = None
    criteria: Criteria | None = None
    smallest_group: Annotated[Count, Field(ge=2)] | None = None
    goals: tuple[PlanGoal, ...] | None = None
    supports: tuple[Support, ...] | None = None
    location: Location | None = None
    participants: Participants | None = None
    currencies: tuple[PlannedCurrency, ...] | None = None
    offers: tuple[Offer, ...] | None = None
    fictional: StrictBool = False

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        for what, names in (
            ("supports", [s.kind for s in self.supports or () if s.kind != "other"]),
            ("currencies", [c.currency.value for c in self.currencies or () if c.currency is not Currency.other]),
            ("offers", [folded(o.stack) for o in self.offers or () if o.stack]),
        ):
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                raise ValueError(f'two {what} are "{twice[0]}"')
        return self

    @model_validator(mode="after")
    def _stacks_are_offered(self) -> Self:
        stacks = {folded(o.stack) for o in self.offers or () if o.stack}
        for goal in self.goals or ():
            if goal.stack is not None and folded(goal.stack) not in stacks:
                raise ValueError(f'a goal names the stack "{goal.stack}", which is not among the offers')
        return self

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_fields_set - {"id", "affiliate", "title", "source", "fictional"}:
            raise ValueError("the plan has a name and nothing else: say at least goals, supports, currencies or offers")
        return self

    def days(self) -> tuple[date | None, date | None]:
        """The first and the last day of the programme, None where the plan does not say."""
        return (self.runs.from_, self.runs.until) if self.runs else (None, None)
