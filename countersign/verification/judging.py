"""What is judged alike for every kind of credential: its key and its issuer on that date, its dates, its recipient. Pure."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from countersign import identity
from countersign.verification.findings import ANOTHER_FORM, BY_ANOTHER_WAY, Finding, bad, fit, in_words, ok, unsure
from countersign.verification.trust.registry import Issuer, RegisteredKey
from models.credentials import Credential, Identity

SKEW = timedelta(minutes=5)
"""How far an issuer's clock may be ahead of ours."""


def key_on_date(key: RegisteredKey, issuer: Issuer, issued: datetime) -> Finding:
    """Whether a key of the issuer counts for a credential issued then (rule 2: "on that date"), by every date that is registered for
    it, wherever the key was found. Days are those of UTC, the first and the last one included."""
    key, day = issuer.dated(key), issued.astimezone(UTC).date()
    if key.compromised is not None:
        if day >= key.compromised:
            return bad(
                f"It is signed with a key of {issuer.name} that was reported stolen on {in_words(key.compromised)}, and it is dated "
                f"{in_words(day)}: from that day on the key proves nothing.",
                "Ask the issuer to award it again with its present key.",
            )
        # Whoever holds a stolen key can write any date, so an earlier one is no proof by itself.
        return unsure(
            f"It is signed with a key of {issuer.name} that was later reported stolen, on {in_words(key.compromised)}. It is dated "
            f"{in_words(day)} and may be genuine, or backdated by whoever has the key.",
            f"Ask the issuer, {BY_ANOTHER_WAY}, whether it awarded this one, and to award it again with its present key.",
        )
    if key.starts is not None and day < key.starts:
        return bad(
            f"It is dated {in_words(day)}, but signed with a key that {issuer.name} only has since {in_words(key.starts)}.",
            "Ask the issuer to award it again; a key cannot sign before it was made.",
        )
    if key.until is not None and day > key.until:
        return bad(
            f"It is dated {in_words(day)}, but signed with a key that {issuer.name} used until {in_words(key.until)} only.",
            "Ask the issuer to award it again with its present key.",
        )
    return ok("The key was in use on the date of issue.")


def trusted(issuer: Issuer, issued: datetime) -> Finding:
    """Whether the affiliate accepts this registered issuer's credentials of that date."""
    day = issued.astimezone(UTC).date()
    if day < issuer.accepted_from:
        return bad(
            f"{issuer.name} is accepted from {in_words(issuer.accepted_from)} on; this was issued on {in_words(day)}.",
            "Ask the affiliate whether earlier ones can be recognized.",
        )
    if issuer.accepted_until is not None and day > issuer.accepted_until:
        return bad(
            f"{issuer.name} was accepted until {in_words(issuer.accepted_until)}; this was issued on {in_words(day)}.",
            "Ask the affiliate whether later ones can be recognized.",
        )
    return ok(f"{issuer.name} is a registered issuer.")


def dates(credential: Credential, now: datetime) -> Finding:
    """Issued, not in the future, and not expired (OB 2.0 Assertion; VC Data Model 2.0 §4.9)."""
    issued, until = credential.issued_on, credential.valid_until
    if issued > now + SKEW:
        return bad(f"It is dated {in_words(issued.date())}, which has not come yet.")
    if until is not None and until < issued:
        return bad(f"It expires ({in_words(until.date())}) before it was issued ({in_words(issued.date())}).")
    if until is not None and until <= now:
        return bad(
            f"It expired on {in_words(until.date())}.",
            "Ask the issuer whether it can be renewed, then send the new one.",
        )
    end = f" and valid until {in_words(until.date())}" if until else " and does not expire"
    return ok(f"Issued on {in_words(issued.date())}{end}.")


def recipient(credential: Credential, address: str | None) -> Finding:
    """Whether somebody can be found by what the credential says of its recipient, and whether it is `address`."""
    known = [i for i in credential.identities if not i.hashed or identity.hash_of(i) is not None]
    if not credential.identities:
        return bad("It does not say to whom it was awarded.")
    if not known:
        return unsure("It names its recipient in a scrambled form that is not known here.", ANOTHER_FORM)
    by_address = any(identity.names_address(i) for i in known)
    if address is None:
        how = "." if by_address else ", and not by an e-mail address: a person has to say whose it is."
        return ok(f"It names its recipient by {_kind(known)}{how}")
    if not by_address:
        return unsure(
            f"It names its recipient by {_kind(known)}, and not by an e-mail address, so it cannot be told whether "
            "it was awarded to the address given.",
            "Ask the issuer to whom it awarded this one.",
        )
    if any(identity.matches(i, address) for i in known):
        return ok("It was awarded to the address given.")
    return bad(
        "It was awarded to another address than the one given.",
        "If that address is yours too, tell the affiliate, so that it can be added to your record.",
    )


def _kind(identities: Sequence[Identity]) -> str:
    """By what the recipient is named, in words: an e-mail address where there is one; never the identity itself."""
    shown = min(identities, key=lambda i: not identity.names_address(i))
    scrambled = "a scrambled " if shown.hashed else ""
    if identity.names_address(shown):
        return f"{scrambled or 'an '}e-mail address"
    return f"{scrambled or 'its '}{'identifier' if shown.kind == 'id' else fit(shown.kind[:40])}"
