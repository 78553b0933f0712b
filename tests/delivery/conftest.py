"""The village on the workspace's store, and the same on both databases."""

import pytest

from countersign.store import Store
from tests.delivery.village import Village, village


@pytest.fixture
def here(store: Store) -> Village:
    return village(store)


@pytest.fixture
def anywhere(any_store: Store) -> Village:
    return village(any_store)
