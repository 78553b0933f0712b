"""`countersign issuer list` and `add`: what is shown, what is written and when, and what stays as it was."""

import base64
import json
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from sqlmodel import select
from typer.testing import CliRunner

from countersign import audit, clock
from countersign.cli import app
from countersign.desk.beginning import ISSUERS
from countersign.settings import Workspace
from countersign.store import open_store
from countersign.verification import read_registry
from countersign.verification.trust.issuers_file import warnings
from models.tables import AuditEntry
from tests.registering.sites import (
    ACME,
    BEFORE,
    NEW,
    Run,
    did_document,
    key_page,
    multibase,
    pem,
    profile,
    said,
    serve,
)


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
        "Ed25519 https://bloom.example/key.json", "id did:web:other.example",
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
        (profile(name=None), 2, "does not say what the issuer is called"),
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
        (
            "did:key:zzz",
            2,
            "did:key:zzz holds no key that can be read: it is mistyped or cut off, or its key is of a kind",
        ),
        ("did:web:acme.example", 2, "it is not there"),
        ("", 2, "No issuer is named."),
        ("https://acme.example/key.json", 2, "is no issuer's profile: it says that it is a CryptographicKey."),
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


def test_a_did_is_added_with_the_keys_that_are_for_assertions_only(run: Run, acme: Workspace) -> None:
    serve(acme, "acme.example", ".well-known/did.json", did_document())
    assert run("add", "did:web:acme.example", "--id", "acme", "--name", "Acme", "--by", "R", "--yes").exit_code == 0
    found = read_registry(acme.issuers_file).issuer_for("did:web:acme.example")
    assert found is not None
    assert [(k.id, k.public) for k in found.keys] == [("did:web:acme.example#a", NEW.public_key())]
    assert found.origins == frozenset()


def test_a_key_that_the_issuer_revoked_itself_is_not_registered(run: Run, acme: Workspace) -> None:
    document = did_document()
    document["verificationMethod"][0]["revoked"] = "2026-01-01T00:00:00Z"
    serve(acme, "acme.example", ".well-known/did.json", document)
    ended = run("add", "did:web:acme.example", "--id", "acme", "--name", "Acme", "--by", "R", "--yes")
    assert ended.exit_code == 2
    assert "was revoked by the issuer" in said(ended)


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


def test_the_sample_that_a_new_workspace_starts_with_is_sound() -> None:
    text = "\n".join(line.removeprefix("# ") for line in ISSUERS.partition("#\n")[2].splitlines())
    text = text.replace("-----BEGIN PUBLIC KEY----- …", f"\n{pem(NEW)}")
    found = warnings(text.encode(), "issuers.toml")
    assert [w.what for w in found] == []
    assert tomllib.loads(text)["issuers"][0]["vetted"]["again_by"]


GOOD = "aaaa bbbb cccc dddd eeee ffff 0000 1111 2222 3333 4444 5555 6666 7777 8888 9999"


def test_what_an_issuer_writes_never_reaches_the_terminal_as_a_command(run: Run, acme: Workspace) -> None:
    serve(acme, "acme.example", "issuer.json", profile(name="Acme\x1b[2J\u202eevil [bold]"))
    for words in ((), ("--json",), ("--name", "Acme"), ("--name", "Acme", "--json")):
        ended = run("add", ACME, "--id", "acme", "--by", "R", "--dry-run", *words)
        shown = ended.stdout + ended.stderr
        assert not {"\x1b", "\u202e"} & set(shown)
        assert "⟨U+001B⟩[2J⟨U+202E⟩evil [bold]" in shown


@pytest.mark.parametrize("end", ["\n", "\r\n", "\u2028", "\u0085", "\x0b", "  "])
def test_no_key_has_a_name_that_could_show_another_fingerprint(run: Run, acme: Workspace, end: str) -> None:
    name = f"https://acme.example/key.json, Ed25519, SHA-256 {GOOD}{end}Key https://acme.example/old"
    evil = {"id": name, "type": "CryptographicKey", "publicKeyPem": pem(NEW)}
    serve(acme, "acme.example", "issuer.json", profile(publicKey=[evil]))
    ended = run("add", ACME, "--id", "acme", "--by", "R", "--yes")
    assert ended.exit_code == 0
    lines = ended.stdout.split("\n")
    assert not [line for line in lines if line.startswith("Key ")]
    assert "was not taken: its name is no address and no DID." in said(ended)
    assert read_registry(acme.issuers_file).issuers[-1].keys == ()


