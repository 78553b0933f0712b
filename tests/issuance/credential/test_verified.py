"""What we issue is believed by others: by our own `verify`, which knows nothing of issuance, and by an independent library."""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jwt
import pytest
from jsonschema_rs import Draft201909Validator
from openbadgeslib.ob3.verifier import OB3VerificationError, OB3Verifier
from sqlmodel import select
from typer.testing import CliRunner

from countersign import clock, issuance
from countersign.cli import app
from countersign.desk import signing
from countersign.issuance.credential import keys
from countersign.issuance.credential.baking import bake
from countersign.issuance.credential.issuing import place, read_picture
from countersign.settings import Workspace
from countersign.store import Store
from models.agreement import Rules
from models.tables import Certificate
from models.words import PaperState
from tests.conftest import MakeWorkspace
from tests.issuance.conftest import Grant

DID = "did:web:check.demo-ea.example"
SETTINGS = f"""
[recognition_credential]
issuer = "{DID}"

[network]
offline = true
mirror = {{ "check.demo-ea.example" = "site" }}
"""
REGISTRY = f"""
[[issuers]]
id = "demo-ea"
name = "Demo Education Association"
dids = ["{DID}"]
accepted = {{ from = 2020-01-01 }}
vetted = {{ by = "Joint committee", on = 2026-01-01 }}
"""
HTTPS = "https://check.demo-ea.example/issuer"
KINDS: tuple[keys.Kind, ...] = ("ed25519", "p256")


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate with its credential, in a workspace whose check site is the folder `site`."""

    workspace: Workspace
    store: Store
    certificate: Certificate

    @property
    def picture(self) -> Path:
        return self.workspace.root / place(self.certificate)

    @property
    def token(self) -> str:
        return issuance.credential_token(self.store, self.certificate.number) or ""

    def publish(self) -> None:
        signing.publish(self.workspace.root, self.workspace.root / "site")

    def becomes(self, state: PaperState) -> None:
        with self.store.transaction() as session:
            row = session.get_one(Certificate, self.certificate.id)
            row.state, row.ended_at, row.ended_by = state.value, clock.now(), "a test"

    def verify(self, *words: str) -> dict[str, Any]:
        """The verdict of `countersign verify` on the picture, with the outcome of each check by its name."""
        ran = CliRunner().invoke(app, ["verify", str(self.picture), "--json", "-w", str(self.workspace.root), *words])
        (report,) = json.loads(ran.stdout)
        return report | {"by_name": {c["name"]: c for c in report["checks"]}}

    def fetched(self, url: str) -> bytes:
        """What the check site answers, for the independent library."""
        assert url.startswith("https://check.demo-ea.example/")
        return (self.workspace.root / "site" / url.removeprefix("https://check.demo-ea.example/")).read_bytes()


Issue = Callable[..., Issued]


@pytest.fixture
def issue(
    make_workspace: MakeWorkspace, store: Store, rules: tuple[Rules, ...], grant: Grant, monkeypatch: pytest.MonkeyPatch
) -> Issue:
    def made(kind: keys.Kind = "ed25519", settings: str = SETTINGS, registry: str = REGISTRY, **changes: Any) -> Issued:
        monkeypatch.setenv(keys.VARIABLE, keys.private_pem(keys.new_key(kind)).decode())
        workspace, now = make_workspace(settings), clock.now()
        workspace.issuers_file.write_text(registry, encoding="utf-8")
        issuance.issue_certificates(store, workspace, rules, [grant(**changes)], now)
        due = issuance.credentials_due(store, workspace)
        assert issuance.issue_credentials(store, workspace, due, now) == due
        with store.reading() as session:
            found = Issued(workspace, store, session.exec(select(Certificate)).one())
        found.publish()
        return found

    return made


@pytest.mark.parametrize("kind", KINDS)
def test_our_own_verify_believes_the_picture(issue: Issue, kind: keys.Kind) -> None:
    found = issue(kind).verify("--recipient", "alexandra@demo.example")
    assert {name: c["outcome"] for name, c in found["by_name"].items()} == dict.fromkeys(
        ("extracted", "well_formed", "proof", "issuer_trusted", "status", "dates", "recipient"), "passed"
    ), found["checks"]
    assert found["verdict"] == "verified"
    assert found["credential"]["version"] == "3.0"
    assert found["credential"]["issuer"] == "Demo Education Association"


def test_the_key_may_lie_at_an_https_address_instead(issue: Issue) -> None:
    registry = REGISTRY.replace(f'dids = ["{DID}"]', f'ids = ["{HTTPS}"]\norigins = ["https://check.demo-ea.example"]')
    found = issue(settings=SETTINGS.replace(DID, HTTPS), registry=registry).verify()
    assert found["verdict"] == "verified", found["checks"]


def test_it_is_nobody_elses(issue: Issue) -> None:
    found = issue().verify("--recipient", "somebody.else@demo.example")
    assert found["by_name"]["recipient"]["outcome"] == "failed"


@pytest.mark.parametrize("state", [PaperState.withdrawn, PaperState.replaced, PaperState.revoked])
def test_the_credential_of_a_certificate_that_counts_no_more_is_rejected_by_its_status(
    issue: Issue, state: PaperState
) -> None:
    issued = issue()
    issued.becomes(state)
    issued.publish()
    found = issued.verify()
    assert found["verdict"] == "rejected"
    assert found["by_name"]["proof"]["outcome"] == "passed"
    assert found["by_name"]["status"]["outcome"] == "failed"
    assert found["by_name"]["status"]["detail"] == "The issuer has withdrawn this micro-credential."


def test_a_status_list_of_before_is_not_believed_a_week_later(issue: Issue, monkeypatch: pytest.MonkeyPatch) -> None:
    issued, later = issue(), clock.now().replace(year=clock.now().year + 1)
    monkeypatch.setattr(clock, "now", lambda: later)
    found = issued.verify()
    assert found["by_name"]["status"]["outcome"] == "indeterminate"
    assert found["by_name"]["status"]["detail"] == "The status list is out of date."


def test_a_key_that_was_replaced_still_proves_what_it_signed(
    issue: Issue, monkeypatch: pytest.MonkeyPatch, make_workspace: MakeWorkspace
) -> None:
    issued = issue()
    old = keys.read_signer(issued.workspace)
    assert old is not None
    (issued.workspace.root / "old.public.pem").write_bytes(keys.public_pem(old.public))
    monkeypatch.setenv(keys.VARIABLE, keys.private_pem(keys.new_key()).decode())
    issued.publish()  # with the new key alone
    assert issued.verify()["by_name"]["proof"]["outcome"] != "passed"
    make_workspace(SETTINGS.replace("[network]", 'former_keys = ["old.public.pem"]\n[network]'))
    issued.publish()
    assert issued.verify()["verdict"] == "verified"


@pytest.mark.parametrize("kind", KINDS)
def test_an_independent_library_believes_it_until_it_is_revoked(issue: Issue, kind: keys.Kind) -> None:
    issued = issue(kind)
    verifier = OB3Verifier.for_issuer_did(DID, download=issued.fetched)
    token = verifier.extract_token_from_png(issued.picture.read_bytes())
    assert token == issued.token
    read = verifier.verify(token, check_status=True, download=issued.fetched)
    assert read.issuer.name == "Demo Education Association"
    assert [r.value for r in read.results] == ["15"]
    issued.becomes(PaperState.revoked)
    issued.publish()
    with pytest.raises(OB3VerificationError, match="Credential status 'revocation' is set at index"):
        verifier.verify(token, check_status=True, download=issued.fetched)


def test_plain_jwt_and_json_schema_libraries_believe_it(issue: Issue) -> None:
    issued = issue(title='Reading & "Writing" <b>for all</b> \N{HEBREW LETTER ALEF}\N{CJK UNIFIED IDEOGRAPH-6559}')
    served = json.loads(issued.fetched("https://check.demo-ea.example/.well-known/jwks.json"))
    key = jwt.PyJWKSet.from_dict(served)[jwt.get_unverified_header(issued.token)["kid"]]
    claims = jwt.decode(issued.token, key, algorithms=["EdDSA"])
    assert (claims["iss"], claims["jti"]) == (claims["issuer"]["id"], claims["id"])
    schema = (
        Path(signing.__file__).parents[1]
        / "verification/open_badges_3/schemas/ob_v3p0_achievementcredential_schema.json"
    )
    text = json.loads(schema.read_text(encoding="utf-8"))
    assert [str(e) for e in Draft201909Validator(text).iter_errors(claims)] == []


def test_more_hours_than_were_signed_are_rejected(issue: Issue) -> None:
    issued = issue()
    claims = jwt.decode(issued.token, options={"verify_signature": False})
    claims["credentialSubject"]["result"][0]["value"] = "19"
    head, _, signature = issued.token.split(".")
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    issued.picture.write_bytes(bake(read_picture(issued.workspace), f"{head}.{body}.{signature}"))
    found = issued.verify()
    assert found["verdict"] == "rejected"
    assert found["by_name"]["proof"]["detail"].startswith("Its signature does not match the registered key")
