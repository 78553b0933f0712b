"""Reporting: the ledger becomes HR's monthly packages. What a district pays from, counted and checked before it is written.

facts     plain values, gathered from the store; `withholding` says which lines stay out
package   the pure core: lines, held list, control totals
columns   the tables; `sheets` writes them as CSV and as a workbook; `cover` draws the page that is signed
closing   the shell: `check_closable`, `cases_about_to_be_paid`, `cases_granted_in`, `close_month`; `countersign.delivered` puts the
          package's folder in its place, whole or not at all

`participation` is the other report, on an affiliate's plan: `groups` puts small groups together, `participants` reads the store.
"""

from countersign.delivered import damage as package_damage
from countersign.reporting.closing import (
    PackagesIncomplete,
    PackageSummary,
    cases_about_to_be_paid,
    cases_granted_in,
    check_closable,
    close_month,
    districts_for,
    months_due,
)
from countersign.reporting.facts import PackageFacts
from countersign.reporting.package import PackageContents, build_package
from countersign.reporting.participants import participation_report
from countersign.reporting.participation import GoalLine, Participation
from countersign.reporting.plan_words import period_said, quantity_said

__all__ = [
    "GoalLine",
    "PackageContents",
    "PackageFacts",
    "PackageSummary",
    "PackagesIncomplete",
    "Participation",
    "build_package",
    "cases_about_to_be_paid",
    "cases_granted_in",
    "check_closable",
    "close_month",
    "districts_for",
    "months_due",
    "package_damage",
    "participation_report",
    "period_said",
    "quantity_said",
]
