"""`countersign issuer add`: another address of an issuer that is registered, a credential's file as the way to one, and what is said."""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select
from typer.testing import Result

from countersign.settings import Workspace
from countersign.store import open_store
from countersign.verification import read_registry
from countersign.verification.fingerprints import fingerprint, grouped
from models.tables import AuditEntry
from tests.registering.sites import (
    ACME,
    BEFORE,
    NEW,
    OLD,
    Run,
    did_document,
    multibase,
    pem,
    profile,
    publish,
    said,
    serve,
)
from tests.verification.making import THIEF

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


def test_a_key_that_took_the_place_of_a_registered_one_under_its_name_is_written_beside_it(
    run: Run, registered: Workspace
) -> None:
    there, name = "https://acme.example/issuer2.json", "https://acme.example/key.json"
    key = {"id": name, "type": "CryptographicKey", "publicKeyPem": pem(OLD)}
    serve(registered, "acme.example", "issuer2.json", profile(id=there, publicKey=[key]))
    ended = run("add", there, "--to", "acme", "--by", "R", "--yes")
    assert ended.exit_code == 0, said(ended)
    found = read_registry(registered.issuers_file).issuer_for(there)
    assert found is not None
    assert [(k.id, k.public) for k in found.keys] == [(name, NEW.public_key()), (name, OLD.public_key())]
    shown = said(ended)
    assert f"Key SHA-256 {grouped(fingerprint(OLD.public_key()))}, Ed25519, called {name}" in shown
    assert f'Another key is registered for Acme "Learning" under the name {name}, and both will count' in shown
    assert f"countersign issuer retire acme --key {fingerprint(NEW.public_key())[:16]} --until DATE --by NAME" in shown
    assert keys_on_record(registered) == [fingerprint(OLD.public_key())]


def test_only_what_is_written_is_shown_and_goes_on_record(run: Run, registered: Workspace) -> None:
    there = "https://acme.example/issuer2.json"
    serve(registered, "acme.example", "issuer2.json", profile(id=there))
    ended = run("add", there, "--to", "acme", "--by", "R", "--yes")
    assert ended.exit_code == 0, said(ended)
    assert "SHA-256" not in said(ended)
    assert keys_on_record(registered) == []


def keys_on_record(workspace: Workspace) -> list[str]:
    store = open_store(workspace)
    with store.reading() as session:
        (entry,) = session.exec(select(AuditEntry).where(AuditEntry.action == "issuer_extended")).all()
    store.engine.dispose()
    return entry.detail["keys"]


@pytest.mark.parametrize(
    ("paths", "counts"),
    [
        ("", True),
        ('paths = ["https://acme.example/a/"]\n', False),
    ],
)
def test_of_a_new_site_it_is_said_that_it_counts_only_where_it_will(
    run: Run, registered: Workspace, paths: str, counts: bool
) -> None:
    text = registered.issuers_file.read_text(encoding="utf-8")
    origins = 'origins = ["https://acme.example"]\n'
    assert origins in text
    registered.issuers_file.write_text(text.replace(origins, origins + paths), encoding="utf-8")
    there = "https://other.example/acme.json"
    serve(registered, "other.example", "acme.json", profile(id=there, publicKey=[]))
    ended = run("add", there, "--to", "acme", "--by", "R", "--yes", "--although-alike")
    assert ended.exit_code == 0, said(ended)
    found = read_registry(registered.issuers_file).issuer_for(there)
    assert found is not None
    assert found.hosts("https://other.example/award.json") == counts
    assert ("Credentials hosted at https://other.example will count." in said(ended)) == counts
    assert ("All of https://other.example will be its word" in said(ended)) == counts
    closed = (
        "Credentials hosted at https://other.example will not count until its addresses there are written into paths"
    )
    assert (closed in said(ended)) != counts


# ---------------------------------------------------------------- what was agreed to


def digest(ended: Result) -> str:
    return said(ended).partition("Repeat with --yes ")[2].split()[0]


