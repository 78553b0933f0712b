"""What the credential says: the certificate's words in the vocabulary of Open Badges 3.0. Pure.

Sources: Open Badges 3.0 §B.1 (AchievementCredential, Achievement, Result, Evidence, IdentityObject, Profile) and §8.2.4 (JWT claims);
VC Data Model 2.0 §4; Bitstring Status List 1.0 §2.1.

Hours are a Result of a kind of our own and neither `creditsAvailable` nor `creditsEarned`: those count credits, and nobody may read fifteen
hours of professional development as fifteen credits of a college.
"""

import hashlib
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from countersign.errors import CountersignError
from countersign.issuance.wording import plain
from countersign.render import day
from countersign.settings import Settings

CONTEXT = ("https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json")
SCHEMA = "https://purl.imsglobal.org/spec/ob/v3p0/schema/json/ob_v3p0_achievementcredential_schema.json"
HOURS = "ext:ProfessionalDevelopmentHours"
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"\\^`{|}]+")
_MARKS = re.compile(r"([\\`*_\[\]<>&#|~])")

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who earned it, as the roster has it, and the name of what was earned in its issuer's own words (`assertion`)."""

    name: str
    email: str
    assertion: str


def credential(
    printed: Mapping[str, Any], issued_on: date, recipient: Recipient, status: Json, settings: Settings, now: datetime
) -> Json:
    """The OpenBadgeCredential that says what the certificate `printed` says. `status` is its entry on a status list.

    `now` matters only where the certificate's day has not begun yet in the affiliate's time zone: nothing is valid from a
    moment to come. Raises CountersignError when the certificate lacks what a credential has to say.
    """
    terms = settings.recognition_credential
    if terms is None:
        raise CountersignError("No recognition credential is set up.")
    number, title, recognizer = (_said(printed, name) for name in ("number", "title", "recognizer"))
    hours, awarded_by = _hours(printed), _said(printed, "issuer", "an issuer that is not named")
    what = f"{hours} {'hour' if hours == '1' else 'hours'} of professional development"
    if not recipient.email:
        raise CountersignError(
            f"The educator of {number} has no e-mail address on the roster, so nobody could tell whose credential it is.",
            "Import the roster with an address; the next night issues it.",
        )
    address = settings.affiliate.check_url + number
    name = f"Recognition of {title} as {what} by {recognizer}"
    described = uuid.uuid5(
        uuid.NAMESPACE_URL,
        "\n".join((terms.issuer, *(_said(printed, n, "") for n in ("agreement", "clause", "issuer")), title, hours)),
    ).urn
    zone = ZoneInfo(settings.time_zone)
    return {
        "@context": list(CONTEXT),
        "id": f"{address}/credential",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": name,
        "issuer": issuer(settings),
        "validFrom": moment(min(datetime.combine(issued_on, time(), zone), now)),
        "credentialSubject": {
            "type": ["AchievementSubject"],
            "identifier": _identifiers(recipient, number),
            "achievement": {
                "id": described,
                "type": ["Achievement"],
                "achievementType": "CertificateOfCompletion",
                "name": name,
                "description": f"{recognizer} recognizes the micro-credential {title}, awarded by {awarded_by}, as {what}"
                f"{_purpose(printed)}. This is not college credit.",
                "criteria": {"narrative": _criteria(printed, hours)},
                "resultDescription": [
                    {
                        "id": f"{described}#hours",
                        "type": ["ResultDescription"],
                        "name": "Hours of professional development",
                        "resultType": HOURS,
                    }
                ],
            },
            "result": [{"type": ["Result"], "resultDescription": f"{described}#hours", "value": hours}],
        },
        "evidence": [_evidence(printed, recipient.assertion, title, awarded_by), _certificate(number, address)],
        "credentialSchema": [{"id": SCHEMA, "type": "1EdTechJsonSchemaValidator2019"}],
        "credentialStatus": status,
    }


def issuer(settings: Settings) -> Json:
    """The affiliate as a Profile."""
    affiliate, terms = settings.affiliate, settings.recognition_credential
    host = re.match(r"https://[^/]+/", affiliate.check_url)
    return {
        "id": terms.issuer if terms else "",
        "type": ["Profile"],
        "name": affiliate.name,
        "email": affiliate.email,
        **({"url": host[0]} if host else {}),
    }


