"""What a certificate states of its award beyond names and dates: hours and what they are worth, the stack, the standards.

Pure: terms and facts in, words out. Figures that do not agree are refused; none is ever guessed.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from countersign.issuance.wording import in_words, units
from countersign.render import figure
from models.agreement import Agreement, CertificateTerms
from models.text import folded, plain

HOURS_OF_A_CEU = Decimal(10)
"""One continuing education unit is ten hours ([S3])."""

STANDARDS_SHOWN = 3
STANDARD_LIMIT = 90
"""Characters of one standard on the paper; its whole name stands in the credential."""


class Disagreement(ValueError):
    """The figures of a clause and of its certificate do not agree; `str()` says how, as a sentence."""


def stated(quantity: Decimal, unit: str, terms: CertificateTerms) -> list[dict[str, str]]:
    """What a decision's quantity is stated as, itself first: rows of {"quantity", "words", "unit"}.

    Hours follow from CEUs, ten from one, and from PDPs as the agreement says (`hours_each`); CEUs follow from hours where the
    agreement asks for them (`ceu`). Raises Disagreement where a stated figure is another than the one that follows, or
    where the unit is none a certificate states, and ValueError for a figure that no paper can state.
    """
    if unit not in ("hour", "CEU", "PDP"):
        raise Disagreement(f"gives {unit}s; a certificate states hours, CEUs or PDPs.")
    hours = _hours(quantity, unit, terms)
    found = {unit: quantity}
    if hours is not None:
        found.setdefault("hour", hours)
    if terms.ceu is not False:
        found.setdefault("CEU", _ceu(hours, unit))
    if isinstance(terms.ceu, Decimal) and terms.ceu != found["CEU"]:
        is_worth = f"{_amount(quantity, unit)}, which is {_amount(found['CEU'], 'CEU')}"
        raise Disagreement(f"gives {is_worth}, and its certificate says {_amount(terms.ceu, 'CEU')}.")
    return [
        {"quantity": figure(value), "words": in_words(value), "unit": units(value, name)}
        for name, value in found.items()
    ]


def _hours(quantity: Decimal, unit: str, terms: CertificateTerms) -> Decimal | None:
    """The hours behind a quantity; None where nothing says how many."""
    each = {"hour": Decimal(1), "CEU": HOURS_OF_A_CEU}.get(unit)
    if each is not None and terms.hours_each is not None and terms.hours_each != each:
        raise Disagreement(
            f"gives {unit}s, and its certificate says that each is {_amount(terms.hours_each, 'hour')}; "
            f"it is {_amount(each, 'hour')}."
        )
    each = terms.hours_each if each is None else each
    return None if each is None else quantity * each


def _ceu(hours: Decimal | None, unit: str) -> Decimal:
    if hours is None:
        raise Disagreement(f"gives {unit}s, and nothing says how many hours one is, so no CEUs follow from them.")
    return hours / HOURS_OF_A_CEU


def _amount(value: Decimal, unit: str) -> str:
    return f"{figure(value)} {units(value, unit)}"


def stack_of(agreement: Agreement, title: str) -> str:
    """The one stack of the agreement to which a title belongs; empty where it belongs to none, or to several, which would leave
    open which is meant."""
    wanted = folded(title)
    found = [stack.name for stack in agreement.stacks if wanted in map(folded, stack.titles)]
    return plain(found[0]) if len(found) == 1 else ""


def standards_line(standards: Sequence[Mapping[str, str]] | None) -> str:
    """The standards on one line: "Learning Environments (Model Core Teaching Standards, 3); … and 2 more"; empty when there are
    none, or nobody has looked for them."""
    said = list(dict.fromkeys(text for standard in standards or () if (text := _standard(standard))))
    shown, more = said[:STANDARDS_SHOWN], len(said) - STANDARDS_SHOWN
    return "; ".join(shown) + (f"; and {more} more" if more > 0 else "")


def _standard(standard: Mapping[str, str]) -> str:
    name, framework = plain(standard["name"]), plain(standard.get("framework", ""))
    code = plain(standard.get("code", ""))
    of = ", ".join(part for part in (framework, code if code and code not in name else "") if part)
    return plain(f"{name} ({of})" if name and of else name, STANDARD_LIMIT)
