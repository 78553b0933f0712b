"""What stands in an agreement and can never come to pass: each a sentence for a person who negotiates contracts."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from countersign.recognition.claims import DATES_SAID, folded
from countersign.recognition.remarks import Path_, Remark, can_show, conditions
from countersign.recognition.wording import amount, listed
from countersign.recognition.years import RecognizerYear, said
from models.agreement import Agreement, DateName, DateTest, Grant, Range, Rules, When
from models.words import Currency


def found(rules: Rules) -> Iterator[Remark]:
    """What can never be reached."""
    terms = rules.terms
    yield from _clauses(terms)
    yield from _elections(terms)
    yield from _stacks(rules)
    yield from _sets_beside_singles(terms)
    yield from _days(terms)
    for number, grant in enumerate(terms.grants):
        at, clause = ("grants", number), f'"{grant.clause}"'
        for name, when in (("when", grant.when), ("needs", grant.needs)):
            if when is not None:
                yield from _whom(rules, when, clause, (*at, name))
                for test in when.dates or ():
                    yield from _dates(terms, test, clause, (*at, name))
        yield from _bands(terms, grant, clause, at)
        yield from _deadline(terms, grant, clause, at)
        yield from _first_one(grant, clause, at)
        for fee in grant.credit_request.fees if grant.credit_request else ():
            if not _meets(terms, fee.from_, fee.until):
                sentence = f"{clause}: the fee of {amount(fee.amount, fee.unit)} ({fee.source}) is in force on no day of the agreement."
                yield Remark(sentence, (*at, "credit_request", "fees"))


def _clauses(terms: Agreement) -> Iterator[Remark]:
    """Clauses behind one whose condition is met whenever theirs is."""
    for currency in Currency:
        same = [(n, g) for n, g in enumerate(terms.grants) if g.currency is currency]
        for place, (number, grant) in enumerate(same):
            for _, earlier in same[:place]:
                plain = earlier.stack is None and earlier.election is None and not earlier.on_request
                if plain and earlier.when is not None and grant.when is not None and _implies(grant.when, earlier.when):
                    sentence = (
                        f'"{grant.clause}" is never reached: whatever meets its condition meets that of "{earlier.clause}", which stands '
                        "before it and decides."
                    )
                    yield Remark(sentence, ("grants", number, "clause"))
                    break


def _implies(narrow: When, wide: When) -> bool:
    """Whether every line of `wide` holds wherever `narrow` does, as far as their words tell."""
    for line in wide.model_fields_set:
        asked, given = getattr(wide, line), getattr(narrow, line)
        if asked is None:
            continue
        if given is None:
            return False
        if isinstance(asked, Range) and isinstance(given, Range):
            if not _within(given, asked):
                return False
        elif line in ("evidence", "dates"):
            if not set(asked) <= set(given):
                return False
        elif isinstance(asked, tuple):
            if not {folded(str(one)) for one in given} <= {folded(str(one)) for one in asked}:  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
                return False
        elif asked != given:
            return False
    return True


def _within(inner: Range, outer: Range) -> bool:
    low = outer.at_least is None or (inner.at_least is not None and inner.at_least >= outer.at_least)
    if outer.below is not None:
        tops = (inner.below is not None and inner.below <= outer.below) or (
            inner.at_most is not None and inner.at_most < outer.below
        )
        return low and tops
    if outer.at_most is not None:
        tops = (inner.at_most is not None and inner.at_most <= outer.at_most) or (
            inner.below is not None and inner.below <= outer.at_most
        )
        return low and tops
    return low


def _elections(terms: Agreement) -> Iterator[Remark]:
    for name in dict.fromkeys(g.election for g in terms.grants if g.election):
        clauses = [(n, g) for n, g in enumerate(terms.grants) if g.election == name]
        if len(clauses) == 1:
            number, grant = clauses[0]
            sentence = (
                f'The election "{name}" has the clause "{grant.clause}" alone: there is nothing to choose, and it is held until the educator '
                "chose it."
            )
            yield Remark(sentence, ("grants", number, "clause"))


def _stacks(rules: Rules) -> Iterator[Remark]:
    terms, approval = rules.terms, rules.terms.eligibility.preapproval
    titles = {folded(row.title) for row in rules.approved}
    used = {g.stack for g in terms.grants} | {w.in_stack for g in terms.grants for w in conditions(terms, g)}
    for number, stack in enumerate(terms.stacks):
        if approval is not None and approval.list is not None and titles:
            unknown = [title for title in stack.titles if folded(title) not in titles]
            if len(stack.titles) - len(unknown) < stack.needed:
                sentence = (
                    f'The stack "{stack.name}" can never be complete: {_titles(unknown)} not on the approved list ({approval.list}), and '
                    f"{stack.needed} titles are needed."
                )
                yield Remark(sentence, ("stacks", number))
            elif unknown:
                sentence = (
                    f'In the stack "{stack.name}", {_titles(unknown)} not on the approved list ({approval.list}).'
                )
                yield Remark(sentence, ("stacks", number))
        if stack.name not in used:
            yield Remark(f'No clause goes by the stack "{stack.name}".', ("stacks", number))


def _sets_beside_singles(terms: Agreement) -> Iterator[Remark]:
    """Sets in a currency in which their micro-credentials could be given singly too: one clause decides, and only that one gives."""
    for number, grant in enumerate(terms.grants):
        if grant.stack is None or grant.election is not None or grant.on_request:
            continue
        same = [(n, g) for n, g in enumerate(terms.grants) if g.currency is grant.currency and g.stack is None]
        beside = [(n, f'"{g.clause}"') for n, g in same if not _apart(terms, grant, g)]
        before = [name for n, name in beside if n < number and terms.grants[n].election is None]
        after = [name for n, name in beside if n > number]
        if before:
            sentence = (
                f'"{grant.clause}" stands behind {listed(before)} and is for a set: where {listed(before, "or")} fits, that one decides, '
                "and the set is never given. Put the set first."
            )
            yield Remark(sentence, ("grants", number, "clause"))
        if after:
            sentence = (
                f'"{grant.clause}" is for a set and stands before {listed(after)}: what belongs to the set "{grant.stack}" waits until the '
                f"set is complete, no day ends the wait, and until then {listed(after)} gives nothing for it."
            )
            yield Remark(sentence, ("grants", number, "clause"))


def _apart(terms: Agreement, one: Grant, two: Grant) -> bool:
    """Whether no micro-credential can meet the conditions of both, as far as their words tell."""
    titles = _titles_of(terms, two)
    if titles and not titles & _titles_of(terms, one):
        return True
    if one.when is None or two.when is None:
        return False
    if None not in (one.when.members, two.when.members) and one.when.members != two.when.members:
        return True
    for line in ("roles", "bands", "bargaining_units", "locations", "licence_levels", "issuers"):
        asked: tuple[Sequence[str] | None, Sequence[str] | None] = getattr(one.when, line), getattr(two.when, line)
        if asked[0] and asked[1] and not {folded(a) for a in asked[0]} & {folded(b) for b in asked[1]}:
            return True
    return False


def _titles_of(terms: Agreement, grant: Grant) -> set[str]:
    """The titles that the clause is for, folded; empty when it is for all."""
    found = [t for t in (grant.when.titles if grant.when else None, _in(terms, grant.stack)) if t]
    found += [_in(terms, grant.when.in_stack)] if grant.when and grant.when.in_stack else []
    titles = {folded(title) for title in found[0]} if found else set[str]()
    for more in found[1:]:
        titles &= {folded(title) for title in more}
    return titles


def _in(terms: Agreement, name: str | None) -> tuple[str, ...]:
    stack = terms.stack(name) if name is not None else None
    return stack.titles if stack is not None else ()


def _titles(titles: Sequence[str]) -> str:
    named = [f'"{title}"' for title in titles]
    return f"{listed(named)} {'is' if len(named) == 1 else 'are'}"


def _whom(rules: Rules, when: When, clause: str, at: Path_) -> Iterator[Remark]:
    """Conditions that nobody to whom the agreement applies can meet."""
    terms = rules.terms
    pairs = (
        ("role", when.roles, terms.applies_to.roles),
        ("band", when.bands, terms.applies_to.bands),
        ("bargaining unit", when.bargaining_units, terms.applies_to.bargaining_units),
        ("issuer", when.issuers, terms.eligibility.issuers),
    )
    for what, wanted, able in pairs:
        if wanted is not None and able is not None and not {folded(w) for w in wanted} & {folded(a) for a in able}:
            sentence = f"{clause} asks for the {what} {listed(wanted, 'or')}, and the agreement is only for {listed(able, 'or')}: nobody meets it."
            yield Remark(sentence, at)
    if when.members is not None and terms.applies_to.members not in (None, when.members):
        yield Remark(f"{clause} and applies_to say the opposite of members: nobody meets both.", at)
    approval, titles = terms.eligibility.preapproval, {folded(row.title) for row in rules.approved}
    unknown = [t for t in when.titles or () if folded(t) not in titles]
    if approval is not None and approval.list is not None and titles and unknown:
        yield Remark(
            f"{clause} names what never counts: {_titles(unknown)} not on the approved list ({approval.list}).", at
        )


def _dates(terms: Agreement, test: DateTest, clause: str, at: Path_) -> Iterator[Remark]:
    span, what = terms.in_force, DATES_SAID[test.of]
    same = test.of is span.by
    before = same or (
        test.of is DateName.earned and span.by is DateName.submitted
    )  # nothing is submitted before it is earned
    late = before and test.from_ is not None and span.until is not None and test.from_ > span.until
    if late or (same and test.until is not None and test.until < span.from_):
        days = f"from {said(test.from_)}" if late and test.from_ else f"until {said(test.until)}" if test.until else ""
        sentence = (
            f"{clause} asks that it was {what} {days}, and this version is in force from {said(span.from_)}"
            f"{f' until {said(span.until)}' if span.until else ' on'}: no day meets both."
        )
        yield Remark(sentence, at)
    if test.not_before is not None and test.not_after is not None:
        year = RecognizerYear.of(span.from_, terms.year.starts)
        if year.day(test.not_before) > year.day(test.not_after):
            sentence = (
                f"{clause} asks for a day not before {test.not_before} and not after {test.not_after}; in a year that starts on "
                f"{terms.year.starts} there is none."
            )
            yield Remark(sentence, at)


def _bands(terms: Agreement, grant: Grant, clause: str, at: Path_) -> Iterator[Remark]:
    low, high = can_show(terms, grant)
    if high is not None and high <= low:
        yield Remark(f"{clause} asks for figures that exclude one another: nothing meets it.", (*at, "clause"))
        return
    for band in grant.value.bands or () if grant.value else ():
        if (high is not None and band.from_ >= high) or (band.below is not None and band.below <= low):
            top = f" to below {band.below:f}" if band.below is not None else " on"
            sentence = f"{clause}: nothing that meets its conditions can lie in the band from {band.from_:f}{top}."
            yield Remark(sentence, (*at, "value"))


def _deadline(terms: Agreement, grant: Grant, clause: str, at: Path_) -> Iterator[Remark]:
    span, until = terms.in_force, terms.in_force.until
    if grant.deadline is None or grant.deadline.of is not span.by or until is None:
        return
    year = RecognizerYear.of(span.from_, terms.year.starts)
    if year.last >= until and year.day(grant.deadline.on) < span.from_:
        sentence = f"{clause}: its deadline, {said(year.day(grant.deadline.on))}, is over before the agreement begins; everything is late."
        yield Remark(sentence, (*at, "deadline"))


def _first_one(grant: Grant, clause: str, at: Path_) -> Iterator[Remark]:
    """Limits that not even one fits under."""
    flat, factors = (grant.value.flat, grant.value.factors) if grant.value else (None, ())
    for cap in grant.caps:
        if flat is not None and not factors and cap.amount is not None and flat > cap.amount and grant.each is None:
            unit = grant.unit
            if cap.last == "whole":
                sentence = f"{clause} gives {amount(flat, unit)} only whole, and its limit is {amount(cap.amount, unit)}: it never fits."
            else:
                sentence = f"{clause} gives {amount(flat, unit)}, and its limit is {amount(cap.amount, unit)}: not even one is given whole."
            yield Remark(sentence, (*at, "cap"))


def _days(terms: Agreement) -> Iterator[Remark]:
    """Closed days, windows and programmes that no day of this version reaches."""
    span = terms.in_force
    for number, closed in enumerate(terms.closed):
        if span.by is DateName.submitted and not _meets(terms, closed.from_, closed.until):
            yield Remark(
                "These closed days lie outside of the days on which the version is in force.", ("closed", number)
            )
        starts = closed.from_ is None or closed.from_ <= span.from_
        ends = closed.until is None or (span.until is not None and span.until <= closed.until)
        if span.by is DateName.submitted and starts and ends:
            yield Remark("The program is closed on every day of the agreement: it gives nothing.", ("closed", number))
    if span.until is None or span.until - span.from_ >= timedelta(days=365):
        return
    for number, window in enumerate(terms.windows):
        days = (span.from_ + timedelta(days=n) for n in range((span.until - span.from_).days + 1))
        if not any(window.covers(day) for day in days):
            sentence = f'The window "{window.name}" ({window.from_} to {window.until}) holds no day on which the version is in force.'
            yield Remark(sentence, ("windows", number))


def _meets(terms: Agreement, first: date | None, last: date | None) -> bool:
    span = terms.in_force
    return (first or date.min) <= (span.until or date.max) and span.from_ <= (last or date.max)
