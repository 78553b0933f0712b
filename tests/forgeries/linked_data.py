"""Forgeries of what a signature over statements covers (JSON-LD): words, places, vocabularies and keywords."""

import json

from tests.forgeries.actors import ACME, ACME_SITE
from tests.forgeries.corpus import Scene, forgery
from tests.forgeries.data_integrity import ALTERED, EXTENSIONS, INTEGRITY, JCS, after, document, evidence, own
from tests.forgeries.status import CLEAR
from tests.verification.making import OB3, VC1, VC2, Json, ob3
from tests.verification.proving import proven

TWICE = "describes another part of the credential a second time"
NOT_COVERED = "is not covered by the signature, so anybody could have added it"
REVOKED = f"{ACME_SITE}/revoked"


# What the statements say and the JSON does not, and the other way round


@forgery("document-one-letter-changed", "proof", ALTERED)
def one_letter(forged: bool) -> Scene:
    """One letter of the achievement's name was changed."""
    return after(lambda b: b["credentialSubject"]["achievement"].update(name="Formative Assessmemt"), forged)


@forgery("document-end-of-validity-taken-away", "proof", ALTERED)
def end_of_validity_taken_away(forged: bool) -> Scene:
    """The day on which it expires was taken away."""
    return after(lambda b: b.pop("validUntil"), forged, proven(ob3(validUntil="2027-06-01T00:00:00Z")))


@forgery("document-status-taken-away", "proof", ALTERED)
def status_taken_away(forged: bool) -> Scene:
    """The list on which the issuer can withdraw it was taken away."""
    body = ob3(credentialStatus={"id": REVOKED, "type": "1EdTechRevocationList"}) | {"@context": [VC2, OB3, EXTENSIONS]}
    web = {REVOKED: {"issuer": ACME, "revokedCredential": [{"id": body["id"]}] if forged else []}}
    made = proven(body)
    return document({k: v for k, v in made.items() if k != "credentialStatus"} if forged else made, web)


@forgery("document-unsigned-word-added", "proof", f'"honours" {NOT_COVERED}')
def word_added(forged: bool) -> Scene:
    """A word was written in that the vocabulary does not know: the signature fits, and covers it not at all."""
    return after(lambda b: b.update(honours="summa cum laude"), forged)


@forgery("document-unsigned-word-added-deep-inside", "proof", f'"evidence.score" {NOT_COVERED}')
def word_added_inside(forged: bool) -> Scene:
    """The same deep inside."""
    return after(lambda b: b["evidence"][0].update(score="100"), forged, proven(ob3(evidence=evidence())))


@forgery("document-type-added", "proof", '"Medal" is not a word of the credential\'s vocabulary')
def type_added(forged: bool) -> Scene:
    """A type was written in that no vocabulary knows."""
    return after(lambda b: b["type"].append("Medal"), forged)


@forgery("document-keyword-added-as-type", "proof", '"@type" is not a proper identifier')
def keyword_added_as_type(forged: bool) -> Scene:
    """A keyword was written in as a type: it makes no statement, so that the signature fits and covers it not at all."""
    return after(lambda b: b["type"].append("@type"), forged)


@forgery("document-known-type-added", "proof", ALTERED)
def known_type_added(forged: bool) -> Scene:
    """A type that the vocabulary knows was added to the subject: a statement that nobody signed."""
    return after(lambda b: b["credentialSubject"]["type"].append("Profile"), forged)


@forgery("document-relative-identifier", "proof", '"work/1" is not a word of the credential\'s vocabulary')
def relative_identifier(forged: bool) -> Scene:
    """An identifier without a site, which means another thing wherever the credential lies."""
    return own(forged, ob3(evidence=evidence(id="work/1" if forged else "https://issuer.example/work/1")))


@forgery("document-identifier-that-ends-its-statement", "proof", "is not a proper identifier")
def identifier_that_breaks_out(forged: bool) -> Scene:
    """An identifier that closes its own statement and begins another one, for careless writers of N-Quads."""
    name = 'urn:x:> <urn:y:z> "v" .\n<urn:x:y' if forged else "urn:x:y"
    return own(forged, ob3(evidence=evidence(id=name)))


