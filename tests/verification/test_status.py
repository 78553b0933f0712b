"""Open Badges 3.0 withdrawn or not: revocation lists and Bitstring Status Lists."""

import gzip
from typing import Any

import pytest

from countersign.verification import Unreachable
from tests.verification.making import (
    ED,
    ISSUER,
    SITE,
    THIEF,
    VC2,
    Answer,
    Json,
    Web,
    b64,
    jws,
    look,
    ob3,
    told,
    vc_jwt,
    with_proof,
)

LIST = f"{SITE}/status/1"
ENTRY: Json = {
    "id": f"{LIST}#94567",
    "type": "BitstringStatusListEntry",
    "statusPurpose": "revocation",
    "statusListIndex": "94567",
    "statusListCredential": LIST,
}


def _told(entry: Any, answer: Answer = 404, *, document: bool = False) -> str:
    body = ob3(credentialStatus=entry)
    content = with_proof(body) if document else vc_jwt(body)
    return told(look(content, web=Web({LIST: answer})))


def test_a_credential_without_a_status_cannot_be_withdrawn() -> None:
    found = look(vc_jwt())
    assert found.verdict.checks[4].detail == "Acme Learning gave no way to withdraw it."


REVOCATIONS: Json = {"id": LIST, "type": "1EdTechRevocationList"}


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ({"id": LIST, "issuer": ISSUER, "revokedCredentials": []}, "verified"),
        ({"id": LIST, "issuer": {"id": ISSUER}, "revokedCredentials": [{"id": "urn:other"}]}, "verified"),
        (
            {"revokedCredentials": [{"id": ob3()["id"], "revocationReason": "Mistake"}]},
            "rejected status: The issuer has withdrawn this credential (its reason: Mistake).",
        ),
        ({"revokedCredential": [ob3()["id"]]}, "rejected status: The issuer has withdrawn this credential."),
        (
            {"issuer": "https://stranger.example", "revokedCredentials": []},
            "held status: The list of withdrawn credentials belongs to another",
        ),
        ({"revoked": []}, "held status: The list of withdrawn credentials cannot be understood"),
        (b"<html>", "held status: The list of withdrawn credentials cannot be read: it is neither"),
        (Unreachable("no"), "held status: The list of withdrawn credentials could not be read"),
        (404, "held status"),
        (410, "held status"),
    ],
)
def test_a_revocation_list(answer: Answer, sentence: str) -> None:
    assert _told(REVOCATIONS, answer).startswith(sentence)


def _bits(*ones: int, size: int = 131_072) -> str:
    bits = bytearray(size // 8)
    for one in ones:
        bits[one // 8] |= 1 << (7 - one % 8)
    return "u" + b64(gzip.compress(bytes(bits)))


def _list(encoded: str, **changes: Any) -> Json:
    subject = {
        "id": f"{LIST}#list",
        "type": "BitstringStatusList",
        "statusPurpose": "revocation",
        "encodedList": encoded,
    }
    return {
        "@context": [VC2],
        "id": LIST,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": ISSUER,
        "validFrom": "2026-01-01T00:00:00Z",
        "credentialSubject": subject | changes.pop("subject", {}),
    } | changes


def test_a_bit_that_is_set_withdraws() -> None:
    for document in (True, False):
        assert (
            _told(ENTRY, with_proof(_list(_bits(94567))), document=document)
            == "rejected status: The issuer has withdrawn this credential."
        )
        assert _told(ENTRY, with_proof(_list(_bits(94566, 94568))), document=document).startswith("verified")
    assert _told(ENTRY, jws(_list(_bits(94567)), ED).encode()).startswith("rejected status")
    assert _told(ENTRY, jws(_list(_bits()), ED).encode()).startswith("verified")
    suspended = with_proof(_list(_bits(94567), subject={"statusPurpose": "suspension"}))
    assert (
        _told(ENTRY | {"statusPurpose": "suspension"}, suspended)
        == "rejected status: The issuer has suspended this credential."
    )


LISTS: dict[str, tuple[Answer, str]] = {
    "unsigned": (_list(_bits()), "held status: The status list itself is not proven: It carries no proof"),
    "signed by a thief": (with_proof(_list(_bits()), THIEF), "held status: The status list itself is not proven"),
    "token of a thief": (jws(_list(_bits()), THIEF).encode(), "held status: The status list itself is not proven"),
    "list of a stranger": (
        with_proof(_list(_bits(), issuer="https://stranger.example")),
        "held status: The status list is not one of",
    ),
    "another list": (
        with_proof(_list(_bits(), id=f"{SITE}/status/2")),
        "held status: The address of the status list serves another",
    ),
    "of another purpose": (
        with_proof(_list(_bits(), subject={"statusPurpose": "suspension"})),
        "held status: The list of withdrawn",
    ),
    "expired": (
        with_proof(_list(_bits(), validUntil="2026-09-01T00:00:00Z")),
        "held status: The status list is out of date",
    ),
    "of the future": (
        with_proof(_list(_bits(), validFrom="2026-12-01T00:00:00Z")),
        "held status: The status list is out of date",
    ),
    "too short": (
        with_proof(_list(_bits(size=1024))),
        "held status: The list of withdrawn credentials cannot be understood",
    ),
    "bomb": (with_proof(_list("u" + b64(gzip.compress(b"\0" * 20_000_000)))), "held status: The list of withdrawn"),
    "not packed": (with_proof(_list("u" + b64(b"\0" * 20_000))), "held status: The list of withdrawn"),
    "no list": ({"a": 1}, "held status: The list of withdrawn"),
    "a page": (b"<html>", "held status: The list of withdrawn"),
    "away": (503, "held status: The status list could not be read"),
}


@pytest.mark.parametrize("case", LISTS)
def test_a_status_list_that_is_not_the_issuers_own_word_holds(case: str) -> None:
    answer, sentence = LISTS[case]
    assert _told(ENTRY, answer).startswith(sentence), _told(ENTRY, answer)


@pytest.mark.parametrize(
    "entry",
    [
        ENTRY | {"statusListIndex": "131072"},
        ENTRY | {"statusListIndex": "-1"},
        ENTRY | {"statusListIndex": "1.0"},
        ENTRY | {"statusListIndex": True},
        ENTRY | {"statusPurpose": "message"},
        ENTRY | {"statusSize": 2},
        ENTRY | {"type": "StatusList2021Entry"},
        ENTRY | {"type": ["BitstringStatusListEntry", "Other"]},
        "https://issuer.example/status",
        [ENTRY] * 9,
    ],
)
def test_an_entry_that_is_not_understood_holds(entry: Any) -> None:
    assert _told(entry, with_proof(_list(_bits()))).startswith("held status")


def test_the_worst_of_several_entries_counts() -> None:
    answer = with_proof(_list(_bits(7)))
    assert _told([ENTRY, ENTRY | {"statusListIndex": 7}], answer).startswith("rejected status")
    assert _told([ENTRY, {"id": "urn:x:1", "type": "Other"}], answer).startswith(
        "held status: Its status is kept as Other"
    )
