"""`countersign issuer …`: what is shown, what is written and when, and what stays as it was."""

import base64
import json
import tomllib
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import base58
import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlmodel import select
from typer.testing import CliRunner, Result

from countersign import audit, clock
from countersign.cli import app
from countersign.settings import Workspace
from countersign.store import open_store
from countersign.verification import read_registry
from models.tables import AuditEntry
from tests.conftest import MakeWorkspace

HOSTS = ("acme.example", "other.example", "bloom.example")
MIRROR = "\n[network]\noffline = true\nmirror = { " + ", ".join(f'"{h}" = "web/{h}"' for h in HOSTS) + " }\n"
ACME = "https://acme.example/issuer.json"

OLD = ed25519.Ed25519PrivateKey.from_private_bytes(b"\x11" * 32)
NEW = ed25519.Ed25519PrivateKey.from_private_bytes(b"\x12" * 32)


def multibase(key: ed25519.Ed25519PrivateKey) -> str:
    return "z" + base58.b58encode(b"\xed\x01" + key.public_key().public_bytes_raw()).decode()


def pem(key: ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey) -> str:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


BEFORE = f"""\
# Our issuers. This comment stays.

[[issuers]]
id = "bloom"   # as the agreements call it
name = "Bloom Board"
also = ["BB Learning"]
ids = ["https://bloom.example/issuer.json"]
origins = ["https://bloom.example"]
accepted = {{ from = 2020-01-01 }}
vetted = {{ by = "Joint committee", on = 2026-01-01 }}

[[issuers.keys]]
id = "https://bloom.example/key.json"   # the first one
multibase = "{multibase(OLD)}"

# What follows is about the other one.
[[issuers]]
id = "other"
name = "Other Learning"
dids = ["did:web:other.example"]
accepted = {{ from = 2020-01-01 }}
vetted = {{ by = "Joint committee", on = 2026-01-01 }}
# The last line.
"""

Run = Callable[..., Result]


@pytest.fixture
def workspace(make_workspace: MakeWorkspace) -> Workspace:
    made = make_workspace(MIRROR)
    made.issuers_file.write_text(BEFORE, encoding="utf-8")
    return made


@pytest.fixture
def run(workspace: Workspace) -> Run:
    def ran(*words: str | Path) -> Result:
        return CliRunner().invoke(app, ["issuer", *[str(w) for w in words], "--workspace", str(workspace.root)])

    return ran


def serve(workspace: Workspace, host: str, path: str, document: Any) -> None:
    target = workspace.root / "web" / host / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(document if isinstance(document, bytes) else json.dumps(document).encode())


def profile(**changes: Any) -> dict[str, Any]:
    return {
        "@context": "https://w3id.org/openbadges/v2",
        "type": "Issuer",
        "id": ACME,
        "name": 'Acme "Learning"',
        "publicKey": "https://acme.example/key.json",
    } | changes


def key_page(**changes: Any) -> dict[str, Any]:
    return {
        "type": "CryptographicKey", "id": "https://acme.example/key.json", "owner": ACME, "publicKeyPem": pem(NEW),
    } | changes  # fmt: skip


@pytest.fixture
def acme(workspace: Workspace) -> Workspace:
    """The web site of an issuer that is not registered."""
    serve(workspace, "acme.example", "issuer.json", profile())
    serve(workspace, "acme.example", "key.json", key_page())
    return workspace


def said(ended: Result) -> str:
    return " ".join((ended.stdout + ended.stderr).split())


def test_every_commands_help_names_every_exit_code() -> None:
    for name in ("list", "check", "add", "pin", "compromise", "retire"):
        shown = " ".join(CliRunner().invoke(app, ["issuer", name, "--help"]).output.split())
        assert "0 done" in shown
        assert "3 could not finish" in shown


# ---------------------------------------------------------------- list


def test_the_list_shows_whom_the_workspace_trusts_and_by_what(run: Run) -> None:
    shown = said(run("list"))
    for part in (
        "bloom Bloom Board", "also BB Learning", "accepted from 2020-01-01", "vetted by Joint committee on 2026-01-01",
        "key https://bloom.example/key.json Ed25519", "id did:web:other.example",
    ):  # fmt: skip
        assert part in shown
    bloom, other = json.loads(run("list", "--json").stdout)
    assert (bloom["id"], bloom["name"], bloom["demo"], other["keys"]) == ("bloom", "Bloom Board", False, [])
    assert len(bloom["keys"][0]["fingerprint"]) == 64


