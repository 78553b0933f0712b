"""What Acme Learning publishes at its own addresses: its DID document, its key set and its profile."""

from typing import Any

from tests.forgeries.actors import ACME, ACME_DID, ACME_JWKS, ACME_SITE
from tests.verification.making import EC, ED, Json, profile
from tests.verification.proving import did_document, jwk, method

KEY, KEY_2 = f"{ACME}#key-1", f"{ACME}#key-2"
DID_FILE = f"{ACME_SITE}/.well-known/did.json"
DID_KEY_1 = f"{ACME_DID}#key-1"
IN_SET = "2026"
"""The kid under which the key set lists the present key."""


def published(**changes: Any) -> dict[str, Any]:
    """Its addresses and what they answer; `changes` by name: did, jwks, profile."""
    own: Json = {
        "did": did_document(ACME_DID, method(ACME_DID, ED)),
        "jwks": {"keys": [jwk(ED, kid=IN_SET), jwk(EC, kid="2026-ec")]},
        "profile": profile(),
    } | changes
    return {DID_FILE: own["did"], ACME_JWKS: own["jwks"], ACME: own["profile"]}
