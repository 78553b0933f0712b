"""`countersign issuer add`: another address of an issuer that is registered, a credential's file as the way to one, and what is said."""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from countersign.settings import Workspace
from countersign.store import open_store
from countersign.verification import read_registry
from models.tables import AuditEntry
from tests.registering.sites import ACME, BEFORE, NEW, Run, did_document, multibase, profile, publish, said, serve

DID = "did:web:acme.example"


@pytest.fixture
def registered(run: Run, acme: Workspace) -> Workspace:
    """Acme, registered by its profile."""
    assert run("add", ACME, "--id", "acme", "--by", "R", "--from", "2024-01-01", "--yes").exit_code == 0
    serve(acme, "acme.example", ".well-known/did.json", did_document(DID))
    return acme


def test_the_same_issuers_did_is_added_to_it_with_the_same_agreement(run: Run, registered: Workspace) -> None:
    before = registered.issuers_file.read_text(encoding="utf-8")
    asked = run("add", DID, "--to", "acme", "--by", "Robin Sample")
    assert asked.exit_code == 1
    assert registered.issuers_file.read_text(encoding="utf-8") == before
    assert "compare every fingerprint" in said(asked)
    ended = run("add", DID, "--to", "acme", "--by", "Robin Sample", "--yes")
    assert ended.exit_code == 0, said(ended)
    assert f"Credentials may name it {DID} too, letter by letter." in said(ended)
    text = registered.issuers_file.read_text(encoding="utf-8")
    assert text.startswith(BEFORE)
    found = read_registry(registered.issuers_file).issuer_for(DID)
    assert found is not None
    assert (found.id, found.ids, str(found.accepted_from)) == ("acme", frozenset({ACME}), "2024-01-01")
    assert {k.id: k.public for k in found.keys} == {
        "https://acme.example/key.json": NEW.public_key(),
        f"{DID}#a": NEW.public_key(),
    }
    again = run("add", DID, "--to", "acme", "--by", "R", "--yes")
    assert again.exit_code == 2
    assert "is registered already, for" in said(again)
    store = open_store(registered)
    with store.reading() as session:
        (entry,) = session.exec(select(AuditEntry).where(AuditEntry.action == "issuer_extended")).all()
    store.engine.dispose()
    assert (entry.actor, entry.subject) == ("Robin Sample", "acme")


def test_a_key_known_under_another_name_keeps_its_days(run: Run, registered: Workspace) -> None:
    words = ("retire", "acme", "--key", "https://acme.example/key.json", "--until", "2026-03-01", "--by", "R", "--yes")
    assert run(*words).exit_code == 0
    assert run("add", DID, "--to", "acme", "--by", "R", "--yes").exit_code == 0
    found = read_registry(registered.issuers_file).issuer_for(DID)
    assert found is not None
    assert [str(k.until) for k in found.keys] == ["2026-03-01", "2026-03-01"]


@pytest.mark.parametrize(
    "dids",
    [
        'dids = ["did:web:other.example"]',
        'dids = ["did:web:other.example",]  # "quoted ]" and all',
        "dids = ['did:web:other.example' # not \"acme]\"\n]",
        'dids = [\n  # none but\n  "did:web:other.example",  # this one\n  ]',
        'dids = []\nids = ["urn:uuid:1"]',
    ],
)
def test_lists_are_added_to_however_they_are_written(run: Run, acme: Workspace, dids: str) -> None:
    acme.issuers_file.write_text(BEFORE.replace('dids = ["did:web:other.example"]', dids), encoding="utf-8")
    did = f"did:key:{multibase(NEW)}"
    ended = run("add", did, "--to", "other", "--by", "R", "--yes", "--although-alike")
    assert ended.exit_code == 0, said(ended)
    found = read_registry(acme.issuers_file).issuers[-1]
    assert did in found.dids
    assert found.keys == ()  # such a DID is its key
    assert "# The last line." in acme.issuers_file.read_text(encoding="utf-8")


def test_another_registered_issuers_address_is_not_added(run: Run, registered: Workspace) -> None:
    ended = run("add", "did:web:other.example", "--to", "acme", "--by", "R", "--yes")
    assert ended.exit_code == 2
    assert "is registered already, for Other Learning" in said(ended)
    assert "No issuer has the id “nobody”" in said(run("add", DID, "--to", "nobody", "--by", "R", "--yes"))


@pytest.mark.parametrize("words", [(), ("--id", "a", "--to", "acme"), ("--to", "acme", "--name", "X")])
def test_it_is_either_a_new_issuer_or_more_of_one(run: Run, registered: Workspace, words: tuple[str, ...]) -> None:
    ended = run("add", DID, *words, "--by", "R", "--yes")
    assert ended.exit_code == 2
    assert "Say --id for a new issuer, or --to for more of a registered one" in said(ended)


