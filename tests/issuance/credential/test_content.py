"""The recognition credential's words, and the list of what was taken back."""

import base64
import gzip
import hashlib
import json
from dataclasses import replace
from datetime import date

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from countersign import identity
from countersign.errors import CountersignError
from countersign.issuance.credential import baking, content, keys, status
from countersign.issuance.credential.content import Recipient
from countersign.settings import Settings
from countersign.verification.carriers import png as reader
from models.credentials import Identity
from tests.issuance.credential.conftest import (
    DID,
    NOW,
    PAT,
    PICTURE,
    PRINTED,
    SEED,
    body_of,
)


def test_it_says_what_was_recognized_as_how_many_hours_and_by_whom(settings: Settings) -> None:
    body = body_of(settings)
    achievement = body["credentialSubject"]["achievement"]
    assert body["name"] == (
        "Recognition of Creating a Classroom Culture of Belonging as 15 hours of professional development "
        "by Demo Education Association"
    )
    assert achievement["name"] == body["name"]
    assert achievement["description"].endswith("for Vermont educator license renewal. This is not college credit.")
    assert achievement["criteria"]["narrative"] == (
        "15 hours for each micro-credential, whatever time the work took (clause “15-hour certificate” of "
        "“Micro-credentials for license renewal”). The micro-credential was proven to be its issuer's own before it was recognized."
    )
    assert body["id"] == "https://check.demo-ea.example/c/VT-2026-7K3QM-XR2DW-8/credential"
    assert body["issuer"] == {
        "id": DID,
        "type": ["Profile"],
        "name": "Demo Education Association",
        "email": "credentials@demo-ea.example",
        "url": "https://check.demo-ea.example/",
    }


def test_the_hours_are_a_result_and_never_credits(settings: Settings) -> None:
    subject = body_of(settings, quantity="7.50")["credentialSubject"]
    (described,), (result,) = subject["achievement"]["resultDescription"], subject["result"]
    assert (result["value"], result["resultDescription"]) == ("7.5", described["id"])
    assert described["resultType"] == "ext:ProfessionalDevelopmentHours"
    assert "creditsAvailable" not in subject["achievement"]
    assert "creditsEarned" not in subject


def test_one_hour_is_one_hour(settings: Settings) -> None:
    assert "as 1 hour of professional development" in body_of(settings, quantity="1")["name"]


def test_the_address_is_a_salted_hash_that_its_owner_can_check_and_nobody_can_read(settings: Settings) -> None:
    email, name = body_of(settings)["credentialSubject"]["identifier"]
    assert (
        email["identityHash"] == "sha256$" + hashlib.sha256(b"pat.sample@demo.exampleVT-2026-7K3QM-XR2DW-8").hexdigest()
    )
    held = Identity(kind=email["identityType"], value=email["identityHash"], hashed=True, salt=email["salt"])
    assert identity.matches(held, "PAT.sample@demo.example")
    assert not identity.matches(held, "other@demo.example")
    assert (name["identityType"], name["identityHash"]) == ("name", "Pat Sample")
    assert "pat.sample@" not in json.dumps(body_of(settings)).lower()


def test_the_award_that_was_recognized_is_the_evidence(settings: Settings) -> None:
    award, paper = body_of(settings)["evidence"]
    assert award["id"] == "https://badges.nea.example/assertions/7"
    assert award["description"] == (
        "The micro-credential, awarded by National Example Association, earned on September 28, 2026."
    )
    assert paper["id"] == "https://check.demo-ea.example/c/VT-2026-7K3QM-XR2DW-8"


def test_an_award_whose_name_is_no_address_is_told_in_words(settings: Settings) -> None:
    award = body_of(settings, replace(PAT, assertion="number 12 <of> 2026"))["evidence"][0]
    assert "id" not in award
    assert award["description"].endswith("; its own name is number 12 <of> 2026.")


def test_it_is_valid_from_the_certificates_day_in_the_affiliates_time_zone(settings: Settings) -> None:
    assert body_of(settings)["validFrom"] == "2026-10-02T04:00:00Z"


def test_it_is_never_valid_from_a_moment_to_come(settings: Settings) -> None:
    # in Guam it is the next day already
    entry = status.entry(settings.affiliate.check_url, 7)
    body = content.credential(PRINTED, date(2026, 10, 3), PAT, entry, settings, NOW)
    assert body["validFrom"] == "2026-10-02T06:30:00Z"


def test_the_same_recognition_of_two_people_is_the_same_achievement(settings: Settings) -> None:
    mine, yours = (body_of(settings, number=n)["credentialSubject"]["achievement"]["id"] for n in ("A-1", "A-2"))
    other = body_of(settings, quantity="10")["credentialSubject"]["achievement"]["id"]
    assert mine == yours != other


