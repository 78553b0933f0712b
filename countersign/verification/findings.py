"""The findings of one examination as they come in: seven named checks, each with a sentence for a person.

A check that was not reached is `indeterminate` and says so; it comes after the one that stopped the examination, so the
decisive check is always the right one (`Verdict.decisive`).
"""

from datetime import date
from typing import NamedTuple, NoReturn

from models.credentials import CHECKS, NOT_REACHED, Check, CheckName, CheckOutcome, Verdict
from models.words import MONTHS

MAX_SENTENCE = 1000
"""Characters of the longest sentence; a credential's own words could make it as long as they are."""

DOWNLOAD = "Download the badge again from the issuer's site and send that file."
"""What to do about a file that is not as the issuer gave it out; said in these words everywhere."""

SEND_AGAIN = f"{DOWNLOAD} If it stays so, ask the issuer."
ASK_ISSUER = "Ask the issuer: only it can put this right."
BY_ANOTHER_WAY = "by a telephone number or address that you know from elsewhere, not one in the mail"
ASK_WHETHER = (
    f"It may be a forgery. Ask the issuer, {BY_ANOTHER_WAY}, whether it awarded this one. If it did, tell the affiliate: what is "
    "registered for the issuer may be incomplete."
)
"""For what was refused because it leads elsewhere than registered. Nobody at the affiliate looks at a rejected one by themselves."""

ASK_WHY = "Ask the issuer why, and whether it has awarded another one in its place."
ASK_AFFILIATE = "If you trust this issuer, ask the affiliate to have it vetted and registered."
LOOK_AGAIN = "Nothing to do: it is tried again by itself."

# What the affiliate's staff do about one that is held: nobody else reads these.
TELL_ISSUER = "Send this sentence to the issuer: only it can put that right."
TELL_OF_LIST = "Tell the issuer that its list of withdrawn credentials cannot be relied on, and send it this sentence."
ANOTHER_FORM = "Ask the issuer for it in another form, or tell Countersign's maintainers."
IN_A_BROWSER = "Open the address in a browser to see what is there, then ask the issuer."
WHOSE_SITE = f"Ask the issuer, {BY_ANOTHER_WAY}, whether that site is its own. If it is, register it in issuers.toml."
WHICH_KEY = f"Ask the issuer, {BY_ANOTHER_WAY}, which key it signs with, and register that one in issuers.toml."
NOT_FOR_US = "Ask the educator for the badge as the issuer gave it out, not a copy made to be shown somewhere else."
STEPS_OF_STAFF = (TELL_ISSUER, TELL_OF_LIST, ANOTHER_FORM, IN_A_BROWSER, WHOSE_SITE, WHICH_KEY, NOT_FOR_US)


_NO_NAMES = frozenset({"A", "An", "Its", "No", "Something", "The", "Two", "What"})
"""First words that are written small within a sentence; others are names or stand in quotes."""


class Ended(Exception):
    """The examination cannot go on; the findings say why."""


class Finding(NamedTuple):
    """The outcome of one check before it has a name: what proofs and status lists give back. `in_part` is said of a proof under
    which the holder may have withheld something of the credential, `at_will` when that goes for what is shown of status and end."""

    outcome: CheckOutcome
    detail: str
    remedy: str = ""
    retry: bool = False
    in_part: bool = False
    at_will: bool = False

    @property
    def passed(self) -> bool:
        return self.outcome is CheckOutcome.passed


def ok(detail: str) -> Finding:
    return Finding(CheckOutcome.passed, detail)


def bad(detail: str, remedy: str = ASK_ISSUER) -> Finding:
    return Finding(CheckOutcome.failed, detail, remedy)


def unsure(detail: str, remedy: str) -> Finding:
    """Not to be told, and time alone will not change that: a person has to do something."""
    return Finding(CheckOutcome.indeterminate, detail, remedy)


def later(detail: str) -> Finding:
    """Not to be told now, but perhaps another time, without anybody doing anything."""
    return Finding(CheckOutcome.indeterminate, detail, LOOK_AGAIN, retry=True)


def clause(sentence: str, subject: str = "it") -> str:
    """`sentence` as a part of another one: "It carries no proof." said of `subject` becomes "the list carries no proof."."""
    first, space, rest = sentence.partition(" ")
    if first == "It":
        return f"{subject}{space}{rest}"
    return f"{first.lower()}{space}{rest}" if first in _NO_NAMES else sentence


def fit(sentence: str) -> str:
    """`sentence` as one printable line of limited length: credentials are quoted in sentences, and strangers write them."""
    short = sentence if len(sentence) <= MAX_SENTENCE else f"{sentence[: MAX_SENTENCE - 1]}…"
    return short if short.isprintable() else "".join(c if c.isprintable() else f"⟨U+{ord(c):04X}⟩" for c in short)


class Findings:
    """Collects the checks in any order."""

    def __init__(self) -> None:
        self._checks: dict[CheckName, Check] = {}

    def add(self, name: CheckName, finding: Finding) -> bool:
        """Note a check; returns whether it passed. A pass can be taken back by a later finding, never the other way."""
        known = self._checks.get(name)
        if known is None or known.outcome is CheckOutcome.passed or finding.outcome is CheckOutcome.failed:
            self._checks[name] = Check(name, finding.outcome, fit(finding.detail), fit(finding.remedy), finding.retry)
        return finding.passed

    def require(self, name: CheckName, finding: Finding) -> None:
        """Note a check without which nothing further makes sense. Raises Ended when it did not pass."""
        if not self.add(name, finding):
            raise Ended

    def end(self, name: CheckName, finding: Finding) -> NoReturn:
        """Note a check that did not pass and stop."""
        self.add(name, finding)
        raise Ended

    def passed(self, *names: CheckName) -> bool:
        return all(n in self._checks and self._checks[n].outcome is CheckOutcome.passed for n in names)

    def verdict(self) -> Verdict:
        missing = f"{NOT_REACHED}: the examination ended before this check."
        return Verdict(tuple([self._checks.get(n) or Check(n, CheckOutcome.indeterminate, missing) for n in CHECKS]))


def unsupported(algorithm: str) -> Finding:
    return unsure(f"The credential is signed with {algorithm!r}, which cannot be checked here yet.", ANOTHER_FORM)


def in_words(day: date) -> str:
    """A day for a sentence: October 2, 2026."""
    return f"{MONTHS[day.month - 1]} {day.day}, {day.year}"
