"""A request that was drawn and is on its way, in one call, and a registrar's file about it."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from countersign.desk.credit_import import CreditChange, import_answers
from countersign.issuance import credit as room
from countersign.issuance import credit_requests_due, issue_credit_requests
from countersign.settings import Workspace
from countersign.store import Store
from models.agreement import Rules
from models.tables import CreditRequest
from tests.issuance.conftest import AGREEMENT, grant_in, rules_of

DECEMBER = datetime(2026, 12, 20, 18, 0, tzinfo=UTC)
"""When the registrar answers what was asked on October 2."""

Ask = Callable[..., CreditRequest]
Load = Callable[..., CreditChange]


def rules_with(**terms: Any) -> tuple[Rules, ...]:
    college = AGREEMENT["grants"][1]
    changed = {k: v for k, v in (college["credit_request"] | terms).items() if v is not None}
    return (rules_of(AGREEMENT | {"grants": [college | {"credit_request": changed}]}),)


FREE = rules_with(fees=None, no_fee="Letter of the registrar, 2026")


def ask_in(
    store: Store, workspace: Workspace, now: datetime, rules: tuple[Rules, ...], **changes: Any
) -> CreditRequest:
    grant_in(store, currency="graduate_credit", **changes)
    (made,) = issue_credit_requests(store, workspace, rules, credit_requests_due(store, rules), now)
    with store.reading() as session:
        return session.get_one(CreditRequest, made)


@pytest.fixture(autouse=True)
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a request looks like is tests/issuance' to see; here its paper is a few bytes, each its own."""

    def a_few_bytes(printed: dict[str, Any], _folders: Any) -> bytes:
        return f"%PDF {printed['number']}".encode()

    monkeypatch.setattr(room, "draw_credit_request", a_few_bytes)


@pytest.fixture
def ask(store: Store, workspace: Workspace, now: datetime) -> Ask:
    """A request for credit with a fee; `free=True` for one without."""

    def one(*, free: bool = False, **changes: Any) -> CreditRequest:
        return ask_in(store, workspace, now, FREE if free else rules_with(), **changes)

    return one


def load_in(
    store: Store, workspace: Workspace, folder: Path, *lines: str, header: str = "", **options: Any
) -> CreditChange:
    """A registrar's file with these lines, imported by Robin in December."""
    path = folder / options.pop("name", "answers.csv")
    text = "\n".join([header or "request_number,state,date,course_section,credits,transcript_date,note", *lines]) + "\n"
    path.write_bytes(options.pop("content", text.encode()))
    return import_answers(store, workspace, path, options.pop("at", DECEMBER), "Robin", **options)


@pytest.fixture
def load(store: Store, workspace: Workspace, tmp_path: Path) -> Load:
    def one(*lines: str, **options: Any) -> CreditChange:
        return load_in(store, workspace, tmp_path, *lines, **options)

    return one
