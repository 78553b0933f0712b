"""An agreement as data: what `agreements/*.toml` can say, from its days and units up to the whole file."""

from models.agreement.base import UNITS, DateName, Days, Evidence, Range, Season, Terms, is_money
from models.agreement.grant import Exclusions, Grant
from models.agreement.limits import Cap, Deadline, Effective, Paid, Window, Year
from models.agreement.papers import CertificateTerms, CollegeTerm, CreditTerms, DistrictFunds, FeeTerms
from models.agreement.value import Band, Each, Factor, Rounding, Value
from models.agreement.whole import (
    Agreement,
    Appeal,
    Closed,
    Eligibility,
    Exceptions,
    Goal,
    InForce,
    Listed,
    PreApprovalTerms,
    Rules,
    rests_on,
)
from models.agreement.whom import AppliesTo, DateTest, Stack, When, Within

__all__ = [
    "UNITS",
    "Agreement",
    "Appeal",
    "AppliesTo",
    "Band",
    "Cap",
    "CertificateTerms",
    "Closed",
    "CollegeTerm",
    "CreditTerms",
    "DateName",
    "DateTest",
    "Days",
    "Deadline",
    "DistrictFunds",
    "Each",
    "Effective",
    "Eligibility",
    "Evidence",
    "Exceptions",
    "Exclusions",
    "Factor",
    "FeeTerms",
    "Goal",
    "Grant",
    "InForce",
    "Listed",
    "Paid",
    "PreApprovalTerms",
    "Range",
    "Rounding",
    "Rules",
    "Season",
    "Stack",
    "Terms",
    "Value",
    "When",
    "Window",
    "Within",
    "Year",
    "is_money",
    "rests_on",
]
