"""Hosted Open Badges 1.x and 2.0: how they are laid out, their dates, and what is the old versions' own."""

from typing import Any

from models.credentials import CarrierKind
from tests.forgeries.actors import ACME_SITE, ELM, THIEF_SITE
from tests.forgeries.corpus import Scene, forgery
from tests.forgeries.hosted import AWARD, BADGE, LIST, PAT, scene
from tests.verification.making import Json, assertion, profile

# 2. well_formed, 6. dates


@forgery("hosted-id-as-compact-iri", "well_formed", '"id" is not a web address')
def compact_iri(forged: bool) -> Scene:
    """The id is written with a prefix that the file defines itself, so that two readers see two addresses."""
    prefix: Json = {"@context": ["https://w3id.org/openbadges/v2", {"acme": f"{ACME_SITE}/"}]}
    return scene(assertion(**prefix) | {"id": "acme:assertions/1.json" if forged else AWARD})


@forgery("hosted-with-two-verifications", "well_formed", "say two different things")
def two_verifications(forged: bool) -> Scene:
    """`verification` says hosted, and its other name `verify` says signed."""
    other = {"type": "signed", "creator": f"{THIEF_SITE}/key"}
    return scene(assertion(verify=other if forged else {"type": "hosted"}))


@forgery("hosted-expired", "dates", "It expired on September 30, 2026")
def expired(forged: bool) -> Scene:
    """It has run out; the file that was sent in was given a later day."""
    return scene(
        assertion(expires="2036-09-30T00:00:00Z"),
        award=assertion(expires=f"20{'26' if forged else '36'}-09-30T00:00:00Z"),
    )


@forgery("hosted-from-the-future", "dates", "which has not come yet")
def future(forged: bool) -> Scene:
    """It is dated a month ahead."""
    return scene(award=assertion(issuedOn=f"2026-{'11' if forged else '09'}-02T06:00:00Z"))


@forgery("hosted-expired-in-seconds", "dates", "It expired on November 14, 2023")
def expired_in_seconds(forged: bool) -> Scene:
    """Its end is a number of seconds since 1970, as in Open Badges 1.1, and long past."""
    own = assertion(issuedOn=1_600_000_000, expires=1_700_000_000 if forged else 2_700_000_000)
    return scene(own, award=own)


@forgery("hosted-end-in-milliseconds", "well_formed", '"expires" is not a date')
def end_in_milliseconds(forged: bool) -> Scene:
    """Its end is past when its number is milliseconds, and some forty thousand years ahead when it is seconds."""
    return scene(assertion(expires=1_700_000_000_000 if forged else 2_700_000_000))


@forgery("hosted-expires-before-it-was-issued", "dates", "before it was issued")
def ends_first(forged: bool) -> Scene:
    """It expires before it was issued."""
    return scene(award=assertion(expires=f"20{'16' if forged else '36'}-09-30T00:00:00Z"))


# Open Badges 1.x


def museum(at: str = ELM, origin: str = ELM, issued: str = "2014-05-01") -> Scene:
    """An award of 1.0, everything inline, behind the link to it."""
    issuer = {"origin": origin, "name": "Elm Street Museum"}
    badge = {
        "version": "1.0.0",
        "name": "Night Guide",
        "description": "Guides by night.",
        "criteria": "/c",
        "issuer": issuer,
    }
    return Scene(f"{at}/a/1", CarrierKind.url, {f"{at}/a/1": {"recipient": PAT, "issued_on": issued, "badge": badge}})


@forgery("ob1-origin-of-another-site", "proof", "served from https://issuer.example, which is not registered for Elm")
def origin_of_another(forged: bool) -> Scene:
    """Acme serves an award of Open Badges 1.0 that names another registered site as its issuer."""
    return museum(at=ACME_SITE if forged else ELM)


@forgery("ob1-sent-in-without-its-address", "proof", "it came without one")
def without_address(forged: bool) -> Scene:
    """Open Badges 1.0 as a file: nothing in it says where it could be looked up, so anybody can have written it."""
    behind = museum()
    (page,) = behind.answers().values()
    return Scene(page.body, CarrierKind.json, behind.web) if forged else behind


@forgery("ob1-issued-after-the-issuer-was-accepted", "issuer_trusted", "was accepted until December 31, 2019")
def too_late(forged: bool) -> Scene:
    """The museum was accepted until 2019; since then its site may be anybody's."""
    return museum(issued="2022-05-01" if forged else "2014-05-01")


def linked(**changes: Any) -> Json:
    """An assertion of 1.1, which says in `verify` where it is."""
    body: Json = {"@context": "https://w3id.org/openbadges/v1", "type": "Assertion", "uid": "a-17", "id": AWARD}
    recipient = {"type": "email", "hashed": False, "identity": PAT}
    rest: Json = {
        "recipient": recipient,
        "badge": BADGE,
        "issuedOn": "2016-05-01",
        "verify": {"type": "hosted", "url": AWARD},
    }
    return body | rest | changes


@forgery("ob1-verified-at-a-strangers", "issuer_trusted", "not in the affiliate's registry")
def verified_elsewhere(forged: bool) -> Scene:
    """The id is at the issuer's site, and `verify.url`, which counts, at the thief's."""
    own = linked(verify={"type": "hosted", "url": f"{THIEF_SITE}/1.json" if forged else AWARD})
    return scene(own, award=linked(), more={f"{THIEF_SITE}/1.json": own})


@forgery("ob1-listed-by-uid", "status", "its reason: Never attended")
def listed_by_uid(forged: bool) -> Scene:
    """The list of Open Badges 1.x is an object of uids with their reasons, and its uid is one."""
    words = {"a-17" if forged else "a-18": "Never attended"}
    return scene(linked(), award=linked(), profile=profile(revocationList=LIST), more={LIST: words})
