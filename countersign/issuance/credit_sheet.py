"""What a batch of a term's requests consists of: the rows of its table, its totals by payer, its cover. Pure: values in, bytes out."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from countersign import delivered
from countersign.cells import clean, csv_text, harmless
from countersign.issuance.credit_life import fee_of
from countersign.issuance.credit_steps import SAID
from countersign.render import figure, fill, money, render_pdf
from countersign.settings import Affiliate
from models.words import CreditState

FORMAT = "countersign-credit-batch/1"
TABLE = "requests.csv"
COVER = "cover.pdf"
PAYERS = {"self": "The educator", "district": "The school district", "": "Not said yet"}
"""Who pays, as the cover says it."""

ANSWER = ("state", "date", "course_section", "credits", "transcript_date", "note")
"""The columns that the registrar fills in, and `countersign credit import` reads."""

COLUMNS = (
    "request_number",
    "legal_name",
    "email",
    "title",
    "issuer",
    "earned_on",
    "proof",
    "proof_verified_on",
    "credits_requested",
    "course",
    "term",
    "fee",
    "fee_currency",
    "fee_source",
    "payer",
    "consent",
    "requested_on",
    "file",
    "sha256",
    *ANSWER,
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One request of a batch: as it goes to the college, or, `withdrawn`, that it no longer counts and why."""

    request_id: int
    number: str
    requested_on: date
    printed: Mapping[str, Any]
    sha256: str
    content: bytes = b""
    withdrawn: bool = False
    withdrawn_on: date | None = None
    note: str = ""

    @property
    def file(self) -> str:
        """The name of its PDF in the batch's folder; a withdrawn one has none there."""
        return "" if self.withdrawn else f"{self.number}.pdf"


@dataclass(frozen=True, slots=True)
class Batch:
    """One delivery: to which college, for which term, the how-manieth, with which requests in the order of their numbers."""

    college: str
    term: str
    delivery: int
    entries: tuple[Entry, ...]
    made_by: str
    made_at: datetime
    time_zone: str

    @property
    def requests(self) -> tuple[Entry, ...]:
        return tuple(e for e in self.entries if not e.withdrawn)

    @property
    def withdrawn(self) -> tuple[Entry, ...]:
        return tuple(e for e in self.entries if e.withdrawn)

    @property
    def made_on(self) -> date:
        return self.made_at.astimezone(ZoneInfo(self.time_zone)).date()


