"""Open Badges 2.0: a hosted assertion is what its address serves, a signed one what a registered key signed."""

from typing import Any

import pytest

from countersign.verification import Refused, Unreachable
from models.credentials import CheckName, VerdictOutcome
from tests.verification.making import (
    ED,
    ISSUER,
    OTHER,
    RSA,
    SITE,
    THIEF,
    Answer,
    Json,
    Web,
    assertion,
    badge_class,
    issuer,
    look,
    profile,
    registered,
    registry,
    signed_assertion,
    site,
    told,
)

HERE = f"{SITE}/assertions/1.json"
KNOWN = registry(issuer(registered(RSA, f"{SITE}/key.json")))


def test_a_hosted_assertion_verifies_with_its_documents_as_evidence() -> None:
    web = site()
    found = look(assertion(), web=web, recipient="PAT@school.example")
    assert told(found) == "verified recipient: It was awarded to the address given."
    assert [f.url for f in found.fetched] == [HERE, f"{SITE}/badge.json", ISSUER]
    assert found.issuer == "acme"


def test_what_is_served_counts_and_not_what_was_sent_in() -> None:
    forged = assertion(
        recipient={"type": "email", "hashed": False, "identity": "thief@school.example"},
        badge=f"{SITE}/another.json",
        expires="2040-01-01T00:00:00Z",
    )
    found = look(forged, web=site())
    assert found.credential
    assert found.credential.identities[0].value == "pat@school.example"
    assert found.credential.achievement.name == "Formative Assessment"
    assert found.credential.valid_until is None


PAGES: dict[str, tuple[Json, str]] = {
    "network away": (
        {"assertion": Unreachable("it did not answer in time")},
        "held proof: The hosted credential could not be read from issuer.example: it did not answer in time.",
    ),
    "refused by the guard": ({"assertion": Refused("private")}, "held proof: The hosted credential will not be read"),
    "gone missing": (
        {"assertion": 404},
        "held proof: The hosted credential could not be read from issuer.example: it is not there.",
    ),
    "server fault": (
        {"assertion": 503},
        "held proof: The hosted credential could not be read from issuer.example: the answer was 503.",
    ),
    "withdrawn by status": (
        {"assertion": 410},
        "rejected status: The issuer has withdrawn this micro-credential (410 Gone).",
    ),
    "withdrawn by its body": (
        {"assertion": {"id": HERE, "revoked": True, "revocationReason": "Awarded in error"}},
        "rejected status: The issuer has withdrawn this micro-credential (its reason: Awarded in error).",
    ),
    "withdrawn, whole body": ({"assertion": assertion(revoked=True)}, "rejected status: The issuer has withdrawn"),
    "withdrawn, oddly said": ({"assertion": assertion(revoked="yes")}, "rejected status: The issuer has withdrawn"),
    "not withdrawn": ({"assertion": assertion(revoked=False)}, "verified"),
    "a page instead": ({"assertion": b"<html>"}, "held proof: The hosted credential at issuer.example is not JSON"),
    "another assertion": (
        {"assertion": assertion(id=f"{SITE}/assertions/2.json")},
        "rejected proof: Its address serves a different",
    ),
    "signed assertion served": (
        {"assertion": assertion(verification={"type": "signed"})},
        "rejected proof: Its address serves a credential that says it is signed",
    ),
    "moved to another registered page": ({"assertion": f"{SITE}/moved"}, "held"),
    "badge class missing": ({"badge": 404}, "held proof: The description of what was earned could not be read"),
    "badge class of another kind": ({"badge": badge_class(type="Profile")}, "rejected well_formed: What was earned"),
    "badge class without a name": ({"badge": badge_class(name="")}, "rejected well_formed: What was earned"),
    "badge class of somebody else": (
        {"badge": badge_class(issuer="https://stranger.example/profile")},
        "rejected issuer_trusted: The issuer (stranger.example) is not in the affiliate's registry",
    ),
    "profile missing": ({"profile": 404}, "held proof: The profile of Acme Learning could not be read"),
    "profile of somebody else": (
        {"profile": profile(id="https://stranger.example/profile")},
        "rejected issuer_trusted: The profile at",
    ),
    "profile that stands for other addresses": (
        {"profile": profile(verification={"startsWith": f"{SITE}/other/"})},
        "rejected proof: The profile of Acme Learning does not stand for",
    ),
    "profile that stands for these": (
        {"profile": profile(verification={"startsWith": [f"{SITE}/x", f"{SITE}/assertions/"]})},
        "verified",
    ),
    "startsWith on half a host name": (
        {"profile": profile(verification={"startsWith": "https://issuer.exam"})},
        "rejected proof",
    ),
    "profile that allows its host": (
        {"profile": profile(verification={"allowedOrigins": "issuer.example"})},
        "verified",
    ),
    "profile that allows another host": (
        {"profile": profile(verification={"allowedOrigins": ["other.example"]})},
        "rejected proof",
    ),
    "embedded badge class and issuer": ({"assertion": assertion(badge=badge_class(issuer=profile()))}, "verified"),
    "embedded badge class of a stranger with a famous name": (
        {"assertion": assertion(badge=badge_class(issuer=profile(id="https://stranger.example/p")))},
        "rejected issuer_trusted: The issuer calls itself “Acme Learning”",
    ),
}


