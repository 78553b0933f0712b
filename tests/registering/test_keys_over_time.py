"""`countersign issuer check`, `pin`, `compromise` and `retire`: issuers change their keys, and keys are stolen."""

import base64
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from typer.testing import CliRunner

from countersign import clock
from countersign.cli import app
from countersign.settings import Workspace
from countersign.verification import read_registry
from countersign.verification.fingerprints import fingerprint, grouped
from tests.registering.sites import (
    BEFORE,
    NEW,
    OLD,
    Run,
    multibase,
    pem,
    publish,
    said,
)

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
        (("retire", "nobody", "--key", "x", "--until", "2026-01-01"), "No issuer has the id “nobody”"),
        (("retire", "bloom", "--key", "x", "--until", "2026-01-01"), "has no pinned key “x”"),
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


# ---------------------------------------------------------------- a key the issuer has replaced

NAME = "https://bloom.example/old.json"
X = base64.urlsafe_b64encode(NEW.public_key().public_bytes_raw()).rstrip(b"=").decode()
JWK = {"kty": "OKP", "crv": "Ed25519", "x": X}


@pytest.mark.parametrize("text", [pem(NEW), json.dumps(JWK), multibase(NEW), f"did:key:{multibase(NEW)}\n"])
def test_a_key_that_is_published_no_more_is_entered_from_a_file_with_its_days(
    run: Run, workspace: Workspace, tmp_path: Path, text: str
) -> None:
    (tmp_path / "old").write_text(text, encoding="ascii")
    words = (
        "pin",
        "bloom",
        "--key-file",
        tmp_path / "old",
        "--name",
        NAME,
        "--from",
        "2020-01-01",
        "--until",
        "2024-06-30",
    )
    asked = run(*words, "--by", "R")
    assert asked.exit_code == 1
    shown = said(asked)
    assert f"Key SHA-256 {grouped(fingerprint(NEW.public_key()))}, Ed25519, called {NAME}" in shown
    assert "It will count for Bloom Board from 2020-01-01 until 2024-06-30, these days included" in shown
    assert "is your word alone. Before you say yes, compare every fingerprint" in shown
    assert workspace.issuers_file.read_text(encoding="utf-8") == BEFORE
    assert run(*words, "--by", "R", "--yes").exit_code == 0
    key = read_registry(workspace.issuers_file).issuers[0].keys[1]
    assert (key.id, key.public) == (NAME, NEW.public_key())
    assert (str(key.starts), str(key.until), key.compromised) == ("2020-01-01", "2024-06-30", None)
    again = run(*words, "--by", "R", "--yes")
    assert (again.exit_code, "pinned already" in said(again)) == (2, True)


def test_without_name_and_days_it_is_said_that_the_key_counts_under_any_name_and_always(
    run: Run, workspace: Workspace, tmp_path: Path
) -> None:
    (tmp_path / "old").write_text(pem(NEW), encoding="ascii")
    ended = run("pin", "bloom", "--key-file", tmp_path / "old", "--by", "R", "--yes")
    assert "on every day, whatever name a credential gives its key." in said(ended)
    assert read_registry(workspace.issuers_file).issuers[0].keys[1].id == ""


def test_a_key_that_another_issuer_has_is_pointed_out(run: Run, workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "old").write_text(pem(OLD), encoding="ascii")
    ended = run("pin", "other", "--key-file", tmp_path / "old", "--by", "R", "--dry-run")
    assert "The same key is pinned for Bloom Board: whoever has it can sign for both." in said(ended)


@pytest.mark.parametrize(
    ("text", "more", "part"),
    [
        (pem(NEW), ("--key", "x"), "Say which key: --key for one that the issuer publishes, or --key-file"),
        (pem(NEW), ("--name", "a\nb"), "“a⟨U+000A⟩b” is no name of a key"),
        (pem(NEW), ("--name", "a b"), "is no name of a key"),
        (pem(NEW), ("--name", "kéy"), "is no name of a key"),
        (pem(NEW), ("--from", "soon"), "--from 'soon' is not a date"),
        (pem(NEW), ("--from", "2024-01-01", "--until", "2023-01-01"), "until 2023-01-01 is before from 2024-01-01"),
        (pem(NEW), ("--until", "2019-01-01"), "can never count"),
        (OLD.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(), (), "is a private key"),
        (json.dumps(JWK | {"d": X}), (), "private or shared key"),
        (json.dumps(JWK | {"use": "enc"}), (), "is not meant for signatures"),
        ('{"kty": 1, "kty": 2}', (), "holds no public key"),
        ("z6Mkx", (), "is of a kind that is not supported"),
        ("é", (), "holds no public key"),
        ("", (), "is not multibase"),
    ],
)
def test_a_key_that_cannot_be_entered_is_said_to_be_so(
    run: Run, workspace: Workspace, tmp_path: Path, text: str, more: tuple[str, ...], part: str
) -> None:
    (tmp_path / "old").write_text(text, encoding="utf-8")
    ended = run("pin", "bloom", "--key-file", tmp_path / "old", *more, "--by", "R", "--yes")
    assert ended.exit_code == 2, said(ended)
    assert part in said(ended)
    assert workspace.issuers_file.read_text(encoding="utf-8") == BEFORE


def test_one_of_the_two_ways_to_name_a_key_is_needed(run: Run, tmp_path: Path) -> None:
    assert run("pin", "bloom", "--by", "R").exit_code == 2
    assert run("pin", "bloom", "--key", "x", "--name", "y", "--by", "R").exit_code == 2
    assert "cannot be read" in said(run("pin", "bloom", "--key-file", tmp_path / "nowhere", "--by", "R"))


# ---------------------------------------------------------------- check


def test_issuers_that_publish_what_is_registered_are_well(run: Run, workspace: Workspace) -> None:
    publish(workspace, OLD)
    ended = run("check")
    assert ended.exit_code == 0, said(ended)
    assert "(https://bloom.example/key.json) is published." in said(ended)
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
