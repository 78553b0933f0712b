"""One credential for each certificate: issued, filed, put aside, put back, sent; a certificate never waits for it."""

import hashlib

import jwt
import pytest
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, select

from countersign import issuance, review
from countersign.desk import reconciling
from countersign.evidence import Evidence
from countersign.issuance import withdrawing
from countersign.issuance.credential import issuing, keys
from countersign.settings import Workspace
from countersign.store import Store
from countersign.verification.carriers import png as reader
from models.agreement import Rules
from models.tables import AuditEntry, Certificate, Message, RecognitionCredential
from tests.issuance.conftest import Grant, open_items
from tests.issuance.credential.conftest import NOW, House, certified, items, only


def test_without_the_section_nothing_is_made_and_nobody_notices(
    workspace: Workspace, store: Store, rules: tuple[Rules, ...], grant: Grant
) -> None:
    assert certified(store, workspace, rules, [grant()]) == []
    assert issuance.issue_credentials(store, workspace, [1], NOW) == []
    assert issuance.published_documents(workspace) == {}
    assert issuance.status_list(store, workspace, 1, NOW) is None
    assert items(store) == []
    assert not (workspace.outbox / "credentials").exists()


def test_a_certificate_gets_one_credential_and_no_second(
    house: House, any_store: Store, rules: tuple[Rules, ...]
) -> None:
    from tests.issuance.conftest import grant_in

    workspace, store = house(), any_store
    due = certified(store, workspace, rules, [grant_in(store)])
    assert issuance.issue_credentials(store, workspace, due, NOW) == due
    certificate, row = only(store)
    file = workspace.outbox / "credentials" / "2026" / f"{certificate.number}.png"
    token = issuance.credential_token(store, certificate.number)
    assert file.read_bytes() == issuance.credential_picture(store, certificate.number)
    assert reader.text_of(file.read_bytes()) == token
    assert (row.status_index, row.issued_at) == (certificate.id, NOW)
    assert row.key_id == jwt.get_unverified_header(token or "")["kid"]
    assert issuance.credentials_due(store, workspace) == []
    assert issuance.issue_credentials(store, workspace, due, NOW) == []
    with store.reading() as session:
        said = session.exec(select(AuditEntry).where(AuditEntry.action == "credential issued")).one()
        assert said.subject == f"certificate:{certificate.id}"
    with pytest.raises(DBAPIError, match="recognition_credential is append only"), store.transaction() as session:
        session.get_one(RecognitionCredential, row.id).key_id = "another"


