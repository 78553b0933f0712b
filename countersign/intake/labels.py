"""Names from outside, made safe to print: they are labels only and never lead to a file."""

import re
import unicodedata

LONGEST = 80

_UNSAFE = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})


def plain(text: str, longest: int = 200) -> str:
    """`text` on one line, without control, direction-changing or unassigned characters, at most `longest` characters."""
    text = unicodedata.normalize("NFC", text[: longest * 3])  # it takes quadratic time on a row of accents
    kept = "".join(" " if c in "\t\r\n" else "" if unicodedata.category(c) in _UNSAFE else c for c in text)
    kept = " ".join(kept.split())
    return kept if len(kept) <= longest else kept[: longest - 1] + "…"


def label(name: str, otherwise: str) -> str:
    """The last path part of `name` made safe, its extension kept when shortened; `otherwise` when nothing is left.

    `../../x` becomes `x`; `C:\\temp\\award.png` becomes `award.png`.
    """
    last = plain(re.split(r"[/\\]", name[-4000:])[-1], 4000)
    if not last.strip(". "):
        return otherwise
    if len(last) <= LONGEST:
        return last
    stem, dot, extension = last.rpartition(".")
    if not dot or len(extension) > 8:
        return last[: LONGEST - 1] + "…"
    return f"{stem[: LONGEST - len(extension) - 2]}….{extension}"