def test_an_empty_registry_is_said_to_be_empty(run: Run, workspace: Workspace) -> None:
    workspace.issuers_file.write_text("# nothing yet\n", encoding="utf-8")
    assert "No issuer is registered" in said(run("list"))


# ---------------------------------------------------------------- add


def test_nothing_is_written_before_a_person_says_yes(run: Run, acme: Workspace) -> None:
    ended = run("add", ACME, "--id", "acme", "--by", "Robin Sample")
    assert ended.exit_code == 1
    assert acme.issuers_file.read_text(encoding="utf-8") == BEFORE
    shown = said(ended)
    assert "Nothing was written." in shown
    assert "compare every fingerprint" in shown
    assert "SHA-256" in shown
    assert ACME in shown


def test_a_dry_run_shows_and_writes_nothing(run: Run, acme: Workspace) -> None:
    assert run("add", ACME, "--id", "acme", "--by", "R", "--yes", "--dry-run").exit_code == 0
    assert acme.issuers_file.read_text(encoding="utf-8") == BEFORE


def test_an_issuer_is_added_once_and_everything_else_stays_as_it_was(run: Run, acme: Workspace) -> None:
    acme.issuers_file.chmod(0o640)
    ended = run("add", ACME, "--id", "acme", "--by", "Robin Sample", "--from", "2024-01-01", "--yes")
    assert ended.exit_code == 0, said(ended)
    text = acme.issuers_file.read_text(encoding="utf-8")
    assert text.startswith(BEFORE)
    assert acme.issuers_file.stat().st_mode & 0o777 == 0o640
    found = read_registry(acme.issuers_file).issuer_for(ACME)
    assert found is not None
    assert (found.id, found.name, found.origins) == ("acme", 'Acme "Learning"', frozenset({"https://acme.example"}))
    assert (found.vetted_by, str(found.accepted_from)) == ("Robin Sample", "2024-01-01")
    assert [(k.id, k.public) for k in found.keys] == [("https://acme.example/key.json", NEW.public_key())]
    again = run("add", ACME, "--id", "acme-2", "--by", "Robin Sample", "--yes")
    assert again.exit_code == 2
    assert "is registered already" in again.stderr
    same_id = run("add", "https://acme.example/else.json", "--id", "acme", "--by", "R", "--yes")
    assert same_id.exit_code == 2
    assert acme.issuers_file.read_text(encoding="utf-8") == text


def test_who_added_it_stands_in_the_audit_chain_with_the_file_before_and_after(run: Run, acme: Workspace) -> None:
    run("add", ACME, "--id", "acme", "--by", "Robin Sample", "--yes")
    store = open_store(acme)
    with store.reading() as session:
        (entry,) = session.exec(select(AuditEntry).where(AuditEntry.action == "issuer_added")).all()
        assert list(audit.breaks(session)) == []
    assert (entry.actor, entry.subject, entry.detail["source"]) == ("Robin Sample", "acme", ACME)
    assert store.evidence.get(entry.detail["before"]).decode() == BEFORE
    assert store.evidence.get(entry.detail["after"]) == acme.issuers_file.read_bytes()
    store.engine.dispose()


def test_json_is_one_document_and_needs_yes(run: Run, acme: Workspace) -> None:
    ended = run("add", ACME, "--id", "acme", "--by", "R", "--json")
    assert ended.exit_code == 1
    shown = json.loads(ended.stdout)
    assert (shown["written"], shown["action"], shown["issuer"]) == (False, "issuer_added", "acme")
    assert tomllib.loads(shown["block"])["issuers"][0]["id"] == "acme"
    assert acme.issuers_file.read_text(encoding="utf-8") == BEFORE


