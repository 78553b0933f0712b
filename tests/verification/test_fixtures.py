"""Badges made by others: what must verify when registered does, what must not does not, and unregistered nothing does."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from countersign.verification import MirrorFetcher, OfflineFetcher, Registry, examine
from models.credentials import CheckName, Examination, VerdictOutcome
from tests.verification.world import HOSTS, NOW, carrier, fixture_registry, fixtures

VERIFY = (
    *(
        "1edtech-ob30/" + n
        for n in ("simple.json", "simple.1ob", "simple-did-key-method.json", "simple-json.png", "simple-json.svg")
    ),
    *(
        "1edtech-ob30/" + n
        for n in ("simple-jwt.png", "simple-jwt.svg", "simple-context-alias.json", "simple-context-version.json")
    ),
    *(
        "1edtech-ob20/" + n
        for n in ("basic-assertion.json", "simple-badge.png", "simple.jwt", "simple-not-revoked.jwt")
    ),
    *("1edtech-ob20/" + n for n in ("assertion-with-endorsements.json", "basic-assertion-with-language.json")),
    *(
        f"1edtech-ob20/basic-assertion-{n}.json"
        for n in ("no-public-key", "with-allowed-origins", "with-allowed-origins-valid-starts-with")
    ),
    "1edtech-ob30/simple-eddsa-2022.json",
    "1edtech-ob20/basic-assertion-with-allowed-origins-valid-multiple-starts-with.json",
    "1edtech-ob20/assertion-with-extension-node-basic.json",
    "1edtech-ob20/assertion-with-multiple-extensions.json",
    "1edtech-ob20/warning-with-redirection.json",
    "1edtech-ob20/warning-issuer-non-http.json",
)
REJECT = {
    "1edtech-ob20/assertion-with-data-image.json": (CheckName.well_formed, "image"),
    "1edtech-ob20/assertion-with-extension-node-invalid.json": (CheckName.well_formed, "extensions:exampleExtension"),
    "1edtech-ob20/simple-revoked.jwt": (CheckName.status, "A good reason, for sure"),
    "1edtech-ob30/simple-err-proof-value.json": (CheckName.proof, "altered or forged"),
    "1edtech-ob30/simple-noproof.json": (CheckName.well_formed, "achievement"),
    "1edtech-ob30/simple-err-context.json": (CheckName.well_formed, "@context"),
    "1edtech-ob30/simple-err-type.json": (CheckName.well_formed, "type"),
    "1edtech-ob30/simple-err-expired.json": (CheckName.dates, "expired on January 1, 2010"),
    "1edtech-ob30/simple-err-credential-subject-profile-type.json": (
        CheckName.well_formed,
        "credentialSubject.source.type",
    ),
    "1edtech-ob20/basic-assertion-expired.json": (CheckName.dates, "expired on November 15, 2022"),
    "1edtech-ob20/basic-assertion-expired-before-issued.json": (CheckName.dates, "before it was issued"),
    "1edtech-ob20/basic-assertion-in-future.json": (CheckName.dates, "has not come yet"),
    "1edtech-ob20/basic-assertion-invalid-context.json": (CheckName.well_formed, "@context"),
    "1edtech-ob20/basic-assertion-invalid-type.json": (CheckName.well_formed, "type"),
    "1edtech-ob20/basic-assertion-with-allowed-origins-invalid-starts-with.json": (
        CheckName.proof,
        "does not stand for",
    ),
    "1edtech-ob20/basic-assertion-with-allowed-origins-invalid-multiple-starts-with.json": (
        CheckName.proof,
        "does not stand for",
    ),
}
Look = Callable[..., Examination]


@pytest.fixture
def look(tmp_path: Path) -> Look:
    """Examine one fixture file in the fixtures' world: `assets/` answers example.org, and a hosted assertion is served as itself."""
    folder = fixtures()
    known = fixture_registry(folder, tmp_path)
    web = tmp_path / "web"
    shutil.copytree(folder / "1edtech-ob20" / "assets", web, copy_function=shutil.copyfile)
    web.chmod(0o755)

    def examined(name: str, registry: Registry = known) -> Examination:
        path = folder / name
        _host(path, folder, web)
        (found,) = examine(
            carrier(path), registry, MirrorFetcher(dict.fromkeys(HOSTS, web), OfflineFetcher(), NOW), NOW
        )
        return found

    return examined


def _host(path: Path, folder: Path, web: Path) -> None:
    """Serve an OB 2.0 assertion under its own id, since the fixtures do not bring it along; the PNG's is `basic-assertion.json`."""
    source = path if path.suffix == ".json" else folder / "1edtech-ob20" / "basic-assertion.json"
    if "ob20" not in path.parent.name:
        return
    try:
        identifier = json.loads(source.read_text(encoding="utf-8"))["id"]
    except (ValueError, KeyError):
        return
    name = identifier.rpartition("/")[2]
    if not (folder / "1edtech-ob20" / "assets" / name).exists():
        (web / name).write_bytes(source.read_bytes())


@pytest.mark.parametrize("name", VERIFY)
def test_a_sound_badge_of_a_registered_issuer_verifies(look: Look, name: str) -> None:
    found = look(name)
    assert found.verdict.outcome is VerdictOutcome.verified, found.verdict.decisive
    assert found.key.startswith("credential:")
    assert found.issuer
    assert found.credential


@pytest.mark.parametrize("name", REJECT)
def test_a_faulty_badge_is_rejected_by_the_right_check(look: Look, name: str) -> None:
    found = look(name)
    check, part = REJECT[name]
    assert (found.verdict.outcome, found.verdict.decisive.name) == (VerdictOutcome.rejected, check), (
        found.verdict.decisive
    )
    assert part in found.verdict.decisive.detail


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


def test_a_token_whose_key_is_published_nowhere_is_held(look: Look) -> None:
    assert look("1edtech-ob30/simple.jwt").verdict.outcome is VerdictOutcome.held


def _everything() -> list[str]:
    folder = fixtures()
    names = (
        "1edtech-ob20",
        "1edtech-ob20/rdf-validation",
        "1edtech-ob30",
        "1edtech-ob30/bit-string-list",
        "1edtech-ob30/sd",
        "w3c-eddsa",
    )
    return [f"{n}/{p.name}" for n in names for p in sorted((folder / n).iterdir()) if p.is_file()]


def test_nothing_else_verifies(look: Look) -> None:
    expected = set(VERIFY)
    names = _everything()
    assert len(names) > 80
    assert {n for n in names if look(n).verdict.outcome is VerdictOutcome.verified} <= expected


def test_unregistered_nothing_verifies_and_no_key_is_a_credentials(look: Look) -> None:
    for name in _everything():
        found = look(name, Registry())
        assert found.verdict.outcome is not VerdictOutcome.verified, name
        assert found.key.startswith("document:")


@pytest.mark.parametrize("name", VERIFY)
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
