"""What people write in their first agreement, and what it is called there: the check suggests it and accepts nothing of it."""

from countersign.tomlfile import Hints
from models.words import MONTHS

_YEAR = ("school year", "academic year", "fiscal year", "contract year", "annual", "annually", "yearly", "years")
_PAY = ("stipend", "salary", "money", "payment", "compensation", "wages", "bonus", "lane", "step")

SLIPS = Hints(
    written={
        "hours": "hours = { at_least = {n:10} }",
        "mastery": "mastery = { at_least = {n:3} }",
        "value": 'value = { flat = {n:150}, unit = "USD" }',
        "cap": 'cap = { count = {n:5}, per = "year", counted_by = "submitted", order = "submitted", overflow = "lost" }',
        "deadline": 'deadline = { on = "10-01", of = "submitted", late = "lost" }',
        "paid": "paid = { month = {n:11} }",
        "each": 'each = { amount = {n:15}, gives = 1, unit = "credit", remainder = "kept" }',
        "rounding": 'rounding = { to = {n:0.01}, how = "half_up" }',
        "year": 'year = { starts = "07-01" }',
        "in_force": 'in_force = { from = 2024-07-01, until = 2027-06-30, by = "submitted" }',
        "preapproval": "preapproval = { required = true }",
        "appeal": 'appeal = { within_days = {n:30}, to = "the joint committee" }',
        "effective": 'effective = { first_of_month_after = "transcript" }',
        "exclusions": 'exclusions = { paid_elsewhere = "refused" }',
        "applies_to": 'applies_to = { employer = "North Ridge SD", employed_on = "submitted" }',
        "eligibility": 'eligibility = { issuers = ["nea"] }',
    },
    meant={
        **dict.fromkeys(_YEAR, ("year",)),
        **dict.fromkeys(_PAY, ("pay",)),
        **dict.fromkeys(("dollars", "dollar", "us dollars", "us$", "$"), ("USD", "pay")),
        **dict.fromkeys(("monthly", "each month"), ("month",)),
        **dict.fromkeys(("license period", "license", "renewal period", "cycle"), ("licence_period",)),
        **dict.fromkeys(("career", "ever", "life"), ("lifetime",)),
        **dict.fromkeys(("pd", "pd hours", "hours", "clock hours"), ("district_pd", "hour")),
        **dict.fromkeys(("cpd", "renewal", "license renewal", "recertification"), ("state_cpd",)),
        **dict.fromkeys(
            ("credit", "college credit", "graduate credit", "semester hour"), ("graduate_credit", "credit")
        ),
        **{month.casefold(): (str(number),) for number, month in enumerate(MONTHS, 1)},
    },
)
"""For the keys of an agreement how they are written, and for words that are none of the agreement's which one is meant."""
