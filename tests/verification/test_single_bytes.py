"""One byte of a signed credential changed, taken out or put in: it is never verified, or nothing of it has changed.

Bytes that mean nothing are blanks between the parts of a JSON document (or another spelling of the same value), and what of a picture
is not the credential. Whoever changes those changes nothing: the same verdict on the same credential under the same key.
"""

import json
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from countersign.verification import Registry
from models.credentials import CarrierKind, CheckName, CheckOutcome, Examination, VerdictOutcome
from tests.verification.making import (
    EC,
    ED,
    ISSUER,
    OB3,
    RSA,
    SITE,
    VC1,
    Json,
    Web,
    issuer,
    itxt,
    look,
    ob3,
    png,
    registered,
    registry,
    signed_assertion,
    site,
    told,
    vc_jwt,
)
from tests.verification.proving import disclosed, proven

KEY, KEY_2 = f"{ISSUER}#key-1", f"{ISSUER}#key-2"
REVOKED = f"{SITE}/revoked"
KNOWN = registry(issuer(registered(ED, KEY), registered(EC, KEY_2), registered(RSA, f"{SITE}/key.json")))
IN_PART = registry(issuer(registered(EC, KEY_2), selective=True))
EXTENSIONS = "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json"


@dataclass(frozen=True, slots=True)
class Form:
    """A sound carrier, and what every examination of it needs."""

    content: bytes
    kind: CarrierKind
    known: Registry = KNOWN

    def look(self, content: bytes) -> Examination:
        web = site()
        web.pages[REVOKED] = {"issuer": ISSUER, "revokedCredential": []}
        return look(content, self.known, Web(web.pages), kind=self.kind)


def body() -> Json:
    """A credential with a bit of everything: a status, an end, a number, letters beyond ASCII."""
    made = ob3(
        validUntil="2027-05-01T12:00:00Z",
        credentialStatus={"id": REVOKED, "type": "1EdTechRevocationList"},
        evidence=[{"id": f"{SITE}/work/1", "type": ["Evidence"], "name": "Pat’s portfolio"}],
    )
    made["credentialSubject"]["creditsEarned"] = 1.5
    made["@context"].append(EXTENSIONS)
    return made


def legacy() -> Json:
    """A credential of data model 1.1 from before cryptosuites."""
    made = ob3(validFrom=None, issuanceDate="2026-05-01T12:00:00Z", name=None)
    made["@context"] = [VC1, OB3.replace("3.0.3", "3.0.1"), "https://w3id.org/security/suites/ed25519-2020/v1"]
    return proven(made, suite="Ed25519Signature2020")


def document(made: Json, known: Registry = KNOWN) -> Form:
    return Form(json.dumps(made, ensure_ascii=False).encode(), CarrierKind.json, known)


def mandatory(line: str) -> bool:
    """The statements that an issuer makes mandatory by /issuer, /validUntil and /credentialStatus."""
    return any(word in line for word in ("#issuer>", "#validUntil>", "#credentialStatus>", REVOKED))


def svg(inside: str) -> Form:
    text = f'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><g><path d="M0 0"/></g>{inside}</svg>'
    return Form(text.encode(), CarrierKind.svg)


