"""Where a hosted assertion may be: its address and id, redirects, sites that moved, registered paths, embedded parts, lists."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countersign.verification import Unreachable, examine
from countersign.verification.open_badges_2 import ob2
from models.credentials import Carrier, CarrierKind, CheckName, Examination
from tests.verification.making import (
    ISSUER,
    NOW,
    SITE,
    Answer,
    Json,
    Web,
    assertion,
    badge_class,
    issuer,
    look,
    of,
    profile,
    registry,
    site,
    told,
)

HERE = f"{SITE}/assertions/1.json"
NEW = "https://new.example"
MOVED = registry(issuer(origins=frozenset({SITE, NEW})))


def test_a_passed_proof_says_what_was_found() -> None:
    found = look(assertion(), web=site())
    assert found.verdict[CheckName.proof].detail == (
        f"Read from {HERE} on a registered site of Acme Learning; the description of what was earned and the issuer's profile lead to the same issuer."
    )
    assert found.verdict[CheckName.status].detail == "The issuer still serves it and has not withdrawn it."
    assert found.remarks == ()


def _at(asked: str, own: str) -> Examination:
    return look(assertion(id=asked), web=Web(site().pages | {asked: assertion(id=own)}))


@pytest.mark.parametrize(
    "query",
    [
        "identity__email=pat%40school.example",
        "identity__url=https://pat.example",
        "v=2_0&expand=badge&expand=badge.issuer",
    ],
)
def test_the_parameters_of_shared_services_name_the_same_assertion(query: str) -> None:
    found = _at(f"{HERE}?{query}", HERE)
    assert told(found).startswith("verified"), told(found)
    assert found.credential
    assert found.credential.id == HERE
    assert found.key == look(assertion(), web=site()).key
    assert "pat" not in " ".join(c.detail for c in found.verdict.checks)


@pytest.mark.parametrize(
    ("asked", "own"),
    [
        (f"{HERE}?id=2", HERE),
        (f"{HERE}?identity__email=a&id=2", HERE),
        (f"{HERE}?v=1;id=2", HERE),
        (f"{HERE}?", HERE),
        (HERE, f"{HERE}?identity__email=a"),
        (HERE, f"{HERE}/"),
        (HERE, HERE.upper()),
        (HERE, f"{SITE}/assertions/%31.json"),
        (HERE, "https://other.example/assertions/1.json"),
        (HERE, "https://issuer.example:8443/assertions/1.json"),
    ],
)
def test_every_other_difference_is_another_assertion(asked: str, own: str) -> None:
    assert told(_at(asked, own)).startswith("rejected proof: Its address serves a different credential"), (asked, own)


@pytest.mark.parametrize(
    "own", ["http://issuer.example/assertions/1.json", "HTTPS://ISSUER.example:443/assertions/1.json"]
)
def test_http_for_https_and_the_case_of_the_host_are_the_same_place(own: str) -> None:
    assert told(_at(HERE, own)).startswith("verified")


@given(st.text(max_size=12), st.text(max_size=12))
def test_no_text_beside_the_short_list_makes_two_addresses_one(name: str, value: str) -> None:
    if name not in ob2.TOLERATED:
        assert (
            not ob2.is_at(HERE, f"{HERE}?{name}={value}") or name.partition("=")[0].partition("#")[0] in ob2.TOLERATED
        )


def test_an_address_that_was_followed_is_not_asked_twice() -> None:
    web = site()
    (found,) = examine(Carrier("link", CarrierKind.url, url=HERE), registry(), web, NOW)
    assert told(found).startswith("verified")
    assert web.asked == [HERE, f"{SITE}/badge.json", ISSUER]


@pytest.mark.parametrize("how", ["a link", "a file"])
def test_what_counts_is_read_without_the_parameters_that_the_sender_chose(how: str) -> None:
    """A site that answers a parameter with whatever it says must not let the sender choose the recipient."""
    asked = f"{HERE}?identity__email=thief%40school.example"
    theirs = assertion(id=asked, recipient={"type": "email", "hashed": False, "identity": "thief@school.example"})
    web = Web(site().pages | {asked: theirs})
    carrier = Carrier("link", CarrierKind.url, url=asked) if how == "a link" else of(theirs)
    for who, word in (
        ("thief@school.example", "rejected recipient: It was awarded to another"),
        ("pat@school.example", "verified"),
    ):
        (found,) = examine(carrier, registry(), web, NOW, who)
        assert told(found).startswith(word)
        assert found.credential
        assert found.credential.id == HERE


def test_a_link_to_something_the_issuer_withdrew_is_rejected() -> None:
    pages: dict[str, tuple[Answer, str]] = {
        "gone": (410, "The issuer has withdrawn this micro-credential (410 Gone)."),
        "stripped": (
            {"@context": "https://w3id.org/openbadges/v2", "id": HERE, "revoked": True, "revocationReason": "Left"},
            "The issuer has withdrawn this micro-credential (its reason: Left).",
        ),
    }
    for page, sentence in pages.values():
        (found,) = examine(Carrier("link", CarrierKind.url, url=HERE), registry(), Web({HERE: page}), NOW)
        assert told(found) == f"rejected status: {sentence}"
    (found,) = examine(
        Carrier("link", CarrierKind.url, url="https://stranger.example/1"),
        registry(),
        Web({"https://stranger.example/1": 410}),
        NOW,
    )
    assert found.verdict[CheckName.status].outcome == "indeterminate"


def _moved(own: str, known: Any = MOVED, to: str = f"{NEW}/a/1.json", **pages: Answer) -> Examination:
    web = Web(site().pages | {HERE: to, to: assertion(id=own)} | pages)
    return look(assertion(), known, web)


def test_a_site_that_moved_redirects_to_another_registered_one() -> None:
    for own in (HERE, f"{NEW}/a/1.json"):
        known = registry(issuer(origins=frozenset({SITE, NEW})))
        web = Web(site(profile=profile(verification={"allowedOrigins": ["issuer.example", "new.example"]})).pages)
        web.pages |= {HERE: f"{NEW}/a/1.json", f"{NEW}/a/1.json": assertion(id=own)}
        found = look(assertion(), known, web)
        assert told(found).startswith("verified"), told(found)
        assert found.credential
        assert found.credential.id == own
        assert found.remarks == (f"{HERE} leads on to {NEW}/a/1.json, another registered place of Acme Learning.",)


def test_a_profile_that_does_not_stand_for_the_new_site_says_so() -> None:
    assert told(_moved(f"{NEW}/a/1.json")).startswith("rejected proof: The profile of Acme Learning does not stand for")
    assert told(_moved(HERE)).startswith("verified")


def test_a_redirect_to_a_stranger_or_to_another_issuer_proves_nothing() -> None:
    assert told(_moved(HERE, registry())).startswith(
        f"rejected proof: {HERE} redirects to {NEW}, which is not registered"
    )
    other = issuer(id_="other", name="Other", ids=(f"{NEW}/p",), origins=frozenset({NEW}))
    assert told(_moved(HERE, registry(issuer(), other))).startswith(f"rejected proof: {HERE} redirects to {NEW}")
    assert told(_moved(f"{NEW}/a/2.json")).startswith("rejected proof: Its address serves a different credential")


PATHS = registry(issuer(paths=(f"{SITE}/assertions/", f"{SITE}/v2/assertions/")))


def test_registered_paths_say_where_on_the_site_its_credentials_are() -> None:
    assert told(look(assertion(), PATHS, site())).startswith("verified")
    for elsewhere in (
        f"{SITE}/uploads/1.json",
        f"{SITE}/assertions/../uploads/1.json",
        f"{SITE}/assertions%2F..%2Fu/1.json",
    ):
        web = Web(site().pages | {elsewhere: assertion(id=elsewhere)})
        found = look(assertion(id=elsewhere), PATHS, web)
        assert told(found).startswith("rejected proof:"), told(found)
        assert "is on a registered site, but not among the addresses" in told(found)
        assert web.asked == []
    upload = f"{SITE}/uploads/1.json"
    assert "is on a registered site, but not among the addresses" in told(_moved(HERE, PATHS, upload))


def test_two_issuers_on_one_site_each_have_their_paths() -> None:
    second = issuer(id_="second", name="Second", ids=(f"{SITE}/second",), paths=(f"{SITE}/second/",))
    known = registry(replace(PATHS.issuers[0]), second)
    web = site(badge=badge_class(issuer=f"{SITE}/second"))
    web.pages[f"{SITE}/second"] = profile(id=f"{SITE}/second", name="Second")
    assert told(look(assertion(), known, web)).startswith(
        f"rejected proof: {HERE} is on a registered site, but not among"
    )
    theirs = f"{SITE}/second/1.json"
    web.pages[theirs] = assertion(id=theirs)
    assert look(assertion(id=theirs), known, web).issuer == "second"


RULES: dict[str, tuple[Json, str, bool]] = {
    "no rule, same host": ({}, HERE, True),
    "no rule, another registered host": ({}, f"{NEW}/assertions/1.json", False),
    "origin of the other": ({"allowedOrigins": "new.example"}, f"{NEW}/assertions/1.json", True),
    "origin written as an address": ({"allowedOrigins": "https://new.example"}, f"{NEW}/assertions/1.json", True),
    "origin in capitals": ({"allowedOrigins": "NEW.example"}, f"{NEW}/assertions/1.json", True),
    "half an origin": ({"allowedOrigins": "w.example"}, f"{NEW}/assertions/1.json", False),
    "empty origins": ({"allowedOrigins": []}, HERE, True),
    "empty origin": ({"allowedOrigins": ""}, HERE, False),
    "beginning": ({"startsWith": f"{NEW}/assertions/"}, f"{NEW}/assertions/1.json", True),
    "other beginning": ({"startsWith": f"{NEW}/assertions/"}, f"{NEW}/other/1.json", False),
    "beginning of a host": ({"startsWith": "https://new.exa"}, f"{NEW}/assertions/1.json", False),
    "beginning without a host": ({"startsWith": "https://"}, HERE, False),
    "beginning that is climbed out of": ({"startsWith": f"{SITE}/a/"}, f"{SITE}/a/../assertions/1.json", False),
    "both, one failing": ({"startsWith": f"{SITE}/", "allowedOrigins": "new.example"}, HERE, False),
    "both": ({"startsWith": f"{SITE}/", "allowedOrigins": "issuer.example"}, HERE, True),
}


@pytest.mark.parametrize("case", RULES)
def test_the_profiles_verification_rules(case: str) -> None:
    rule, address, stands = RULES[case]
    web = Web(site(profile=profile(verification=rule)).pages | {address: assertion(id=address)})
    told_ = told(look(assertion(id=address), MOVED, web))
    assert told_.startswith("verified" if stands else "rejected proof: The profile of Acme Learning does not stand"), (
        told_
    )


FORMS: dict[str, tuple[Json, str]] = {
    "verify for verification": ({"verification": None, "verify": {"type": "hosted"}}, "verified"),
    "both names, one meaning": ({"verify": {"type": "hosted"}}, "verified"),
    "both names, two meanings": ({"verify": {"type": "signed"}}, "rejected"),
    "types of the vocabulary": ({"verification": {"type": ["HostedBadge", "VerificationObject"]}}, "verified"),
    "hosted and signed": ({"verification": {"type": ["hosted", "signed"]}}, "rejected"),
    "seconds since 1970": ({"issuedOn": 1777636800}, "verified"),
    "seconds as text": ({"issuedOn": "1777636800", "expires": "1999999999"}, "verified"),
    "seconds of an expiry": ({"expires": 1780000000}, "rejected dates: It expired on May 28, 2026."),
    "milliseconds": ({"issuedOn": 1777636800000}, "rejected"),
    "true as a date": ({"issuedOn": True}, "rejected"),
    "several contexts": ({"@context": ["https://w3id.org/openbadges/v2", "https://x.example/more"]}, "verified"),
}


@pytest.mark.parametrize("case", FORMS)
def test_what_issuers_write_in_other_words(case: str) -> None:
    changes, outcome = FORMS[case]
    body = assertion(**changes)
    assert told(look(body, web=site(assertion=body))).startswith(outcome), told(look(body, web=site(assertion=body)))


def test_parts_that_are_embedded_need_no_page_of_their_own_but_the_profile_does() -> None:
    body = assertion(
        badge=badge_class(id="urn:uuid:2", issuer=profile(verification={"startsWith": "https://x.example/"}))
    )
    web = site(assertion=body, badge=404)
    found = look(body, web=web)
    assert told(found).startswith("verified")
    assert web.asked == [HERE, ISSUER]
    assert told(look(body, web=site(assertion=body, profile=404))).startswith(
        "held proof: The profile of Acme Learning"
    )


def test_an_issuer_without_a_web_address_is_known_by_its_registered_site() -> None:
    name = "urn:uuid:11111111-0000-4000-8000-000000000001"
    known = registry(issuer(ids=(name,)))
    body = assertion(badge=badge_class(issuer=profile(id=name)))
    assert told(look(body, known, Web({HERE: body}))).startswith("verified")
    linked = assertion(badge=badge_class(issuer=name))
    assert told(look(linked, known, Web({HERE: linked}))).startswith("held proof: The issuer has no web address")


def test_a_profile_outside_the_registered_sites_is_not_read() -> None:
    known = registry(issuer(ids=("https://profile.example/p",)))
    web = site(badge=badge_class(issuer="https://profile.example/p"))
    assert told(look(assertion(), known, web)).startswith(
        "held proof: The profile of Acme Learning is kept at https://profile.example, which is not registered"
    )
    assert not any("profile.example" in address for address in web.asked)


def test_a_badge_class_with_another_id_is_remarked_upon() -> None:
    found = look(assertion(), web=site(badge=badge_class(id=f"{SITE}/badge")))
    assert told(found).startswith("verified")
    assert found.remarks == (
        f"The description of what was earned, read from {SITE}/badge.json, calls itself {SITE}/badge.",
    )


LISTS: dict[str, tuple[Answer, str]] = {
    "not on it": ({"type": "RevocationList", "revokedAssertions": [f"{SITE}/assertions/2.json"]}, "verified"),
    "by id": ({"type": "RevocationList", "revokedAssertions": [HERE]}, "rejected status: The issuer has withdrawn"),
    "by id, with reason": (
        {"type": "RevocationList", "revokedAssertions": [{"id": HERE, "revocationReason": "Left"}]},
        "rejected status: The issuer has withdrawn this micro-credential (its reason: Left).",
    ),
    "by uid": ({"type": "RevocationList", "revokedAssertions": [{"uid": "u-1"}]}, "rejected status: The issuer has"),
    "expressly not revoked": (
        {"type": "RevocationList", "revokedAssertions": [{"id": HERE, "revoked": False}]},
        "verified",
    ),
    "away": (Unreachable("no answer"), "held status: The list of withdrawn credentials could not be read"),
    "missing": (404, "held status: The list of withdrawn credentials could not be read"),
    "redirected to a stranger": (
        "https://cdn.example/list",
        "held status: The list of withdrawn credentials is served from",
    ),
}


@pytest.mark.parametrize("case", LISTS)
def test_the_issuers_list_counts_for_hosted_ones_too(case: str) -> None:
    page, sentence = LISTS[case]
    body = assertion(uid="u-1")
    web = site(assertion=body, profile=profile(revocationList=f"{SITE}/list"))
    web.pages |= {f"{SITE}/list": page, "https://cdn.example/list": {"type": "RevocationList", "revokedAssertions": []}}
    found = look(body, web=web)
    assert told(found).startswith(sentence), told(found)
    if sentence == "verified":
        assert "it is not on the list of credentials" in found.verdict[CheckName.status].detail


def endorsement(address: str = f"{SITE}/e1", **changes: Any) -> Json:
    return {
        "@context": "https://w3id.org/openbadges/v2",
        "type": "Endorsement",
        "id": address,
        "claim": {"id": HERE, "endorsementComment": "Careful work."},
        "issuer": ISSUER,
        "issuedOn": "2026-06-01T00:00:00Z",
        "verification": {"type": "hosted"},
    } | changes


ENDORSED: dict[str, tuple[Answer, str, str, str]] = {
    "the award": (
        endorsement(),
        "the award",
        "passed",
        f"Acme Learning endorses the award, as its own site says ({SITE}/e1).",
    ),
    "the micro-credential": (
        endorsement(claim={"id": f"{SITE}/badge.json"}),
        "the micro-credential",
        "passed",
        "Acme Learning endorses the micro-credential",
    ),
    "the issuer": (endorsement(claim={"id": ISSUER}), "the issuer", "passed", "Acme Learning endorses the issuer"),
    "something else": (endorsement(claim={"id": f"{SITE}/x"}), "the award", "failed", "It is about something else."),
    "another one there": (
        endorsement(id=f"{SITE}/e2"),
        "the award",
        "failed",
        "Its address serves another endorsement.",
    ),
    "withdrawn": (endorsement(revoked=True), "the award", "failed", "The endorser has withdrawn it."),
    "endorser that is not registered": (
        endorsement(issuer="https://stranger.example/p"),
        "the award",
        "indeterminate",
        "Its endorser (https://stranger.example/p) is not registered.",
    ),
    "endorser whose site it is not": (
        endorsement(issuer="https://other.example/p"),
        "the award",
        "failed",
        "It is not served from a registered site of Other.",
    ),
    "endorser that is no longer accepted": (
        endorsement(issuer=f"{SITE}/former"),
        "the award",
        "failed",
        "Former was accepted until",
    ),
    "no endorsement": (badge_class(), "the award", "failed", "What https://issuer.example/e1 serves is no endorsement"),
    "away": (Unreachable("no answer"), "the award", "indeterminate", "The endorsement could not be read"),
}


@pytest.mark.parametrize("case", ENDORSED)
def test_an_endorsement_is_reported_and_decides_nothing(case: str) -> None:
    page, of, outcome, detail = ENDORSED[case]
    other = issuer(
        id_="other", name="Other", ids=("https://other.example/p",), origins=frozenset({"https://other.example"})
    )
    former = issuer(id_="former", name="Former", ids=(f"{SITE}/former",), accepted_until=date(2025, 1, 1))
    web = site(assertion=assertion(endorsement=f"{SITE}/e1"))
    web.pages[f"{SITE}/e1"] = page
    found = look(assertion(), registry(issuer(), other, former), web)
    assert told(found).startswith("verified")
    (said,) = found.endorsements
    assert (said.of, said.outcome) == (of, outcome), said
    assert said.detail.startswith(detail)


def test_endorsements_at_strangers_are_named_and_not_looked_up() -> None:
    away = [endorsement("https://stranger.example/e"), "https://stranger.example/e", {"type": "Endorsement"}, "urn:x:1"]
    web = site(assertion=assertion(endorsement=away), badge=badge_class(endorsement=away[1]))
    found = look(assertion(), web=web)
    assert told(found).startswith("verified")
    assert [e.of for e in found.endorsements] == ["the award"] * 4 + ["the micro-credential"]
    assert (
        found.endorsements[1].detail
        == "Not looked up: no registered issuer hosts anything at https://stranger.example."
    )
    assert {e.outcome for e in found.endorsements} == {"indeterminate"}
    assert not any("stranger" in address for address in web.asked)


def test_endorsements_are_counted() -> None:
    many = [f"{SITE}/e{n}" for n in range(200)]
    web = site(assertion=assertion(endorsement=many))
    found = look(assertion(), web=web)
    assert (len(found.endorsements), len(web.asked)) == (10, 13)
    assert found.remarks == ("It has 200 endorsements, of which 10 were looked at.",)
