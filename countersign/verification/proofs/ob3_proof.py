"""Open Badges 3.0 proven: a VC-JWT by its signature, a JSON credential by its Data Integrity proofs.

Sources: OB 3.0 §8.2 (JWT), §8.3 (embedded proofs); VC Data Integrity 1.0 §4.4 (verify proof) and §4.5 (verify proof sets and
chains). Which keys are the issuer's, `keyring.py` says; what a proof covers, `suites.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from countersign.verification import reading
from countersign.verification.findings import (
    ANOTHER_FORM,
    ASK_WHETHER,
    NOT_FOR_US,
    SEND_AGAIN,
    WHICH_KEY,
    Finding,
    bad,
    clause,
    ok,
    unsupported,
    unsure,
)
from countersign.verification.judging import SKEW, key_on_date
from countersign.verification.keys import algorithm
from countersign.verification.network.web import Fetcher
from countersign.verification.proofs import contexts, di_jcs, jose, screening, selective, suites
from countersign.verification.proofs.keyring import NoKey, keys_for
from countersign.verification.proofs.linked_data import Covered, NotCovered, NotKnown
from countersign.verification.reading import Json, Malformed
from countersign.verification.trust.registry import Issuer, RegisteredKey
from models.credentials import CheckOutcome

MAX_PROOFS = 8
_LAYOUT = "Its proof is not laid out as the standard asks for (Data Integrity)"


def of_token(token: jose.Token, issuer: Issuer, issued: datetime, fetcher: Fetcher) -> Finding:
    """Whether a key of `issuer` made the token's signature, and was in use when it was issued and when the token says that it was
    signed (`iat`, RFC 7519 §4.1.6)."""
    if token.unsupported:
        return unsupported(token.unsupported)
    tried = 0
    try:
        signed = reading.numeric_date(token.payload, "iat")
        for key in keys_for(issuer, token.kid, fetcher):
            tried += 1
            if token.signed_by(key.public):
                return _in_use(key, issuer, issued, signed)
    except NoKey as error:
        return error.finding
    except Malformed as error:
        return bad(f"The token is not laid out as the standard asks for: {error}", SEND_AGAIN)
    return _altered(issuer) if tried else _foreign(issuer, token.kid)


def of_document(body: Json, issuer: Issuer, issued: datetime, now: datetime, fetcher: Fetcher) -> Finding:
    """Whether a key of `issuer` made one of the document's proofs, and no proof that can be checked fails.

    Proofs by keys that are not the issuer's prove nothing and are not counted; one of an unknown kind holds the credential.
    """
    try:
        proofs = reading.parts(body, "proof")
    except Malformed as error:
        return bad(str(error))
    if not proofs:
        return bad("It carries no proof at all: anybody could have written it.", SEND_AGAIN)
    if len(proofs) > MAX_PROOFS:
        return unsure(f"It carries {len(proofs)} proofs, more than are examined.", ANOTHER_FORM)
    exam = _Exam(body, proofs, Covered(body), issuer, issued, now, fetcher)
    results = [exam.one(proof) for proof in proofs]
    # One proof over the whole outweighs one over the part that is shown: then nothing was withheld.
    own = sorted((r.finding for r in results if not r.foreign), key=lambda finding: finding.in_part)
    for outcome in (CheckOutcome.failed, CheckOutcome.indeterminate, CheckOutcome.passed):
        for finding in own:
            if finding.outcome is outcome:
                return finding
    return results[0].finding


@dataclass(frozen=True, slots=True)
class _Result:
    finding: Finding
    foreign: bool = False


class _Failed(Exception):
    """A step ended with a finding."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.detail)
        self.finding = finding


