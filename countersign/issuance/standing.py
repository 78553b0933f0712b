"""What a certificate is worth today, for anybody who holds its number. Pure: rows and `now` in, words out.

Whoever holds the number holds the paper, so an office is shown what it needs to compare the two: a certificate that counts is
shown with its holder's name as printed. One that does not count is shown without: that it does not count is all an office
needs of it, and a former name is nobody's business any more. For the same reason the number of its successor is told only
where both carry the same name. Why a certificate ended is between the affiliate and its holder, and never told here.
Numbers have 50 bits of chance (`numbering`): who has none learns nothing by guessing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from countersign.render import day
from models.tables import Certificate
from models.words import PaperState


class Worth(StrEnum):
    """What an office may take a certificate for."""

    current = "current"
    replaced = "replaced"
    withdrawn = "withdrawn"
    revoked = "revoked"
    unknown = "unknown"


@dataclass(frozen=True, slots=True)
class Standing:
    """What the public may know of a certificate at `as_of`. `sentence` says it in words; `holder` and `licence_ending` (its last four
    characters) are empty unless it is current; `replaced_by` is the number of the one that counts instead, where that may
    be told; `ended_on` is None where that is not known. Dates of the end are where the affiliate is, others as printed."""

    number: str
    state: Worth
    sentence: str
    as_of: date
    issued_on: date | None = None
    earned_on: date | None = None
    ended_on: date | None = None
    replaced_by: str = ""
    holder: str = ""
    licence_ending: str = ""
    title: str = ""
    hours: str = ""
    unit: str = ""
    issuer: str = ""
    recognizer: str = ""
    affiliate: str = ""
    provider: str = ""
    signatory: str = ""
    signatory_title: str = ""

    @property
    def counts(self) -> bool:
        """Whether an office may take it."""
        return self.state is Worth.current


def unknown(number: str, now: datetime, zone: ZoneInfo) -> Standing:
    """The standing of a number that no certificate that went out has. It says nothing of what else there may be."""
    sentence = "No certificate has this number. Compare it with the paper, letter by letter; if it is the same, the paper is not ours."
    return Standing(number=number, state=Worth.unknown, sentence=sentence, as_of=now.astimezone(zone).date())


def standing(certificate: Certificate | None, successor: Certificate | None, now: datetime, zone: ZoneInfo) -> Standing:
    """What a certificate is worth at `now`; `successor` is the valid one that replaces it, by however many steps, if any.

    `zone` is the affiliate's. One that was not drawn yet is unknown: nobody can hold it.
    """
    if certificate is None or not certificate.sha256:
        return unknown(certificate.number if certificate else "", now, zone)
    printed: Mapping[str, Any] = certificate.printed
    state = Worth.current if certificate.state == PaperState.valid else Worth(certificate.state)
    ended = certificate.ended_at.astimezone(zone).date() if certificate.ended_at else None
    drawn = successor if successor is not None and successor.sha256 else None
    told = drawn.number if drawn is not None and drawn.printed.get("name") == printed.get("name") else ""
    current = state is Worth.current
    licence = str(printed.get("licence", ""))
    affiliate = _said(printed, "affiliate", "name")
    return Standing(
        number=certificate.number,
        state=state,
        sentence=_sentence(state, affiliate, ended, told, certificate.issued_on, replaced=drawn is not None),
        as_of=now.astimezone(zone).date(),
        issued_on=certificate.issued_on,
        earned_on=date.fromisoformat(printed["earned_on"]) if printed.get("earned_on") else None,
        ended_on=None if current else ended,
        replaced_by="" if current else told,
        holder=str(printed.get("name", "")) if current else "",
        licence_ending=licence[-4:] if current and len(licence) >= 6 else "",
        title=str(printed.get("title", "")),
        hours=str(printed.get("quantity", "")),
        unit=str(printed.get("unit", "")),
        issuer=str(printed.get("issuer", "")),
        recognizer=str(printed.get("recognizer", "")),
        affiliate=affiliate,
        provider=_said(printed, "provider", "name"),
        signatory=_said(printed, "signatory", "name"),
        signatory_title=_said(printed, "signatory", "title"),
    )


def _said(printed: Mapping[str, Any], whose: str, what: str) -> str:
    return str(printed.get(whose, {}).get(what, ""))


def _sentence(state: Worth, affiliate: str, ended: date | None, successor: str, issued: date, *, replaced: bool) -> str:
    when = f" on {day(ended)}" if ended else ""
    ask = "Ask its holder for the new one." if replaced else ""
    instead = f"Certificate {successor} counts in its place." if successor else ask
    match state:
        case Worth.current:
            said = f"This certificate is valid. {affiliate} issued it on {day(issued)}, and has neither replaced it nor taken it back."
            return f"{said} Compare what it says with what stands here."
        case Worth.replaced:
            said = f"This certificate is not valid any more: it was replaced{when}."
            return f"{said} {instead or 'Ask its holder whether there is one that counts.'}"
        case Worth.withdrawn:
            said = f"This certificate is not valid any more: it was withdrawn{when}, because what it certified does not stand."
        case _:
            said = f"This certificate is not valid any more: it was revoked{when}."
    return f"{said} {instead}".strip()
