"""The issuer's lists of status bits: three forms, where they lie, how they are packed, and how long they are remembered."""

import base64
import gzip
import tracemalloc
import zlib
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from countersign.verification.withdrawal import bit_lists
from tests.verification.making import (
    ED,
    ISSUER,
    NOW,
    THIEF,
    VC1,
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
from tests.verification.test_status import ENTRY, LIST, bits, status_list, told_of

# Status List 2021, and lists that lie elsewhere

OLDER_ENTRY = ENTRY | {"type": "StatusList2021Entry"}


def _older(*ones: int, coded: str = "") -> Json:
    changes = {"type": "StatusList2021", "encodedList": coded or bits(*ones)[1:]}
    context = [VC1, "https://w3id.org/vc/status-list/2021/v1", "https://w3id.org/security/data-integrity/v2"]
    made = status_list("", type=["VerifiableCredential", "StatusList2021Credential"], subject=changes) | {
        "@context": context
    }
    return {k: v for k, v in made.items() if k != "validFrom"} | {"issuanceDate": "2026-01-01T00:00:00Z"}


def test_a_status_list_of_2021() -> None:
    def answers(body: Json) -> tuple[Answer, Answer]:
        return jws({"iss": ISSUER, "vc": body}, ED).encode(), with_proof(body)

    for clear, withdrawn in zip(answers(_older()), answers(_older(94567)), strict=True):
        assert told_of(OLDER_ENTRY, clear).startswith("verified")
        assert told_of(OLDER_ENTRY, withdrawn).startswith("rejected status: The issuer has withdrawn")
    padded = base64.b64encode(gzip.compress(b"\xff" * 16_384)).decode()
    assert told_of(OLDER_ENTRY, jws({"vc": _older(coded=padded)}, ED).encode()).startswith("rejected status")


def test_the_lists_of_two_specifications_are_not_exchanged() -> None:
    assert told_of(ENTRY, jws({"vc": _older()}, ED).encode()).startswith("held status")
    assert told_of(OLDER_ENTRY, with_proof(status_list(bits()))).startswith("held status")
    bare = jws(status_list(bits()[1:]), ED).encode()
    assert '"encodedList" is not multibase' in told_of(ENTRY, bare)


def test_a_signed_list_may_lie_at_any_site_and_a_strangers_list_at_none() -> None:
    elsewhere = "https://status.example/acme/1"
    body = vc_jwt(ob3(credentialStatus=ENTRY | {"statusListCredential": elsewhere}))
    own = with_proof(status_list(bits(), id=elsewhere))
    assert told(look(body, web=Web({elsewhere: own}))).startswith("verified")
    forged = with_proof(status_list(bits(), id=elsewhere), THIEF)
    assert told(look(body, web=Web({elsewhere: forged}))).startswith(
        "held status: The status list itself is not proven"
    )
    theirs = with_proof(status_list(bits(), id=elsewhere, issuer="https://stranger.example"), THIEF)
    assert told(look(body, web=Web({elsewhere: theirs}))).startswith(
        "held status: The status list is not one of Acme Learning"
    )


def test_another_registered_issuer_cannot_clear_this_ones_credential() -> None:
    known = registry(
        issuer(registered(ED, f"{ISSUER}#key-1")),
        issuer(
            registered(THIEF),
            id_="other",
            name="Other",
            ids=("https://other.example",),
            origins=frozenset({"https://other.example"}),
        ),
    )
    answer = with_proof(
        status_list(bits(), issuer="https://other.example"), THIEF, verificationMethod="https://other.example#k"
    )
    found = told(look(vc_jwt(ob3(credentialStatus=ENTRY)), known, Web({LIST: answer})))
    assert found.startswith("held status: The status list is not one of Acme Learning")


def test_a_list_under_the_issuers_other_registered_identity_counts() -> None:
    known = registry(issuer(registered(ED, ""), ids=(ISSUER, "https://issuer.example/lists")))
    answer = jws(status_list(bits(94567), issuer={"id": "https://issuer.example/lists"}), ED).encode()
    assert told(look(vc_jwt(ob3(credentialStatus=ENTRY)), known, Web({LIST: answer}))).startswith("rejected status")


# How a list is packed

PLAIN = gzip.compress(bytes(16_384))
PACKED = {
    "sound": (PLAIN, "verified"),
    "cut off": (PLAIN[:-9], '"encodedList" is cut off'),
    "with something behind it": (PLAIN + b"\0", '"encodedList" holds something behind its list'),
    "two lists in one": (PLAIN + PLAIN, '"encodedList" holds something behind its list'),
    "zlib, not gzip": (zlib.compress(bytes(16_384)), '"encodedList" cannot be unpacked'),
    "a bomb": (gzip.compress(bytes(16_000_001)), "unpacks to more than 16,000,000 bytes"),
    "empty": (gzip.compress(b""), "fewer than 131,072 entries"),
    "one entry short": (gzip.compress(bytes(16_383)), "fewer than 131,072 entries"),
}


@pytest.mark.parametrize("case", PACKED)
def test_a_list_is_one_whole_gzip_stream(case: str) -> None:
    packed, sentence = PACKED[case]
    assert sentence in told_of(ENTRY | {"statusListIndex": "131071"}, jws(status_list("u" + b64(packed)), ED).encode())


def test_a_bomb_takes_bounded_memory() -> None:
    bomb = jws(status_list("u" + b64(gzip.compress(bytes(400_000_000), 9))), ED).encode()
    tracemalloc.start()
    try:
        assert "unpacks to more than" in told_of(ENTRY, bomb)
        assert tracemalloc.get_traced_memory()[1] < 60_000_000
    finally:
        tracemalloc.stop()


def test_a_list_is_asked_for_anew_however_long_a_copy_might_be_kept() -> None:
    pages = Web()
    for ones, outcome in (((), "verified"), ((94567,), "rejected"), ((), "verified")):
        pages.pages[LIST] = jws(status_list(bits(*ones), subject={"ttl": 10**11}), ED).encode()
        assert look(vc_jwt(ob3(credentialStatus=ENTRY)), web=pages).verdict.outcome == outcome


def test_a_thousand_credentials_on_one_list_prove_and_unpack_it_once(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[object] = []
    unpack = bit_lists._unpacked  # pyright: ignore[reportPrivateUsage]

    def counted(subject: Json, kind: bit_lists.Kind) -> bytes:
        seen.append(subject)
        return unpack(subject, kind)

    monkeypatch.setattr(bit_lists, "_unpacked", counted)
    known, web = registry(), Web({LIST: with_proof(status_list(bits(500), validUntil="2027-01-01T00:00:00Z"))})
    for index in range(1000):
        found = look(vc_jwt(ob3(credentialStatus=ENTRY | {"statusListIndex": str(index)})), known, web)
        assert found.verdict.outcome == ("rejected" if index == 500 else "verified")
        assert [a.url for a in found.fetched] == [LIST]
    assert len(seen) == 1


def test_a_remembered_list_is_not_another_issuers_nor_another_times() -> None:
    answer = jws(status_list(bits(), validUntil="2026-11-01T00:00:00Z"), ED).encode()
    body, web = vc_jwt(ob3(credentialStatus=ENTRY)), Web({LIST: answer})
    assert look(body, web=web).verdict.outcome == "verified"
    assert look(body, web=web, now=NOW + timedelta(days=60)).verdict.outcome == "held"
    other = registry(issuer(registered(ED), ids=(ISSUER,), name="Acme", dids=frozenset({"did:web:issuer.example"})))
    assert look(body, other, web).verdict.outcome == "verified"
    known = registry()
    for now, outcome in ((NOW, "verified"), (NOW + timedelta(days=60), "held"), (NOW, "verified")):
        assert look(body, known, web, now).verdict.outcome == outcome, "the same issuer, another day"
    rotated = registry(issuer(registered(ED, f"{ISSUER}#key-1", compromised=date(2026, 1, 1))))
    assert look(body, rotated, web).verdict.outcome == "rejected"


def test_a_remembered_list_is_not_one_of_another_specification() -> None:
    known, web = registry(), Web({LIST: jws(status_list(bits()), ED).encode()})
    for entry, outcome in ((ENTRY, "verified"), (OLDER_ENTRY, "held"), (ENTRY, "verified")):
        assert look(vc_jwt(ob3(credentialStatus=entry)), known, web).verdict.outcome == outcome


@given(st.sets(st.integers(0, 131_071), max_size=20), st.integers(0, 131_071))
@settings(max_examples=25)
def test_exactly_the_bits_that_are_set_withdraw(ones: set[int], index: int) -> None:
    answer = jws(status_list(bits(*ones)), ED).encode()
    outcome = look(
        vc_jwt(ob3(credentialStatus=ENTRY | {"statusListIndex": index})), web=Web({LIST: answer})
    ).verdict.outcome
    assert outcome == ("rejected" if index in ones else "verified")
