"""What the tests of the recognition credential share: a certificate's words, a key, and what a store has of it."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from sqlmodel import select

from countersign import issuance
from countersign.issuance.credential import content, issuing, keys, status
from countersign.issuance.credential.content import Recipient
from countersign.settings import PROGRAM, Settings, Workspace
from countersign.store import Store
from models.agreement import Rules
from models.tables import Certificate, RecognitionCredential, ReviewItem
from tests.conftest import MakeWorkspace

DID = "did:web:check.demo-ea.example"
SECTION = f"""
[recognition_credential]
issuer = "{DID}"
"""
PRINTED: dict[str, Any] = {
    "number": "VT-2026-7K3QM-XR2DW-8",
    "title": "Creating a Classroom Culture of Belonging",
    "issuer": "National Example Association",
    "recognizer": "Demo Education Association",
    "quantity": "15",
    "earned_on": "2026-09-28",
    "determined": "15 hours for each micro-credential, whatever time the work took",
    "clause": "15-hour certificate",
    "agreement": "vt-demo",
    "agreement_title": "Micro-credentials for license renewal",
    "purpose": "Vermont educator license renewal",
}
PAT = Recipient("Pat Sample", "Pat.Sample@demo.example", "https://badges.nea.example/assertions/7")
ISSUED = date(2026, 10, 2)
NOW = datetime(2026, 10, 2, 6, 30, tzinfo=UTC)
PICTURE = (PROGRAM / "templates" / issuing.PICTURE).read_bytes()
SEED = keys.private_pem(ed25519.Ed25519PrivateKey.from_private_bytes(bytes(range(32)))).decode()

House = Callable[..., Workspace]


@pytest.fixture
def house(make_workspace: MakeWorkspace, monkeypatch: pytest.MonkeyPatch) -> House:
    """`house(more, key)`: a workspace that issues credentials with the key in PEM text `key`; `more` goes into the section."""

    def made(more: str = "", key: str = SEED) -> Workspace:
        monkeypatch.setenv(keys.VARIABLE, key)
        return make_workspace(f"{SECTION}{more}\n")

    return made


@pytest.fixture
def settings(house: House) -> Settings:
    return house().settings


def body_of(settings: Settings, recipient: Recipient = PAT, /, **changes: str) -> dict[str, Any]:
    entry = status.entry(settings.affiliate.check_url, 7)
    return content.credential(PRINTED | changes, ISSUED, recipient, entry, settings, NOW)


def certified(store: Store, workspace: Workspace, rules: tuple[Rules, ...], decisions: list[int]) -> list[int]:
    issuance.issue_certificates(store, workspace, rules, decisions, NOW)
    return issuance.credentials_due(store, workspace)


def items(store: Store) -> list[ReviewItem]:
    with store.reading() as session:
        return list(session.exec(select(ReviewItem).where(ReviewItem.code == issuing.STOPPED)))


def only(store: Store) -> tuple[Certificate, RecognitionCredential]:
    with store.reading() as session:
        return session.exec(select(Certificate)).one(), session.exec(select(RecognitionCredential)).one()
