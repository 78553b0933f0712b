"""How limits fill: period by period, what was banked first, then in the order the clause states; what is over moves on.

Everything of one agreement and educator goes through one queue, so that limits that are shared fill together. What is gathered
("each 15 hours give 1 credit") fills here too: a whole is given with the micro-credential that completes it.
"""

import heapq
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from countersign.recognition.claims import Claim, arrival, folded
from countersign.recognition.conditions import holds
from countersign.recognition.periods import Period, period_of
from countersign.recognition.timing import counted_year, own_period
from countersign.recognition.wording import MICRO_CREDENTIAL
from countersign.recognition.worth import Worth
from models.agreement import Cap, Each, Grant
from models.records import CapUse, Funds, Reason
from models.words import Currency

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Entry:
    """A case that qualifies under a clause. `worth` is None where the clause states no figure. `full` is the limit that turned it
    away first, when it comes from the bank, `moves` how often it moved, and `late` the deadline it missed. `members` are the other cases
    of a stack that it completes. `gathers` is False where a ruling says what it gives."""

    claim: Claim
    grant: Grant
    worth: Worth | None
    full: CapUse | None = None
    moves: int = 0
    late: date | None = None
    members: tuple[int, ...] = ()
    remarks: tuple[Reason, ...] = ()
    gathers: bool = True

    @property
    def period(self) -> Period:
        """The period the clause goes by for it."""
        return own_period(self.claim, self.grant)


@dataclass(frozen=True, slots=True)
class Place:
    """An entry that counts: how much of it, and how each limit stood. `lost` is what did not fit, `funds` who said that there are
    funds for what is over a limit, `gathered` what it was gathered from."""

    entry: Entry
    quantity: Decimal
    uses: tuple[CapUse, ...]
    lost: Decimal = ZERO
    funds: Funds | None = None
    gathered: "Gathered | None" = None


@dataclass(frozen=True, slots=True)
class Gathered:
    """A sum on its way to the next whole: what there was before this one, with it, and what is left after wholes were given."""

    before: Decimal
    sum: Decimal
    left: Decimal


@dataclass(frozen=True, slots=True)
class Lost:
    """An entry over a limit whose overflow is lost; `expired` when it was banked as long as the limit allows, `no_funds` who said that
    there are none."""

    entry: Entry
    cap: CapUse
    expired: bool = False
    no_funds: Funds | None = None


@dataclass(frozen=True, slots=True)
class Stranded:
    """An entry over a limit that should move to the next period, but something stands in its way there."""

    entry: Entry
    cap: CapUse
    period: Period
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Undecided:
    """An entry over a limit whose period the agreement does not say (`why` "period"), for which nobody has said yet whether there
    are funds ("funds"), or that would be over it in every period ("size")."""

    entry: Entry
    cap: CapUse
    period: Period
    why: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """An entry that is gathered and waits for its whole; `drops` is the last day on which it can still become one."""

    entry: Entry
    gathered: Gathered
    each: Each
    drops: date | None


@dataclass(frozen=True, slots=True)
class CountedWith:
    """An entry whose worth went into a whole that another case completed."""

    entry: Entry
    with_case: int


End = Place | Lost | Stranded | Undecided | Waiting | CountedWith
Renew = Callable[[Entry, date], Entry | tuple[Reason, ...]]
"""An entry as of the first day of a later period, or the reasons why it does not qualify there."""


class Look(NamedTuple):
    """How the limits stood when an entry came to them, in the clause's order, and what was gathered with it. `full` is the number of the
    limit that turned it away, None when none did."""

    limits: tuple[tuple[Cap, CapUse], ...]
    full: int | None = None
    gathered: Gathered | None = None


@dataclass(slots=True)
class Ledger:
    """How far each limit of the agreement is filled, and what is gathered under each clause. `looks` says what each case found there, by
    case and currency, in order."""

    used: dict[tuple[str, str, int, date], Decimal] = field(default_factory=dict[tuple[str, str, int, date], Decimal])
    sums: dict[tuple[str, date, str], "_Sum"] = field(default_factory=dict[tuple[str, date, str], "_Sum"])
    looks: dict[tuple[int, Currency], list[Look]] = field(default_factory=dict[tuple[int, Currency], list[Look]])

    def leave(self, entry: Entry) -> None:
        """Take an entry out of what is gathered: it found no room, and nothing of it waits."""
        for sums in self.sums.values():
            sums.parts = [part for part in sums.parts if part[0] is not entry]

    def look(self, entry: Entry, look: Look) -> None:
        """Note what an entry found."""
        self.looks.setdefault((entry.claim.case.case_id, entry.grant.currency), []).append(look)


