"""`countersign certificate verify`: whether a PDF is ours, as we issued it, and what it is worth today.

A file is ours when its bytes are: their SHA-256 is in the books. If it is not, what the file says of itself (its title, its links, its
text) may name a certificate of ours; then it was altered, or saved or printed anew, and only what stands in the books counts.
Nothing that the file says is believed beyond that.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session, select

from countersign import issuance
from countersign.desk.papers import near, paper_of
from countersign.errors import CountersignError
from countersign.evidence import Evidence
from countersign.intake.pdf_words import words_of
from countersign.issuance import Worth
from countersign.settings import Workspace
from countersign.store import Store
from models.tables import Certificate, CreditRequest
from models.words import CreditState

MOST = 50_000_000
"""Bytes of the largest file that is compared; ours are far smaller."""

MOST_READ = 5_000_000
"""Bytes of the largest file that is searched for numbers, which takes about a second: ours have some hundred thousand."""

_NUMBER = re.compile(
    r"(?<![A-Z0-9-])(?:[A-Z0-9]{1,8}-){1,2}[0-9]{4}-[0-9A-Z]{5}-[0-9A-Z]{5}-[0-9A-Z](?![A-Z0-9])", re.IGNORECASE
)
MOST_NUMBERS = 20


@dataclass(frozen=True, slots=True)
class PaperReport:
    """What one file or number was found to be.

    `result` is "current" (valid, to people), "replaced", "withdrawn", "revoked", "refused" (a paper of ours, unaltered, or its number; refused
    is a credit request, by its college), "added_to"
    (begins with all of a file that we issued, and something comes behind), "altered" (names a paper of ours and is not the file we
    issued), "not_ours", "unreadable" or "not_found" (neither a file that is there nor the number of a paper). `state` is what the paper it names is worth today, `sha256` that of the
    file, `replaced_by` the number of the certificate that counts instead.
    """

    input: str
    result: str
    sentence: str
    number: str = ""
    state: str = ""
    issued_on: date | None = None
    ended_on: date | None = None
    replaced_by: str = ""
    sha256: str = ""

    @property
    def counts(self) -> bool:
        return self.result == Worth.current

    @property
    def outcome(self) -> str:
        """`result` as people read it."""
        return "valid" if self.counts else self.result.replace("_", " ")

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def check_papers(store: Store, workspace: Workspace, inputs: Sequence[str], now: datetime) -> list[PaperReport]:
    """A report for each file or number, in order. Reads only."""
    zone = ZoneInfo(workspace.settings.time_zone)
    with store.reading() as session:
        return [_Check(session, store.evidence, given, now, zone).report() for given in inputs]


@dataclass(frozen=True, slots=True)
class _Check:
    """One file or number, held against the books."""

    session: Session
    evidence: Evidence
    given: str
    now: datetime
    zone: ZoneInfo

    def report(self) -> PaperReport:
        path = Path(self.given)
        try:
            there = path.exists()
        except (OSError, ValueError):  # longer than a path can be, or with a NUL in it
            there = False
        if there:
            return self._file(path)
        if issuance.read_number(self.given) is not None:
            return self._number()
        meant = near(self.session, self.given)
        what = f"{self.given} is neither a file nor the number of a paper."
        also = (
            f" Did you mean {' or '.join(meant)}?" if meant else " Its check character is wrong, if it is meant as one."
        )
        return PaperReport(self.given, "not_found", what + (also if issuance.near_numbers(self.given) else ""))

    def _number(self) -> PaperReport:
        paper = paper_of(self.session, self.given)
        if paper is None or not paper.sha256:
            number = issuance.read_number(self.given) or ""
            meant = near(self.session, self.given)
            hint = f" Did you mean {' or '.join(meant)}?" if meant and paper is None else ""
            return PaperReport(self.given, "not_ours", f"No paper that went out has the number {number}.{hint}", number)
        return self._ours(paper, "")

    def _file(self, path: Path) -> PaperReport:
        try:
            if not path.is_file():
                return PaperReport(self.given, "unreadable", f"{self.given} is no file.")
            size = path.stat().st_size
            if size > MOST:
                said = f"{self.given} has {size:,} bytes; no paper of ours has nearly as many. It is not ours."
                return PaperReport(self.given, "not_ours", said)
            content = path.read_bytes()
        except OSError as error:
            return PaperReport(self.given, "unreadable", f"{self.given} cannot be read: {error.strerror}.")
        sha256 = hashlib.sha256(content).hexdigest()
        for table in (Certificate, CreditRequest):
            paper = self.session.exec(select(table).where(table.sha256 == sha256)).first()
            if paper is not None:
                return self._ours(paper, sha256)
        return self._foreign(content, sha256)

    def _ours(self, paper: Certificate | CreditRequest, sha256: str) -> PaperReport:
        said, state, by, ended = self._worth(paper)
        whole = f"{self.given} is ours and unaltered. " if sha256 else ""
        issued = paper.issued_on if isinstance(paper, Certificate) else paper.requested_on
        return PaperReport(self.given, state, whole + said, paper.number, state, issued, ended, by, sha256)

    def _worth(self, paper: Certificate | CreditRequest) -> tuple[str, str, str, date | None]:
        """What a paper is worth, in a sentence for staff; its state, the number of the one that counts instead, and the day of its end."""
        if isinstance(paper, CreditRequest):
            ended = paper.state in (CreditState.withdrawn, CreditState.refused)
            said = (
                f"It is the request for college credit {paper.number}, in the state “{paper.state.replace('_', ' ')}”."
            )
            return said, paper.state if ended else Worth.current.value, "", None
        after = issuance.successor(self.session, paper) if paper.state != "valid" else None
        stands = issuance.standing(paper, after, self.now, self.zone)
        when = f" on {stands.ended_on:%Y-%m-%d}" if stands.ended_on else ""
        why = f" ({paper.ended_by}: {paper.ended_reason.rstrip('.')})" if paper.ended_by else ""
        instead = f" {after.number} counts in its place." if after else ""
        if stands.counts:
            said = f"Certificate {paper.number} is valid: it is the one for its award."
        else:
            said = f"Certificate {paper.number} is not valid any more: it was {paper.state}{when}{why}.{instead}"
        return said, stands.state.value, after.number if after else "", stands.ended_on

    def _foreign(self, content: bytes, sha256: str) -> PaperReport:
        """A file whose bytes are not ours: does it name a paper of ours?"""
        if len(content) > MOST_READ:
            sentence = (
                f"{self.given} is not a file that we issued. It has {len(content):,} bytes; no number is looked for in more than "
                f"{MOST_READ:,}. Check the number that is printed on it instead: countersign certificate verify NUMBER."
            )
            return PaperReport(self.given, "not_ours", sentence, sha256=sha256)
        words = words_of(content)
        named = dict.fromkeys(_numbers((words.title, *words.links, words.text, content.decode("latin-1"))))
        known = [paper for number in named if (paper := paper_of(self.session, number)) is not None and paper.sha256]
        for paper in known:
            if self._continues(content, paper):
                return self._added_to(paper, sha256)
        # A certificate names the one that it replaces; what the file means to be is the newer one.
        former = {paper.printed.get("replaces", "") for paper in known}
        meant = next((paper for paper in known if paper.number not in former), None)
        if meant is not None:
            said, state, by, ended = self._worth(meant)
            sentence = (
                f"{self.given} carries the number {meant.number}, but is not the file that we issued: it was altered, or saved or "
                f"printed to PDF again. Ask for the file as it was issued, or compare it with: countersign certificate show "
                f"{meant.number}. {said}"
            )
            issued = meant.issued_on if isinstance(meant, Certificate) else meant.requested_on
            return PaperReport(self.given, "altered", sentence, meant.number, state, issued, ended, by, sha256)
        if named:
            number = next(iter(named))
            sentence = f"{self.given} carries the number {number}, and no paper that went out has it. It is not ours."
            return PaperReport(self.given, "not_ours", sentence, number, sha256=sha256)
        if words.problem:
            sentence = (
                f"{self.given} {words.problem}. It is not a file that we issued, and no number could be read in it."
            )
            return PaperReport(self.given, "unreadable", sentence, sha256=sha256)
        sentence = f"{self.given} is not a file that we issued, and no number of ours stands in it as text."
        return PaperReport(self.given, "not_ours", sentence, sha256=sha256)

    def _continues(self, content: bytes, paper: Certificate | CreditRequest) -> bool:
        try:
            return content.startswith(self.evidence.get(paper.sha256))
        except CountersignError:
            return (
                False  # the kept copy is damaged, which `reconcile` tells; that the file differs is true all the same
            )

    def _added_to(self, paper: Certificate | CreditRequest, sha256: str) -> PaperReport:
        said, state, by, ended = self._worth(paper)
        sentence = (
            f"{self.given} begins with all of {paper.number} as we issued it, and something was added behind, as programs do that save "
            f"notes, stamps or signatures. What was issued is whole beneath, but may be covered: ask for the original file. {said}"
        )
        issued = paper.issued_on if isinstance(paper, Certificate) else paper.requested_on
        return PaperReport(self.given, "added_to", sentence, paper.number, state, issued, ended, by, sha256)


def _numbers(texts: Sequence[str]) -> Iterator[str]:
    """The well-formed numbers in texts, in order, the first ones only."""
    found = 0
    for text in texts:
        for match in _NUMBER.finditer(text):
            number = issuance.read_number(match[0])
            if number is not None and found < MOST_NUMBERS:
                found += 1
                yield number
