"""Hosted Open Badges 2.0: addresses, sites, redirects, who says so, and what was withdrawn.

What was sent in claims an address; what the registered site of the issuer serves there is what counts.
"""

from typing import Any

from models.credentials import CarrierKind
from tests.forgeries.actors import (
    ACME,
    ACME_SITE,
    BRIGHT,
    BRIGHT_SITE,
    CEDAR,
    CEDAR_PATH,
    DOGWOOD_PATH,
    NEA,
    NEA_NAME,
    NEA_SITE,
    THIEF_SITE,
)
from tests.forgeries.corpus import Answer, Scene, forgery
from tests.verification.making import Json, assertion, badge_class, profile

AWARD, BADGE = f"{ACME_SITE}/assertions/1.json", f"{ACME_SITE}/badge.json"
LIST = f"{ACME_SITE}/revoked.json"
PAT, THIEF = "pat@school.example", "thief@school.example"


def to(address: str) -> Answer:
    return Answer(status=302, redirect=address)


def scene(sent: Json | None = None, recipient: str | None = None, **pages: Any) -> Scene:
    """An assertion that was sent in, and acme's site with its three documents. `pages` replaces one of them (`award`, `badge`,
    `profile`; None takes it away) and adds others as `more`, by address."""
    more: dict[str, Any] = pages.pop("more", {})
    names = {"award": AWARD, "badge": BADGE, "profile": ACME}
    documents = {"award": assertion(), "badge": badge_class(), "profile": profile()} | pages
    web: dict[str, Any] = {names[name]: page for name, page in documents.items() if page is not None} | more
    return Scene(sent or assertion(), CarrierKind.json, web, recipient=recipient)


def revocation_list(**changes: Any) -> Json:
    entries = [{"id": f"{ACME_SITE}/assertions/9.json"}]
    body: Json = {"@context": "https://w3id.org/openbadges/v2", "type": "RevocationList", "id": LIST, "issuer": ACME}
    return body | {"revokedAssertions": entries} | changes


def listing(entry: Json | None = None, address: str = LIST, **changes: Any) -> Scene:
    """Acme keeps a list of what it has withdrawn, with `entry` on it."""
    entries = {"revokedAssertions": [entry]} if entry else {}
    page = profile(revocationList=address)
    return scene(award=assertion(uid="a-17"), profile=page, more={address: revocation_list(**entries, **changes)})


# 3. proof: the address serves it


@forgery("hosted-edited-by-the-sender", "recipient", "awarded to another address")
def edited(forged: bool) -> Scene:
    """The thief put their own address into the file; what the issuer serves still names Pat."""
    thief = {"type": "email", "hashed": False, "identity": THIEF}
    return scene(assertion(recipient=thief) if forged else assertion(), THIEF if forged else PAT)


@forgery("hosted-address-serves-another-one", "proof", "serves a different credential")
def another(forged: bool) -> Scene:
    """The address serves somebody else's assertion."""
    return scene(award=assertion(id=f"{ACME_SITE}/assertions/2.json") if forged else assertion())


@forgery("hosted-at-an-address-with-a-parameter-more", "proof", "serves a different credential")
def parameter(forged: bool) -> Scene:
    """The id has a query parameter that may lead the site to serve something else; only those of known hosts are let pass."""
    own = f"{AWARD}?{'file=/uploads/1' if forged else 'identity__email=pat%40school.example'}"
    return scene(assertion(id=own), more={own: assertion()})


@forgery("hosted-id-in-other-capitals", "proof", "serves a different credential")
def capitals(forged: bool) -> Scene:
    """The id differs from the served one in the case of a letter of its path."""
    own = f"{ACME_SITE}/assertions/{'A' if forged else 'a'}.json"
    return scene(assertion(id=own), more={own: assertion(id=f"{ACME_SITE}/assertions/a.json")})


@forgery("hosted-with-another-uid", "proof", "serves a different credential")
def another_uid(forged: bool) -> Scene:
    """What is served there has another uid than what was sent in."""
    return scene(assertion(uid="a-17"), award=assertion(uid="a-18" if forged else "a-17"))


@forgery("hosted-that-says-it-is-signed", "proof", "says it is signed, not hosted")
def says_signed(forged: bool) -> Scene:
    """What the address serves says that it is proven by a signature, which it does not have."""
    signed = {"type": "signed", "creator": f"{ACME_SITE}/key.json"}
    return scene(award=assertion(verification=signed) if forged else assertion())


@forgery("signed-without-its-signature", "proof", "the signature is not with it")
def signed_without(forged: bool) -> Scene:
    """Plain JSON that says it is signed."""
    return scene(assertion(verification={"type": "signed", "creator": f"{ACME_SITE}/key.json"}) if forged else None)