@dataclass(frozen=True, slots=True)
class _Exam:
    """One document whose proofs are examined."""

    body: Json
    proofs: Sequence[Json]
    covered: Covered
    issuer: Issuer
    issued: datetime
    now: datetime
    fetcher: Fetcher

    def one(self, proof: Json) -> _Result:
        """The finding on one proof, step by step."""
        try:
            return self._one(proof)
        except _Failed as error:
            return _Result(error.finding)
        except NoKey as error:
            return _Result(error.finding)
        except selective.BadValue as error:
            return _Result(bad(str(error), SEND_AGAIN))
        except NotCovered as error:
            return _Result(bad(str(error), SEND_AGAIN))
        except NotKnown as error:
            return _Result(unsure(str(error), ANOTHER_FORM))

    def _one(self, proof: Json) -> _Result:
        # 1. a kind of proof that is known
        suite = suites.of(proof)
        if suite is None:
            return _Result(
                unsure(f"It is proven by {suites.name_of(proof)}, which cannot be checked here yet.", ANOTHER_FORM)
            )
        # 2. its options (§4.4, steps 3 to 8)
        created = self._options(proof, suite)
        method = proof.get("verificationMethod")
        if not isinstance(method, str) or not method or not suite.is_laid_out(proof.get("proofValue")):
            return _Result(bad(f"{_LAYOUT}.", SEND_AGAIN))
        # 3. the proofs it builds on (§4.5, steps 1 to 3)
        previous = self._previous(proof)
        # 4. the issuer's keys of that name, and whether one of them made it
        tried = unfit = False
        for key in keys_for(self.issuer, method, self.fetcher):
            if algorithm(key.public) not in suite.algorithms:
                unfit = True
                continue
            if not tried:
                screening.screen(self.body)
            tried = True
            if suite.verifies(key.public, self.covered, proof, previous):
                return _Result(self._made_by(key, created, suite, proof))
        if not tried and unfit:
            return _Result(bad(f"Its proof ({suite.name}) is of a kind for which {self.issuer.name} has no key."))
        if not tried:
            return _Result(_foreign(self.issuer, method), foreign=True)
        named = screening.listed(self.body.get("@context"))
        if suite.over_rdf and contexts.CHANGING & {c for c in named if isinstance(c, str)}:
            return _Result(
                unsure(
                    "Its signature does not match. It was altered, or signed under another text of the vocabulary "
                    f"{next(iter(contexts.CHANGING))}, which has changed.",
                    "Ask the issuer for one that names an edition, such as context-3.0.3.json.",
                )
            )
        return _Result(_altered(self.issuer))

    def _options(self, proof: Json, suite: suites.Suite) -> datetime | None:
        """When the proof was made, if it says so; everything else it says of itself must be fit for a credential."""
        if proof.get("proofPurpose") != "assertionMethod":
            raise _Failed(bad("Its proof was made for another purpose than to issue a credential (proofPurpose)."))
        if "domain" in proof or "challenge" in proof:
            raise _Failed(
                unsure("Its proof was made for one occasion only (domain, challenge), not for handing on.", NOT_FOR_US)
            )
        if "@context" in proof and not suite.over_rdf and not di_jcs.under_contexts(self.body, proof):
            raise _Failed(bad("Its proof was made under other vocabularies (@context) than it names.", SEND_AGAIN))
        if "@context" in proof and suite.over_rdf and proof["@context"] != self.body.get("@context"):
            raise _Failed(
                unsure(
                    "Its proof uses another vocabulary than the credential, which cannot be checked here yet.",
                    ANOTHER_FORM,
                )
            )
        try:
            created, expires = reading.moment(proof, "created"), reading.moment(proof, "expires")
        except Malformed as error:
            raise _Failed(bad(f"{_LAYOUT}: {clause(str(error))}", SEND_AGAIN)) from error
        if created is not None and created > self.now + SKEW:
            raise _Failed(bad("Its proof is dated in the future."))
        if expires is not None and expires <= self.now:
            raise _Failed(bad("Its proof has expired."))
        return created

    def _previous(self, proof: Json) -> list[Json]:
        """The proofs that a chained one covers together with the document, in the order of the document.

        Every proof by the issuer is checked in its own turn. One by a stranger is covered here as it stands, and its signature is not
        checked: there is no key of a stranger's to check it with. So "after somebody else's proof" is the issuer's word only.
        """
        if "previousProof" not in proof:
            return []
        named = screening.listed(proof["previousProof"])
        found = [p for p in self.proofs if isinstance(p.get("id"), str) and p["id"] in named]
        if not named or len(found) != len(named) or {p["id"] for p in found} != set(map(str, named)) or proof in found:
            raise _Failed(bad("Its proof builds on another one (previousProof) that is not there.", SEND_AGAIN))
        return found

    def _made_by(self, key: RegisteredKey, created: datetime | None, suite: suites.Suite, proof: Json) -> Finding:
        """Whether the key counts, and what its proof covers."""
        found = _in_use(key, self.issuer, self.issued, created)
        if not found.passed:
            return found
        if suite.name == selective.SUITE:
            shown = ok(
                f"Signed with a registered key of {self.issuer.name}. Its holder shows a part of it; whether something was "
                "withheld cannot be told."
            )
            return shown._replace(in_part=True, at_will=selective.at_will(self.covered, proof))
        return found


def _in_use(key: RegisteredKey, issuer: Issuer, issued: datetime, signed: datetime | None) -> Finding:
    """Whether the key counts on the date of issue, and on the one that the signature gives for itself: either may be made up."""
    found = [key_on_date(key, issuer, when) for when in (issued, signed) if when is not None]
    for outcome in (CheckOutcome.failed, CheckOutcome.indeterminate):
        for finding in found:
            if finding.outcome is outcome:
                return finding
    return ok(f"Signed with a registered key of {issuer.name}.")


def _altered(issuer: Issuer) -> Finding:
    return bad(
        f"Its signature does not match the registered key of {issuer.name}: it was altered or forged.", SEND_AGAIN
    )


def _foreign(issuer: Issuer, name: str) -> Finding:
    """The sentence for a signature by a key that is not the issuer's, as far as anybody knows."""
    if not (issuer.keys or issuer.dids or issuer.jwks):
        return unsure(f"No key is registered for {issuer.name}, so its signature cannot be checked.", WHICH_KEY)
    shown = f" ({name[:100]})" if name else ""
    return bad(f"It is signed with a key{shown} that is not registered for {issuer.name}.", ASK_WHETHER)