def test_the_first_issuer_of_a_new_workspace_goes_below_its_comments(run: Run, acme: Workspace) -> None:
    acme.issuers_file.write_text("# The issuers this affiliate trusts.\n# [[issuers]]\n", encoding="utf-8")
    assert run("add", ACME, "--id", "acme", "--by", "R", "--yes").exit_code == 0
    text = acme.issuers_file.read_text(encoding="utf-8")
    assert text.startswith("# The issuers this affiliate trusts.\n# [[issuers]]\n\n[[issuers]]\n")
    assert read_registry(acme.issuers_file).names() == {"acme": 'Acme "Learning"'}


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"name": "Вloom Board"}, "resembles the registered issuer “Bloom Board”"),
        ({"name": "B.B. Learning"}, "(“BB Learning”)"),
        ({"name": "Bloom  Board Inc."}, "is or resembles"),
    ],
)
def test_one_that_resembles_a_registered_issuer_needs_a_second_word(
    run: Run, acme: Workspace, changes: dict[str, Any], part: str
) -> None:
    serve(acme, "acme.example", "issuer.json", profile(**changes))
    ended = run("add", ACME, "--id", "acme", "--by", "R", "--yes")
    assert ended.exit_code == 1
    assert part in said(ended)
    assert acme.issuers_file.read_text(encoding="utf-8") == BEFORE
    assert run("add", ACME, "--id", "acme", "--by", "R", "--yes", "--although-alike").exit_code == 0
    assert "acme" in read_registry(acme.issuers_file).names()


def test_a_name_given_by_hand_is_compared_as_well_as_the_one_it_gives_itself(run: Run, acme: Workspace) -> None:
    serve(acme, "acme.example", "issuer.json", profile(name="Bloom Board"))
    ended = run("add", ACME, "--id", "acme", "--name", "Something Else", "--by", "R", "--yes")
    assert ended.exit_code == 1
    assert "calls itself “Bloom Board”" in said(ended)


@pytest.mark.parametrize(
    ("page", "code", "part"),
    [
        (profile(id="https://bloom.example/issuer.json"), 2, "calls itself https://bloom.example/issuer.json"),
        (profile(id=None), 2, "does not name itself"),
        (b"<html>", 2, "is not JSON"),
        (profile(name=None), 2, "does not say how the issuer is called"),
    ],
)
def test_a_page_that_is_not_the_issuers_own_is_not_registered(
    run: Run, acme: Workspace, page: Any, code: int, part: str
) -> None:
    serve(acme, "acme.example", "issuer.json", page)
    ended = run("add", ACME, "--id", "acme", "--by", "R", "--yes")
    assert ended.exit_code == code
    assert part in said(ended)
    assert acme.issuers_file.read_text(encoding="utf-8") == BEFORE


@pytest.mark.parametrize(
    ("source", "code", "part"),
    [
        ("http://acme.example/issuer.json", 2, "is not a plain https address"),
        ("https://eve@acme.example/issuer.json", 2, "is not a plain https address"),
        ("https://аcme.example/issuer.json", 2, "is not a plain https address"),
        ("https://acme.example/nowhere.json", 2, "it is not there"),
        ("https://silent.example/issuer.json", 3, "fetching is switched off"),
        ("did:ion:abc", 2, "cannot be looked up"),
        ("did:key:z6Mkx", 2, "is of a kind that is not supported"),
        ("https://bloom.example/issuer.json", 2, "is registered already, for Bloom Board"),
        ("did:web:other.example", 2, "is registered already, for Other Learning"),
        ("nowhere.png", 2, "cannot be read"),
    ],
)
def test_a_source_that_cannot_be_used_is_said_to_be_so(
    run: Run, acme: Workspace, source: str, code: int, part: str
) -> None:
    ended = run("add", source, "--id", "new", "--name", "New One", "--by", "R", "--yes")
    assert ended.exit_code == code, said(ended)
    assert part in said(ended)
    assert acme.issuers_file.read_text(encoding="utf-8") == BEFORE


