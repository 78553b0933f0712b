"""What others fetch to prove the recognition's own credential: from the console, by anybody, and only while it counts."""

import json
from datetime import datetime
from pathlib import Path

import jwt
import pytest
from sqlmodel import col, select

from countersign import issuance, settings
from countersign.console import application
from countersign.errors import UsageError
from countersign.issuance.credential import keys
from countersign.settings import Workspace
from countersign.store import Store
from models.tables import Certificate, RecognitionCredential
from tests.conftest import MakeWorkspace
from tests.console.conftest import Issue, Visitor, end
from tests.console.test_checking import read

KEYED = """
[recognition_credential]
issuer = "did:web:check.demo-ea.example"
"""


@pytest.fixture
def keyed(make_workspace: MakeWorkspace, store: Store, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv(keys.VARIABLE, keys.private_pem(keys.new_key()).decode())
    return make_workspace(KEYED)


@pytest.fixture
def number(keyed: Workspace, store: Store, issue: Issue, now: datetime) -> str:
    """The number of a certificate that has a credential."""
    made = issue()
    issuance.issue_credentials(store, keyed, issuance.credentials_due(store, keyed), now)
    return made.number


def test_the_credential_of_a_certificate_is_proven_by_the_keys_that_are_published(
    keyed: Workspace, store: Store, number: str
) -> None:
    visitor = Visitor(application(store, keyed))
    answer = visitor.get(f"/c/{number}/credential")
    assert answer.headers["content-type"] == "application/vc+jwt"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["access-control-allow-origin"] == "*"
    held = visitor.get("/.well-known/jwks.json")
    assert held.headers["content-type"] == "application/json"
    (key,) = held.json()["keys"]
    said = jwt.decode(answer.text, jwt.PyJWK(key), algorithms=["EdDSA"])
    assert number in json.dumps(said)
    document = visitor.get("/.well-known/did.json").json()
    assert document["id"] == "did:web:check.demo-ea.example"
    alike = visitor.get(f"/c/{number}/credential", headers={"Accept": "application/jwt"})
    assert alike.headers["content-type"] == "application/jwt"
    picture = visitor.get(f"/c/{number}/credential.png")
    assert picture.headers["content-type"] == "image/png"
    assert answer.content in picture.content
    assert f"/c/{number}/credential.png" in visitor.get(f"/c/{number}").text
    status = said["credentialStatus"]
    listed = visitor.get(status["statusListCredential"].partition("check.demo-ea.example")[2])
    assert listed.headers["content-type"] == "application/vc+jwt"
    assert listed.headers["cache-control"] == "public, max-age=300"
    read_list = jwt.decode(listed.text, jwt.PyJWK(key), algorithms=["EdDSA"])
    assert read_list["credentialSubject"]["statusPurpose"] == "revocation"


def test_a_credential_whose_file_is_lost_leaves_the_certificate_s_page_as_it_is(
    keyed: Workspace, store: Store, number: str
) -> None:
    with store.reading() as session:
        kept = session.exec(select(RecognitionCredential)).one()
    for sha256 in (kept.sha256, kept.png_sha256):
        store.evidence.path(sha256).unlink()
    answer = Visitor(application(store, keyed)).get(f"/c/{number}")
    assert answer.status_code == 200
    assert f"/c/{number}/credential.png" in answer.text


def test_what_does_not_count_any_more_is_not_given_out(
    keyed: Workspace, store: Store, number: str, now: datetime, issue: Issue
) -> None:
    visitor = Visitor(application(store, keyed))
    before = visitor.get("/status/1").text
    with store.reading() as session:
        made = session.exec(select(Certificate).where(col(Certificate.number) == number)).one()
    end(store, made, "revoked", now)
    for path in ("credential", "credential.png"):
        answer = visitor.get(f"/c/{number}/{path}")
        assert (answer.status_code, read(answer.text).heading) == (410, "This is not given out any more.")
    assert "credential.png" not in visitor.get(f"/c/{number}").text
    assert visitor.get("/status/1").text == before  # for a minute
    assert Visitor(application(store, keyed)).get("/status/1").text != before


def test_a_certificate_without_a_credential_has_none(keyed: Workspace, store: Store, issue: Issue) -> None:
    number = issue().number
    visitor = Visitor(application(store, keyed))
    for path in (
        f"/c/{number}/credential",
        "/c/x/credential",
        "/status/2",
        "/status/0",
        "/status/x",
        "/status/" + "9" * 400,
    ):
        assert visitor.get(path).status_code == 404
    assert "credential.png" not in visitor.get(f"/c/{number}").text


def test_without_the_section_there_is_nothing_of_it(visitor: Visitor, issue: Issue) -> None:
    number = issue().number
    for path in (f"/c/{number}/credential", "/status/1", "/.well-known/did.json", "/.well-known/jwks.json"):
        assert visitor.get(path).status_code == 404


def test_a_key_that_is_not_to_be_had_is_told_before_anything_is_served(
    make_workspace: MakeWorkspace, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(keys.VARIABLE, raising=False)
    with pytest.raises(UsageError):
        application(store, make_workspace(KEYED))


def test_a_template_that_is_missing_is_told_before_anything_is_served(
    store: Store, workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "PROGRAM", tmp_path)
    with pytest.raises(UsageError, match=r"templates/pages/check\.css is missing"):
        application(store, workspace)