@dataclass(slots=True)
class _Sum:
    """What is gathered and not used yet, oldest first."""

    parts: list[tuple[Entry, Decimal, Gathered]] = field(default_factory=list[tuple[Entry, Decimal, Gathered]])

    @property
    def total(self) -> Decimal:
        return sum((left for _, left, _ in self.parts), ZERO)


@dataclass(frozen=True, slots=True)
class _Room:
    """One limit as an entry meets it."""

    cap: Cap
    key: tuple[str, str, int, date]
    period: Period
    limit: Decimal
    used: Decimal
    unit: str

    @property
    def left(self) -> Decimal:
        return max(self.limit - self.used, ZERO)

    def use(self, quantity: Decimal) -> CapUse:
        return CapUse(self.limit, self.used, quantity, self.used + quantity, self.unit, self.period.label)


def fill(entries: Iterable[Entry], renew: Renew, ledger: Ledger) -> dict[tuple[int, str], End]:
    """Where each entry ends, by case and clause. No limit ever takes more than it allows, unless HR has said that there are funds.

    Every period with something waiting places at least one entry (what is larger than a whole limit does not wait), so this ends.
    """
    ended: dict[tuple[int, str], End] = {}
    queue = [(_turn(entry), number, entry) for number, entry in enumerate(entries)]
    heapq.heapify(queue)
    clauses = {entry.grant.clause for _, _, entry in queue}
    number = len(queue)
    while queue:
        _, _, entry = heapq.heappop(queue)
        end = _end(entry, renew, ledger)
        if isinstance(end, Entry):
            heapq.heappush(queue, (_turn(end), number, end))
            number += 1
            continue
        ended[_key(entry)] = end
        if isinstance(end, Place) and end.gathered is not None:
            used_up = _completed(entry, ledger)
            # one that gave a whole itself keeps it: only what it had left over counts with the next
            ended |= {key: with_ for key, with_ in used_up.items() if not isinstance(ended.get(key), Place)}
    for (clause, *_), sums in ledger.sums.items():
        for entry, left, gathered in sums.parts if clause in clauses else ():  # others were told in their own round
            if left and not isinstance(ended.get(_key(entry)), Place):
                ended[_key(entry)] = _waiting(entry, gathered)
    return ended


def _key(entry: Entry) -> tuple[int, str]:
    return entry.claim.case.case_id, entry.grant.clause


def _turn(entry: Entry) -> tuple[object, ...]:
    """The place in the line: period by period, from the bank before the period's own, then by the date the limit names, then by
    arrival."""
    claim, grant = entry.claim, entry.grant
    firsts = [period_of(c, claim.rules.terms, claim.record, claim.day(c.counted_by)).first for c in grant.caps]
    order = claim.moment(grant.cap.order) if grant.cap else claim.case.received_at
    return max([entry.period.first, *firsts]), not claim.carried, order, *arrival(claim.case), grant.clause


def _end(entry: Entry, renew: Renew, ledger: Ledger) -> End | Entry:
    """Where the entry ends, or the entry as it stands in a later period."""
    rooms = [_room(entry, index, cap, ledger) for index, cap in enumerate(entry.grant.caps) if _falls_under(entry, cap)]
    gathered: Gathered | None = None
    wanted = entry.worth.quantity if entry.worth else ZERO
    if entry.gathers and entry.grant.each is not None and entry.worth is not None:
        if full := next((r for r in rooms if not r.left), None):
            return _turned_away(entry, rooms, full, renew, ledger)
        gathered, wanted = _gather(entry, entry.grant.each, entry.worth, ledger)
        if not wanted:
            ledger.look(entry, Look(_as_found(rooms), gathered=gathered))
            return _waiting(entry, gathered)
    given, lifted = wanted, dict[int, Funds]()
    for number, room in enumerate(rooms):
        full = room.left < 1 if room.cap.count is not None else room.left < given
        if not full:
            continue
        if room.cap.last == "part" and room.left:
            given = room.left
        elif (word := _word_of_funds(entry, room)) is not None and word.available:
            lifted[number] = word  # this limit only: all others still hold
        else:
            if gathered is not None:
                ledger.leave(entry)
            return _turned_away(entry, rooms, room, renew, ledger)
    limits: list[tuple[Cap, CapUse]] = []
    for number, room in enumerate(rooms):
        taken = ZERO if number in lifted else Decimal(1) if room.cap.count is not None else given
        ledger.used[room.key] = room.used + taken
        limits.append((room.cap, room.use(taken)))
    ledger.look(entry, Look(tuple(limits), gathered=gathered))
    funds = next(iter(lifted.values()), None)
    return Place(entry, given, tuple(use for _, use in limits), wanted - given, funds=funds, gathered=gathered)


