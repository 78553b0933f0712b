"""The workspace and the door through which carriers come into a test's store."""

import json
from datetime import datetime

import pytest

from countersign.settings import Workspace
from countersign.store import Store
from models.credentials import CarrierKind
from models.tables import CarrierRecord, Submission
from tests.conftest import MakeWorkspace
from tests.verification.making import (
    NOW,
    Json,
)
from tests.verification.night import REGISTRY, Bring


@pytest.fixture
def workspace(make_workspace: MakeWorkspace) -> Workspace:
    """A workspace that fetches nothing but what lies in its folder `web`."""
    made = make_workspace('\n[network]\noffline = true\nmirror = { "issuer.example" = "web" }\n')
    made.issuers_file.write_text(REGISTRY, encoding="utf-8")
    return made


@pytest.fixture
def bring(any_store: Store) -> Bring:
    """`bring(content, …)`: a submission with one carrier; gives the carrier's id."""
    numbers = iter(range(1, 1000))

    def brought(
        content: bytes | str | Json, kind: CarrierKind = CarrierKind.json, received: datetime = NOW, url: str = ""
    ) -> int:
        number = next(numbers)
        data = (
            content
            if isinstance(content, bytes)
            else content.encode()
            if isinstance(content, str)
            else json.dumps(content).encode()
        )
        with any_store.transaction() as session:
            submission = Submission(
                source="folder",
                source_key=str(number),
                name=f"{number}.eml",
                sha256=f"{number:064x}",
                size=1,
                received_at=received,
                stored_at=NOW,
            )
            session.add(submission)
            session.flush()
            sha256 = "" if url else any_store.evidence.put(data)
            carrier = CarrierRecord(
                submission_id=submission.id, position=0, name="award", kind=kind.value, sha256=sha256, url=url
            )
            session.add(carrier)
            session.flush()
            return carrier.id

    return brought