def test_a_run_that_was_killed_before_it_kept_the_row_issues_the_same_bytes_again(
    house: House, store: Store, rules: tuple[Rules, ...], grant: Grant, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = house()
    due = certified(store, workspace, rules, [grant()])
    kept: list[bytes] = []
    put = Evidence.put

    def killed(self: Evidence, content: bytes) -> str:
        kept.append(content)
        if len(kept) == 2:
            raise KeyboardInterrupt
        return put(self, content)

    monkeypatch.setattr(Evidence, "put", killed)
    with pytest.raises(KeyboardInterrupt):
        issuance.issue_credentials(store, workspace, due, NOW)
    monkeypatch.setattr(Evidence, "put", put)
    assert issuance.issue_credentials(store, workspace, due, NOW.replace(hour=9)) == due
    certificate, _ = only(store)
    assert issuance.credential_picture(store, certificate.number) == kept[1]


def test_two_runs_at_once_issue_one_and_file_that_one(
    house: House, store: Store, rules: tuple[Rules, ...], grant: Grant, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = house(key=keys.private_pem(keys.new_key("p256")).decode())  # whose two signatures differ
    due = certified(store, workspace, rules, [grant()])
    first: list[bytes] = []
    put = Evidence.put

    def another_run_meanwhile(self: Evidence, content: bytes) -> str:
        if not first:
            first.append(content)
            assert issuance.issue_credentials(store, workspace, due, NOW) == due
        return put(self, content)

    monkeypatch.setattr(Evidence, "put", another_run_meanwhile)
    assert issuance.issue_credentials(store, workspace, due, NOW) == []
    certificate, _ = only(store)
    token = issuance.credential_token(store, certificate.number)
    assert token != first[0].decode()
    assert reader.text_of((workspace.root / issuing.place(certificate)).read_bytes()) == token


def test_a_key_that_is_missing_stops_no_certificate_and_is_one_item_that_closes_by_itself(
    house: House, store: Store, rules: tuple[Rules, ...], grant: Grant
) -> None:
    workspace = house(key="")
    due = certified(store, workspace, rules, [grant(), grant()])
    assert len(due) == 2
    assert issuance.issue_credentials(store, workspace, due, NOW) == []
    (item,) = items(store)
    assert item.subject == "settings:recognition_credential"
    assert item.sentence == (
        "No recognition credential can be issued: [recognition_credential] has no signing key: neither "
        "COUNTERSIGN_SIGNING_KEY nor key_file is set."
    )
    assert not (workspace.outbox / "credentials").exists()
    assert issuance.issue_credentials(store, house(), due, NOW) == due
    assert [i.closed_by for i in items(store)] == ["nightly"]


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("seal.png", "The picture seal.png of [recognition_credential] is not in the workspace."),
        ("../../seal.png", "The picture ../../seal.png of [recognition_credential] is not in the workspace."),
        ("countersign.toml", "The picture countersign.toml is not a PNG that can be read."),
    ],
)
def test_a_picture_of_the_settings_that_cannot_be_used_is_one_item(
    house: House, store: Store, rules: tuple[Rules, ...], grant: Grant, name: str, sentence: str
) -> None:
    workspace = house(f'picture = "{name}"')
    due = certified(store, workspace, rules, [grant()])
    assert issuance.issue_credentials(store, workspace, due, NOW) == []
    assert [i.sentence for i in items(store)] == [f"No recognition credential can be issued: {sentence}"]


def test_an_educator_without_an_address_is_held_and_disturbs_no_other(
    house: House, store: Store, rules: tuple[Rules, ...], grant: Grant
) -> None:
    workspace = house()
    due = certified(store, workspace, rules, [grant(address=""), grant()])
    assert issuance.issue_credentials(store, workspace, due, NOW) == due[1:]
    (item,) = items(store)
    assert item.subject == f"certificate:{due[0]}"
    assert "has no e-mail address on the roster" in item.sentence
    assert issuance.credentials_due(store, workspace) == due[:1]


def test_what_a_person_has_dismissed_stays_dismissed(
    house: House, store: Store, rules: tuple[Rules, ...], grant: Grant
) -> None:
    workspace = house()
    due = certified(store, workspace, rules, [grant(address="")])
    issuance.issue_credentials(store, workspace, due, NOW)
    with store.transaction() as session:
        review.release(
            session,
            subject=f"certificate:{due[0]}",
            code=issuing.STOPPED,
            now=NOW,
            by="Robin",
            resolution="She has none.",
        )
    issuance.issue_credentials(store, workspace, due, NOW)
    assert [i.closed_by for i in items(store)] == ["Robin"]


def test_a_title_in_any_script_is_carried_as_it_is(
    house: House, store: Store, rules: tuple[Rules, ...], grant: Grant
) -> None:
    workspace = house()
    title = 'Ngôn ngữ "và" <b>đọc</b> & \\ viết'
    due = certified(store, workspace, rules, [grant(title=title)])
    assert issuance.issue_credentials(store, workspace, due, NOW) == due
    certificate, _ = only(store)
    token = issuance.credential_token(store, certificate.number) or ""
    claims = jwt.decode(token, options={"verify_signature": False})
    assert claims["evidence"][0]["name"] == title


