"""`countersign issuer add`, `pin`, `compromise` and `retire`: what an issuer publishes is shown, a person says yes, then it is written.

Nothing is trusted by default: what is found on the web is a proposal until somebody who compared it says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from countersign import clock
from countersign.desk import registry_file
from countersign.desk.registry_file import RegistryFile, open_registry
from countersign.errors import CountersignError, Outage, UsageError
from countersign.verification import Fetcher, Issuer, fetcher_for
from countersign.verification.network import addresses
from countersign.verification.network.documents import Missing
from countersign.verification.proofs import keys
from countersign.verification.proofs.keys import PublicKey
from countersign.verification.trust import alike, published
from countersign.verification.trust.fingerprints import fingerprint, grouped, kind
from countersign.verification.trust.published import Published, PublishedKey

CAUTION = (
    "Countersign has only read what stands on the web. Before you say yes, compare every fingerprint, and the address letter by "
    "letter, with the issuer itself over another way: a telephone number you already had, a letter, a meeting. Not by answering "
    "a message in which the address came."
)
MAX_BYTES = 5_000_000


@dataclass(frozen=True, slots=True)
class Change:
    """A change of issuers.toml that a person has to agree to. `lines` say it in plain words, `block` is what will stand there,
    `cautions` what speaks against it; with `alike` set it is refused unless the person said that it is meant."""

    file: RegistryFile
    text: bytes
    action: str
    subject: str
    lines: tuple[str, ...]
    block: str = ""
    cautions: tuple[str, ...] = ()
    alike: tuple[str, ...] = ()
    detail: tuple[tuple[str, Any], ...] = ()

    def make(self, by: str) -> str:
        """Write it and note it; returns where the file before is kept."""
        return registry_file.write(self.file, self.text, by, self.action, self.subject, **dict(self.detail))

    def as_json(self, *, written: bool) -> dict[str, Any]:
        return {
            "issuer": self.subject,
            "action": self.action,
            "written": written,
            "found": list(self.lines),
            "cautions": list(self.cautions),
            "alike": list(self.alike),
            "block": self.block,
        }


def add(
    folder: Path | None, source: str, issuer_id: str, by: str, name: str, profile: str, accepted_from: str
) -> Change:
    """What registering the issuer at `source` would write. Raises UsageError, FileProblems or Outage."""
    file = open_registry(folder)
    now = clock.now()
    if issuer_id in file.registry.names():
        raise UsageError(f"An issuer with the id {issuer_id} is registered already.", "See: countersign issuer list")
    where = _source(source)
    if known := file.registry.issuer_for(where) or file.registry.issuer_for(profile):
        raise UsageError(f"{where} is registered already, for {known.name}.", "See: countersign issuer list")
    found = _look(where, fetcher_for(file.workspace, now))
    identifier = _identity(found, profile)
    called = name or found.name
    if not called:
        raise UsageError(f"{where} does not say how the issuer is called.", "Say it: --name NAME")
    since = _day(accepted_from, "--from") if accepted_from else now.date()
    block = _block(issuer_id, called, identifier, found, since, by, now.date())
    lines = [
        f"Asked: {where}",
        f"It calls itself “{alike.visible(found.name)}”." if found.name else "It does not say how it is called.",
        f"It will be registered as “{alike.visible(called)}” ({issuer_id}), accepted from {since} on, vetted by {by} on {now.date()}.",
        f"Its credentials must name it {identifier}, letter by letter.",
    ]
    if found.origin and found.kind != "did":
        lines.append(f"Credentials hosted at {addresses.origin(where)} will count.")
    lines += [
        f"Key {k.id or '(without a name)'}, {kind(k.public)}, SHA-256 {grouped(fingerprint(k.public))}"
        for k in found.keys
    ]
    cautions = list(found.problems)
    if found.moved:
        cautions.append(
            f"The answer came from {found.origin} in the end, not from the address asked. That site will not be registered; ask "
            "the issuer which one is right."
        )
    if alike.visible(called, 500) != called:
        cautions.append("Its name holds characters that nobody sees; give it another with --name.")
    if not found.keys:
        cautions.append("No key was found: only credentials that the issuer hosts at its own site can verify.")
    return Change(
        file=file,
        text=registry_file.with_block(file, block),
        action="issuer_added",
        subject=issuer_id,
        lines=tuple(lines),
        block=block,
        cautions=(*cautions, CAUTION),
        alike=tuple(_alike(file, called, found.name, identifier, where)),
        detail=(("source", where), ("keys", [fingerprint(k.public) for k in found.keys])),
    )


def pin(folder: Path | None, issuer_id: str, key: str, since: str) -> Change:
    """What pinning a key that the issuer publishes at one of its registered addresses would write."""
    file = open_registry(folder)
    number, issuer = _issuer(file, issuer_id)
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
        raise (Outage if silent and not chosen else UsageError)(
            f"{issuer.name} publishes {'no key' if not chosen else 'more than one key'} {key!r} at its registered addresses.",
            " ".join(silent) or f"It publishes: {', '.join(map(grouped, offered)) or 'none'}.",
        )
    public = chosen[0]
    if issuer.registered(public.public):
        raise UsageError("That key is pinned already.", "See: countersign issuer list")
    block = _key_block(public, _day(since, "--from") if since else None)
    return Change(
        file=file,
        text=registry_file.with_key(file, number, block),
        action="issuer_key_pinned",
        subject=issuer_id,
        lines=(f"{issuer.name} offers at {public.where} the key {_said(public.id, public.public)}.",),
        block=block,
        cautions=(CAUTION,),
        detail=(("key", fingerprint(public.public)),),
    )


def compromise(folder: Path | None, issuer_id: str, key: str, on: str) -> Change:
    """What marking a key as stolen from a day on would write: at every issuer that has this very key. A key that is not pinned but
    named as did:key or multibase is entered, so that it counts nowhere any more."""
    file = open_registry(folder)
    number, issuer = _issuer(file, issuer_id)
    day = _day(on, "--on")
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
    block = "" if places else f'[[issuers.keys]]\npem = """\n{_pem(public)}"""\ncompromised = {day}\n'
    lines = [
        f"The key {_said(key if not places else '', public)} of {issuer.name} counts as stolen from {day} on.",
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
        else registry_file.with_key(file, number, block),
        action="issuer_key_compromised",
        subject=issuer_id,
        lines=tuple(lines),
        block=block,
        detail=(("key", fingerprint(public)), ("on", day.isoformat())),
    )


def retire(folder: Path | None, issuer_id: str, key: str, until: str) -> Change:
    """What ending a key's use would write: what is dated after that day and signed with it is rejected."""
    file = open_registry(folder)
    number, issuer = _issuer(file, issuer_id)
    day = _day(until, "--until")
    public = _key(issuer, key)
    places = [place for place in _places(file, public) if place[0] == number]
    if not places:
        raise UsageError(f"The key {key!r} is not pinned for {issuer.name}.", _pinned(issuer))
    return Change(
        file=file,
        text=registry_file.with_date(file, places, "until", day),
        action="issuer_key_retired",
        subject=issuer_id,
        lines=(
            f"The key {_said('', public)} of {issuer.name} counts until {day}, that day included.",
            "What is dated later and signed with it is rejected.",
        ),
        detail=(("key", fingerprint(public)), ("until", day.isoformat())),
    )


