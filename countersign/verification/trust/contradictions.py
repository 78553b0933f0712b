"""What in `issuers.toml` contradicts itself, or says something else than was probably meant.

Every finding names its place in the file, what is wrong and what to write instead. Nothing here reads the web or the clock.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from countersign.tomlfile import Path_
from countersign.verification import keys
from countersign.verification.fingerprints import fingerprint
from countersign.verification.network import addresses
from countersign.verification.trust import sites
from countersign.verification.trust.issuers_shape import IssuerPart, IssuersFile, KeyPart

_DID = re.compile(r"did:[a-z0-9]+:[A-Za-z0-9._:%-]+", re.ASCII)
_LOOKED_UP = ("did:web:", "did:key:", "did:jwk:")


@dataclass(frozen=True, slots=True)
class Contradiction:
    """One finding. `path` is its place: ("issuers", 0, "ids")."""

    level: Literal["error", "warning"]
    path: Path_
    what: str
    remedy: str = ""


def contradictions(file: IssuersFile) -> Iterator[Contradiction]:
    """All of them, those of single issuers first."""
    for number, issuer in enumerate(file.issuers):
        at: Path_ = ("issuers", number)
        yield from _addresses(at, issuer)
        yield from _dids(at, issuer)
        yield from _keys(at, issuer)
    yield from _no_two(file.issuers)
    yield from _shared_keys(file.issuers)
    yield from _shared_origins(file.issuers)


def _addresses(at: Path_, issuer: IssuerPart) -> Iterator[Contradiction]:
    if not issuer.ids and not issuer.dids:
        yield Contradiction(
            "error",
            at,
            f"{issuer.id}: says no ids and no dids, so no credential could ever be its own",
            "Write the issuer's own id, exactly as its credentials state it, into ids or dids.",
        )
    for identifier in issuer.ids:
        if not addresses.is_uri(identifier) or (
            identifier.lower().startswith("http") and addresses.split(identifier) is None
        ):
            yield Contradiction(
                "error",
                (*at, "ids"),
                f'ids: "{identifier}" is not a full address such as "https://issuer.example/profile"',
                "A DID belongs into dids; anything else is written as it stands in the credentials.",
            )
    for origin in issuer.origins:
        yield from _origin((*at, "origins"), origin)
    for name, listed in (("paths", issuer.paths), ("jwks", issuer.jwks)):
        for address in listed:
            if addresses.origin(address) not in issuer.origins or not address.startswith("https://"):
                yield Contradiction(
                    "error", (*at, name), f'{name}: "{address}" is not an https address at one of its origins'
                )
            elif name == "paths" and addresses.origin(address) + addresses.path(address) != addresses.normal(address):
                yield Contradiction(
                    "error",
                    (*at, name),
                    f'paths: "{address}" is not the plain beginning of an address',
                    "Leave out queries, fragments, dots, semicolons and percent signs: https://issuer.example/assertions/",
                )
    for origin in issuer.origins if issuer.paths else ():
        if not any(addresses.origin(p) == origin for p in issuer.paths):
            yield Contradiction(
                "warning",
                (*at, "origins"),
                f'origins: nothing hosted at "{origin}" counts, since paths names nothing there',
                f'Add "{origin}/" to paths if all of it is the issuer\'s.',
            )
    hosts = set(issuer.origins)
    for identifier in issuer.ids if hosts else ():
        if addresses.origin(identifier) not in {"", *hosts}:
            yield Contradiction(
                "warning",
                (*at, "ids"),
                f'ids: "{identifier}" is at none of its origins, so hosted credentials that name it cannot verify',
                "Add its site to origins if the issuer runs it.",
            )


def _origin(path: Path_, origin: str) -> Iterator[Contradiction]:
    proper = addresses.origin(origin)
    if proper != origin:
        yield Contradiction(
            "error",
            path,
            f'origins: "{origin}" is not an origin such as "https://issuer.example" (no path, https)',
            f'Write it as "{proper}".' if proper else "",
        )
        return
    host, _, port = origin.removeprefix("https://").partition(":")
    if why := sites.unfit(host):
        yield Contradiction("error", path, f'origins: "{origin}" {why}')
    if port:
        yield Contradiction(
            "warning", path, f'origins: "{origin}" has a port, and nothing is fetched from unusual ports'
        )


def _dids(at: Path_, issuer: IssuerPart) -> Iterator[Contradiction]:
    path = (*at, "dids")
    for did in issuer.dids:
        if not _DID.fullmatch(did):
            yield Contradiction("error", path, f'dids: "{did}" is not a DID such as "did:web:issuer.example"')
        elif not did.startswith(_LOOKED_UP):
            yield Contradiction(
                "warning",
                path,
                f'dids: "{did}" is of a method that cannot be looked up here',
                "Credentials with it verify only by keys pinned under [[issuers.keys]].",
            )
        elif did.startswith("did:web:"):
            host = did.split(":")[2].replace("%3A", ":").lower()
            if issuer.origins and f"https://{host}" not in issuer.origins:
                yield Contradiction(
                    "warning",
                    path,
                    f'dids: "{did}" is at none of its origins',
                    f'Add "https://{host}" to origins if the issuer runs it; its DID document is read from there.',
                )
        else:
            try:
                (keys.from_did_key if did.startswith("did:key:") else keys.from_did_jwk)(did)
            except keys.KeyProblem as error:
                yield Contradiction("error", path, f'dids: "{did}" {error}')


def _keys(at: Path_, issuer: IssuerPart) -> Iterator[Contradiction]:
    seen: dict[str, tuple[date | None, ...]] = {}
    homes = {o for o in (*issuer.origins, *(addresses.origin(i) for i in issuer.ids)) if o}
    homes |= {f"https://{d.split(':')[2].replace('%3A', ':')}" for d in issuer.dids if d.startswith("did:web:")}
    for number, key in enumerate(issuer.keys):
        path = (*at, "keys", number)
        if not _meet(issuer, key):
            yield Contradiction(
                "error",
                path,
                "the key can never count: its dates and the issuer's accepted have no day in common",
                "Correct one of them, or remove the key.",
            )
        name = key.id.partition("#")[0]
        foreign = addresses.origin(name) not in {"", *homes} or (name.startswith("did:") and name not in issuer.dids)
        if foreign and name not in issuer.ids:
            yield Contradiction(
                "warning",
                path,
                f'the key\'s id "{key.id}" is not at {issuer.name}: at none of its ids, origins and dids',
                "Write it exactly as credentials name the key, and check that the issuer confirmed it.",
            )
        dates = (key.from_, key.until, key.compromised)
        if seen.setdefault(fingerprint(key.public), dates) != dates:
            yield Contradiction(
                "error",
                path,
                f"{issuer.id}: the same key stands twice with different dates, so it cannot be said when it counts",
                "Give both entries the same from, until and compromised, or keep one.",
            )


def _meet(issuer: IssuerPart, key: KeyPart) -> bool:
    """Whether there is a day on which the key is in use and the issuer accepted."""
    begins = max(issuer.accepted.from_, key.from_ or date.min)
    return begins <= min(issuer.accepted.until or date.max, key.until or date.max)


def _no_two(issuers: Sequence[IssuerPart]) -> Iterator[Contradiction]:
    """No id, address, DID or key id may stand for two issuers: what a credential names must lead to one. (A service that issues
    for several may sign with one key: that key then counts for each of them, and the named issuer decides.)"""
    seen: dict[tuple[str, str], str] = {}
    for number, issuer in enumerate(issuers):
        at: Path_ = ("issuers", number)
        marks: dict[tuple[str, str], tuple[Path_, str]] = {("issuer id", issuer.id): ((*at, "id"), issuer.id)}
        marks |= {("address", addresses.normal(i)): ((*at, "ids"), i) for i in issuer.ids}
        marks |= {("address", d): ((*at, "dids"), d) for d in issuer.dids}
        marks |= {("key id", k.id): ((*at, "keys", n), k.id) for n, k in enumerate(issuer.keys) if k.id}
        for mark, (path, spelled) in marks.items():
            if mark in seen:
                yield Contradiction(
                    "error",
                    path,
                    f'"{seen[mark]}" and "{issuer.name}" both have the {mark[0]} "{spelled}"; it may stand once only',
                )
            seen[mark] = issuer.name
        for called in (issuer.name, *issuer.also):
            mark = ("name", called.casefold())
            if seen.get(mark, issuer.id) != issuer.id:
                yield Contradiction(
                    "warning",
                    at,
                    f'"{seen[mark]}" and "{issuer.id}" are both called "{called}", which people cannot tell apart',
                )
            seen[mark] = issuer.id


def _shared_keys(issuers: Sequence[IssuerPart]) -> Iterator[Contradiction]:
    first: dict[str, tuple[IssuerPart, KeyPart]] = {}
    for number, issuer in enumerate(issuers):
        for place, key in enumerate(issuer.keys):
            path: Path_ = ("issuers", number, "keys", place)
            other, same = first.setdefault(fingerprint(key.public), (issuer, key))
            if other is issuer:
                continue
            if key.compromised != same.compromised:
                yield Contradiction(
                    "error",
                    path,
                    f"{other.name} and {issuer.name} share this key, but it is not compromised for both from the same day",
                    "A stolen key is stolen for everybody: write the same date at each.",
                )
            else:
                yield Contradiction(
                    "warning",
                    path,
                    f"{other.name} and {issuer.name} share this key: whoever has it can sign for both",
                    "Keep it only if both confirmed that one service signs for them.",
                )


def _shared_origins(issuers: Sequence[IssuerPart]) -> Iterator[Contradiction]:
    users: dict[str, IssuerPart] = {}
    for number, issuer in enumerate(issuers):
        for origin in issuer.origins:
            other = users.setdefault(origin, issuer)
            if other is issuer:
                continue
            if not _apart(other.paths, issuer.paths, origin):
                yield Contradiction(
                    "warning",
                    ("issuers", number, "origins"),
                    f"{other.name} and {issuer.name} share {origin}, and their paths do not tell them apart",
                    "Give each its own paths there, so that one cannot answer for the other.",
                )


def _apart(some: Sequence[str], others: Sequence[str], origin: str) -> bool:
    """Whether two issuers both name paths at an origin, none of which is the beginning of one of the other's."""
    mine, theirs = ([p for p in paths if addresses.origin(p) == origin] for paths in (some, others))
    if not mine or not theirs:
        return False
    return not any(addresses.beneath(a, b) or addresses.beneath(b, a) for a in mine for b in theirs)
