"""A credential that somebody serves or encloses: a status list, a renewed credential, an endorsement. Read in either form.

It comes as JSON with an embedded proof or as a compact JWS (Open Badges 3.0 §8.2, §8.3), whatever the answer's content type says.
"""

from dataclasses import dataclass
from datetime import datetime

from countersign.verification import reading, strictjson
from countersign.verification.carriers import extraction
from countersign.verification.findings import TELL_ISSUER, Finding, clause, unsure
from countersign.verification.network.web import Fetcher
from countersign.verification.proofs import jose, ob3_proof
from countersign.verification.reading import Json, Malformed
from countersign.verification.trust.registry import Issuer
from countersign.verification.vc import claims


@dataclass(frozen=True, slots=True)
class Served:
    """What was served: its JSON, and the token it came in, if any. Unproven until `proof` passed."""

    body: Json
    token: jose.Token | None

    @property
    def signed(self) -> bool:
        """Whether there is anything to prove it by."""
        return self.token is not None or "proof" in self.body

    @property
    def owner(self) -> str:
        """The issuer it names, empty when it names none."""
        named = self.body.get("issuer")
        if isinstance(named, dict):
            named = reading.part(self.body, "issuer").get("id")
        return named if isinstance(named, str) else ""

    def proof(self, issuer: Issuer, issued: datetime, now: datetime, fetcher: Fetcher) -> Finding:
        """Whether a registered key of `issuer` signed it, the whole of it: what whoever serves it left out would be missing."""
        if self.token is not None:
            return ob3_proof.of_token(self.token, issuer, issued, fetcher)
        found = ob3_proof.of_document(self.body, issuer, issued, now, fetcher)
        if found.in_part and (found.at_will or not issuer.selective):
            return unsure(f"{found.detail} It cannot be relied on.", TELL_ISSUER)
        return found


def read(content: bytes | str, now: datetime, *, credential: bool = True) -> Served:
    """The credential in `content`; with `credential` off, a token's claims are the document as they stand. Raises Malformed."""
    try:
        text = (content if isinstance(content, str) else content.decode("utf-8")).strip()
        if not extraction.COMPACT_JWS.fullmatch(text):
            return Served(strictjson.parse_object(content), None)
        token = jose.parse(text)
        return Served(claims.credential_in(token, now) if credential else token.payload, token)
    except (UnicodeDecodeError, strictjson.JsonProblem, jose.BadToken, claims.Addressed) as error:
        raise Malformed(
            f"it is neither a JSON credential nor a token that can be checked, since {_why(error)}."
        ) from error


def _why(error: Exception) -> str:
    return (
        "it is not UTF-8 text"
        if isinstance(error, UnicodeDecodeError)
        else f"it {error}"[:200]
        if isinstance(error, strictjson.JsonProblem)
        else clause(str(error).rstrip("."))[:200]
    )
