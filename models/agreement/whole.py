"""An agreement as data: the pydantic models that are the definition of `agreements/*.toml`.

What an agreement does not say is *missing* and holds; nothing here has a default that would decide for the parties.
Optional parts are optional because an agreement may be silent on them, and the rules say what silence means.
"""

from collections.abc import Iterator
from datetime import date
from itertools import groupby
from typing import Annotated, Literal, Self

from pydantic import Field, StrictBool, model_validator

from models.agreement.base import Count, DateName, Day, Days, Positive, Several, Terms, Unit
from models.agreement.grant import Grant
from models.agreement.limits import Window, Year
from models.agreement.papers import DistrictFunds
from models.agreement.whom import AppliesTo, Names, Stack, When
from models.text import Text, TimeZone
from models.words import Currency


class InForce(Terms):
    """First and last day of this version, and the date of a case that must lie between them. `keep_higher`: what was earned while
    an earlier version was in force gets what that one gave, where that is more."""

    from_: Day = Field(alias="from")
    until: Day | None = None
    by: DateName
    keep_higher: StrictBool = False

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.until is not None and self.until < self.from_:
            raise ValueError(f"until {self.until} is before from {self.from_}")
        return self

    def covers(self, day: date) -> bool:
        """Whether `day` lies in the span, its first and last days included."""
        return self.from_ <= day and (self.until is None or day <= self.until)


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
    """Which micro-credentials count: issuers by their id in issuers.toml, pre-approval, and what the work must show (`needs`, as in a
    clause, for all of them)."""

    issuers: Annotated[tuple[Text, ...], Several, Field(min_length=1)]
    preapproval: PreApprovalTerms | None = None
    needs: When | None = None


class Goal(Terms):
    """What an educator has to reach, as a state asks for renewal: `amount` of a currency per licence period or year. It grants nothing;
    it is shown with how far the educator is. `of_which` must be shown by the recognizer's own categories, which nobody here knows."""

    name: Text
    text: Text
    currency: Currency
    amount: Positive
    unit: Unit
    per: Literal["year", "licence_period"]
    years: Count | None = None
    licence_levels: Names | None = None
    of_which: Text | None = None


class Appeal(Terms):
    """Against a decision: within so many days of it, to whom."""

    within_days: Count
    to: Text


class Exceptions(Terms):
    """Who may decide otherwise: the roles whose recorded ruling with a reason overrides a clause, and the way of appeal.
    `answer_within_days` is in how many days of the submission an answer is due."""

    ruling_by: Names | None = None
    appeal: Appeal | None = None
    answer_within_days: Count | None = None


class Closed(Days):
    """Days on which the programme is closed to what is submitted then, with the clause that says so."""

    text: Text


