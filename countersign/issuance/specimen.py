"""A certificate to look at: the workspace's own design with an invented award, marked as a specimen, which no database knows of.

Its number is none (`read_number` refuses it), so that nobody can take it for one that counts.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from countersign.errors import UsageError
from countersign.issuance.drawing import check_template, draw_certificate
from countersign.issuance.pictures import read_picture
from countersign.issuance.planning import MANNER, TEMPLATE, TITLE_LIMIT
from countersign.issuance.stating import stated
from countersign.render import GlyphsMissing, uncovered
from countersign.settings import Workspace
from models.agreement import CertificateTerms
from models.text import NAME_LIMIT, plain

NUMBER = "SPECIMEN-00000-00000"
NAME = "Alexandra Tremblay"
TITLE = "Creating a Classroom Culture of Belonging"

_STATES: Mapping[str, tuple[str, Decimal, str]] = {
    "vermont": ("Vermont", Decimal(15), "hour"),
    "new-hampshire": ("New Hampshire", Decimal("1.5"), "CEU"),
    "massachusetts": ("Massachusetts", Decimal(10), "PDP"),
    "illinois": ("Illinois", Decimal(8), "hour"),
}
"""What is renewed where, and what the invented award gives; for any other template, fifteen hours."""


def draw_specimen(
    workspace: Workspace, template: str, on: date, *, name: str = "", title: str = "", second_page: bool = False
) -> bytes:
    """The specimen as a PDF. Raises UsageError, FileProblem, GlyphsMissing or PageCount, as a real certificate's drawing does."""
    printed, pictures = _plan(workspace, template, on, name or NAME, title or TITLE, second_page=second_page)
    check_template(printed, workspace.template_folders)
    missing = uncovered(f"{printed['name']}{printed['title']}", workspace.template_folders)
    if missing:
        raise GlyphsMissing(missing)
    return draw_certificate(printed, workspace.template_folders, pictures["signature"], logo=pictures["logo"])


def _plan(
    workspace: Workspace, template: str, on: date, name: str, title: str, *, second_page: bool
) -> tuple[dict[str, Any], dict[str, bytes]]:
    if not TEMPLATE.match(template):
        raise UsageError(f"{template!r} is not the name of a template.", "Write one such as --template vermont.")
    shown = {"name": plain(name), "title": plain(title)}
    for what, limit in (("name", NAME_LIMIT), ("title", TITLE_LIMIT)):
        if not shown[what]:
            raise UsageError(f"--{what} has no printable character.")
        if len(shown[what]) > limit:
            raise UsageError(
                f"--{what} has {len(shown[what])} characters, and a certificate has room for {limit}.",
                "A real one of that length is held for a person and never shortened: give a shorter one.",
            )
    affiliate, signatory = workspace.settings.affiliate, workspace.settings.signatory_on(on)
    signature, signed = read_picture(workspace, signatory.image, "signature image", "image of [[signatories]]")
    logo, drawn = read_picture(workspace, affiliate.logo, "logo", "logo of [affiliate]")
    state, quantity, unit = _STATES.get(template, ("", Decimal(15), "hour"))
    terms = CertificateTerms(
        template=template,
        purpose=f"{state} educator license renewal".strip(),
        determined="as the agreement says",
        next_step="Here stands what the agreement says of the next step.",
        ceu=unit == "hour",
        second_page=second_page,
    )
    credited, *also = stated(quantity, unit, terms)
    printed = shown | {
        "template": f"certificate/{template}.html",
        "specimen": True,
        "number": NUMBER,
        "check_url": affiliate.check_url + NUMBER,
        "check_place": affiliate.check_url.partition("://")[2],
        "licence": "00000",
        "licence_state": "",
        "issuer": "National Example Association",
        "stack": "Belonging",
        "statement": "Here stands what the micro-credential’s issuer says that its holder can do, in two or three lines: educators examine the "
        "routines of their own classroom, gather evidence, and judge from it whether they work.",
        "standards": "Learning Environments (Example Framework, 3)",
        "earned_on": on.isoformat(),
        "issued_on": on.isoformat(),
        "quantity": credited["quantity"],
        "quantity_words": credited["words"],
        "unit": credited["unit"],
        "also": also,
        "manner": MANNER,
        "clause": "Example clause",
        "recognizer": f"{state} Example Association".strip(),
        "agreement_title": "Example agreement on micro-credentials",
        "determined": terms.determined,
        "purpose": terms.purpose,
        "next_step": terms.next_step,
        "second_page": second_page,
        "affiliate": {"name": plain(affiliate.name)},
        "colors": affiliate.colors.model_dump(),
        "logo": {"media_type": drawn},
        "provider": {
            "name": plain(affiliate.name),
            "address": [plain(line) for line in affiliate.address],
            "number": "00000",
            "approval": "approval as the agreement states it",
        },
        "signatory": {"name": plain(signatory.name), "title": plain(signatory.title), "media_type": signed},
        "assertion": "https://issuer.example/assertions/0",
        "replaces": "",
    }
    return printed, {"signature": signature, "logo": logo}
