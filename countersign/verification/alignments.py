"""What an achievement is aligned to, read as far as it can be printed: no decision rests on it, so nothing is refused for it.

Sources: OB 1.0 `alignment` (name, url); OB 2.0 AlignmentObject and OB 3.0 §B.1.4 Alignment (targetName, targetFramework,
targetCode, targetUrl). In 3.0 a text may be a map of languages, of which English comes first.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any, cast

from countersign.verification.network import addresses
from countersign.verification.reading import Json
from models.credentials import Standard

MOST = 20
"""Standards that are kept of one achievement; the rest is left out."""

LOOKED_AT = 200
LONGEST = 200
"""Characters of a name, framework or code that are kept."""

LONGEST_ADDRESS = 500


def standards(body: Json) -> tuple[Standard, ...]:
    """The standards in an achievement's `alignment`, each once, in order. What is malformed, has no name, or goes beyond `MOST` is left
    out; an address that is none, or no web address, is empty."""
    return tuple(islice(dict.fromkeys(_readable(body.get("alignment"))), MOST))


def _readable(value: Any) -> Iterator[Standard]:
    entries = cast(list[Any], value) if isinstance(value, list) else [value]
    for entry in entries[:LOOKED_AT]:
        if isinstance(entry, dict):
            said = cast(Json, entry)
            name = _text(said.get("targetName")) or _text(said.get("name"))
            if name:
                url = said.get("targetUrl", said.get("url"))
                yield Standard(
                    name=name,
                    framework=_text(said.get("targetFramework")),
                    code=_text(said.get("targetCode")),
                    url=url if isinstance(url, str) and len(url) <= LONGEST_ADDRESS and addresses.split(url) else "",
                )


def _text(value: Any) -> str:
    """A text on one line, cut to `LONGEST`; empty for anything else."""
    if isinstance(value, dict):
        by_language = sorted(cast(Json, value).items(), key=lambda spoken: not spoken[0].startswith("en"))
        value = by_language[0][1] if by_language else ""
    return " ".join(value.split())[:LONGEST].rstrip() if isinstance(value, str) else ""
