"""The trace of a case as text for a terminal of 80 columns: every agreement, every clause it tried, and what that looked at."""

from collections.abc import Collection, Iterator, Sequence

from countersign.recognition.asked import Line
from countersign.recognition.claims import DATES_SAID
from countersign.recognition.explanation import Explanation
from countersign.recognition.periods import ALL_TIME
from countersign.recognition.printed import WHOSE, WIDTH, field, wrapped
from countersign.recognition.tracing import BEHIND, Change, LimitLooked, Step, Trace, Tried
from countersign.recognition.wording import CURRENCY_SAID, amount
from countersign.recognition.years import said
from models.records import Decision
from models.words import MONTHS

PER = {
    "year": "a year",
    "month": "a month",
    "window": "a window",
    "licence_period": "a license period",
    "contract": "the contract",
    "lifetime": "all time",
    "": "a time that the agreement does not say",
}


def traces_text(explanation: Explanation) -> str:
    """How each agreement came to what it says of the case: plain text, lines of at most 80 columns, without a line break at the end."""
    return "\n".join(_lines(explanation))


def _lines(e: Explanation) -> Iterator[str]:
    yield from wrapped(f"{e.label}  {e.title or '(title not known yet)'}: how it is decided, clause by clause")
    yield "=" * WIDTH
    if not e.traces:
        yield from wrapped(
            f"No agreement looks at it: its state is {e.state.value}. See: countersign explain {e.label}"
        )
    for sentence in e.moved_on:
        yield from field("Moved on", sentence)
    for trace in sorted(e.traces, key=lambda t: bool(t.silent)):
        if trace is not e.traces[0] or e.moved_on:
            yield ""
        yield from _trace(trace)


def _trace(trace: Trace) -> Iterator[str]:
    yield from wrapped(f"{trace.recognizer} ({trace.agreement}, version {trace.sha256[:12]})")
    yield "-" * WIDTH
    if trace.silent:
        yield from field("Silent", trace.silent)
        return
    until = f"until {said(trace.in_force_until)}" if trace.in_force_until else "without an end"
    on = f", {said(trace.day)}" if trace.day else ", which is not on record"
    yield from field(
        "In force", f"from {said(trace.in_force_from)} {until}; it goes by the day it was {DATES_SAID[trace.by]}{on}"
    )
    for number, looked in enumerate(trace.days):
        day = said(looked.day) if looked.day else "not on record"
        by = f", looked at by {_and(looked.decides)}" if looked.decides else ", which nothing here goes by"
        yield from field("" if number else "Days", f"{DATES_SAID[looked.name]}: {day}{by}")
    yield from field("Time zone", trace.time_zone)
    for number, tried in enumerate(trace.clauses, 1):
        yield ""
        yield from _tried(number, tried)


def _tried(number: int, tried: Tried) -> Iterator[str]:
    yield from wrapped(f"{number}. {tried.clause} ({CURRENCY_SAID[tried.currency]}): {tried.stood}", rest="   ")
    if tried.stood == BEHIND:
        return
    yield from _condition("When", tried.when)
    told = {reason.sentence for reason in tried.decision.reasons} if tried.decision else set[str]()
    for step in tried.steps:
        yield from _step(step, len(tried.steps) > 1, told)
    if tried.decision is not None:
        yield from _outcome(tried.decision, tried.changes)


def _condition(label: str, found: Sequence[Line]) -> Iterator[str]:
    for number, line in enumerate(found):
        met = {True: "holds", False: "does not hold", None: "not known yet"}[line.met]
        yield from field("" if number else label, f"{line.asked}; there: {line.there}; {met}")


def _step(step: Step, several: bool, told: Collection[str]) -> Iterator[str]:
    """One step; what the outcome tells is not told here too."""
    period = f", in {step.period}" if step.period else ""
    if several or step.carried:
        how = "moved to" if step.carried else "as submitted"
        yield from field("Step", f"{how} {said(step.day)}{period}, by the version from {said(step.version_from)}")
    else:
        yield from field("Counts on", f"{said(step.day)}{period}")
    yield from _condition("Needs", step.needs)
    for shown in step.shown:
        yield from field("Shown", shown)
    if step.last_day is not None:
        yield from field("Deadline", f"{said(step.last_day)}: {'missed' if step.missed else 'met'}")
    if step.ruling:
        yield from field("Ruling", step.ruling)
    for number, reason in enumerate(r for r in step.against if r.sentence not in told):
        yield from field("" if number else "Against", reason.sentence)
    if step.quantity is not None:
        yield from field(
            "Worth",
            " ".join([f"{amount(step.quantity, step.unit)}.", *(s for s in step.worth if s not in told)]),
        )
    if step.gathered is not None:
        g = step.gathered
        before, sum_, left, each = (amount(q, g.unit) for q in (g.before, g.sum, g.left, g.each))
        yield from field("Gathered", f"{before} before, {sum_} with it, {left} left over; {each} make a whole")
    for number, limit in enumerate(step.limits):
        yield from field("" if number else "Limit", _limit(limit))


def _limit(limit: LimitLooked) -> str:
    use = limit.use
    before, used, after = (f"{figure.normalize():f}" for figure in (use.before, use.used, use.after))
    shared = f", shared as “{limit.shared}”" if limit.shared else ""
    period = "" if use.period == ALL_TIME else f" in {use.period}"
    full = "; there is no room for it" if limit.full else ""
    return (
        f"{before} before + {used} used = {after} of at most {amount(use.limit, use.unit)}{period}; counted over {PER[limit.per]} by the day "
        f"it was {DATES_SAID[limit.counted_by]}{shared}{full}"
    )


def _outcome(d: Decision, changes: Sequence[Change]) -> Iterator[str]:
    figure = f" {amount(d.quantity, d.unit)}" if d.quantity else ""
    yield from field("Outcome", f"{d.outcome.value.upper()}{figure}{f', in {d.period}' if d.period else ''}")
    for number, reason in enumerate(d.reasons):
        yield from field("" if number else "Because", f"{reason.sentence} [{reason.code}]")
    if d.effective_on is not None:
        yield from field("Takes effect", said(d.effective_on))
    if d.pay_month:
        year, month = d.pay_month.split("-")
        yield from field("Pay month", f"{MONTHS[int(month) - 1]} {year}")
    for number, change in enumerate(changes):
        whose = f" Next move: {WHOSE[change.owner]}." if change.owner in WHOSE else ""
        yield from field("" if number else "Would change", f"{change.sentence}{whose}")
    if not changes:
        yield from field("Would change", "Nothing that is still to come, as the agreement stands.")


def _and(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
