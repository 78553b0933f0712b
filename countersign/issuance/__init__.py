"""Issuance: what was granted becomes paper: certificates, and requests for college credit.

A paper is planned first (a row that fixes every word on it), then drawn, then filed; a run that was killed between finds
the plan and draws exactly that. Nothing here draws before it must: WeasyPrint is loaded with the first page.
"""

from countersign.issuance.certificates import issue_certificates
from countersign.issuance.credential import (
    credential_picture,
    credential_token,
    credentials_due,
    has_credential,
    issue_credentials,
    published_documents,
    status_list,
    status_lists,
)
from countersign.issuance.credit import issue_credit_requests
from countersign.issuance.credit_batch import batch_damage, deliver_batches
from countersign.issuance.credit_notice import note_districts_told
from countersign.issuance.due import awards_due, credit_requests_due
from countersign.issuance.life import Difference, Reissued, Revoked, former_name, reissue, revoke, successor
from countersign.issuance.numbering import near_numbers, read_number
from countersign.issuance.shelf import VOID
from countersign.issuance.standing import Standing, Worth, standing, unknown
from countersign.issuance.transcript import draw_transcript, papers_of
from countersign.issuance.withdrawing import is_astray, withdraw_papers

__all__ = [
    "VOID",
    "Difference",
    "Reissued",
    "Revoked",
    "Standing",
    "Worth",
    "awards_due",
    "batch_damage",
    "credential_picture",
    "credential_token",
    "credentials_due",
    "credit_requests_due",
    "deliver_batches",
    "draw_transcript",
    "former_name",
    "has_credential",
    "is_astray",
    "issue_certificates",
    "issue_credentials",
    "issue_credit_requests",
    "near_numbers",
    "note_districts_told",
    "papers_of",
    "published_documents",
    "read_number",
    "reissue",
    "revoke",
    "standing",
    "status_list",
    "status_lists",
    "successor",
    "unknown",
    "withdraw_papers",
]
