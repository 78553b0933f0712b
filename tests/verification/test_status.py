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
    issuer,
    jws,
    look,
    ob3,
    registered,
    registry,
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


def told_of(entry: Any, answer: Answer = 404, *, document: bool = False) -> str:
    body = ob3(credentialStatus=entry)
    content = with_proof(body) if document else vc_jwt(body)
    return told(look(content, web=Web({LIST: answer})))


def test_a_credential_without_a_status_cannot_be_withdrawn() -> None:
    found = look(vc_jwt())
    assert found.verdict.checks[4].detail == "Acme Learning gave no way to withdraw it."


REVOCATIONS: Json = {"id": LIST, "type": "1EdTechRevocationList"}


def test_a_revocation_list_in_another_registered_name_of_the_issuer_counts() -> None:
    """A profile's address and a DID may name one issuer; the list need not use the name that the credential uses."""
    did, other = "did:web:issuer.example", f"{SITE}/other-profile"
    known = registry(issuer(registered(ED, f"{ISSUER}#key-1"), ids=(ISSUER, other), dids=frozenset({did})))
    for owner in (did, other, {"id": did}):
        for ids, word in (([], "verified"), ([ob3()["id"]], "rejected status: The issuer has withdrawn")):
            web = Web({LIST: {"id": LIST, "issuer": owner, "revokedCredentials": ids}})
            assert told(look(vc_jwt(ob3(credentialStatus=REVOCATIONS)), known, web)).startswith(word)
        strange = look(
            vc_jwt(ob3(credentialStatus=REVOCATIONS)), web=Web({LIST: {"issuer": owner, "revokedCredentials": []}})
        )
        assert "belongs to another issuer" in told(strange)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ({"id": LIST, "issuer": ISSUER, "revokedCredentials": []}, "verified"),
        ({"id": LIST, "issuer": {"id": ISSUER}, "revokedCredentials": [{"id": "urn:other"}]}, "verified"),
        (
            {"revokedCredentials": [{"id": ob3()["id"], "revocationReason": "Mistake"}]},
            "rejected status: The issuer has withdrawn this micro-credential (its reason: Mistake).",
        ),
        ({"revokedCredential": [ob3()["id"]]}, "rejected status: The issuer has withdrawn this micro-credential."),
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
    assert told_of(REVOCATIONS, answer).startswith(sentence)


