"""Figures and days as people write them, in a line that is not TOML: what is wrong, in a sentence."""

import re
from calendar import monthrange

from models.words import MONTHS

_STRING = re.compile(r"""\"[^"]*"|'[^']*'|\#.*""")
_ISO = re.compile(r"(?<!\d)(\d{4})-(\d{2})-(\d{2})(?!\d)")
_COMMA = re.compile(r"=\s*\$?(\d{1,3}(?:,\d{3})+(?:\.\d+)?)(?!\d)")
_SIGN = re.compile(r"=\s*[$€£]\s*(\d[\d.]*)")


def slip_in(line: str) -> str:
    """What is wrong with the figures or days of a line that is not TOML, as a sentence; empty when it is something else."""
    bare = _STRING.sub("", line)
    for found in _ISO.finditer(bare):
        year, month, day = (int(part) for part in found.groups())
        if not 1 <= month <= 12:
            return (
                f"{found[0]} is no day: there is no month {found[2]}. A day is written year, month, day (2024-07-01)."
            )
        if year and not 1 <= day <= (last := monthrange(year, month)[1]):
            of = f" {year}" if month == 2 else ""
            return f"{found[0]} is no day: {MONTHS[month - 1]}{of} has {last} days."
    if found := _COMMA.search(bare):
        return f"A number has no comma in it: write {found[1].replace(',', '')}."
    if found := _SIGN.search(bare):
        return f"A number has no sign before it: write {found[1]}; which money it is says unit."
    return ""