def test_whoever_adds_the_same_issuer_a_second_time_is_told_of_the_other_way_once(
    run: Run, registered: Workspace
) -> None:
    ended = run("add", DID, "--id", "acme-did", "--name", "Acme Learning", "--by", "R", "--yes")
    assert ended.exit_code == 1
    assert "If it is the same issuer, repeat with --to acme in place of --id." in said(ended)
    assert said(ended).count("is at acme.example, a registered site") == 1


def test_of_an_address_only_the_host_can_look_like_a_name(run: Run, acme: Workspace) -> None:
    there = "https://acme.example/bloom.json"
    serve(acme, "acme.example", "bloom.json", profile(id=there, name="Acme"))
    ended = run("add", there, "--id", "acme", "--by", "R", "--yes")
    assert ended.exit_code == 0, said(ended)
    assert "resembles" not in said(ended)


# ---------------------------------------------------------------- a credential's file


def award(**changes: Any) -> str:
    return json.dumps({
        "@context": ["https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"],
        "id": "urn:uuid:1", "type": ["VerifiableCredential", "OpenBadgeCredential"], "validFrom": "2026-09-01T00:00:00Z",
        "issuer": {"id": ACME, "type": ["Profile"], "name": "Acme"},
        "credentialSubject": {
            "type": ["AchievementSubject"], "id": "did:example:1",
            "achievement": {
                "id": "urn:uuid:2", "type": ["Achievement"], "name": "A", "description": "B", "criteria": {"narrative": "C"},
            },
        },
    } | changes)  # fmt: skip


def test_a_default_date_that_would_reject_the_very_credential_is_pointed_out(
    run: Run, acme: Workspace, tmp_path: Path
) -> None:
    file = tmp_path / "award.json"
    file.write_text(award(), encoding="utf-8")
    words = ("add", file, "--id", "acme", "--by", "R", "--dry-run")
    shown = said(run(*words))
    assert "is dated 2026-09-01" in shown
    assert "that very one would be rejected. If it is to count, repeat with --from 2026-09-01" in shown
    assert "would be rejected" not in said(run(*words, "--from", "2026-09-01"))


def test_the_issuer_of_a_signed_open_badge_is_asked_for_through_its_description(
    run: Run, acme: Workspace, tmp_path: Path
) -> None:
    badge = "https://acme.example/badge.json"
    file = tmp_path / "award.json"
    file.write_text(json.dumps({"recipient": {}, "badge": badge}), encoding="utf-8")
    words = ("add", file, "--id", "acme", "--by", "R", "--yes")
    ended = run(*words)
    assert ended.exit_code == 2
    assert "names its issuer in a document of its own. The description of what was earned could not be read" in said(
        ended
    )
    assert "Open that address in a browser, look there for the issuer's own address" in said(ended)
    serve(acme, "acme.example", "badge.json", {"id": badge, "type": "BadgeClass", "issuer": ACME})
    assert run(*words).exit_code == 0
    assert read_registry(acme.issuers_file).issuer_for(ACME) is not None


# ---------------------------------------------------------------- what is said


def test_a_key_that_is_published_and_not_pinned_is_no_cause_for_alarm(run: Run, acme: Workspace) -> None:
    publish(acme, NEW)
    ended = run("check", "other")
    assert ended.exit_code == 0
    assert "note" in said(ended)
    assert "; none is pinned." in said(ended)
    assert "countersign issuer pin other --key" in said(ended)


def test_a_key_that_nobody_publishes_is_answered_with_the_names_of_those_that_are(run: Run, acme: Workspace) -> None:
    publish(acme, NEW)
    ended = run("pin", "other", "--key", "https://other.example/jwks.json#2027", "--by", "R", "--yes")
    assert ended.exit_code == 2
    assert "called did:web:other.example#a" in said(ended)


@pytest.mark.parametrize(
    ("old", "new", "part"),
    [
        ('id = "bloom" ', 'id = "Bloom Board" ', "issuers.1.id is not written as it must be: small letters, digits and hyphens"),
        ('name = "Bloom Board"', 'name = ""', "issuers.1.name is empty."),
        ('name = "Bloom Board"', "name = 7", "issuers.1.name is not text."),
        ("from = 2020-01-01", 'from = "soon"', "issuers.1.accepted.from is not a day such as 2026-10-01."),
        ("from = 2020-01-01", "until = 2020-01-01", "issuers.1.accepted.from is missing."),
        ("2020-01-01 }", "2999-01-01 }", "have no day in common. Correct one of them, or remove the key."),
    ],
)  # fmt: skip
def test_what_is_wrong_with_the_file_is_said_in_sentences(
    run: Run, workspace: Workspace, old: str, new: str, part: str
) -> None:
    text = BEFORE.replace(old, new, 1).replace("[[issuers.keys]]\n", "[[issuers.keys]]\nuntil = 2026-01-01\n")
    workspace.issuers_file.write_text(text, encoding="utf-8")
    ended = run("list")
    assert ended.exit_code == 2
    assert part in said(ended)
    assert "should" not in said(ended).partition("issuers.toml")[2]
