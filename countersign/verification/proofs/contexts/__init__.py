"""The JSON-LD contexts that may be used, pinned: a context is never fetched, since it decides what a signature covers.

Sources (exact match of the address; the files are as published, see SOURCES.md for their SHA-256).
"""

import json
from functools import cache
from pathlib import Path
from typing import Any, cast

_OB3 = "https://purl.imsglobal.org/spec/ob/v3p0/"
_SECURITY = "https://w3id.org/security/"
FILES = {
    "https://www.w3.org/2018/credentials/v1": "credentials-v1.json",
    "https://www.w3.org/ns/credentials/v2": "credentials-v2.json",
    f"{_OB3}context.json": "ob-v3p0-context.json",
    f"{_OB3}context-3.0.1.json": "ob-v3p0-context-3.0.1.json",
    f"{_OB3}context-3.0.2.json": "ob-v3p0-context-3.0.2.json",
    f"{_OB3}context-3.0.3.json": "ob-v3p0-context-3.0.3.json",
    f"{_OB3}extensions.json": "ob-v3p0-extensions.json",
    f"{_SECURITY}data-integrity/v1": "security-data-integrity-v1.json",
    f"{_SECURITY}data-integrity/v2": "security-data-integrity-v2.json",
    f"{_SECURITY}multikey/v1": "security-multikey-v1.json",
    f"{_SECURITY}suites/ed25519-2020/v1": "security-ed25519-2020-v1.json",
    f"{_SECURITY}suites/jws-2020/v1": "security-jws-2020-v1.json",
    "https://w3id.org/vc/status-list/2021/v1": "status-list-2021-v1.json",
    "https://www.w3.org/ns/did/v1": "did-v1.json",
}
CHANGING = frozenset({f"{_OB3}context.json"})
"""Addresses that have served more than one text: a signature that does not fit the pinned one may fit another."""


@cache
def load(url: str) -> dict[str, Any]:
    """The pinned document of a context address. Raises KeyError for an address that is not pinned."""
    return json.loads(Path(__file__).with_name(FILES[url]).read_text(encoding="utf-8"))


@cache
def twins() -> dict[str, frozenset[str]]:
    """The terms of the `CHANGING` contexts by every name that their meaning may come back under: another term of the same meaning
    (those texts call a property and its class alike, "achievement" and "Achievement"), or its full address."""
    meant: dict[str, set[str]] = {}

    def note(context: dict[str, Any]) -> None:
        for term, value in context.items():
            described = cast(dict[str, Any], value) if isinstance(value, dict) else {"@id": value}
            meant.setdefault(str(described.get("@id")), set()).add(term)
            if isinstance(described.get("@context"), dict):
                note(described["@context"])

    for url in CHANGING:
        note(load(url)["@context"])
    return {name: frozenset(terms) for iri, terms in meant.items() for name in (iri, *terms)}
