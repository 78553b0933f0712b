"""`countersign issuer add`: what an issuer publishes of itself is shown, a person says yes, then it is written: as an issuer of its
own, or as more of one that is registered.

Nothing is trusted by default: what is found on the web is a proposal until somebody who compared it says so.
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date
from pathlib import Path
from zoneinfo import ZoneInfo

from countersign import clock
from countersign.desk import registry_file
from countersign.desk.registry_blocks import Entry, issuer_block, key_block, key_entry
from countersign.desk.registry_change import COMPARE, EXTENDED, Change, day_of, issuer_of, said
from countersign.desk.registry_file import RegistryFile, open_registry
from countersign.errors import Outage, UsageError
from countersign.verification import Fetcher, Issuer, Registry, examine, fetcher_for, published
from countersign.verification.fingerprints import fingerprint
from countersign.verification.network import addresses
from countersign.verification.network.documents import Missing
from countersign.verification.published import Published, PublishedKey
from countersign.verification.trust import alike, claimed_hosts
from countersign.verification.trust.alike import Alike

CAUTION = f"Countersign has only read what stands on the web. {COMPARE}"
MAX_BYTES = 5_000_000
_ID = re.compile(r"[a-z0-9][a-z0-9-]*")
_ISSUERS = ("Issuer", "Profile", "Organization")
"""How the types end that Open Badges and schema.org have for an issuer's own document; older ones have none."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a person named and what answered: the address or DID, what is published there, the id by which credentials must name the
    issuer, and the date of the credential in the file that was given, if it was one."""

    where: str
    found: Published
    identifier: str
    issued: date | None


def add(
    folder: Path | None, source: str, issuer_id: str, by: str, name: str, profile: str, accepted_from: str
) -> Change:
    """What registering the issuer at `source` would write. Raises UsageError, FileProblems or Outage."""
    _named(by)
    if not _ID.fullmatch(issuer_id):
        raise UsageError(
            f"--id “{alike.visible(issuer_id)}” cannot be an issuer's id.",
            "An id is of small letters, digits and hyphens, and begins with a letter or digit, as --id nea.",
        )
    file = open_registry(folder)
    today = clock.now().astimezone(ZoneInfo(file.workspace.settings.time_zone)).date()
    if issuer_id in file.registry.names():
        raise UsageError(f"An issuer with the id {issuer_id} is registered already.", "See: countersign issuer list")
    asked = _ask(file, source, profile)
    found = asked.found
    called = name or found.name
    if not called:
        raise UsageError(f"{asked.where} does not say what the issuer is called.", "Say it: --name NAME")
    if alike.visible(called, 500) != called:
        raise UsageError(
            f"Its name, “{alike.visible(called)}”, holds characters that nobody sees.", "Give it another: --name NAME"
        )
    since = day_of(accepted_from, "--from") if accepted_from else today
    entry = _entry(issuer_id, called, asked, since, by, today)
    lines = [
        *_calls_itself(asked),
        f"It will be registered as “{alike.visible(called)}” ({issuer_id}), accepted from {since} on, vetted by {by} on {today}.",
        f"Its credentials must name it {asked.identifier}, letter by letter.",
        *(f"Key {said(k.public, k.id)}" for k in found.keys),
        *(f"Credentials hosted at {site} will count." for site in entry.get("origins", ())),
    ]
    like = _alike(file.registry.issuers, (called, found.name), (asked.identifier, asked.where))
    return Change(
        file=file,
        text=registry_file.with_issuer(file, entry),
        action="issuer_added",
        subject=issuer_id,
        lines=tuple(lines),
        block=issuer_block(entry),
        cautions=(*_too_early(asked, since), *_cautions(found, entry.get("origins", ())), CAUTION),
        alike=tuple(like),
        resembles=tuple(dict.fromkeys(like.values())),
        detail=(("source", asked.where), ("keys", [fingerprint(k.public) for k in found.keys])),
    )


def add_to(folder: Path | None, source: str, issuer_id: str, by: str, profile: str) -> Change:
    """What adding the address, DID or key set at `source` to a registered issuer would write. Raises UsageError, FileProblems or
    Outage."""
    _named(by)
    file = open_registry(folder)
    number, issuer = issuer_of(file, issuer_id)
    asked = _ask(file, source, profile, to=issuer)
    found = asked.found
    known = {"ids": issuer.ids, "dids": issuer.dids, "origins": issuer.origins, "jwks": frozenset(issuer.jwks)}
    names = {
        n: more for n, found_now in _places(asked).items() if (more := [v for v in found_now if v not in known[n]])
    }
    new = [k for k in found.keys if (k.id, k.public) not in [(known.id, known.public) for known in issuer.keys]]
    entries = [_dated(k, issuer) for k in new if _is_pinned(found)]
    if not names and not entries:
        raise UsageError(
            f"All of {asked.where} is registered already, for {issuer.name}.", "See: countersign issuer list"
        )
    lines = [
        *_calls_itself(asked),
        f"It will be added to {issuer.name} ({issuer_id}), which {by} says it is.",
        *(
            f"Credentials may name it {i} too, letter by letter."
            for i in (*names.get("ids", ()), *names.get("dids", ()))
        ),
        *(f"Key {said(k.public, k.id)}" for k in new),
        *(
            f"Credentials hosted at {site} will not count until its addresses there are written into paths."
            if issuer.paths
            else f"Credentials hosted at {site} will count."
            for site in names.get("origins", ())
        ),
    ]
    cautions = _cautions(found, () if issuer.paths else names.get("origins", ()))
    cautions += _replaced(new, issuer)
    if found.name and found.name not in (issuer.name, *issuer.also):
        cautions.insert(0, f"It calls itself “{alike.visible(found.name)}”, and not “{issuer.name}”.")
    others = [i for i in file.registry.issuers if i is not issuer]
    like = _alike(others, (found.name,), (asked.identifier, asked.where))
    block = [
        f"{name} = {json.dumps(values)}{'   # added to what stands there' if known[name] else ''}"
        for name, values in names.items()
    ]
    return Change(
        file=file,
        text=registry_file.with_names(file, number, names, entries),
        action=EXTENDED,
        subject=issuer_id,
        lines=tuple(lines),
        block="\n".join([*block, *(f"\n{key_block(e)}" for e in entries)]),
        cautions=(*cautions, CAUTION),
        alike=tuple(like),
        resembles=tuple(dict.fromkeys(like.values())),
        detail=(("source", asked.where), ("by_name", names), ("keys", [fingerprint(k.public) for k in new])),
    )


def _named(by: str) -> None:
    if not by.strip():
        raise UsageError("--by is empty.", "Say who decided this; it goes on record.")


def _ask(file: RegistryFile, source: str, profile: str, to: Issuer | None = None) -> _Asked:
    """What is published where the person said. Raises UsageError when it is another registered issuer's, or Outage."""
    fetcher = fetcher_for(file.workspace, clock.now())
    where, issued = _source(source, file, fetcher)
    for named in (where, profile):
        known = file.registry.issuer_for(named)
        if known is not None and known is not to:
            raise UsageError(f"{named} is registered already, for {known.name}.", "See: countersign issuer list")
    found = _look(where, fetcher)
    return _Asked(where, found, _identity(found, profile), issued)


