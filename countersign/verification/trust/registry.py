"""The operator's registry of issuers, `issuers.toml`: the only source of trust (rule 2 of the house).

A proof counts when it leads to a key, a DID or a hosted origin that stands here for that issuer on that date.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from countersign.errors import UsageError
from countersign.tomlfile import read_bytes
from countersign.verification import keys
from countersign.verification.keys import PublicKey
from countersign.verification.network import addresses
from countersign.verification.trust import issuers_file
from countersign.verification.trust.issuers_shape import IssuerPart


@dataclass(frozen=True, slots=True)
class RegisteredKey:
    """A key of an issuer. `id` is its name in credentials, empty when any name will do. The dates include their day."""

    id: str
    public: PublicKey
    starts: date | None = None
    until: date | None = None
    compromised: date | None = None


@dataclass(frozen=True, slots=True)
class Issuer:
    """One vetted issuer."""

    id: str
    name: str
    ids: frozenset[str]
    origins: frozenset[str]
    dids: frozenset[str]
    keys: tuple[RegisteredKey, ...]
    accepted_from: date
    accepted_until: date | None
    demo: bool = False
    selective: bool = False
    """The operator's word that this issuer makes all that its credentials say of status and end of validity mandatory, so that what
    holders show of them in part includes it. Where a proof shows otherwise, the proof counts."""

    paths: tuple[str, ...] = ()
    """Beginnings of the addresses of its hosted assertions ("https://issuer.example/public/assertions/"); without any, the whole of
    its origins counts. For a service that hosts for several issuers, or lets others put files on its site."""

    jwks: tuple[str, ...] = ()
    """Addresses of its JSON Web Key Sets (RFC 7517 §5), each at one of its origins."""

    vetted_by: str = ""
    vetted_on: date | None = None
    vet_again_by: date | None = None
    also: tuple[str, ...] = ()
    """Other names it goes or went by: for pointing out who only calls themselves like it, never for trusting."""

    note: str = ""
    stolen: tuple[RegisteredKey, ...] = ()
    """The keys that any issuer of its registry reported stolen: a thief signs for whoever publishes the key. Set by the registry."""

    def registered(self, public: PublicKey) -> RegisteredKey | None:
        """The registered entry of this very key, whatever it is called: its dates hold wherever the key is found."""
        return next((k for k in self.keys if k.public == public), None)

    def compromised_on(self, public: PublicKey) -> date | None:
        """The first day on which an issuer, this one or another, reported this very key stolen; None when nobody has."""
        return min((k.compromised for k in self.stolen if k.compromised and k.public == public), default=None)

    def dated(self, key: RegisteredKey) -> RegisteredKey:
        """A key with every date that is known of it: its own ones, narrowed by those of its registered entry and of any theft."""
        known = self.registered(key.public) or key
        return replace(
            key,
            starts=max((d for d in (known.starts, key.starts) if d), default=None),
            until=min((d for d in (known.until, key.until) if d), default=None),
            compromised=min(
                (d for d in (known.compromised, key.compromised, self.compromised_on(key.public)) if d), default=None
            ),
        )

    def hosts(self, address: str) -> bool:
        """Whether a hosted assertion at `address` can be this issuer's: its origin, and its path where paths are registered. There a
        query may lead anywhere on the site, so it must have none."""
        if addresses.origin(address) not in self.origins:
            return False
        if not self.paths:
            return True
        own = addresses.origin(address) + addresses.path(address)
        return "?" not in address and any(addresses.beneath(own, p) for p in self.paths)

    def keys_named(self, name: str) -> Iterator[RegisteredKey]:
        """The registered keys a credential may mean by `name` (a kid, verification method or key address): those with
        that id, those without any, and the did:key itself if it is one of the issuer's. Every key for an empty name."""
        for key in self.keys:
            if not name or not key.id or key.id == name:
                yield key
        did = name.partition("#")[0]
        if did.startswith("did:key:") and did in self.dids:
            try:
                yield RegisteredKey(id=name, public=keys.from_did_key(name))
            except keys.KeyProblem:
                return
        if not name:
            for own in sorted(self.dids):
                if own.startswith("did:key:"):
                    yield RegisteredKey(id=own, public=keys.from_did_key(own))


@dataclass(frozen=True, slots=True)
class Registry:
    """All vetted issuers."""

    issuers: tuple[Issuer, ...] = ()

    def __post_init__(self) -> None:
        stolen = tuple(k for i in self.issuers for k in i.keys if k.compromised is not None)
        if stolen:  # what is stolen from one is stolen for all of them
            object.__setattr__(self, "issuers", tuple(replace(i, stolen=stolen) for i in self.issuers))

    def issuer_for(self, identifier: str) -> Issuer | None:
        """The issuer whose registered id or DID is exactly `identifier`; None for anybody else, however alike."""
        wanted = addresses.normal(identifier)
        return next((i for i in self.issuers if wanted in i.ids or wanted in i.dids), None)

    def at_origin(self, address: str) -> bool:
        """Whether some registered issuer hosts documents at the address's origin."""
        origin = addresses.origin(address)
        return bool(origin) and any(origin in i.origins for i in self.issuers)

    def names(self) -> dict[str, str]:
        """The issuers' names by their registry id."""
        return {i.id: i.name for i in self.issuers}

    @property
    def demo(self) -> bool:
        """Whether an issuer of the demonstration is registered, whose private key everybody has."""
        return any(i.demo for i in self.issuers)


def read_registry(path: Path) -> Registry:
    """The registry in the file at `path`. Raises FileProblems (each with its line) or UsageError when it is missing."""
    return parse_registry(registry_text(path), path.name)


def registry_text(path: Path) -> bytes:
    """The registry's file as it is, to be kept with the verdicts it leads to. Raises UsageError when it is missing."""
    if not path.is_file():
        raise UsageError(
            f"{path} is missing: without a registry of issuers nothing can be trusted.",
            "Write it, or take the one that `countersign init` makes as a start.",
        )
    return read_bytes(path)


def parse_registry(content: bytes, name: str) -> Registry:
    """The registry whose text is `content`; `name` is how errors call the file. Raises FileProblems."""
    return Registry(tuple(_issuer(i) for i in issuers_file.parse(content, name).issuers))


def _issuer(part: IssuerPart) -> Issuer:
    return Issuer(
        id=part.id,
        name=part.name,
        ids=frozenset(addresses.normal(i) for i in part.ids),
        origins=frozenset(part.origins),
        dids=frozenset(part.dids),
        keys=tuple(RegisteredKey(k.id, k.public, k.from_, k.until, k.compromised) for k in part.keys),
        accepted_from=part.accepted.from_,
        accepted_until=part.accepted.until,
        demo=part.demo,
        selective=part.selective,
        paths=part.paths,
        jwks=part.jwks,
        vetted_by=part.vetted.by,
        vetted_on=part.vetted.on,
        vet_again_by=part.vetted.again_by,
        also=part.also,
        note=part.note,
    )
