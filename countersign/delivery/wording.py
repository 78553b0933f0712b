"""The words of the results mail. Pure: decisions and verdicts in, sentences for an educator out."""

import re
import textwrap
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from countersign.render import figure, money
from models.agreement import is_money
from models.words import Currency, Owner

GIVES = {
    Currency.affiliate_recognition: "recognition by your association",
    Currency.district_pd: "of district professional development",
    Currency.state_cpd: "of professional development for your license",
    Currency.graduate_credit: "towards college credit",
    Currency.pay: "of pay",
    Currency.advisory_role: "towards an advisory role",
    Currency.in_lieu_of_pd: "in place of other professional development",
    Currency.other: "of another kind of recognition",
}
_FOR = {
    (Currency.pay, "step"): "on the salary schedule",
    (Currency.pay, "lane"): "on the salary schedule",
    (Currency.pay, "credit"): "toward the salary schedule",
    (Currency.pay, "point"): "toward pay",
    (Currency.state_cpd, "PDP"): "for your license",
    (Currency.state_cpd, "renewal unit"): "for your license",
    (Currency.state_cpd, "point"): "for your license",
}
WIDTH = 76
_LINK = re.compile(r"(?i)\b(?:[a-z][a-z0-9+.-]*://|www\.)\S+")
_NEXT = {
    Owner.staff: "We are looking into it and will write to you; you need not do anything.",
    Owner.hr: "This is for {recognizer} to answer; you need not do anything now.",
    Owner.educator: "",
    Owner.nobody: "",
}


def plain(text: str, limit: int = 160) -> str:
    """Text from outside as one harmless line: no control, bidirectional or invisible characters, no links, not long.

    A link is taken out because what a forged credential says must not become a link in a mail that we sign.
    """
    kept = "".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in text)
    line = _LINK.sub("[link removed]", " ".join(kept.split()))
    return line if len(line) <= limit else f"{line[: limit - 1].rstrip()}…"


def ended(said: str) -> str:
    """What a person wrote, as a sentence that ends."""
    return said if not said or said.endswith((".", "!", "?", "…")) else f"{said}."


def amount(quantity: Decimal, unit: str) -> str:
    """ "15 hours", "1 credit", "10 PDPs", "3 percent", "$200.00"."""
    if is_money(unit):
        return money(quantity, unit)
    return f"{figure(quantity)} {unit}{'' if quantity == 1 or unit == 'percent' else 's'}"


def granted(recognizer: str, currency: Currency, quantity: Decimal, unit: str) -> str:
    """What one decision gives: "15 hours of professional development for your license (Vermont-NEA)", "1 lane on the salary schedule"."""
    if currency is Currency.affiliate_recognition:
        return f"{GIVES[currency]} ({recognizer})"
    return f"{amount(quantity, unit)} {_FOR.get((currency, unit), GIVES[currency])} ({recognizer})"


def credits_said(quantity: Decimal) -> str:
    """ "1 college credit"."""
    return f"{figure(quantity)} college credit{'' if quantity == 1 else 's'}"


def cap_left(cap: Mapping[str, Any]) -> str:
    """How much of a cap is used and left, as a sentence; empty without a cap."""
    if not cap:
        return ""
    limit, after, unit = Decimal(str(cap["limit"])), Decimal(str(cap["after"])), str(cap["unit"])
    left, used = limit - after, figure(after)
    most, more = figure(limit), figure(left)
    if is_money(unit):
        used, most, more = money(after, unit), money(limit, unit), money(left, unit)
    elif unit != "micro-credential":
        most = amount(limit, unit)
    within = "in all" if cap["period"] == "all time" else f"in {cap['period']}"
    return f"Used {within}: {used} of at most {most}; {more if left > 0 else 'none'} left."


def cap_after(cap: Mapping[str, Any]) -> str:
    """How much of a cap is left once what waits has its place, as a sentence; empty without a cap or without a place in it."""
    if not cap or not Decimal(str(cap["used"])):
        return ""
    limit, unit = Decimal(str(cap["limit"])), str(cap["unit"])
    left = limit - Decimal(str(cap["after"]))
    if left <= 0:
        return "With it, none is left."
    if unit == "micro-credential" or is_money(unit):
        said = money(left, unit) if is_money(unit) else figure(left)
    else:
        said = amount(left, unit)
    return f"With it, {said} {'is' if left == 1 or is_money(unit) else 'are'} left."


def tallied(outcomes: Sequence[str]) -> str:
    """ "5 accepted, 1 not accepted": how many came to what, the most first."""
    counts = Counter(outcomes)
    order = list(counts)
    ranked = sorted(counts.items(), key=lambda one: (-one[1], order.index(one[0])))
    return "; ".join(f"{number} {outcome}" for outcome, number in ranked)


def listed(parts: Sequence[str]) -> str:
    """ "a", "a and b", "a, b and c"; empty without any."""
    return " and ".join(parts) if len(parts) < 3 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def whose_move(owner: str, recognizer: str) -> str:
    """Who has to do something next, as a sentence to the educator."""
    return _NEXT[Owner(owner)].format(recognizer=recognizer)


def next_day(on: str, today: date) -> date:
    """The next day that is the month and day `on` ("10-01"), today included; February 29 falls on the 28th elsewhere."""
    month, number = (int(part) for part in on.split("-"))
    for year in (today.year, today.year + 1):
        found = date(year, month, 28 if on == "02-29" and not _leap(year) else number)
        if found >= today:
            return found
    raise ValueError(f"{on} does not come after {today}")  # pragma: no cover  (one of two years always has it)


def wrapped(text: str) -> str:
    """Plain text in lines of at most `WIDTH` characters; lists keep their indentation, addresses stay whole."""
    lines: list[str] = []
    for line in text.splitlines():
        indent = re.match(r" *(?:- )?", line)
        inner = " " * len(indent[0]) if indent else ""
        lines += textwrap.wrap(
            line, WIDTH, subsequent_indent=inner, break_long_words=False, break_on_hyphens=False
        ) or [""]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"


def _leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