def _turned_away(entry: Entry, rooms: Sequence[_Room], full: _Room, renew: Renew, ledger: Ledger) -> End | Entry:
    ledger.look(entry, Look(_as_found(rooms), rooms.index(full)))
    return _over(entry, full, renew)


def _as_found(rooms: Sequence[_Room]) -> tuple[tuple[Cap, CapUse], ...]:
    return tuple((room.cap, room.use(ZERO)) for room in rooms)


def _falls_under(entry: Entry, cap: Cap) -> bool:
    """Whether a limit that is only for some counts this one; where that is not known, it does."""
    return holds(cap.only, entry.claim) is not False


def _room(entry: Entry, index: int, cap: Cap, ledger: Ledger) -> _Room:
    claim, grant = entry.claim, entry.grant
    period = period_of(cap, claim.rules.terms, claim.record, claim.day(cap.counted_by))
    unit = MICRO_CREDENTIAL if cap.count is not None else grant.unit
    kind, name, number = ("shared", cap.shared, 0) if cap.shared else ("clause", grant.clause, index)
    key = (f"{kind} {unit} {cap.per}", name, number, period.first)  # another version may count something else
    limit = Decimal(cap.count) if cap.count is not None else cap.amount or ZERO
    return _Room(cap, key, period, limit, ledger.used.get(key, ZERO), unit)


def _over(entry: Entry, room: _Room, renew: Renew) -> End | Entry:
    """What becomes of an entry for which a limit has no room."""
    full, cap = room.use(ZERO), room.cap
    if cap.per is None:
        return Undecided(entry, full, room.period, "period")
    if cap.overflow == "lost":
        return Lost(entry, full)
    if cap.overflow == "bank_if_funds":
        word = _word_of_funds(entry, room)
        return Lost(entry, full, no_funds=word) if word is not None else Undecided(entry, full, room.period, "funds")
    if cap.amount is not None and entry.worth is not None and entry.worth.quantity > cap.amount:
        return Undecided(entry, full, room.period, "size")
    if cap.bank_for is not None and entry.moves >= cap.bank_for:
        return Lost(entry, full, expired=True)
    if room.period.following is None:
        return Undecided(entry, full, room.period, "period")
    following = room.period.following()
    later = renew(entry, following.first)
    if isinstance(later, Entry):
        return replace(later, full=entry.full or full, moves=entry.moves + 1, late=entry.late, members=entry.members)
    return Stranded(entry, entry.full or full, following, later)


def _word_of_funds(entry: Entry, room: _Room) -> Funds | None:
    """The latest word on whether there are funds for what is over this limit; None where it asks for none, or nobody said."""
    if room.cap.overflow != "bank_if_funds":
        return None
    agreement, period = entry.claim.rules.terms.id, folded(room.period.label)
    said = [f for f in entry.claim.record.funds if f.agreement == agreement and folded(f.period) == period]
    return max(said, key=lambda f: f.on, default=None)


def _gather(entry: Entry, each: Each, worth: Worth, ledger: Ledger) -> tuple[Gathered, Decimal]:
    """Add the entry to what is gathered; how the sum stands, and what is given for the wholes it completes."""
    year = counted_year(entry.claim, entry.grant).first if each.remainder == "dropped" else date.min
    sums = ledger.sums.setdefault((entry.grant.clause, year, worth.unit), _Sum())
    before = sums.total
    total = before + worth.quantity
    wholes = total // each.amount
    gathered = Gathered(before, total, total - wholes * each.amount)
    sums.parts.append((entry, worth.quantity, gathered))
    return gathered, wholes * each.gives


def _completed(completing: Entry, ledger: Ledger) -> dict[tuple[int, str], End]:
    """Use up what made the whole, oldest first; those that are used up and did not complete it count with the one that did."""
    counted: dict[tuple[int, str], End] = {}
    for (clause, *_), sums in ledger.sums.items():
        if clause != completing.grant.clause or not any(_key(e) == _key(completing) for e, _, _ in sums.parts):
            continue
        each = completing.grant.each
        to_use = sums.total // each.amount * each.amount if each else ZERO
        left: list[tuple[Entry, Decimal, Gathered]] = []
        for entry, part, gathered in sums.parts:
            used = min(part, to_use)
            to_use -= used
            if part > used:
                left.append((entry, part - used, gathered))
            elif _key(entry) != _key(completing):
                counted[_key(entry)] = CountedWith(entry, completing.claim.case.case_id)
        sums.parts = left
    return counted


def _waiting(entry: Entry, gathered: Gathered) -> Waiting:
    each = entry.grant.each
    if each is None:
        raise ValueError(f"the clause {entry.grant.clause!r} gathers nothing")
    year = counted_year(entry.claim, entry.grant)
    return Waiting(entry, gathered, each, year.last if each.remainder == "dropped" else None)
