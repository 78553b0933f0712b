"""Makes the sample evening: the mail and uploads of October 1, 2026, in inbox/, and the demo issuers' pages in sample/web/.

    .venv/bin/python -m sample.make_evening

The same bytes come out every time. The names of the files say what each is there to show.
"""

import json
import shutil
import sys
from email.headerregistry import Address
from pathlib import Path

from sample.issuers import (
    NEA,
    NEA_3,
    NEA_CLASSIC,
    Award,
    baked_png,
    baked_png_ob3,
    baked_svg,
    guild_signed,
    ob2_assertion,
    ob2_signed,
    ob3_signed,
    pages,
    vc_jwt,
)
from sample.mail import Attachment, Mail, award_notice, hours, pdf_with, png, written

ROOT = Path(__file__).resolve().parent.parent

MAYA = Address("Maya Fontaine", "maya.fontaine", "maple-union.example")
TEODOR = Address("Teodor Lindqvist", "t.lindqvist", "maple-union.example")
ADA = Address("Ada Okafor-Reyes", "ada.okafor-reyes", "maple-union.example")
HENRI = Address("Henri Beaulieu", "h.beaulieu", "north-hollow.example")
PRIYA = Address("Priya Raman", "priya.raman", "cusd.example")
OWEN = Address("Owen Castellanos", "owen.castellanos", "cusd.example")
GRACE = Address("Grace Lindholm", "grace.lindholm", "cusd.example")
SAMUEL = Address("Samuel Nguyễn", "samuel.nguyen", "lakeview.example")
NOOR = Address("Noor Haddad", "noor.haddad", "lakeview.example")
STRANGER = Address("Ada Okafor", "ada.okafor", "home.example")

NEA_TITLES = (
    "Formative Assessment Basics",
    "Checking for Understanding",
    "Providing Effective Feedback",
    "Classroom Norms and Routines",
    "Restorative Conversations",
    "Inquiry in the School Library",
)


