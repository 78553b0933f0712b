"""`countersign issuer list` and `issuer check`: whom this workspace trusts, and whether what they publish still agrees with it."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from countersign import clock
from countersign.desk.doctor import Finding
from countersign.errors import UsageError
from countersign.settings import open_workspace
from countersign.verification import Issuer, Registry, fetcher_for, read_registry
from countersign.verification.fingerprints import fingerprint, grouped, kind
from countersign.verification.trust import alike

if TYPE_CHECKING:
    from countersign.verification.network.web import Fetcher
    from countersign.verification.published import Published, PublishedKey
    from countersign.verification.trust.registry import RegisteredKey

WHOLE_FILE = "issuers.toml"
"""Under which name findings stand that belong to no single issuer."""


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A pinned key as it is shown. `fingerprint` is SHA-256 over its SubjectPublicKeyInfo, hexadecimal."""

    id: str
    kind: str
    fingerprint: str
    starts: date | None
    until: date | None
    compromised: date | None


@dataclass(frozen=True, slots=True)
class Row:
    """An issuer as it is shown."""

    id: str
    name: str
    also: tuple[str, ...]
    ids: tuple[str, ...]
    dids: tuple[str, ...]
    origins: tuple[str, ...]
    paths: tuple[str, ...]
    jwks: tuple[str, ...]
    accepted_from: date
    accepted_until: date | None
    vetted_by: str
    vetted_on: date | None
    vet_again_by: date | None
    note: str
    demo: bool
    selective: bool
    keys: tuple[KeyRow, ...]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def list_issuers(folder: Path | None) -> list[Row]:
    """Every issuer in the order of the file. Raises UsageError or FileProblems."""
    return [_row(i) for i in read_registry(open_workspace(folder).issuers_file).issuers]


def _row(issuer: Issuer) -> Row:
    shown = (KeyRow(k.id, kind(k.public), fingerprint(k.public), k.starts, k.until, k.compromised) for k in issuer.keys)
    return Row(
        id=issuer.id,
        name=issuer.name,
        also=issuer.also,
        ids=tuple(sorted(issuer.ids)),
        dids=tuple(sorted(issuer.dids)),
        origins=tuple(sorted(issuer.origins)),
        paths=issuer.paths,
        jwks=issuer.jwks,
        accepted_from=issuer.accepted_from,
        accepted_until=issuer.accepted_until,
        vetted_by=issuer.vetted_by,
        vetted_on=issuer.vetted_on,
        vet_again_by=issuer.vet_again_by,
        note=issuer.note,
        demo=issuer.demo,
        selective=issuer.selective,
        keys=tuple(shown),
    )


def check_issuers(folder: Path | None, only: str | None, offline: bool) -> dict[str, list[Finding]]:
    """Findings by issuer. What every issuer publishes is asked for unless `offline`. Raises UsageError or FileProblems."""
    from countersign.verification.trust.issuers_file import warnings
    from countersign.verification.trust.running_out import running_out

    workspace = open_workspace(folder)
    registry, now = read_registry(workspace.issuers_file), clock.now()
    chosen = [i for i in registry.issuers if only in (None, i.id)]
    if only is not None and not chosen:
        raise UsageError(f"No issuer has the id {only!r}.", f"Registered are: {', '.join(registry.names()) or 'none'}.")
    found: dict[str, list[Finding]] = {}
    if only is None:
        file = warnings(workspace.issuers_file.read_bytes(), workspace.issuers_file.name)
        found[WHOLE_FILE] = [Finding("warning", w.what, w.remedy) for w in file] or [
            Finding("ok", "Nothing in the file contradicts itself.")
        ]
    fetcher = fetcher_for(workspace, now)
    for issuer in chosen:
        findings = [Finding("warning", r.sentence, r.remedy) for r in running_out(Registry((issuer,)), now.date())]
        if not offline:
            findings += _asked(issuer, fetcher, now)
        found[issuer.id] = findings or [Finding("ok", "Nothing runs out within 60 days.")]
    return found


def _asked(issuer: Issuer, fetcher: "Fetcher", now: datetime) -> Iterator[Finding]:
    """Everything the issuer publishes at its registered addresses, beside what is registered."""
    from countersign.verification import published
    from countersign.verification.network.documents import Missing

    shown: list[Published] = []
    silent = False
    for source in published.sources(issuer):
        try:
            page = published.look(source, fetcher)
        except Missing as missing:
            silent = True
            yield _missing(source, missing.finding.detail, outage=missing.finding.retry and not missing.status)
            continue
        shown.append(page)
        yield from _itself(issuer, page)
    yield from _keys(issuer, shown, now.date(), whole=not silent)