def test_the_picture_of_a_certificate_that_ended_is_moved_aside_with_its_paper(
    house: House, store: Store, rules: tuple[Rules, ...], grant: Grant, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = house()
    issuance.issue_credentials(store, workspace, certified(store, workspace, rules, [grant()]), NOW)
    certificate, row = only(store)
    valid = workspace.root / issuing.place(certificate)
    issuance.revoke(store, workspace, certificate.number, by="Robin", reason="A slip.", now=NOW)
    assert not valid.exists()
    aside = valid.parent / "withdrawn" / valid.name
    assert store.evidence.get(row.png_sha256) == aside.read_bytes()
    looked: list[Certificate] = []
    monkeypatch.setattr(withdrawing, "picture_place", looked.append)
    assert issuance.withdraw_papers(store, workspace, NOW) == []
    assert looked == []  # no night looks at it again


def test_a_picture_that_cannot_be_moved_is_told_and_the_next_night_moves_it(
    house: House, store: Store, rules: tuple[Rules, ...], grant: Grant
) -> None:
    workspace = house()
    issuance.issue_credentials(store, workspace, certified(store, workspace, rules, [grant()]), NOW)
    certificate, _ = only(store)
    valid = workspace.root / issuing.place(certificate)
    blocking = valid.parent / "withdrawn"
    blocking.write_text("mine")
    assert not issuance.revoke(store, workspace, certificate.number, by="Robin", reason="A slip.", now=NOW).aside
    (item,) = open_items(store)
    assert "is void, and the picture with its credential cannot be put aside: File exists." in item.sentence
    assert f"outbox/credentials/2026/withdrawn/{certificate.number}.png" in item.next_step
    blocking.unlink()
    issuance.withdraw_papers(store, workspace, NOW)
    assert (blocking / valid.name).exists()
    assert open_items(store) == []


def test_a_certificate_that_ends_while_its_credential_is_signed_gets_none(
    house: House, store: Store, rules: tuple[Rules, ...], grant: Grant, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = house()
    due = certified(store, workspace, rules, [grant()])
    with store.reading() as session:
        number = session.get_one(Certificate, due[0]).number
    bake = issuing.baking.bake

    def revoked_meanwhile(picture: bytes, token: str) -> bytes:
        issuance.revoke(store, workspace, number, by="Robin", reason="A slip.", now=NOW)
        return bake(picture, token)

    monkeypatch.setattr(issuing.baking, "bake", revoked_meanwhile)
    assert issuance.issue_credentials(store, workspace, due, NOW) == []
    assert issuance.credential_token(store, number) is None
    assert not list((workspace.outbox / "credentials").rglob("*.png"))


def test_reconcile_finds_a_picture_that_was_lost_or_changed_and_puts_it_back(
    house: House, store: Store, rules: tuple[Rules, ...], grant: Grant
) -> None:
    workspace = house()
    issuance.issue_credentials(store, workspace, certified(store, workspace, rules, [grant()]), NOW)
    certificate, row = only(store)
    file = workspace.root / issuing.place(certificate)

    def told() -> list[str]:
        return [d.sentence for d in reconciling.differences(store, workspace) if "redential" in d.sentence]

    assert told() == []
    where = f"The credential of {certificate.number}: outbox/credentials/2026/{certificate.number}.png"
    file.write_bytes(b"changed")
    assert told() == [f"{where} was changed. Put it back with: countersign reconcile --repair"]
    file.unlink()
    assert told() == [f"{where} is missing. Put it back with: countersign reconcile --repair"]
    list(reconciling.repair(store, workspace))
    assert told() == []
    assert hashlib.sha256(file.read_bytes()).hexdigest() == row.png_sha256


@pytest.mark.parametrize(("attach", "expected"), [("true", 1), ("false", 0)])
def test_the_picture_goes_out_with_the_certificate_when_the_settings_say_so(
    house: House, store: Store, rules: tuple[Rules, ...], grant: Grant, attach: str, expected: int
) -> None:
    from countersign import delivery

    workspace = house(f"attach = {attach}")
    issuance.issue_credentials(store, workspace, certified(store, workspace, rules, [grant()]), NOW)
    delivery.write_results(store, workspace, rules, NOW)
    certificate, row = only(store)
    with store.reading() as session:
        message = _message(session)
    pictures = [a for a in message.attachments if a["media_type"] == "image/png"]
    assert (
        pictures
        == [{"name": f"recognition-{certificate.number}.png", "sha256": row.png_sha256, "media_type": "image/png"}][
            :expected
        ]
    )
    assert ("for a digital wallet or portfolio" in " ".join(message.text.split())) == bool(expected)
    assert ("for a digital wallet or portfolio" in message.html) == bool(expected)


def _message(session: Session) -> Message:
    return session.exec(select(Message)).one()
