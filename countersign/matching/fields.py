"""What may stand in a cell of an office's table: dates, numbers for people, addresses, names. Pure; each error is a sentence."""

import re
from datetime import date
from decimal import Decimal

_EMAIL = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]*[A-Za-z0-9]"
)
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[ T]00:00(?::00(?:\.0+)?)?)?", re.ASCII)
_AMERICAN = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})", re.ASCII)
_FIGURE = re.compile(r"-?(?:[0-9]{1,12}(?:\.[0-9]{0,12})?|\.[0-9]{1,12})")
_SPOILED_NUMBER = re.compile(r"\d+\.0+|\d+(?:\.\d+)?[eE]\+?\d+")
_IN_WORDS = re.compile(r"([A-Za-z]{3,9})\.? (\d{1,2}),? (\d{4})", re.ASCII)
_SERIAL = re.compile(r"\d{5}(?:\.\d+)?", re.ASCII)
_MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
FORMS = "write it as 2024-07-01, 7/1/2024 (month first) or July 1, 2024"
MAX_TEXT = 200


def as_date(text: str) -> date | None:
    """The day that `text` names, as 2024-07-01 or, the American way, 7/1/2024, Jul 1, 2024 or July 1, 2024; None when empty.
    Raises ValueError."""
    if not text:
        return None
    iso, american, words = _ISO.fullmatch(text), _AMERICAN.fullmatch(text), _IN_WORDS.fullmatch(text)
    month = _month(words[1]) if words else 0
    try:
        if iso:
            return date(int(iso[1]), int(iso[2]), int(iso[3]))
        if american:
            return date(int(american[3]), int(american[1]), int(american[2]))
        if words and month:
            return date(int(words[3]), month, int(words[2]))
    except ValueError as error:
        raise ValueError(f'"{text}" is no day of the calendar; {FORMS}') from error
    if _SERIAL.fullmatch(text):
        raise ValueError(f'"{text}" is not a date but a number, as Excel keeps one; {FORMS}')
    raise ValueError(f'"{text}" is not a date; {FORMS}')


def _month(word: str) -> int:
    """1 to 12 for a month's name, whole or its first three letters ("Sept" too); 0 for any other word."""
    small = word.casefold()
    short = "sep" if small == "sept" else small
    return next((n for n, name in enumerate(_MONTHS, start=1) if short in (name, name[:3])), 0)


def as_span(first: str, last: str, names: tuple[str, str]) -> tuple[date, date | None] | None:
    """First and last day, the last one open when empty; None when both are. Raises ValueError."""
    starts, ends = as_date(first), as_date(last)
    if starts is None:
        if ends is not None:
            raise ValueError(f"{names[1]} is given without {names[0]}")
        return None
    if ends is not None and ends < starts:
        raise ValueError(f"{names[1]} {ends} is before {names[0]} {starts}")
    return starts, ends


def as_number_for_a_person(text: str, name: str) -> str:
    """A member number or employee id as written. Raises ValueError where a program has turned it into a figure."""
    if _SPOILED_NUMBER.fullmatch(text):
        raise ValueError(f'{name} "{text}" looks like a number that a program has reformatted; write it as text')
    return as_text(text, name)


def as_email(text: str) -> str:
    """One e-mail address as written. Raises ValueError when it is none that mail can be sent to."""
    if len(text) > 254 or not _EMAIL.fullmatch(text) or ".." in text or text.startswith(".") or ".@" in text:
        raise ValueError(f'"{text[:80]}" is not an e-mail address')
    return text


def as_text(text: str, name: str) -> str:
    """A short line of text. Raises ValueError when it is too long or has something invisible in it."""
    if len(text) > MAX_TEXT:
        raise ValueError(f"{name} has {len(text)} characters; at most {MAX_TEXT} are taken")
    if not text.isprintable():
        raise ValueError(f"{name} has an invisible character in it; type it anew")
    return text


def is_figure(text: str) -> bool:
    """Whether it is a figure as people write it, such as 3, 1.5 or -2. Python's Decimal also reads 1_0 as ten, 1e1, and the digits of
    other scripts."""
    return _FIGURE.fullmatch(text) is not None


def as_fte(text: str) -> Decimal | None:
    """A full-time equivalent from 0 to 2, exact to four places; None when empty. Raises ValueError."""
    if not text:
        return None
    if not is_figure(text):
        raise ValueError(f'fte "{text}" is not a number; write one such as 0.8')
    value = Decimal(text)
    if not 0 <= value <= 2 or value != value.quantize(Decimal("0.0001")):
        raise ValueError(f'fte "{text}" is not between 0 and 2 with at most four decimal places')
    return value


def as_list(text: str) -> list[str]:
    """The parts of a cell that lists several, separated by semicolons."""
    return [part for part in (p.strip() for p in text.split(";")) if part]
