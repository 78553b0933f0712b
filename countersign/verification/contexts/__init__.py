"""The JSON-LD contexts that may be used, pinned: a context is never fetched, since it decides what a signature covers.

Sources (exact match of the address; the files are as published, see SOURCES.md for their SHA-256).
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

_OB3 = "https://purl.imsglobal.org/spec/ob/v3p0/"
FILES = {
    "https://www.w3.org/2018/credentials/v1": "credentials-v1.json",
    "https://www.w3.org/ns/credentials/v2": "credentials-v2.json",
    f"{_OB3}context-3.0.1.json": "ob-v3p0-context-3.0.1.json",
    f"{_OB3}context-3.0.2.json": "ob-v3p0-context-3.0.2.json",
    f"{_OB3}context-3.0.3.json": "ob-v3p0-context-3.0.3.json",
    f"{_OB3}extensions.json": "ob-v3p0-extensions.json",
    "https://w3id.org/security/data-integrity/v2": "security-data-integrity-v2.json",
    "https://w3id.org/security/multikey/v1": "security-multikey-v1.json",
}


@cache
def load(url: str) -> dict[str, Any]:
    """The pinned document of a context address. Raises KeyError for an address that is not pinned."""
    return json.loads(Path(__file__).with_name(FILES[url]).read_text(encoding="utf-8"))