def _missing(source: str, why: str, *, outage: bool) -> Finding:
    if outage:
        return Finding("error", f"{source}: {why}", "Try again later; ask the issuer if it stays so.", outage=True)
    remedy = (
        "Credentials that need it are held. Ask the issuer whether it has moved; those with a pinned key still verify."
    )
    return Finding("warning", f"{source}: {why}", remedy)


def _itself(issuer: Issuer, page: "Published") -> Iterator[Finding]:
    """Whether what answers is the issuer and at its own site."""
    from countersign.verification.network import addresses

    if page.kind != "jwks" and not page.itself:
        says = f"calls itself {alike.visible(page.id, 200)}" if page.id else "does not say whose it is"
        other = addresses.normal(page.id) in issuer.ids | issuer.dids
        yield Finding(
            "warning" if other or not page.id else "error",
            f"{page.source}: what answers there {says}.",
            "Ask the issuer which address is its own."
            if other or not page.id
            else "Until the issuer has explained it, nothing that leads there counts; correct issuers.toml.",
        )
    elif page.origin and issuer.origins and page.origin not in issuer.origins:
        yield Finding(
            "warning",
            f"{page.source}: is served from {page.origin}, which is none of the registered sites.",
            "Ask the issuer whether it has moved; then register the new site.",
        )
    else:
        yield Finding("ok", f"{page.source}: answers as registered.")
    if page.name and page.kind == "profile" and page.name not in (issuer.name, *issuer.also):
        yield Finding(
            "warning",
            f"{page.source}: it calls itself “{alike.visible(page.name)}”.",
            "If it was renamed, add that name to also.",
        )
    for problem in page.problems:
        yield Finding("warning", f"{page.source}: {problem}", "Ask the issuer about it.")


def _keys(issuer: Issuer, pages: "list[Published]", today: date, *, whole: bool) -> Iterator[Finding]:
    """What is published beside what is pinned. `whole` is false when an address did not answer, where more may stand."""
    offered: dict[str, PublishedKey] = {fingerprint(k.public): k for page in pages for k in page.keys}
    pinned: dict[str, RegisteredKey] = {fingerprint(k.public): k for k in issuer.keys}
    for printed, key in offered.items():
        mine, stolen = pinned.get(printed), issuer.compromised_on(key.public)
        if stolen is not None:
            yield Finding(
                "warning",
                f"{key.where}: still offers the key {_named(key.id, printed)}, reported stolen on {stolen}.",
                "Tell the issuer that it has to take the key down.",
            )
        elif mine is None and pinned:
            yield Finding(
                "warning",
                f"{key.where}: offers a key that is not pinned: {_named(key.id, printed)}.",
                f"Compare the fingerprint with the issuer over another way, then: countersign issuer pin {issuer.id} "
                f"--key {printed[:16]} --by NAME",
            )
        elif mine is None:
            yield Finding(
                "note",
                f"{key.where}: offers the key {_named(key.id, printed)}; none is pinned.",
                "Its credentials verify as long as it publishes that key. So that they do afterwards too, and while its site is away: "
                f"countersign issuer pin {issuer.id} --key {printed[:16]} --by NAME",
            )
    if not offered:
        return
    for printed, key in pinned.items():
        retired = key.compromised is not None or (key.until is not None and key.until < today)
        if printed in offered:
            if not retired:
                yield Finding("ok", f"The pinned key {_named(key.id, printed)} is published.")
        elif not retired and not whole:
            yield Finding(
                "note",
                f"The pinned key {_named(key.id, printed)} is not at the addresses that answered; it may be at the others.",
                "Check again when they answer.",
            )
        elif not retired:
            yield Finding(
                "warning",
                f"The pinned key {_named(key.id, printed)} is not published any more.",
                f"Ask the issuer since when; then: countersign issuer retire {issuer.id} --key {printed[:16]} --until DATE "
                "--by NAME",
            )


def _named(name: str, printed: str) -> str:
    """A key as people compare it: the fingerprint first, so that nothing in the name can stand in its place."""
    return f"SHA-256 {grouped(printed)}" + (f" ({alike.visible(name, 120)})" if name else "")