@pytest.mark.parametrize("end", ["\n", "\u2028", "\x85"])
def test_a_did_document_and_a_key_set_cannot_name_keys_so_either(run: Run, acme: Workspace, end: str) -> None:
    document = did_document(verificationMethod=[
        {"id": f"#a{end}Key {GOOD}", "type": "Multikey", "controller": "did:web:acme.example", "publicKeyMultibase": multibase(NEW)}
    ], assertionMethod=[f"#a{end}Key {GOOD}"])  # fmt: skip
    serve(acme, "acme.example", ".well-known/did.json", document)
    x = base64.urlsafe_b64encode(NEW.public_key().public_bytes_raw()).rstrip(b"=").decode()
    keys = [{"kty": "OKP", "crv": "Ed25519", "x": x, "kid": f"k1{end}Key {GOOD}"}]
    serve(acme, "acme.example", "jwks.json", {"keys": keys})
    for source in ("did:web:acme.example", "https://acme.example/jwks.json"):
        ended = run("add", source, "--id", "acme", "--name", "A", "--profile", ACME, "--by", "R", "--dry-run")
        for line in (ended.stdout + ended.stderr).splitlines():
            assert not line.startswith("Key")


def test_the_fingerprint_stands_before_the_name(run: Run, acme: Workspace) -> None:
    shown = run("add", ACME, "--id", "acme", "--by", "R", "--dry-run").stdout
    (line,) = [line for line in shown.split("\n") if line.startswith("Key ")]
    assert line.startswith("Key SHA-256 ")
    assert line.endswith(", Ed25519, called https://acme.example/key.json")
    block = shown.partition("In issuers.toml:")[2]
    assert block.index("SHA-256") < block.index("https://acme.example/key.json")


def test_whoever_registers_a_whole_site_is_told_what_that_means(run: Run, acme: Workspace) -> None:
    ended = run("add", ACME, "--id", "acme", "--by", "R", "--dry-run")
    assert "All of https://acme.example will be its word" in said(ended)
    assert "write the beginnings of its own addresses into paths" in said(ended)
    serve(acme, "acme.example", ".well-known/did.json", did_document())
    ended = run("add", "did:web:acme.example", "--id", "acme", "--name", "Acme", "--by", "R", "--dry-run")
    assert "will be its word" not in said(ended)


def test_the_list_says_of_whom_what_is_shown_in_part_counts(run: Run, workspace: Workspace) -> None:
    assert "selective" not in said(run("list"))
    text = BEFORE + "selective = true\n"
    workspace.issuers_file.write_text(text, encoding="utf-8")
    assert "counts also when shown in part (selective)" in said(run("list"))
    assert [row["selective"] for row in json.loads(run("list", "--json").stdout)] == [False, True]


def test_a_list_of_withdrawals_is_no_issuer_even_under_a_name(run: Run, acme: Workspace) -> None:
    there = "https://acme.example/revoked.json"
    serve(acme, "acme.example", "revoked.json", {"id": there, "type": "RevocationList", "issuer": ACME})
    for more in ((), ("--name", "Acme")):
        ended = run("add", there, "--id", "acme", "--by", "R", *more, "--yes")
        assert ended.exit_code == 2
        assert f"What answers at {there} is no issuer's profile: it says that it is a RevocationList." in said(ended)


@pytest.mark.parametrize("types", [None, "Profile", ["Issuer", "Extension"], "https://w3id.org/openbadges#Issuer"])
def test_an_issuers_profile_may_say_so_in_any_way_or_not_at_all(run: Run, acme: Workspace, types: Any) -> None:
    serve(acme, "acme.example", "issuer.json", profile(type=types))
    assert run("add", ACME, "--id", "acme", "--by", "R", "--yes").exit_code == 0


def test_what_is_wrong_with_an_option_is_said_of_the_option(run: Run, acme: Workspace) -> None:
    wrong = said(run("add", ACME, "--id", "Bad Id!", "--by", "R"))
    assert "--id “Bad Id!” cannot be an issuer's id." in wrong
    assert "issuers.toml" not in wrong
    nobody = said(run("add", ACME, "--id", "acme", "--by", " "))
    assert "--by is empty." in nobody
    assert "issuers.toml" not in nobody


def test_the_host_of_an_issuer_is_not_called_its_name(run: Run, acme: Workspace) -> None:
    there = "https://acme.example/guild.json"
    run("add", ACME, "--id", "acme", "--by", "R", "--yes")
    serve(acme, "acme.example", "guild.json", profile(id=there, name="River Guild"))
    ended = run("add", there, "--id", "guild", "--by", "R")
    assert ended.exit_code == 1
    assert said(ended).count("It calls itself") == 1
    assert 'Its site is acme.example, which is or resembles the registered issuer “Acme "Learning"”.' in said(ended)


def test_the_day_is_that_of_the_workspace(run: Run, acme: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 11, 22, 2, tzinfo=UTC))
    ended = run("add", ACME, "--id", "acme", "--by", "R")
    assert "accepted from 2026-11-21 on, vetted by R on 2026-11-21." in said(ended)