NAMESPACE = 'xmlns:o="https://purl.imsglobal.org/ob/v3p0"'
TOKEN, DOCUMENT = vc_jwt(body()), proven(body())
FORMS: dict[str, Form] = {
    "VC-JWT, Ed25519": Form(TOKEN.encode(), CarrierKind.jwt),
    "VC-JWT, P-256": Form(vc_jwt(body(), EC, kid=KEY_2).encode(), CarrierKind.jwt),
    "VC-JWT, RSA": Form(vc_jwt(body(), RSA, kid=f"{SITE}/key.json").encode(), CarrierKind.jwt),
    "Open Badges 2.0, RSA": Form(signed_assertion().encode(), CarrierKind.jwt),
    "eddsa-rdfc-2022": document(DOCUMENT),
    "ecdsa-rdfc-2019": document(proven(body(), EC, verificationMethod=KEY_2)),
    "eddsa-jcs-2022": document(proven(body(), suite="eddsa-jcs-2022")),
    "ecdsa-jcs-2019": document(proven(body(), EC, "ecdsa-jcs-2019", verificationMethod=KEY_2)),
    "ecdsa-sd-2023": document(disclosed(body(), mandatory=mandatory, verificationMethod=KEY_2), IN_PART),
    "Ed25519Signature2020": document(legacy()),
    "PNG with a token": Form(png(itxt(TOKEN)), CarrierKind.png),
    "PNG with a packed token": Form(png(itxt(TOKEN, compressed=True, language=b"en")), CarrierKind.png),
    "PNG with a document": Form(png(itxt(json.dumps(DOCUMENT))), CarrierKind.png),
    "SVG with a token": svg(f'<o:credential {NAMESPACE} verify="{TOKEN}"/>'),
    "SVG with a document": svg(f"<o:credential {NAMESPACE}><![CDATA[{json.dumps(DOCUMENT)}]]></o:credential>"),
}
SOUND = {name: form.look(form.content) for name, form in FORMS.items()}


@pytest.mark.parametrize("name", FORMS)
def test_what_is_changed_here_verifies_before(name: str) -> None:
    assert SOUND[name].verdict.outcome is VerdictOutcome.verified, told(SOUND[name])


@st.composite
def edits(draw: st.DrawFn, length: int) -> tuple[int, int, int]:
    """A place, how many bytes are taken out there (0 or 1), and the byte that is put in (-1 for none)."""
    taken, put = draw(st.sampled_from([(1, True), (1, False), (0, True)]))
    at = draw(st.integers(0, length - taken))
    byte = draw(st.one_of(st.integers(0, 255), st.sampled_from(b' \t\n"\\,.:-_{}[]0a')))
    return at, taken, byte if put else -1


def edited(content: bytes, at: int, taken: int, byte: int) -> bytes:
    return content[:at] + (bytes([byte]) if byte >= 0 else b"") + content[at + taken :]


def same(form: Form, before: Examination, after: Examination) -> None:
    """Nothing of a verified credential has changed: not a letter of a token, no value of a document."""
    ours, theirs = before.document, after.document
    if ours.startswith(b"{"):
        assert json.dumps(json.loads(theirs)) == json.dumps(json.loads(ours))
    else:
        assert theirs == ours
    assert after.verdict == before.verdict
    assert (after.credential, after.key, after.issuer) == (before.credential, before.key, before.issuer)
    assert after.body == before.body
    if form.kind is CarrierKind.jwt:
        assert after.document == form.content


def check(name: str, changed: bytes) -> None:
    form = FORMS[name]
    if changed == form.content:
        return
    found = form.look(changed)
    if found.verdict.outcome is VerdictOutcome.verified:
        same(form, SOUND[name], found)
    elif found.verdict[CheckName.proof].outcome is not CheckOutcome.passed:
        assert not found.key.startswith("credential:")


@pytest.mark.parametrize("name", FORMS)
@settings(max_examples=120, deadline=None)
@given(data=st.data())
def test_one_byte_changed_is_never_verified_or_changes_nothing(name: str, data: st.DataObject) -> None:
    content = FORMS[name].content
    check(name, edited(content, *data.draw(edits(len(content)))))


TOKENS = [name for name, form in FORMS.items() if form.kind is CarrierKind.jwt and "RSA" not in name]


@pytest.mark.parametrize("name", TOKENS)
def test_every_letter_of_a_token_counts(name: str) -> None:
    content = FORMS[name].content
    for at in range(len(content)):
        for changed in (edited(content, at, 1, -1), edited(content, at, 1, content[at] ^ 1)):
            assert FORMS[name].look(changed).verdict.outcome is not VerdictOutcome.verified, (at, changed)
