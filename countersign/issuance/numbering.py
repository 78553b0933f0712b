"""Numbers of papers: nobody can guess one, and nobody misreads one.

`VT-2026-7K3QM-XR2DW-8`: whose rules, the year of issue, ten characters of chance (50 bits), and a check character.
The alphabet is Crockford's base 32, which has no I, L, O or U (https://www.crockford.com/base32.html).
"""

import re
import secrets

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PREFIX = re.compile(r"[A-Z0-9]{1,8}(?:-[A-Z0-9]{1,8})?\Z")
_NUMBER = re.compile(r"([A-Z0-9]{1,8}(?:-[A-Z0-9]{1,8})?)-([0-9]{4})-([0-9A-Z]{5})-?([0-9A-Z]{5})-?([0-9A-Z])\Z")
_NEARLY = re.compile(r"([A-Z0-9]{1,8}(?:-[A-Z0-9]{1,8})?)-([0-9]{4})-([0-9A-Z-]{8,16})\Z")
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
    """The number a person typed, as it stands on the paper; None when it is none.

    Small letters, spaces, and the letters I, L and O for the figures they look like are forgiven in the part of chance.
    """
    found = _NUMBER.match("".join(text.split()).upper()) if len(text) <= 100 else None
    if found is None:
        return None
    prefix, year, *chance = found.groups()
    first, second, check = (part.translate(_MISREAD) for part in chance)
    if not set(first + second) <= set(ALPHABET) or check != check_character(f"{year}{first}{second}"):
        return None
    return f"{prefix}-{year}-{first}-{second}-{check}"


def near_numbers(text: str) -> tuple[str, ...]:
    """The numbers whose check character is right and that a person may have meant who typed `text`: as `read_number` forgives, and one
    character wrong, missing or too many, or two neighbours changed places. Empty when `text` is no number at all."""
    found = _NEARLY.match("".join(text.split()).upper()) if len(text) <= 100 else None
    if found is None:
        return ()
    prefix, year, rest = found.groups()
    typed = rest.replace("-", "").translate(_MISREAD)
    if not set(typed) <= set(ALPHABET):
        typed = "".join(c if c in ALPHABET else "0" for c in typed)  # U, which the alphabet lacks: one wrong character
    near = {typed}
    for place in range(len(typed) + 1):
        head, tail = typed[:place], typed[place:]
        near |= {head + tail[1:]} | {head + tail[1::-1] + tail[2:]}
        near |= {head + c + tail[cut:] for c in ALPHABET for cut in (0, 1)}
    whole = sorted(n for n in near if len(n) == 11 and check_character(f"{year}{n[:10]}") == n[10])
    return tuple(f"{prefix}-{year}-{n[:5]}-{n[5:10]}-{n[10]}" for n in whole)
