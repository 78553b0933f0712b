"""`countersign init`: a new workspace, ready to be filled in."""

import shutil
from pathlib import Path

from countersign.errors import UsageError
from countersign.evidence import write_whole
from countersign.recognition import schema_text
from countersign.settings import FILE_NAME, PROGRAM

SETTINGS = """\
# Countersign's settings. What stands in <…> is yours to fill in; `countersign doctor` says what is still missing.
# Every key is explained in docs/settings.md.
# Passwords never stand here: COUNTERSIGN_MAILBOX_PASSWORD, COUNTERSIGN_SMTP_PASSWORD, COUNTERSIGN_DATABASE_URL.
time_zone = "America/New_York"

[affiliate]
name = "<name of the affiliate>"
address = ["<street>", "<city, state and zip>"]
email = "<address for questions>"
check_url = "https://<your-site>/c/"       # a certificate's number is appended to it
# logo = "logo.svg"                          # SVG, PNG or JPEG in this folder; look with: countersign certificate preview --template generic
# colors = { accent = "#1f4a3a", ornament = "#b59a5b" }  # of words and frame, dark enough to read on white; of fine lines

[[signatories]]                              # exactly one may sign on any day
name = "<name>"
title = "<title>"
from = 2026-01-01
# until = 2027-12-31
# image = "signature.svg"                    # without it the name is printed as a signature

[mail]
sender = "<Name> <address that sends>"
staff = "<address for the nightly digest>"
# received_by = "mail.example.org"           # your receiving mail server, as it names itself in "Received: … by": then a
                                             # message file in inbox/ counts from the time that server wrote down

# [mailbox]                                  # poll a mailbox besides the folder inbox/
# host = "imap.example.org"
# user = "credentials@example.org"

# [smtp]                                     # without it, mail is written to outbox/mail/ as .eml files
# host = "smtp.example.org"
# user = "credentials@example.org"

# [signing]                                  # certificates signed digitally (PAdES); passphrase: COUNTERSIGN_SIGNING_PASSPHRASE
# file = "/etc/countersign/association.p12"  # key and certificates, PKCS#12 or PEM: yours alone (chmod 600), in no git repository
# tsa = "https://<time-stamp server>"        # without it there is no time stamp

# [recognition_credential]                   # every certificate also as an Open Badges 3.0 credential, signed with your own key:
# issuer = "did:web:<your-site>"             # countersign credential key FILE makes one and says what to enter here
# key_file = "/etc/countersign/signing.pem"  # or the key itself in COUNTERSIGN_SIGNING_KEY

# [retention]                                # how long originals are kept: "7 years", "18 months", "90 days"; without a line, for good
# arrivals = "7 years"                       # mails and files as they came; nothing goes before `countersign retention` is run,
# logs_of_hours = "7 years"                  # and never what something open, unpaid or valid rests on
# sources_of_facts = "10 years"              # transcripts, letters, forms
# web_answers = "3 years"                    # what issuers' sites answered; without it a verdict cannot be replayed

# [database]
# url = "postgresql+psycopg://countersign@localhost/countersign"
"""

ISSUERS = """\
# The issuers this affiliate trusts, and by which keys and sites. Nothing else decides: a key that a credential brings along
# proves nothing. `countersign issuer add ADDRESS --id nea --by NAME` shows what an issuer publishes and writes the entry;
# compare keys and addresses with the issuer itself first, over a way you trust. `countersign issuer check` compares again.
#
# [[issuers]]
# id = "nea"                                          # the name the agreements use
# name = "National Education Association"
# also = ["NEA"]                                      # other names, to point out who only calls themselves like it
# ids = ["https://issuer.example.org/issuer.json"]    # the issuer's own id, exactly as its credentials state it
# origins = ["https://issuer.example.org"]            # sites whose hosted credentials count
# paths = ["https://issuer.example.org/nea/"]         # only below these, where others use the same site
# dids = ["did:web:issuer.example.org"]
# jwks = ["https://issuer.example.org/jwks.json"]     # sets of keys
# accepted = { from = 2020-01-01 }                    # and until, the last day
# vetted = { by = "Joint committee", on = 2026-08-01, again_by = 2028-08-01 }
# selective = true                                    # ecdsa-sd-2023: it makes all of status and end mandatory
# note = "Spoke with its credential office."
#
# [[issuers.keys]]                                    # several may overlap, so that the issuer can change its key
# id = "https://issuer.example.org/key.json"
# from = 2020-01-01
# until = 2026-12-31
# compromised = 2026-05-01                            # stolen: proves nothing dated from then on, and nothing alone before
# pem = \"\"\"-----BEGIN PUBLIC KEY----- …\"\"\"
"""


def make_workspace(folder: Path) -> list[str]:
    """Make `folder` a workspace; returns what to tell the person. Raises UsageError when something is already there."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} is not empty.", "Name a new folder; nothing was changed.")
    for name in ("inbox", "outbox", "agreements/samples", "var"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    write_whole(folder / "issuers.toml", ISSUERS.encode())
    shipped = PROGRAM / "agreements"  # those of the demonstration, and in samples/ those that do not concern it
    for path in sorted([*shipped.iterdir(), *(shipped / "samples").iterdir()]):
        if path.is_file() and not path.name.startswith("demo-"):
            shutil.copyfile(path, folder / "agreements" / "samples" / path.name)
    (folder / "plans" / "samples").mkdir(parents=True)
    shutil.copyfile(PROGRAM / "plans" / "demo-plan-1.toml", folder / "plans" / "samples" / "demo-plan-1.toml")
    write_whole(folder / "agreements" / "agreement.schema.json", schema_text().encode())
    shutil.copyfile(PROGRAM / "prefect.yaml", folder / "prefect.yaml")
    write_whole(folder / FILE_NAME, SETTINGS.encode())  # last: a folder with this file is a workspace
    return [
        f"{folder} is a workspace now.",
        f"Next: fill in {FILE_NAME} and issuers.toml, set the hours and the time zone in prefect.yaml, and copy what applies "
        "to you from agreements/samples/ to agreements/. Then run: countersign doctor",
    ]
