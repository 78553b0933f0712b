"""Forgeries of credentials shown in part (ecdsa-sd-2023): proof values meddled with, statements slipped in or left out."""

from collections.abc import Callable
from typing import Any

from models.credentials import CarrierKind
from tests.forgeries.actors import ACME, ACME_SITE, FERN, FERN_ID, FERN_KEY
from tests.forgeries.corpus import Scene, forgery
from tests.forgeries.publishing import KEY_2
from tests.verification.making import EC, OB3, VC2, Json, b64, ob3
from tests.verification.proving import disclosed, multikey, proven

ALTERED = "Its signature does not match the registered key of Acme Learning"
REVOKED = f"{ACME_SITE}/revoked"
EXTENSIONS = "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json"
STATUS: Json = {"id": REVOKED, "type": "1EdTechRevocationList"}
FERNS = STATUS | {"id": "https://fern.example/revoked"}


def body(**changes: Any) -> Json:
    """A credential that shows status and end of validity, as one shown in part must."""
    made = ob3(validUntil="2027-06-01T00:00:00Z", credentialStatus=STATUS)
    return made | {"@context": [VC2, OB3, EXTENSIONS]} | changes


def shown(content: Json) -> Scene:
    return Scene(content, CarrierKind.json, {REVOKED: {"issuer": ACME, "revokedCredential": []}})


def always(line: str) -> bool:
    """The statements that Acme made mandatory: issuer, end of validity, and each status with all its members."""
    return any(word in line for word in ("#issuer>", "#validUntil>", "#credentialStatus>", f"<{REVOKED}"))


def derived(**changes: Any) -> Json:
    return disclosed(body(), verificationMethod=KEY_2, mandatory=always, **changes)


def of_fern(forged: bool, **shown: Any) -> Scene:
    """A credential of Fern's that the thief shows in part; the twin is the whole of it, under Fern's other proof."""
    profile: Json = {"id": FERN, "type": ["Profile"], "name": "Fern Institute"}
    if forged:
        part = ob3(issuer=profile, **shown) | {"@context": [VC2, OB3, EXTENSIONS]}
        made = disclosed(part, FERN_KEY, verificationMethod=FERN_ID)
    else:
        made = proven(body(issuer=profile, credentialStatus=FERNS), FERN_KEY, verificationMethod=FERN_ID)
    return Scene(made, CarrierKind.json, {FERNS["id"]: {"issuer": FERN, "revokedCredential": []}})


def meddled(change: Callable[[list[Any]], object], forged: bool) -> Scene:
    """A derived proof in whose five parts somebody meddled: base signature, key, signatures, labels, mandatory statements."""
    return shown(derived(change=change) if forged else derived())


@forgery("disclosure-base-proof", "proof", "It is the issuer's own copy")
def base_proof(forged: bool) -> Scene:
    """The issuer's own copy (a base proof) is handed on as if it were one made for showing."""
    return shown(derived(tag=b"\xd9\x5d\x00") if forged else derived())


@forgery("disclosure-list-of-mandatory-statements-changed", "proof", ALTERED)
def list_changed(forged: bool) -> Scene:
    """One of the statements that must always be shown was taken off their list."""
    return meddled(lambda parts: parts[4].pop(), forged)


@forgery("disclosure-list-of-mandatory-statements-beyond-the-end", "proof", ALTERED)
def list_beyond(forged: bool) -> Scene:
    """The list of mandatory statements points behind the last one."""
    return meddled(lambda parts: parts[4].append(10_000), forged)


@forgery("disclosure-statement-added", "proof", ALTERED)
def statement_added(forged: bool) -> Scene:
    """A statement was added for which the issuer made no signature: there are more statements than signatures."""
    made = derived()
    return shown(made | {"awardedDate": "2026-05-01T12:00:00Z"} if forged else made)


@forgery("disclosure-statement-of-another-credential", "proof", ALTERED)
def statement_of_another(forged: bool) -> Scene:
    """A statement was taken from another credential of the issuer's."""
    made = derived()
    return shown(made | {"validUntil": "2040-01-01T00:00:00Z"} if forged else made)


@forgery("disclosure-signatures-in-another-order", "proof", ALTERED)
def signatures_reordered(forged: bool) -> Scene:
    """The signatures of the single statements changed places."""
    return meddled(lambda parts: parts[2].reverse(), forged)


@forgery("disclosure-with-a-key-of-the-thiefs", "proof", ALTERED)
def key_exchanged(forged: bool) -> Scene:
    """The key that signs the single statements was exchanged for another."""
    return meddled(lambda parts: parts.__setitem__(1, multikey(EC)), forged)


@forgery("disclosure-labels-exchanged", "proof", ALTERED)
def labels_exchanged(forged: bool) -> Scene:
    """Two parts of the credential changed their names, and so what is said of each."""
    return meddled(lambda parts: parts[3].update({0: parts[3][1], 1: parts[3][0]}), forged)


@forgery("disclosure-label-map-bomb", "proof", "Its proof value names the parts of the credential in a way")
def label_map_bomb(forged: bool) -> Scene:
    """Thousands of labels for a credential of a few parts."""
    return meddled(lambda parts: parts[3].update({n: n.to_bytes(4) for n in range(3, 9_000)}), forged)


@forgery("disclosure-length-bomb", "proof", "Its proof value cannot be read (CBOR)")
def length_bomb(forged: bool) -> Scene:
    """The proof value announces a list of four thousand million parts (CBOR), for which a careless reader makes room."""
    made = derived()
    if forged:
        made["proof"]["proofValue"] = "u" + b64(b"\xd9\x5d\x01\x9a\xff\xff\xff\xff")
    return shown(made)


@forgery("disclosure-without-a-status", "status", "was left out cannot be told", "held")
def without_a_status(forged: bool) -> Scene:
    """The holder shows neither status nor end of validity: the issuer may have given both."""
    return of_fern(forged)


@forgery("disclosure-without-the-second-status", "status", "was left out cannot be told", "held")
def without_the_second_status(forged: bool) -> Scene:
    """The holder shows an end and the status by which it is not withdrawn, and hides the one by which it is suspended."""
    return of_fern(forged, validUntil="2027-06-01T00:00:00Z", credentialStatus=FERNS)


@forgery("disclosure-of-a-status-that-was-the-holders-to-show", "status", "was free to leave out", "held")
def of_a_chosen_status(forged: bool) -> Scene:
    """The operator says that status is always shown; the status that is shown was left to the holder, so another may be hidden."""
    made = derived()
    if forged:
        made = disclosed(body(), verificationMethod=KEY_2, mandatory=lambda line: always(line) and REVOKED not in line)
    return shown(made)


@forgery("disclosure-of-an-end-that-was-the-holders-to-show", "status", "was free to leave out", "held")
def of_a_chosen_end(forged: bool) -> Scene:
    """Of two ends of validity the holder shows the later one: neither is mandatory."""
    made = derived()
    if forged:
        made = disclosed(
            body(), verificationMethod=KEY_2, mandatory=lambda line: always(line) and "#validUntil>" not in line
        )
    return shown(made)
