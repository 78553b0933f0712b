"""Changing `issuers.toml` without touching what else stands in it: comments, order and spacing stay as the operator wrote them.

The changed text is read like any registry before it is written, it is written whole or not at all, and both the text before and
the one after are kept in the evidence, named by the audit entry.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from countersign import audit, clock
from countersign.errors import CountersignError, UsageError
from countersign.evidence import write_whole
from countersign.settings import Workspace, open_workspace
from countersign.store import open_store
from countersign.tomlfile import locate
from countersign.verification.trust.registry import Registry, parse_registry, registry_text


@dataclass(frozen=True, slots=True)
class RegistryFile:
    """The file as it was read, and what it means."""

    workspace: Workspace
    text: bytes
    registry: Registry

    @property
    def path(self) -> Path:
        """The file itself, behind any symbolic link."""
        return self.workspace.issuers_file.resolve()


def open_registry(folder: Path | None) -> RegistryFile:
    """The workspace's registry. Raises UsageError or FileProblems."""
    workspace = open_workspace(folder)
    text = registry_text(workspace.issuers_file)
    return RegistryFile(workspace, text, parse_registry(text, workspace.issuers_file.name))


def with_block(file: RegistryFile, block: str) -> bytes:
    """The text with a table of an issuer behind everything else. Raises UsageError when it would not be a registry then."""
    before = file.text.rstrip() + b"\n\n" if file.text.strip() else b""
    return _read_again(before + block.strip().encode() + b"\n")


def with_key(file: RegistryFile, issuer: int, block: str) -> bytes:
    """The text with a `[[issuers.keys]]` table behind the last line of the issuer with that number. Raises UsageError."""
    text = file.text.decode()
    lines = text.splitlines(keepends=True)
    following = locate(text).get(("issuers", issuer + 1))
    if following is None:
        return with_block(file, block)
    at = following - 1
    while at and (not lines[at - 1].strip() or lines[at - 1].lstrip().startswith("#")):
        at -= 1  # what stands above the next issuer is about that one
    return _read_again("".join([*lines[:at], "\n", block.strip(), "\n", *lines[at:]]).encode())


def with_date(file: RegistryFile, keys: Sequence[tuple[int, int]], name: str, day: date) -> bytes:
    """The text with `name = day` at each key, given by the numbers of its issuer and of the key there. A date that stands there is
    replaced, a new one goes right below the key's heading. Raises UsageError.

    Line by line: tomlkit changes spaces of inline tables, and puts a new key below a comment that is about the next table.
    """
    text = file.text.decode()
    where, lines = locate(text), text.splitlines(keepends=True)
    for issuer, key in sorted(keys, reverse=True):  # from the end, so that the numbers of the lines before still hold
        heading, present = (where.get(("issuers", issuer, "keys", key, *n)) for n in ((), (name,)))
        if heading is None:
            raise UsageError(
                f"The keys of {file.registry.issuers[issuer].name} do not stand under [[issuers.keys]] headings.",
                f"Write {name} = {day} there by hand; nothing was changed.",
            )
        if present is None:
            lines.insert(heading, f"{name} = {day}\n")
        else:
            lines[present - 1] = re.sub(r"\d{4}-\d\d-\d\d", str(day), lines[present - 1], count=1)
    return _read_again("".join(lines).encode())


def _read_again(text: bytes) -> bytes:
    try:
        parse_registry(text, "issuers.toml, as it would be then")
    except UsageError as error:
        raise UsageError(f"{error.what}\nNothing was changed.", error.remedy) from error
    return text


def write(file: RegistryFile, text: bytes, by: str, action: str, subject: str, **detail: Any) -> str:
    """Put `text` in the file's place and note it in the audit chain; returns where the text before is kept.

    Raises UsageError when somebody else changed the file meanwhile, Outage when disk or database do not take it.
    """
    if not by.strip():
        raise UsageError("--by is empty.", "Say who decided this; it goes on record.")
    store = open_store(file.workspace)
    try:
        before, after = store.evidence.put(file.text), store.evidence.put(text)
        with store.transaction() as session:
            audit.record(
                session,
                at=clock.now(),
                actor=by.strip(),
                action=action,
                subject=subject,
                before=before,
                after=after,
                **detail,
            )
            if file.path.read_bytes() != file.text:
                raise CountersignError(
                    f"{file.path.name} was changed by somebody else meanwhile.", "Repeat the command."
                )
            mode = file.path.stat().st_mode
            write_whole(file.path, text)
            file.path.chmod(mode & 0o777)
        return str(store.evidence.path(before))
    finally:
        store.engine.dispose()
