"""Matching: proven credentials find their educator on the roster, by address and never by name alone.

`import_roster` and `import_preapprovals` bring the affiliate's and the districts' files in; `unmatched_cases`,
`match_cases` and `retry_unmatched` are the nightly's; `resolve_match` and `dismiss` are for staff.
"""

from countersign.matching.cases import dismiss, match_cases, resolve_match, retry_unmatched, unmatched_cases
from countersign.matching.codes import CODES
from countersign.matching.preapprovals import PreApprovalChange, import_preapprovals
from countersign.matching.roster import RosterChange, import_roster

__all__ = [
    "CODES",
    "PreApprovalChange",
    "RosterChange",
    "dismiss",
    "import_preapprovals",
    "import_roster",
    "match_cases",
    "resolve_match",
    "retry_unmatched",
    "unmatched_cases",
]
