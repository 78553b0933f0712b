"""Issuance: what was granted becomes paper: certificates, and requests for college credit.

A paper is planned first (a row that fixes every word on it), then drawn, then filed; a run that was killed between finds
the plan and draws exactly that. Nothing here draws before it must: WeasyPrint is loaded with the first page.
"""

from countersign.issuance.certificates import certificates_undrawn, issue_certificates
from countersign.issuance.credential import (
    credential_picture,
    credential_token,
    credentials_due,
    issue_credentials,
    published_documents,
    set_aside_credentials,
    status_list,
    status_lists,
)
from countersign.issuance.credit import issue_credit_requests
from countersign.issuance.due import awards_due, credit_requests_due
from countersign.issuance.numbering import read_number
from countersign.issuance.withdrawing import is_astray, withdraw_papers

__all__ = [
    "awards_due",
    "certificates_undrawn",
    "credential_picture",
    "credential_token",
    "credentials_due",
    "credit_requests_due",
    "is_astray",
    "issue_certificates",
    "issue_credentials",
    "issue_credit_requests",
    "published_documents",
    "read_number",
    "set_aside_credentials",
    "status_list",
    "status_lists",
    "withdraw_papers",
]