def _source(source: str) -> str:
    """The address or DID in what the person named: itself, or the issuer that a credential's file names."""
    if source.startswith("did:"):
        return source
    if "://" in source:
        if addresses.split(source) is None or not source.lower().startswith("https://"):
            found = alike.visible(source, 200)
            raise UsageError(f"{found} is not a plain https address.", "Name it without user, port or tricks.")
        return addresses.normal(source)
    from countersign.intake import carriers_of_file
    from countersign.verification.carriers import extraction
    from countersign.verification.carriers.unreadable import Damaged, Empty

    try:
        content = Path(source).read_bytes()[:MAX_BYTES]
    except OSError as error:
        raise UsageError(
            f"{source} cannot be read: {error.strerror}.", "Name an https address, a DID or a credential's file."
        ) from error
    for carrier in carriers_of_file(content, Path(source).name):
        try:
            named = published.issuer_named_in(extraction.extract(carrier).text.encode())
        except (Damaged, Empty):
            continue
        if named.startswith("did:") or named.lower().startswith(("https://", "http://")):
            return addresses.normal(addresses.to_fetch(named) if named.startswith("http://") else named)
    raise UsageError(f"{source} names no issuer with an address or DID.", "Name the issuer's own address or DID.")


def _look(where: str, fetcher: Fetcher) -> Published:
    try:
        return published.look(where, fetcher)
    except Missing as missing:
        raise (Outage if missing.finding.retry and not missing.status else UsageError)(
            missing.finding.detail, "Nothing was changed."
        ) from missing


