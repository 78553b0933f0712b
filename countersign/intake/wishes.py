"""What educators ask for in their own words, above what they forward.

Three lines are understood, in any case, each on a line of its own:

* `Credit: yes` (also `Credit requested: yes`, `CREDIT - YES`) asks for college credit where an agreement offers it;
* `Payer: district` or `Payer: self` says who pays a fee;
* `Transcript: yes` asks for the transcript of everything recognized so far. So does a message whose subject is "Transcript" and
  nothing else; a reply ("Re: …") or a forwarded one never does, so no answer can ask again.

They count only in the sender's own text: reading stops at the forwarded or quoted part, so that nothing an issuer or a
stranger wrote can ask in the educator's name. A line that is said both ways is not guessed at.
"""

import re
from typing import Any

MAX_LINES = 300
MAX_TEXT = 100_000

_STOPS = re.compile(
    r"\s*(?:>|-{2,}\s*(?:forwarded|original)\b|begin forwarded message|_{10,}\s*$|[*_]*from[*_]*\s*:|on\b.{1,300}\bwrote:\s*$"
    r"|-{5,}\s*$|forwarded by\b)",
    re.IGNORECASE,
)
_CREDIT = re.compile(r"\s*credit(?:\s+requested)?\s*[:=\u2013\u2014-]\s*(yes|no)\b[\s.!]*\Z", re.IGNORECASE)
_PAYER = re.compile(r"\s*payer\s*[:=\u2013\u2014-]\s*(district|self)\b[\s.!]*\Z", re.IGNORECASE)
_TRANSCRIPT = re.compile(r"\s*transcript(?:\s+requested)?\s*[:=\u2013\u2014-]\s*(yes|no)\b[\s.!]*\Z", re.IGNORECASE)
_SUBJECT = re.compile(r"\s*(?:my\s+)?transcript(?:[\s,]+please)?[\s.!]*\Z", re.IGNORECASE)


def own_text(text: str) -> str:
    """The sender's own lines: those above the first mark of a forwarded or quoted message."""
    own: list[str] = []
    for line in text[:MAX_TEXT].splitlines()[:MAX_LINES]:
        if _STOPS.match(line[:400]):
            break
        own.append(line)
    return "\n".join(own)


def wishes_in(text: str, subject: str = "") -> tuple[dict[str, Any], tuple[str, ...]]:
    """The wishes in a message's text and subject, and a sentence for each that contradicts itself.

    {"credit": True} when credit is asked for; {"payer": "district"} or {"payer": "self"} when a payer is named; {"transcript": True}
    when a transcript is asked for.
    """
    lines = [line[:200] for line in own_text(text).splitlines()]
    credit = {m.group(1).lower() for line in lines if (m := _CREDIT.match(line))}
    payer = {m.group(1).lower() for line in lines if (m := _PAYER.match(line))}
    transcript = {m.group(1).lower() for line in lines if (m := _TRANSCRIPT.match(line))}
    if _SUBJECT.match(subject[:200]):
        transcript = transcript or {"yes"}
    wishes: dict[str, Any] = {}
    problems: list[str] = []
    if credit == {"yes"}:
        wishes["credit"] = True
    if transcript == {"yes"}:
        wishes["transcript"] = True
    if len(payer) == 1:
        wishes["payer"] = payer.pop()
    if len(credit) > 1:
        problems.append("The message asks for credit and says no to it; credit was not taken as asked for.")
    if len(payer) > 1:
        problems.append("The message names both the district and the sender as payer; neither was taken.")
    if len(transcript) > 1:
        problems.append("The message asks for a transcript and says no to it; none was taken as asked for.")
    return wishes, tuple(problems)
