"""`countersign issuer add`: what an issuer publishes of itself is shown, a person says yes, then it is written.

Nothing is trusted by default: what is found on the web is a proposal until somebody who compared it says so.
"""

from datetime import date
from pathlib import Path

from countersign import clock
from countersign.desk import registry_file
from countersign.desk.registry_blocks import Entry, issuer_block, key_entry
from countersign.desk.registry_change import COMPARE, Change, day_of, said
from countersign.desk.registry_file import RegistryFile, open_registry
from countersign.errors import Outage, UsageError
from countersign.verification import Fetcher, fetcher_for
from countersign.verification.network import addresses
from countersign.verification.network.documents import Missing
from countersign.verification.trust import alike, published
from countersign.verification.trust.fingerprints import fingerprint
from countersign.verification.trust.published import Published

CAUTION = f"Countersign has only read what stands on the web. {COMPARE}"
MAX_BYTES = 5_000_000


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
    if alike.visible(called, 500) != called:
        raise UsageError(
            f"Its name, “{alike.visible(called)}”, holds characters that nobody sees.", "Give it another: --name NAME"
        )
    since = day_of(accepted_from, "--from") if accepted_from else now.date()
    entry = _entry(issuer_id, called, identifier, found, since, by, now.date())
    lines = [
        f"Asked: {where}",
        f"It calls itself “{alike.visible(found.name)}”." if found.name else "It does not say how it is called.",
        f"It will be registered as “{alike.visible(called)}” ({issuer_id}), accepted from {since} on, vetted by {by} on {now.date()}.",
        f"Its credentials must name it {identifier}, letter by letter.",
    ]
    lines += [f"Key {said(k.public, k.id)}" for k in found.keys]
    cautions = list(found.problems)
    for site in entry.get("origins", ()):
        lines.append(f"Credentials hosted at {site} will count.")
        cautions.append(
            f"All of {site} will be its word: whoever can put a file there can issue in its name. If others have files there too (a "
            "platform for several issuers, a site with uploads), write the beginnings of its own addresses into paths before "
            "anything is verified."
        )
    if found.moved:
        cautions.append(
            f"The answer came from {found.origin} in the end, not from the address asked. That site will not be registered; ask "
            "the issuer which one is right."
        )
    if not found.keys:
        cautions.append("No key was found: only credentials that the issuer hosts at its own site can verify.")
    return Change(
        file=file,
        text=registry_file.with_issuer(file, entry),
        action="issuer_added",
        subject=issuer_id,
        lines=tuple(lines),
        block=issuer_block(entry),
        cautions=(*cautions, CAUTION),
        alike=tuple(_alike(file, called, found.name, identifier, where)),
        detail=(("source", where), ("keys", [fingerprint(k.public) for k in found.keys])),
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


def _entry(issuer_id: str, name: str, identifier: str, found: Published, since: date, by: str, today: date) -> Entry:
    """What will stand in the `[[issuers]]` table, and in those of its keys."""
    entry: Entry = {"id": issuer_id, "name": name}
    entry["dids" if identifier.startswith("did:") else "ids"] = [identifier]
    if found.kind != "did":
        entry["origins"] = [addresses.origin(found.source)]
    if found.kind == "jwks":
        entry["jwks"] = [found.source]
    entry |= {"accepted": {"from": since}, "vetted": {"by": by, "on": today}}
    if found.keys and not found.source.startswith(("did:key:", "did:jwk:")):  # such a DID is its key
        entry["keys"] = [key_entry(k.id, k.public) for k in found.keys]
    return entry
