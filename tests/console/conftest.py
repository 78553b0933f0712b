"""A workspace with a certificate that was issued, and the console asked in-process."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx
import pytest
from sqlmodel import col, select

from countersign.console import application
from countersign.issuance import issue_certificates
from countersign.settings import Workspace
from countersign.store import Store
from models.agreement import Rules
from models.tables import Certificate
from tests.issuance.conftest import AGREEMENT, grant_in, rules_of

HOST = "https://check.demo-ea.example"
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
PROGRAM = {"Accept": "application/json"}


@pytest.fixture
def rules() -> tuple[Rules, ...]:
    return (rules_of(AGREEMENT),)


Issue = Callable[..., Certificate]


@pytest.fixture
def issue(store: Store, workspace: Workspace, rules: tuple[Rules, ...], now: datetime) -> Issue:
    """`issue(name=…, title=…)`: a certificate of a new award, drawn and filed."""

    def made(**changes: Any) -> Certificate:
        decision = grant_in(store, **changes)
        assert len(issue_certificates(store, workspace, rules, [decision], now)) == 1
        with store.reading() as session:
            return session.exec(select(Certificate).where(col(Certificate.decision_id) == decision)).one()

    return made


def end(store: Store, certificate: Certificate, state: str, now: datetime) -> None:
    """The certificate ends."""
    with store.transaction() as session:
        row = session.get_one(Certificate, certificate.id)
        row.state, row.ended_at, row.ended_by = state, now, "a person"


def rewritten(store: Store, number: str, of: Certificate, **changes: Any) -> Certificate:
    """A certificate as the books would hold it: like `of`, with another number and other words (`printed`). No file is drawn."""
    with store.transaction() as session:
        row = session.get_one(Certificate, of.id)
        said = row.printed | {"number": number} | changes.pop("printed", {})
        same: dict[str, Any] = row.model_dump(
            exclude={"id", "number", "printed", "award", "state", "ended_at", "ended_by"}
        )
        fresh: dict[str, Any] = {
            "sha256": row.sha256[::-1],
            "state": "valid",
            "award": f"case:{row.case_id}/other/{number}",
        }
        made = Certificate(**(same | fresh | changes), number=number, printed=said)
        session.add(made)
    return made


@dataclass
class Visitor:
    """Asks the application as somebody from `address`, and never moves on by itself."""

    app: Any
    address: str = "192.0.2.7"
    headers: dict[str, str] = field(default_factory=lambda: dict(BROWSER))

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        async def asked() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app, client=(self.address, 4711))
            async with httpx.AsyncClient(transport=transport, base_url=HOST) as client:
                return await client.request(method, path, headers=self.headers | more.pop("headers", {}), **more)

        return asyncio.run(asked())

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.ask("GET", path, **more)

    def send(self, content: bytes, number: str | None = None, **more: Any) -> httpx.Response:
        data = {} if number is None else {"number": number}
        return self.ask("POST", "/check", files={"pdf": ("c.pdf", content, "application/pdf")}, data=data, **more)


@pytest.fixture
def visitor(store: Store, workspace: Workspace) -> Visitor:
    return Visitor(application(store, workspace))
