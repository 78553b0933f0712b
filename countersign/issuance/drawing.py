"""From `printed` to the PDF: the template filled in, the QR code, and the step of sizes that fits one page.

The same `printed` and the same templates give the same bytes; nothing else is read.
"""

import base64
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from countersign.embedded import Embedded
from countersign.errors import FileProblem
from countersign.render import PageCount, fill, render_pdf
from countersign.settings import Colors

CERTIFICATE_STEPS, FORM_STEPS = 8, 4
"""How many steps of sizes the certificate has, and the forms (`tight-0` and so on in their styles)."""
NAME_STEPS = (26, 36, 50)
TITLE_STEPS = (44, 90, 170, 300)
RECORD_STEPS = (140,)
"""How much of the digital record's address stands on one line of the small print."""

_SAID_LATER: Mapping[str, Any] = {
    "standards": "",
    "also": [],
    "next_step": "",
    "second_page": False,
    "colors": Colors().model_dump(),
    "specimen": False,
    "recognizer": "",
    "agreement_title": "",
    "signed": False,
}
"""What certificates did not say yet that an earlier version planned."""


def draw_certificate(
    printed: Mapping[str, Any],
    folders: Sequence[Path],
    signature: bytes = b"",
    embedded: Sequence[Embedded] = (),
    *,
    logo: bytes = b"",
) -> bytes:
    """The certificate as a PDF of one page; of two when `printed` asks for the educator's second page. `signature` and `logo` are the bytes
    of the pictures that `printed` names, `embedded` its files. It has room for a digital signature when `printed` says it is signed.

    Raises UsageError or FileProblem (template, fonts), GlyphsMissing, and PageCount when even the smallest sizes do not
    fit.
    """
    values = _values(printed) | {
        "signature": _data_uri(signature, printed["signatory"].get("media_type", "")) if signature else "",
        "logo": _data_uri(logo, printed["logo"]["media_type"]) if logo else "",
    }
    return _on_pages(
        2 if printed.get("second_page") else 1,
        printed,
        values,
        folders,
        f"Certificate {printed['number']}",
        printed["issued_on"],
        embedded,
        steps=CERTIFICATE_STEPS,
    )


def check_template(printed: Mapping[str, Any], folders: Sequence[Path]) -> None:
    """Raise FileProblem when the template is missing, cannot be filled in, or has no second page where `printed` asks for one: before
    the certificate is planned, for a plan is drawn as it is."""
    values: dict[str, Any] = {**_values(printed), "signature": "", "logo": "", "tight": 0}
    filled = fill(folders, printed["template"], values)
    bare = {**values, "p": {**values["p"], "second_page": False}}
    if printed.get("second_page") and fill(folders, printed["template"], bare).split() == filled.split():
        what = "has no second page, and one is asked for (second_page)"
        raise FileProblem(printed["template"], 0, what, "Choose a template that has one, such as vermont.")


def _values(printed: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "p": {**_SAID_LATER, **printed},
        "steps": {
            "name": step(printed["name"], NAME_STEPS),
            "title": step(printed["title"], TITLE_STEPS),
            "small": step(printed["assertion"], RECORD_STEPS),
        },
        "qr": f"qr:{printed['check_url']}",
    }


def draw_credit_request(printed: Mapping[str, Any], folders: Sequence[Path]) -> bytes:
    """The request for college credit as a PDF of one page; of two where the district pays, the second being the registration form
    for its funds. Raises as `draw_certificate`."""
    title = f"Request for college credit {printed['number']}"
    pages = 2 if printed.get("registration") else 1
    return _on_pages(pages, printed, {"p": printed}, folders, title, printed["requested_on"])


def draw_feedback_registration(printed: Mapping[str, Any], folders: Sequence[Path]) -> bytes:
    """The form on which a district's funds pay for feedback before submission, as a PDF of one page. Raises as `draw_certificate`."""
    title = "Registration for professional development funds"
    return _on_pages(1, printed, {"p": printed}, folders, title, printed["on"])


def step(text: str, limits: Sequence[int]) -> int:
    """Which size a text of this length is set in: 1 is the largest."""
    return 1 + sum(len(text) > limit for limit in limits)


def _data_uri(content: bytes, media_type: str) -> str:
    return f"data:{media_type};base64,{base64.b64encode(content).decode()}"


def _on_pages(
    pages: int,
    printed: Mapping[str, Any],
    values: Mapping[str, Any],
    folders: Sequence[Path],
    title: str,
    on: str,
    embedded: Sequence[Embedded] = (),
    *,
    steps: int = FORM_STEPS,
) -> bytes:
    def drawn(tight: int) -> bytes:
        html = fill(folders, printed["template"], {**values, "tight": tight}, marked=True)
        return render_pdf(
            html,
            folders,
            title=title,
            created=date.fromisoformat(on),
            pages=pages,
            identifiers=[printed[key] for key in ("number", "assertion") if printed.get(key)],
            embedded=embedded,
            signable=bool(printed.get("signed")),
        )

    try:
        return drawn(0)
    except PageCount as problem:
        if problem.pages < pages:
            raise
    largest, tightest, fits = (
        1,
        steps - 1,
        b"",
    )  # what fits a step fits each tighter one: halving finds the largest in few tries
    while largest < tightest:
        tried = (largest + tightest) // 2
        try:
            fits, tightest = drawn(tried), tried
        except PageCount:
            largest = tried + 1
    return fits or drawn(tightest)
