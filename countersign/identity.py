"""Whether an identity in a credential is a given e-mail address: plain, hashed, salted, in any case. Pure.

Sources: OB 2.0 IdentityObject and IdentityHash ("sha256$" or "md5$", then the hex digest of identity + salt); OB 3.0
§B.1.13 IdentityObject and its IdentityHash; OB 3.0 `credentialSubject.id`, which may be a `mailto:` address.
"""

import hashlib
import hmac
import string

from models.credentials import Identity

MAILTO = "mailto:"
_DIGITS = {"sha256": 64, "md5": 32}
_HEX = frozenset(string.hexdigits)


def variants(address: str) -> tuple[str, ...]:
    """The spellings of one address that issuers are known to hash, without repetition, as written first.

    As written; all lower case; only the domain in lower case (the part before the @ may be case-sensitive, RFC 5321
    §2.4). Surrounding space and a leading `mailto:` are not part of an address.
    """
    written = _bare(address)
    local, at, domain = written.rpartition("@")
    return tuple(dict.fromkeys((written, written.lower(), f"{local}{at}{domain.lower()}")))


def rare_variants(address: str) -> tuple[str, ...]:
    """Further spellings that people and telephones type and issuers then hash: all upper case, "Pat.doe@…", "Pat.Doe@…".

    None of `variants` is repeated. Apart, because who searches a roster of 100,000 tries the others on everybody first.
    """
    written = _bare(address)
    lowered = written.lower()
    local, at, domain = lowered.rpartition("@")
    rest = f"{at}{domain}"
    common = (written, lowered, f"{written.rpartition('@')[0]}{rest}")
    found = (written.upper(), f"{local.capitalize()}{rest}", f"{local.title()}{rest}")
    return tuple([spelling for spelling in dict.fromkeys(found) if spelling not in common])


def matches(identity: Identity, address: str) -> bool:
    """True when `identity` is `address`. A form that is not understood matches nobody; nothing is raised."""
    if not _bare(address):
        return False
    if not identity.hashed:
        return _bare(identity.value).lower() == _bare(address).lower()
    parsed = hash_of(identity)
    if parsed is None:
        return False
    algorithm, digest = parsed
    found = False
    for spelling in (*variants(address), *rare_variants(address)):
        # Every variant is tried, so that the time taken does not tell which one matched.
        salted = (spelling + identity.salt).encode("utf-8", "surrogatepass")
        made = hashlib.new(algorithm, salted, usedforsecurity=False).hexdigest()
        found |= hmac.compare_digest(made, digest)
    return found


def hash_of(identity: Identity) -> tuple[str, str] | None:
    """Algorithm ("sha256" or "md5") and lower-case hex digest of a hashed identity; None when it is not in that form."""
    algorithm, dollar, digest = identity.value.strip().partition("$")
    algorithm, digest = algorithm.lower(), digest.lower()
    if not dollar or _DIGITS.get(algorithm) != len(digest) or not _HEX.issuperset(digest):
        return None
    return algorithm, digest


def matchable(identity: Identity) -> bool:
    """True when some e-mail address could match: a plain address, or a hash in a known form of an e-mail identity."""
    if identity.hashed:
        return hash_of(identity) is not None
    local, at, domain = _bare(identity.value).rpartition("@")
    return bool(local and at and domain) and not set(_bare(identity.value)) & set(string.whitespace)


def _bare(text: str) -> str:
    stripped = text.strip()
    return stripped[len(MAILTO) :] if stripped[: len(MAILTO)].lower() == MAILTO else stripped
