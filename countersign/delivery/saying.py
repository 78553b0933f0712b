"""What the agreements said of one micro-credential, as sentences to the educator. Pure.

Staff read the engine's sentences as they stand; here they speak to the educator, other cases have their titles, and what the
educator has to do, or may do until when, is said in words that stand alone.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from countersign.delivery import wording
from models.agreement import DateName, Grant, Rules
from models.tables import DecisionRecord
from models.words import Currency, DecisionOutcome

Decided = tuple[DecisionRecord, Rules | None, Grant | None]
"""A live decision, with the agreement and the clause it was made under, where they are on file."""

_CASE = re.compile(r"\bC-(\d+)\b")
_YOURS = re.compile(r"\b(?:the|this) educator['’]s\b")
_YOU = re.compile(r"\b(for|of|to|from|by|with|on|in|gives) (?:the|this) educator\b")
_COME = {
    DateName.submitted: "to submit",
    DateName.earned: "to earn one",
    DateName.preapproved: "to be pre-approved",
    DateName.transcript: "for a transcript to arrive",
}


def to_you(sentence: str, titles: Mapping[int, str] | None = None) -> str:
    """A sentence of the engine's as the educator reads it: about "you", with the titles of other cases that are theirs."""
    known = titles or {}

    def titled(found: re.Match[str]) -> str:
        title = wording.plain(known.get(int(found[1]), ""))
        return f"“{title}”" if title else found[0]

    return _CASE.sub(titled, _YOU.sub(r"\1 you", _YOURS.sub("your", sentence)))


def cases_named(decision: DecisionRecord) -> set[int]:
    """The cases that the decision's sentences name ("C-7")."""
    return {int(number) for reason in decision.reasons for number in _CASE.findall(str(reason["sentence"]))}


def sentences(decision: DecisionRecord, titles: Mapping[int, str]) -> list[str]:
    """Why it was decided so. How full the limit is whose figures the decision carries, `wording.cap_left` says."""
    counts = decision.outcome in {DecisionOutcome.granted, DecisionOutcome.banked}
    left_out = next((r for r in decision.reasons if counts and decision.cap and r.get("code") == "cap"), None)
    return [
        wording.plain(to_you(str(reason["sentence"]), titles), 600)
        for reason in decision.reasons
        if reason is not left_out
    ]


def banked(decided: Sequence[Decided]) -> str:
    """The headline of what is in the bank and nothing else: until when, or until what else has come."""
    dated = next((d for d, _, _ in decided if d.submit_from), None)
    if dated is not None:
        return f"Accepted and banked: it counts in {dated.period}, not before."
    for decision, _, grant in decided:
        code = _code(decision)
        if grant is not None and grant.stack is not None and code == "stack_open":
            return f"Accepted and banked: it counts as soon as the stack “{grant.stack}” is complete."
        if grant is not None and grant.each is not None and code == "gathering":
            whole = grant.each.unit if grant.each.gives == 1 else wording.amount(grant.each.gives, grant.each.unit)
            return f"Accepted and banked: it counts toward the next {whole}, together with others still to come."
    return "Accepted and banked: it counts together with others still to come."


def accepted(by_outcome: Mapping[DecisionOutcome, Sequence[DecisionRecord]], titles: Mapping[int, str]) -> str:
    """The headline of what is granted. College credit is the college's to give: what is ready is the request for it. What went into a whole
    that another case completed has no amount of its own."""
    granted = [d for d in by_outcome[DecisionOutcome.granted] if d.quantity]
    credit = [d for d in granted if d.currency == Currency.graduate_credit]
    what = [wording.granted(d.recognizer, Currency(d.currency), d.quantity, d.unit) for d in granted if d not in credit]
    said = ["Accepted."]
    if what:
        said.append(f"It counts for {wording.listed(what)}.")
    if other := _counted_with([d for d in by_outcome[DecisionOutcome.granted] if not d.quantity], titles):
        said.append(f"It {'also ' if granted else ''}counts together with {other}.")
    said += [f"Your request for {wording.credits_said(d.quantity)} can go to the college." for d in credit]
    for outcome, what_of_it in ((DecisionOutcome.banked, "Banked"), (DecisionOutcome.held, "Not decided yet")):
        others = [f"{d.clause} ({d.recognizer})" for d in by_outcome.get(outcome, ())]
        said += [f"{what_of_it}: {wording.listed(others)}."] if others else []
    return " ".join(said)


