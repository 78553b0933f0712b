"""Whether a registrar's row is about the request whose number it has. A table whose rows have slipped would credit the wrong person.

The number alone says whose row it is; name, title, fee and the credits asked for are held against what the request says. A name or a
title may be written with other capitals, accents and punctuation, a name also in another order; amounts have to be the same. Pure.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from countersign.issuance.credit_life import fee_of
from countersign.matching.fields import is_figure
from countersign.render import figure, money

CLAIMS: Mapping[str, tuple[str, ...]] = {
    "name": ("legal_name", "name", "student_name", "student", "educator"),
    "title": ("title", "micro_credential", "microcredential"),
    "fee": ("fee", "fee_amount"),
    "asked": ("credits_requested", "requested_credits"),
}
"""What is compared, and the names of its column."""

_MONEY = re.compile(r"(?:US)?\$|USD|,|\s")
_STROKES = str.maketrans({"ø": "o", "đ": "d", "ł": "l", "ß": "ss", "æ": "ae", "œ": "oe", "ı": "i", "þ": "th", "ð": "d"})


def contradictions(printed: Mapping[str, Any], said: Mapping[str, str]) -> list[str]:
    """What a row says otherwise than the request, a clause each ("the name is …, and the request's is …"); none when they agree.
    `said` is by the keys of `CLAIMS`; what is empty says nothing."""
    fee = fee_of(printed)
    asked = Decimal(str(printed["quantity"]).replace(",", ""))
    agrees: dict[str, Callable[[str], bool]] = {
        "name": lambda text: sorted(_words(text)) == sorted(_words(str(printed["name"]))),
        "title": lambda text: _words(text) == _words(str(printed["title"])),
        "fee": lambda text: _amount(text) == (fee[0] if fee else 0),
        "asked": lambda text: _amount(text) == asked,
    }
    ours = {
        "name": ("name", str(printed["name"])),
        "title": ("title", str(printed["title"])),
        "fee": ("fee", money(fee[0], fee[1]) if fee else "no fee"),
        "asked": ("number of credits requested", figure(asked)),
    }
    return [
        f'the {ours[key][0]} is "{said[key][:60]}", and the request\'s is "{ours[key][1]}"'
        for key, fits in agrees.items()
        if said.get(key) and not fits(said[key])
    ]


def _words(text: str) -> list[str]:
    """The words without case, accents and punctuation. Letters of scripts that are written with marks keep them."""
    bare = unicodedata.normalize("NFKD", text.casefold()).translate(_STROKES)
    kept = (c for c in bare if not "\u0300" <= c <= "\u036f" and c not in "'’.")
    return "".join(c if c.isalnum() or unicodedata.category(c).startswith("M") else " " for c in kept).split()


def _amount(text: str) -> Decimal | None:
    """The amount, None when it is none: "$95.00", "95" and "95.00 USD" are one."""
    bare = _MONEY.sub("", text)
    return Decimal(bare) if is_figure(bare) else None