@pytest.mark.parametrize("case", PAGES)
def test_a_hosted_assertion(case: str) -> None:
    pages, sentence = PAGES[case]
    assert told(look(assertion(), web=site(**pages))).startswith(sentence), told(look(assertion(), web=site(**pages)))


def test_nothing_is_fetched_from_strangers() -> None:
    web = Web()
    found = look(assertion(id="https://stranger.example/1", badge="https://stranger.example/b"), web=web)
    assert told(found).startswith("rejected issuer_trusted: The issuer (stranger.example)")
    found = look(assertion(id="https://issuer.example.stranger.example/1"), web=web)
    assert told(found).startswith("rejected issuer_trusted")
    assert web.asked == []


@pytest.mark.parametrize("page", ["assertion", "badge", "profile"])
def test_a_redirect_away_from_the_registered_sites_is_no_proof(page: str) -> None:
    body = {"assertion": assertion(), "badge": badge_class(), "profile": profile()}[page]
    web = site(**{page: "https://cdn.example/x"})
    web.pages["https://cdn.example/x"] = body
    assert told(look(assertion(), web=web)).startswith(
        "rejected proof: https://issuer.example/assertions/1.json redirects to https://cdn.example"
        if page == "assertion"
        else "rejected proof: A part of it is served from https://cdn.example"
    )


def test_two_issuers_on_one_site_are_told_apart_by_their_profiles() -> None:
    second = issuer(id_="second", name="Second", ids=(f"{SITE}/second",), origins=frozenset({SITE}))
    known = registry(issuer(), second)
    web = site(badge=badge_class(issuer=f"{SITE}/second"))
    web.pages[f"{SITE}/second"] = profile(id=f"{SITE}/second", name="Second")
    assert look(assertion(), known, web).issuer == "second"
    assert look(assertion(), known, site()).issuer == "acme"


SIGNED: dict[str, tuple[dict[str, Any], dict[str, Answer], str]] = {
    "in order": ({}, {}, "verified"),
    "no creator": ({"creator": None}, {}, "verified"),
    "key of a thief": ({"key": THIEF}, {}, "rejected proof: Its signature does not match the key of Acme Learning"),
    "key of the issuer's site that is not registered, nor there": (
        {"key": THIEF, "creator": f"{SITE}/key9.json"},
        {},
        f"held proof: Its key ({SITE}/key9.json) would be one of Acme Learning, but it is not published there now",
    ),
    "key of another site": (
        {"key": THIEF, "creator": "https://thief.example/key.json"},
        {},
        "rejected proof: It is not signed with a registered",
    ),
    "key of a thief, no creator": (
        {"key": THIEF, "creator": None},
        {},
        "rejected proof: It is not signed with a registered",
    ),
    "badge class away": ({}, {"badge": Unreachable("no")}, "held issuer_trusted: The description of what was earned"),
    "profile away": ({}, {"profile": 500}, "held issuer_trusted: The profile of Acme Learning"),
    "profile published another key": ({}, {"profile": profile(publicKey="https://thief.example/key")}, "verified"),
    "embedded badge class": ({"badge": badge_class()}, {"badge": 404}, "verified"),
    "embedded badge class, embedded issuer": ({"badge": badge_class(issuer=profile())}, {"badge": 404}, "verified"),
    "badge class on a strange site": ({"badge": "https://stranger.example/b"}, {}, "rejected issuer_trusted"),
    "says it is hosted": (
        {"verification": {"type": "hosted"}, "id": HERE},
        {},
        "rejected proof: It is signed, but says",
    ),
    "revocation list away": (
        {},
        {"profile": profile(revocationList=f"{SITE}/revoked")},
        "held status: The list of withdrawn",
    ),
}