def claims(body: Json) -> Json:
    """The credential as the claims of a token: itself, and what JWT has names of its own for (§8.2.4)."""
    starts = datetime.fromisoformat(body["validFrom"])
    named = {"iss": body["issuer"]["id"], "jti": body["id"], "nbf": int(starts.timestamp())}
    return body | named


def moment(when: datetime) -> str:
    """A moment in UTC to the second, as the vocabulary writes it."""
    return when.astimezone(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")


def _said(printed: Mapping[str, Any], name: str, otherwise: str | None = None) -> str:
    """A text of the certificate's. Raises CountersignError when it has none and nothing may stand in its place."""
    value = printed.get(name)
    text = plain(value) if isinstance(value, str) else ""
    if text or otherwise is not None:
        return text or (otherwise or "")
    raise CountersignError(
        f"The certificate {printed.get('number', '')} says nothing of its {name}, which its credential has to say.".replace(
            "  ", " "
        ),
        "Reissue the certificate; the next night then issues its credential.",
    )


def _hours(printed: Mapping[str, Any]) -> str:
    text = _said(printed, "quantity")
    try:
        hours = Decimal(text)
    except InvalidOperation:
        hours = Decimal(0)
    if not hours.is_finite() or hours <= 0:
        raise CountersignError(
            f"The certificate {printed.get('number', '')} states {text} hours; a credential states more than none.",
            "Correct the agreement's clause and reissue the certificate.",
        )
    return f"{hours.normalize():f}"


def _identifiers(recipient: Recipient, number: str) -> list[Json]:
    """The address as a salted hash: whoever has the address can tell whose it is, and nobody can read it out. The name stands there
    as it does on the certificate. The certificate's number is the salt: no two are alike, and nobody guesses one."""
    digest = hashlib.sha256((recipient.email.strip().lower() + number).encode()).hexdigest()
    address = {
        "type": "IdentityObject",
        "identityType": "emailAddress",
        "hashed": True,
        "identityHash": f"sha256${digest}",
        "salt": number,
    }
    name = plain(recipient.name)
    named = {"type": "IdentityObject", "identityType": "name", "hashed": False, "identityHash": name}
    return [address, named] if name else [address]


def _purpose(printed: Mapping[str, Any]) -> str:
    purpose = _said(printed, "purpose", "")
    return f", for {purpose}" if purpose else ""


def _criteria(printed: Mapping[str, Any], hours: str) -> str:
    """How the hours were determined, in words. The field is Markdown, so what stands in it from outside is escaped."""
    determined, clause = _said(printed, "determined", ""), _said(printed, "clause", "")
    agreement = _said(printed, "agreement_title", "")
    words = [determined or f"{hours} hours"]
    if clause:
        words.append(f"clause “{clause}”" + (f" of “{agreement}”" if agreement else ""))
    said = f"{words[0]} ({words[1]})" if len(words) == 2 else words[0]
    return _MARKS.sub(
        r"\\\1", f"{said}. The micro-credential was proven to be its issuer's own before it was recognized."
    )


def _evidence(printed: Mapping[str, Any], assertion: str, title: str, awarded_by: str) -> Json:
    """The award that was recognized. What is no URI is told in words."""
    earned = _said(printed, "earned_on", "")
    words = f"The micro-credential, awarded by {awarded_by}" + (
        f", earned on {day(date.fromisoformat(earned))}" if earned else ""
    )
    found: Json = {"type": ["Evidence"], "name": title, "description": f"{words}.", "genre": "Micro-credential"}
    if _URI.fullmatch(assertion):
        return {"id": assertion, **found}
    return found | {"description": f"{words}; its own name is {plain(assertion)}."} if assertion else found


def _certificate(number: str, address: str) -> Json:
    return {
        "id": address,
        "type": ["Evidence"],
        "name": f"Certificate {number}",
        "description": "The certificate on paper that says the same; whether it still stands can be checked there.",
        "genre": "Certificate",
    }