def _source(source: str, file: RegistryFile, fetcher: Fetcher) -> tuple[str, date | None]:
    """The address or DID in what the person named: itself, or the issuer that a credential's file names; and that one's date."""
    if not source.strip():
        raise UsageError("No issuer is named.", "Name an https address, a DID or a credential's file.")
    if source.startswith("did:"):
        return source, None
    if "://" in source:
        if addresses.split(source) is None or not source.lower().startswith("https://"):
            found = alike.visible(source, 200)
            raise UsageError(f"{found} is not a plain https address.", "Name it without user, port or tricks.")
        return addresses.normal(source), None
    from countersign.intake import carriers_of_file
    from countersign.verification.carriers import extraction
    from countersign.verification.carriers.unreadable import Damaged, Empty

    try:
        content = Path(source).read_bytes()[:MAX_BYTES]
    except OSError as error:
        raise UsageError(
            f"{source} cannot be read: {error.strerror}.", "Name an https address, a DID or a credential's file."
        ) from error
    unread: Missing | None = None
    for carrier in carriers_of_file(content, Path(source).name):
        try:
            named = published.issuer_of(extraction.extract(carrier), fetcher)
        except (Damaged, Empty):
            continue
        except Missing as missing:
            unread = missing
            continue
        if named.startswith("did:") or named.lower().startswith(("https://", "http://")):
            offline = fetcher_for(file.workspace, clock.now(), offline=True)
            claimed = examine(carrier, Registry(), offline, clock.now())[0].credential
            where = addresses.normal(addresses.to_fetch(named) if named.startswith("http://") else named)
            return where, claimed.issued_on.astimezone(UTC).date() if claimed is not None else None
    if unread is not None:
        raise (Outage if unread.finding.retry and not unread.status else UsageError)(
            f"{source} names its issuer in a document of its own. {unread.finding.detail}",
            "Open that address in a browser, look there for the issuer's own address or DID, and name that.",
        )
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
    if found.types and not any(t.endswith(_ISSUERS) for t in found.types):
        raise UsageError(
            f"What answers at {found.source} is no issuer's profile: it says that it is a {alike.visible(', '.join(found.types), 200)}.",
            "Name the address of the issuer's own profile.",
        )
    if not found.itself:
        says = f"calls itself {alike.visible(found.id, 200)}" if found.id else "does not name itself (id)"
        raise UsageError(
            f"What answers at {found.source} {says}.", "Name the address or DID by which the issuer calls itself."
        )
    if not found.keys and not _is_pinned(found):
        raise UsageError(
            f"{alike.visible(found.source, 120)} holds no key that can be read: it is mistyped or cut off, or its key is of a kind "
            "that is not supported.",
            "Ask the issuer for its DID once more.",
        )
    if found.kind == "did" and not found.keys:
        raise UsageError(" ".join(found.problems) or f"{found.source} lists no key for credentials.", "Ask the issuer.")
    return found.id


