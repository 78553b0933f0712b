"""One row of the table of conformance: what the publisher says of a file, and what we say of it in both worlds."""

from dataclasses import dataclass
from enum import StrEnum

from models.credentials import CheckName, VerdictOutcome


class Word(StrEnum):
    """The publisher's word for a file. `data` is part of a test and no credential; nobody says that it is one."""

    valid = "valid"
    warning = "valid with a warning"
    invalid = "invalid"
    held = "can only be held"
    data = "data of a test"


@dataclass(frozen=True, slots=True)
class Ours:
    """Our verdict: its outcome, the check that decides, and a part of that check's sentence."""

    outcome: VerdictOutcome
    check: CheckName
    part: str


@dataclass(frozen=True, slots=True)
class Row:
    """`fault` is what the publisher finds wrong (or warns of), in its own terms; `check` our name for the check that it means. `strange`
    is our verdict when nobody is registered, the same as the other one unless the registry is reached. `argued` says in one line why ours
    is another than the publisher's, or the same for another reason."""

    file: str
    word: Word
    ours: Ours
    fault: str = ""
    check: CheckName | None = None
    strange: Ours | None = None
    argued: str = ""

    @property
    def when_strange(self) -> Ours:
        """Our verdict when no issuer is registered."""
        return self.strange or self.ours

    @property
    def deviates(self) -> bool:
        """Whether ours differs from the publisher's in its meaning: another outcome, or another check than the one that it names."""
        outcome = self.ours.outcome
        match self.word:
            case Word.valid | Word.warning:
                return outcome is not VerdictOutcome.verified
            case Word.invalid:
                return outcome is not VerdictOutcome.rejected or self.ours.check is not self.check
            case Word.held:
                return outcome is not VerdictOutcome.held
            case Word.data:
                return outcome is VerdictOutcome.verified


FORM, PROOF, TRUST = CheckName.well_formed, CheckName.proof, CheckName.issuer_trusted
STATUS, DATES, NOTHING = CheckName.status, CheckName.dates, CheckName.extracted


def rejected(check: CheckName, part: str) -> Ours:
    return Ours(VerdictOutcome.rejected, check, part)


def held(check: CheckName, part: str) -> Ours:
    return Ours(VerdictOutcome.held, check, part)


VERIFIED = Ours(VerdictOutcome.verified, CheckName.recipient, "It names its recipient")
STRANGER = rejected(TRUST, "is not in the affiliate's registry of issuers")


def valid(file: str, warning: str = "") -> Row:
    """What the publisher calls valid, and we verify once its issuer is registered."""
    return Row(file, Word.warning if warning else Word.valid, VERIFIED, fault=warning, strange=STRANGER)


def not_ours(file: str, ours: Ours, argued: str, strange: Ours | None = None) -> Row:
    """What the publisher calls valid, and we do not verify even so."""
    return Row(file, Word.valid, ours, strange=strange, argued=argued)


def invalid(
    file: str, fault: str, check: CheckName, ours: Ours, argued: str = "", *, strange: Ours | None = None
) -> Row:
    return Row(file, Word.invalid, ours, fault=fault, check=check, strange=strange, argued=argued)


def data(file: str, what: str, ours: Ours) -> Row:
    """A part of the publisher's tests that is no credential, handed to us like one."""
    return Row(file, Word.data, ours, fault=what)
