"""The cover of a package: one page that HR can check, sign and file."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from countersign import render
from countersign.reporting import months
from countersign.reporting.package import Balance, PackageContents
from countersign.reporting.withholding import SAID, examined
from countersign.settings import Affiliate
from models.agreement import is_money

TEMPLATE = "hr/cover.html"
_CENT = Decimal("0.01")


def cover_pdf(
    contents: PackageContents, hashes: Mapping[str, str], affiliate: Affiliate, folders: Sequence[Path]
) -> bytes:
    """The cover as a tagged PDF, letter portrait. `hashes` are the SHA-256 of the package's other files, by name.

    Raises what `render.fill` and `render.render_pdf` raise.
    """
    facts = contents.facts
    closed = facts.closed_at.astimezone(ZoneInfo(facts.time_zone))
    flagged = sum(bool(line.attention) for line in contents.lines)
    title = f"{facts.district}: micro-credential package for {months.said(facts.month)}"
    html = render.fill(
        folders,
        TEMPLATE,
        {
            "title": title,
            "district": facts.district,
            "month": facts.month,
            "month_said": months.said(facts.month),
            "closed_on": closed.date(),
            "closed_at": f"{closed:%H:%M %Z}",
            "run_id": facts.run_id,
            "affiliate": affiliate,
            "agreements": contents.agreements,
            "totals": contents.totals,
            "balances": [_figures(balance) for balance in contents.totals.balances],
            "flagged": flagged,
            "withheld": [(words, contents.totals.withheld.get(why, 0)) for why, words in SAID.items()],
            "proofs": examined(contents.totals.rechecked),
            "hashes": [(name, _in_groups(sha256)) for name, sha256 in hashes.items()],
        },
    )
    return render.render_pdf(html, folders, title=title, created=closed.date())


def _figures(balance: Balance) -> dict[str, str]:
    """A balance as it is printed: money with its cents, everything else as it is."""

    def shown(value: Decimal) -> str:
        whole_cents = value == value.quantize(_CENT)
        return f"{value:,.2f}" if is_money(balance.unit) and whole_cents else render.figure(value)

    names = ("opening", "new", "adjustments", "reversals", "closing")
    figures = {name: shown(getattr(balance, name)) for name in names}
    return {"form": balance.form, "unit": balance.unit, "lines": render.figure(balance.lines), **figures}


def _in_groups(sha256: str) -> str:
    """The digits in groups of eight, so that two people can compare them aloud."""
    return " ".join(sha256[i : i + 8] for i in range(0, len(sha256), 8))
