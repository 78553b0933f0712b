"""The workspace's agreements as reporting needs them: by version, and by the district whose HR they concern."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from countersign.errors import UsageError
from models.agreement import Agreement, Rules
from models.words import Currency

HRS = frozenset({Currency.pay, Currency.district_pd, Currency.in_lieu_of_pd})
"""The currencies that a district's HR pays or records, whether or not the clause says in which month."""


@dataclass(frozen=True, slots=True)
class Book:
    """The workspace's agreements, by version and by district."""

    versions: Mapping[str, Rules]
    newest: Mapping[str, Agreement]
    districts: Mapping[str, tuple[str, ...]]

    def terms(self, agreement: str, sha256: str) -> Agreement:
        """The version applied, or else the newest of the same agreement (for its time zone and year only)."""
        return self.versions[sha256].terms if sha256 in self.versions else self.newest[agreement]

    def time_zone(self, district: str) -> str:
        """The zone in which the district's months begin: that of its agreement in force last."""
        return max((self.newest[i] for i in self.districts[district]), key=lambda t: (t.in_force.from_, t.id)).time_zone

    @property
    def zones(self) -> list[str]:
        """Where a month has to be over before a house without districts looks through it: wherever its agreements are in
        force, and in UTC, in whose months it is counted what was granted."""
        return sorted({"UTC", *(terms.time_zone for terms in self.newest.values())})


def book(rules: Sequence[Rules]) -> Book:
    """The agreements in order. Raises UsageError when two versions of one agreement name different employers."""
    newest: dict[str, Agreement] = {}
    for rule in sorted(rules, key=lambda r: (r.terms.in_force.from_, r.sha256)):
        newest[rule.terms.id] = rule.terms
    employers: dict[str, set[str]] = defaultdict(set)
    for rule in rules:
        if rule.terms.applies_to.employer is not None and _is_hrs(rule.terms):
            employers[rule.terms.id].add(rule.terms.applies_to.employer)
    districts: dict[str, list[str]] = defaultdict(list)
    for agreement, names in sorted(employers.items()):
        if len(names) > 1:
            raise UsageError(
                f"The versions of agreement {agreement} name different employers: {', '.join(sorted(names))}.",
                "Give one of them an id of its own.",
            )
        districts[min(names)].append(agreement)
    return Book({r.sha256: r for r in rules}, newest, {d: tuple(a) for d, a in sorted(districts.items())})


def _is_hrs(terms: Agreement) -> bool:
    """Whether the agreement gives anything that HR pays or records. A college's arrangement for a district's teachers
    does not: what waits there is the teacher's and the registrar's business."""
    return any(grant.paid or grant.processed or grant.currency in HRS for grant in terms.grants)
