"""The closed vocabularies of the house. Every one is a `StrEnum`, so a value reads the same in code, store and report."""

from enum import StrEnum

MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
"""The months in English; not calendar.month_name, which follows the machine's locale."""


class Currency(StrEnum):
    """What a recognizer gives for a micro-credential ([S2], the planning sheet's "Currency" chart)."""

    affiliate_recognition = "affiliate_recognition"
    district_pd = "district_pd"
    state_cpd = "state_cpd"
    graduate_credit = "graduate_credit"
    pay = "pay"
    advisory_role = "advisory_role"
    in_lieu_of_pd = "in_lieu_of_pd"
    other = "other"


class DecisionOutcome(StrEnum):
    """What a recognizer's agreement says of one case in one currency."""

    granted = "granted"
    banked = "banked"
    held = "held"
    refused = "refused"


class PostingKind(StrEnum):
    """Why a ledger line exists. `reversal` undoes exactly one earlier line; `banked` lines count for no cap yet."""

    grant = "grant"
    bank = "bank"
    reversal = "reversal"


class CaseState(StrEnum):
    """How far one credential has come through the house.

    received → verified → matched, or aside to held (comes back by itself or through the review queue), rejected
    (ended), joined (turned out to be a credential that another case already carries).
    """

    received = "received"
    held = "held"
    rejected = "rejected"
    verified = "verified"
    matched = "matched"
    joined = "joined"


class Occasion(StrEnum):
    """Why a credential was examined."""

    arrival = "arrival"
    again = "again"
    before_payment = "before_payment"


class Doubt(StrEnum):
    """Why something that was granted is not paid for now, as the code of the case's review item. As long as such an item is
    open, the case's lines stay out of HR's packages; they are among what is held there.

    `revoked_later`: withdrawn by its issuer, or it fails another check now. `unclear`: looked at, and a person has to find
    out, for instance because the key it is signed with was reported stolen. `not_rechecked`: a site did not answer.
    """

    revoked_later = "revoked_later"
    unclear = "unclear"
    not_rechecked = "not_rechecked"


class Recheck(StrEnum):
    """What another look at something that was granted came to, with the present registry and the present web.

    `nothing_to_look_up` is a proof that asked nobody: the credential says of no place where its issuer could withdraw it.
    `kept` is in doubt, and a person has decided that it counts all the same.
    """

    proven = "proven"
    nothing_to_look_up = "nothing_to_look_up"
    in_doubt = "in_doubt"
    not_looked_up = "not_looked_up"
    kept = "kept"


class Source(StrEnum):
    """The door a submission came through."""

    folder = "folder"
    mailbox = "mailbox"


class ReadingOutcome(StrEnum):
    """What opening a submission brought to light."""

    carriers = "carriers"
    nothing = "nothing"
    automatic = "automatic"
    unreadable = "unreadable"


class MessageState(StrEnum):
    """A message is written first and sent after; `refused` is a permanent answer from the mail server."""

    pending = "pending"
    sent = "sent"
    refused = "refused"


NO_AGREEMENT = "no_agreement"
"""The code of the review item on a case for whose employer no agreement is in force: what it would pay is held."""


class PaperState(StrEnum):
    """The life of a certificate: at most one `valid` per award, held by a partial unique index; whatever else it becomes, it stays.
    `withdrawn`: the ledger no longer stands behind it; `replaced`: the award or what is printed of it is another now, and another
    certificate says so; `revoked`: a person took it back, and until a person reissues it there is none for its award."""

    valid = "valid"
    replaced = "replaced"
    withdrawn = "withdrawn"
    revoked = "revoked"


NAME_CHANGED = "name_changed"
"""The code of an educator's review item: certificates that count carry a former name."""


class PaperCode(StrEnum):
    """Why a paper of a case cannot be printed, as the review item's code. Issuance opens only these, and whoever asks
    whether a paper is stopped asks for these. No code is shared between the two kinds of paper: printing one closes its own.
    """

    glyphs_missing = "glyphs_missing"
    certificate_stopped = "certificate_stopped"
    paper_incomplete = "paper_incomplete"
    credit_glyphs_missing = "credit_glyphs_missing"
    credit_request_stopped = "credit_request_stopped"
    fee_uncertain = "fee_uncertain"
    credit_incomplete = "credit_incomplete"


class CreditState(StrEnum):
    """The life of a college-credit request (requirements.md, "What a credit request must carry"), in its order. `refused`: the
    college said no. `withdrawn`: what it rests on was taken back, or a person took it back; of all others there is at most one for a
    case and agreement, held by a partial unique index."""

    requested = "requested"
    accepted = "accepted"
    paid = "paid"
    registered = "registered"
    transcript_issued = "transcript_issued"
    district_notified = "district_notified"
    refused = "refused"
    withdrawn = "withdrawn"


class Owner(StrEnum):
    """Who has the next move on something held."""

    staff = "staff"
    educator = "educator"
    hr = "hr"
    nobody = "nobody"
