"""Agreements, educators and cases made up by hypothesis: whatever the schema can say, in any combination it allows."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st
from pydantic import ValidationError

from models.agreement import Agreement, Rules
from models.records import (
    Approval,
    CaseRecord,
    EducatorRecord,
    Funds,
    Licence,
    Ruling,
    RulingKind,
    Span,
    Transcript,
    Work,
)
from models.words import Currency

TITLES = tuple(f"Title {letter}" for letter in "ABCDEF")
START = datetime(2023, 1, 1, tzinfo=UTC)
ZONES = ("America/New_York", "America/Chicago", "America/Los_Angeles", "Pacific/Kiritimati")
WINDOWS = [
    {"name": "Fall", "from": "08-01", "until": "12-31", "paid_in": 1},
    {"name": "Spring", "from": "01-01", "until": "07-31", "paid_in": 9},
]
DISTRICT = "Any SD (fictional)"

moments = st.integers(0, 4 * 366 * 48).map(lambda halves: START + timedelta(minutes=30 * halves))
days = st.dates(date(2022, 1, 1), date(2028, 12, 31))
figures = st.decimals(Decimal("0.25"), Decimal(60), places=2)

Tree = dict[str, Any]


def _flat(figure: Decimal) -> Tree:
    return {"flat": figure, "unit": "hour"}


def _up_to(figure: Decimal) -> Tree:
    return {"up_to": figure, "unit": "hour", "by": "log_of_hours"}


def _rate(figure: Decimal, to: Decimal, how: str) -> Tree:
    rounding = {"to": to, "how": how}
    return {"rate": figure, "unit": "hour", "by": "log_of_hours", "at_most": Decimal(20), "rounding": rounding}


BANDS: Tree = {
    "by": "log_of_hours",
    "unit": "hour",
    "bands": [
        {"from": Decimal(5), "below": Decimal(10), "gives": Decimal(3)},
        {"from": Decimal(12), "gives": Decimal("7.5")},
    ],
}
STAGES: Tree = {
    "flat": Decimal(9),
    "unit": "hour",
    "rounding": {"to": Decimal("0.5"), "how": "half_up"},
    "factors": [{"text": "Level 3", "factor": Decimal("1.5"), "when": {"mastery": {"at_least": Decimal(3)}}}],
}
values: st.SearchStrategy[Tree] = st.one_of(
    st.builds(_flat, figures),
    st.builds(_up_to, figures),
    st.builds(
        _rate,
        st.decimals(Decimal("0.1"), Decimal(2), places=1),
        st.sampled_from([Decimal("0.01"), Decimal("0.25"), Decimal(1)]),
        st.sampled_from(["down", "up", "half_up", "half_even"]),
    ),
    st.just(BANDS),
    st.just(STAGES),
)
dates = st.sampled_from(["earned", "submitted"])


@st.composite
def caps(draw: st.DrawFn, order: str, bank: bool, shared: bool) -> dict[str, Any]:
    """One limit; at most one of a clause may bank."""
    per = draw(st.sampled_from(["year", "month", "window", "contract", "lifetime", None]))
    overflow = draw(st.sampled_from(["lost", "bank", "bank_if_funds"])) if bank else "lost"
    made: dict[str, Any] = {"counted_by": draw(dates), "order": order, "overflow": overflow}
    if per is not None:
        made["per"] = per
    if draw(st.booleans()):
        made["count"] = draw(st.integers(1, 4))
    else:
        made |= {"amount": draw(figures), "last": draw(st.sampled_from(["part", "whole"]))}
    if overflow == "bank":
        made["counted_by"] = "submitted"
        if draw(st.booleans()):
            made["bank_for"] = draw(st.integers(1, 2))
    if shared:
        made = {"shared": "together", "count": 3, "per": "year", "counted_by": "submitted", "order": "submitted"}
        made["overflow"] = "lost"
    return made


@st.composite
def clauses(draw: st.DrawFn, currency: str) -> dict[str, Any]:
    """One clause that gives hours of some kind."""
    made: dict[str, Any] = {"clause": f"Clause {currency}", "currency": currency, "text": "Hours."}
    made["value"] = draw(values)
    if draw(st.integers(0, 3)) == 0:
        made["stack"] = "Set"
    elif draw(st.integers(0, 2)) == 0:
        made["each"] = {
            "amount": draw(figures),
            "gives": draw(figures),
            "unit": "credit",
            "remainder": draw(st.sampled_from(["kept", "dropped"])),
        }
    order = draw(dates)
    shared = draw(st.integers(0, 4)) == 0
    count = draw(st.integers(0, 2))
    made["cap"] = [
        draw(caps("submitted" if shared else order, number == 0, shared and number == 0)) for number in range(count)
    ]
    if draw(st.booleans()):
        made["deadline"] = {"on": "05-15", "of": "submitted"} | draw(
            st.sampled_from([{}, {"late": "next_year"}, {"late": "lost"}])
        )
    made |= draw(
        st.sampled_from(
            [
                {"processed": "monthly"},
                {"paid": {"month": 11}},
                {"paid": {"months": [1, 6]}},
                {"paid": {"next_year": 9}},
                {"paid": {"after_months": 2}},
                {"paid": {"by_window": True}},
            ]
        )
    )
    if draw(st.integers(0, 3)) == 0:
        made["effective"] = {"first_of_month_after": "transcript", "closed": {"from": "05-01", "until": "06-30"}}
    return made


@st.composite
def agreements(draw: st.DrawFn) -> Rules:
    """One agreement that the schema takes."""
    chosen = draw(
        st.lists(st.sampled_from(["district_pd", "state_cpd", "in_lieu_of_pd"]), min_size=1, max_size=3, unique=True)
    )
    tree: dict[str, Any] = {
        "id": "any",
        "recognizer": DISTRICT,
        "title": "Any",
        "source": "Made up",
        "time_zone": draw(st.sampled_from(ZONES)),
        "in_force": {"from": date(2023, 1, 1), "until": date(2026, 12, 31), "by": draw(dates)},
        "year": {"starts": draw(st.sampled_from(["01-01", "05-01", "07-01", "08-01"]))},
        "windows": WINDOWS,
        "applies_to": {"employer": DISTRICT, "employed_on": draw(dates)},
        "eligibility": {"issuers": ["nea"]},
        "stacks": [
            {"name": "Set", "titles": ["Title A", "Title B", "Title C"]}
            | draw(st.sampled_from([{}, {"any_of": 2}, {"in_order": True}]))
        ],
        "exceptions": {"ruling_by": ["Panel"]},
        "grants": [draw(clauses(currency)) for currency in chosen],
    }
    try:
        terms = Agreement.model_validate(tree)
    except ValidationError:
        assume(False)
        raise
    return Rules(terms=terms, sha256="a" * 64, file="any.toml")


@st.composite
def educators(draw: st.DrawFn) -> EducatorRecord:
    """Somebody who works there, with rulings on some cases and word of funds for some periods."""
    rulings = [
        Ruling(
            draw(st.integers(1, 10)),
            "any",
            kind,
            draw(st.sampled_from(["Panel", "Nobody"])),
            "Pat",
            "So decided.",
            draw(days),
            draw(st.sampled_from([None, Currency.district_pd])),
            draw(figures) if kind is RulingKind.gives else None,
            "hour" if kind is RulingKind.gives else "",
        )
        for kind in draw(st.lists(st.sampled_from(list(RulingKind)), max_size=3))
    ]
    funds = [
        Funds("any", period, draw(st.booleans()), "Ana", date(2025, 1, 1))
        for period in draw(st.lists(st.sampled_from(["2024", "2024-25", "Fall 2024"]), max_size=2, unique=True))
    ]
    return EducatorRecord(
        1,
        "VT",
        (Work(DISTRICT, "Teacher", Span(date(2010, 1, 1))),),
        tuple(Approval(DISTRICT, title, draw(days)) for title in TITLES[:2]),
        licence=Licence("II", Span(date(2023, 7, 1), date(2028, 6, 30))),
        rulings=tuple(rulings),
        funds=tuple(funds),
    )


@st.composite
def histories(draw: st.DrawFn) -> list[CaseRecord]:
    """What one educator sent in, over some years."""
    made: list[CaseRecord] = []
    for number in range(1, draw(st.integers(0, 10)) + 1):
        received = draw(moments)
        transcript = Transcript(draw(days), draw(st.none() | figures)) if draw(st.booleans()) else None
        made.append(
            CaseRecord(
                number,
                draw(st.sampled_from(["nea", "nea", "nea", "guild"])),
                draw(st.sampled_from([*TITLES, f"Other {number}"])),
                received - timedelta(hours=draw(st.integers(0, 3000))),
                received,
                log_hours=draw(st.none() | figures),
                transcript=transcript,
                mastery=draw(st.none() | st.integers(1, 4).map(Decimal)),
            )
        )
    return made
