"""Micro-credentials made by others, beyond their verdicts (`tests/conformance`): linked keys, endorsements, no network, recipients."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from countersign.verification import OfflineFetcher, Registry, examine
from models.credentials import CheckName, Examination, VerdictOutcome
from tests.conformance import world as conformance
from tests.conformance.table import ROWS
from tests.verification.world import NOW, carrier, fixture_registry, fixtures

Look = Callable[..., Examination]
VERIFIED = [name for name, row in ROWS.items() if row.ours.outcome is VerdictOutcome.verified]


@pytest.fixture
def look(tmp_path: Path) -> Look:
    """Look at one fixture file in the fixtures' world, its issuers being registered unless others are given."""
    known = fixture_registry(fixtures(), tmp_path)

    def examined(name: str, registry: Registry = known) -> Examination:
        return conformance.look(fixtures(), name, registry)

    return examined


@pytest.mark.parametrize("name", ["simple.jwt", "simple-not-revoked.jwt", "simple-revoked.jwt"])
def test_a_signed_badge_needs_no_registered_key_when_the_profile_and_the_key_name_each_other(
    look: Look, tmp_path: Path, name: str
) -> None:
    known = fixture_registry(fixtures(), tmp_path)
    bare = Registry(tuple(replace(issuer, keys=()) for issuer in known.issuers))
    found = look(f"1edtech-ob20/{name}", bare)
    assert found.verdict[CheckName.proof].detail.startswith("Signed with the key http://example.org/key")
    assert found.verdict.outcome == ("rejected" if name == "simple-revoked.jwt" else "verified")


def test_what_registered_endorsers_say_is_reported(look: Look) -> None:
    found = look("1edtech-ob20/assertion-with-endorsements.json")
    assert [(e.of, e.outcome, e.by_name) for e in found.endorsements] == [
        ("the micro-credential", "passed", "Example Issuer")
    ] * 4


@pytest.mark.parametrize("name", VERIFIED)
def test_without_the_network_a_hosted_badge_is_held_and_a_self_contained_one_verifies(
    tmp_path: Path, name: str
) -> None:
    folder = fixtures()
    (found,) = examine(carrier(folder / name), fixture_registry(folder, tmp_path), OfflineFetcher(), NOW)
    wanted = VerdictOutcome.verified if "ob30" in name else VerdictOutcome.held
    if "extension" not in name:  # their ids are on http://example.org too
        assert found.verdict.outcome is wanted, found.verdict.decisive
    if wanted is VerdictOutcome.held:
        assert "fetching is switched off" in found.verdict.decisive.detail


def test_the_png_of_the_requirements_belongs_to_the_roster_members_salted_hash(tmp_path: Path, look: Look) -> None:
    from countersign import identity

    found = look("1edtech-ob20/simple-badge.png")
    assert found.credential
    assert identity.matches(found.credential.identities[0], "Nobody@Example.org")
    assert not identity.matches(found.credential.identities[0], "somebody@example.org")