def bits(*ones: int, size: int = 131_072) -> str:
    bits = bytearray(size // 8)
    for one in ones:
        bits[one // 8] |= 1 << (7 - one % 8)
    return "u" + b64(gzip.compress(bytes(bits)))


def status_list(encoded: str, **changes: Any) -> Json:
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
            told_of(ENTRY, with_proof(status_list(bits(94567))), document=document)
            == "rejected status: The issuer has withdrawn this micro-credential."
        )
        assert told_of(ENTRY, with_proof(status_list(bits(94566, 94568))), document=document).startswith("verified")
    assert told_of(ENTRY, jws(status_list(bits(94567)), ED).encode()).startswith("rejected status")
    assert told_of(ENTRY, jws(status_list(bits()), ED).encode()).startswith("verified")
    suspended = with_proof(status_list(bits(94567), subject={"statusPurpose": "suspension"}))
    assert (
        told_of(ENTRY | {"statusPurpose": "suspension"}, suspended)
        == "rejected status: The issuer has suspended this micro-credential."
    )


LISTS: dict[str, tuple[Answer, str]] = {
    "unsigned": (status_list(bits()), "held status: The status list itself is not proven: the list carries no proof"),
    "signed by a thief": (with_proof(status_list(bits()), THIEF), "held status: The status list itself is not proven"),
    "token of a thief": (jws(status_list(bits()), THIEF).encode(), "held status: The status list itself is not proven"),
    "list of a stranger": (
        with_proof(status_list(bits(), issuer="https://stranger.example")),
        "held status: The status list is not one of",
    ),
    "another list": (
        with_proof(status_list(bits(), id=f"{SITE}/status/2")),
        f"held status: The address of the status list serves another list ({SITE}/status/2), which cannot tell that it is",
    ),
    "another list that withdraws": (
        with_proof(status_list(bits(94567), id=f"{SITE}/status/2")),
        f"rejected status: The issuer has withdrawn this micro-credential. The list calls itself {SITE}/status/2.",
    ),
    "another list that withdraws, by a thief": (
        with_proof(status_list(bits(94567), id=f"{SITE}/status/2"), THIEF),
        "held status: The status list itself is not proven",
    ),
    "another list that suspends": (
        with_proof(status_list(bits(94567), id=f"{SITE}/status/2", subject={"statusPurpose": "suspension"})),
        "held status: The list of withdrawn credentials cannot be understood",
    ),
    "a list without a name": (
        with_proof({k: v for k, v in status_list(bits()).items() if k != "id"}),
        "verified",
    ),
    "of another purpose": (
        with_proof(status_list(bits(), subject={"statusPurpose": "suspension"})),
        "held status: The list of withdrawn",
    ),
    "expired": (
        with_proof(status_list(bits(), validUntil="2026-09-01T00:00:00Z")),
        "held status: The status list is out of date",
    ),
    "of the future": (
        with_proof(status_list(bits(), validFrom="2026-12-01T00:00:00Z")),
        "held status: The status list is not in force yet",
    ),
    "too short": (
        with_proof(status_list(bits(size=1024))),
        "held status: The list of withdrawn credentials cannot be understood",
    ),
    "bomb": (
        with_proof(status_list("u" + b64(gzip.compress(b"\0" * 20_000_000)))),
        "held status: The list of withdrawn",
    ),
    "not packed": (with_proof(status_list("u" + b64(b"\0" * 20_000))), "held status: The list of withdrawn"),
    "no list": ({"a": 1}, "held status: The list of withdrawn"),
    "a page": (b"<html>", "held status: The list of withdrawn"),
    "away": (503, "held status: The status list could not be read"),
}


@pytest.mark.parametrize("case", LISTS)
def test_a_status_list_that_is_not_the_issuers_own_word_holds(case: str) -> None:
    answer, sentence = LISTS[case]
    assert told_of(ENTRY, answer).startswith(sentence), told_of(ENTRY, answer)


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
    assert told_of(entry, with_proof(status_list(bits()))).startswith("held status")


def test_the_worst_of_several_entries_counts() -> None:
    answer = with_proof(status_list(bits(7)))
    assert told_of([ENTRY, ENTRY | {"statusListIndex": 7}], answer).startswith("rejected status")
    assert told_of([ENTRY, {"id": "urn:x:1", "type": "Other"}], answer).startswith(
        "held status: Its status is kept as Other"
    )


# Multi-bit entries, other purposes

TWO_BITS = [{"status": f"0x{n}", "message": m} for n, m in enumerate(("fine", "under review", "withdrawn", "moved"))]


def test_an_entry_of_several_bits_is_read_at_its_own_place() -> None:
    entry = ENTRY | {"statusListIndex": "7", "statusSize": 2, "statusMessage": TWO_BITS}
    wide = 2 * 131_072
    assert told_of(entry, with_proof(status_list(bits(7, size=wide)))).startswith(
        "verified"
    )  # a reader of single bits would reject
    assert told_of(entry, with_proof(status_list(bits(14, size=wide)))) == (
        "rejected status: The issuer has withdrawn this micro-credential (its message: withdrawn)."
    )
    assert "(its message: under review)" in told_of(entry, with_proof(status_list(bits(15, size=wide))))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"statusMessage": None}, '"statusMessage" is missing'),
        ({"statusMessage": TWO_BITS[:3]}, '"statusMessage" does not give each value its meaning'),
        ({"statusMessage": [{"status": 0, "message": "x"}]}, '"statusMessage" is not a list of values'),
        ({"statusSize": 0}, '"statusSize" is not a positive number'),
        ({"statusSize": True}, '"statusSize" is not a positive number'),
        ({"statusSize": "2"}, '"statusSize" is not a positive number'),
        ({"statusSize": 64}, '"statusSize" is more than 8 bits'),
        ({"statusListIndex": "131072"}, "lies beyond the list"),
    ],
)
def test_an_entry_of_several_bits_that_is_not_told_apart_holds(changes: Json, sentence: str) -> None:
    entry = ENTRY | {"statusListIndex": "131071", "statusSize": 2, "statusMessage": TWO_BITS}
    answer = with_proof(status_list(bits(size=2 * 131_072)))
    assert told_of(entry, answer).startswith("verified")
    found = told_of({k: v for k, v in (entry | changes).items() if v is not None}, answer)
    assert found.startswith("held status"), found
    assert sentence in found


def test_a_list_is_too_short_when_its_entries_take_more_bits_than_one() -> None:
    entry = ENTRY | {"statusListIndex": "7", "statusSize": 2, "statusMessage": TWO_BITS}
    assert "fewer than 131,072 entries" in told_of(entry, with_proof(status_list(bits())))


def test_a_note_of_the_issuer_is_for_a_person() -> None:
    entry = ENTRY | {
        "statusPurpose": "message",
        "statusMessage": [{"status": "0x0", "message": "fine"}, {"status": "0x1", "message": "see us"}],
    }
    noted = {"statusPurpose": ["revocation", "message"]}
    assert told_of(entry, with_proof(status_list(bits(), subject=noted))).startswith("verified")
    found = told_of(entry, with_proof(status_list(bits(94567), subject=noted)))
    assert found == "held status: The issuer has put a note on this micro-credential (its message: see us)."