def test_markdown_of_an_agreement_is_not_obeyed(settings: Settings) -> None:
    narrative = body_of(settings, determined="<img src=x> [here](https://evil.example) *now*")
    said = narrative["credentialSubject"]["achievement"]["criteria"]["narrative"]
    assert said.startswith(r"\<img src=x\> \[here\](https://evil.example) \*now\* (clause")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"quantity": "0"},
            "The certificate VT-2026-7K3QM-XR2DW-8 states 0 hours; a credential states more than none.",
        ),
        (
            {"quantity": "-3"},
            "The certificate VT-2026-7K3QM-XR2DW-8 states -3 hours; a credential states more than none.",
        ),
        (
            {"quantity": "NaN"},
            "The certificate VT-2026-7K3QM-XR2DW-8 states NaN hours; a credential states more than none.",
        ),
        (
            {"title": "\u202e\u200b"},
            "The certificate VT-2026-7K3QM-XR2DW-8 says nothing of its title, which its credential has to say.",
        ),
    ],
)
def test_what_a_credential_cannot_say_is_refused(settings: Settings, changes: dict[str, str], sentence: str) -> None:
    with pytest.raises(CountersignError) as caught:
        body_of(settings, **changes)
    assert caught.value.what == sentence


def test_a_credential_of_nobody_is_refused(settings: Settings) -> None:
    with pytest.raises(CountersignError, match="has no e-mail address on the roster, so nobody could tell whose"):
        body_of(settings, replace(PAT, email=""))


@given(
    st.fixed_dictionaries({k: st.text(max_size=60) for k in ("title", "issuer", "recognizer", "clause", "determined")}),
    st.text(max_size=60),
    st.text(max_size=60),
)
def test_whatever_people_and_issuers_write_the_token_says_it_back_or_is_refused_in_words(
    words: dict[str, str], name: str, assertion: str
) -> None:
    signer = keys.Signer(DID, keys.private_key(SEED, "seed"))
    try:
        body = body_of(SPOKEN, Recipient(name, PAT.email, assertion), **words)
        token = signer.sign(content.claims(body), "JWT")
    except (CountersignError, ValueError):
        return
    read = jwt.decode(token, signer.public, algorithms=["EdDSA"])
    assert {k: read[k] for k in body} == body
    baked = baking.bake(PICTURE, token)
    assert reader.text_of(baked) == token
    assert baking.bake(PICTURE, token) == baked


SPOKEN = Settings.model_validate(
    {
        "time_zone": "America/New_York",
        "affiliate": {
            "name": "Demo",
            "address": ["1"],
            "email": "a@demo.example",
            "check_url": "https://c.demo-ea.example/c/",
        },
        "signatories": [{"name": "R", "title": "D", "from": "2020-01-01"}],
        "mail": {"sender": "a@demo.example", "staff": "b@demo.example"},
        "recognition_credential": {"issuer": DID},
    }
)


def unpacked(encoded: str) -> bytes:
    assert encoded[0] == "u"
    return gzip.decompress(base64.urlsafe_b64decode(encoded[1:] + "=" * (-len(encoded[1:]) % 4)))


@given(st.sets(st.integers(0, 131_071), max_size=40))
def test_exactly_the_places_that_were_revoked_are_set(places: set[int]) -> None:
    bits = unpacked(status.encoded(places))
    assert len(bits) * 8 == 131_072
    assert {8 * i + b for i, byte in enumerate(bits) if byte for b in range(8) if byte & (0x80 >> b)} == places
    assert status.encoded(places) == status.encoded(places)


def test_the_first_place_is_the_highest_bit_of_the_first_byte() -> None:
    assert unpacked(status.encoded([0]))[0] == 0x80


@pytest.mark.parametrize("place", [-1, 131_072])
def test_beyond_the_list_is_nothing(place: int) -> None:
    with pytest.raises(IndexError, match=f"{place} lies beyond the status list"):
        status.encoded([place])


def test_the_credential_after_the_last_place_of_a_list_stands_on_the_next_one() -> None:
    last, first = (status.entry("https://check.demo-ea.example/c/", i) for i in (131_071, 131_072))
    assert (last["statusListCredential"], last["statusListIndex"]) == (
        "https://check.demo-ea.example/status/1",
        "131071",
    )
    assert (first["statusListCredential"], first["statusListIndex"]) == ("https://check.demo-ea.example/status/2", "0")


def test_a_list_tells_of_its_own_credentials_only() -> None:
    revoked = [3, 131_072 + 5]
    for number, place in ((1, 3), (2, 5)):
        listed = status.list_credential(DID, "https://check.demo-ea.example/c/", number, revoked, NOW)
        assert listed["credentialSubject"]["encodedList"] == status.encoded([place])
        assert listed["id"] == f"https://check.demo-ea.example/status/{number}"
        assert (listed["validFrom"], listed["validUntil"]) == ("2026-10-02T06:30:00Z", "2026-10-09T06:30:00Z")
