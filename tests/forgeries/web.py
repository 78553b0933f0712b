"""What the web answers: pages, pictures, redirects and silence in place of an issuer's documents.

Whoever can make a site fall silent or answer something else must not gain by it: what could not be read is held, never waved through.
"""

import json
from typing import Any

from models.credentials import CarrierKind
from tests.forgeries.actors import ACME_SITE, THIEF_SITE
from tests.forgeries.corpus import Answer, Scene, forgery
from tests.forgeries.hosted import AWARD, LIST, revocation_list, scene, to
from tests.forgeries.signed import LINKED_ID, key_document, linked
from tests.verification.making import Json, assertion, badge_class, profile


def served(document: Json, kind: str = "application/json", status: int = 200) -> Answer:
    return Answer(json.dumps(document).encode(), status, kind)


def with_list(answer: Any) -> Scene:
    """Acme's profile names a list of withdrawn credentials, whose address answers so."""
    return scene(profile=profile(revocationList=LIST), more={LIST: answer})


# Kinds of content: what somebody else may put on an issuer's site


@forgery("web-award-uploaded-as-picture", "proof", "answers with a picture (image/png)", outcome="held")
def as_picture(forged: bool) -> Scene:
    """The issuer's site takes pictures from anybody; the thief's is a JSON file, and served as a picture."""
    return scene(award=served(assertion(), "image/png" if forged else "application/json"))


@forgery("web-award-as-page", "proof", "answers with a web page (text/html)", outcome="held")
def as_page(forged: bool) -> Scene:
    """JSON that is served as a web page, as a site's comments or error pages might."""
    return scene(award=served(assertion(), "text/html" if forged else "application/ld+json"))


@forgery("web-login-in-place-of-the-award", "proof", "may be a login, a notice or an error", outcome="held")
def login(forged: bool) -> Scene:
    """The address answers with a login page, status 200."""
    page = Answer(b"<!DOCTYPE html><title>Log in</title>", content_type="text/html")
    return scene(award=page if forged else assertion())


@forgery("web-profile-as-page", "proof", "answers with a web page", outcome="held")
def profile_as_page(forged: bool) -> Scene:
    """The issuer's profile is answered as a web page."""
    return scene(profile=served(profile(), "text/html" if forged else "application/json"))


@forgery("web-key-uploaded-as-picture", "proof", "answers with a picture", outcome="held")
def key_as_picture(forged: bool) -> Scene:
    """The address of a linked key answers with a key in what says it is a picture."""
    return linked(page=served(key_document(LINKED_ID), "image/svg+xml" if forged else "application/ld+json"))


# What is not whole, or can be read in two ways


@forgery("web-award-cut-off", "proof", "is not JSON", outcome="held")
def cut_off(forged: bool) -> Scene:
    """The answer ends in the middle."""
    whole = json.dumps(assertion()).encode()
    return scene(award=Answer(whole[:-40] if forged else whole))


@forgery("web-award-with-a-key-twice", "proof", 'has the key "recipient" twice', outcome="held")
def key_twice(forged: bool) -> Scene:
    """The served assertion has two recipients under the same key."""
    whole = json.dumps(assertion())
    return scene(award=Answer((('{"recipient": {},' + whole[1:]) if forged else whole).encode()))


@forgery("web-award-is-a-list", "proof", "is JSON, but not an object", outcome="held")
def a_list(forged: bool) -> Scene:
    """A list with two assertions is served, of which one fits."""
    both = [assertion(), assertion(id=f"{ACME_SITE}/assertions/2.json")]
    return scene(award=Answer(json.dumps(both if forged else both[0]).encode()))


@forgery("web-list-with-a-key-twice", "status", 'has the key "revokedAssertions" twice', outcome="held")
def list_twice(forged: bool) -> Scene:
    """The list of withdrawn credentials stands twice in its document, the second time empty."""
    whole = json.dumps(revocation_list())
    return with_list(Answer((whole[:-1] + ', "revokedAssertions": []}' if forged else whole).encode()))


@forgery("web-list-as-page", "status", "answers with a web page", outcome="held")
def list_as_page(forged: bool) -> Scene:
    """Where the list of withdrawn credentials was, there is a web page now."""
    page = Answer(b"<!DOCTYPE html><title>We have moved</title>", content_type="text/html")
    return with_list(page if forged else revocation_list())


# Silence: a site that is down says nothing of the credential


@forgery("web-award-silent", "proof", "did not answer in time", outcome="held")
def award_silent(forged: bool) -> Scene:
    """The issuer's site does not answer: that is no word that it still stands by the credential."""
    return scene(award=Answer(silent="it did not answer in time") if forged else assertion())


@forgery("web-award-not-there", "proof", "it is not there", outcome="held")
def award_not_there(forged: bool) -> Scene:
    """The address answers 404: deleted, or lost while the site was rebuilt."""
    return scene(award=None if forged else assertion())


@forgery("web-award-in-an-error", "proof", "the answer was 500", outcome="held")
def award_error(forged: bool) -> Scene:
    """An answer that calls itself an error proves nothing, whatever its body says."""
    return scene(award=served(assertion(), status=500 if forged else 200))


@forgery("web-badge-class-silent", "proof", "the connection failed", outcome="held")
def badge_silent(forged: bool) -> Scene:
    """The description of what was earned cannot be read."""
    return scene(badge=Answer(silent="the connection failed") if forged else badge_class())