def test_an_entry_that_only_tells_of_newer_versions_is_not_asked_for() -> None:
    found = look(vc_jwt(ob3(credentialStatus=ENTRY | {"statusPurpose": "refresh"})))
    assert told(found).startswith("verified")
    assert found.fetched == ()


def test_withdrawn_and_suspended_are_both_looked_at() -> None:
    other = f"{SITE}/status/2"
    entries = [ENTRY, ENTRY | {"statusPurpose": "suspension", "statusListCredential": other}]
    suspensions = {"statusPurpose": "suspension"}
    web: dict[str, Answer] = {
        LIST: with_proof(status_list(bits())),
        other: with_proof(status_list(bits(), id=other, subject=suspensions)),
    }
    body = vc_jwt(ob3(credentialStatus=entries))
    assert told(look(body, web=Web(dict(web)))).startswith("verified")
    web[other] = with_proof(status_list(bits(94567), id=other, subject=suspensions))
    assert told(look(body, web=Web(dict(web)))) == "rejected status: The issuer has suspended this micro-credential."
    assert told(look(body, web=Web({**web, LIST: 503, other: web[other]}))).startswith("rejected status")
    web[other] = 503
    assert told(look(body, web=Web(dict(web)))).startswith("held status")


def test_the_same_entry_twice_is_the_same_entry() -> None:
    assert told_of([ENTRY, ENTRY], with_proof(status_list(bits()))).startswith("verified")


# The list of ids


def test_an_entry_that_says_not_revoked_is_not() -> None:
    ids = [{"id": ob3()["id"], "revoked": False}]
    assert told_of(REVOCATIONS, {"issuer": ISSUER, "revokedCredential": ids}).startswith("verified")
    ids[0]["revoked"] = True
    assert told_of(REVOCATIONS, {"issuer": ISSUER, "revokedCredential": ids}).startswith("rejected status")
    assert told_of(REVOCATIONS, {"issuer": ISSUER, "revokedCredential": ids[0]}).startswith("rejected status")


def test_a_list_of_ids_that_answers_under_another_name_holds() -> None:
    found = told_of(REVOCATIONS, {"id": f"{SITE}/status/2", "issuer": ISSUER, "revokedCredential": []})
    assert (
        found
        == "held status: The list of withdrawn credentials that was served is another one than the credential names."
    )


def test_an_unsigned_list_of_ids_counts_at_a_registered_site_only() -> None:
    elsewhere = "https://files.example/revoked"
    listed: Json = {"id": elsewhere, "issuer": ISSUER, "revokedCredential": [{"id": ob3()["id"]}]}
    body = vc_jwt(ob3(credentialStatus={"id": elsewhere, "type": "1EdTechRevocationList"}))
    found = told(look(body, web=Web({elsewhere: listed})))
    assert found.startswith(
        "held status: The list of withdrawn credentials is not signed and lies at https://files.example"
    )
    known = registry(issuer(registered(ED, f"{ISSUER}#key-1"), origins=frozenset({SITE, "https://files.example"})))
    assert told(look(body, known, Web({elsewhere: listed}))).startswith("rejected status")


def test_a_list_of_ids_that_was_moved_to_another_site_holds() -> None:
    away = "https://files.example/revoked"
    web = Web({LIST: away, away: {"issuer": ISSUER, "revokedCredential": []}})
    assert told(look(vc_jwt(ob3(credentialStatus=REVOCATIONS)), web=web)).startswith("held status")


@pytest.mark.parametrize("listed", [[], [{"id": ob3()["id"]}]])
def test_a_signed_list_of_ids_counts_wherever_it_lies(listed: list[Json]) -> None:
    elsewhere = "https://files.example/revoked"
    body = vc_jwt(ob3(credentialStatus={"id": elsewhere, "type": "1EdTechRevocationList"}))
    plain: Json = {"id": elsewhere, "issuer": ISSUER, "revokedCredential": listed}
    own = told(look(body, web=Web({elsewhere: jws(plain, ED).encode()})))
    assert own.startswith("rejected status: The issuer has withdrawn" if listed else "verified")
    forged = told(look(body, web=Web({elsewhere: jws(plain, THIEF).encode()})))
    assert forged.startswith("held status: The list of withdrawn credentials itself is not proven")
    past = told(look(body, web=Web({elsewhere: jws(plain | {"validUntil": "2026-01-01T00:00:00Z"}, ED).encode()})))
    assert past.startswith("held status: The list of withdrawn credentials is out of date")