@forgery("document-identifier-that-is-no-address", "proof", "The credential is not valid JSON-LD")
def identifier_that_is_no_address(forged: bool) -> Scene:
    """An identifier with half a bracket, on which readers of addresses break down."""
    sound = proven(ob3(evidence=evidence()))
    return after(lambda b: b["evidence"][0].update(id="https://[issuer.example/work/1"), forged, sound)


@forgery("document-blank-node-label", "proof", "is a local label (_:b0)")
def blank_node_label(forged: bool) -> Scene:
    """A local label, which canonicalisation renames, joins two things that the signature does not."""
    return own(forged, ob3(evidence=evidence(id="_:b0" if forged else "urn:x:y")))


@forgery("document-list-within-a-list", "proof", "is a list within a list")
def list_in_list(forged: bool) -> Scene:
    """A list within a list, which statements do not tell apart from one list."""
    entry = {"id": REVOKED, "type": "1EdTechCredentialRefresh"}
    body = ob3(refreshService=[entry]) | {"@context": [VC2, OB3, EXTENSIONS]}
    return after(lambda b: b.update(refreshService=[[entry]]), forged, proven(body))


@forgery("document-credential-described-twice", "proof", "describes another part of the credential a second time")
def described_twice(forged: bool) -> Scene:
    """The end of validity was moved to another mention of the same credential: every statement stays, and the signature fits."""
    body = ob3(
        validUntil="2027-06-01T00:00:00Z",
        evidence=[{"type": ["Evidence", "VerifiableCredential"], "id": ob3()["id"]}],
    )
    return after(lambda b: b["evidence"][0].update(validUntil=b.pop("validUntil")), forged, proven(body))


MENTION = f"{ACME_SITE}/work/1"


def mentioned(body: Json, *types: str) -> Json:
    """The body with evidence under an id that another part of it has too, and of that part's types."""
    return body | {"evidence": evidence(id=MENTION, type=["Evidence", *types])}


@forgery("document-status-described-twice", "proof", TWICE)
def status_described_twice(forged: bool) -> Scene:
    """What was signed of the status was moved to another mention of it: every statement stays, and the status says nothing any more."""
    entry: Json = {
        "id": MENTION,
        "type": ["BitstringStatusListEntry"],
        "statusPurpose": "revocation",
        "statusListIndex": "7",
        "statusListCredential": f"{ACME_SITE}/status/1",
    }

    def move(made: Json) -> None:
        made["evidence"][0]["statusListIndex"] = made["credentialStatus"].pop("statusListIndex")

    made = proven(mentioned(ob3(credentialStatus=entry), "BitstringStatusListEntry"))
    return after(move, forged, made, {f"{ACME_SITE}/status/1": CLEAR})


@forgery("document-achievement-described-in-its-criteria", "proof", TWICE)
def described_in_criteria(forged: bool) -> Scene:
    """Criteria may have the achievement's own address; what was signed of the achievement was moved there."""
    body = ob3()
    achievement = body["credentialSubject"]["achievement"]
    achievement |= {"humanCode": "FA-1", "criteria": {"id": achievement["id"], "narrative": "A portfolio, reviewed."}}

    def move(made: Json) -> None:
        own = made["credentialSubject"]["achievement"]
        own["criteria"] |= {"type": own["type"], "humanCode": own.pop("humanCode")}

    return after(move, forged, proven(body))


@forgery("document-subject-described-twice", "proof", "describes another part of the credential a second time")
def subject_described_twice(forged: bool) -> Scene:
    """The recipient is described a second time where nobody looks, so that what was signed of them can be moved there."""
    body = ob3(evidence=evidence())
    body["credentialSubject"]["id"] = "mailto:pat@school.example"
    if forged:
        body["evidence"][0] |= {"id": "mailto:pat@school.example", "name": "Sam"}
    return own(forged, body)


@forgery("document-two-parts-of-one-name", "proof", "Two parts of the credential have the same id")
def two_parts_of_one_name(forged: bool) -> Scene:
    """The achievement has the credential's own id: what is said of one is said of the other."""
    body = ob3()
    if forged:
        body["credentialSubject"]["achievement"]["id"] = body["id"]
    return own(forged, body)