def _counted_with(decisions: Sequence[DecisionRecord], titles: Mapping[int, str]) -> str:
    """`“Peer Feedback”`: what completed the wholes that these went into; empty where there are none."""
    named = [_CASE.search(str(decision.reasons[0]["sentence"])) for decision in decisions if decision.reasons]
    return wording.listed(list(dict.fromkeys(to_you(found[0], titles) for found in named if found)))


def needed(decision: DecisionRecord, rules: Rules | None, grant: Grant | None) -> str:
    """What an educator has to do whose move it is, as a sentence; empty when the decision names nothing."""
    if _code(decision).endswith("election_missing") and rules is not None and grant is not None and grant.election:
        names = [f"“{g.clause}”" for g in rules.terms.grants if g.election == grant.election]
        return f"What we need from you: choose between {wording.listed(names)}, and answer this mail with your choice."
    change = change_of(decision)
    return f"What we need from you: {change}" if change else ""


def change_of(decision: DecisionRecord) -> str:
    """What would change the decision, by its first reason; empty when nothing would."""
    first: dict[str, Any] = decision.reasons[0] if decision.reasons else {}
    return wording.plain(to_you(str(first.get("change", ""))), 400)


def dates(decision: DecisionRecord, rules: Rules | None, grant: Grant | None, today: date) -> list[tuple[date, str]]:
    """Days to remember that the agreement itself names: the last one to appeal, and the clause's next deadline."""
    if rules is None:
        return []
    found: list[tuple[date, str]] = []
    exceptions = rules.terms.exceptions
    not_given = decision.outcome in {DecisionOutcome.refused, DecisionOutcome.held}
    if not_given and exceptions is not None and exceptions.appeal is not None:
        decided = decision.decided_at.astimezone(ZoneInfo(rules.terms.time_zone)).date()
        last = decided + timedelta(days=exceptions.appeal.within_days)
        if last >= today:
            sentence = (
                f"the last day to appeal to {exceptions.appeal.to} about {decision.clause} ({decision.recognizer})."
            )
            found.append((last, sentence))
    if grant is not None and decision.cap and (day := _year_ends(decision, rules, grant, today)) is not None:
        counted = "what is earned" if grant.caps[0].counted_by is DateName.earned else "what is submitted"
        sentence = f"the last day of {decision.cap['period']} for {decision.clause} ({decision.recognizer}); {counted} later falls under the next limit."
        found.append((day, sentence))
    if grant is not None and grant.deadline is not None:
        found.append(_deadline(decision, rules, grant.deadline.on, _COME[grant.deadline.of], today))
    return found


def _year_ends(decision: DecisionRecord, rules: Rules, grant: Grant, today: date) -> date | None:
    """The last day of the recognizer's year that runs, where the clause's limit is one of that year and by a date that an educator has
    in hand; None otherwise, and where the agreement ends by then."""
    limit, ends = grant.caps[0] if grant.caps else None, rules.terms.in_force.until
    if limit is None or limit.per != "year" or limit.counted_by not in {DateName.earned, DateName.submitted}:
        return None
    first = wording.next_day(rules.terms.year.starts, today + timedelta(days=1))
    day = first - timedelta(days=1)
    begun = first.year - 1
    label = f"{begun}" if rules.terms.year.starts == "01-01" else f"{begun}-{first.year % 100:02d}"
    return None if decision.cap["period"] != label or (ends is not None and ends <= day) else day


def _deadline(decision: DecisionRecord, rules: Rules, on: str, what: str, today: date) -> tuple[date, str]:
    until, day = rules.terms.in_force.until, wording.next_day(on, today)
    if until is not None and day > until:
        return until, f"the agreement with {decision.recognizer} ends. What comes after it is not known yet."
    return day, f"the next last day {what} for {decision.clause} ({decision.recognizer})."


def _code(decision: DecisionRecord) -> str:
    return str(decision.reasons[0].get("code", "")) if decision.reasons else ""
