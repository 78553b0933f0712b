"""Identities: plain, hashed, salted, in every case variant an issuer may have hashed."""

import hashlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countersign import identity
from countersign.verification import judging
from countersign.verification.findings import ok
from models.credentials import Achievement, Credential, Identity
from tests.verification.making import NOW

ADDRESS = "Pat.Doe@School.Example"


def hashed(text: str, algorithm: str = "sha256", salt: str = "", *, upper: bool = False) -> Identity:
    digest = hashlib.new(algorithm, (text + salt).encode()).hexdigest()
    return Identity("email", f"{algorithm}${digest.upper() if upper else digest}", hashed=True, salt=salt)


@pytest.mark.parametrize("written", [ADDRESS, ADDRESS.lower(), "Pat.Doe@school.example", ADDRESS.upper()])
@pytest.mark.parametrize("algorithm", ["sha256", "md5"])
@pytest.mark.parametrize("upper", [True, False])
def test_a_hash_of_any_variant_matches(written: str, algorithm: str, upper: bool) -> None:
    assert identity.matches(hashed(written, algorithm, "deadsea", upper=upper), ADDRESS)
    assert identity.matches(hashed(written, algorithm), f" mailto:{ADDRESS} ")
    assert not identity.matches(hashed(written, algorithm, "deadsea"), "other@school.example")


def test_plain_addresses_match_in_any_case_and_with_mailto() -> None:
    for value in (ADDRESS, ADDRESS.upper(), f"mailto:{ADDRESS}", f"MAILTO:{ADDRESS} "):
        assert identity.matches(Identity("emailAddress", value), ADDRESS.lower())
    for value in (f"mailto:{ADDRESS}", f"MAILTO:{ADDRESS} ", f"mailto:{ADDRESS.replace('@', '%40')}"):
        assert identity.matches(Identity("id", value), ADDRESS.lower())
    assert not identity.matches(Identity("email", ADDRESS + "x"), ADDRESS)
    assert not identity.matches(Identity("id", f"mailto:{ADDRESS}?cc=thief@x.example"), ADDRESS)
    assert not identity.matches(Identity("id", f"mailto:{ADDRESS},thief@x.example"), ADDRESS)


@pytest.mark.parametrize(
    "kind", ["email", "Email", "emailAddress", "schema:email", "http://schema.org/email", "https://schema.org/email"]
)
def test_what_is_called_an_e_mail_address_is_one(kind: str) -> None:
    assert identity.matches(Identity(kind, ADDRESS), ADDRESS)
    assert identity.matches(replace(hashed(ADDRESS, salt="s"), kind=kind), ADDRESS)


@pytest.mark.parametrize(
    "kind",
    ["name", "userName", "accountId", "systemId", "sourcedId", "studentId", "ext:email", "telephone", "url", "id", ""],
)
def test_an_address_that_is_called_something_else_is_read_but_never_matches(kind: str) -> None:
    for written in (Identity(kind, ADDRESS), replace(hashed(ADDRESS, salt="s"), kind=kind)):
        assert not identity.matches(written, ADDRESS)
        assert identity.reads(written, ADDRESS)


@pytest.mark.parametrize(
    "value", ["", "sha256$", "sha1$" + "a" * 40, "sha256$" + "g" * 64, "a" * 64, "sha256$" + "a" * 63, "$"]
)
def test_a_hash_in_no_known_form_matches_nobody(value: str) -> None:
    unknown = Identity("email", value, hashed=True)
    assert not identity.matches(unknown, ADDRESS)
    assert not identity.matchable(unknown)


def test_an_empty_address_matches_nobody() -> None:
    for found in (Identity("email", ""), hashed(""), hashed("", salt="x")):
        assert not identity.matches(found, "")
        assert not identity.matches(found, "mailto:")


def test_matchable_says_whether_an_address_could_match() -> None:
    assert identity.matchable(Identity("email", ADDRESS))
    assert identity.matchable(hashed(ADDRESS))
    assert not identity.matchable(Identity("id", "did:example:1"))


@given(st.emails(), st.text(max_size=12), st.sampled_from(["sha256", "md5"]))
def test_whoever_was_hashed_is_found(address: str, salt: str, algorithm: str) -> None:
    assert identity.matches(hashed(address, algorithm, salt), address)
    assert not identity.matches(hashed(address + "x", algorithm, salt), address)


@pytest.mark.parametrize("written", ["Pat.doe@school.example", "Pat.Doe@school.example", "PAT.DOE@SCHOOL.EXAMPLE"])
def test_a_hash_of_what_a_telephone_capitalised_matches_the_address_in_lower_case(written: str) -> None:
    assert identity.matches(hashed(written, salt="deadsea"), ADDRESS.lower())


@given(st.emails())
def test_rare_variants_are_the_same_address_and_repeat_none_of_the_common_ones(address: str) -> None:
    rare = identity.rare_variants(address)
    assert not set(rare) & set(identity.variants(address))
    assert all(v.lower() == address.lower() for v in rare)


def credential(*identities: Identity) -> Credential:
    return Credential("3.0", "urn:x:1", "urn:x:2", "Acme", Achievement("urn:x:3", "T"), NOW, None, identities)


def test_the_check_says_whether_it_was_awarded_to_the_address_given() -> None:
    both = credential(Identity("userName", "pat"), hashed(ADDRESS, salt="s"))
    assert judging.recipient(both, ADDRESS) == ok("It was awarded to the address given.")
    other = judging.recipient(both, "other@school.example")
    assert (other.outcome, other.detail) == ("failed", "It was awarded to another address than the one given.")
    assert judging.recipient(credential(), ADDRESS).outcome == "failed"


@pytest.mark.parametrize("kind", ["userName", "id", "name", "studentId"])
def test_a_user_name_is_neither_the_address_given_nor_another_one(kind: str) -> None:
    named = credential(Identity(kind, "did:example:pat" if kind == "id" else ADDRESS))
    found = judging.recipient(named, ADDRESS)
    assert (found.outcome, found.detail) == (
        "indeterminate",
        f"It names its recipient by its {'identifier' if kind == 'id' else kind}, and not by an e-mail address, so it cannot be told "
        "whether it was awarded to the address given.",
    )
    assert judging.recipient(named, None) == ok(
        f"It names its recipient by its {'identifier' if kind == 'id' else kind}, and not by an e-mail address: a person has to say whose it is."
    )


def test_the_check_never_says_the_identity_itself() -> None:
    for stated in (Identity("email", ADDRESS), hashed(ADDRESS), Identity("userName", ADDRESS)):
        for asked in (None, ADDRESS, "other@school.example"):
            found = judging.recipient(credential(stated), asked)
            said = f"{found.detail} {found.remedy}"
            assert stated.value not in said
            assert "@" not in said