@pytest.mark.parametrize(
    ("page", "part"),
    [
        (key_page(owner="https://bloom.example/issuer.json"), "does not name this profile as its owner"),
        (key_page(publicKeyPem=pem(rsa.generate_private_key(public_exponent=65537, key_size=1024))), "1024 bits"),
        (key_page(publicKeyPem="x"), "is not a public key in PEM"),
        (key_page(publicKeyPem=7), "is not laid out as a key"),
    ],
)
def test_a_linked_key_that_cannot_count_is_left_out_and_said(run: Run, acme: Workspace, page: Any, part: str) -> None:
    serve(acme, "acme.example", "key.json", page)
    ended = run("add", ACME, "--id", "acme", "--by", "R", "--yes")
    assert ended.exit_code == 0
    assert part in said(ended)
    assert "No key was found" in said(ended)
    assert read_registry(acme.issuers_file).issuers[-1].keys == ()


def test_a_key_that_the_profile_keeps_elsewhere_is_not_asked_for(run: Run, acme: Workspace) -> None:
    serve(acme, "acme.example", "issuer.json", profile(publicKey="https://bloom.example/key.json"))
    ended = run("add", ACME, "--id", "acme", "--by", "R", "--yes", "--dry-run")
    assert "is kept at another site, which was not asked" in said(ended)


def did_document(did: str = "did:web:acme.example", **changes: Any) -> dict[str, Any]:
    methods = [
        {"id": f"{did}#a", "type": "Multikey", "controller": did, "publicKeyMultibase": multibase(NEW)},
        {"id": "#b", "type": "Multikey", "controller": did, "publicKeyMultibase": multibase(OLD)},
    ]
    return {"id": did, "verificationMethod": methods, "assertionMethod": ["#a"]} | changes


def test_a_did_is_added_with_the_keys_that_are_for_assertions_only(run: Run, acme: Workspace) -> None:
    serve(acme, "acme.example", ".well-known/did.json", did_document())
    assert run("add", "did:web:acme.example", "--id", "acme", "--name", "Acme", "--by", "R", "--yes").exit_code == 0
    found = read_registry(acme.issuers_file).issuer_for("did:web:acme.example")
    assert found is not None
    assert [(k.id, k.public) for k in found.keys] == [("did:web:acme.example#a", NEW.public_key())]
    assert found.origins == frozenset()


def test_a_did_key_is_its_own_key_and_needs_no_web(run: Run, workspace: Workspace) -> None:
    did = f"did:key:{multibase(NEW)}"
    ended = run("add", did, "--id", "acme", "--name", "Acme", "--by", "R", "--yes")
    assert ended.exit_code == 0, said(ended)
    assert "SHA-256" in said(ended)
    found = read_registry(workspace.issuers_file).issuer_for(did)
    assert found is not None
    assert [k.public for k in found.keys_named("")] == [NEW.public_key()]


def test_a_key_set_needs_to_be_told_whose_it_is(run: Run, acme: Workspace) -> None:
    x = base64.urlsafe_b64encode(NEW.public_key().public_bytes_raw()).rstrip(b"=").decode()
    keys = [{"kty": "OKP", "crv": "Ed25519", "x": x, "kid": "k1"}, {"kty": "oct", "k": "AA", "use": "enc"}]
    serve(acme, "acme.example", "jwks.json", {"keys": keys})
    words = ("add", "https://acme.example/jwks.json", "--id", "acme", "--name", "Acme", "--by", "R", "--yes")
    ended = run(*words)
    assert ended.exit_code == 2
    assert "does not say whose they are" in said(ended)
    assert run(*words, "--profile", "https://acme.example/i").exit_code == 0
    found = read_registry(acme.issuers_file).issuer_for("https://acme.example/i")
    assert found is not None
    assert found.jwks == ("https://acme.example/jwks.json",)
    assert [k.id for k in found.keys] == ["k1"]


def test_a_credentials_file_leads_to_the_issuer_it_names(run: Run, acme: Workspace, tmp_path: Path) -> None:
    credential = {
        "@context": ["https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"],
        "id": "urn:uuid:1", "type": ["VerifiableCredential", "OpenBadgeCredential"], "issuer": {"id": ACME, "type": "Profile"},
        "credentialSubject": {"type": "AchievementSubject"},
    }  # fmt: skip
    (tmp_path / "award.json").write_text(json.dumps(credential), encoding="utf-8")
    ended = run("add", tmp_path / "award.json", "--id", "acme", "--by", "R", "--yes")
    assert ended.exit_code == 0, said(ended)
    assert read_registry(acme.issuers_file).issuer_for(ACME) is not None