@forgery("hosted-is-a-badge-class", "proof", "is not a credential as Open Badges asks for")
def is_a_badge_class(forged: bool) -> Scene:
    """The address serves no assertion, but a BadgeClass with the assertion's id."""
    return scene(award=badge_class(id=AWARD) if forged else assertion())


# 3. proof: and whose address that is


@forgery("hosted-at-a-site-that-begins-alike", "issuer_trusted", "only begins like issuer.example")
def begins_alike(forged: bool) -> Scene:
    """The thief's own site is called issuer.example.evil.example and serves everything."""
    site = "https://issuer.example.evil.example" if forged else ACME_SITE
    own = assertion(id=f"{site}/assertions/1.json")
    return scene(own, more={f"{site}/assertions/1.json": own})


@forgery("hosted-behind-a-user-name", "well_formed", '"id" is not a web address')
def user_name(forged: bool) -> Scene:
    """The id begins with the issuer's site, which is only a user name at the thief's."""
    own = assertion(id=f"https://issuer.example{'@thief.example' if forged else ''}/assertions/1.json")
    return scene(own, more={own["id"]: own})


@forgery("hosted-at-another-port", "issuer_trusted", "not in the affiliate's registry")
def port(forged: bool) -> Scene:
    """Another port of the issuer's machine is another service, perhaps another person's."""
    own = assertion(id=f"{ACME_SITE}{':8443' if forged else ':443'}/assertions/1.json")
    return scene(own, more={own["id"]: own})


@forgery("hosted-below-the-issuers-domain", "issuer_trusted", "lies below issuer.example")
def below(forged: bool) -> Scene:
    """A site below the issuer's domain that is not registered: a forgotten name there can be taken over by anybody."""
    own = assertion(id=f"https://{'old.' if forged else ''}issuer.example/assertions/1.json")
    return scene(own, more={own["id"]: own})


def shared(path: str, **changes: Any) -> Scene:
    """An award of Cedar Teachers' College at `path` of the site that many share."""
    own = assertion(id=f"https://host.example{path}", badge=f"{CEDAR_PATH}badge") | changes
    badge = badge_class(id=f"{CEDAR_PATH}badge", issuer=CEDAR)
    host = profile(id=CEDAR, name="Cedar Teachers' College", url="https://cedar.example")
    return Scene(own, CarrierKind.json, {own["id"]: own, badge["id"]: badge, CEDAR: host})


@forgery("hosted-outside-the-registered-paths", "proof", "not among the addresses at which a registered issuer keeps")
def outside(forged: bool) -> Scene:
    """A file that somebody put on the site that also hosts the issuer."""
    return shared("/uploads/1.json" if forged else "/public/cedar/1.json")


@forgery("hosted-in-a-neighbours-path", "proof", "not among the addresses at which a registered issuer keeps")
def neighbour(forged: bool) -> Scene:
    """Another tenant of the same site serves an award in the issuer's name."""
    return shared(f"{DOGWOOD_PATH if forged else CEDAR_PATH}1.json".removeprefix("https://host.example"))


@forgery("hosted-in-a-path-that-climbs-out", "proof", "not among the addresses at which a registered issuer keeps")
def climbs(forged: bool) -> Scene:
    """The path begins as registered and then climbs out of it by two dots that the site understands."""
    return shared("/public/cedar/../../uploads/1.json" if forged else "/public/cedar/uploads/1.json")


@forgery(
    "hosted-in-a-path-that-climbs-out-encoded-twice",
    "proof",
    "not among the addresses at which a registered issuer keeps",
)
def climbs_encoded(forged: bool) -> Scene:
    """The two dots by which the path climbs out of the registered one are percent-encoded, and the percent signs too."""
    return shared("/public/cedar/%252e%252e/%252e%252e/uploads/1.json" if forged else "/public/cedar/uploads/1.json")


@forgery(
    "hosted-in-a-path-that-climbs-out-by-semicolons",
    "proof",
    "not among the addresses at which a registered issuer keeps",
)
def climbs_by_semicolons(forged: bool) -> Scene:
    """A semicolon stands behind the dots, which some servers take away, and then climb."""
    return shared("/public/cedar/..;/..;a=b/uploads/1.json" if forged else "/public/cedar/uploads/1.json")


@forgery("hosted-in-a-query-that-leads-on", "proof", "not among the addresses at which a registered issuer keeps")
def query_leads_on(forged: bool) -> Scene:
    """The path is as registered; a query makes the site show what lies elsewhere on it."""
    return shared(f"/public/cedar/show{'?file=../../uploads/1.json' if forged else ''}")


