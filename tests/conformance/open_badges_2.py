"""The rows of Open Badges 2.0: 1EdTech's public validator, `ob20`."""

from tests.conformance.shape import (
    DATES,
    FORM,
    NOTHING,
    PROOF,
    STATUS,
    STRANGER,
    data,
    invalid,
    not_ours,
    rejected,
    valid,
)

_NO_ASSERTION = rejected(FORM, '"type" does not say Assertion')
_NO_CREDENTIAL = rejected(NOTHING, "It is JSON, but no credential")
_NO_BAKED = rejected(NOTHING, "The picture carries no credential")
_ONLY_A_CLASS = (
    "It describes what can be earned (a BadgeClass) and is awarded to nobody, so there is nothing to verify."
)
_ONLY_AN_ISSUER = "It is the profile of an issuer, which is no credential; we read it where an assertion leads to it."
_ONLY_A_PART = "It is a part of a credential and not one; the publisher validates any node of the vocabulary by itself."
_NO_NODE = "Whatever its type, it is no assertion: we stop one check earlier, where a credential is looked for."
_STARTS = "startsWith of the issuer"

_TOP = (
    invalid(
        "assertion-with-data-image.json",
        "image of an assertion as data",
        FORM,
        rejected(FORM, '"image" is not a web address'),
    ),
    valid("assertion-with-endorsements.json"),
    valid("assertion-with-extension-node-basic.json"),
    invalid(
        "assertion-with-extension-node-invalid.json",
        "extension against its schema",
        FORM,
        rejected(FORM, '"extensions:exampleExtension.@context" is missing'),
    ),
    valid("assertion-with-multiple-extensions.json"),
    data("badge-class-with-language.json", "a BadgeClass", _NO_ASSERTION),
    invalid(
        "basic-assertion-expired-before-issued.json",
        "expires before it is issued",
        DATES,
        rejected(DATES, "before it was issued"),
        strange=STRANGER,
    ),
    invalid(
        "basic-assertion-expired.json",
        "expired",
        DATES,
        rejected(DATES, "It expired on November 15, 2022"),
        strange=STRANGER,
    ),
    invalid(
        "basic-assertion-in-future.json",
        "issued in the future",
        DATES,
        rejected(DATES, "which has not come yet"),
        strange=STRANGER,
    ),
    invalid("basic-assertion-invalid-context.json", "context", FORM, rejected(FORM, '"@context" does not say')),
    invalid("basic-assertion-invalid-type.json", "type", FORM, _NO_ASSERTION),
    valid("basic-assertion-no-public-key.json"),
    invalid(
        "basic-assertion-with-allowed-origins-invalid-multiple-starts-with.json",
        _STARTS,
        PROOF,
        rejected(PROOF, "does not stand for credentials at that address"),
        strange=STRANGER,
    ),
    invalid(
        "basic-assertion-with-allowed-origins-invalid-starts-with.json",
        _STARTS,
        PROOF,
        rejected(PROOF, "does not stand for credentials at that address"),
        strange=STRANGER,
    ),
    valid("basic-assertion-with-allowed-origins-valid-multiple-starts-with.json"),
    valid("basic-assertion-with-allowed-origins-valid-starts-with.json"),
    valid("basic-assertion-with-allowed-origins.json"),
    valid("basic-assertion-with-language.json"),
    valid("basic-assertion.json"),
    not_ours("issuer-compact-iri-validation.json", _NO_ASSERTION, _ONLY_AN_ISSUER),
    data(
        "redirected-validation-subject.json",
        "an assertion with comments",
        rejected(NOTHING, "The credential is not JSON in line 1"),
    ),
    valid("simple-badge.png"),
    valid("simple-not-revoked.jwt"),
    invalid(
        "simple-revoked.jwt",
        "revoked",
        STATUS,
        rejected(STATUS, "its reason: A good reason, for sure"),
        strange=STRANGER,
    ),
    valid("simple.jwt"),
    valid("warning-issuer-non-http.json", "id of the issuer is no web address"),
    valid("warning-with-redirection.json", "the BadgeClass calls itself by another address"),
)

_CLASS, _ISSUER, _KEY = "a BadgeClass", "the profile of an issuer", "a key"
_ENDORSEMENT, _LIST, _CRITERIA = "an endorsement", "a revocation list", "criteria"