@forgery(
    "document-endorsement-with-a-second-subject", "proof", "describes another part of the credential a second time"
)
def endorsement_smuggles(forged: bool) -> Scene:
    """What was signed of the recipient was moved into an embedded endorsement: the statements stay the same."""
    body = ob3()
    body["credentialSubject"]["id"] = "mailto:pat@school.example"
    body["endorsement"] = [
        _endorsement({"id": "mailto:pat@school.example", "type": ["EndorsementSubject", "AchievementSubject"]})
    ]

    def move(made: Json) -> None:
        inner = made["endorsement"][0]["credentialSubject"]
        inner["identifier"] = made["credentialSubject"].pop("identifier")

    return after(move, forged, proven(body))


def _endorsement(subject: Json) -> Json:
    return {
        "@context": [VC2, OB3],
        "id": "urn:uuid:7a3c0b52-0000-4000-8000-0000000000e1",
        "type": ["VerifiableCredential", "EndorsementCredential"],
        "issuer": {"id": "https://bright.example/profile", "type": ["Profile"], "name": "Bright Academy"},
        "validFrom": "2026-06-01T12:00:00Z",
        "name": "Endorsed",
        "credentialSubject": subject,
    }


@forgery("document-built-to-take-for-ever", "proof", "is built so that checking its proof would take for ever")
def poison_graph(forged: bool) -> Scene:
    """A graph of many like parts, for which canonicalisation tries every order (RDFC-1.0 §7.1)."""
    twins = [{"type": ["Alignment"], "targetName": "x", "targetUrl": "https://x.example"} for _ in range(9)]

    def poison(made: Json) -> None:
        made["credentialSubject"]["result"] = [{"type": ["Result"], "alignment": twins} for _ in range(2)]

    return after(poison, forged)


@forgery(
    "document-number-of-too-many-digits", "proof", "has more digits than a signature over statements covers", "held"
)
def too_many_digits(forged: bool) -> Scene:
    """A digit was added to a number behind the last one that statements keep (JSON-LD 1.1 API §8.6)."""
    body = ob3()
    body["credentialSubject"]["creditsEarned"] = 1.5
    return after(lambda b: b["credentialSubject"].update(creditsEarned=1.5000000000000002), forged, proven(body))


@forgery("document-says-a-key-twice", "extracted", 'has the key "name" twice')
def key_twice(forged: bool) -> Scene:
    """The JSON names the micro-credential twice: readers differ in which of them they take."""
    text = json.dumps(proven(), indent=1)
    return document('{"name": "Nuclear Physics",' + text[1:] if forged else text)


# Vocabularies and keywords


@forgery("vocabulary-changed-to-drop-an-expiry", "proof", '"expirationDate" is not covered by the signature')
def vocabulary_changed(forged: bool) -> Scene:
    """Under the context of data model 2.0 the end of a 1.1 credential is an unknown word, and drops out of what is signed."""
    old = ob3(validFrom=None, issuanceDate="2026-05-01T12:00:00Z", expirationDate="2027-06-01T00:00:00Z", name=None)

    def move(made: Json) -> None:
        made["@context"] = [VC2, OB3]
        made["validFrom"] = made.pop("issuanceDate")

    return after(move, forged, proven(old | {"@context": [VC1, OB3.replace("3.0.3", "3.0.1"), INTEGRITY]}))


@forgery("vocabulary-inline", "proof", "The credential defines words of its own (an inline @context)", "held")
def inline_vocabulary(forged: bool) -> Scene:
    """A context written into the credential gives a word of the standard another meaning."""
    return after(lambda b: b["@context"].append({"validUntil": "https://thief.example/never"}), forged)


@forgery("vocabulary-at-an-unknown-address", "proof", "uses the vocabulary https://thief.example/context", "held")
def unknown_vocabulary(forged: bool) -> Scene:
    """A context that would have to be fetched from a stranger, and could say something else every day."""
    made = proven()
    if forged:
        made["@context"].append("https://thief.example/context")
    return document(made, {"https://thief.example/context": {"@context": {"honours": "https://thief.example/h"}}})