def totals(batch: Batch) -> dict[str, Any]:
    """The control totals as plain JSON: requests, educators' credits, what is withdrawn, and the fees by payer and currency."""
    fees: defaultdict[str, defaultdict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    counts: defaultdict[str, int] = defaultdict(int)
    for entry in batch.requests:
        payer = _payer(entry)
        counts[payer] += 1
        fee = fee_of(entry.printed)
        if fee is not None:
            fees[payer][fee[1]] += fee[0]
    return {
        "requests": len(batch.requests),
        "withdrawn": len(batch.withdrawn),
        "credits": str(sum((_credits(e) for e in batch.requests), Decimal(0))),
        "payers": {
            payer: {
                "requests": counts[payer],
                "fees": {unit: f"{sum_:.2f}" for unit, sum_ in sorted(fees[payer].items())},
            }
            for payer in PAYERS
            if counts[payer]
        },
    }


def table(batch: Batch) -> bytes:
    """`requests.csv`: a row for each request, the columns for the registrar's answer last."""
    return csv_text(COLUMNS, [[harmless(clean(cell)) for cell in _row(batch, entry)] for entry in batch.entries])


def files_of(batch: Batch, affiliate: Affiliate, folders: Sequence[Path]) -> dict[str, bytes]:
    """Every file of the batch by name, the manifest last. The same batch and templates give the same bytes.

    Raises what `render.fill` and `render.render_pdf` raise.
    """
    files = {TABLE: table(batch)} | {entry.file: entry.content for entry in batch.requests}
    hashes = {name: delivered.sha256(content) for name, content in files.items()}
    files[COVER] = _cover(batch, hashes, affiliate, folders)
    files[delivered.MANIFEST] = delivered.manifest_bytes(
        {
            "format": FORMAT,
            "college": batch.college,
            "term": batch.term,
            "delivery": batch.delivery,
            "made_by": batch.made_by,
            "made_at": batch.made_at.isoformat(),
            "totals": totals(batch),
            "requests": [
                {
                    "number": e.number,
                    "state": (CreditState.withdrawn if e.withdrawn else CreditState.requested).value,
                    "sha256": e.sha256,
                }
                for e in batch.entries
            ],
            "files": {
                name: {"sha256": delivered.sha256(content), "bytes": len(content)}
                for name, content in sorted(files.items())
            },
        }
    )
    return files


def entries_in(manifest: Mapping[str, Any]) -> tuple[frozenset[str], datetime, str]:
    """Which requests a folder left by a run that was killed has, when it was made and by whom. Raises KeyError, TypeError or ValueError."""
    numbers = frozenset(str(one["number"]) for one in manifest["requests"])
    return numbers, datetime.fromisoformat(str(manifest["made_at"])), str(manifest["made_by"])


def _payer(entry: Entry) -> str:
    said = str(entry.printed["payer"])
    return said if said in PAYERS else ""


def _credits(entry: Entry) -> Decimal:
    return Decimal(str(entry.printed["quantity"]).replace(",", ""))


def _row(batch: Batch, entry: Entry) -> list[str]:
    p, fee = entry.printed, fee_of(entry.printed)
    state = CreditState.withdrawn if entry.withdrawn else CreditState.requested
    answer = {
        "state": SAID[state],
        "date": entry.withdrawn_on.isoformat() if entry.withdrawn_on else "",
        "note": entry.note,
    }
    row = {
        "request_number": entry.number,
        "legal_name": p["name"],
        "email": p["contact"],
        "title": p["title"],
        "issuer": p["issuer"],
        "earned_on": p["earned_on"],
        "proof": p["assertion"],
        "proof_verified_on": p["verified_on"],
        "credits_requested": str(_credits(entry)),
        "course": p["course"],
        "term": batch.term,
        "fee": f"{fee[0]:f}" if fee else "0.00",
        "fee_currency": fee[1] if fee else "",
        "fee_source": p["fee"]["source"],
        "payer": PAYERS[_payer(entry)],
        "consent": "on the signed copy, which follows",
        "requested_on": entry.requested_on.isoformat(),
        "file": entry.file,
        "sha256": entry.sha256,
    }
    return [str((row | answer).get(column, "")) for column in COLUMNS]


def _cover(batch: Batch, hashes: Mapping[str, str], affiliate: Affiliate, folders: Sequence[Path]) -> bytes:
    title = f"{batch.college}: credit requests for {batch.term}"
    said = totals(batch)
    payers = [
        (
            PAYERS[payer],
            figure(one["requests"]),
            ", ".join(money(sum_, unit) for unit, sum_ in one["fees"].items()) or "no fee",
        )
        for payer, one in said["payers"].items()
    ]
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    for one in said["payers"].values():
        for unit, sum_ in one["fees"].items():
            sums[unit] += Decimal(sum_)
    html = fill(
        folders,
        "credit/cover.html",
        {
            "title": title,
            "b": batch,
            "credits": figure(Decimal(said["credits"])),
            "payers": payers,
            "fees": ", ".join(money(sum_, unit) for unit, sum_ in sorted(sums.items())) or "no fee",
            "rows": [
                {
                    "number": e.number,
                    "name": e.printed["name"],
                    "title": e.printed["title"],
                    "credits": e.printed["quantity"],
                    "fee": e.printed["fee"]["amount"],
                    "payer": PAYERS[_payer(e)],
                }
                for e in batch.requests
            ],
            "withdrawn": [
                {"number": e.number, "name": e.printed["name"], "on": e.withdrawn_on, "note": e.note}
                for e in batch.withdrawn
            ],
            "hashes": [(name, _in_groups(sha256)) for name, sha256 in hashes.items()],
            "affiliate": affiliate,
        },
    )
    return render_pdf(html, folders, title=title, created=batch.made_on)


def _in_groups(sha256: str) -> str:
    """The digits in groups of eight, so that two people can compare them aloud."""
    return " ".join(sha256[i : i + 8] for i in range(0, len(sha256), 8))