def _identity(found: Published, profile: str) -> str:
    """The id by which credentials must name the issuer. Raises UsageError when the page is somebody else's."""
    if found.kind == "jwks":
        if not addresses.is_uri(profile):
            raise UsageError(
                f"{found.source} is a set of keys, which does not say whose they are.",
                "Say by which id its credentials name the issuer: --profile ADDRESS",
            )
        return profile
    if not found.itself:
        says = f"calls itself {alike.visible(found.id, 200)}" if found.id else "does not name itself (id)"
        raise UsageError(
            f"What answers at {found.source} {says}.", "Name the address or DID by which the issuer calls itself."
        )
    if found.kind == "did" and not found.keys:
        raise UsageError(" ".join(found.problems) or f"{found.source} lists no key for credentials.", "Ask the issuer.")
    return found.id


def _alike(file: RegistryFile, *names: str) -> list[str]:
    """In which ways the new issuer resembles registered ones, each sentence once."""
    issuers = file.registry.issuers
    said: dict[str, None] = {}
    for text in dict.fromkeys(filter(None, names)):
        if found := alike.of_name(text, issuers):
            said[f"It {found.sentence}."] = None
        if addresses.is_uri(text) and (found := alike.of_identifier(text, issuers)):
            said[found.sentence] = None
    return list(said)


def _block(issuer_id: str, name: str, identifier: str, found: Published, since: date, by: str, today: date) -> str:
    """The `[[issuers]]` table, with its keys in PEM and their fingerprints as comments."""
    import tomlkit

    def dates(**values: Any) -> Any:
        inline = tomlkit.inline_table()
        for key, value in values.items():
            inline[key.rstrip("_")] = value
        return inline

    table = tomlkit.table()
    table["id"], table["name"] = issuer_id, name
    table["dids" if identifier.startswith("did:") else "ids"] = [identifier]
    if found.kind != "did":
        table["origins"] = [addresses.origin(found.source)]
    if found.kind == "jwks":
        table["jwks"] = [found.source]
    table["accepted"] = dates(from_=since)
    table["vetted"] = dates(by=by, on=today)
    own = found.source.startswith(("did:key:", "did:jwk:"))  # such a DID is its key
    pinned = [] if own else [_key_block(k, None) for k in found.keys]
    return "\n".join([f"[[issuers]]\n{table.as_string()}", *pinned])


def _key_block(key: PublishedKey, since: date | None) -> str:
    import tomlkit

    name = f"id = {tomlkit.string(key.id).as_string()}\n" if key.id else ""
    starts = f"from = {since}\n" if since else ""
    comment = f"# {kind(key.public)}, SHA-256 {grouped(fingerprint(key.public))}\n"
    return f'[[issuers.keys]]\n{comment}{name}{starts}pem = """\n{_pem(key.public)}"""\n'


def _pem(public: PublicKey) -> str:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def _issuer(file: RegistryFile, issuer_id: str) -> tuple[int, Issuer]:
    for number, issuer in enumerate(file.registry.issuers):
        if issuer.id == issuer_id:
            return number, issuer
    raise UsageError(
        f"No issuer has the id {issuer_id!r}.", f"Registered are: {', '.join(file.registry.names()) or 'none'}."
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
            raise UsageError(f"{named[:120]} {error}.", _pinned(issuer)) from error
    raise UsageError(
        f"{issuer.name} has {'no pinned key' if not chosen else 'more than one pinned key'} {named[:120]!r}.",
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
    listed = "; ".join(_said(k.id, k.public) for k in issuer.keys)
    return f"Pinned are: {listed}." if listed else "No key is pinned for it."


def _said(name: str, public: PublicKey) -> str:
    printed = f"{kind(public)}, SHA-256 {grouped(fingerprint(public))}"
    return f"{name[:120]} ({printed})" if name else f"({printed})"


def _day(text: str, option: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"{option} {text!r} is not a date.", "Write it as 2026-10-01.") from error


def refuse_alike(change: Change) -> None:
    """Raises CountersignError, exit 1, for a change that resembles what is registered."""
    raise CountersignError(
        "\n".join(("It resembles an issuer that is registered, so nothing was written:", *change.alike)),
        "If it is another issuer all the same, repeat with --although-alike.",
    )
