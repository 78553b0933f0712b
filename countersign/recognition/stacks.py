"""Sets of micro-credentials that are recognized together: which cases make one up, and which completes it."""

from collections.abc import Sequence
from dataclasses import dataclass

from countersign.recognition.claims import Claim, arrival, folded
from models.agreement import Stack


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a stack is: the cases in it in the order in which they count, the titles still missing, and the case that completed it,
    None as long as it is open. Micro-credentials beyond what is needed do not belong to it."""

    cases: tuple[int, ...]
    missing: tuple[str, ...]
    completed_by: int | None


def standing(stack: Stack, claims: Sequence[Claim]) -> Standing:
    """How far `stack` is with these claims, which qualify in all else. A title counts once, the first time it comes; in a stack that has
    an order, one that was earned before the title ahead of it waits for that."""
    wanted = {folded(title): number for number, title in enumerate(stack.titles)}
    taken: dict[int, Claim] = {}
    for claim in sorted(claims, key=lambda c: arrival(c.case)):
        number = wanted.get(folded(claim.case.title))
        if number is not None and number not in taken and len(taken) < stack.needed:
            taken[number] = claim
    if stack.in_order:
        taken = _in_order(taken)
    cases = tuple(claim.case.case_id for claim in sorted(taken.values(), key=lambda c: arrival(c.case)))
    missing = tuple(title for number, title in enumerate(stack.titles) if number not in taken)
    return Standing(cases, missing, cases[-1] if len(cases) == stack.needed else None)


def _in_order(taken: dict[int, Claim]) -> dict[int, Claim]:
    """Those whose predecessors are all there and were earned no later."""
    kept: dict[int, Claim] = {}
    for number in sorted(taken):
        ahead = kept.get(number - 1)
        if number and (ahead is None or ahead.case.issued_on > taken[number].case.issued_on):
            break
        kept[number] = taken[number]
    return kept
