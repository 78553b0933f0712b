"""The findings of one examination as they come in: seven named checks, each with a sentence for a person.

A check that was not reached is `indeterminate` and says so; it comes after the one that stopped the examination, so the
decisive check is always the right one (`Verdict.decisive`).
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple, NoReturn

from countersign import identity
from countersign.verification.carriers.unreadable import DOWNLOAD
from countersign.verification.trust.registry import Issuer, RegisteredKey
from models.credentials import CHECKS, NOT_REACHED, Check, CheckName, CheckOutcome, Credential, Identity, Verdict
from models.words import MONTHS

MAX_SENTENCE = 1000
"""Characters of the longest sentence; a credential's own words could make it as long as they are."""

SKEW = timedelta(minutes=5)
"""How far an issuer's clock may be ahead of ours."""

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


def key_on_date(key: RegisteredKey, issuer: Issuer, issued: datetime) -> Finding:
    """Whether a key of the issuer counts for a credential issued then (rule 2: "on that date"), by every date that is registered for
    it, wherever the key was found. Days are those of UTC, the first and the last one included."""
    key, day = issuer.dated(key), issued.astimezone(UTC).date()
    if key.compromised is not None:
        if day >= key.compromised:
            return bad(
                f"It is signed with a key of {issuer.name} that was reported stolen on {in_words(key.compromised)}, and it is dated "
                f"{in_words(day)}: from that day on the key proves nothing.",
                "Ask the issuer to award it again with its present key.",
            )
        # Whoever holds a stolen key can write any date, so an earlier one is no proof by itself.
        return unsure(
            f"It is signed with a key of {issuer.name} that was later reported stolen, on {in_words(key.compromised)}. It is dated "
            f"{in_words(day)} and may be genuine, or backdated by whoever has the key.",
            f"Ask the issuer, {BY_ANOTHER_WAY}, whether it awarded this one, and to award it again with its present key.",
        )
    if key.starts is not None and day < key.starts:
        return bad(
            f"It is dated {in_words(day)}, but signed with a key that {issuer.name} only has since {in_words(key.starts)}.",
            "Ask the issuer to award it again; a key cannot sign before it was made.",
        )
    if key.until is not None and day > key.until:
        return bad(
            f"It is dated {in_words(day)}, but signed with a key that {issuer.name} used until {in_words(key.until)} only.",
            "Ask the issuer to award it again with its present key.",
        )
    return ok("The key was in use on the date of issue.")


def trusted(issuer: Issuer, issued: datetime) -> Finding:
    """Whether the affiliate accepts this registered issuer's credentials of that date."""
    day = issued.astimezone(UTC).date()
    if day < issuer.accepted_from:
        return bad(
            f"{issuer.name} is accepted from {in_words(issuer.accepted_from)} on; this was issued on {in_words(day)}.",
            "Ask the affiliate whether earlier ones can be recognized.",
        )
    if issuer.accepted_until is not None and day > issuer.accepted_until:
        return bad(
            f"{issuer.name} was accepted until {in_words(issuer.accepted_until)}; this was issued on {in_words(day)}.",
            "Ask the affiliate whether later ones can be recognized.",
        )
    return ok(f"{issuer.name} is a registered issuer.")


def dates(credential: Credential, now: datetime) -> Finding:
    """Issued, not in the future, and not expired (OB 2.0 Assertion; VC Data Model 2.0 §4.9)."""
    issued, until = credential.issued_on, credential.valid_until
    if issued > now + SKEW:
        return bad(f"It is dated {in_words(issued.date())}, which has not come yet.")
    if until is not None and until < issued:
        return bad(f"It expires ({in_words(until.date())}) before it was issued ({in_words(issued.date())}).")
    if until is not None and until <= now:
        return bad(
            f"It expired on {in_words(until.date())}.",
            "Ask the issuer whether it can be renewed, then send the new one.",
        )
    end = f" and valid until {in_words(until.date())}" if until else " and does not expire"
    return ok(f"Issued on {in_words(issued.date())}{end}.")


def recipient(credential: Credential, address: str | None) -> Finding:
    """Whether somebody can be found by what the credential says of its recipient, and whether it is `address`."""
    known = [i for i in credential.identities if not i.hashed or identity.hash_of(i) is not None]
    if not credential.identities:
        return bad("It does not say to whom it was awarded.")
    if not known:
        return unsure("It names its recipient in a scrambled form that is not known here.", ANOTHER_FORM)
    by_address = any(identity.names_address(i) for i in known)
    if address is None:
        how = "." if by_address else ", and not by an e-mail address: a person has to say whose it is."
        return ok(f"It names its recipient by {_kind(known)}{how}")
    if not by_address:
        return unsure(
            f"It names its recipient by {_kind(known)}, and not by an e-mail address, so it cannot be told whether "
            "it was awarded to the address given.",
            "Ask the issuer to whom it awarded this one.",
        )
    if any(identity.matches(i, address) for i in known):
        return ok("It was awarded to the address given.")
    return bad(
        "It was awarded to another address than the one given.",
        "If that address is yours too, tell the affiliate, so that it can be added to your record.",
    )


def _kind(identities: Sequence[Identity]) -> str:
    """By what the recipient is named, in words: an e-mail address where there is one; never the identity itself."""
    shown = min(identities, key=lambda i: not identity.names_address(i))
    scrambled = "a scrambled " if shown.hashed else ""
    if identity.names_address(shown):
        return f"{scrambled or 'an '}e-mail address"
    return f"{scrambled or 'its '}{'identifier' if shown.kind == 'id' else fit(shown.kind[:40])}"


def in_words(day: date) -> str:
    """A day for a sentence: October 2, 2026."""
    return f"{MONTHS[day.month - 1]} {day.day}, {day.year}"
