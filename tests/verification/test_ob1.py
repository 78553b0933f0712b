"""Open Badges 1.0 and 1.1: proven by the address they are read from, or by a key that is known to be the issuer's."""

import hashlib
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from countersign.verification import Registry, Unreachable, examine
from countersign.verification.open_badges_2 import ob1
from countersign.verification.reading import Malformed
from models.credentials import Carrier, CarrierKind, CheckName, Examination
from tests.verification.making import (
    ISSUER,
    NOW,
    RSA,
    SITE,
    THIEF,
    Answer,
    Json,
    Web,
    badge_class,
    chunk,
    issuer,
    jws,
    look,
    png,
    profile,
    registered,
    registry,
    told,
)

HERE = f"{SITE}/assertions/1.json"
KEY = f"{SITE}/key.pem"
PEM = RSA.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
HASH = "sha256$" + hashlib.sha256(b"pat@school.exampledeadsea").hexdigest()
WHOLE_SITE = registry(issuer(ids=(ISSUER, SITE)))


def inline(**changes: Any) -> Json:
    body: Json = {
        "recipient": HASH,
        "salt": "deadsea",
        "evidence": "/work/1",
        "issued_on": "2012-06-28",
        "badge": {
            "version": "0.5.0",
            "name": "Formative Assessment",
            "image": "/badge.png",
            "description": "Plans and uses formative assessment.",
            "criteria": f"{SITE}/criteria",
            "issuer": {"origin": SITE, "name": "Acme Learning", "org": "Teachers", "contact": "office@issuer.example"},
        },
    } | changes
    return {k: v for k, v in body.items() if v is not None}


def linked(**changes: Any) -> Json:
    body: Json = {
        "uid": "f2c20",
        "recipient": {"type": "email", "hashed": True, "salt": "deadsea", "identity": HASH},
        "issuedOn": 1359217910,
        "badge": f"{SITE}/badge.json",
        "verify": {"type": "hosted", "url": HERE},
    } | changes
    return {k: v for k, v in body.items() if v is not None}


def organization(**changes: Any) -> Json:
    return {"name": "Acme Learning", "url": SITE} | changes


def class_1(**changes: Any) -> Json:
    return {
        "name": "Formative Assessment",
        "description": "Plans and uses formative assessment.",
        "image": f"{SITE}/badge.png",
        "criteria": f"{SITE}/criteria",
        "issuer": ISSUER,
    } | changes


def site(**changes: Answer) -> Web:
    names = {"assertion": HERE, "badge": f"{SITE}/badge.json", "profile": ISSUER, "key": KEY, "list": f"{SITE}/revoked"}
    pages: dict[str, Answer] = {"assertion": linked(), "badge": class_1(), "profile": organization()} | changes
    return Web({names.get(k, k): v for k, v in pages.items()})


def followed(address: str, web: Web, known: Registry) -> Examination:
    """What becomes of a picture in which only an address is baked, as those of 2012 are."""
    content = png(chunk(b"tEXt", b"openbadges\0" + address.encode()))
    (found,) = examine(Carrier("award.png", CarrierKind.png, content), known, web, NOW, "Pat@School.example")
    return found


def test_a_picture_with_an_address_verifies_by_what_the_issuers_own_site_serves() -> None:
    found = followed(HERE, site(assertion=inline()), WHOLE_SITE)
    assert told(found) == "verified recipient: It was awarded to the address given."
    assert found.verdict[CheckName.proof].detail == (
        f"Read from {HERE} on a registered site of Acme Learning; it names that site as its issuer."
    )
    assert found.credential
    assert found.credential.version == "1.0"
    assert found.credential.id.startswith("urn:openbadges:issuer.example:sha256:")
    assert (found.credential.issuer_id, found.credential.issuer_name) == (SITE, "Acme Learning")
    assert found.credential.issued_on == datetime(2012, 6, 28, tzinfo=UTC)
    assert [f.url for f in found.fetched] == [HERE]


@pytest.mark.parametrize(
    "spelled", [f"{HERE}#again", f"{HERE}?", f"{HERE}?a=1", f"{HERE}?v=1", f"{HERE}/", f"{SITE}/%61ssertions/1.json"]
)
def test_one_award_is_one_however_its_sender_spells_the_address(spelled: str) -> None:
    """It has no address of its own, and sites serve one thing at many: what a person decided on it must find it again."""
    pages: dict[str, Answer] = {a.partition("#")[0]: inline() for a in (HERE, spelled)}
    first, again = (followed(a, Web(dict(pages)), WHOLE_SITE) for a in (HERE, spelled))
    assert told(again).startswith("verified"), told(again)
    assert again.key == first.key
    # its twin: another award of the same site
    for other in ({"issued_on": "2012-06-29"}, {"salt": "x"}, {"badge": inline()["badge"] | {"name": "Another"}}):
        found = followed(HERE, site(assertion=inline(recipient="pat@school.example", **other)), WHOLE_SITE)
        assert found.key not in (first.key, "")
        assert found.key.startswith("credential:")


