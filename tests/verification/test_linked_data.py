"""The Data Integrity mathematics against the W3C's published vectors, and the pinned contexts."""

import hashlib
import json
from pathlib import Path
from typing import Any, cast

import base58
import pytest

from countersign.verification import keys
from countersign.verification.proofs import contexts, linked_data
from tests.verification.making import ob3, with_proof
from tests.verification.unchecked import EXAMPLES, Unchecked
from tests.verification.world import fixtures


def _vectors() -> Path:
    return fixtures() / "w3c-eddsa"


def test_the_published_document_gives_the_published_hashes_and_signature() -> None:
    folder = _vectors() / "eddsa-rdfc-2022"
    document: dict[str, Any] = json.loads((_vectors() / "unsigned.json").read_text())
    configuration = json.loads((folder / "proofConfigDataInt.json").read_text())
    proof = {k: v for k, v in configuration.items() if k != "@context"}
    covered = Unchecked(document, EXAMPLES)
    canonical = covered.nquads()
    assert canonical == (folder / "canonDocDataInt.txt").read_text()
    assert hashlib.sha256(canonical.encode()).hexdigest() == (folder / "docHashDataInt.txt").read_text().strip()
    message = covered.signed_bytes(proof)
    assert message.hex() == (folder / "combinedHashDataInt.txt").read_text().strip()
    key = keys.from_multibase(json.loads((_vectors() / "keyPair.json").read_text())["publicKeyMultibase"])
    signature = base58.b58decode((folder / "sigBTC58DataInt.txt").read_text().strip()[1:])
    assert keys.verifies(key, signature, message)
    assert not keys.verifies(key, signature, message[:-1] + b"\0")


def test_the_pinned_contexts_are_the_files_that_were_pinned() -> None:
    folder = Path(contexts.__file__).parent
    table = (folder / "SOURCES.md").read_text()
    for url, name in contexts.FILES.items():
        assert f"| {url} | `{name}` | `{hashlib.sha256((folder / name).read_bytes()).hexdigest()}` |" in table
    assert {p.name for p in folder.glob("*.json")} == set(contexts.FILES.values())


@pytest.mark.parametrize("url", contexts.FILES)
def test_no_pinned_context_hides_a_keyword_or_spells_a_decisive_word_twice(url: str) -> None:
    """The screen refuses keywords by their @; a context that gave one another name, or a date two, would undo it."""
    decisive = {
        f"https://www.w3.org/2018/credentials#{n}"
        for n in (
            "validFrom",
            "validUntil",
            "issuanceDate",
            "expirationDate",
            "credentialStatus",
            "credentialSubject",
            "issuer",
        )
    }

    def walk(context: Any) -> None:
        names: dict[str, set[str]] = {}
        for term, value in context.items():
            described: dict[str, Any] = cast(dict[str, Any], value) if isinstance(value, dict) else {"@id": value}
            meant: Any = described.get("@id")
            if not term.startswith("@"):
                assert (
                    not isinstance(meant, str)
                    or not meant.startswith("@")
                    or (term, meant) in {("id", "@id"), ("type", "@type")}
                )
                names.setdefault(str(meant), set()).add(term)
                assert "@reverse" not in described
            if isinstance(described.get("@context"), dict):
                walk(described["@context"])
        for one in decisive:
            assert len(names.get(one, ())) <= 1
        assert "@vocab" not in context
        assert "@base" not in context

    walk(contexts.load(url)["@context"])


DECISIVE = frozenset(
    [
        "validFrom",
        "validUntil",
        "issuanceDate",
        "expirationDate",
        "credentialStatus",
        "credentialSubject",
        "issuer",
        "identifier",
        "identityHash",
        "identityType",
        "hashed",
        "salt",
        "achievement",
        "statusPurpose",
        "statusListIndex",
        "statusListCredential",
        "encodedList",
    ]
)


def test_no_statement_reads_as_another_decisive_word_under_another_pinned_context() -> None:
    """A holder may exchange one pinned context for another; a signed statement must not become another word by it."""
    words: dict[str, set[str]] = {}

    def note(context: dict[str, Any]) -> None:
        for term, value in context.items():
            described: dict[str, Any] = cast(dict[str, Any], value) if isinstance(value, dict) else {"@id": value}
            words.setdefault(str(described.get("@id")), set()).add(term)
            if isinstance(described.get("@context"), dict):
                note(described["@context"])

    for url in contexts.FILES:
        note(contexts.load(url)["@context"])
    for meant, terms in words.items():
        assert len({t for t in terms & DECISIVE if not meant.startswith("@")}) <= 1, (meant, terms)


def test_spellings_that_mean_the_same_are_covered() -> None:
    """One entry or a list of one, an id or an object with only an id, nothing or an empty list."""
    signed = with_proof()
    signed["credentialSubject"] = [signed["credentialSubject"]]
    signed["evidence"] = []
    linked_data.screen(signed)
    assert linked_data.Covered(signed).nquads() == linked_data.Covered(ob3()).nquads()


@pytest.mark.parametrize(
    ("change", "error", "part"),
    [
        ({"@context": [*ob3()["@context"], *ob3()["@context"]]}, linked_data.NotKnown, "same vocabulary twice"),
        ({"evidence": [{"type": ["Evidence"]}] * 501}, linked_data.NotKnown, "more than 500 entries"),
        ({"name": "x" * 256_000}, linked_data.NotKnown, "larger than 256,000 bytes"),
        ({"evidence": {"id": "_:b0", "type": ["Evidence"]}}, linked_data.NotCovered, "local label"),
        ({"@graph": []}, linked_data.NotKnown, "spelled in a way"),
        ({"evidence": [{"@context": ob3()["@context"]}]}, linked_data.NotKnown, "supported for endorsements only"),
        ({"evidence": [[{"type": ["Evidence"]}]]}, linked_data.NotCovered, "a list within a list"),
    ],
)
def test_the_screen_refuses_what_no_credential_needs(
    change: dict[str, Any], error: type[ValueError], part: str
) -> None:
    with pytest.raises(error, match=part):
        linked_data.screen(ob3() | change)
