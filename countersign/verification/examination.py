"""One carrier examined, from its bytes to the verdict. Pure apart from the fetcher.

The plan, in the order of the checks (design.md, "Words in the code"; each step is tagged with its number below):

 1. extracted       the carrier gives up one payload: JSON, a compact JWS, or an address (followed once; a badge page once more)
 2. well_formed     the payload is an Open Badges 1.x or 2.0 Assertion or a 3.0 credential, with every field a decision reads
 3. proof           it leads to a key, DID or hosted origin in the registry; a key it brings along proves nothing
 4. issuer_trusted  that registered issuer is the one it names, and is accepted on the date of issue
 5. status          the issuer has not withdrawn it, by the issuer's own word
 6. dates           issued, not from the future, not expired
 7. recipient       somebody can be found by it; with an address given, that it is theirs
 8. the key         `credential:` only after 3 and 4 passed, so that a forgery can never take a true one's place

Whatever is not as it must be ends the examination with the check that says so; what could not be tried is `indeterminate`. Steps
5 to 7 do not depend on each other: each is reported.
"""

import hashlib
import json
from datetime import datetime

from countersign.verification import following
from countersign.verification.carriers import extraction
from countersign.verification.carriers.extraction import Payload
from countersign.verification.carriers.unreadable import Damaged, Empty
from countersign.verification.exam import Exam
from countersign.verification.findings import ANOTHER_FORM, SEND_AGAIN, Ended, bad, clause, fit, ok, unsure
from countersign.verification.network import addresses
from countersign.verification.network.fetching import RecordingFetcher
from countersign.verification.network.web import Fetcher
from countersign.verification.open_badges_2 import ob1, ob2, ob2_hosted, ob2_signed
from countersign.verification.open_badges_3 import ob3, ob3_exam
from countersign.verification.proofs import jose
from countersign.verification.reading import Malformed
from countersign.verification.trust.registry import Registry
from models.credentials import Carrier, CheckName, Examination

EXTRACTED, FORM, PROOF, TRUST = (
    CheckName.extracted,
    CheckName.well_formed,
    CheckName.proof,
    CheckName.issuer_trusted,
)

PROVEN = "credential:"
"""How the key of a proven credential begins."""


def key_of(issuer_id: str, credential_id: str) -> str:
    """`Examination.key` of a proven credential: of the issuer's id in the registry and the credential's own."""
    named = json.dumps([issuer_id, addresses.normal(credential_id)])
    return f"{PROVEN}{hashlib.sha256(named.encode()).hexdigest()}"


def examine(
    carrier: Carrier, registry: Registry, fetcher: Fetcher, now: datetime, recipient: str | None = None
) -> tuple[Examination, ...]:
    """The examinations of what a carrier holds, never empty; `recipient` is an e-mail address it should belong to.

    A carrier that holds nothing gives one examination whose `document` is empty and whose `extracted` check failed.
    """
    exam = Exam(registry, RecordingFetcher(fetcher, now), now, recipient)
    held = b""
    try:
        payload, held = _extracted(exam, carrier)
        exam.document = payload.text.encode()
        _examined(exam, payload)
    except Ended:
        pass
    exam.close()
    return (_result(exam, carrier, held),)


def _extracted(exam: Exam, carrier: Carrier) -> tuple[Payload, bytes]:
    # 1. extracted
    try:
        payload = extraction.extract(carrier)
        if payload.url:
            payload = following.follow(exam, payload.url)
    except Damaged as error:
        exam.document = carrier.content or carrier.url.encode()
        exam.findings.end(EXTRACTED, bad(_naming(carrier, error.what), error.remedy))
    except Empty as error:
        exam.document = b""
        exam.findings.end(EXTRACTED, bad(_naming(carrier, error.what), error.remedy))
    exam.findings.add(EXTRACTED, ok(f"A credential was found in {carrier.name}."))
    return payload, payload.text.encode()


def _naming(carrier: Carrier, sentence: str) -> str:
    """A sentence about a carrier with its name: a mail brings several."""
    return f"{sentence.removesuffix('.')} ({carrier.name})."


def _examined(exam: Exam, payload: Payload) -> None:
    # 2. well_formed, which also tells the versions apart
    token = None
    body = payload.json
    if payload.jws:
        try:
            token = jose.parse(payload.jws)
        except jose.BadToken as error:
            exam.findings.end(PROOF, bad(str(error), SEND_AGAIN))
        body = token.payload
    try:
        if token is None and exam.registry.at_origin(exam.address) and ob2.withdrawn(body) is not None:
            ob2_hosted.gone(exam, exam.address, body)
        if ob1.is_one(body):
            _open_badge_2(exam, ob1.assertion(body, exam.address), token)
        elif ob2.is_one(body):
            _open_badge_2(exam, ob2.assertion(body), token)
        elif "vc" in body or ob3.is_one(body):
            ob3_exam.examine(exam, body, token)
        else:
            exam.document = b""
            what = "The link leads to JSON that is no credential." if exam.address else "It is JSON, but no credential."
            exam.findings.end(EXTRACTED, bad(what, following.SEND_THE_FILE if exam.address else SEND_AGAIN))
    except Malformed as error:
        exam.findings.end(FORM, bad(f"It is not laid out as Open Badges asks for: {clause(str(error))}", SEND_AGAIN))
    except ob3.UnknownVocabulary as error:
        exam.findings.end(FORM, unsure(str(error), ANOTHER_FORM))


def _open_badge_2(exam: Exam, found: ob2.Assertion, token: jose.Token | None) -> None:
    exam.credential = ob2.claimed(found)
    exam.findings.add(FORM, ok(f"It is an Open Badges {found.version} credential."))
    # 3. proof, 4. issuer_trusted, 5. status
    if token is not None and found.hosted:
        exam.findings.end(
            PROOF, bad("It is signed, but says that it is hosted; it cannot be told which proof is meant.")
        )
    if token is not None:
        ob2_signed.signed(exam, token, found)
    elif found.hosted:
        ob2_hosted.hosted(exam, found)
    else:
        exam.findings.end(PROOF, bad("It says it is signed, but the signature is not with it.", SEND_AGAIN))


def _result(exam: Exam, carrier: Carrier, held: bytes) -> Examination:
    # 6. dates and 7. recipient were added by `close`; 8. the key
    proven = exam.findings.passed(PROOF, TRUST) and exam.credential is not None and exam.issuer is not None
    if proven and exam.credential and exam.issuer:
        key = key_of(exam.issuer.id, exam.credential.id)
    else:
        own = held or exam.document or carrier.content or carrier.url.encode()
        key = f"document:{hashlib.sha256(own).hexdigest()}"
    return Examination(
        carrier=carrier.name,
        verdict=exam.findings.verdict(),
        key=key,
        credential=exam.credential,
        issuer=exam.issuer.id if proven and exam.issuer else "",
        document=exam.document,
        fetched=tuple(exam.fetcher.answers.values()),
        body=exam.body,
        endorsements=tuple(exam.endorsements),
        remarks=tuple(map(fit, exam.remarks)),
    )