INLINE: dict[str, tuple[Answer, Registry, str]] = {
    "plain recipient": (inline(recipient="pat@school.example", salt=None), WHOLE_SITE, "verified"),
    "seconds since 1970": (inline(issued_on=1340841600, expires="2222222222"), WHOLE_SITE, "verified"),
    "expired day": (inline(expires="2013-06-28"), WHOLE_SITE, "rejected dates: It expired on June 28, 2013."),
    "written 1.0.0": (inline(badge=inline()["badge"] | {"version": "1.0.0"}), WHOLE_SITE, "verified"),
    "hash of a kind that is not known": (
        inline(recipient="sha1$" + "0" * 40),
        WHOLE_SITE,
        "held recipient: It names its recipient in a scrambled form",
    ),
    "no date": (
        inline(issued_on=None),
        WHOLE_SITE,
        'rejected well_formed: It is not laid out as Open Badges asks for: "iss',
    ),
    "no name": (
        inline(badge=inline()["badge"] | {"name": ""}),
        WHOLE_SITE,
        "rejected well_formed: What was earned is not described as Open Badges 1.0 asks for",
    ),
    "site that many share": (
        inline(),
        registry(issuer()),
        f"held proof: It is of Open Badges 1.0 and names no issuer but the site {SITE}",
    ),
    "another site as issuer": (
        inline(badge=inline()["badge"] | {"issuer": {"origin": "https://other.example", "name": "Other"}}),
        registry(
            issuer(ids=(ISSUER, SITE)),
            issuer(
                id_="other", name="Other", ids=("https://other.example",), origins=frozenset({"https://other.example"})
            ),
        ),
        "rejected proof: It is served from https://issuer.example, which is not registered for Other",
    ),
    "another site of the same issuer": (
        inline(badge=inline()["badge"] | {"issuer": {"origin": "https://old.example", "name": "Acme Learning"}}),
        registry(issuer(ids=(ISSUER, SITE, "https://old.example"), origins=frozenset({SITE, "https://old.example"}))),
        "rejected proof: It names the site https://old.example as its issuer, but is kept at https://issuer.example",
    ),
    "stranger as issuer": (
        inline(badge=inline()["badge"] | {"issuer": {"origin": "https://stranger.example", "name": "Acme Learning"}}),
        WHOLE_SITE,
        "rejected issuer_trusted: The issuer calls itself “Acme Learning”",
    ),
    "withdrawn": ({"revoked": True}, WHOLE_SITE, "rejected status: The issuer has withdrawn this micro-credential."),
    "gone": (410, WHOLE_SITE, "rejected status: The issuer has withdrawn this micro-credential (410 Gone)."),
    "away": (Unreachable("no answer"), WHOLE_SITE, "held extracted: The credential behind the link could not be read"),
}


@pytest.mark.parametrize("case", INLINE)
def test_an_inline_credential_of_1_0(case: str) -> None:
    page, known, sentence = INLINE[case]
    found = followed(HERE, site(assertion=page), known)
    assert told(found).startswith(sentence), told(found)
    assert found.key.startswith("credential:" if sentence == "verified" else "")


def test_an_inline_credential_that_was_sent_in_itself_proves_nothing() -> None:
    found = look(inline(), WHOLE_SITE, site(assertion=inline()))
    assert told(found).startswith("rejected proof: It is of Open Badges 1.0, which nothing but its web address proves")
    assert "the link is in it" in found.verdict.decisive.remedy


def test_a_redirect_of_a_baked_address_to_a_stranger_is_no_proof_nor_a_withdrawal() -> None:
    web = site(assertion="https://cdn.example/x")
    web.pages["https://cdn.example/x"] = inline()
    assert told(followed(HERE, web, WHOLE_SITE)).startswith(f"rejected proof: {HERE} redirects to https://cdn.example")
    web.pages["https://cdn.example/x"] = 410
    assert told(followed(HERE, web, WHOLE_SITE)).startswith(f"held extracted: {HERE} leads to https://cdn.example")


