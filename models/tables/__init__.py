"""The SQLModel tables, by the part of the business they speak of."""

from models.tables.arrivals import CarrierRecord, EvidenceGone, HoursLog, Reading, SourceKey, Submission
from models.tables.cases import Case, CaseSubmission, ReviewItem, VerdictRecord
from models.tables.facts import FactRecord
from models.tables.papers import (
    Certificate,
    CreditBatch,
    CreditBatchLine,
    CreditEvent,
    CreditRequest,
    Message,
    Package,
    PackageLine,
    RecognitionCredential,
    Telling,
)
from models.tables.people import Address, Educator, Employment, FormerName, Membership, PreApproval
from models.tables.recognition import AgreementVersion, Consideration, DecisionRecord, Posting
from models.tables.running import AuditEntry, Lease, MailboxMark, Run

APPEND_ONLY = (
    "submission",
    "verdict",
    "decision",
    "posting",
    "audit_entry",
    "package",
    "package_line",
    "telling",
    "hours_log",
    "agreement_version",
    "fact",
    "evidence_gone",
    "recognition_credential",
    "credit_event",
    "credit_batch",
    "credit_batch_line",
)
"""Tables in which triggers refuse UPDATE and DELETE (rule 3 of the house)."""

__all__ = [
    "APPEND_ONLY",
    "Address",
    "AgreementVersion",
    "AuditEntry",
    "CarrierRecord",
    "Case",
    "CaseSubmission",
    "Certificate",
    "Consideration",
    "CreditBatch",
    "CreditBatchLine",
    "CreditEvent",
    "CreditRequest",
    "DecisionRecord",
    "Educator",
    "Employment",
    "EvidenceGone",
    "FactRecord",
    "FormerName",
    "HoursLog",
    "Lease",
    "MailboxMark",
    "Membership",
    "Message",
    "Package",
    "PackageLine",
    "Posting",
    "PreApproval",
    "Reading",
    "RecognitionCredential",
    "ReviewItem",
    "Run",
    "SourceKey",
    "Submission",
    "Telling",
    "VerdictRecord",
]
