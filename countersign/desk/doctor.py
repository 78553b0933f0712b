"""`countersign doctor`: is everything there that the work needs? Each finding says what to do about it."""

import ctypes
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

from countersign import clock
from countersign.errors import CountersignError, Outage
from countersign.settings import FILE_NAME, Workspace, open_workspace

SIGNING_AHEAD = timedelta(days=60)
"""How long before its end the certificate that signs is spoken of."""

PLACE = re.compile(r"<[a-z][^<>@]*>")
"""A place that `init` left to be filled in: `<name of the affiliate>`; an address in <…> has an @."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at; a note is worth knowing and needs nobody. `exit_code` follows the command line's contract."""

    level: Literal["ok", "note", "warning", "error"]
    what: str
    remedy: str = ""
    outage: bool = False

    @property
    def exit_code(self) -> int:
        if self.level == "error":
            return 3 if self.outage else 2
        return int(self.level == "warning")

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def examine(folder: Path | None) -> list[Finding]:
    """Look at everything; a part that fails does not keep the rest from being looked at."""
    workspace = open_workspace(folder)
    looks: tuple[Callable[[Workspace], Iterator[Finding]], ...] = (
        _settings,
        _libraries,
        _issuers,
        _agreements,
        _credentials,
        _signing,
        _database,
        _folders,
        _mailbox,
        _smtp,
    )
    found: list[Finding] = []
    for look in looks:
        try:
            found += look(workspace)
        except CountersignError as error:
            found += [Finding("error", line, error.remedy, outage=isinstance(error, Outage)) for line in error.lines]
    return found


def places_to_fill(workspace: Workspace) -> Iterator[str]:
    """The places that `init` left in the workspace's files and that are still there, a sentence each."""
    for name in (FILE_NAME, "issuers.toml"):
        file = workspace.root / name
        for number, line in enumerate(file.read_text(encoding="utf-8").split("\n") if file.is_file() else (), 1):
            if PLACE.search(line.partition("#")[0]):
                yield f"{name}, line {number} still has a place to fill in: {line.partition('#')[0].strip()}"


def _settings(workspace: Workspace) -> Iterator[Finding]:
    yield Finding("ok", f"The workspace is {workspace.root}.")
    for blank in places_to_fill(workspace):
        yield Finding("error", blank, "Fill it in.")
    signatory = workspace.settings.signatory_on(clock.now().date())
    yield Finding("ok", f"{signatory.name}, {signatory.title}, signs today.")


def _libraries(_workspace: Workspace) -> Iterator[Finding]:
    needed = {
        "libpango-1.0.so.0": ("Pango", "libpango-1.0-0", "error"),
        "libpangoft2-1.0.so.0": ("Pango's FreeType part", "libpangoft2-1.0-0", "error"),
        "libharfbuzz-subset.so.0": ("HarfBuzz-subset", "libharfbuzz-subset0", "warning"),
    }
    for library, (name, package, level) in needed.items():
        try:
            ctypes.CDLL(library)
        except OSError:
            cost = " Without it each certificate takes about eight times as long." if level == "warning" else ""
            yield Finding(level, f"{name} is missing.{cost}", f"Install it: apt-get install {package}")  # pyright: ignore[reportArgumentType]
        else:
            yield Finding("ok", f"{name} is there.")


def _issuers(workspace: Workspace) -> Iterator[Finding]:
    from countersign.verification import read_registry
    from countersign.verification.trust.running_out import running_out

    registry = read_registry(workspace.issuers_file)
    if not registry.names():
        yield Finding(
            "warning", "issuers.toml names no issuer: nothing can be verified.", "Enter the issuers you vetted."
        )
        return
    yield Finding("ok", f"Trusted issuers: {', '.join(registry.names())}.")
    if registry.demo:
        yield Finding(
            "warning", "This workspace trusts demo issuers, whose private keys are public.", "Never issue from it."
        )
    for soon in running_out(registry, clock.now().date()):
        yield Finding("warning", soon.sentence, soon.remedy)


def _agreements(workspace: Workspace) -> Iterator[Finding]:
    from countersign import recognition

    rules = recognition.load_rules(workspace.agreements)
    if not rules:
        yield Finding(
            "warning",
            "agreements/ is empty: nothing will be granted.",
            "Copy what applies from agreements/samples/, and adapt it.",
        )
        return
    yield Finding("ok", f"Agreements: {', '.join(sorted({r.terms.id for r in rules}))}.")
    for terms in (r.terms for r in rules if r.terms.fictional):
        yield Finding(
            "warning", f"The agreement {terms.id} is fictional.", "It is for demonstrations; remove it to issue."
        )
    for listed in sorted(workspace.agreements.glob("*demonstration*")):
        yield Finding("warning", f"{listed.name} is a demonstration list.", "Replace it by the recognizer's own.")


def _credentials(workspace: Workspace) -> Iterator[Finding]:
    if workspace.settings.recognition_credential is not None:
        from countersign.desk import signing

        yield from signing.look(workspace)


def _signing(workspace: Workspace) -> Iterator[Finding]:
    if workspace.settings.signing is None:
        yield Finding("ok", "Certificates are not signed digitally.")
        return
    from countersign.press.signature import open_key

    now = clock.now()
    key = open_key(workspace, now)
    assert key is not None
    until = key.until.date()
    if until <= now.date() + SIGNING_AHEAD:
        yield Finding("warning", f"The certificate that signs ends on {until}.", "Get a new one in time.")
    else:
        yield Finding("ok", f"Certificates are signed digitally as {key.holder}, until {until}.")


def _database(workspace: Workspace) -> Iterator[Finding]:
    from countersign.store import open_store

    store = open_store(workspace)
    yield Finding("ok", f"The database opens ({store.engine.dialect.name}).")
    store.engine.dispose()


def _folders(workspace: Workspace) -> Iterator[Finding]:
    for folder in (workspace.inbox, workspace.outbox, workspace.var):
        if not folder.is_dir():
            yield Finding("error", f"{folder} is missing.", "Make it.")
        elif not os.access(folder, os.W_OK):
            yield Finding("error", f"{folder} cannot be written.", "Give this user the right to write there.")
        else:
            yield Finding("ok", f"{folder.name}/ can be written.")


def _mailbox(workspace: Workspace) -> Iterator[Finding]:
    if workspace.settings.mailbox is None:
        yield Finding("ok", "No mailbox is set up: only inbox/ is read.")
        return
    from countersign import intake

    intake.check_mailbox(workspace)
    yield Finding("ok", f"The mailbox on {workspace.settings.mailbox.host} opens.")


def _smtp(workspace: Workspace) -> Iterator[Finding]:
    if workspace.settings.smtp is None:
        yield Finding("ok", "No mail server is set up: mail is written to outbox/mail/.")
        return
    from countersign import delivery

    delivery.check_server(workspace)
    yield Finding("ok", f"The mail server {workspace.settings.smtp.host} takes our login.")