@forgery("hosted-recipient-by-a-parameter", "recipient", "awarded to another address")
def recipient_by_parameter(forged: bool) -> Scene:
    """The thief's link has a parameter by which the site shows the award as theirs; at its own address it is Pat's."""
    own = f"{AWARD}?identity__email=thief%40school.example"
    theirs = assertion(id=own, recipient={"type": "email", "hashed": False, "identity": THIEF})
    return scene(theirs, THIEF if forged else PAT, more={own: theirs})


@forgery(
    "hosted-in-a-path-that-only-begins-alike", "proof", "not among the addresses at which a registered issuer keeps"
)
def path_alike(forged: bool) -> Scene:
    """A tenant is called cedar-falls, and the registered path is that of cedar."""
    return shared(f"/public/cedar{'-falls' if forged else ''}/1.json")


# 3. proof: redirects


@forgery("hosted-redirect-to-a-stranger", "proof", "redirects to https://thief.example")
def redirect(forged: bool) -> Scene:
    """The issuer's site has a page that redirects anywhere, and the id uses it."""
    target = f"{THIEF_SITE if forged else ACME_SITE}/moved/1.json"
    return scene(award=to(target), more={target: assertion()})


@forgery("hosted-redirects-end-at-a-stranger", "proof", "redirects to https://thief.example")
def redirects(forged: bool) -> Scene:
    """The first redirect stays with the issuer, the second leaves."""
    last = f"{THIEF_SITE if forged else ACME_SITE}/1.json"
    return scene(award=to(f"{ACME_SITE}/moved/1.json"), more={f"{ACME_SITE}/moved/1.json": to(last), last: assertion()})


@forgery("hosted-redirect-to-another-issuer", "proof", "redirects to https://bright.example")
def redirect_to_bright(forged: bool) -> Scene:
    """The redirect leads to a registered site, but to that of another issuer."""
    target = f"{BRIGHT_SITE if forged else ACME_SITE}/1.json"
    return scene(award=to(target), more={target: assertion()})


@forgery("hosted-badge-class-redirects-to-a-stranger", "proof", "A part of it is served from https://thief.example")
def badge_redirects(forged: bool) -> Scene:
    """The description of what was earned comes from a stranger's site in the end."""
    target = f"{THIEF_SITE if forged else ACME_SITE}/badge-2.json"
    return scene(badge=to(target), more={target: badge_class(name="Doctor of Philosophy" if forged else "Reading")})


@forgery("hosted-profile-redirects-to-a-stranger", "proof", "A part of it is served from https://thief.example")
def profile_redirects(forged: bool) -> Scene:
    """The profile, which says where credentials may be and where the list of withdrawn ones is, comes from a stranger."""
    target = f"{THIEF_SITE if forged else ACME_SITE}/profile-2"
    return scene(profile=to(target), more={target: profile()})


# 3. proof and 4. issuer_trusted: who says so


@forgery("badge-class-of-another-issuer", "proof", "is served from https://issuer.example, which is not registered for")
def class_of_another(forged: bool) -> Scene:
    """Acme serves an award of a BadgeClass that says it is the famous issuer's."""
    famous = profile(id=NEA, name=NEA_NAME, url=NEA_SITE)
    return scene(badge=badge_class(issuer=NEA if forged else ACME), more={NEA: famous})


@forgery("badge-class-borrowed-from-another-issuer", "proof", "which is not registered for National Education")
def class_borrowed(forged: bool) -> Scene:
    """Acme serves an award of the famous issuer's true BadgeClass, at that issuer's own site."""
    famous = profile(id=NEA, name=NEA_NAME, url=NEA_SITE)
    theirs = badge_class(id=f"{NEA_SITE}/badge.json", issuer=NEA)
    own = assertion(badge=theirs["id"] if forged else BADGE)
    return scene(own, award=own, more={NEA: famous, theirs["id"]: theirs})


@forgery("badge-class-inline-names-the-famous-issuer", "proof", "which is not registered for National Education")
def class_inline(forged: bool) -> Scene:
    """Acme serves an award with everything inline: the BadgeClass, and in it the famous issuer with its true id."""
    famous = profile(id=NEA, name=NEA_NAME, url=NEA_SITE)
    own = assertion(badge=badge_class(issuer=famous if forged else profile()))
    return scene(own, award=own, more={NEA: famous})


@forgery("badge-class-inline-with-a-famous-name", "issuer_trusted", "Anybody can write any name")
def class_inline_name(forged: bool) -> Scene:
    """Everything inline, with the famous issuer's name and an id that is the thief's."""
    famous = profile(id=f"{THIEF_SITE}/nea", name=NEA_NAME)
    own = assertion(badge=badge_class(issuer=famous if forged else profile()))
    return scene(own, award=own, more={famous["id"]: famous})


