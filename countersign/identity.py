"""Whether an identity in a credential is a given e-mail address: plain, hashed, salted, in any case. Pure.

Only what the credential itself calls an e-mail address (`names_address`) says whose it is. A user name, an account or a
number, be it called employee id or member number, is somebody's in the issuer's own system: the same one may be another
person's with us, so it is never compared with the roster's numbers, and where its text happens to be an address of the roster
that is a hint for a person and no more.

Sources: OB 2.0 IdentityObject and IdentityHash ("sha256$" or "md5$", then the hex digest of identity + salt); OB 3.0
§B.1.13 IdentityObject, its IdentityHash and IdentifierTypeEnum; OB 3.0 `credentialSubject.id`, which may be a `mailto:`
address (RFC 6068).
"""

import hashlib
import hmac
import string
from urllib.parse import unquote

from models.credentials import Identity

MAILTO = "mailto:"
_ADDRESS_KINDS = frozenset(
    {"email", "emailaddress", "schema:email", "http://schema.org/email", "https://schema.org/email"}
)
"""OB 2.0 `type` (its context makes "email" schema.org's) and OB 3.0 `identityType`, in lower case."""

_NEVER_AN_ADDRESS = frozenset({"name", "url", "telephone", "nationalidentitynumber", "isbn", "issn"})
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


def names_address(identity: Identity) -> bool:
    """True when the credential says that this identity is an e-mail address: by its kind, or as a subject's `mailto:` id."""
    if identity.kind == "id":
        return not identity.hashed and identity.value.strip()[: len(MAILTO)].lower() == MAILTO
    return identity.kind.strip().lower() in _ADDRESS_KINDS


def matches(identity: Identity, address: str) -> bool:
    """True when the credential names `address` by `identity`: it is said to be an e-mail address, and it is this one."""
    return names_address(identity) and reads(identity, address)


def reads(identity: Identity, address: str) -> bool:
    """True when what stands in `identity`, whatever it is said to be, is the text of `address` or its hash.

    A form that is not understood is nobody's; nothing is raised.
    """
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
    """True when some e-mail address could stand there: a plain one, or a hash in a known form, of a kind that can be one."""
    if identity.kind.strip().lower() in _NEVER_AN_ADDRESS:
        return False
    if identity.hashed:
        return hash_of(identity) is not None
    local, at, domain = _bare(identity.value).rpartition("@")
    return bool(local and at and domain) and not set(_bare(identity.value)) & set(string.whitespace)


def plain(identity: Identity) -> str:
    """The address that a plain identity writes down, case-folded, as the roster keeps it for look-ups."""
    return _bare(identity.value).casefold()


def _bare(text: str) -> str:
    stripped = text.strip()
    # An address in a URI has its special characters as %xx (RFC 6068 §2).
    return unquote(stripped[len(MAILTO) :]) if stripped[: len(MAILTO)].lower() == MAILTO else stripped