@forgery("vocabulary-redefined-inside", "proof", "brings a vocabulary of its own", "held")
def vocabulary_inside(forged: bool) -> Scene:
    """A context in the middle of the credential, so that its words mean one thing outside and another inside."""
    made = proven(ob3(evidence=evidence()))
    return after(lambda b: b["evidence"][0].update({"@context": [VC2]}), forged, made)


@forgery("vocabulary-in-another-order", "well_formed", '"@context" does not begin with')
def base_vocabulary_second(forged: bool) -> Scene:
    """The base context does not come first, so that another one gives its words their meaning (VC Data Model 2.0 §4.3)."""
    return after(lambda b: b["@context"].reverse(), forged)


@forgery("vocabulary-in-another-order-under-a-proof-over-json", "proof", ALTERED)
def other_order_over_json(forged: bool) -> Scene:
    """Two contexts changed places: for a signature over JSON text that is another text."""
    body = ob3() | {"@context": [VC2, OB3, INTEGRITY, EXTENSIONS]}
    return after(lambda b: b.update({"@context": [VC2, OB3, EXTENSIONS, INTEGRITY]}), forged, proven(body, suite=JCS))


@forgery("vocabulary-unknown-under-a-proof-over-json", "proof", "uses the vocabulary https://thief.example/c", "held")
def unknown_vocabulary_over_json(forged: bool) -> Scene:
    """A signature over JSON text covers every word, but not what an unknown context makes of it."""
    body = ob3() | ({"@context": [VC2, OB3, "https://thief.example/context"]} if forged else {})
    return document(proven(body, suite=JCS))


@forgery("keyword-in-place-of-id", "proof", '"evidence.@id" is spelled in a way that is not supported here', "held")
def keyword_id(forged: bool) -> Scene:
    """The keyword @id in place of the word id: the same statement, and readers of JSON see no id."""

    def respell(made: Json) -> None:
        made["evidence"][0]["@id"] = made["evidence"][0].pop("id")

    return after(respell, forged, proven(ob3(evidence=evidence())))


@forgery("keyword-full-address-in-place-of-a-word", "proof", "is spelled in a way that is not supported here", "held")
def full_address(forged: bool) -> Scene:
    """The full address in place of a word: the same statement, and readers of JSON see no end of validity."""

    def respell(made: Json) -> None:
        made["https://www.w3.org/2018/credentials#validUntil"] = {
            "@type": "http://www.w3.org/2001/XMLSchema#dateTime",
            "@value": made.pop("validUntil"),
        }

    return after(respell, forged, proven(ob3(validUntil="2027-06-01T00:00:00Z")))


@forgery("keyword-graph", "proof", '"@graph" is spelled in a way that is not supported here', "held")
def keyword_graph(forged: bool) -> Scene:
    """A second graph beside the credential."""
    return after(lambda b: b.update({"@graph": [{"id": "urn:x:1", "type": "Achievement"}]}), forged)


@forgery("keyword-included", "proof", '"@included" is spelled in a way that is not supported here', "held")
def keyword_included(forged: bool) -> Scene:
    """What was signed of the achievement was moved into an @included block: the statements stay the same."""

    def move(made: Json) -> None:
        achievement = made["credentialSubject"]["achievement"]
        made["@included"] = [{"id": achievement["id"], "criteria": achievement.pop("criteria")}]
        achievement["criteria"] = {"narrative": "Nothing much."}

    return after(move, forged)


@forgery("keyword-reverse", "proof", '"@reverse" is spelled in a way that is not supported here', "held")
def keyword_reverse(forged: bool) -> Scene:
    """A statement turned round: somebody else's credential names this one as its evidence."""
    return after(lambda b: b.update({"@reverse": {"evidence": {"id": "urn:x:1"}}}), forged)


@forgery("keyword-nest", "proof", '"@nest" is spelled in a way that is not supported here', "held")
def keyword_nest(forged: bool) -> Scene:
    """The end of validity was hidden in a @nest block: the same statement, and readers of JSON do not see it."""
    made = proven(ob3(validUntil="2027-06-01T00:00:00Z"))
    return after(lambda b: b.update({"@nest": {"validUntil": b.pop("validUntil")}}), forged, made)
