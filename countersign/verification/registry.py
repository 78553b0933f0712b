"""The operator's registry of issuers, `issuers.toml`: the only source of trust (rule 2 of the house).

A proof counts when it leads to a key, a DID or a hosted origin that stands here for that issuer on that date.
"""

import difflib
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, model_validator

from countersign.errors import UsageError
from countersign.tomlfile import parse_toml, read_bytes
from countersign.verification import addresses, keys
from countersign.verification.keys import PublicKey

Text = Annotated[str, Field(min_length=1)]
LOOKS_LIKE = 0.86
"""Similarity of two names (0 to 1, difflib) from which a claimed name is pointed out as resembling a registered one."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class _Accepted(_Part):
    from_: date = Field(alias="from")
    until: date | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.until is not None and self.until < self.from_:
            raise ValueError(f"until {self.until} is before from {self.from_}")
        return self


class _Vetted(_Part):
    by: Text
    on: date


class _Key(_Part):
    id: str = ""
    pem: str | None = None
    jwk: dict[str, Any] | None = None
    multibase: str | None = None
    from_: date | None = Field(alias="from", default=None)
    until: date | None = None
    compromised: date | None = None
    _public: keys.PublicKey = PrivateAttr()

    @model_validator(mode="after")
    def _readable(self) -> Self:
        if sum(x is not None for x in (self.pem, self.jwk, self.multibase)) != 1:
            raise ValueError("give the key in exactly one form: pem, jwk or multibase")
        try:
            if self.pem is not None:
                self._public = keys.from_pem(self.pem)
            elif self.jwk is not None:
                self._public = keys.from_jwk(self.jwk)
            else:
                self._public = keys.from_multibase(self.multibase or "")
        except keys.KeyProblem as error:
            raise ValueError(f"the key {error}") from error
        return self

    @property
    def public(self) -> keys.PublicKey:
        return self._public


class _Issuer(_Part):
    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    name: Text
    ids: tuple[Text, ...] = ()
    origins: tuple[Text, ...] = ()
    dids: tuple[Text, ...] = ()
    paths: tuple[Text, ...] = ()
    jwks: tuple[Text, ...] = ()
    accepted: _Accepted
    vetted: _Vetted
    demo: bool = False
    keys: tuple[_Key, ...] = ()

    @model_validator(mode="after")
    def _exact(self) -> Self:
        if not self.ids and not self.dids:
            raise ValueError("says no ids and no dids, so no credential could ever be its own")
        for identifier in self.ids:
            if not addresses.is_uri(identifier) or (
                identifier.lower().startswith("http") and addresses.split(identifier) is None
            ):
                raise ValueError(f'ids: "{identifier}" is not a full address such as "https://issuer.example/profile"')
        for origin in self.origins:
            if addresses.origin(origin) != origin:
                raise ValueError(
                    f'origins: "{origin}" is not an origin such as "https://issuer.example" (no path, https)'
                )
        for name, listed in (("paths", self.paths), ("jwks", self.jwks)):
            for address in listed:
                if addresses.origin(address) not in self.origins or not address.startswith("https://"):
                    raise ValueError(f'{name}: "{address}" is not an https address at one of its origins')
        for did in self.dids:
            if not re.fullmatch(r"did:[a-z0-9]+:[A-Za-z0-9._:%-]+", did):
                raise ValueError(f'dids: "{did}" is not a DID such as "did:web:issuer.example"')
            if did.startswith("did:key:"):
                try:
                    keys.from_did_key(did)
                except keys.KeyProblem as error:
                    raise ValueError(f'dids: "{did}" {error}') from error
        return self


class _File(_Part):
    issuers: tuple[_Issuer, ...] = ()

    @model_validator(mode="after")
    def _no_two(self) -> Self:
        """No id, DID or key id may stand for two issuers: what a credential names must lead to one. (A service that issues
        for several may sign with one key: that key then counts for each of them, and the named issuer decides.)"""
        seen: dict[tuple[str, str], str] = {}
        for issuer in self.issuers:
            marks = {("issuer id", issuer.id)}
            marks |= {("address", addresses.normal(i)) for i in (*issuer.ids, *issuer.dids)}
            marks |= {("key id", k.id) for k in issuer.keys if k.id}
            for mark in sorted(marks):
                if mark in seen:
                    raise ValueError(
                        f'"{seen[mark]}" and "{issuer.name}" both have the {mark[0]} "{mark[1]}"; it may stand once only'
                    )
                seen[mark] = issuer.name
        return self


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
    paths: tuple[str, ...] = ()
    """Beginnings of the addresses of its hosted assertions ("https://issuer.example/public/assertions/"); without any, the whole of
    its origins counts. For a service that hosts for several issuers, or lets others put files on its site."""

    jwks: tuple[str, ...] = ()
    """Addresses of its JSON Web Key Sets (RFC 7517 §5), each at one of its origins."""

    vetted_by: str = ""
    vetted_on: date | None = None

    def registered(self, public: PublicKey) -> RegisteredKey | None:
        """The registered entry of this very key, whatever it is called: its dates hold wherever the key is found."""
        return next((k for k in self.keys if k.public == public), None)

    def hosts(self, address: str) -> bool:
        """Whether a hosted assertion at `address` can be this issuer's: its origin, and its path where paths are registered."""
        if addresses.origin(address) not in self.origins:
            return False
        own = addresses.origin(address) + addresses.path(address)
        return not self.paths or any(own.startswith(p) for p in self.paths)

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

    def resembling(self, name: str) -> str:
        """The registered name that `name` equals or looks like; empty when there is none."""
        claimed = _skeleton(name)
        if not claimed:
            return ""
        for issuer in self.issuers:
            known = _skeleton(issuer.name)
            if known == claimed or difflib.SequenceMatcher(None, known, claimed).ratio() >= LOOKS_LIKE:
                return issuer.name
        return ""


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
    return Registry(tuple(_issuer(i) for i in parse_toml(content, name, _File).issuers))


def _issuer(part: _Issuer) -> Issuer:
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
        paths=part.paths,
        jwks=part.jwks,
        vetted_by=part.vetted.by,
        vetted_on=part.vetted.on,
    )


_CONFUSED = str.maketrans(
    {
        "0": "o",
        "1": "l",
        "3": "e",
        "5": "s",
        "|": "l",
        "а": "a",
        "е": "e",
        "і": "i",
        "о": "o",
        "р": "p",
        "с": "c",
        "у": "y",
        "х": "x",
        "ѕ": "s",
        "ɡ": "g",
        "ı": "i",
        "α": "a",
        "ε": "e",
        "ο": "o",
        "ν": "v",
    }
)


def _skeleton(name: str) -> str:
    """A name without case, marks, spaces and the commonest look-alike letters, for pointing out, never for trusting."""
    folded = unicodedata.normalize("NFKD", name[:200]).casefold().translate(_CONFUSED)
    return "".join(c for c in folded if c.isalnum())