def test_a_file_that_somebody_changed_meanwhile_is_left_alone(
    run: Run, acme: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def changed(*_: object, **__: object) -> None:
        acme.issuers_file.write_text(BEFORE + "# me too\n", encoding="utf-8")

    monkeypatch.setattr(audit, "record", changed)
    ended = run("add", ACME, "--id", "acme", "--by", "R", "--yes")
    assert ended.exit_code == 1
    assert "changed by somebody else meanwhile" in said(ended)
    assert acme.issuers_file.read_text(encoding="utf-8") == BEFORE + "# me too\n"


def test_nobody_is_no_name(run: Run, acme: Workspace) -> None:
    assert run("add", ACME, "--id", "acme", "--by", " ", "--yes").exit_code == 2
    assert acme.issuers_file.read_text(encoding="utf-8") == BEFORE


# ---------------------------------------------------------------- keys


def test_a_stolen_key_is_marked_and_nothing_else_changes(run: Run, workspace: Workspace) -> None:
    words = ("compromise", "bloom", "--key", "https://bloom.example/key.json", "--on", "2026-03-01", "--by", "R")
    assert run(*words).exit_code == 1
    assert workspace.issuers_file.read_text(encoding="utf-8") == BEFORE
    ended = run(*words, "--yes")
    assert ended.exit_code == 0, said(ended)
    text = workspace.issuers_file.read_text(encoding="utf-8")
    assert text == BEFORE.replace("[[issuers.keys]]\n", "[[issuers.keys]]\ncompromised = 2026-03-01\n")
    assert str(read_registry(workspace.issuers_file).issuers[0].keys[0].compromised) == "2026-03-01"
    assert run(*words, "--yes").exit_code == 0  # the same again changes nothing
    assert workspace.issuers_file.read_text(encoding="utf-8") == text
    later = run(
        "compromise", "bloom", "--key", "https://bloom.example/key.json", "--on", "2026-04-01", "--by", "R", "--yes"
    )
    assert later.exit_code == 2
    assert "would make more count again" in said(later)


def test_a_key_is_found_by_its_fingerprint_and_marked_wherever_it_stands(run: Run, workspace: Workspace) -> None:
    shared = f'\n[[issuers.keys]]\nmultibase = "{multibase(OLD)}"\n'
    workspace.issuers_file.write_text(BEFORE + shared, encoding="utf-8")
    printed = json.loads(run("list", "--json").stdout)[0]["keys"][0]["fingerprint"]
    ended = run(
        "compromise", "bloom", "--key", f"{printed[:4]} {printed[4:8]}", "--on", "2026-03-01", "--by", "R", "--yes"
    )
    assert ended.exit_code == 0, said(ended)
    assert "marked at Other Learning too" in said(ended)
    for each in read_registry(workspace.issuers_file).issuers:
        assert str(each.keys[0].compromised) == "2026-03-01"


def test_a_key_that_is_not_pinned_can_be_marked_by_its_did(run: Run, workspace: Workspace) -> None:
    ended = run("compromise", "bloom", "--key", f"did:key:{multibase(NEW)}", "--on", "2026-03-01", "--by", "R", "--yes")
    assert ended.exit_code == 0, said(ended)
    bloom = read_registry(workspace.issuers_file).issuers[0]
    known = bloom.registered(NEW.public_key())
    assert known is not None
    assert str(known.compromised) == "2026-03-01"
    assert "\n# What follows is about the other one.\n[[issuers]]\n" in workspace.issuers_file.read_text(
        encoding="utf-8"
    )


def test_keys_written_without_headings_are_left_to_be_changed_by_hand(run: Run, workspace: Workspace) -> None:
    text = BEFORE.partition("[[issuers.keys]]")[0] + f'keys = [{{ id = "k", multibase = "{multibase(OLD)}" }}]\n'
    workspace.issuers_file.write_text(text, encoding="utf-8")
    ended = run("retire", "bloom", "--key", "k", "--until", "2026-03-01", "--by", "R", "--yes")
    assert ended.exit_code == 2
    assert "Write until = 2026-03-01 there by hand" in said(ended)
    assert workspace.issuers_file.read_text(encoding="utf-8") == text


def test_a_key_is_retired_and_the_day_can_be_corrected(run: Run, workspace: Workspace) -> None:
    words = ("retire", "bloom", "--key", "https://bloom.example/key.json", "--by", "R", "--yes", "--until")
    assert run(*words, "2026-03-01").exit_code == 0
    assert run(*words, "2026-02-01").exit_code == 0
    text = workspace.issuers_file.read_text(encoding="utf-8")
    assert text == BEFORE.replace("[[issuers.keys]]\n", "[[issuers.keys]]\nuntil = 2026-02-01\n")


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (("retire", "nobody", "--key", "x", "--until", "2026-01-01"), "No issuer has the id 'nobody'"),
        (("retire", "bloom", "--key", "x", "--until", "2026-01-01"), "has no pinned key 'x'"),
        (("retire", "bloom", "--key", "https://bloom.example/key.json", "--until", "soon"), "is not a date"),
        (("retire", "bloom", "--key", "https://bloom.example/key.json", "--until", "2010-01-01"), "can never count"),
        (("compromise", "bloom", "--key", "https://bloom.example/key.json", "--on", "2199-01-01"), "has not come yet"),
        (("compromise", "other", "--key", "z6Mkx", "--on", "2026-01-01"), "is of a kind that is not supported"),
    ],
)
def test_a_change_that_makes_no_sense_is_wrong_usage(
    run: Run, workspace: Workspace, words: tuple[str, ...], part: str
) -> None:
    ended = run(*words, "--by", "R", "--yes")
    assert ended.exit_code == 2
    assert part in said(ended)
    assert workspace.issuers_file.read_text(encoding="utf-8") == BEFORE