LINKED: dict[str, tuple[Json, dict[str, Answer], str]] = {
    "in order": ({}, {}, "verified"),
    "with context": ({"@context": "https://w3id.org/openbadges/v1"}, {}, "verified"),
    "type in small letters": (
        {},
        {"badge": class_1() | {"@type": "badgeclass"}, "profile": organization() | {"@type": "issuerorg"}},
        "verified",
    ),
    "raised to 2.0 in place": (
        {},
        {
            "assertion": {
                "@context": "https://w3id.org/openbadges/v2",
                "type": "Assertion",
                "id": HERE,
                "recipient": {"type": "email", "hashed": True, "salt": "deadsea", "identity": HASH},
                "issuedOn": "2013-01-26T17:31:50Z",
                "badge": f"{SITE}/badge.json",
                "verification": {"type": "hosted"},
            },
            "badge": badge_class(),
            "profile": profile(),
        },
        "verified",
    ),
    "hashed as a word": (
        {},
        {"assertion": linked(recipient={"identity": HASH, "hashed": "true", "salt": "deadsea"})},
        "verified",
    ),
    "another assertion there": (
        {},
        {"assertion": linked(verify={"type": "hosted", "url": f"{SITE}/assertions/2.json"})},
        "rejected proof: Its address serves a different credential",
    ),
    "another uid there": (
        {"uid": "other"},
        {},
        "rejected proof: Its address serves a different credential than the one sent in.",
    ),
    "withdrawn": (
        {},
        {"assertion": {"revoked": True}},
        "rejected status: The issuer has withdrawn this micro-credential.",
    ),
    "gone": ({}, {"assertion": 410}, "rejected status: The issuer has withdrawn this micro-credential (410 Gone)."),
    "on the list of uids": (
        {},
        {"profile": organization(revocationList=f"{SITE}/revoked"), "list": {"f2c20": "Honor code"}},
        "rejected status: The issuer has withdrawn this micro-credential (its reason: Honor code).",
    ),
    "not on the list of uids": (
        {},
        {"profile": organization(revocationList=f"{SITE}/revoked"), "list": {"f2c21": "Honor code"}},
        "verified",
    ),
    "list that is none": (
        {},
        {"profile": organization(revocationList=f"{SITE}/revoked"), "list": {"error": {"code": 3}}},
        "held status: The list of withdrawn credentials cannot be understood",
    ),
    "badge class of another kind": (
        {},
        {"badge": class_1(type="Issuer")},
        "rejected well_formed: What was earned is not described as Open Badges 1.",
    ),
    "issuer that is not registered": (
        {},
        {"badge": class_1(issuer=f"{SITE}/tenant2")},
        "rejected issuer_trusted: The issuer (issuer.example) is not in the affiliate's registry",
    ),
    "stranger's site": (
        {"verify": {"type": "hosted", "url": "https://stranger.example/1"}},
        {},
        "rejected issuer_trusted: The issuer (stranger.example)",
    ),
    "no address": ({"verify": {"type": "hosted"}}, {}, "rejected proof: It is of Open Badges 1.0, which nothing but"),
    "neither hosted nor signed": ({"verify": {"type": "word"}}, {}, "rejected well_formed"),
    "address that is none": ({"verify": {"type": "hosted", "url": "here"}}, {}, "rejected well_formed"),
}


@pytest.mark.parametrize("case", LINKED)
def test_a_linked_credential_of_1_x(case: str) -> None:
    changes, pages, sentence = LINKED[case]
    found = look(linked(**changes), registry(issuer()), site(**pages), recipient="pat@school.example")
    assert told(found).startswith(sentence), told(found)


def test_the_version_is_1_1_with_a_context_and_1_0_without() -> None:
    for context, version in (("https://w3id.org/openbadges/v1", "1.1"), (None, "1.0")):
        found = look(linked(), registry(issuer()), site(assertion=linked(**{"@context": context})))
        assert found.credential
        assert (found.credential.version, found.credential.id) == (version, HERE)


def signed(key: Any = RSA, **changes: Any) -> str:
    return jws(linked(verify={"type": "signed", "url": KEY}) | changes, key, typ=None)


