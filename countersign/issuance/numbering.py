"""Numbers of papers: nobody can guess one, and nobody misreads one.

`VT-2026-7K3QM-XR2DW-8`: whose rules, the year of issue, ten characters of chance (50 bits), and a check character.
The alphabet is Crockford's base 32, which has no I, L, O or U (https://www.crockford.com/base32.html).
"""

import re
import secrets
from collections.abc import Iterator
from urllib.parse import unquote

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
MOST = 500
"""Characters of the longest text that is read as a number: an address with one in it."""

_WORD = r"(?!CR[A-Z0-9])[A-Z0-9]{1,8}"
_PREFIX = re.compile(rf"(?:CR-)?{_WORD}\Z")
_NUMBER = re.compile(rf"(CR)?({_WORD})([0-9]{{4}})([{ALPHABET}]{{5}})([{ALPHABET}]{{5}})([{ALPHABET}])\Z")
_HEAD = re.compile(rf"(CR)?({_WORD})([0-9]{{4}})\Z")
_ADDRESS = re.compile(r"(?:[a-z][a-z0-9+.-]*://|www\.)?[^\s/?#]+\.[^\s/?#]+/", re.IGNORECASE)
_BETWEEN = re.compile("[\\s\u00ad\u200b-\u200d\u2060\ufeff\u2212_-]|[\u2010-\u2015\ufe58\ufe63\uff0d]")
"""What may stand between the parts or be left out: blanks, what nobody sees, and every stroke that an editor makes of a hyphen."""

_LENGTH = 15
"""The characters after the prefix, without strokes: year, chance and check."""

_MISREAD = str.maketrans("ILO", "110")


def new_number(prefix: str, year: int) -> str:
    """A number nobody has had before, as far as chance allows; the database holds that it is unique.

    `prefix` is one or two short words of capitals and digits ("VT", "CR-VT"). Raises ValueError for any other.
    """
    if not _PREFIX.match(prefix) or not 1000 <= year <= 9999:
        raise ValueError(f"{prefix!r} and {year} do not make a number")
    chance = "".join(secrets.choice(ALPHABET) for _ in range(10))
    return f"{prefix}-{year}-{chance[:5]}-{chance[5:]}-{check_character(f'{year}{chance}')}"


def check_character(payload: str) -> str:
    """Luhn's check character in base 32: every single wrong character shows, and nearly every pair that changed places."""
    total, factor = 0, 2
    for character in reversed(payload):
        product = factor * ALPHABET.index(character)
        total += product // 32 + product % 32
        factor = 3 - factor
    return ALPHABET[-total % 32]


def read_number(text: str) -> str | None:
    """The number a person typed or pasted, as it stands on the paper; None when it is none.

    Small letters; blanks, hyphens and dashes anywhere, or none at all; the letters I, L and O for the figures they look like, in
    the year and the part of chance; and the address of its check page are forgiven. No two numbers are spelled alike by that: the
    last fifteen characters are always year, chance and check, and no prefix begins with CR but that of requests for credit.
    """
    found = _NUMBER.match(_compact(text))
    if found is None:
        return None
    credit, prefix, year, first, second, check = found.groups()
    if check != check_character(f"{year}{first}{second}"):
        return None
    return f"{'CR-' if credit else ''}{prefix}-{year}-{first}-{second}-{check}"


def _compact(text: str) -> str:
    """The characters of a number without what stands between them; figures in the place of letters like them behind the prefix."""
    if len(text) > MOST:
        return ""
    typed = _BETWEEN.sub("", _of_address(text)).upper()
    return typed[:-_LENGTH] + typed[-_LENGTH:].translate(_MISREAD)


def _of_address(text: str) -> str:
    """The number in the address of a check page (`https://check.demo-ea.example/c/VT-…`), still as it was typed; any other text as
    it is."""
    stripped = text.strip().strip("<>")
    if not _ADDRESS.match(stripped):
        return text
    path = (
        unquote(re.split(r"[?#]", stripped)[0]).rstrip("/").removesuffix("/credential").removesuffix("/credential.png")
    )
    return path.rpartition("/")[2]


def near_numbers(text: str) -> tuple[str, ...]:
    """The numbers whose check character is right and that a person may have meant who typed `text`: as `read_number` forgives, and one
    character wrong, missing or too many, or two neighbours changed places. Empty when `text` is no number at all."""
    typed = _BETWEEN.sub("", _of_address(text)).upper() if len(text) <= MOST else ""
    return tuple(sorted({number for length in (10, 11, 12) for number in _near(typed[:-length], typed[-length:])}))


def _near(head: str, rest: str) -> Iterator[str]:
    """The numbers near one whose prefix and year are `head`, and whose chance and check are `rest`, give or take a character."""
    found = _HEAD.match(head[:-4] + head[-4:].translate(_MISREAD))
    if found is None:
        return
    credit, prefix, year = found.groups()
    typed = "".join(
        c if c in ALPHABET else "0" for c in rest.translate(_MISREAD)
    )  # U, which the alphabet lacks: one wrong
    near = {typed}
    for place in range(len(typed) + 1):
        before, after = typed[:place], typed[place:]
        near |= {before + after[1:]} | {before + after[1::-1] + after[2:]}
        near |= {before + c + after[cut:] for c in ALPHABET for cut in (0, 1)}
    for n in near:
        if len(n) == 11 and check_character(f"{year}{n[:10]}") == n[10]:
            yield f"{'CR-' if credit else ''}{prefix}-{year}-{n[:5]}-{n[5:10]}-{n[10]}"