class Agreement(Terms):
    """One version of one recognizer's rules. `fictional` marks an invented one, shipped for demonstrations."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    recognizer: Text
    title: Text
    source: Text
    time_zone: TimeZone
    in_force: InForce
    year: Year
    windows: tuple[Window, ...] = ()
    applies_to: AppliesTo
    eligibility: Eligibility
    stacks: tuple[Stack, ...] = ()
    grants: tuple[Grant, ...] = ()
    goals: tuple[Goal, ...] = ()
    exceptions: Exceptions | None = None
    district_funds: DistrictFunds | None = None
    closed: Annotated[tuple[Closed, ...], Several] = ()
    fictional: StrictBool = False

    @model_validator(mode="after")
    def _gives_something(self) -> Self:
        if not self.grants and not self.goals:
            raise ValueError("the agreement has neither grants nor goals: it says nothing")
        return self

    @model_validator(mode="after")
    def _clauses_have_names_of_their_own(self) -> Self:
        for what, names in (
            ("grants", [g.clause for g in self.grants]),
            ("stacks", [s.name for s in self.stacks]),
            ("windows", [w.name for w in self.windows]),
            ("goals", [g.name for g in self.goals]),
        ):
            twice = sorted({n for n in names if names.count(n) > 1})
            if twice:
                raise ValueError(f"two {what} have the name {twice[0]!r}")
        return self

    @model_validator(mode="after")
    def _one_clause_decides(self) -> Self:
        """Behind a clause that fits everything, no other of its currency can ever be reached."""
        for currency, same in self._by_currency():
            for number, grant in enumerate(same[:-1]):
                if grant.when is None and grant.stack is None and grant.election is None and not grant.on_request:
                    raise ValueError(
                        f'{currency}: the clause "{same[number + 1].clause}" is never reached, because "{grant.clause}" before it '
                        "has no when and decides everything"
                    )
        return self

    @model_validator(mode="after")
    def _names_lead_somewhere(self) -> Self:
        stacks, clauses = {s.name for s in self.stacks}, {g.clause for g in self.grants}
        for grant in self.grants:
            conditions = [w for w in (grant.when, grant.needs, *(c.only for c in grant.caps)) if w is not None]
            conditions += [factor.when for factor in grant.value.factors] if grant.value else []
            for name in filter(None, (grant.stack, *(w.in_stack for w in conditions))):
                if name not in stacks:
                    raise ValueError(f'"{grant.clause}" names the stack "{name}", which is not among the stacks')
            others = grant.exclusions.not_with if grant.exclusions else None
            named = (
                *(others or ()),
                *([grant.value.as_granted_by] if grant.value and grant.value.as_granted_by else ()),
            )
            for name in named:
                if name not in clauses:
                    raise ValueError(f'"{grant.clause}" names the clause "{name}", which is not among the grants')
            if any(cap.per == "window" for cap in grant.caps) or (grant.paid and grant.paid.by_window):
                if not self.windows:
                    raise ValueError(f'"{grant.clause}" goes by windows, and none are given')
                if grant.paid and grant.paid.by_window and any(w.paid_in is None for w in self.windows):
                    raise ValueError(f'"{grant.clause}" is paid by window, so every window needs paid_in')
            if any(cap.per == "contract" for cap in grant.caps) and self.in_force.until is None:
                raise ValueError(f'"{grant.clause}" has a limit per contract, and in_force has no until')
        self.in_turn()
        return self

    @model_validator(mode="after")
    def _shared_limits_agree(self) -> Self:
        caps = [(g, c) for g in self.grants for c in g.caps if c.shared]
        for name in {c.shared for _, c in caps}:
            same = [(g, c) for g, c in caps if c.shared == name]
            said = [(c.count, c.amount, c.per, c.counted_by, c.order, c.only) for _, c in same]
            if any(one != said[0] for one in said):
                raise ValueError(
                    f'the limits shared as "{name}" must say the same count or amount, period, dates and order'
                )
            rounds = [i for i, clauses in enumerate(self.in_turn()) for g, _ in same if g in clauses]
            if len(set(rounds)) > 1:
                raise ValueError(
                    f'the limit shared as "{name}" cannot fill in its order: one of its clauses waits for another clause'
                )
            if same[0][1].amount is not None and len({g.unit for g, _ in same}) > 1:
                raise ValueError(f'the limit shared as "{name}" adds up amounts in different units')
        return self

    @model_validator(mode="after")
    def _preapproved_is_known(self) -> Self:
        preapproval = self.eligibility.preapproval
        tested = {
            self.in_force.by,
            preapproval.frozen_at if preapproval else None,
            *(self.applies_to.employed_on or ()),
        }
        for grant in self.grants:
            tested |= grant.tested()
        if DateName.preapproved in tested and not (preapproval and preapproval.required):
            raise ValueError('the date "preapproved" is tested, so eligibility.preapproval must have required = true')
        return self

    def _by_currency(self) -> Iterator[tuple[Currency, tuple[Grant, ...]]]:
        ordered = sorted(self.grants, key=lambda g: list(Currency).index(g.currency))
        for currency, same in groupby(ordered, key=lambda g: g.currency):
            yield currency, tuple(same)

    def grants_in(self, currency: Currency) -> tuple[Grant, ...]:
        """The clauses that give `currency`, in the order of the file."""
        return tuple(grant for grant in self.grants if grant.currency is currency)

    def clause(self, name: str) -> Grant | None:
        """The clause of that name."""
        return next((grant for grant in self.grants if grant.clause == name), None)

    def stack(self, name: str) -> Stack | None:
        """The stack of that name."""
        return next((stack for stack in self.stacks if stack.name == name), None)

    def in_turn(self) -> tuple[tuple[Grant, ...], ...]:
        """The clauses in rounds: each rests only on clauses of rounds before it. Raises ValueError when they go in a circle."""
        left, rounds, done = list(self.grants), list[tuple[Grant, ...]](), set[str]()
        while left:
            able = tuple(g for g in left if rests_on(g) <= done)
            if not able:
                raise ValueError(f'"{left[0].clause}" rests on itself: {", ".join(sorted(rests_on(left[0])))}')
            rounds.append(able)
            done |= {g.clause for g in able}
            left = [g for g in left if g.clause not in done]
        return tuple(rounds)


def rests_on(grant: Grant) -> set[str]:
    """The clauses that have to be decided before this one."""
    named = set(grant.exclusions.not_with or ()) if grant.exclusions else set[str]()
    return named | ({grant.value.as_granted_by} if grant.value and grant.value.as_granted_by else set())


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
