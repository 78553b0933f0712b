"""Forgeries of newer versions: a withdrawn credential that is to come back by a renewal that is none of the issuer's."""

import copy
import hashlib
from typing import Any

from models.credentials import CarrierKind
from tests.forgeries.actors import ACME, ACME_SITE, BRIGHT, BRIGHT_ID, BRIGHT_KEY, THIEF_SITE
from tests.forgeries.corpus import Answer, Scene, forgery
from tests.forgeries.publishing import KEY, published
from tests.verification.making import ED, THIEF, Json, jws, ob3, vc_jwt

NEWER, REVOKED, CLEAR = f"{ACME_SITE}/credentials/1", f"{ACME_SITE}/revoked", f"{ACME_SITE}/revoked-2"
KIND = "1EdTechRevocationList"
WITHDRAWN = "The issuer has withdrawn this micro-credential"


def renewed(**changes: Any) -> Json:
    """The newer version, which a list of its own clears."""
    clear = {"id": CLEAR, "type": KIND}
    return ob3(**({"validFrom": "2026-08-01T00:00:00Z", "name": "Renewed", "credentialStatus": clear} | changes))


def signed(body: Json, key: Any = ED, kid: str = KEY) -> str:
    return vc_jwt(body, key, kid=kid)


def scene(answer: Any, at: str = NEWER, **more: Any) -> Scene:
    """A credential that the issuer has withdrawn, and what is served as its newer version."""
    body = ob3(
        refreshService={"id": at, "type": "1EdTechCredentialRefresh"},
        credentialStatus={"id": REVOKED, "type": KIND},
    )
    web: dict[str, Any] = {
        NEWER: answer,
        REVOKED: {"issuer": ACME, "revokedCredential": [{"id": body["id"]}]},
        CLEAR: {"issuer": ACME, "revokedCredential": []},
    }
    return Scene(vc_jwt(body), CarrierKind.jwt, published() | web | more)


@forgery("refresh-signed-by-a-stranger", "status", WITHDRAWN)
def by_a_stranger(forged: bool) -> Scene:
    """The newer version is in the issuer's name, and signed by a thief."""
    return scene(signed(renewed(), THIEF if forged else ED))


@forgery("refresh-unsigned", "status", WITHDRAWN)
def unsigned(forged: bool) -> Scene:
    """Nobody signed the newer version, though it lies at the issuer's own site."""
    return scene(renewed() if forged else signed(renewed()))


@forgery("refresh-of-another-issuer", "status", WITHDRAWN)
def of_another_issuer(forged: bool) -> Scene:
    """The newer version is another registered issuer's."""
    theirs = renewed(issuer={"id": BRIGHT, "type": ["Profile"], "name": "Bright Academy"})
    return scene(jws(theirs, BRIGHT_KEY, kid=BRIGHT_ID) if forged else signed(renewed()))


@forgery("refresh-for-another-recipient", "status", WITHDRAWN)
def for_another_recipient(forged: bool) -> Scene:
    """The newer version is somebody else's."""
    body = copy.deepcopy(renewed())
    if forged:
        theirs = hashlib.sha256(b"sam@school.examplesalty").hexdigest()
        body["credentialSubject"]["identifier"][0]["identityHash"] = f"sha256${theirs}"
    return scene(signed(body))


@forgery("refresh-of-another-credential", "status", WITHDRAWN)
def of_another_credential(forged: bool) -> Scene:
    """The newer version is one of another credential of the same recipient."""
    other: Json = {"id": "urn:uuid:7a3c0b52-0000-4000-8000-00000000000f"} if forged else {}
    return scene(signed(renewed(**other)))


@forgery("refresh-by-an-older-version", "status", WITHDRAWN)
def older(forged: bool) -> Scene:
    """The newer version is an older one, from before the withdrawal."""
    return scene(signed(renewed(validFrom=f"2026-{'04' if forged else '08'}-01T00:00:00Z")))


@forgery("refresh-at-a-strangers-site", "status", WITHDRAWN)
def at_a_strangers_site(forged: bool) -> Scene:
    """The newer version, sound by itself, is offered at a site that is not the issuer's, which is never asked."""
    away = f"{THIEF_SITE}/credentials/1"
    return scene(signed(renewed()), away if forged else NEWER, **{away: signed(renewed())})


@forgery("refresh-moved-to-a-strangers-site", "status", WITHDRAWN)
def moved(forged: bool) -> Scene:
    """The issuer's address of the newer version leads to another site."""
    away = f"{THIEF_SITE}/credentials/1"
    return scene(Answer(redirect=away) if forged else signed(renewed()), **{away: signed(renewed())})


@forgery("refresh-unreachable", "status", WITHDRAWN)
def unreachable(forged: bool) -> Scene:
    """The newer version does not answer, and the older one is withdrawn."""
    return scene(Answer(silent="it did not answer in time") if forged else signed(renewed()))


@forgery("refresh-that-names-no-status", "status", WITHDRAWN)
def without_a_status(forged: bool) -> Scene:
    """The newer version is the issuer's own and says nothing of withdrawals: the older one's status counts."""
    return scene(signed(renewed(credentialStatus=None) if forged else renewed()))


@forgery("refresh-that-is-withdrawn-itself", "status", WITHDRAWN)
def withdrawn_itself(forged: bool) -> Scene:
    """The newer version was withdrawn too."""
    return scene(signed(renewed(credentialStatus={"id": REVOKED, "type": KIND}) if forged else renewed()))


@forgery("refresh-that-has-expired", "dates", "It expired on September 15, 2026.")
def expired(forged: bool) -> Scene:
    """The newer version has an end, and it is past."""
    return scene(signed(renewed(validUntil=f"{2026 if forged else 2027}-09-15T00:00:00Z")))


@forgery("refresh-that-breaks-the-schema-it-names", "status", WITHDRAWN)
def breaks_its_schema(forged: bool) -> Scene:
    """The newer version lacks what the schema asks for that it names itself, so that the older one counts, which is withdrawn."""
    named: Json = {"id": f"{ACME_SITE}/schema.json", "type": "1EdTechJsonSchemaValidator2019"}
    asked: Json = {"required": ["awardedDate"] if forged else ["validFrom"]}
    return scene(signed(renewed(credentialSchema=named)), NEWER, **{f"{ACME_SITE}/schema.json": asked})
