"""Endorsements are examined and reported; whatever is wrong with one, the credential's verdict stays what it is."""

from typing import Any

import pytest

from models.credentials import Endorsement
from tests.verification.making import (
    ED,
    ISSUER,
    OB3,
    OTHER,
    SITE,
    THIEF,
    VC2,
    Answer,
    Json,
    Web,
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

BOARD = "https://board.example/profile"
METHOD = f"{BOARD}#key-1"
ACHIEVEMENT = ob3()["credentialSubject"]["achievement"]["id"]
KNOWN = registry(
    issuer(registered(ED, f"{ISSUER}#key-1")),
    issuer(
        registered(OTHER, METHOD),
        id_="board",
        name="Board of Standards",
        ids=(BOARD,),
        origins=frozenset({"https://board.example"}),
    ),
)


def _endorsement(of: str = ISSUER, **changes: Any) -> Json:
    return {
        "@context": [VC2, OB3],
        "id": "urn:uuid:9a3c0b52-0000-4000-8000-000000000009",
        "type": ["VerifiableCredential", "EndorsementCredential"],
        "name": "Endorsement",
        "issuer": {"id": BOARD, "type": ["Profile"], "name": "The Board, so it says"},
        "validFrom": "2026-01-01T00:00:00Z",
        "credentialSubject": {"id": of, "type": ["EndorsementSubject"], "endorsementComment": "Sound."},
    } | changes


def _proven(of: str = ISSUER, key: Any = OTHER, **changes: Any) -> Json:
    return with_proof(_endorsement(of, **changes), key, verificationMethod=METHOD)


def _token(of: str = ISSUER, key: Any = OTHER, **changes: Any) -> str:
    return jws(_endorsement(of, **changes) | {"iss": BOARD}, key, kid=METHOD)


def _look(body: Json, pages: dict[str, Answer] | None = None) -> tuple[Endorsement, ...]:
    found = look(vc_jwt(body), KNOWN, Web(pages or {}))
    assert found.verdict.outcome == "verified", told(found)
    return found.endorsements


@pytest.mark.parametrize("form", ["endorsement", "endorsementJwt"])
def test_endorsements_of_the_award_the_micro_credential_and_the_issuer_are_reported(form: str) -> None:
    make = _proven if form == "endorsement" else _token
    body = ob3()
    body[form] = [make(body["id"])]
    body["credentialSubject"]["achievement"][form] = make(ACHIEVEMENT)
    body["issuer"][form] = [make(ISSUER)]
    found = _look(body)
    assert [e.of for e in found] == ["the award", "the micro-credential", "the issuer"]
    assert {(e.by_id, e.by_name, e.outcome.value) for e in found} == {(BOARD, "Board of Standards", "passed")}
    assert found[1].detail == "Board of Standards endorses the micro-credential."


CASES: dict[str, tuple[object, str, str]] = {
    "of a stranger": (
        _endorsement(issuer={"id": "https://who.example", "type": ["Profile"]}),
        "indeterminate",
        "not in the affiliate's registry",
    ),
    "unsigned": (_endorsement(), "failed", "It is not signed"),
    "forged": (_proven(key=THIEF), "failed", "altered or forged"),
    "token forged": (_token(key=THIEF), "failed", "altered or forged"),
    "changed": (_proven() | {"name": "Better"}, "failed", "altered or forged"),
    "of something else": (_proven("https://elsewhere.example/1"), "failed", "endorses something else"),
    "expired": (_proven(validUntil="2026-02-01T00:00:00Z"), "failed", "It expired on February 1, 2026"),
    "not begun": (_proven(validFrom="2027-02-01T00:00:00Z"), "failed", "has not come yet"),
    "another type": (_proven(type=["VerifiableCredential", "OpenBadgeCredential"]), "failed", "EndorsementCredential"),
    "without its subject": (_endorsement(credentialSubject=None), "failed", '"credentialSubject" is missing'),
    "not conforming": (_endorsement(name=None), "failed", '"name" is'),
    "a number": (7, "failed", "neither an object nor a token"),
    "a text": ("hello", "failed", "neither a JSON credential nor a token"),
    "an empty object": ({}, "failed", "It cannot be understood"),
    "a token of nothing": ("a.b.c", "failed", "It cannot be understood"),
    "a deep one": ({"issuer": [[[]]], "credentialSubject": [[]]}, "failed", "It cannot be understood"),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_wrong_with_one_is_told_in_its_own_line(case: str) -> None:
    one, outcome, sentence = CASES[case]
    form = "endorsementJwt" if isinstance(one, str) else "endorsement"
    (found,) = _look(ob3(**{form: [one]}))
    assert found.outcome == outcome
    assert sentence in found.detail, found


def test_a_claimed_name_is_not_the_registers_until_it_is_proven() -> None:
    (found,) = _look(ob3(endorsement=_endorsement()))
    assert found.by_name == "The Board, so it says"


def test_an_endorsement_that_was_withdrawn_or_cannot_be_looked_up_is_told() -> None:
    listed = "https://board.example/revoked"
    one = _token(credentialStatus={"id": listed, "type": "1EdTechRevocationList"})
    clear: Json = {"issuer": BOARD, "revokedCredential": []}
    assert _look(ob3(endorsementJwt=[one]), {listed: clear})[0].outcome == "passed"
    gone: Json = {"issuer": BOARD, "revokedCredential": [{"id": _endorsement()["id"]}]}
    assert _look(ob3(endorsementJwt=[one]), {listed: gone})[0].outcome == "failed"
    assert _look(ob3(endorsementJwt=[one]))[0].outcome == "indeterminate"


def test_so_many_are_examined_and_the_rest_are_counted() -> None:
    found = look(vc_jwt(ob3(endorsementJwt=["x"] * 40)), KNOWN)
    assert found.verdict.outcome == "verified"
    assert len(found.endorsements) == 12
    assert found.remarks == ("It carries 28 more endorsements than are examined.",)


def test_an_unproven_credential_reports_none_and_asks_nobody() -> None:
    found = look(vc_jwt(ob3(endorsementJwt=[_token()]), key=THIEF), KNOWN, Web({SITE: 404}))
    assert found.verdict.outcome == "rejected"
    assert (found.endorsements, found.fetched) == ((), ())