@pytest.mark.parametrize("words", [("--id", "acme2", "--name", "Second", "--although-alike"), ("--to", "acme")])
def test_what_nobody_was_shown_is_not_written(run: Run, registered: Workspace, words: tuple[str, ...]) -> None:
    before = registered.issuers_file.read_text(encoding="utf-8")
    shown = run("add", DID, *words, "--by", "R")
    assert shown.exit_code == 1
    agreed = digest(shown)
    assert f"Repeat with --yes {agreed} once you compared it with the issuer." in said(shown)
    document = did_document(DID)
    document["verificationMethod"][0]["publicKeyMultibase"] = multibase(OLD)
    serve(registered, "acme.example", ".well-known/did.json", document)
    changed = run("add", DID, *words, "--by", "R", f"--yes={agreed}")
    assert changed.exit_code == 1
    assert registered.issuers_file.read_text(encoding="utf-8") == before
    assert grouped(fingerprint(OLD.public_key())) in said(changed)
    assert f"Nothing was written: what is there now is not what --yes {agreed} stands for. Compare it again." in said(
        changed
    )
    assert digest(changed) not in ("", agreed)
    serve(registered, "acme.example", ".well-known/did.json", did_document(DID))
    ended = run("add", DID, *words, "--by", "R", f"--yes={agreed}")
    assert ended.exit_code == 0, said(ended)
    found = read_registry(registered.issuers_file).issuer_for(DID)
    assert found is not None
    assert all(k.public == NEW.public_key() for k in found.keys)


def test_a_key_that_changed_under_the_name_it_was_pinned_by_is_not_written(run: Run, acme: Workspace) -> None:
    publish(acme, NEW)
    words = ("pin", "bloom", "--key", "https://bloom.example/key.json", "--by", "R")
    agreed = digest(run(*words))
    publish(acme, THIEF)
    changed = run(*words, f"--yes={agreed}")
    assert changed.exit_code == 1
    assert f"what is there now is not what --yes {agreed} stands for" in said(changed)
    assert acme.issuers_file.read_text(encoding="utf-8") == BEFORE
    publish(acme, NEW)
    assert run(*words, f"--yes={agreed}").exit_code == 0


def test_json_names_what_yes_has_to_repeat(run: Run, registered: Workspace) -> None:
    words = ("add", DID, "--to", "acme", "--by", "R")
    shown = json.loads(run(*words, "--json").stdout)
    assert shown["digest"] == digest(run(*words))
    other = run(*words, "--json", "--yes=nothing")
    assert (other.exit_code, json.loads(other.stdout)["written"]) == (1, False)
    ended = run(*words, "--json", f"--yes={shown['digest']}")
    assert (ended.exit_code, json.loads(ended.stdout)["written"]) == (0, True)


def test_what_counts_against_it_is_part_of_what_was_shown(run: Run, registered: Workspace) -> None:
    there = "https://acme.example/issuer2.json"
    words = ("add", there, "--to", "acme", "--by", "R")
    serve(registered, "acme.example", "issuer2.json", profile(id=there))
    agreed = digest(run(*words))
    serve(registered, "acme.example", "issuer2.json", profile(id=there, name="Somebody Else"))
    changed = run(*words, f"--yes={agreed}")
    assert (changed.exit_code, "not what --yes" in said(changed)) == (1, True)


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


def test_more_of_one_that_resembles_another_is_told_how_to_give_it_to_that_one(run: Run, registered: Workspace) -> None:
    ended = run("add", DID, "--to", "bloom", "--by", "R", "--yes")
    assert ended.exit_code == 1
    assert "If it belongs to that one, repeat with --to acme in place of --to bloom." in said(ended)
    assert "in place of --id" not in said(ended)


def test_more_addresses_are_shown_as_added_to_those_that_stand_there(run: Run, registered: Workspace) -> None:
    there = "https://acme.example/other.json"
    serve(registered, "acme.example", "other.json", profile(id=there))
    assert f'ids = ["{there}"] # added to what stands there' in said(run("add", there, "--to", "acme", "--by", "R"))
    assert "added to what" not in said(run("add", DID, "--to", "acme", "--by", "R"))


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