@pytest.mark.parametrize("case", SIGNED)
def test_a_signed_assertion(case: str) -> None:
    made, pages, sentence = SIGNED[case]
    found = look(signed_assertion(**made), KNOWN, site(**pages))
    assert told(found).startswith(sentence), told(found)


def _listed(entries: object, **changes: Any) -> str:
    web = site(profile=profile(revocationList="http://issuer.example/revoked.json"))
    web.pages[f"{SITE}/revoked.json"] = {"type": "RevocationList", "revokedAssertions": entries} | changes
    return told(look(signed_assertion(uid="abc-1"), KNOWN, web))


def test_a_revocation_list_names_by_id_or_uid() -> None:
    mine = "urn:uuid:7a3c0b52-0000-4000-8000-000000000002"
    assert _listed([]).startswith("verified")
    assert _listed(["urn:uuid:other", {"id": "urn:other"}]).startswith("verified")
    assert (
        _listed([{"id": mine, "revocationReason": "Left"}])
        == "rejected status: The issuer has withdrawn this micro-credential (its reason: Left)."
    )
    for entry in (mine, {"uid": "abc-1"}):
        assert _listed([entry]) == "rejected status: The issuer has withdrawn this micro-credential."
    assert _listed("nothing").startswith("held status: The list of withdrawn credentials cannot be understood")
    assert _listed([], type="Other").startswith("held status")


def test_a_key_of_one_issuer_does_not_sign_for_another() -> None:
    other = issuer(
        registered(OTHER, f"{SITE}/other-key"),
        id_="other",
        name="Other",
        ids=("https://other.example/p",),
        origins=frozenset({"https://other.example"}),
    )
    known = registry(issuer(registered(RSA, f"{SITE}/key.json")), other)
    found = look(signed_assertion(OTHER, f"{SITE}/other-key"), known, site())
    assert told(found).startswith("rejected issuer_trusted: It is signed with a key of Other, but names Acme Learning")
    assert found.key.startswith("document:")


def test_a_signing_service_may_sign_for_several_issuers() -> None:
    second = issuer(
        registered(RSA, ""), id_="second", name="Second", ids=(f"{SITE}/second",), origins=frozenset({SITE})
    )
    known = registry(second, issuer(registered(RSA, f"{SITE}/key.json")))
    assert look(signed_assertion(), known, site()).issuer == "acme"


def test_plain_json_that_says_it_is_signed_is_not() -> None:
    found = look(assertion(id="urn:x:1", verification={"type": "signed", "creator": f"{SITE}/key.json"}), KNOWN, site())
    assert told(found).startswith("rejected proof: It says it is signed, but the signature is not with it")


FIELDS: dict[str, tuple[Json, str]] = {
    "context": ({"@context": "https://w3id.org/openbadges/v1"}, '"@context"'),
    "type": ({"type": "Badge"}, '"type"'),
    "id": ({"id": "one"}, '"id"'),
    "hosted urn": ({"id": "urn:uuid:1"}, '"id" is not a web address'),
    "recipient": ({"recipient": "pat"}, '"recipient"'),
    "identity": ({"recipient": {"type": "email"}}, '"identity"'),
    "hashed": ({"recipient": {"type": "email", "identity": "x", "hashed": "no"}}, '"recipient.hashed"'),
    "issuedOn": ({"issuedOn": None}, '"issuedOn" is missing'),
    "no zone": ({"issuedOn": "2026-05-01T12:00:00"}, '"issuedOn" is a date without a time zone'),
    "only a day": ({"issuedOn": "2026-05-01"}, '"issuedOn" is a date without a time zone'),
    "no such day": ({"issuedOn": "2026-02-30T12:00:00Z"}, '"issuedOn" is not a date that exists'),
    "expires": ({"expires": 5}, '"expires" is not a date'),
    "badge": ({"badge": None}, '"badge"'),
    "verification": ({"verification": None}, '"verification" is missing'),
    "verification type": ({"verification": {"type": "trust me"}}, '"verification.type"'),
}


@pytest.mark.parametrize("field", FIELDS)
def test_a_malformed_assertion_is_told_by_its_field(field: str) -> None:
    changes, part = FIELDS[field]
    found = look(assertion(**changes), web=site())
    assert found.verdict.decisive.name is CheckName.well_formed
    assert found.verdict.outcome is VerdictOutcome.rejected
    assert part in found.verdict.decisive.detail


def test_an_ed25519_signed_assertion_verifies_too() -> None:
    known = registry(issuer(registered(ED, f"{SITE}/key.json")))
    assert told(look(signed_assertion(ED), known, site())).startswith("verified")
