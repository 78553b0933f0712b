"""`countersign issuer pin`, `compromise` and `retire`: the keys of a registered issuer over time.

Issuers change their keys, and keys are stolen. What is found or given is shown, a person says yes, then it is written.
"""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from countersign import clock
from countersign.desk import registry_file
from countersign.desk.registering import CAUTION
from countersign.desk.registry_blocks import Entry, key_block, key_entry
from countersign.desk.registry_change import COMPARE, Change, day_of, issuer_of, said
from countersign.desk.registry_file import RegistryFile, open_registry
from countersign.errors import Outage, UsageError
from countersign.tomlfile import read_bytes
from countersign.verification import Issuer, fetcher_for, keys, published, strictjson
from countersign.verification.fingerprints import fingerprint
from countersign.verification.keys import PublicKey
from countersign.verification.network.documents import Missing
from countersign.verification.published import PublishedKey
from countersign.verification.trust import alike

GIVEN = (
    "Countersign has only read the file: that the key is the issuer's, and that it was in use on these days, is your word alone. "
    f"{COMPARE}"
)
_FORMS = "A public key is written as PEM, as a JSON Web Key, or as multibase (z6Mk…)."


def pin(folder: Path | None, issuer_id: str, key: str, since: str, until: str) -> Change:
    """What pinning a key that the issuer publishes at one of its registered addresses would write."""
    file = open_registry(folder)
    number, issuer = issuer_of(file, issuer_id)
    fetcher = fetcher_for(file.workspace, clock.now())
    offered: dict[str, PublishedKey] = {}
    silent: list[str] = []
    for source in published.sources(issuer):
        try:
            offered |= {fingerprint(k.public): k for k in published.look(source, fetcher).keys}
        except Missing as missing:
            silent.append(missing.finding.detail)
    chosen = [k for printed, k in offered.items() if _is(key, k.id, printed)]
    if len(chosen) != 1:
        what = "no key" if not chosen else "more than one key"
        raise (Outage if silent and not chosen else UsageError)(
            f"{issuer.name} publishes {what} “{alike.visible(key)}” at its registered addresses.",
            " ".join(silent)
            or f"It publishes: {'; '.join(said(k.public, k.id) for k in offered.values()) or 'none'}. Name one by what it is called or "
            "by its fingerprint. One that it publishes no more is entered from a file: --key-file FILE",
        )
    found = chosen[0]
    entry = key_entry(found.id, found.public, from_=_day(since, "--from"), until=_day(until, "--until"))
    return _pinning(file, number, found.public, entry, f"{issuer.name} offers this key at {found.where}.", CAUTION)


def pin_given(folder: Path | None, issuer_id: str, path: Path, name: str, since: str, until: str) -> Change:
    """What pinning the key in a file would write, under a name or for any name: for a key that the issuer has replaced, and does not
    publish any more, but confirms. Raises UsageError."""
    file = open_registry(folder)
    number, issuer = issuer_of(file, issuer_id)
    if not name.isascii() or alike.visible(name, len(name)) != name or len(name.split()) > 1:
        raise UsageError(
            f"“{alike.visible(name)}” is no name of a key.",
            "Write it as credentials name the key: an address, a DID with its #…, or one word.",
        )
    public = _in_file(path)
    entry = key_entry(name, public, from_=_day(since, "--from"), until=_day(until, "--until"))
    span = " ".join(f"{label} {entry[label]}" for label in ("from", "until") if label in entry)
    counts = f"It will count for {issuer.name}{f' {span}, these days included' if span else ', on every day'}"
    named = f"where a credential names its key {name}" if name else "whatever name a credential gives its key"
    return _pinning(file, number, public, entry, f"{counts}, {named}.", GIVEN)


def _pinning(file: RegistryFile, number: int, public: PublicKey, entry: Entry, sentence: str, caution: str) -> Change:
    issuer = file.registry.issuers[number]
    if issuer.registered(public):
        raise UsageError("That key is pinned already.", "See: countersign issuer list")
    return Change(
        file=file,
        text=registry_file.with_key(file, number, entry),
        action="issuer_key_pinned",
        subject=issuer.id,
        lines=(f"Key {said(public, entry.get('id', ''))}", sentence),
        block=key_block(entry),
        cautions=(*_shared(file, number, public), caution),
        detail=(("key", fingerprint(public)),),
    )


def _shared(file: RegistryFile, number: int, public: PublicKey) -> list[str]:
    others = [i.name for n, i in enumerate(file.registry.issuers) if n != number and i.registered(public)]
    return [f"The same key is pinned for {name}: whoever has it can sign for both." for name in others]


