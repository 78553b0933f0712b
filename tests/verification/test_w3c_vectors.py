"""The W3C's published vectors of Data Integrity, step by step: every hash, every signature, sets and chains."""

import hashlib
import json

import pytest

from countersign.verification import keys
from countersign.verification.proofs import di_jcs, screening, suites
from tests.verification.making import VC2, Json
from tests.verification.unchecked import EXAMPLES, Unchecked
from tests.verification.world import fixtures

FIELDS = ("docHash", "proofHash", "combinedHash")


@pytest.mark.parametrize(
    ("folder", "end"), [("eddsa-rdfc-2022", "DataInt"), ("Ed25519Signature2020", "EdSig"), ("eddsa-jcs-2022", "JCS")]
)
def test_the_w3cs_vectors_come_out_step_by_step(folder: str, end: str) -> None:
    place = fixtures() / "w3c-eddsa" / folder
    made: Json = json.loads(next(place.glob("signed*.json")).read_text())
    config: Json = json.loads((place / f"proofConfig{end}.json").read_text())
    covered = Unchecked(made, EXAMPLES)
    if end == "JCS":
        unsecured = {k: v for k, v in made.items() if k != "proof"}
        document, own = di_jcs.canonical(unsecured).decode(), di_jcs.canonical(config).decode()
    else:
        document, own = covered.nquads(), covered.configuration(config)
    assert document == (place / f"canonDoc{end}.txt").read_text()
    assert own == (place / f"proofCanon{end}.txt").read_text()
    both = [hashlib.sha256(t.encode()).hexdigest() for t in (document, own)]
    published = [(place / f"{f}{end}.txt").read_text().strip() for f in FIELDS]
    assert [*both, both[1] + both[0]] == published
    suite = suites.of(made["proof"])
    assert suite is not None
    assert suite.verifies(_own_key(made["proof"]), covered, made["proof"], ())
    assert suite.message is not None
    assert suite.message(covered, made["proof"], "sha256", ()).hex() == published[2]
    assert not suite.verifies(_own_key(made["proof"]), covered, made["proof"] | {"created": "2023-02-24T23:36:39Z"}, ())


def _own_key(proof: Json) -> keys.PublicKey:
    return keys.from_multibase(proof["verificationMethod"].partition("#")[2])


@pytest.mark.parametrize("name", ["signedProofSet1", "signedProofSet2", "signedProofChain1", "signedProofChain2"])
def test_the_w3cs_proof_sets_and_chains_verify(name: str) -> None:
    folder = fixtures() / "w3c-eddsa" / "proof-set-chain"
    made: Json = json.loads((folder / f"{name}.json").read_text())
    proofs: list[Json] = screening.listed(made["proof"])
    for proof in proofs:
        named = screening.listed(proof.get("previousProof"))
        previous = [p for p in proofs if p.get("id") in named]
        suite = suites.of(proof)
        assert suite is not None
        assert suite.verifies(_own_key(proof), Unchecked(made, EXAMPLES), proof, previous)
        if previous:
            assert not suite.verifies(_own_key(proof), Unchecked(made, EXAMPLES), proof, previous[:-1])
    configured = sorted(folder.glob("proof*ConfigSigned*.json"))
    assert len(configured) == 4
    assert all(json.loads(p.read_text()) in proofs for p in configured if name == "signedProofChain2")


@pytest.mark.parametrize(
    ("suite", "method", "value"),
    [
        (
            "ecdsa-rdfc-2019",
            "z82LkuBieyGShVBhvtE2zoiD6Kma4tJGFtkAhxR5pfkp5QPw4LutoYWhvQCnGjdVn14kujQ",
            "z967Mvv5bxtmLNqTzPZ8KmJjFmFXaAKeQNzq7GWnQkMcLtaGSSmuozE5WtJ8PipMe178B1tE28K1vsJur9bGVJhz6jgSJsRHFSQeqgH8hhjcg8gZDFJC1"
            "b9FsR5ggNmDBqHv",
        ),
        (
            "ecdsa-jcs-2019",
            "z82LkuBieyGShVBhvtE2zoiD6Kma4tJGFtkAhxR5pfkp5QPw4LutoYWhvQCnGjdVn14kujQ",
            "zR3krc7pt9Dpn1PY2u8HWPePggtzAG2SuH2ZGNrzw8Ku3QrFLWgDTjS5mCWy65ShixJEtpMwfviAFfh5xTgd5FGN1sSbpPJ5djqSZQLqQkY8KLBPNswuqKt"
            "q3bS8f9vEHm8w",
        ),
        (
            "ecdsa-jcs-2019",
            "zDnaepBuvsQ8cpsWrVKw8fbpGpvPeNSjVPTWoq6cRqaYzBKVP",
            "zq6PrUMCtqY5obCSsrQxuFJdGffCDxvFuopdZiBPUBRTFEs1VVsBZi8YiEwVWgHYrXxoV93gBHqGDBtQLPFxpZxz",
        ),
    ],
)
def test_the_w3cs_ecdsa_vectors_verify(suite: str, method: str, value: str) -> None:
    """vc-di-ecdsa 1.0, Appendix B, over the same document."""
    document: Json = json.loads((fixtures() / "w3c-eddsa" / "unsigned.json").read_text())
    proof: Json = {
        "type": "DataIntegrityProof",
        "cryptosuite": suite,
        "created": "2023-02-24T23:36:38Z",
        "verificationMethod": f"did:key:{method}#{method}",
        "proofPurpose": "assertionMethod",
        "proofValue": value,
    }
    found = suites.of(proof)
    assert found is not None
    assert found.verifies(keys.from_multibase(method), Unchecked(document, EXAMPLES), proof, ())


def test_the_second_published_document_and_its_hashes_come_out_too() -> None:
    folder = fixtures() / "w3c-eddsa" / "eddsa-rdfc-2022" / "employ"
    made: Json = json.loads((folder / "signedDataInt.json").read_text())
    text = (folder / "canonDocDataInt.txt").read_text()
    assert hashlib.sha256(text.encode()).hexdigest() == (folder / "docHashDataInt.txt").read_text().strip()
    own = Unchecked({"@context": [VC2]}).configuration(made["proof"])
    assert own == (folder / "proofCanonDataInt.txt").read_text()
    assert hashlib.sha256(own.encode()).hexdigest() == (folder / "proofHashDataInt.txt").read_text().strip()
    message = bytes.fromhex((folder / "combinedHashDataInt.txt").read_text().strip())
    assert message == hashlib.sha256(own.encode()).digest() + hashlib.sha256(text.encode()).digest()
    signature = keys.base58btc(made["proof"]["proofValue"])
    assert signature is not None
    assert keys.verifies(_own_key(made["proof"]), signature, message)
    # its vocabulary is no business of ours, and so the credential itself is held, by name
    assert "https://w3id.org/citizenship" in str(_screened(made))


def _screened(body: Json) -> Exception:
    with pytest.raises(screening.NotKnown) as caught:
        screening.screen(body)
    return caught.value
