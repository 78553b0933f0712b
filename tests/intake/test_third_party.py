"""Badges that others made, through intake: by mail, nested, and by hand. Skipped where the collection is not present."""

import hashlib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlmodel import col, select

from countersign.intake import carriers_of_file, collect_mailbox, open_submissions
from countersign.store import open_store
from models.tables import CarrierRecord
from tests.conftest import MakeWorkspace
from tests.intake.makers import attach, forwarded, mail
from tests.servers import Dovecot
from tests.verification.world import fixtures


@pytest.fixture
def third_party() -> Path:
    return fixtures()


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("1edtech-ob20/simple-badge.png", "png"),
        ("1edtech-ob20/simple.jwt", "jwt"),
        ("1edtech-ob20/basic-assertion.json", "json"),
        ("1edtech-ob30/simple-json.png", "png"),
        ("1edtech-ob30/simple-jwt.png", "png"),
        ("1edtech-ob30/simple-json.svg", "svg"),
        ("1edtech-ob30/simple-jwt.svg", "svg"),
        ("1edtech-ob30/simple.json", "json"),
        ("1edtech-ob30/simple.1ob", "json"),
    ],
)
def test_each_is_one_carrier_by_itself_and_attached_under_a_meaningless_name(
    third_party: Path, name: str, kind: str
) -> None:
    content = (third_party / name).read_bytes()
    assert [(c.kind, c.content) for c in carriers_of_file(content, Path(name).name)] == [(kind, content)]
    message = attach(mail("https://issuer.example/badges/1"), content, "file")
    assert [(c.kind, c.content) for c in carriers_of_file(message.as_bytes(), "m.eml")] == [(kind, content)]


def test_a_badge_forwarded_as_an_attachment_comes_through_the_mailbox_byte_for_byte(
    third_party: Path, dovecot: Dovecot, make_workspace: MakeWorkspace, monkeypatch: pytest.MonkeyPatch, now: datetime
) -> None:
    content = (third_party / "1edtech-ob20/simple-badge.png").read_bytes()
    user = dovecot.new_user()
    award = attach(mail("You earned it", From="award@issuer.example"), content, "award.png", "image/png")
    dovecot.append(user, forwarded(award).as_bytes(), datetime(2026, 10, 1, tzinfo=UTC))
    monkeypatch.setenv("COUNTERSIGN_MAILBOX_PASSWORD", dovecot.PASSWORD)
    mailbox = f'\n[mailbox]\nhost = "{dovecot.host}"\nport = {dovecot.port}\nuser = "{user}"\nsecurity = "none"\n'
    workspace = make_workspace(mailbox)
    store = open_store(workspace)
    try:
        open_submissions(store, collect_mailbox(store, workspace, now), now)
        with store.reading() as session:
            carriers = session.exec(select(CarrierRecord).order_by(col(CarrierRecord.id))).all()
        assert [(c.kind, c.sha256) for c in carriers] == [("png", hashlib.sha256(content).hexdigest())]
    finally:
        store.engine.dispose()