def evening() -> dict[str, bytes]:
    """File name in inbox/ → bytes."""
    maya = Award(1, str(MAYA.addr_spec), "Formative Assessment Basics", "2026-09-14T16:00:00Z")
    priya = [
        Award(11, PRIYA.addr_spec, "Formative Assessment Basics", "2026-08-10T15:00:00Z"),
        Award(12, PRIYA.addr_spec, "Checking for Understanding", "2026-08-21T15:00:00Z"),
        Award(13, PRIYA.addr_spec, "Providing Effective Feedback", "2026-08-28T15:00:00Z"),
        Award(14, "Priya@home.example", "Family Engagement", "2026-09-07T15:00:00Z"),
        Award(15, PRIYA.addr_spec, "Classroom Norms and Routines", "2026-09-18T15:00:00Z"),
        Award(16, PRIYA.addr_spec, "Supporting English Learners", "2026-09-29T15:00:00Z"),
    ]
    hosted = Award(4, MAYA.addr_spec, "Inquiry in the School Library", "2019-05-20T12:00:00Z")
    inline = Award(5, TEODOR.addr_spec, "Restorative Conversations", "2026-09-21T13:00:00Z")
    forwarded = Award(6, "ada.okafor@maple-union.example", "Providing Effective Feedback", "2026-09-22T13:00:00Z")
    owen = Award(17, OWEN.addr_spec, "Restorative Conversations", "2026-09-30T20:00:00Z")
    grace = Award(18, "g.lindholm@home.example", "Arts Integration Foundations", "2026-09-25T15:00:00Z")
    grace_other = Award(19, GRACE.addr_spec, "Culturally Responsive Read-Alouds", "2026-09-26T15:00:00Z")
    revoked = Award(23, HENRI.addr_spec, "Inquiry in the School Library", "2026-06-02T15:00:00Z")
    forged = ob3_signed(Award(24, HENRI.addr_spec, "Data-Driven Instruction", "2026-09-02T15:00:00Z"))
    forged["credentialSubject"]["achievement"]["name"] = "Data-Driven Instruction, Level III"
    samuel = Award(27, SAMUEL.addr_spec, "Restorative Conversations", "2026-09-12T15:00:00Z")
    noor = Award(28, NOOR.addr_spec, "Family Engagement", "2026-09-15T15:00:00Z")

    maya_png = png("formative-assessment", baked_png(maya.title, ob2_signed(maya)))
    mails = [
        Mail(
            "01-open-badge-2-signed-png.eml",
            MAYA,
            4,
            "Fwd: You earned a micro-credential",
            "Hello, here is my badge. Thank you!\n",
            [maya_png],
        ),
        Mail(
            "02-open-badge-3-jwt-in-svg.eml",
            TEODOR,
            9,
            "My micro-credential",
            "Please find it attached. I would also like the college credit.\n\nCredit: yes\n",
            [
                Attachment(
                    "data-driven.svg",
                    "image/svg+xml",
                    baked_svg(
                        vc_jwt(Award(2, TEODOR.addr_spec, "Data-Driven Instruction", "2026-09-16T15:00:00Z"), NEA_3)
                    ),
                )
            ],
        ),
        Mail(
            "04-hosted-badge-site-not-reachable.eml",
            MAYA,
            21,
            "An older one",
            "I earned this one some years ago.\n",
            [
                Attachment(
                    "assertion.json",
                    "application/json",
                    json.dumps(ob2_assertion(hosted, signed=False, host=NEA_CLASSIC), indent=2).encode(),
                )
            ],
        ),
        Mail(
            "05-forwarded-inline-with-link.eml",
            TEODOR,
            26,
            "Fwd: Congratulations! You earned Restorative Conversations",
            "One more.\n\n---------- Forwarded message ---------\nFrom: Demo NEA Micro-credentials <awards@nea.example>\n"
            f"Subject: Congratulations! You earned Restorative Conversations\n\nSee your award: {NEA}/assertions/{inline.number}.json\n",
        ),
        Mail(
            "06-forwarded-as-attachment.eml",
            ADA,
            33,
            "Fwd: Congratulations!",
            "The award mail is attached.\n",
            [
                Attachment(
                    "award.eml",
                    "message/rfc822",
                    award_notice(forwarded, "Ada", png("badge", baked_png(forwarded.title, ob2_signed(forwarded)))),
                )
            ],
        ),
        Mail(
            "07-two-badges-in-one-mail.eml",
            PRIYA,
            38,
            "Two micro-credentials",
            "Both with their logs of hours.\n",
            [
                png("formative-assessment", baked_png(priya[0].title, ob2_signed(priya[0]))),
                png("checking-for-understanding", baked_png(priya[1].title, ob2_signed(priya[1]))),
                hours(priya[0].title, 7, "2", "2.5", "2"),
                hours(priya[1].title, 8, "4", "4", "4"),
            ],
        ),
        Mail(
            "08-the-same-badge-twice.eml",
            MAYA,
            47,
            "Did you get this?",
            "I am not sure my first mail reached you.\n",
            [maya_png],
        ),
        *(
            Mail(
                f"{9 + n:02d}-{'sixth-of-the-year' if n == 3 else f'cusd-200-number-{n + 3}'}.eml",
                PRIYA,
                52 + 6 * n,
                f"Micro-credential: {award.title}",
                "With my log of hours.\n",
                [_carried(award), hours(award.title, month, "3", "2.5", "2.5", first=day)],
            )
            for n, (award, month, day) in enumerate(zip(priya[2:], (8, 8, 8, 9), (5, 6, 10, 8), strict=True))
        ),
        Mail(
            "13-after-october-1.eml",
            OWEN,
            364,
            "Micro-credential for this year",
            "I hope this is still in time.\n",
            [png("restorative", baked_png(owen.title, ob2_signed(owen))), hours(owen.title, 9, "3", "3", first=14)],
        ),
        Mail(
            "14-without-its-log-of-hours.eml",
            GRACE,
            74,
            "Arts integration",
            "Attached.\n",
            [png("arts", baked_png_ob3(grace.title, vc_jwt(grace)))],
        ),
        Mail(
            "15-unknown-person.eml",
            STRANGER,
            80,
            "My badge",
            "From my private address.\n",
            [
                png(
                    "feedback",
                    baked_png_ob3(
                        "Family Engagement",
                        vc_jwt(Award(20, STRANGER.addr_spec, "Family Engagement", "2026-09-10T15:00:00Z")),
                    ),
                )
            ],
        ),
        Mail(
            "16-recipient-is-somebody-else.eml",
            OWEN,
            86,
            "Micro-credential",
            "Here is one more.\n",
            [png("read-alouds", baked_png_ob3(grace_other.title, vc_jwt(grace_other)))],
        ),
        Mail(
            "17-expired.eml",
            HENRI,
            92,
            "Micro-credential",
            "Attached.\n",
            [
                Attachment(
                    "credential.jwt",
                    "text/plain",
                    vc_jwt(
                        Award(
                            21,
                            HENRI.addr_spec,
                            "Family Engagement",
                            "2022-03-01T15:00:00Z",
                            expires="2025-03-01T15:00:00Z",
                        )
                    ).encode(),
                )
            ],
        ),
        Mail(
            "18-revoked.eml",
            HENRI,
            97,
            "School library",
            "Attached.\n",
            [png("library", baked_png(revoked.title, ob2_signed(revoked)))],
        ),
        Mail(
            "19-forged-proof.eml",
            HENRI,
            101,
            "Data",
            "Attached.\n",
            [Attachment("credential.json", "application/json", json.dumps(forged, indent=2).encode())],
        ),
        Mail(
            "20-issuer-not-in-the-registry.eml",
            ADA,
            107,
            "From the guild",
            "Does this one count?\n",
            [
                Attachment(
                    "guild.json",
                    "application/json",
                    json.dumps(
                        guild_signed(Award(25, ADA.addr_spec, "Prairie Ecology for Teachers", "2026-08-30T15:00:00Z")),
                        indent=2,
                    ).encode(),
                )
            ],
        ),
        Mail(
            "21-no-badge.eml", HENRI, 112, "Question", "I finished a micro-credential last week. What do I send you?\n"
        ),
        Mail(
            "22-pdf-with-embedded-badge-and-credit.eml",
            SAMUEL,
            118,
            "Micro-credential and credit",
            "The award certificate has the badge inside.\nCredit: yes\nPayer: self\n",
            [
                Attachment(
                    "award.pdf",
                    "application/pdf",
                    pdf_with(
                        "badge.png",
                        baked_png(samuel.title, ob2_signed(samuel)),
                        ["Demo NEA", "Restorative Conversations", "awarded to Samuel Nguyen"],
                    ),
                ),
                hours(samuel.title, 9, "4", "4", "3"),
            ],
        ),
        Mail(
            "23-out-of-office.eml",
            NOOR,
            121,
            "Automatic reply: Out of office",
            "I am away until Monday.\n",
            automatic=True,
        ),
        Mail(
            "24-not-pre-approved.eml",
            GRACE,
            126,
            "Data-driven instruction",
            "With my log.\n",
            [
                png(
                    "data",
                    baked_png_ob3(
                        "Data-Driven Instruction",
                        vc_jwt(Award(26, GRACE.addr_spec, "Data-Driven Instruction", "2026-09-23T15:00:00Z")),
                    ),
                ),
                hours("Data-Driven Instruction", 9, "2", "2"),
            ],
        ),
        Mail(
            "25-plain-json-in-another-district.eml",
            NOOR,
            131,
            "Family engagement",
            "Attached.\n",
            [Attachment("credential.json", "application/json", json.dumps(ob3_signed(noor), indent=2).encode())],
        ),
    ]
    files = {mail.file: written(mail) for mail in mails}
    files["03-uploaded-data-integrity.json"] = json.dumps(
        ob3_signed(Award(3, ADA.addr_spec, "Supporting English Learners", "2026-09-19T15:00:00Z"), NEA_3), indent=2
    ).encode()
    return dict(sorted(files.items()))


def _carried(award: Award) -> Attachment:
    if award.title in NEA_TITLES:
        return png("badge", baked_png(award.title, ob2_signed(award)))
    return png("badge", baked_png_ob3(award.title, vc_jwt(award)))


def web() -> dict[str, bytes]:
    """Path below sample/web/ → bytes."""
    inline = Award(5, TEODOR.addr_spec, "Restorative Conversations", "2026-09-21T13:00:00Z")
    site = pages(list(NEA_TITLES), [inline], {23: "Awarded in error; the portfolio was another educator's."})
    return {
        path: json.dumps(document, indent=2, ensure_ascii=False).encode() + b"\n" for path, document in site.items()
    }


def main(root: Path = ROOT) -> None:
    """Write inbox/ and sample/web/ below `root` anew."""
    shutil.rmtree(root / "sample" / "web", ignore_errors=True)
    for folder, files in ((root / "inbox", evening()), (root / "sample" / "web", web())):
        for name, content in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT)