# ---------------------------------------------------------------- check


def publish(workspace: Workspace, key: ed25519.Ed25519PrivateKey, **changes: Any) -> None:
    """The registered issuers' sites, with `key` as the one that bloom publishes."""
    identifier = "https://bloom.example/issuer.json"
    material = {
        "id": "https://bloom.example/key.json",
        "type": "CryptographicKey",
        "owner": identifier,
        "publicKeyPem": pem(key),
    }
    page = profile(id=identifier, name="Bloom Board", publicKey="https://bloom.example/key.json")
    serve(workspace, "bloom.example", "issuer.json", page | changes)
    serve(workspace, "bloom.example", "key.json", material)
    serve(workspace, "other.example", ".well-known/did.json", did_document("did:web:other.example"))


def test_issuers_that_publish_what_is_registered_are_well(run: Run, workspace: Workspace) -> None:
    publish(workspace, OLD)
    ended = run("check")
    assert ended.exit_code == 0, said(ended)
    assert "The pinned key https://bloom.example/key.json" in said(ended)
    found = json.loads(run("check", "bloom", "--json").stdout)
    assert {f["level"] for f in found["bloom"]} == {"ok"}
    assert list(found) == ["bloom"]


def test_a_new_key_is_pointed_out_and_can_be_pinned_after_comparing(run: Run, workspace: Workspace) -> None:
    publish(workspace, NEW)
    ended = run("check", "bloom")
    assert ended.exit_code == 1
    assert "offers a key that is not pinned" in said(ended)
    assert "is not published any more" in said(ended)
    printed = said(ended).partition("issuer pin bloom --key ")[2].split()[0]
    assert run("pin", "bloom", "--key", printed, "--by", "R").exit_code == 1
    assert workspace.issuers_file.read_text(encoding="utf-8") == BEFORE
    assert run("pin", "bloom", "--key", printed, "--from", "2026-09-01", "--by", "R", "--yes").exit_code == 0
    text = workspace.issuers_file.read_text(encoding="utf-8")
    before, _, after = BEFORE.partition("\n# What follows")
    assert text.startswith(before)
    assert text.endswith(after)
    assert [k.public for k in read_registry(workspace.issuers_file).issuers[0].keys] == [
        OLD.public_key(),
        NEW.public_key(),
    ]
    again = run("pin", "bloom", "--key", printed, "--by", "R", "--yes")
    assert again.exit_code == 2
    assert "pinned already" in said(again)
    assert run("pin", "bloom", "--key", "0" * 12, "--by", "R", "--yes").exit_code == 2


