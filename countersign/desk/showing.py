"""A paper as staff read it: who, what and where it stands first, then what stands on the paper, in the words of the paper. Pure.

The whole record, with hashes of the agreement, pictures and colors, is for programs: `--json`.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, cast

from countersign.desk.papers import in_words
from countersign.issuance.credit_sheet import PAYERS
from countersign.render import day

_ON_PAPER = (
    ("Name", "name"),
    ("Educator license", "licence"),
    ("Micro-credential", "title"),
    ("Awarded by", "issuer"),
    ("In the stack", "stack"),
    ("What its holder can do", "statement"),
    ("Credited", "credited"),
    ("Also stated as", "also"),
    ("Earned", "earned_on"),
    ("Verified", "verified_on"),
    ("Manner", "manner"),
    ("Recognized by", "recognizer"),
    ("Under", "agreement_title"),
    ("Clause", "clause"),
    ("Determined", "determined"),
    ("Issued for", "purpose"),
    ("Standards", "standards"),
    ("College", "college"),
    ("Course", "course"),
    ("Contact", "contact"),
    ("Fee", "fee"),
    ("Payer", "payer"),
    ("Provider", "provider"),
    ("Signed by", "signatory"),
    ("Next step", "next_step"),
    ("Checked at", "check_url"),
)
_HEAD = (
    ("issued", "issued_on"),
    ("requested", "requested_on"),
    ("replaces", "replaces"),
    ("replaced by", "replaced_by"),
    ("term", "term"),
    ("batch", "batch"),
    ("case", "case"),
    ("file", "file"),
    ("SHA-256", "sha256"),
)


def shown(found: Mapping[str, Any]) -> dict[str, Any]:
    """Labels and texts of what `one_paper` or `show_request` gives, in the order in which they are read."""
    printed: Mapping[str, Any] = found["printed"]
    kind = "request for college credit" if "requested_on" in found else "certificate"
    head = {kind: found["number"], "for": printed.get("name", ""), "title": printed.get("title", "")}
    head |= {"state": _state(found)}
    head |= {label: _day(value) if key.endswith("_on") else value for label, key in _HEAD if (value := found.get(key))}
    steps = cast("Sequence[Mapping[str, Any]]", found.get("steps", ()))
    walked = [{label.replace("_", " "): value for label, value in step.items()} for step in steps]
    paper = {label: text for label, key in _ON_PAPER if (text := _said(printed, key))}
    return head | ({"step": walked} if walked else {}) | {"What stands on the paper": paper}


def _state(found: Mapping[str, Any]) -> str:
    """The state, and when and by whom it ended, and why."""
    state = in_words(str(found["state"]))
    if found.get("since"):
        return f"{state}, since {_day(found['since'])}"
    if not found.get("ended"):
        return state
    return f"{state} on {found['ended']} by {found['ended_by']}: {found['ended_reason']}"


def _said(printed: Mapping[str, Any], key: str) -> str:
    """What the paper says under one of its labels; empty where it says nothing."""
    value = printed.get(key)
    match key:
        case "credited":
            words = f" ({printed['quantity_words']})" if printed.get("quantity_words") else ""
            return f"{printed.get('quantity', '')}{words} {printed.get('unit', '')}".strip()
        case "also":
            return "; ".join(f"{row['quantity']} ({row['words']}) {row['unit']}" for row in value or ())
        case "licence":
            return ", ".join(filter(None, (str(value or ""), str(printed.get("licence_state", "")))))
        case "fee":
            return f"{value['amount']} ({value['source']})" if value and value.get("source") else _of(value, "amount")
        case "payer":
            return PAYERS.get(str(value), "") if value is not None else ""
        case "provider":
            return ", ".join(_several(value, ("name", "number", "approval")))
        case "signatory":
            return ", ".join(_several(value, ("name", "title")))
        case _:
            return (_day(value) if key.endswith("_on") else str(value)) if value else ""


def _several(of: Mapping[str, Any] | None, keys: Sequence[str]) -> Iterator[str]:
    for key in keys:
        if said := _of(of, key):
            yield f"number {said}" if key == "number" else said


def _of(of: Mapping[str, Any] | None, key: str) -> str:
    return str((of or {}).get(key) or "")


def _day(value: str) -> str:
    return day(date.fromisoformat(value))
