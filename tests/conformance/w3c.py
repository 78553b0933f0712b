"""The rows of the W3C's vectors for EdDSA (vc-di-eddsa): credentials, but not of Open Badges, with every value on the way to their proofs.

Their values are reproduced one by one in `tests/verification/test_w3c_vectors.py`; here they are handed to us as if they were awards. A file
that holds a whole JSON credential is held, since nobody can say here what its vocabulary means; a mere value is no credential.
"""

from tests.conformance.shape import FORM, NOTHING, Row, data, held, not_ours, rejected

_ALUMNI = held(FORM, "It uses the vocabulary https://www.w3.org/ns/credentials/examples/v2")
_CITIZEN = held(FORM, "It uses the vocabulary https://w3id.org/citizenship/v4rc1")
_TEXT = rejected(NOTHING, "The text holds no credential")
_JSON = rejected(NOTHING, "It is JSON, but no credential")
_SOUND = "Its proof is sound (test_w3c_vectors.py reproduces it), but it is no micro-credential of Open Badges."
_UNSIGNED, _CONFIG, _LAST = "an unsigned credential", "options of a proof", "a credential before its last proof"


def _suite(end: str, credential: str = "examples", *, canonical_json: bool = False) -> tuple[Row, ...]:
    """The files of one suite, whose names end in `end`."""
    signed = _ALUMNI if credential == "examples" else _CITIZEN
    text = signed if canonical_json else _TEXT
    return (
        data(f"canonDoc{end}.txt", "the canonical document", text),
        data(f"combinedHash{end}.txt", "a hash", _TEXT),
        data(f"docHash{end}.txt", "a hash", _TEXT),
        data(f"proofCanon{end}.txt", "canonical options of a proof", text),
        data(f"proofConfig{end}.json", _CONFIG, signed),
        data(f"proofHash{end}.txt", "a hash", _TEXT),
        data(f"sigBTC58{end}.txt", "a signature", _TEXT),
        data(f"sigHex{end}.txt", "a signature", _TEXT),
        not_ours(f"signed{end}.json", signed, _SOUND),
    )


_SETS = (
    data("multiKeyPairs.json", "keys", _JSON),
    data("proofChainConfig1.json", _CONFIG, _JSON),
    data("proofChainConfig2.json", _CONFIG, _JSON),
    data("proofChainConfigSigned1.json", "a proof", _JSON),
    data("proofChainConfigSigned2.json", "a proof", _JSON),
    data("proofChainTempDoc1.json", _LAST, _ALUMNI),
    data("proofChainTempDoc2.json", _LAST, _ALUMNI),
    data("proofSetConfig1.json", _CONFIG, _JSON),
    data("proofSetConfig2.json", _CONFIG, _JSON),
    data("proofSetConfigSigned1.json", "a proof", _JSON),
    data("proofSetConfigSigned2.json", "a proof", _JSON),
    not_ours("signedProofChain1.json", _ALUMNI, _SOUND),
    not_ours("signedProofChain2.json", _ALUMNI, _SOUND),
    not_ours("signedProofSet1.json", _ALUMNI, _SOUND),
    not_ours("signedProofSet2.json", _ALUMNI, _SOUND),
    data("unsigned.json", _UNSIGNED, _ALUMNI),
)

_TOP = (
    data("employmentAuth.json", _UNSIGNED, _CITIZEN),
    data("keyPair.json", "keys", _JSON),
    data("unsigned.json", _UNSIGNED, _ALUMNI),
)

FOLDERS = {
    "w3c-eddsa": _TOP,
    "w3c-eddsa/Ed25519Signature2020": _suite("EdSig"),
    "w3c-eddsa/eddsa-jcs-2022": _suite("JCS", canonical_json=True),
    "w3c-eddsa/eddsa-rdfc-2022": _suite("DataInt"),
    "w3c-eddsa/eddsa-rdfc-2022/employ": _suite("DataInt", "citizenship"),
    "w3c-eddsa/proof-set-chain": _SETS,
}
"""The rows by the folder in which their files lie."""