PINNED = registry(issuer(registered(RSA, KEY)))
SIGNED: dict[str, tuple[str, Registry, dict[str, Answer], str]] = {
    "registered key": (signed(), PINNED, {}, "verified"),
    "registered key, forged": (
        signed(THIEF),
        PINNED,
        {},
        "rejected proof: Its signature does not match the key of Acme",
    ),
    "key on a site that is the issuer's alone": (signed(), WHOLE_SITE, {"key": PEM}, "verified"),
    "the same, forged": (
        signed(THIEF),
        WHOLE_SITE,
        {"key": PEM},
        "rejected proof: Its signature does not match the key",
    ),
    "the same, key away": (
        signed(),
        WHOLE_SITE,
        {"key": 503},
        "held proof: The key of Acme Learning could not be read",
    ),
    "the same, no key": (signed(), WHOLE_SITE, {"key": b"sorry"}, "rejected proof: The key"),
    "key on a site that many share": (
        signed(),
        registry(issuer()),
        {"key": PEM},
        f"held proof: It is signed as in Open Badges 1.0, with the key {KEY}, which is not registered for Acme Learning",
    ),
    "key of a stranger": (
        signed(verify={"type": "signed", "url": "https://stranger.example/key"}),
        WHOLE_SITE,
        {"https://stranger.example/key": PEM},
        "held proof: It is signed as in Open Badges 1.0, with the key https://stranger.example/key",
    ),
    "withdrawn": (
        signed(),
        PINNED,
        {"profile": organization(revocationList=f"{SITE}/revoked"), "list": {"f2c20": "Honor code"}},
        "rejected status: The issuer has withdrawn",
    ),
    "no uid": (signed(uid=None), PINNED, {}, 'rejected well_formed: It is not laid out as Open Badges asks for: "uid"'),
    "no key": (signed(verify={"type": "signed"}), PINNED, {}, "rejected well_formed"),
}


@pytest.mark.parametrize("case", SIGNED)
def test_a_signed_credential_of_1_x(case: str) -> None:
    token, known, pages, sentence = SIGNED[case]
    web = site(**pages)
    assert told(look(token, known, web)).startswith(sentence), told(look(token, known, web))
    assert not any("stranger" in address for address in web.asked)


def test_a_registered_keys_dates_hold_where_the_key_is_found_on_the_site() -> None:
    known = registry(issuer(registered(RSA, "another name", until=NOW.date().replace(year=2012)), ids=(ISSUER, SITE)))
    assert "that Acme Learning used until" in told(look(signed(), known, site(key=PEM)))


def test_a_key_that_a_redirect_fetches_from_a_stranger_proves_nothing() -> None:
    web = site(key="https://stranger.example/key")
    web.pages["https://stranger.example/key"] = PEM
    assert told(look(signed(), WHOLE_SITE, web)).startswith(
        f"rejected proof: The key {KEY} is served from a site that is not registered for Acme Learning."
    )


def test_a_signed_one_is_told_apart_by_its_keys_site_and_uid() -> None:
    found = look(signed(uid="a b:c"), PINNED, site())
    assert found.credential
    assert found.credential.id == "urn:openbadges:issuer.example:a%20b%3Ac"


WHEN: dict[str, Any] = {
    "2012-06-28": (2012, 6, 28),
    "2012-06-28T10:00": (2012, 6, 28, 10),
    "2012-06-28T10:00:00.5Z": (2012, 6, 28, 10, 0, 0, 500000),
    "2012-06-28 10:00:00+02:00": (2012, 6, 28, 8),
    "1340841600": (2012, 6, 28),
}


@pytest.mark.parametrize("text", WHEN)
def test_dates_of_the_time(text: str) -> None:
    assert ob1.when({"d": text}, "d") == datetime(*WHEN[text], tzinfo=UTC)


@pytest.mark.parametrize(
    "value", ["28.6.2012", "2012-02-30", "", 5, True, [], {}, "0001-01-01T00:00+23:00", "12345678901"]
)
def test_a_date_that_is_none_is_told(value: Any) -> None:
    if value == "":
        assert ob1.when({"d": value}, "d") is None
        return
    with pytest.raises(Malformed, match='"d" is not a date'):
        ob1.when({"d": value}, "d")


json_values: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=5)
    | st.sampled_from(["hosted", SITE, HERE, "2012-01-01"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["issuer", "origin", "name", "type", "url", "id"]), inner, max_size=4)
    ),
    max_leaves=8,
)


@given(
    body=st.fixed_dictionaries(
        {},
        optional=dict.fromkeys(
            ("recipient", "badge", "verify", "uid", "issued_on", "issuedOn", "salt", "@context", "id", "expires"),
            json_values,
        ),
    )
)
def test_whatever_is_in_it_it_is_examined_and_never_verified(body: Json) -> None:
    assert look(body, WHOLE_SITE, Web({HERE: body, SITE: body})).verdict.outcome != "verified"