_ASSETS = (
    data("altbadgeurl.json", _CLASS, _NO_ASSERTION),
    data("bad-issuer.json", _ISSUER, _NO_CREDENTIAL),
    data("badge-from-organization-with-empty-revocation-list.json", _CLASS, _NO_ASSERTION),
    data("badge-from-organization-with-revocation-list.json", _CLASS, _NO_ASSERTION),
    data("badge-with-bad-issuer.json", _CLASS, _NO_ASSERTION),
    not_ours("badge-with-data-image.json", _NO_ASSERTION, _ONLY_A_CLASS),
    not_ours("badgeclass-with-complex-image.json", _NO_ASSERTION, _ONLY_A_CLASS),
    data("badgeclass-with-endorsements.json", _CLASS, _NO_ASSERTION),
    data("badgeclass-with-language.json", _CLASS, _NO_ASSERTION),
    data("badgeclass-with-verification-invalid-multiple-starts-with.json", _CLASS, _NO_CREDENTIAL),
    data("badgeclass-with-verification-invalid-starts-with.json", _CLASS, _NO_CREDENTIAL),
    data("badgeclass-with-verification-valid-multiple-starts-with.json", _CLASS, _NO_CREDENTIAL),
    data("badgeclass-with-verification-valid-starts-with.json", _CLASS, _NO_CREDENTIAL),
    data("badgeclass-with-verification.json", _CLASS, _NO_CREDENTIAL),
    not_ours("badgeclass1.json", _NO_CREDENTIAL, _ONLY_A_CLASS),
    data("badgecriteria.json", _CRITERIA, _NO_CREDENTIAL),
    data("basic-badge-no-public-key.json", _CLASS, _NO_ASSERTION),
    data("beths-robot-badge.png", "a picture", _NO_BAKED),
    data("beths-robot-work.html", "an empty page", rejected(NOTHING, "The file is empty")),
    data("criteria-no-type.json", _CRITERIA, _NO_CREDENTIAL),
    data("empty-revocation-list.json", _LIST, _NO_ASSERTION),
    data("endorsement-1.json", _ENDORSEMENT, _NO_ASSERTION),
    data("endorsement-2.json", _ENDORSEMENT, _NO_ASSERTION),
    data("endorsement-3.json", _ENDORSEMENT, _NO_ASSERTION),
    data("endorsement-4.json", _ENDORSEMENT, _NO_ASSERTION),
    data("issuer-invalid-type.json", _ISSUER, _NO_CREDENTIAL),
    data("issuer-with-allowed-origins-invalid-multiple-starts-with.json", _ISSUER, _NO_CREDENTIAL),
    data("issuer-with-allowed-origins-invalid-starts-with.json", _ISSUER, _NO_CREDENTIAL),
    data("issuer-with-allowed-origins-valid-multiple-starts-with.json", _ISSUER, _NO_CREDENTIAL),
    data("issuer-with-allowed-origins-valid-starts-with.json", _ISSUER, _NO_CREDENTIAL),
    data("issuer-with-allowed-origins.json", _ISSUER, _NO_CREDENTIAL),
    data("issuer1.json", _ISSUER, _NO_CREDENTIAL),
    data("key1.json", _KEY, _NO_ASSERTION),
    data("key2.json", _KEY, _NO_ASSERTION),
    data("key3.json", _KEY, _NO_ASSERTION),
    data("openbadges_context.json", "a vocabulary", rejected(NOTHING, "The text holds no credential")),
    data("organization-no-public-key.json", _ISSUER, _NO_ASSERTION),
    data("organization-with-empty-revocation-list.json", _ISSUER, _NO_ASSERTION),
    data("organization-with-revocation-list.json", _ISSUER, _NO_ASSERTION),
    data("organization.json", _ISSUER, _NO_ASSERTION),
    data("revocation-list.json", _LIST, _NO_ASSERTION),
    data("robotics-badge.json", _CLASS, _NO_ASSERTION),
    data("robotics-badge.png", "a picture", _NO_BAKED),
)

_RDF = (
    invalid("badge-class-invalid-issuer-type.json", "type of the issuer", FORM, _NO_ASSERTION, _ONLY_A_CLASS),
    invalid("invalid-class.json", "type", FORM, _NO_CREDENTIAL, _NO_NODE),
    invalid("invalid-empty-type.json", "type", FORM, _NO_CREDENTIAL, _NO_NODE),
    invalid("invalid-one-invalid-class.json", "type", FORM, _NO_CREDENTIAL, _NO_NODE),
    not_ours("valid-alignment-object.json", _NO_CREDENTIAL, _ONLY_A_PART),
    not_ours("valid-badge-class-empty-criteria-type.json", _NO_CREDENTIAL, _ONLY_A_CLASS),
    not_ours("valid-badge-class.json", _NO_CREDENTIAL, _ONLY_A_CLASS),
    not_ours("valid-cool-class.json", _NO_CREDENTIAL, _ONLY_A_PART),
    not_ours("valid-issuer-extension.json", _NO_CREDENTIAL, _ONLY_AN_ISSUER),
)

FOLDERS = {"1edtech-ob20": _TOP, "1edtech-ob20/assets": _ASSETS, "1edtech-ob20/rdf-validation": _RDF}
"""The rows by the folder in which their files lie."""
