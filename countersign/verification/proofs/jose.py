"""Compact JWS (RFC 7515): taken apart strictly, and checked against keys that come from elsewhere.

Nothing in the header chooses a key by its content: `jwk`, `jku`, `x5c` and `x5u` are ignored, `crit` is refused because no
extension is understood here, and `alg` must be the one the registered key is for.
"""

from dataclasses import dataclass
from typing import Any

from countersign.verification import keys, strictjson

ALGORITHMS = frozenset({"RS256", "ES256", "ES384", "EdDSA"})
FORBIDDEN = frozenset({"none", "HS256", "HS384", "HS512"})


class BadToken(ValueError):
    """The token is not one that may be checked; `str()` says why."""


@dataclass(frozen=True, slots=True)
class Token:
    """A compact JWS. `payload` is what the signature covers, unproven until `signed_by` said so."""

    header: dict[str, Any]
    payload: dict[str, Any]
    message: bytes
    signature: bytes

    @property
    def kid(self) -> str:
        kid = self.header.get("kid", "")
        return kid if isinstance(kid, str) else ""

    @property
    def unsupported(self) -> str:
        """The algorithm's name when it is none that can be checked here, else empty."""
        return "" if self.header["alg"] in ALGORITHMS else str(self.header["alg"])[:20]

    def signed_by(self, key: keys.PublicKey) -> bool:
        """Whether `key` made the signature, under the key's own algorithm, which the header must name."""
        return self.header["alg"] == keys.algorithm(key) and keys.verifies(key, self.signature, self.message)


def parse(compact: str) -> Token:
    """The token in `compact`. Raises BadToken."""
    head, _, rest = compact.partition(".")
    body, _, tail = rest.partition(".")
    try:
        header = strictjson.parse_object(keys.base64url(head))
        payload = strictjson.parse_object(keys.base64url(body))
        signature = keys.base64url(tail)
    except strictjson.JsonProblem as error:
        raise BadToken(f"The signed credential {error}.") from error
    except keys.KeyProblem as error:
        raise BadToken(f"The signed credential is damaged: a part of it {error}.") from error
    alg = header.get("alg")
    if not isinstance(alg, str):
        raise BadToken("The credential does not say how it is signed (alg).")
    if alg.startswith("HS") and alg in FORBIDDEN:
        raise BadToken(
            f"The credential is locked with a shared secret, so that whoever checks it could have made it ({alg})."
        )
    if alg in FORBIDDEN or not signature:
        how = f"alg: {alg}" if alg in FORBIDDEN else "its signature is empty"
        raise BadToken(f"The credential is not signed: anybody could have written it ({how}).")
    if "crit" in header or "b64" in header:
        raise BadToken("The credential's signature has conditions that are not understood here (crit).")
    if "kid" in header and not isinstance(header["kid"], str):
        raise BadToken("The credential's signature names its key in a form that is not text.")
    return Token(header, payload, f"{head}.{body}".encode("ascii"), signature)