def _in_file(path: Path) -> PublicKey:
    """The public key in a file: PEM, a JSON Web Key, or multibase as in Multikey and did:key. Raises UsageError."""
    name = alike.visible(path.name)
    try:
        text = read_bytes(path).decode("ascii").strip()
        if text.startswith("{"):
            return keys.for_signatures(strictjson.parse_object(text))
        if text.startswith("-----"):
            return keys.from_pem(text)
        return keys.from_did_key(text) if text.startswith("did:key:") else keys.from_multibase(text)
    except keys.KeyProblem as error:
        raise UsageError(f"The key in {name} {error}.", _FORMS) from error
    except (UnicodeDecodeError, strictjson.JsonProblem) as error:
        raise UsageError(f"{name} holds no public key.", _FORMS) from error


def compromise(folder: Path | None, issuer_id: str, key: str, on: str) -> Change:
    """What marking a key as stolen from a day on would write: at every issuer that has this very key. A key that is not pinned but
    named as did:key or multibase is entered, so that it counts nowhere any more."""
    file = open_registry(folder)
    number, issuer = issuer_of(file, issuer_id)
    day = day_of(on, "--on")
    if day > clock.now().date():
        raise UsageError(
            f"--on {day} has not come yet.", "Name the first day on which somebody else may have had the key."
        )
    public = _key(issuer, key)
    places = _places(file, public)
    for place in places:
        known = file.registry.issuers[place[0]].keys[place[1]].compromised
        if known is not None and known < day:
            raise UsageError(
                f"The key was reported stolen on {known} already; a later day would make more count again.",
                "If that is meant, change issuers.toml by hand.",
            )
    shared = {file.registry.issuers[i].name for i, _ in places} - {issuer.name}
    entry = key_entry("", public, compromised=day)
    lines = [
        f"The key of {issuer.name} counts as stolen from {day} on: {said(public)}.",
        "What is dated from that day on is rejected; what is dated earlier is held until the issuer has confirmed it, since whoever "
        "has the key can write any date.",
        "Cases that are counted already are examined again before money moves.",
    ]
    if shared:
        lines.insert(1, f"The same key is marked at {', '.join(sorted(shared))} too.")
    return Change(
        file=file,
        text=registry_file.with_date(file, places, "compromised", day)
        if places
        else registry_file.with_key(file, number, entry),
        action="issuer_key_compromised",
        subject=issuer_id,
        lines=tuple(lines),
        block="" if places else key_block(entry),
        detail=(("key", fingerprint(public)), ("on", day.isoformat())),
    )


def retire(folder: Path | None, issuer_id: str, key: str, until: str) -> Change:
    """What ending a key's use would write: what is dated after that day and signed with it is rejected."""
    file = open_registry(folder)
    number, issuer = issuer_of(file, issuer_id)
    day = day_of(until, "--until")
    public = _key(issuer, key)
    places = [place for place in _places(file, public) if place[0] == number]
    if not places:
        raise UsageError(f"The key “{alike.visible(key, 120)}” is not pinned for {issuer.name}.", _pinned(issuer))
    return Change(
        file=file,
        text=registry_file.with_date(file, places, "until", day),
        action="issuer_key_retired",
        subject=issuer_id,
        lines=(
            f"The key of {issuer.name} counts until {day}, that day included: {said(public)}.",
            "What is dated later and signed with it is rejected.",
        ),
        detail=(("key", fingerprint(public)), ("until", day.isoformat())),
    )


def _key(issuer: Issuer, named: str) -> PublicKey:
    """The issuer's key that a person means: by its id, by 8 or more letters of its fingerprint, or the key itself."""
    chosen = {fingerprint(k.public): k.public for k in issuer.keys if _is(named, k.id, fingerprint(k.public))}
    if len(chosen) == 1:
        return next(iter(chosen.values()))
    if not chosen and named.startswith(("did:key:", "did:jwk:", "z")):
        try:
            if named.startswith("z"):
                return keys.from_multibase(named)
            return keys.from_did_key(named) if named.startswith("did:key:") else keys.from_did_jwk(named)
        except keys.KeyProblem as error:
            raise UsageError(f"{alike.visible(named, 120)} {error}.", _pinned(issuer)) from error
    raise UsageError(
        f"{issuer.name} has {'no pinned key' if not chosen else 'more than one pinned key'} “{alike.visible(named, 120)}”.",
        _pinned(issuer),
    )


def _is(named: str, key_id: str, printed: str) -> bool:
    plain = named.replace(" ", "").replace(":", "").lower()
    return (bool(key_id) and named == key_id) or (len(plain) >= 8 and printed.startswith(plain))


def _places(file: RegistryFile, public: PublicKey) -> list[tuple[int, int]]:
    """Where a key stands in the file: the numbers of issuer and key."""
    issuers: Sequence[Issuer] = file.registry.issuers
    return [(i, k) for i, issuer in enumerate(issuers) for k, key in enumerate(issuer.keys) if key.public == public]


def _pinned(issuer: Issuer) -> str:
    listed = "; ".join(said(k.public, k.id) for k in issuer.keys)
    return f"Pinned are: {listed}." if listed else "No key is pinned for it."


def _day(text: str, option: str) -> date | None:
    return day_of(text, option) if text else None
