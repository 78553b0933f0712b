"""What one micro-credential is worth under a clause: flat, by what is shown, in bands, by stages, or by what another clause gave."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, ROUND_UP, Decimal

from countersign.recognition.claims import Claim
from countersign.recognition.conditions import holds, not_shown, shown, unmet
from countersign.recognition.wording import MICRO_CREDENTIAL, amount, listed
from models.agreement import Band, Evidence, Grant, Rounding, Value
from models.records import Reason
from models.words import Owner

_HOW = {"down": ROUND_DOWN, "up": ROUND_UP, "half_up": ROUND_HALF_UP, "half_even": ROUND_HALF_EVEN}
_SHOWN_BY = {"log_of_hours": "The log", "transcript": "The transcript", "rubric": "The rubric", "fte": "The roster"}
_UNIT_OF = {"log_of_hours": "hour", "transcript": "credit"}

LARGEST = Decimal(10) ** 10
"""What one micro-credential is never worth, in any unit."""


@dataclass(frozen=True, slots=True)
class Worth:
    """How much, in `unit`, and how it came about."""

    quantity: Decimal
    unit: str
    reasons: tuple[Reason, ...]


Given = Mapping[tuple[int, str], tuple[Decimal, str]]
"""What clauses decided before have granted: (case, clause) to quantity and unit."""


def worth(claim: Claim, grant: Grant, given: Given) -> Worth | tuple[Reason, ...]:
    """The worth of the claim under the clause, or the reasons why it cannot be told. The clause has a value."""
    value = grant.value
    if value is None:
        raise ValueError(f"the clause {grant.clause!r} has no value")
    found = _worth(claim, grant, value, given)
    earlier = claim.before.terms.clause(grant.clause) if claim.before else None
    if (
        earlier is not None
        and earlier.value is not None
        and isinstance(found, Worth)
        and earlier.value.unit == found.unit
    ):
        other = _worth(claim, earlier, earlier.value, given)
        if isinstance(other, Worth) and other.quantity > found.quantity:
            sentence = (
                f"The agreement that was in force when it was earned gives {amount(other.quantity, other.unit)}, which is more than "
                f"the {amount(found.quantity, found.unit)} of the present one, and the higher counts."
            )
            return Worth(other.quantity, other.unit, (*other.reasons, Reason(grant.clause, "higher_kept", sentence)))
    return found


def _worth(claim: Claim, grant: Grant, value: Value, given: Given) -> Worth | tuple[Reason, ...]:
    base = _base(claim, grant, value, given)
    if not isinstance(base, Worth):
        return base
    quantity, reasons = base.quantity, list(base.reasons)
    open_: list[Reason] = []
    for factor in value.factors:
        met = holds(factor.when, claim)
        if met is None:
            open_ += [
                Reason(grant.clause, u.code, u.sentence, u.owner, change=u.change)
                for u in unmet(factor.when, claim)
                if u.open
            ]
            continue
        by = factor.factor if met else factor.otherwise
        if by != 1:
            quantity *= by
            reasons.append(Reason(grant.clause, "factor", f"{factor.text}: × {by.normalize():f}."))
    if open_:
        return tuple(open_)
    part = grant.exclusions.paid_elsewhere if grant.exclusions else None
    if claim.case.paid_by and isinstance(part, Decimal):
        quantity *= part
        sentence = (
            f"{claim.case.paid_by} has paid for it too, so {(part * 100).normalize():f} percent of the value are left."
        )
        reasons.append(Reason(grant.clause, "paid_elsewhere", sentence))
    if quantity >= LARGEST:
        sentence = f"It comes to {amount(quantity.quantize(Decimal(1)), value.unit)}, more than can be right."
        change = "The agreement's figures, or what is shown, have to be put right."
        return (Reason(grant.clause, "too_large", sentence, Owner.staff, change=change),)
    if value.rounding is not None:
        exact, quantity = quantity, rounded(quantity, value.rounding)
        if exact != quantity:
            step = amount(value.rounding.to, value.unit)
            how = {"down": "down", "up": "up"}.get(value.rounding.how, "to the nearest")
            reasons.append(Reason(grant.clause, "rounded", f"Rounded {how} to {step}: {amount(quantity, value.unit)}."))
    elif quantity != round(quantity, 4):
        sentence = f"It comes to {quantity}, and the clause does not say how that is rounded."
        return (
            Reason(
                grant.clause, "rounding_missing", sentence, Owner.hr, change="The agreement has to say the rounding."
            ),
        )
    if quantity <= 0:
        sentence = f"It comes to {amount(quantity, value.unit)}: there is nothing to give."
        return (Reason(grant.clause, "nothing", sentence),)
    return Worth(quantity, value.unit, tuple(reasons))


def rounded(quantity: Decimal, rounding: Rounding) -> Decimal:
    """`quantity` to the nearest multiple of the step, in the way that is stated."""
    return (quantity / rounding.to).quantize(Decimal(1), rounding=_HOW[rounding.how]) * rounding.to


def _base(claim: Claim, grant: Grant, value: Value, given: Given) -> Worth | tuple[Reason, ...]:
    """Before factors and rounding."""
    clause, unit = grant.clause, value.unit
    if value.flat is not None:
        if grant.each is not None and unit == MICRO_CREDENTIAL:
            return Worth(value.flat, unit, ())  # counted one by one: what is gathered says it all
        what = "for the whole stack" if grant.stack else "for each micro-credential"
        return Worth(
            value.flat, unit, (Reason(clause, "flat", f"The clause gives {amount(value.flat, unit)} {what}."),)
        )
    if value.as_granted_by is not None:
        granted, of = given.get((claim.case.case_id, value.as_granted_by), (Decimal(0), unit))
        if granted <= 0 or of != unit:
            sentence = f'It goes by what "{value.as_granted_by}" gives, which is nothing for this one.'
            return (Reason(clause, "rests_on_nothing", sentence),)
        sentence = f'"{value.as_granted_by}" gives {amount(granted, of)}.'
        return Worth(granted, unit, (Reason(clause, "as_granted", sentence),))
    figure = _figure(claim, value)
    if not isinstance(figure, Decimal):
        return tuple(Reason(clause, r.code, r.sentence, r.owner, change=r.change) for r in figure)
    if value.up_to is not None:
        return _up_to(clause, value, value.up_to, figure)
    if value.rate is not None:
        return _rate(clause, value, value.rate, figure)
    return _band(claim, clause, value, value.bands or (), figure)


def _figure(claim: Claim, value: Value) -> Decimal | tuple[Reason, ...]:
    """What is shown, or why it is not."""
    if value.by == "fte":
        fte = claim.work.fte if claim.work else None
        if fte is None:
            change = "The roster has to say the part of a full position (FTE)."
            return (
                Reason("", "fte_unknown", "The roster does not say the educator's FTE.", Owner.staff, change=change),
            )
        return fte
    kind = Evidence(value.by)
    if shown(claim, kind) is None:
        missing = not_shown(claim, kind)
        return (Reason("", missing.code, missing.sentence, missing.owner, change=missing.change),)
    case = claim.case
    figure = {
        Evidence.log_of_hours: case.log_hours,
        Evidence.transcript: case.transcript.credits if case.transcript else None,
        Evidence.rubric: case.mastery,
    }[kind]
    if figure is None:
        change = "The credits on the transcript have to be recorded."
        return (
            Reason("", "credits_unknown", "The transcript's credits are not on record.", Owner.staff, change=change),
        )
    if not figure.is_finite() or figure <= 0 or figure != round(figure, 4):
        what = "The log of hours adds up to" if kind is Evidence.log_of_hours else f"{_SHOWN_BY[kind.value]} shows"
        sentence = (
            f"{what} {figure}, which is not a number of {_UNIT_OF.get(kind.value, 'level')}s that can be granted."
        )
        code = "log_problem" if kind is Evidence.log_of_hours else "figure_problem"
        change = "It has to be sent again, put right."
        return (Reason("", code, sentence, Owner.educator, change=change),)
    return figure


def _up_to(clause: str, value: Value, limit: Decimal, figure: Decimal) -> Worth:
    most, by = amount(limit, value.unit), _SHOWN_BY[value.by or ""]
    if figure <= limit:
        sentence = f"{by} shows {amount(figure, value.unit)}, within the {most} of the clause."
        return Worth(figure, value.unit, (Reason(clause, "log", sentence),))
    sentence = f"{by} shows {amount(figure, value.unit)}; the clause gives up to {most}."
    return Worth(limit, value.unit, (Reason(clause, "log_above_limit", sentence),))


def _rate(clause: str, value: Value, rate: Decimal, figure: Decimal) -> Worth:
    counted = min(figure, value.at_most) if value.at_most is not None else figure
    unit = _UNIT_OF.get(value.by or "", "")
    what = amount(figure, unit) if unit else f"{figure.normalize():f}"
    most = f", of which {amount(counted, unit) if unit else counted} count" if counted < figure else ""
    each = f" for each {unit}" if unit else ""
    sentence = f"{_SHOWN_BY[value.by or '']} shows {what}{most}; the clause gives {amount(rate, value.unit)}{each}."
    return Worth(counted * rate, value.unit, (Reason(clause, "rate", sentence),))


def _band(
    claim: Claim, clause: str, value: Value, bands: tuple[Band, ...], figure: Decimal
) -> Worth | tuple[Reason, ...]:
    unit = _UNIT_OF.get(value.by or "", "")
    what = amount(figure, unit) if unit else f"{figure.normalize():f}"
    shows = f"{_SHOWN_BY[value.by or '']} shows {what}"
    for band in bands:
        if band.covers(figure):
            sentence = f"{shows}, which is in the band {_said(band)}: {amount(band.gives, value.unit)}."
            return Worth(band.gives, value.unit, (Reason(clause, "band", sentence),))
    known = listed([_said(band) for band in bands])
    sentence = (
        f"{shows}, which is in none of the bands of the clause ({known}). It does not say what is given for that."
    )
    change = f"{claim.rules.terms.recognizer} has to rule what it gives."
    return (Reason(clause, "in_no_band", sentence, Owner.hr, change=change),)


def _said(band: Band) -> str:
    low = f"from {band.from_.normalize():f}"
    return low + (f" to below {band.below.normalize():f}" if band.below is not None else " on")
