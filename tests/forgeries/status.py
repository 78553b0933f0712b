"""Forgeries of status lists: credentials that were withdrawn and are shown as if not, and lists that are not the issuer's word."""

import gzip
from typing import Any

from models.credentials import CarrierKind
from tests.forgeries.actors import ACME, ACME_SITE, BRIGHT, BRIGHT_ID, BRIGHT_KEY, STOLEN, STOLEN_ID, THIEF_SITE
from tests.forgeries.corpus import Answer, Scene, forgery
from tests.forgeries.publishing import KEY, published
from tests.verification.making import ED, THIEF, VC1, VC2, Json, b64, jws, multibase, ob3, vc_jwt
from tests.verification.proving import proven

LIST, OTHER_LIST, ELSEWHERE = f"{ACME_SITE}/status/1", f"{ACME_SITE}/status/2", "https://files.example/status/1"
INDEX, SIZE = 94567, 131_072
ENTRY: Json = {
    "id": f"{LIST}#{INDEX}",
    "type": "BitstringStatusListEntry",
    "statusPurpose": "revocation",
    "statusListIndex": str(INDEX),
    "statusListCredential": LIST,
}
REVOCATIONS: Json = {"id": LIST, "type": "1EdTechRevocationList"}
WITHDRAWN = "The issuer has withdrawn this micro-credential"
UNPROVEN = "The status list itself is not proven"


def scene(entry: Any, answer: Any, **more: Any) -> Scene:
    """A sound credential with that entry, and what the address of its list answers."""
    return Scene(vc_jwt(ob3(credentialStatus=entry)), CarrierKind.jwt, published() | {LIST: answer} | more)


