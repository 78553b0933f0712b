"""An Open Badges 3.0 credential examined, in the order of the specification's verification (§9.1).

 1. it conforms: vocabularies, required fields, the published schema
 2. it is proven by a registered key of the issuer it names, who is accepted on the date of issue; then the schemas it names
 3. it is refreshed once, when its issuer offers that
 4. its status and, on closing, its dates
 5. its recipient, on closing
 6. its endorsements, which change nothing

The registry is asked before the proof, since the key is the registry's (rule 2 of the house).
"""

from countersign.verification.exam import Exam
from countersign.verification.findings import NOT_FOR_US, ok, unsure
from countersign.verification.open_badges_3 import endorsements, ob3, refresh, schema
from countersign.verification.proofs import jose, ob3_proof
from countersign.verification.reading import Json
from countersign.verification.vc import claims
from countersign.verification.withdrawal import status
from models.credentials import CheckName

FORM, PROOF = CheckName.well_formed, CheckName.proof


def examine(exam: Exam, payload: Json, token: jose.Token | None) -> None:
    """Note the findings on a credential in JSON, or in the claims of `token`. Raises Ended, Malformed or UnknownVocabulary."""
    # 1. It conforms
    try:
        body = claims.credential_in(token, exam.now) if token else payload
    except claims.Addressed as error:
        exam.findings.end(FORM, unsure(str(error), NOT_FOR_US))
    found = ob3.conforming(body)
    exam.body, exam.credential = body, found
    exam.findings.add(FORM, ok("It is an Open Badges 3.0 credential."))
    if token and (others := ob3.vocabularies(body)):
        exam.remarks.append(f"It also uses words of {', '.join(others)[:400]}; nothing here reads them.")
    # 2. It is proven
    issuer = exam.registry.issuer_for(found.issuer_id)
    if issuer is None:
        exam.findings.add(
            PROOF, unsure("The issuer is not registered, so there is no key to check its signature with.", "")
        )
        exam.unknown_issuer(found.issuer_id, found.issuer_name)
    proof = (
        ob3_proof.of_token(token, issuer, found.issued_on, exam.fetcher)
        if token
        else ob3_proof.of_document(body, issuer, found.issued_on, exam.now, exam.fetcher)
    )
    exam.findings.require(PROOF, proof)
    exam.trust(issuer, found)
    further, remarks = schema.named(body, issuer, exam.fetcher)
    exam.remarks += remarks
    if further is not None:
        exam.findings.add(FORM, further)
    # 3. It is refreshed, once
    withdrawn_by = body
    newer = refresh.ask(body, found, issuer, exam.fetcher, exam.now)
    if newer is not None:
        exam.remarks += [r for r in newer.remarks if r not in exam.remarks]
        if newer.credential is not None:
            exam.body, exam.credential = newer.body, newer.credential
            # A newer version that names no status does not escape what its issuer says of the original.
            withdrawn_by = newer.body if newer.body.get("credentialStatus") else body
            body, found = newer.body, newer.credential
    # 4. Its status
    exam.findings.add(CheckName.status, status.check(withdrawn_by, found, issuer, exam.fetcher, exam.now))
    if proof.in_part and (left_out := status.withheld(proof, issuer)) is not None:
        exam.findings.add(CheckName.status, left_out)
    # 6. Its endorsements
    endorsed, remarks = endorsements.examined(body, found, exam.registry, exam.fetcher, exam.now)
    exam.endorsements += endorsed
    exam.remarks += remarks
