"""Changing `issuers.toml` without touching what else stands in it: comments, order and spacing stay as the operator wrote them.

Before it is written, the changed text is read like any registry and compared with the one before: it must say the one thing that was
meant, at the issuer and key that were meant, and everything else as before. It is written whole or not at all, and both texts are kept
in the evidence, named by the audit entry.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from countersign import audit, clock
from countersign.desk.registry_blocks import Entry, issuer_block, key_block
from countersign.errors import CountersignError, UsageError
from countersign.evidence import write_whole
from countersign.settings import Workspace, open_workspace
from countersign.store import open_store
from countersign.tomlfile import last_bracket, locate, statements
from countersign.verification.trust.registry import Registry, parse_registry, registry_text

_DAY = re.compile(r"""(["']?)\d{4}-\d\d-\d\d\1""")


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


def with_issuer(file: RegistryFile, entry: Entry) -> bytes:
    """The text with the table of an issuer behind everything else. Raises UsageError when it would not be a registry then."""
    expected = _tree(file.text)
    expected.setdefault("issuers", []).append(entry)
    before = file.text.rstrip() + b"\n\n" if file.text.strip() else b""
    return _checked(before + issuer_block(entry).strip().encode() + b"\n", expected)


def with_names(file: RegistryFile, issuer: int, names: Mapping[str, Sequence[str]], keys: Sequence[Entry]) -> bytes:
    """The text in which the issuer with that number has more `ids`, `dids`, `origins` or `jwks`, and more keys. Raises UsageError."""
    expected, text = _tree(file.text), file.text.decode()
    for name, added in names.items():
        expected["issuers"][issuer].setdefault(name, []).extend(added)
        text = _with_more(text, issuer, name, added)
    for entry in keys:
        expected["issuers"][issuer].setdefault("keys", []).append(entry)
        text = _with_key(text, issuer, entry)
    return _checked(text.encode(), expected)


def _with_more(text: str, issuer: int, name: str, added: Sequence[str]) -> str:
    """The text with more in a list of the issuer's, which is begun below its name where there is none."""
    import tomlkit

    shown = ", ".join(tomlkit.string(value).as_string() for value in added)
    lines = _lines(text)
    places = {s.path: s for s in statements(text)}
    place = places.get(("issuers", issuer, name))
    if place is None:
        at = places.get(("issuers", issuer, "name"))
        if at is None:
            raise UsageError(
                "The issuer does not stand under a heading [[issuers]].", "Enter it by hand; nothing was changed."
            )
        return "".join([*lines[: at.last], f"{name} = [{shown}]\n", *lines[at.last :]])
    statement = "".join(lines[place.first - 1 : place.last])
    bracket, comma = last_bracket(statement)
    statement = f"{statement[:bracket]}{', ' if comma else ''}{shown}{statement[bracket:]}"
    return "".join([*lines[: place.first - 1], statement, *lines[place.last :]])


def with_key(file: RegistryFile, issuer: int, entry: Entry) -> bytes:
    """The text with a `[[issuers.keys]]` table behind the last line of the issuer with that number. Raises UsageError."""
    expected = _tree(file.text)
    expected["issuers"][issuer].setdefault("keys", []).append(entry)
    return _checked(_with_key(file.text.decode(), issuer, entry).encode(), expected)


def _with_key(text: str, issuer: int, entry: Entry) -> str:
    lines = _lines(text)
    at = max((s.last for s in statements(text) if s.path[:2] == ("issuers", issuer)), default=0)
    if not at:
        raise UsageError(
            "The issuer does not stand under a heading [[issuers]].",
            "Enter the key there by hand; nothing was changed.",
        )
    return "".join([*lines[:at], "\n", key_block(entry), *lines[at:]])


def with_date(file: RegistryFile, keys: Sequence[tuple[int, int]], name: str, day: date) -> bytes:
    """The text with `name = day` at each key, given by the numbers of its issuer and of the key there. A date that stands there is
    replaced, a new one goes right below the key's heading. Raises UsageError.

    Line by line: tomlkit changes spaces of inline tables, and puts a new key below a comment that is about the next table.
    """
    expected = _tree(file.text)
    text = file.text.decode()
    where, lines = locate(text), _lines(text)
    for issuer, key in sorted(keys, reverse=True):  # from the end, so that the numbers of the lines before still hold
        expected["issuers"][issuer]["keys"][key][name] = day
        heading, present = (where.get(("issuers", issuer, "keys", key, *n)) for n in ((), (name,)))
        if heading is None:
            raise UsageError(
                f"The keys of {file.registry.issuers[issuer].name} do not stand under [[issuers.keys]] headings.",
                f"Write {name} = {day} there by hand; nothing was changed.",
            )
        if present is None:
            lines.insert(heading, f"{name} = {day}\n")
        else:
            lines[present - 1] = _DAY.sub(str(day), lines[present - 1], count=1)
    return _checked("".join(lines).encode(), expected)


def _lines(text: str) -> list[str]:
    """The lines as TOML counts them, each with its line feed. `str.splitlines` would break at other characters too."""
    return [f"{line}\n" for line in text.removesuffix("\n").split("\n")]


def _tree(text: bytes) -> dict[str, Any]:
    return tomllib.loads(text.decode())


def _checked(text: bytes, expected: dict[str, Any]) -> bytes:
    """`text`, when it is a registry and says what is expected: the one change that was meant, where it was meant, and all else as
    before. Raises UsageError. Finding the place in the text is work on lines; that it was the right one is proven here."""
    try:
        parse_registry(text, "issuers.toml, as it would be then")
    except UsageError as error:
        raise UsageError(" ".join(error.lines), f"Nothing was changed. {error.remedy}".strip()) from error
    if _tree(text) != expected:
        raise UsageError(
            "issuers.toml is written in a way in which this change would have changed something else as well, or at another place.",
            "Make the change by hand; nothing was changed.",
        )
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
