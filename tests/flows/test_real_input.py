"""A badge that nobody here made, from a real mailbox to a real mail server: forwarded, proven, certified, answered."""

import shutil
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader
from sqlmodel import select

from countersign import clock, matching
from countersign.settings import PROGRAM
from countersign.store import open_store
from flows.nightly import nightly
from models.tables import Case, Certificate
from tests.conftest import MakeWorkspace
from tests.delivery.postoffice import post_office
from tests.servers import Dovecot, PostgreSQL
from tests.verification.world import fixture_registry, fixtures

ROSTER = """member_number,given_name,family_name,email,other_emails,licence_state,district,employee_id,employed_from
VT-9,Nora,Body,somebody@example.net,nobody@example.org,VT,Maple Union SD,77,2015-08-20
"""


def forwarded(badge: bytes) -> bytes:
    """The award mail with the baked badge, forwarded as an attachment by the educator."""
    award = EmailMessage(policy=SMTP)
    award["From"] = "awards@example.com"
    award["To"] = "nobody@example.org"
    award["Subject"] = "Your badge"
    award.set_content("Congratulations.\n")
    award.add_attachment(badge, maintype="image", subtype="png", filename="simple-badge.png")
    mail = EmailMessage(policy=SMTP)
    mail["From"] = "Nora Body <somebody@example.net>"
    mail["To"] = "credentials@demo-ea.example"
    mail["Subject"] = "Fwd: Your badge"
    mail.set_content("Please see attached.\n")
    mail.add_attachment(award)
    return mail.as_bytes()


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_a_third_partys_badge_forwarded_into_the_mailbox_comes_out_as_a_certificate(
    database: str,
    make_workspace: MakeWorkspace,
    dovecot: Dovecot,
    postgresql: PostgreSQL,
    prefect: None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = fixtures()
    web = tmp_path / "web"
    shutil.copytree(folder / "1edtech-ob20" / "assets", web)
    # the publisher's assets lack the hosted assertion that the picture points to; this is the same one
    shutil.copyfile(folder / "1edtech-ob20" / "basic-assertion.json", web / "beths-robotics-badge.json")
    user = dovecot.new_user()
    received = datetime(2026, 10, 1, 20, 0, tzinfo=UTC)
    dovecot.append(user, forwarded((folder / "1edtech-ob20" / "simple-badge.png").read_bytes()), received)
    with post_office(tmp_path) as (office, smtp):
        workspace = make_workspace(
            f'\n[mailbox]\nhost = "{dovecot.host}"\nport = {dovecot.tls_port}\nuser = "{user}"\nca_file = "{dovecot.certificate}"\n'
            f'\n{smtp}\n[network]\noffline = true\nmirror = {{ "example.org" = "{web}" }}\n'
        )
        monkeypatch.setenv("COUNTERSIGN_MAILBOX_PASSWORD", Dovecot.PASSWORD)
        if database == "postgresql":
            monkeypatch.setenv("COUNTERSIGN_DATABASE_URL", postgresql.fresh_database())
        fixture_registry(folder, workspace.root)
        rules = (PROGRAM / "agreements" / "vt-vermont-nea.toml").read_text(encoding="utf-8")
        (workspace.agreements / "vt.toml").write_text(rules.replace('["nea"]', '["org-1"]'), encoding="utf-8")
        store = open_store(workspace)
        (tmp_path / "roster.csv").write_text(ROSTER, encoding="utf-8")
        matching.import_roster(store, tmp_path / "roster.csv", clock.now(), "test")

        nightly(str(workspace.root))
        nightly(str(workspace.root))

    with store.reading() as session:
        (case,) = session.exec(select(Case)).all()
        (certificate,) = session.exec(select(Certificate)).all()
    store.engine.dispose()
    assert (case.state, case.received_at) == ("matched", received)
    assert "hash" in case.matched_by
    pdf = (workspace.root / certificate.path).read_bytes()
    text = PdfReader(BytesIO(pdf)).pages[0].extract_text()
    assert "Nora Body" in text
    assert "Awesome Robotics Badge" in text
    assert certificate.number in text
    mails = [mail for mail in office.mails if mail["To"] == "somebody@example.net"]
    assert len(mails) == 1
    (attachment,) = mails[0].iter_attachments()
    assert attachment.get_payload(decode=True) == pdf
