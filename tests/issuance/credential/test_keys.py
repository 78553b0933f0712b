"""The affiliate's signing key: where it may come from, its name, and where it is published."""

import base64
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat

from countersign import issuance
from countersign.errors import UsageError
from countersign.issuance.credential import keys
from countersign.settings import open_workspace
from tests.conftest import SETTINGS, MakeWorkspace
from tests.issuance.credential.conftest import (
    DID,
    SECTION,
    SEED,
    House,
)


def rsa_pem() -> str:
    key = rsa.generate_private_key(65537, 2048)
    return keys.private_pem(key).decode()  # pyright: ignore[reportArgumentType]


def locked_pem() -> str:
    locked = BestAvailableEncryption(b"secret")
    return keys.new_key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, locked).decode()


@pytest.mark.parametrize(
    ("pem", "sentence"),
    [
        (lambda: "hello", "COUNTERSIGN_SIGNING_KEY is not a private key in PEM."),
        (
            lambda: keys.public_pem(keys.new_key().public_key()).decode(),
            "COUNTERSIGN_SIGNING_KEY is a public key, which cannot sign.",
        ),
        (rsa_pem, "The private key in COUNTERSIGN_SIGNING_KEY is of another kind (RSA). "),
        (
            lambda: keys.private_pem(ec.generate_private_key(ec.SECP384R1())).decode(),
            "The private key in COUNTERSIGN_SIGNING_KEY is of another kind (secp384r1). ",
        ),
        (
            locked_pem,
            "The private key in COUNTERSIGN_SIGNING_KEY is locked with a passphrase, which no nightly run can type.",
        ),
        (
            lambda: SEED.replace("MC4", "MC5"),
            "The private key in COUNTERSIGN_SIGNING_KEY is damaged or of an unknown kind.",
        ),
    ],
    ids=["no key", "public", "RSA", "P-384", "locked", "damaged"],
)
def test_a_key_that_cannot_sign_is_refused_in_words(house: House, pem: Callable[[], str], sentence: str) -> None:
    with pytest.raises(UsageError) as caught:
        keys.read_signer(house(key=pem()))
    assert caught.value.what.startswith(sentence)


def test_a_key_on_one_line_as_container_hosts_hand_it_over_is_read(house: House) -> None:
    assert keys.read_signer(house(key=SEED.replace("\n", "\\n"))) is not None


def test_without_a_key_anywhere_the_sentence_says_where_it_belongs(house: House) -> None:
    with pytest.raises(UsageError) as caught:
        keys.read_signer(house(key=""))
    assert caught.value.what == (
        "[recognition_credential] has no signing key: neither COUNTERSIGN_SIGNING_KEY nor key_file is set."
    )
    assert caught.value.remedy == "Make a key with: countersign credential key FILE"


def test_a_key_file_is_read_when_it_is_its_owners_alone(house: House) -> None:
    workspace = house('key_file = "secret.pem"', key="")
    file = workspace.root / "secret.pem"
    with pytest.raises(UsageError, match=r"secret\.pem cannot be read: No such file or directory"):
        keys.read_signer(workspace)
    file.write_text(SEED)
    file.chmod(0o644)
    with pytest.raises(UsageError, match="Others can read the signing key"):
        keys.read_signer(workspace)
    file.chmod(0o600)
    assert keys.read_signer(workspace) is not None
    (workspace.root / ".git").mkdir()
    with pytest.raises(UsageError, match="lies in the git repository"):
        keys.read_signer(workspace)


def test_the_keys_name_is_the_thumbprint_of_rfc_8037() -> None:
    # RFC 8037, appendix A.3
    seed = base64.urlsafe_b64decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=")
    key = ed25519.Ed25519PrivateKey.from_private_bytes(seed)
    assert keys.key_id(DID, key.public_key()) == f"{DID}#kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def test_with_ed25519_the_same_claims_give_the_same_token() -> None:
    signer = keys.Signer(DID, keys.private_key(SEED, "seed"))
    assert signer.sign({"b": 1, "a": "é"}, "JWT") == signer.sign({"a": "é", "b": 1}, "JWT")


@pytest.mark.parametrize(
    ("issuer", "address"),
    [
        ("did:web:demo-ea.example", "https://demo-ea.example/.well-known/did.json"),
        ("did:web:demo-ea.example%3A8443:staff:pd", "https://demo-ea.example:8443/staff/pd/did.json"),
        ("https://demo-ea.example/issuer", "https://demo-ea.example/issuer"),
    ],
)
def test_the_document_lies_where_the_issuers_id_says(issuer: str, address: str) -> None:
    assert keys.document_address(issuer) == address


@pytest.mark.parametrize(
    "issuer", ["did:key:z6Mk", "http://demo-ea.example/issuer", "https://demo-ea.example", "did:web:a b", "demo"]
)
def test_an_issuer_that_nobody_could_look_up_is_refused(make_workspace: MakeWorkspace, issuer: str) -> None:
    with pytest.raises(UsageError, match=r"countersign\.toml"):
        make_workspace(SECTION.replace(DID, issuer))


@pytest.mark.parametrize("address", ["http://check.demo-ea.example/c/", "https://check.demo-ea.example/c?n="])
def test_credentials_need_a_check_address_that_they_can_lie_under(tmp_path: Path, address: str) -> None:
    text = SETTINGS.replace("https://check.demo-ea.example/c/", address) + SECTION
    (tmp_path / "countersign.toml").write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=r"\[recognition_credential\] needs a check_url such as https://"):
        open_workspace(tmp_path)


def test_a_former_key_that_is_none_is_refused(house: House) -> None:
    workspace = house('former_keys = ["countersign.toml"]')
    with pytest.raises(UsageError, match=r"The former key countersign\.toml is not a public key in PEM\."):
        issuance.published_documents(workspace)
