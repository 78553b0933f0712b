"""`countersign credential`, and doctor's look at the signing key."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from countersign import issuance
from countersign.cli import app
from countersign.desk import doctor
from countersign.issuance.credential import keys
from countersign.settings import Workspace
from tests.conftest import MakeWorkspace
from tests.issuance.credential.conftest import DID, House


def run(workspace: Workspace, *words: object) -> tuple[int, str]:
    ran = CliRunner().invoke(app, [*map(str, words), "-w", str(workspace.root)])
    return ran.exit_code, ran.output + (ran.stderr if ran.stderr not in ran.output else "")


def test_a_new_key_is_its_owners_alone_and_says_what_to_publish_and_to_enter(
    make_workspace: MakeWorkspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(keys.VARIABLE, raising=False)
    file = tmp_path / "keys" / "signing.pem"
    code, said = run(make_workspace(), "credential", "key", file)
    assert code == 0
    assert file.stat().st_mode & 0o777 == 0o600
    assert "publish it at https://check.demo-ea.example/.well-known/did.json" in said
    workspace = make_workspace(said[said.index("[recognition_credential]") :])
    signer = keys.read_signer(workspace)
    assert signer is not None
    assert signer.key_id in said
    document = json.loads((tmp_path / "keys" / "signing.pem.did.json").read_text())
    assert document == json.loads(issuance.published_documents(workspace)["/.well-known/did.json"])
    assert (tmp_path / "keys" / "signing.pem.public.pem").read_bytes() == keys.public_pem(signer.public)


@pytest.mark.parametrize("there", ["signing.pem", "signing.pem.public.pem", "signing.pem.did.json"])
def test_a_key_is_never_overwritten(workspace: Workspace, tmp_path: Path, there: str) -> None:
    (tmp_path / there).write_text("mine")
    code, said = run(workspace, "credential", "key", tmp_path / "signing.pem")
    assert code == 2
    assert f"{there} is there already; nothing was changed." in said
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith("signing")] == [there]
    assert (tmp_path / there).read_text() == "mine"


def test_a_key_is_not_made_in_a_git_repository(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "code" / ".git").mkdir(parents=True)
    code, said = run(workspace, "credential", "key", tmp_path / "code" / "signing.pem")
    assert code == 2
    assert "lies in the git repository" in said
    assert not (tmp_path / "code" / "signing.pem").exists()


def test_a_kind_of_key_that_nobody_uses_is_refused(workspace: Workspace, tmp_path: Path) -> None:
    code, said = run(workspace, "credential", "key", tmp_path / "signing.pem", "--kind", "rsa")
    assert (code, "'rsa' is no kind of key that is used here." in said) == (2, True)


def test_with_a_section_the_sentence_says_what_becomes_of_the_key_before(house: House, tmp_path: Path) -> None:
    code, said = run(house(), "credential", "key", tmp_path / "next.pem", "--kind", "p256")
    assert (code, "goes into former_keys, or what it signed can no longer be proven." in said) == (0, True)
    document = json.loads((tmp_path / "next.pem.did.json").read_text())
    new, now_in_use = (method["publicKeyJwk"]["kty"] for method in document["verificationMethod"])
    assert (new, now_in_use) == ("EC", "OKP")


def test_publishing_without_a_section_says_what_to_do_first(workspace: Workspace, tmp_path: Path) -> None:
    code, said = run(workspace, "credential", "publish", tmp_path / "site")
    assert (code, "No recognition credential is set up." in said) == (2, True)


def test_doctor_says_nothing_where_nothing_is_set_up(workspace: Workspace) -> None:
    assert not any("ecognition" in f.what for f in doctor.examine(workspace.root))


NETWORK = '\n[network]\noffline = true\nmirror = { "check.demo-ea.example" = "site" }\n'


def test_doctor_compares_the_key_with_what_is_published(house: House) -> None:
    def looked() -> list[tuple[str, str]]:
        return [(f.level, f.what) for f in doctor.examine(workspace.root) if "check.demo-ea" in f.what]

    workspace = house(NETWORK)
    signer = keys.read_signer(workspace)
    assert signer is not None
    used = ("ok", f"Recognition credentials are signed with the key {signer.key_id}.")
    missing = f"The document of {DID} could not be read from check.demo-ea.example: it is not there."
    assert looked() == [used, ("note", missing)]
    assert run(workspace, "credential", "publish", workspace.root / "site")[0] == 0
    assert looked() == [used, ("ok", "https://check.demo-ea.example/.well-known/did.json lists that key.")]
    house(NETWORK, key=keys.private_pem(keys.new_key()).decode())
    level, what = looked()[1]
    assert (level, what) == (
        "error",
        "The signing key does not match what is published: at https://check.demo-ea.example/.well-known/did.json it is not in "
        "the document that the issuer publishes.",
    )


def test_doctor_says_what_is_wrong_with_the_key(house: House) -> None:
    found = doctor.examine(house(key="hello").root)
    assert ("error", "COUNTERSIGN_SIGNING_KEY is not a private key in PEM.") in [(f.level, f.what) for f in found]
