"""What `agreements check` says of one file: errors, which stop it from deciding anything, and warnings, each with its line."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

from countersign.errors import FileProblem, UsageError
from countersign.recognition import contradictions, gaps, unreachable
from countersign.recognition.claims import folded
from countersign.recognition.files import Read, meet, overlaps, read_agreement
from countersign.recognition.remarks import Path_, Remark
from countersign.tomlfile import FileProblems, line_of
from models.agreement import Agreement, Listed


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to say of a file. `line` is 1-based, 0 for the file as a whole."""

    level: Literal["error", "warning"]
    file: str
    line: int
    sentence: str

    def __str__(self) -> str:
        return f"{self.file}{f', line {self.line}' if self.line else ''}: {self.level}: {self.sentence}"

    def as_json(self) -> dict[str, Any]:
        return {"level": self.level, "file": self.file, "line": self.line, "sentence": self.sentence}


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is known where the agreement is to be used: the ids in issuers.toml, and the roster's employers and roles, these as pairs of
    employer and role; None where that is not known, and nothing is said of it then."""

    issuers: Collection[str] | None = field(default=None)
    employers: Collection[str] | None = field(default=None)
    roles: Collection[tuple[str, str]] | None = field(default=None)


def check_file(path: Path, surroundings: Surroundings = Surroundings()) -> list[Finding]:
    """What is wrong with one agreement file (errors) and what it leaves unsaid, out of reach or in contradiction (warnings), by line.

    The other files of its folder are only looked at for other versions of the same agreement.
    """
    try:
        read = read_agreement(path)
    except FileProblems as found:
        return [_error(problem) for problem in found.problems]
    except UsageError as error:
        return [Finding("error", path.name, 0, str(error))]
    siblings = [other for other in _siblings(path) if other.rules.terms.id == read.rules.terms.id]
    errors = [_error(problem) for problem in overlaps([*siblings, read])]
    warnings = [*_list_warnings(read)]
    for remark in (
        *gaps.found(read.rules.terms, [s.rules.terms for s in siblings]),
        *unreachable.found(read.rules),
        *contradictions.found(read.rules.terms),
        *_around(read.rules.terms, surroundings),
    ):
        warnings.append(Finding("warning", read.rules.file, line_of(read.lines, remark.path), remark.sentence))
    return errors + sorted(warnings, key=lambda f: (f.file != read.rules.file, f.line))


def _error(problem: FileProblem) -> Finding:
    """The problem as a finding: its place stands beside the sentence, not in it."""
    where = f"{problem.file}, line {problem.line}: " if problem.line else f"{problem.file}: "
    return Finding("error", problem.file, problem.line, f"{problem.what.removeprefix(where)} {problem.remedy}".strip())


def _siblings(path: Path) -> Iterator[Read]:
    for other in sorted(path.parent.glob("*.toml")):
        if other.resolve() == path.resolve():
            continue
        try:
            yield read_agreement(other)
        except UsageError:
            continue  # what is wrong with another file is said when that one is checked


def _list_warnings(read: Read) -> Iterator[Finding]:
    preapproval = read.rules.terms.eligibility.preapproval
    if preapproval is None or preapproval.list is None:
        return
    by_title: dict[str, list[tuple[int, Listed]]] = {}
    for line, row in read.listed:
        by_title.setdefault(folded(row.title), []).append((line, row))
    for rows in by_title.values():
        for (_, one), (line, two) in pairwise(sorted(rows, key=lambda r: r[1].from_)):
            if meet(one.from_, one.until, two.from_, two.until):
                yield Finding("warning", preapproval.list, line, f'"{two.title}" is listed twice for the same days.')
    if not read.listed:
        sentence = "The approved list is empty: every decision that needs it is held."
        yield Finding("warning", preapproval.list, 1, sentence)


def _around(terms: Agreement, around: Surroundings) -> Iterator[Remark]:
    """Names that nobody here knows."""
    for issuer in terms.eligibility.issuers if around.issuers is not None else ():
        if issuer not in (around.issuers or ()):
            sentence = (
                f'issuers.toml has no issuer "{issuer}"{_near(issuer, around.issuers or ())}: nothing of it can be proven, so nothing '
                "of it counts. Register it (countersign issuer add), or correct the id."
            )
            yield Remark(sentence, ("eligibility", "issuers"))
    employer = terms.applies_to.employer
    if employer is not None and around.employers:
        known = {folded(name): name for name in around.employers}
        if folded(employer) not in known:
            sentence = (
                f'Nobody on the roster works for "{employer}"{_near(employer, known.values())}: the agreement applies to nobody. '
                "Write it as the roster does."
            )
            yield Remark(sentence, ("applies_to", "employer"))
    if around.roles is not None:
        yield from _roles(terms, around.roles)


def _roles(terms: Agreement, on_roster: Collection[tuple[str, str]]) -> Iterator[Remark]:
    """Roles that nobody has whom the agreement is for. Where the roster says no roles, what asks for one is held, and that says why."""
    employer = terms.applies_to.employer
    able = [(place, role) for place, role in on_roster if employer is None or folded(place) == folded(employer)]
    known = {folded(role): role for _, role in able if role}
    wanted: list[tuple[str, Path_]] = [(r, ("applies_to", "roles")) for r in terms.applies_to.roles or ()]
    for number, grant in enumerate(terms.grants):
        for name, when in (("when", grant.when), ("needs", grant.needs)):
            wanted += [(role, ("grants", number, name)) for role in (when.roles if when else None) or ()]
    for role, at in wanted:
        if known and folded(role) not in known:
            of = f' of "{employer}"' if employer else ""
            sentence = f'Nobody{of} on the roster has the role "{role}"{_near(role, known.values())}. Write it as the roster does.'
            yield Remark(sentence, at)


def _near(word: str, words: Collection[str]) -> str:
    found = get_close_matches(word, list(words), 1)
    return f' (did you mean "{found[0]}"?)' if found else ""
