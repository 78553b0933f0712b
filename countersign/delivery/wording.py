"""The words of the results mail. Pure: decisions and verdicts in, sentences for an educator out."""

import re
import textwrap
import unicodedata
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from countersign.render import figure, money
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


def amount(quantity: Decimal, unit: str) -> str:
    """ "15 hours", "1 credit", "$200.00"."""
    if unit.isupper() and len(unit) == 3:
        return money(quantity, unit)
    return f"{figure(quantity)} {unit}{'' if quantity == 1 else 's'}"


def granted(recognizer: str, currency: Currency, quantity: Decimal, unit: str) -> str:
    """What one decision gives: "15 hours of professional development for your license (Vermont-NEA)"."""
    if currency is Currency.affiliate_recognition:
        return f"{GIVES[currency]} ({recognizer})"
    if currency is Currency.pay and unit.isupper():
        return f"{amount(quantity, unit)} of pay ({recognizer})"
    return f"{amount(quantity, unit)} {GIVES[currency]} ({recognizer})"


def credits_said(quantity: Decimal) -> str:
    """ "1 college credit"."""
    return f"{figure(quantity)} college credit{'' if quantity == 1 else 's'}"


def cap_left(cap: Mapping[str, Any]) -> str:
    """How much of a cap is used and left, as a sentence; empty without a cap."""
    if not cap:
        return ""
    limit, after = Decimal(str(cap["limit"])), Decimal(str(cap["after"]))
    left = limit - after
    return f"Used in {cap['period']}: {figure(after)} of at most {figure(limit)}; {figure(left) if left > 0 else 'none'} left."


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