def bits(*ones: int, size: int = SIZE) -> bytes:
    """A packed list in which those bits are set."""
    made = bytearray(size // 8)
    for one in ones:
        made[one // 8] |= 1 << (7 - one % 8)
    return gzip.compress(bytes(made), mtime=0)


def status_list(packed: bytes, **changes: Any) -> Json:
    """The issuer's list, unsigned; `subject` changes what it is about."""
    subject: Json = {
        "id": f"{LIST}#list",
        "type": "BitstringStatusList",
        "statusPurpose": "revocation",
        "encodedList": "u" + b64(packed),
    }
    return {
        "@context": [VC2],
        "id": LIST,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": ACME,
        "validFrom": "2026-01-01T00:00:00Z",
        "credentialSubject": subject | changes.pop("subject", {}),
    } | changes


CLEAR = proven(status_list(bits()))


# Withdrawn


@forgery("status-withdrawn-in-a-bit-list", "status", WITHDRAWN)
def withdrawn(forged: bool) -> Scene:
    """The issuer has withdrawn it: its bit is set."""
    return scene(ENTRY, proven(status_list(bits(INDEX))) if forged else CLEAR)


@forgery("status-withdrawn-in-a-list-of-2021", "status", WITHDRAWN)
def withdrawn_2021(forged: bool) -> Scene:
    """The same in a StatusList2021, the forerunner."""
    packed = bits(INDEX) if forged else bits()
    made = status_list(
        packed,
        type=["VerifiableCredential", "StatusList2021Credential"],
        subject={"type": "StatusList2021", "encodedList": b64(packed)},
    )
    made["@context"] = [VC1, "https://w3id.org/vc/status-list/2021/v1"]
    made["issuanceDate"] = made.pop("validFrom")
    answer = jws({"iss": ACME, "vc": made}, ED, kid=KEY)
    return scene(ENTRY | {"type": "StatusList2021Entry"}, answer)


@forgery("status-withdrawn-by-its-name", "status", f"{WITHDRAWN} (its reason: Awarded by mistake)")
def withdrawn_by_name(forged: bool) -> Scene:
    """The credential's id is on the issuer's list of withdrawn ones."""
    listed = [{"id": ob3()["id"], "revoked": forged, "revocationReason": "Awarded by mistake"}]
    return scene(REVOCATIONS, {"id": LIST, "issuer": ACME, "revokedCredential": listed})


@forgery("status-suspended", "status", "The issuer has suspended this micro-credential")
def suspended(forged: bool) -> Scene:
    """The issuer has suspended it."""
    made = status_list(bits(INDEX) if forged else bits(), subject={"statusPurpose": "suspension"})
    return scene(ENTRY | {"statusPurpose": "suspension"}, proven(made))


@forgery("status-suspended-in-the-second-of-two-lists", "status", "The issuer has suspended this micro-credential")
def second_list(forged: bool) -> Scene:
    """Not withdrawn by its first list, and suspended by its second."""
    entries = [ENTRY, ENTRY | {"statusPurpose": "suspension", "statusListCredential": OTHER_LIST}]
    made = status_list(bits(INDEX) if forged else bits(), id=OTHER_LIST, subject={"statusPurpose": "suspension"})
    return scene(entries, CLEAR, **{OTHER_LIST: proven(made)})


@forgery("status-withdrawn-in-an-entry-of-two-bits", "status", f"{WITHDRAWN} (its message: withdrawn)")
def two_bits(forged: bool) -> Scene:
    """An entry of two bits, of which a reader of single bits looks at another place and finds nothing."""
    meanings = [{"status": f"0x{n}", "message": m} for n, m in enumerate(("fine", "looked at", "withdrawn", "moved"))]
    entry = ENTRY | {"statusListIndex": "7", "statusSize": 2, "statusMessage": meanings}
    return scene(entry, proven(status_list(bits(14, size=2 * SIZE) if forged else bits(7, size=2 * SIZE))))


@forgery("status-withdrawn-in-a-list-under-another-name", "status", WITHDRAWN)
def withdrawn_under_another_name(forged: bool) -> Scene:
    """The list that condemns it calls itself something else, and is the issuer's all the same."""
    return scene(ENTRY, proven(status_list(bits(INDEX), id=OTHER_LIST)) if forged else CLEAR)


# Lists that are not the issuer's word


@forgery("status-list-of-another-issuer", "status", "The status list is not one of Acme Learning", "held")
def of_another_issuer(forged: bool) -> Scene:
    """Another registered issuer says that it is not withdrawn."""
    theirs = proven(status_list(bits(), issuer=BRIGHT), BRIGHT_KEY, verificationMethod=BRIGHT_ID)
    return scene(ENTRY, theirs if forged else CLEAR)


@forgery("status-list-signed-by-a-stranger", "status", f"{UNPROVEN}: its signature does not match", "held")
def by_a_stranger(forged: bool) -> Scene:
    """The list is in the issuer's name, and signed by a thief."""
    return scene(ENTRY, proven(status_list(bits()), THIEF if forged else ED))


@forgery(
    "status-list-signed-by-a-strangers-did", "status", f"{UNPROVEN}: the list is signed with a key (did:key:", "held"
)
def by_a_strangers_did(forged: bool) -> Scene:
    """The list brings its own key along, as a DID that proves itself."""
    name = f"did:key:{multibase(THIEF)}"
    theirs = proven(status_list(bits()), THIEF, verificationMethod=f"{name}#{multibase(THIEF)}")
    return scene(ENTRY, theirs if forged else CLEAR)


@forgery("status-list-signed-with-a-stolen-key", "status", "reported stolen on March 1, 2026", "held")
def with_a_stolen_key(forged: bool) -> Scene:
    """The list is signed with a key that was stolen from the issuer."""
    made = status_list(bits(), validFrom="2026-06-01T00:00:00Z")
    return scene(ENTRY, proven(made, STOLEN, verificationMethod=STOLEN_ID) if forged else proven(made))


@forgery("status-list-unsigned", "status", f"{UNPROVEN}: the list carries no proof at all", "held")
def unsigned(forged: bool) -> Scene:
    """Nobody signed the list, though it lies at the issuer's own site."""
    return scene(ENTRY, status_list(bits()) if forged else CLEAR)


@forgery("status-list-changed-after-signing", "status", f"{UNPROVEN}: its signature does not match", "held")
def changed(forged: bool) -> Scene:
    """The bits of a signed list were exchanged."""
    made = proven(status_list(bits(INDEX))) if forged else CLEAR
    subject = made["credentialSubject"] | {"encodedList": "u" + b64(bits())}
    return scene(ENTRY, made | {"credentialSubject": subject})


@forgery("status-token-list-with-another-iss", "status", 'the token says one thing in "iss"', "held")
def another_iss(forged: bool) -> Scene:
    """The list is a token whose claim names another issuer than the list."""
    return scene(ENTRY, jws(status_list(bits()) | {"iss": BRIGHT if forged else ACME}, ED, kid=KEY))


@forgery("status-list-for-another-purpose", "status", "The list of withdrawn credentials cannot be understood", "held")
def another_purpose(forged: bool) -> Scene:
    """The list tells of suspensions, and the credential asks whether it is withdrawn."""
    made = status_list(bits(), subject={"statusPurpose": "suspension" if forged else ["suspension", "revocation"]})
    return scene(ENTRY, proven(made))


@forgery("status-list-under-another-name", "status", "The address of the status list serves another list", "held")
def under_another_name(forged: bool) -> Scene:
    """Another of the issuer's lists, on which the bit is not set, is served in place of the right one."""
    return scene(ENTRY, proven(status_list(bits(), id=OTHER_LIST)) if forged else CLEAR)


@forgery("status-list-past-its-validity", "status", "The status list is out of date", "held")
def past(forged: bool) -> Scene:
    """An old list from before the withdrawal is served, and it says itself that it is old."""
    return scene(ENTRY, proven(status_list(bits(), validUntil=f"{2026 if forged else 2027}-09-01T00:00:00Z")))


@forgery("status-list-not-yet-valid", "status", "The status list is not in force yet", "held")
def of_the_future(forged: bool) -> Scene:
    """The list begins at a day that has not come yet."""
    return scene(ENTRY, proven(status_list(bits(), validFrom=f"2026-{12 if forged else 10}-01T00:00:00Z")))


@forgery("status-list-too-short", "status", "has fewer than 131,072 entries", "held")
def too_short(forged: bool) -> Scene:
    """A list so short that asking for it tells whose credential is looked at."""
    entry = ENTRY | {"statusListIndex": "7"}
    return scene(entry, proven(status_list(bits(size=1024 if forged else SIZE))))


@forgery("status-list-gzip-bomb", "status", "unpacks to more than 16,000,000 bytes", "held")
def bomb(forged: bool) -> Scene:
    """A small list that unpacks to forty million bytes."""
    packed = gzip.compress(bytes(40_000_000), 9, mtime=0) if forged else bits()
    return scene(ENTRY, proven(status_list(packed)))


@forgery("status-list-cut-off", "status", '"encodedList" is cut off', "held")
def cut_off(forged: bool) -> Scene:
    """The packed list ends early."""
    return scene(ENTRY, proven(status_list(bits()[: -9 if forged else None])))


@forgery("status-list-with-a-second-list-behind-it", "status", "holds something behind its list", "held")
def second_behind(forged: bool) -> Scene:
    """Two packed lists in one, of which some readers take the first and some both."""
    return scene(ENTRY, proven(status_list(bits() + (bits(INDEX) if forged else b""))))


@forgery("status-list-unreachable", "status", "The status list could not be read from issuer.example", "held")
def unreachable(forged: bool) -> Scene:
    """The list does not answer: that is not "not withdrawn"."""
    return scene(ENTRY, Answer(silent="it did not answer in time") if forged else CLEAR)


@forgery("status-list-gone", "status", "The status list could not be read from issuer.example", "held")
def gone(forged: bool) -> Scene:
    """The list is gone (410): that is not "not withdrawn"."""
    return scene(ENTRY, Answer(status=410) if forged else CLEAR)


@forgery("status-list-is-a-web-page", "status", "it is neither a JSON credential nor a token", "held")
def page(forged: bool) -> Scene:
    """A login page answers in place of the list."""
    return scene(ENTRY, Answer(b"<html><title>Log in</title></html>", content_type="text/html") if forged else CLEAR)


@forgery("status-list-of-names-at-a-strangers-site", "status", "which is no registered site of Acme Learning", "held")
def names_elsewhere(forged: bool) -> Scene:
    """An unsigned list of withdrawn ids at a site that is not the issuer's."""
    away = f"{THIEF_SITE}/revoked"
    served: Json = {"issuer": ACME, "revokedCredential": []}
    return scene(REVOCATIONS | {"id": away if forged else LIST}, served, **{away: served})


@forgery("status-list-of-names-moved-to-a-stranger", "status", "which is no registered site of Acme Learning", "held")
def names_moved(forged: bool) -> Scene:
    """The issuer's address leads to an unsigned list at another site."""
    away = f"{THIEF_SITE}/revoked"
    served: Json = {"issuer": ACME, "revokedCredential": []}
    return scene(REVOCATIONS, Answer(redirect=away) if forged else served, **{away: served})


@forgery("status-list-of-names-of-another-issuer", "status", "belongs to another issuer", "held")
def names_of_another(forged: bool) -> Scene:
    """The list of withdrawn ids says that it is another issuer's."""
    return scene(REVOCATIONS, {"id": LIST, "issuer": BRIGHT if forged else ACME, "revokedCredential": []})


# Entries


@forgery("status-index-beyond-the-end", "status", '"statusListIndex" lies beyond the list', "held")
def index_beyond(forged: bool) -> Scene:
    """The credential's place lies behind the end of the list."""
    return scene(ENTRY | {"statusListIndex": str(SIZE if forged else SIZE - 1)}, CLEAR)


@forgery("status-index-negative", "status", '"statusListIndex" is not a number', "held")
def index_negative(forged: bool) -> Scene:
    """The credential's place is negative, and so counted from the end by careless readers."""
    return scene(ENTRY | {"statusListIndex": "-1" if forged else "1"}, CLEAR)


@forgery("status-index-with-blanks", "status", '"statusListIndex" is not a number', "held")
def index_with_blanks(forged: bool) -> Scene:
    """The credential's place is written with blanks, which readers take or leave."""
    return scene(ENTRY | {"statusListIndex": f" {INDEX} " if forged else str(INDEX)}, CLEAR)


@forgery("status-index-with-a-fraction", "status", '"statusListIndex" is not a number', "held")
def index_with_fraction(forged: bool) -> Scene:
    """The credential's place is a number with a fraction, which readers round differently."""
    return scene(ENTRY | {"statusListIndex": INDEX + 0.6 if forged else INDEX}, CLEAR)


@forgery("status-entry-of-two-bits-without-meanings", "status", '"statusMessage" is missing', "held")
def two_bits_without_meanings(forged: bool) -> Scene:
    """An entry of two bits whose values nobody explains."""
    return scene(ENTRY | ({"statusSize": 2} if forged else {}), proven(status_list(bits(size=2 * SIZE))))


@forgery("status-of-an-unknown-kind", "status", "Its status is kept as SomeStatusList2031", "held")
def unknown_kind(forged: bool) -> Scene:
    """A way of withdrawing that is not known here: it may well be withdrawn."""
    return scene([ENTRY, {"id": "urn:x:1", "type": "SomeStatusList2031"}] if forged else [ENTRY], CLEAR)


@forgery("status-of-two-kinds-at-once", "status", "which cannot be checked here yet", "held")
def two_kinds(forged: bool) -> Scene:
    """One entry says that it is of two kinds, of which one is not known here."""
    return scene(ENTRY | ({"type": ["BitstringStatusListEntry", "SomeStatusList2031"]} if forged else {}), CLEAR)


@forgery("status-for-an-unknown-purpose", "status", "Its status serves the purpose 'retraction'", "held")
def unknown_purpose(forged: bool) -> Scene:
    """The entry serves a purpose that is not known here."""
    return scene(ENTRY | ({"statusPurpose": "retraction"} if forged else {}), CLEAR)
