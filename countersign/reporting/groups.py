"""Groups of educators for a report, and how small ones are put together so that nobody can be recognized."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from models.plan import Plan
from models.text import folded
from models.words import MONTHS, Currency

NOT_RECORDED = "not recorded"
NOBODYS = "nobody on the roster yet"
NOT_LOOKED_FOR = "not looked for: not proven"
NOT_OFFERED = "not among what the plan offers"
NO_STACK = "offered without a stack"
STACKS_NOT_SAID = "not said: the plan names no stacks or titles"


@dataclass(frozen=True, slots=True)
class Job:
    """Where and as what somebody worked on the day a micro-credential came; empty where the roster does not say."""

    district: str
    role: str = ""
    location: str = ""
    band: str = ""


@dataclass(frozen=True, slots=True)
class Given:
    """What one agreement grants for a micro-credential; 0 where it counted together with another one."""

    currency: Currency
    quantity: Decimal
    unit: str


@dataclass(frozen=True, slots=True)
class Came:
    """One micro-credential: the day it came in the affiliate's time zone, whose it is (None: nobody's on the roster yet, or not looked for because it is not proven), whether it is
    proven, and what is granted for it."""

    title: str
    on: date
    educator: int | None
    proven: bool
    jobs: tuple[Job, ...] = ()
    given: tuple[Given, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """The figures of one group. `together` is how many groups were put together in it; 0 for one by itself."""

    label: str
    educators: int
    received: int
    proven: int
    recognized: int
    together: int = 0


@dataclass(slots=True)
class Group:
    """What is counted of one group. `quantity` is the sum of what is granted, where a group is of one currency and unit."""

    label: str
    order: tuple[int, str] = (0, "")
    educators: set[int] = field(default_factory=set[int])
    received: int = 0
    proven: int = 0
    recognized: int = 0
    quantity: Decimal = Decimal(0)

    def add(self, came: Came) -> None:
        if came.educator is not None:
            self.educators.add(came.educator)
        self.received += 1
        self.proven += came.proven
        self.recognized += is_recognized(came)

    def line(self) -> Line:
        return Line(self.label, len(self.educators), self.received, self.proven, self.recognized)


Key = tuple[str, ...]
Groups = dict[Key, Group]
Named = tuple[Key, str, int]
"""A group's key, its name for people, and its place; those with the same place go by name. Groups of what is not said or not recorded
have a key that ends with an empty text."""


def grouped(mine: Iterable[Came], names: Callable[[Came], Iterable[Named]]) -> Groups:
    """The groups that `names` puts them in, in the order in which they are shown. One that is in two groups counts in both."""
    groups: Groups = {}
    for one in mine:
        for key, label, place in {named[0]: named for named in names(one)}.values():
            group = groups.setdefault(key, Group(label, (place, label)))
            if (place, label) < group.order:  # two spellings of one name: the same one whatever came first
                group.label, group.order = label, (place, label)
            group.add(one)
    return dict(sorted(groups.items(), key=lambda item: (item[1].order, item[0])))


def by_stack(plan: Plan) -> Callable[[Came], Iterable[Named]]:
    """The stacks of the plan in which a title stands, in the plan's order."""
    of: dict[str, list[Named]] = {}
    for place, offer in enumerate(plan.offers or ()):
        named = (
            ((folded(offer.stack),), offer.stack, place)
            if offer.stack
            else (("single", ""), NO_STACK, len(plan.offers or ()))
        )
        for title in offer.titles:
            of.setdefault(folded(title), []).append(named)
    none = (("none", ""), NOT_OFFERED if plan.offers else STACKS_NOT_SAID, len(plan.offers or ()) + 1)
    return lambda came: of.get(folded(came.title), [none])


def by_location(came: Came) -> Iterable[Named]:
    """The schools: two districts may have one of the same name."""
    for job in came.jobs:
        label = f"{job.location} ({job.district})" if job.location else f"{job.district}, school {NOT_RECORDED}"
        yield (folded(job.district), folded(job.location)), label, 0
    yield from _without_job(came)


def by_role(came: Came) -> Iterable[Named]:
    """The kinds of educators, as the roster names roles."""
    for job in came.jobs:
        yield ((folded(job.role),), job.role, 0) if job.role else _UNKNOWN
    yield from _without_job(came)


def by_band(came: Came) -> Iterable[Named]:
    """Bands are a district's own: the same name in two districts is two bands."""
    for job in came.jobs:
        band = (folded(job.district), folded(job.band)), f"{job.band} ({job.district})", 0
        yield band if job.band else _UNKNOWN
    yield from _without_job(came)


_UNKNOWN: Named = (("",), NOT_RECORDED, 1)
_NOBODY: Named = (("nobody", ""), NOBODYS, 2)
_NOT_PROVEN: Named = (("not proven", ""), NOT_LOOKED_FOR, 3)


def _without_job(came: Came) -> Iterable[Named]:
    if came.educator is None:
        yield _NOBODY if came.proven else _NOT_PROVEN
    elif not came.jobs:
        yield _UNKNOWN


def by_month(came: Came) -> Iterable[Named]:
    """The months, first to last."""
    on = came.on
    yield (f"{on:%Y-%m}",), f"{MONTHS[on.month - 1]} {on.year}", on.year * 12 + on.month


def apart(groups: Mapping[Key, Group], smallest: int | None) -> tuple[tuple[Key, ...], tuple[Key, ...]]:
    """The groups that are shown by themselves, and those put together: all that are too small and, as long as these together are still
    too few educators, the next larger ones. Otherwise one small group could be read off as what is left of the total. A group without
    any educator stays: in it is nobody to be recognized."""
    if smallest is None:
        return tuple(groups), ()
    ordered = sorted(groups, key=lambda key: (len(groups[key].educators), groups[key].order, key))
    together = [key for key in ordered if 0 < len(groups[key].educators) < smallest]
    rest = [key for key in ordered if len(groups[key].educators) >= smallest]
    while rest and together and len(educators_in(groups, together)) < smallest:
        together.append(rest.pop(0))
    return tuple(key for key in groups if key not in together), tuple(together)


def educators_in(groups: Mapping[Key, Group], keys: Iterable[Key]) -> set[int]:
    """The educators of some of the groups, each once."""
    return set[int]().union(*(groups[key].educators for key in keys))


def lines(groups: Groups, smallest: int | None) -> tuple[Line, ...]:
    """The groups as lines; those put together are the last one."""
    own, together = apart(groups, smallest)
    lines = [groups[key].line() for key in own]
    if together:
        merged = [groups[key] for key in together]
        lines.append(
            Line(
                together_said(len(merged), any(groups[key].educators for key in own)),
                len(educators_in(groups, together)),
                *(sum(getattr(g, name) for g in merged) for name in ("received", "proven", "recognized")),
                together=len(merged),
            )
        )
    return tuple(lines)


def together_said(count: int, others: bool) -> str:
    """`2 smaller groups put together`. Their names are not said: that somebody of a school takes part may be telling already."""
    if count == 1:
        return "one small group"
    return f"{count} {'smaller ' if others else ''}groups put together"


def is_recognized(came: Came) -> bool:
    """Whether something is granted for it."""
    return came.proven and bool(came.given)
