"""Which lines of a month stay out because what they stand on is in doubt, and which cases have to be looked at before.

A line waits while a doubt about its case is open (`models.words.Doubt`), while its case was ended and the ledger has not taken
it back yet, and when it came too late to be looked at before this closing. It is shown among what is held, and goes out
with the next package once nothing stands against it.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from countersign.reporting.chunked import by_ids
from countersign.review import HOUSE
from models.credentials import CheckName, CheckOutcome
from models.tables import Case, Posting, ReviewItem, VerdictRecord
from models.words import CaseState, Doubt, Owner, PostingKind, Recheck

WITHDRAWN = "withdrawn_by_issuer"
UNPROVEN = "not_proven"
ENDED = "ended"
LATE = "late"

SAID = {
    WITHDRAWN: "withdrawn by the issuer",
    UNPROVEN: "not proven any more",
    Doubt.revoked_later.value: "withdrawn by the issuer, or not proven any more",
    Doubt.unclear.value: "in doubt: a person has to find out, for instance because a key was reported stolen",
    Doubt.not_rechecked.value: "could not be looked up",
    ENDED: "ended by a person, and not taken back yet",
    LATE: "came while the month was being closed",
}
"""Why lines are withheld, as the cover and the summary say it, in the order in which they say it. `revoked_later` stands in what
was closed before the two were told apart, and where no verdict tells which of them it is."""

FOUND = {
    Recheck.proven: ("was looked up and still stands", "were looked up and still stand"),
    Recheck.nothing_to_look_up: ("has nothing to look up", "have nothing to look up"),
    Recheck.kept: ("counts because a person decided so", "count because a person decided so"),
    Recheck.in_doubt: ("is in doubt", "are in doubt"),
    Recheck.not_looked_up: ("could not be looked up", "could not be looked up"),
}
"""What another look came to, as the cover and the summary say it of one and of several, in the order in which they say it."""

_DOUBTS = [doubt.value for doubt in Doubt]
_COMMAND = re.compile(r"(?: with|:)? \(?countersign [^.:;,)]*\)?")


@dataclass(frozen=True, slots=True)
class Withheld:
    """Why the lines of a case stay out: a key of `SAID`, the sentence, what would change it, whose move it is, and when it
    is looked at again (None: when somebody acts); `every_run` when that is by every run; `since` when a doubt is open."""

    why: str
    reason: str
    change: str
    owner: Owner
    look_again_at: datetime | None = None
    every_run: bool = False
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Doubted:
    """A doubt about a case that is over: from when to when lines were withheld for it, and what a person decided, if one
    did ("Pat: Kept: The work is sound.")."""

    opened_at: datetime
    closed_at: datetime
    sentence: str
    ruling: str


def examined(counts: Mapping[str, int] | None) -> str:
    """What was examined again before a package was closed, and what that came to: "7 micro-credentials were examined again: 5
    could not be looked up; 2 have nothing to look up." Empty when nothing was. `counts` is by `Recheck`."""
    total = sum(counts.values()) if counts else 0
    if not counts or not total:
        return ""
    begin = "1 micro-credential was" if total == 1 else f"{total:,} micro-credentials were"
    parts = [f"{counts[k]:,} {FOUND[k][counts[k] != 1]}" for k in FOUND if counts.get(k)]
    return f"{begin} examined again: {'; '.join(parts)}."


def counted(rechecked: Mapping[int, Recheck] | None, cases: Collection[int]) -> dict[str, int] | None:
    """How many of these cases came to what, by `Recheck`; None when nothing was looked up."""
    if rechecked is None:
        return None
    return dict(Counter(found.value for case, found in sorted(rechecked.items()) if case in cases))


def withheld(
    session: Session,
    cases: Collection[int],
    doubts: Mapping[int, Withheld],
    rechecked: Collection[int] | None,
    now: datetime,
) -> dict[int, Withheld]:
    """Of these cases, which grants rest on, those whose lines stay out; `doubts` are the open ones (`in_doubt`). `rechecked` are the
    cases that were looked at before this closing, None when nothing was looked up: then nothing is late."""
    found: dict[int, Withheld] = {}
    for case in by_ids(session, select(Case), Case.id, cases):
        if case.state in (CaseState.rejected, CaseState.joined):
            found[case.id] = Withheld(
                ENDED,
                f"{case.label} was ended after this was granted, and the ledger has not taken the line back yet.",
                "The next nightly run does that.",
                Owner.nobody,
                now,
                every_run=True,
            )
        elif rechecked is not None and case.id not in rechecked:
            found[case.id] = Withheld(
                LATE,
                f"{case.label} was granted while this month was being closed, after all others were looked up again.",
                "It is looked up before the next package is closed.",
                Owner.nobody,
            )
    return found | {case: doubts[case] for case in cases if case in doubts}


def in_doubt(session: Session, cases: Collection[int], now: datetime) -> dict[int, Withheld]:
    """Of these cases, those about which a doubt is open."""
    found: dict[int, Withheld] = {}
    query = select(ReviewItem).where(col(ReviewItem.code).in_(_DOUBTS), col(ReviewItem.closed_at).is_(None))
    items = list(by_ids(session, query.order_by(col(ReviewItem.id)), ReviewItem.subject, _subjects(cases)))
    which = _failing(session, {_number(item) for item in items if item.code == Doubt.revoked_later})
    for item in items:
        again = item.look_again_at and max(item.look_again_at, now)
        found[_number(item)] = Withheld(
            which.get(_number(item)) or item.code,
            item.sentence,
            item.next_step,
            Owner(item.owner),
            again,
            every_run=again == now,
            since=item.opened_at,
        )
    return found


def _failing(session: Session, cases: Collection[int]) -> dict[int, str]:
    """Whether what speaks against these cases is that their issuer withdrew them, or another check: the first that failed when
    they were last looked at. Cases without a verdict are left out."""
    query = select(VerdictRecord).order_by(col(VerdictRecord.id))
    last = {v.case_id: v for v in by_ids(session, query, VerdictRecord.case_id, cases)}
    failed = {
        case: next((c["name"] for c in verdict.checks if c["outcome"] == CheckOutcome.failed), "")
        for case, verdict in last.items()
    }
    return {case: WITHDRAWN if name == CheckName.status else UNPROVEN for case, name in failed.items()}


def without_commands(text: str) -> str:
    """What staff are told to do, for HR, who have no commands: "decide with countersign review resolve: keep it" is "decide: keep
    it"."""
    return _COMMAND.sub("", text)


def doubted(session: Session, postings: Sequence[Posting]) -> Mapping[int, Sequence[Doubted]]:
    """The doubts about the cases of these postings that are over, by case, oldest first."""
    found: dict[int, list[Doubted]] = {}
    query = select(ReviewItem).where(col(ReviewItem.code).in_(_DOUBTS), col(ReviewItem.closed_at).is_not(None))
    for item in by_ids(
        session, query.order_by(col(ReviewItem.id)), ReviewItem.subject, _subjects(p.case_id for p in postings)
    ):
        ruling = "" if item.closed_by in HOUSE else f"{item.closed_by}: {item.resolution}"
        found.setdefault(_number(item), []).append(Doubted(item.opened_at, item.closed_at, item.sentence, ruling))
    return found


def to_be_looked_at(postings: Sequence[Posting]) -> set[int]:
    """The cases that these postings would pay for: those with a grant."""
    return {p.case_id for p in postings if p.kind == PostingKind.grant}


def _subjects(cases: Iterable[int]) -> set[str]:
    return {f"case:{case}" for case in cases}


def _number(item: ReviewItem) -> int:
    return int(item.subject.removeprefix("case:"))
