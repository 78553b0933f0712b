"""Fixtures of reporting's tests: the town of the store, and its one district's agreement."""

import pytest

from countersign.store import Store
from models.agreement import Rules
from tests.reporting.town import Town, agreement


@pytest.fixture
def town(store: Store) -> Town:
    return Town(store)


@pytest.fixture
def rules() -> list[Rules]:
    return [agreement()]
