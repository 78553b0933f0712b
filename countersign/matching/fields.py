"""What may stand in a cell of an office's table: dates, numbers for people, addresses, names. Pure; each error is a sentence."""

import re
from datetime import date
from decimal import Decimal, InvalidOperation

_EMAIL = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]*[A-Za-z0-9]"
)
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[ T]00:00(?::00(?:\.0+)?)?)?")
_AMERICAN = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
_SPOILED_NUMBER = re.compile(r"\d+\.0+|\d+(?:\.\d+)?[eE]\+?\d+")
MAX_TEXT = 200


def as_date(text: str) -> date | None:
    """The day that `text` names, as 2024-07-01 or, the American way, 7/1/2024; None when empty. Raises ValueError."""
    if not text:
        return None
    iso, american = _ISO.fullmatch(text), _AMERICAN.fullmatch(text)
    try:
        if iso:
            return date(int(iso[1]), int(iso[2]), int(iso[3]))
        if american:
            return date(int(american[3]), int(american[1]), int(american[2]))
    except ValueError as error:
        raise ValueError(f'"{text}" is no day of the calendar; write it as 2024-07-01') from error
    raise ValueError(f'"{text}" is not a date; write it as 2024-07-01')


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


def as_fte(text: str) -> Decimal | None:
    """A full-time equivalent from 0 to 2, exact to four places; None when empty. Raises ValueError."""
    if not text:
        return None
    try:
        value = Decimal(text)
    except InvalidOperation as error:
        raise ValueError(f'fte "{text}" is not a number; write one such as 0.8') from error
    if not value.is_finite() or not 0 <= value <= 2 or value != value.quantize(Decimal("0.0001")):
        raise ValueError(f'fte "{text}" is not between 0 and 2 with at most four decimal places')
    return value


def as_list(text: str) -> list[str]:
    """The parts of a cell that lists several, separated by semicolons."""
    return [part for part in (p.strip() for p in text.split(";")) if part]