def test_a_stolen_key_that_is_still_offered_is_pointed_out(run: Run, workspace: Workspace) -> None:
    publish(workspace, OLD)
    run("compromise", "bloom", "--key", "https://bloom.example/key.json", "--on", "2026-03-01", "--by", "R", "--yes")
    ended = run("check", "bloom")
    assert ended.exit_code == 1
    assert "still offers the key" in said(ended)
    assert "Every key of Bloom Board was reported stolen" in said(ended)


@pytest.mark.parametrize(
    ("changes", "code", "part"),
    [
        (
            {"id": "https://evil.example/issuer.json"},
            2,
            "what answers there calls itself https://evil.example/issuer.json",
        ),
        ({"id": None}, 1, "does not say whose it is"),
        ({"name": "Bloom Renamed"}, 1, "it calls itself “Bloom Renamed”"),
        ({"publicKey": "https://evil.example/key.json"}, 1, "is kept at another site"),
    ],
)
def test_a_profile_that_says_something_else_than_the_registry_is_pointed_out(
    run: Run, workspace: Workspace, changes: dict[str, Any], code: int, part: str
) -> None:
    publish(workspace, OLD, **changes)
    ended = run("check", "bloom")
    assert ended.exit_code == code, said(ended)
    assert part in said(ended)


def test_a_profile_that_is_gone_needs_attention_and_one_that_is_silent_is_an_outage(
    run: Run, workspace: Workspace
) -> None:
    gone = run("check", "bloom")
    assert gone.exit_code == 1
    assert "it is not there" in said(gone)
    text = BEFORE.replace("bloom.example", "silent.example")
    workspace.issuers_file.write_text(text, encoding="utf-8")
    silent = run("check", "bloom")
    assert silent.exit_code == 3
    assert "fetching is switched off" in said(silent)
    assert run("check", "bloom", "--offline").exit_code == 0
    assert run("check", "nobody").exit_code == 2


def test_warnings_of_the_file_are_told_with_their_line(run: Run, workspace: Workspace) -> None:
    workspace.issuers_file.write_text(BEFORE.replace('["BB Learning"]', '["Other Learning"]'), encoding="utf-8")
    ended = run("check", "--offline")
    assert ended.exit_code == 1
    assert "issuers.toml, line 17:" in said(ended)
    assert "people cannot tell apart" in said(ended)


def test_what_runs_out_within_sixty_days_is_told_by_check_and_doctor(run: Run, workspace: Workspace) -> None:
    today = clock.now().date()
    soon, late = today + timedelta(days=59), today + timedelta(days=61)
    text = BEFORE.replace("[[issuers.keys]]\n", f"[[issuers.keys]]\nuntil = {soon}\n")
    text = text.replace("on = 2026-01-01 }\n#", f"on = 2026-01-01, again_by = {soon} }}\n#")
    workspace.issuers_file.write_text(text, encoding="utf-8")
    ended = run("check", "--offline")
    assert ended.exit_code == 1
    assert f"The last key of Bloom Board (https://bloom.example/key.json) runs out on {soon}." in said(ended)
    assert f"The vetting of Other Learning (by Joint committee, 2026-01-01) is to be repeated by {soon}." in said(ended)
    doctor = CliRunner().invoke(app, ["doctor", "--workspace", str(workspace.root)])
    assert "The last key of Bloom Board" in said(doctor)
    assert "The vetting of Other Learning" in said(doctor)
    workspace.issuers_file.write_text(text.replace(str(soon), str(late)), encoding="utf-8")
    assert run("check", "--offline").exit_code == 0


def test_what_an_issuer_writes_never_reaches_the_terminal_as_a_command(run: Run, acme: Workspace) -> None:
    serve(acme, "acme.example", "issuer.json", profile(name="Acme\x1b[2J\u202eevil [bold]"))
    shown = run("add", ACME, "--id", "acme", "--by", "R", "--yes")
    assert "\x1b" not in shown.stdout
    assert "\u202e" not in shown.stdout
    assert "characters that nobody sees" in said(shown)