@forgery("badge-class-at-a-strangers", "issuer_trusted", "What was earned is described at thief.example")
def class_at_strangers(forged: bool) -> Scene:
    """The BadgeClass lies at a stranger's site, whatever it says there."""
    own = assertion(badge=f"{THIEF_SITE if forged else ACME_SITE}/badge.json")
    return scene(own, award=own, more={own["badge"]: badge_class(id=own["badge"])})


@forgery("profile-in-other-capitals", "issuer_trusted", "not in the affiliate's registry")
def profile_capitals(forged: bool) -> Scene:
    """The BadgeClass names an issuer whose address differs from the registered one in the case of a letter of its path."""
    other = f"{ACME_SITE}/{'P' if forged else 'p'}rofile"
    return scene(badge=badge_class(issuer=other), more={other: profile(id=other)})


@forgery("profile-names-somebody-else", "issuer_trusted", "is that of somebody else")
def profile_of_another(forged: bool) -> Scene:
    """At the registered address lies the profile of another issuer."""
    return scene(profile=profile(id=BRIGHT if forged else ACME))


@forgery("profile-starts-with-violated", "proof", "does not stand for credentials at that address")
def starts_with(forged: bool) -> Scene:
    """The issuer says where its credentials begin (startsWith); this one is elsewhere on its site."""
    rule = {"type": "VerificationObject", "startsWith": f"{ACME_SITE}/{'awards' if forged else 'assertions'}/"}
    return scene(profile=profile(verification=rule))


@forgery("profile-starts-with-by-climbing", "proof", "does not stand for credentials at that address")
def starts_with_climbing(forged: bool) -> Scene:
    """The address begins as the issuer says, and climbs out of there by two dots."""
    own = assertion(id=f"{ACME_SITE}/assertions/{'../uploads/' if forged else ''}1.json")
    rule = {"type": "VerificationObject", "startsWith": f"{ACME_SITE}/assertions/"}
    return scene(own, profile=profile(verification=rule), more={own["id"]: own})


@forgery("profile-allowed-origins-violated", "proof", "does not stand for credentials at that address")
def allowed_origins(forged: bool) -> Scene:
    """The issuer says which hosts have its credentials (allowedOrigins); this one is at another."""
    rule = {"type": "VerificationObject", "allowedOrigins": f"{'awards.' if forged else ''}issuer.example"}
    return scene(profile=profile(verification=rule))


# 5. status


@forgery("revoked-410", "status", "410 Gone")
def gone(forged: bool) -> Scene:
    """The issuer answers 410 Gone where the credential was."""
    return scene(award=Answer(status=410) if forged else assertion())


@forgery("revoked-in-the-served-assertion", "status", "its reason: Plagiarism")
def revoked(forged: bool) -> Scene:
    """The file that was sent in is as it was; what is served says `revoked`, with status 200."""
    return scene(award=assertion(revoked=True, revocationReason="Plagiarism") if forged else assertion())


@forgery("revoked-and-stripped", "status", "has withdrawn this micro-credential")
def revoked_and_stripped(forged: bool) -> Scene:
    """What is served is nothing any more but that it is withdrawn."""
    word = {"@context": "https://w3id.org/openbadges/v2", "id": AWARD, "revoked": True}
    return scene(award=word if forged else assertion())


@forgery("revoked-by-id", "status", "its reason: Awarded in error")
def by_id(forged: bool) -> Scene:
    """The issuer's list of withdrawn assertions names it by its id."""
    return listing({"id": AWARD if forged else f"{AWARD}x", "revocationReason": "Awarded in error"})


@forgery("revoked-by-uid", "status", "has withdrawn this micro-credential")
def by_uid(forged: bool) -> Scene:
    """The issuer's list of withdrawn assertions names it by its uid."""
    return listing({"uid": "a-17" if forged else "a-18"})


@forgery("revocation-list-of-another-issuer", "status", "is that of another issuer", outcome="held")
def list_of_another(forged: bool) -> Scene:
    """The list that is served is another issuer's: what acme has withdrawn cannot be told."""
    return listing(issuer=BRIGHT if forged else ACME)


@forgery("revocation-list-at-a-strangers", "status", "not registered as one of its sites", outcome="held")
def list_at_strangers(forged: bool) -> Scene:
    """The profile names a list at a site that is not the issuer's."""
    return listing(address=f"{THIEF_SITE if forged else ACME_SITE}/revoked.json")


@forgery("revocation-list-is-no-list", "status", "cannot be understood", outcome="held")
def no_list(forged: bool) -> Scene:
    """What is served as the list has no entries and says of itself that it is something else."""
    return listing(type="Profile" if forged else "RevocationList")
