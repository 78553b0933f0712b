"""An issuer or a key as the lines that will stand in `issuers.toml`.

An entry is what those lines have to mean when they are read as TOML again: {"id": "acme", "accepted": {"from": …}, "keys": […]}.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

from countersign.verification import keys
from countersign.verification.fingerprints import fingerprint, grouped, kind
from countersign.verification.keys import PublicKey

Entry = dict[str, Any]


def key_entry(name: str, public: PublicKey, **dates: date | None) -> Entry:
    """A key under a name (none for any name), with those of its dates from, until and compromised that are not None."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    entry: Entry = {"id": name} if name else {}
    entry |= {label.rstrip("_"): day for label, day in dates.items() if day is not None}
    return entry | {"pem": public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()}


def issuer_block(entry: Entry) -> str:
    """The `[[issuers]]` table of an entry and the tables of its keys."""
    import tomlkit

    table = tomlkit.table()
    for name, value in entry.items():
        if name == "keys":
            continue
        table[name] = tomlkit.inline_table() if isinstance(value, dict) else value
        if isinstance(value, dict):
            table[name].update(value)  # pyright: ignore[reportUnknownMemberType,reportAttributeAccessIssue]
    return "\n".join((f"[[issuers]]\n{table.as_string()}", *map(key_block, entry.get("keys", ()))))


def key_block(entry: Entry) -> str:
    """The `[[issuers.keys]]` table of an entry, its fingerprint above all that somebody else wrote."""
    return "\n".join(_key_lines(entry)) + "\n"


def _key_lines(entry: Entry) -> Iterator[str]:
    import tomlkit

    public = keys.from_pem(entry["pem"])
    yield "[[issuers.keys]]"
    yield f"# {kind(public)}, SHA-256 {grouped(fingerprint(public))}"
    for name, value in entry.items():
        if name != "pem":
            yield f"{name} = {tomlkit.string(value).as_string() if isinstance(value, str) else value}"
    yield f'pem = """\n{entry["pem"]}"""'
