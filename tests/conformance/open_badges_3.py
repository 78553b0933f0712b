"""The rows of Open Badges 3.0: 1EdTech's public validator, `ob30`.

`simple-did-web-method.json` and the two endorsements are not in SOURCES.md: for them the word is that of the publisher's Samples.java and
Endorsement30Tests.java.
"""

from tests.conformance.shape import (
    DATES,
    FORM,
    PROOF,
    STATUS,
    STRANGER,
    VERIFIED,
    Row,
    Word,
    data,
    held,
    invalid,
    not_ours,
    rejected,
    valid,
)

_ENDORSES = (
    "It awards nothing: an endorsement counts beside the micro-credential that it is of, and is reported with that."
)
_NO_AWARD = rejected(FORM, '"type" does not say AchievementCredential or OpenBadgeCredential')
_NO_ACHIEVEMENT = rejected(FORM, '"credentialSubject.achievement" is missing')
_OLDER = "older data model"

_TOP = (
    invalid(
        "complete.json",
        "inline schema not found",
        FORM,
        held(STATUS, "The list of withdrawn credentials could not be read from 1edtech.edu: it is not there"),
        "The schema that is missing is named by an endorsement inside, on which the credential does not rest; what is missing for it is its "
        "own list of withdrawn ones, and that holds it.",
        strange=STRANGER,
    ),
    invalid(
        "complete_v1.json",
        "inline schema not found",
        FORM,
        rejected(FORM, '"credentialSubject.identifier.1.identityType" is "email", which is none of the values'),
        "Refused for another fault: it uses a word that the published schema does not know. The schema that is missing is that of an endorsement "
        "inside.",
    ),
    invalid(
        "credential-status-revoked.json",
        "revoked by 1EdTechRevocationList",
        STATUS,
        rejected(STATUS, "The issuer has withdrawn this micro-credential"),
        strange=STRANGER,
    ),
    invalid("endorsement-err-schema-status-refresh.json", "refresh of an endorsement", FORM, _NO_AWARD, _ENDORSES),
    not_ours("endorsement-valid.json", _NO_AWARD, _ENDORSES),
    valid("simple-context-alias.json"),
    valid("simple-context-version.json", "context check reported"),
    valid("simple-did-key-method.json"),
    valid("simple-did-web-method.json"),
    valid("simple-eddsa-2022.json", "older name of the cryptosuite"),
    invalid("simple-err-context.json", "context", FORM, rejected(FORM, '"@context" does not begin with')),
    invalid(
        "simple-err-credential-subject-achievement-result-description-type.json",
        "subject",
        FORM,
        rejected(FORM, '"credentialSubject.achievement.resultDescription.3.type" says "InvalidResultDescription"'),
    ),
    invalid(
        "simple-err-credential-subject-identifier-type.json",
        "subject",
        FORM,
        rejected(FORM, '"credentialSubject.identifier.type" does not say IdentityObject'),
    ),
    invalid(
        "simple-err-credential-subject-profile-type.json",
        "subject",
        FORM,
        rejected(FORM, '"credentialSubject.source.type" says "InvalidProfile"'),
    ),
    invalid(
        "simple-err-credential-subject-result-type.json",
        "subject",
        FORM,
        rejected(FORM, '"credentialSubject.result.2.type" says ["InvalidResult"]'),
    ),
    invalid(
        "simple-err-credential-subject-type.json",
        "subject",
        FORM,
        rejected(FORM, '"credentialSubject.type" does not say AchievementSubject'),
    ),
    invalid("simple-err-evidence-type.json", "evidence", FORM, rejected(FORM, '"evidence.type" does not say Evidence')),
    invalid(
        "simple-err-expired.json", "expired", DATES, rejected(DATES, "It expired on January 1, 2010"), strange=STRANGER
    ),
    invalid(
        "simple-err-issued.json",
        "not yet issued",
        DATES,
        _NO_ACHIEVEMENT,
        "It says nothing of what was achieved either, which Open Badges asks for: that is found first, since dates are believed only of "
        "what is proven.",
    ),
    invalid(
        "simple-err-issuer-otheridentifier-type.json",
        "issuer",
        FORM,
        rejected(FORM, '"issuer.otherIdentifier.2.type" says "InvalidIdentifierEntry"'),
    ),
    invalid(
        "simple-err-issuer-parentorg-type.json",
        "issuer",
        FORM,
        rejected(FORM, '"issuer.parentOrg.type" says ["InvalidProfile"]'),
    ),
    invalid("simple-err-issuer-type.json", "issuer", FORM, rejected(FORM, '"issuer.type" does not say Profile')),
    invalid("simple-err-issuer.json", "schema", FORM, rejected(FORM, '"issuer" is missing')),
    invalid(
        "simple-err-proof-method-no-scheme.json",
        "proof",
        PROOF,
        rejected(
            PROOF, "It is signed with a key (z6MkrvfzkMnvCroEUP2DVc9SHPE48CRsvHiVSusHioxTYu1x) that is not registered"
        ),
        strange=STRANGER,
    ),
    invalid(
        "simple-err-proof-method-unknown-did-method.json",
        "proof",
        PROOF,
        rejected(PROOF, "It is signed with a key (did:example:z6Mk"),
        strange=STRANGER,
    ),
    invalid(
        "simple-err-proof-method-unknown-scheme.json",
        "proof",
        PROOF,
        rejected(PROOF, "It is signed with a key (xxx:z6Mk"),
        strange=STRANGER,
    ),
    invalid(
        "simple-err-proof-method.json",
        "proof",
        PROOF,
        held(PROOF, "would be one of Example University, but it is not published there now and not registered"),
        "The name is the issuer's own and the key is not to be had: it may be one that the issuer has replaced since, so a person asks "
        "before it is called a forgery.",
        strange=STRANGER,
    ),
    invalid(
        "simple-err-proof-value.json",
        "proof",
        PROOF,
        rejected(PROOF, "it was altered or forged"),
        strange=STRANGER,
    ),
    invalid("simple-err-type.json", "type", FORM, _NO_AWARD),
    valid("simple-json.png"),
    valid("simple-json.svg"),
    valid("simple-jwt.png"),
    valid("simple-jwt.svg"),
    valid("simple-jwt_v1.png", _OLDER),
    valid("simple-jwt_v1.svg", _OLDER),
    invalid(
        "simple-multiple-proofs.json",
        "proof type without a context",
        PROOF,
        held(PROOF, "It is proven by SomeProofType, which cannot be checked here yet"),
        "Its other proof is sound. One that nobody here can check may be the one that fails, so it is neither verified nor called false.",
        strange=STRANGER,
    ),
    invalid(
        "simple-noproof.json",
        "no proof",
        PROOF,
        _NO_ACHIEVEMENT,
        "It says nothing of what was achieved either, which Open Badges asks for: that is found before a proof is looked for.",
    ),
    valid("simple.1ob"),
    valid("simple.json"),
    Row(
        "simple.jwt",
        Word.held,
        held(FORM, "It uses the vocabulary https://imsglobal.github.io/openbadges-specification/context.json"),
        fault="no key, no kid, and its key published nowhere",
    ),
    valid("simple_v1.json", _OLDER),
    invalid(
        "velocity.jwt",
        "missing extension context",
        FORM,
        rejected(PROOF, "It is signed with a key (did:velocity:v2:"),
        "A token is proven by its bytes and needs no vocabulary; that ours does not know this one stands in the remarks. It is refused for its "
        "key, which no DID registered for its issuer leads to.",
        strange=STRANGER,
    ),
)

_REVOKED = rejected(
    STATUS,
    "The issuer has withdrawn this micro-credential. The list calls itself https://example.com/credentials/status/3.",
)

_BITS = (
    invalid(
        "credential-status-revoked-blank-nodes.json",
        "revoked by Bitstring Status List",
        STATUS,
        _REVOKED,
        strange=STRANGER,
    ),
    invalid("credential-status-revoked.json", "revoked by Bitstring Status List", STATUS, _REVOKED, strange=STRANGER),
    data("testlist", "the status list", rejected(FORM, '"@context" does not name Open Badges 3.0')),
)

_SELECTIVE = (Row("derivedcredential.json", Word.valid, VERIFIED, fault="ecdsa-sd-2023, derived", strange=STRANGER),)

FOLDERS = {"1edtech-ob30": _TOP, "1edtech-ob30/bit-string-list": _BITS, "1edtech-ob30/sd": _SELECTIVE}
"""The rows by the folder in which their files lie."""