@forgery("web-profile-silent", "proof", "its certificate is not valid", outcome="held")
def profile_silent(forged: bool) -> Scene:
    """The issuer's profile, which says where the list of withdrawn credentials is, cannot be read: its certificate is another's."""
    return scene(profile=Answer(silent="its certificate is not valid") if forged else profile())


@forgery("web-list-silent", "status", "could not be read from issuer.example", outcome="held")
def list_silent(forged: bool) -> Scene:
    """The list of withdrawn credentials cannot be read: not to know is not the same as not withdrawn."""
    return with_list(Answer(silent="it did not answer in time") if forged else revocation_list())


@forgery("web-list-not-there", "status", "it is not there", outcome="held")
def list_not_there(forged: bool) -> Scene:
    """The profile names a list of withdrawn credentials, and there is none."""
    return with_list(Answer(status=404) if forged else revocation_list())


@forgery("web-list-gone", "status", "it is gone for good", outcome="held")
def list_gone(forged: bool) -> Scene:
    """The list of withdrawn credentials is itself gone (410), which does not withdraw the credential either."""
    return with_list(Answer(status=410) if forged else revocation_list())


@forgery("web-key-silent", "proof", "could not be read from issuer.example", outcome="held")
def key_silent(forged: bool) -> Scene:
    """The linked key's document cannot be read."""
    return linked(page=Answer(silent="it did not answer in time") if forged else key_document(LINKED_ID))


# Redirects, and what a careful client does not fetch


@forgery("web-award-redirects-in-a-circle", "proof", "redirects more than 5 times", outcome="held")
def circle(forged: bool) -> Scene:
    """The address redirects to another, and that one back."""
    there = f"{ACME_SITE}/there"
    return scene(award=to(there), more={there: to(AWARD) if forged else assertion()})


@forgery("web-award-redirects-into-a-private-network", "proof", "inside a private network", outcome="held")
def inside(forged: bool) -> Scene:
    """The address redirects to a machine inside the verifier's own network."""
    there = f"https://{'inside.example' if forged else 'issuer.example'}/latest/meta-data"
    refused = Answer(refused="inside.example leads to an address inside a private network")
    return scene(award=to(there), more={there: refused if forged else assertion()})


@forgery("web-award-larger-than-any", "proof", "larger than 1,000,000 bytes", outcome="held")
def oversize(forged: bool) -> Scene:
    """The answer does not end."""
    return scene(award=Answer(refused="it is larger than 1,000,000 bytes") if forged else assertion())


@forgery("web-list-redirects-to-a-stranger", "status", "served from https://thief.example", outcome="held")
def list_redirects(forged: bool) -> Scene:
    """The list of withdrawn credentials redirects to a stranger's, which names nobody."""
    there = f"{THIEF_SITE if forged else ACME_SITE}/list.json"
    return scene(profile=profile(revocationList=LIST), more={LIST: to(there), there: revocation_list()})


@forgery("web-called-gone-by-a-stranger", "proof", "there it is called withdrawn", outcome="held")
def gone_by_stranger(forged: bool) -> Scene:
    """The address redirects to a stranger, who says 410 Gone: that is no word of the issuer's, neither for nor against."""
    there = f"{THIEF_SITE if forged else ACME_SITE}/1.json"
    return scene(award=to(there), more={there: Answer(status=410) if forged else assertion()})


@forgery("web-called-revoked-by-a-stranger", "proof", "there it is called withdrawn", outcome="held")
def revoked_by_stranger(forged: bool) -> Scene:
    """The address redirects to a stranger, who serves the assertion as revoked."""
    there = f"{THIEF_SITE if forged else ACME_SITE}/1.json"
    return scene(award=to(there), more={there: assertion(revoked=True) if forged else assertion()})


@forgery("web-link-redirects-to-a-stranger", "proof", "redirects to https://thief.example")
def link_redirects(forged: bool) -> Scene:
    """A link to the issuer's site leads to a stranger's, where a file says it is the issuer's."""
    there = f"{THIEF_SITE if forged else ACME_SITE}/1.json"
    made = scene(award=to(there), more={there: assertion()})
    return Scene(AWARD, CarrierKind.url, made.web)


@forgery("web-link-that-is-down", "extracted", "could not be read from issuer.example", outcome="held")
def link_down(forged: bool) -> Scene:
    """The link that was sent in does not answer."""
    made = scene(award=Answer(silent="it did not answer in time") if forged else assertion())
    return Scene(AWARD, CarrierKind.url, made.web)


@forgery("web-link-with-another-address-in-it", "proof", "serves a different credential")
def link_to_another(forged: bool) -> Scene:
    """A link on the issuer's site serves a file whose id is an address that serves something else."""
    link = f"{ACME_SITE}/share/1"
    other = assertion(id=f"{ACME_SITE}/assertions/{2 if forged else 1}.json")
    made = scene(more={link: other, f"{ACME_SITE}/assertions/2.json": assertion()})
    return Scene(link, CarrierKind.url, made.web)


@forgery("web-profile-that-loses-its-list", "status", "has withdrawn this micro-credential")
def loses_its_list(forged: bool) -> Scene:
    """The file brings the issuer along without a list; the profile at the issuer's own address has one, and that counts."""
    own = assertion(badge=badge_class(issuer=profile()))
    entry = {"id": AWARD if forged else f"{AWARD}x"}
    listed = revocation_list(revokedAssertions=[entry])
    return scene(own, award=own, profile=profile(revocationList=LIST), more={LIST: listed})