def _calls_itself(asked: _Asked) -> Iterator[str]:
    yield f"Asked: {asked.where}"
    name = alike.visible(asked.found.name)
    yield f"It calls itself “{name}”." if name else "It does not say what it is called."


def _too_early(asked: _Asked, since: date) -> Iterator[str]:
    if asked.issued is not None and asked.issued < since:
        yield (
            f"The credential in the file that you gave is dated {asked.issued}, before {since}, from which on the issuer would be "
            f"accepted: that very one would be rejected. If it is to count, repeat with --from {asked.issued} or an earlier day."
        )


def _cautions(found: Published, sites: Sequence[str]) -> list[str]:
    cautions = list(found.problems)
    cautions += [
        f"All of {site} will be its word: whoever can put a file there can issue in its name. If others have files there too (a "
        "platform for several issuers, a site with uploads), write the beginnings of its own addresses into paths before "
        "anything is verified."
        for site in sites
    ]
    if found.moved:
        cautions.append(
            f"The answer came from {found.origin} in the end, not from the address asked. That site will not be registered; ask "
            "the issuer which one is right."
        )
    if not found.keys:
        cautions.append("No key was found: only credentials that the issuer hosts at its own site can verify.")
    return cautions


def _alike(issuers: Sequence[Issuer], names: Sequence[str], identifiers: Sequence[str]) -> dict[str, str]:
    """In which ways the new issuer resembles registered ones: each sentence once, with the id of the one it is about. Of an address
    only the host can resemble a name: what follows it, anybody's files may be called."""
    hosts = [claimed_hosts.read(i).host for i in identifiers]
    found: dict[str, str] = {}

    def note(resembling: Alike | None, said: Callable[[str], str]) -> None:
        if resembling is not None:
            found.setdefault(said(resembling.sentence), resembling.issuer.id)

    for name in dict.fromkeys(filter(None, names)):
        note(alike.of_name(name, issuers), "It {}.".format)
    for host in dict.fromkeys(filter(None, hosts)):
        if host not in names:
            itself = f"calls itself “{alike.visible(host)}”"
            note(
                alike.of_name(host, issuers),
                lambda s, i=itself, h=host: f"Its site is {alike.visible(h)}{s.removeprefix(i)}.",
            )
    for identifier in dict.fromkeys(identifiers):
        note(alike.of_identifier(identifier, issuers), str)
    return found


def _entry(issuer_id: str, name: str, asked: _Asked, since: date, by: str, today: date) -> Entry:
    """What will stand in the `[[issuers]]` table, and in those of its keys."""
    entry: Entry = {"id": issuer_id, "name": name, **_places(asked)}
    entry |= {"accepted": {"from": since}, "vetted": {"by": by, "on": today}}
    if asked.found.keys and _is_pinned(asked.found):
        entry["keys"] = [key_entry(k.id, k.public) for k in asked.found.keys]
    return entry


def _places(asked: _Asked) -> dict[str, list[str]]:
    """What its credentials name it, and where it is found."""
    places = {"dids" if asked.identifier.startswith("did:") else "ids": [asked.identifier]}
    if asked.found.kind != "did":
        places["origins"] = [addresses.origin(asked.found.source)]
    if asked.found.kind == "jwks":
        places["jwks"] = [asked.found.source]
    return places


def _is_pinned(found: Published) -> bool:
    """Whether its keys are entered by themselves; a did:key or did:jwk is its key."""
    return not found.source.startswith(("did:key:", "did:jwk:"))


def _dated(key: PublishedKey, issuer: Issuer) -> Entry:
    """A key that was found, with the dates of the same one where the issuer has it already under another name: a key has one life."""
    known = issuer.registered(key.public)
    if known is None:
        return key_entry(key.id, key.public)
    return key_entry(key.id, key.public, from_=known.starts, until=known.until, compromised=known.compromised)


def _replaced(new: Sequence[PublishedKey], issuer: Issuer) -> Iterator[str]:
    """A sentence for each registered key whose name a new one has: the issuer may have replaced it."""
    for known in issuer.keys:
        if known.id and any(k.id == known.id for k in new):
            yield (
                f"Another key is registered for {issuer.name} under the name {known.id}, and both will count: {said(known.public)}. If "
                f"the issuer has replaced it, ask until when it was used, and end it: countersign issuer retire {issuer.id} --key "
                f"{fingerprint(known.public)[:16]} --until DATE --by NAME"
            )
