"""A credential in a token: what the token says beside it must be what it says itself.

Sources: Open Badges 3.0 §8.2.3, §8.2.4 and §8.2.6.1; VC Data Model 1.1 §6.3.1 (the `vc` claim); Securing Verifiable Credentials
using JOSE and COSE §3 (the claims are the credential); RFC 7519 §4.1; RFC 8725 §3.11 (a token of one kind must not pass for another).
"""

from datetime import datetime
from typing import Any, cast

from countersign.verification import reading
from countersign.verification.judging import SKEW
from countersign.verification.proofs import jose
from countersign.verification.reading import Json, Malformed
from countersign.verification.vc import vcdm

_TYP = frozenset({"jwt", "vc+jwt", "vc+ld+jwt", "vc-ld+jwt", "vc+ld+json", "vc", "jose"})
_CTY = frozenset({"vc", "vc+ld+json", "ld+json", "json", "credential-claims-set+json"})
_OF_SIGNATURE = frozenset({"vc+jwt", "vc+ld+jwt", "vc-ld+jwt"})
"""Kinds of token by VC-JOSE-COSE, now and in its drafts: the claims are the credential, and "vc" must not be among them (§1.1.2.1,
§3.1.3); `nbf` and `exp` bound the signature, not the credential (§3.1.3)."""


class Addressed(ValueError):
    """The token is meant for somebody in particular; `str()` says for whom."""


def credential_in(token: jose.Token, now: datetime) -> Json:
    """The credential's JSON in a token: its `vc` claim, or its claims. What it leaves out itself, the claims supply.

    Raises Malformed when the header or a claim contradicts it, Addressed when the token names whom it is meant for.
    """
    kind = _kind(token.header)
    claims = token.payload
    body = dict(claims)
    if kind in _OF_SIGNATURE and not claims.keys().isdisjoint(("vc", "vp")):
        raise Malformed(
            f'The token says that it is itself the credential ({kind}), and holds another one in "vc" or "vp".'
        )
    if "vc" in claims:
        if not isinstance(claims["vc"], dict):
            raise Malformed('"vc" is not an object.')
        if "@context" in claims or "credentialSubject" in claims:
            raise Malformed("The token holds two credentials, one in “vc” and one beside it.")
        body = dict(cast(Json, claims["vc"]))
    _names(claims, body)
    _moments(claims, body, kind, now)
    _audience(claims, body)
    return body


def _kind(header: Json) -> str:
    """The token's `typ` in short; empty when it says none."""
    said: list[str] = []
    for member, known in (("typ", _TYP), ("cty", _CTY)):
        value: Any = header.get(member, "")
        short = value.lower().removeprefix("application/") if isinstance(value, str) else "?"
        if short and short not in known:
            raise Malformed(
                f"The token says that it is something else than a credential ({member}: {str(value)[:60]})."
            )
        said.append(short)
    return said[0]


def _names(claims: Json, body: Json) -> None:
    """`jti`, `iss` and `sub` against the credential, its issuer and its recipient."""
    _same(claims, "jti", body, "id", "the credential's own name")
    issuer: Any = body.get("issuer")
    if "iss" in claims and isinstance(issuer, dict):
        body["issuer"] = _same(claims, "iss", dict(cast(Json, issuer)), "id", "its issuer", "issuer.")
    else:
        _same(claims, "iss", body, "issuer", "its issuer")
    subjects: Any = body.get("credentialSubject")
    listed = cast(list[Any], subjects if isinstance(subjects, list) else [subjects])
    if "sub" in claims and len(listed) == 1 and isinstance(listed[0], dict):
        body["credentialSubject"] = _same(
            claims, "sub", dict(cast(Json, listed[0])), "id", "its recipient", "credentialSubject."
        )


def _same(claims: Json, claim: str, body: Json, field: str, what: str, of: str = "") -> Json:
    if claim in claims:
        if not isinstance(claims[claim], str):
            raise Malformed(f'"{claim}" is not text.')
        if body.setdefault(field, claims[claim]) != claims[claim]:
            raise Malformed(
                f'The token says one thing in "{claim}" and the credential another in "{of}{field}": {what} cannot be told.'
            )
    return body


def _audience(claims: Json, body: Json) -> None:
    """Some issuers name the recipient in `aud`. A token for anybody else was made to be shown elsewhere (RFC 7519 §4.1.3)."""
    own = [s.get("id") for s in reading.parts(body, "credentialSubject")]
    others = [a for a in reading.texts(claims, "aud") if a not in own]
    if others:
        raise Addressed(f"The token says that it is meant for {', '.join(others)[:200]}, and for nobody else (aud).")


def _moments(claims: Json, body: Json, kind: str, now: datetime) -> None:
    """`nbf` and `exp` against the credential's dates; `iat` against the clock and `exp`."""
    starts, ends = ("validFrom", "issuanceDate"), ("validUntil", "expirationDate")
    if vcdm.is_model_1(body):
        starts, ends = ("issuanceDate", "validFrom"), ("expirationDate", "validUntil")
    begun, ended, signed = (reading.numeric_date(claims, name) for name in ("nbf", "exp", "iat"))
    if signed is not None and signed > now + SKEW:
        raise Malformed('The token says that it was signed at a time that has not come yet ("iat").')
    if ended is not None and any(m is not None and m >= ended for m in (signed, begun)):
        raise Malformed('The token says that it ended before it began ("exp").')
    if begun is not None:
        _bound(body, "nbf", begun, starts, narrower=kind in _OF_SIGNATURE)
    if ended is not None:
        _bound(body, "exp", ended, ends, narrower=kind in _OF_SIGNATURE)


def _bound(body: Json, claim: str, moment: datetime, fields: tuple[str, str], *, narrower: bool) -> None:
    """The claim against the body's date of that meaning, in the words of its data model first; supplied where it has none.
    Where the claim bounds the signature only, the narrower of the two counts."""
    said = [(f, m.replace(microsecond=0)) for f in fields if (m := reading.moment(body, f))]
    if not said:
        body[fields[0]] = _written(moment)
        return
    field, found = said[0]
    if found == moment:
        return
    if not narrower:
        raise Malformed(f'The token says one date in "{claim}" and the credential another in "{field}".')
    if (found < moment) == (claim == "nbf"):
        body[field] = _written(moment)


def _written(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
