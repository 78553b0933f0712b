"""Text in the cells of a table that an office opens: one line, and nothing that a spreadsheet would take for a formula.

CSV is UTF-8 with a byte-order mark (without it Excel reads names with accents wrongly), CRLF, every cell quoted. A cell
whose text a spreadsheet would take for a formula gets an apostrophe in front (OWASP, "CSV Injection").
"""

import csv
import io
import unicodedata
from collections.abc import Iterable, Sequence

BOM = "\ufeff"
FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
MAX_TEXT = 2000


def clean(text: str) -> str:
    """Text from outside as one line for a cell: control and unassigned characters become spaces, and what is longer than
    `MAX_TEXT` characters ends in an ellipsis."""
    plain = "".join(" " if unicodedata.category(c) in ("Cc", "Cs", "Cn", "Zl", "Zp") else c for c in text)
    plain = " ".join(plain.split())
    return plain if len(plain) <= MAX_TEXT else plain[: MAX_TEXT - 1] + "…"


def harmless(text: str) -> str:
    """`text` with an apostrophe in front when a spreadsheet would take it for a formula (also behind leading blanks)."""
    first = text.lstrip(" \t\r\n\u00a0\ufeff")[:1]
    return f"'{text}" if text[:1] in ("\t", "\r", "\n") or first in FORMULA else text


def csv_text(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """A table as CSV, header first. The rows' cells are written as they are given."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows(rows)
    return (BOM + buffer.getvalue()).encode()
