"""The shipped agreements, worked through: each table reads as "this happened → this is given", with the contract's own dates and figures.

CUSD 200 has a file of its own (test_cusd200.py); here stand its rulings by the named panel, and everybody else's examples.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from countersign.recognition import amount, check_file
from countersign.recognition.core import decide, silences
from countersign.recognition.files import load_rules
from models.agreement import Agreement, Rules
from models.records import CaseRecord, Decision, EducatorRecord, Ruling, RulingKind, Span, Transcript, Work
from models.words import Currency, DecisionOutcome
from tests.recognition.builders import CUSD, TITLES, VERMONT, case, codes, of, teacher, vermonter, with_rate

SAMPLES = Path(__file__).resolve().parent.parent.parent / "agreements" / "samples"
SHIPPED = load_rules(SAMPLES)
EASTERN, CENTRAL, MOUNTAIN = (ZoneInfo(f"America/{city}") for city in ("New_York", "Chicago", "Denver"))
LATER = datetime(2029, 1, 1, tzinfo=CENTRAL)


def versions(agreement: str) -> list[Rules]:
    return [rules for rules in SHIPPED if rules.terms.id == agreement]


def at(text: str, zone: ZoneInfo = CENTRAL) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def person(state: str, district: str = "", role: str = "Teacher", band: str = "") -> EducatorRecord:
    work = (Work(district, role, Span(date(2015, 8, 1)), band=band),) if district else ()
    return EducatorRecord(5, state, work)


def several(number: int, first: str = "2025-01-05 10:00", zone: ZoneInfo = CENTRAL) -> list[CaseRecord]:
    """So many different micro-credentials, one after the other on one morning."""
    start = at(first, zone)
    return [case(n, start.replace(minute=n), f"Title {n}") for n in range(1, number + 1)]


def line(decision: Decision) -> str:
    """A decision as a line of a table: `granted 2 credits`, `held: two_fees`, `granted 1 lane, from 2025-05-01`."""
    match decision.outcome:
        case DecisionOutcome.granted if not decision.quantity:
            return "counts with another"
        case DecisionOutcome.granted | DecisionOutcome.banked:
            return f"{decision.outcome} {amount(decision.quantity, decision.unit)}"
        case _:
            return f"{decision.outcome}: {decision.reasons[0].code}"


def lines(decisions: Sequence[Decision], currency: Currency) -> list[str]:
    return [line(d) for d in decisions if d.currency is currency]


def with_key(rules: Rules, clause: str, **changes: object) -> Rules:
    """The rules after the recognizer has said what was missing: one clause with more keys."""
    tree = rules.terms.model_dump(by_alias=True, exclude_none=True)
    for grant in tree["grants"]:
        if grant["clause"] == clause:
            grant.update(changes)
    return rules.model_copy(update={"terms": Agreement.model_validate(tree), "sha256": "d" * 64})


# Every file ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", sorted(SAMPLES.parent.rglob("*.toml")), ids=lambda path: path.stem)
def test_every_shipped_agreement_is_without_error_and_names_its_source(path: Path) -> None:
    assert [str(f) for f in check_file(path) if f.level == "error"] == []
    text = path.read_text(encoding="utf-8")
    assert text.startswith("# ")
    assert ("# Source" in text) or ("fictional = true" in text)


@pytest.mark.parametrize(
    ("file", "warning"),
    [
        ("nh-nea-nh", '"Continuing education units" states no value'),
        ("ma-recertification", "does not say in which time it is counted"),
        ("tn-license-points", "from September 1, 2018 to August 31, 2020"),
        ("tn-knox-county", "does not say what becomes of what comes after 04-30"),
        ("tx-harmony", '"Stipend for teachers" pays, but does not say in which month'),
    ],
)
def test_what_a_source_leaves_out_is_warned_of_and_not_made_up(file: str, warning: str) -> None:
    assert any(warning in str(finding) for finding in check_file(SAMPLES / f"{file}.toml"))


def test_the_samples_say_nothing_of_the_demonstration_s_educators_but_for_vermont_s_goals() -> None:
    for record in (vermonter(), teacher(), person("IL", "Lakeview SD (fictional)")):
        assert decide(SHIPPED, record, several(1), LATER) == ()


# Vermont ------------------------------------------------------------------------------------------------------------------

SEPTEMBER = at("2025-09-20 10:00", EASTERN)


@pytest.mark.parametrize(
    ("what_happened", "asked", "transcript", "hours", "credit", "pay"),
    [
        ("only forwarded", False, None, "granted 15 hours", None, "refused: only_through"),
        ("credit asked for", True, None, "granted 15 hours", "held: two_fees", "held: transcript_missing"),
        ("transcript received", True, date(2025, 11, 3), "granted 15 hours", "held: two_fees", "held: rate_missing"),
    ],
)
def test_vermont_15_hours_no_pay_and_credit_moves_it_only_with_a_transcript(
    what_happened: str, asked: bool, transcript: date | None, hours: str, credit: str | None, pay: str
) -> None:
    one = replace(
        case(1, SEPTEMBER, credit=asked), transcript=Transcript(transcript, Decimal(1)) if transcript else None
    )
    decided = decide([VERMONT], vermonter(), [one], LATER)
    assert lines(decided, Currency.state_cpd) == [hours], what_happened
    assert lines(decided, Currency.graduate_credit) == ([credit] if credit else [])
    assert lines(decided, Currency.pay) == [pay]


def test_with_the_transcript_it_is_the_district_s_contract_that_says_how_far_pay_moves() -> None:
    one = replace(case(1, SEPTEMBER, credit=True), transcript=Transcript(date(2025, 11, 3)))
    held = of(decide([VERMONT], vermonter(), [one], LATER), 1, Currency.pay)
    assert [(r.sentence, r.change) for r in held.reasons] == [
        (
            "College credit moves pay, and its transcript has been received; by how much is not stated in this agreement.",
            "Whoever decides on it, as the district by its own contract, has to say how much.",
        )
    ]


def test_vermont_renewal_asks_for_45_hours_or_90_and_gives_nothing() -> None:
    (renewal,) = versions("vt-state-renewal")
    assert [(g.name, g.amount, g.years) for g in renewal.terms.goals] == [("Level I", 45, 3), ("Level II", 90, 5)]
    assert decide([renewal], vermonter(), several(1), LATER) == ()
    assert silences([renewal], vermonter(), several(1)[0]) == ()


# New Hampshire, Massachusetts ---------------------------------------------------------------------------------------------


def test_new_hampshire_is_held_until_nea_nh_says_how_many_units_and_then_granted() -> None:
    (rules,) = versions("nh-nea-nh")
    record = person("NH")
    assert lines(decide([rules], record, several(1), LATER), Currency.state_cpd) == ["held: rate_missing"]
    told = with_key(rules, "Continuing education units", value={"flat": 12, "unit": "hour"})
    assert lines(decide([told], record, several(1), LATER), Currency.state_cpd) == ["granted 12 hours"]


@pytest.mark.parametrize(
    ("submitted", "each"),
    [
        (1, ["banked 1 micro-credential"]),
        (2, ["counts with another", "granted 10 PDPs"]),
        (3, ["counts with another", "granted 10 PDPs", "held: cap_period_missing"]),
        (4, ["counts with another", "granted 10 PDPs", "held: cap_period_missing", "held: cap_period_missing"]),
    ],
)
def test_massachusetts_two_are_10_pdps_and_a_third_adds_nothing_yet(submitted: int, each: list[str]) -> None:
    decided = decide(versions("ma-recertification"), person("MA"), several(submitted), LATER)
    assert lines(decided, Currency.state_cpd) == each
    assert sum(d.quantity for d in decided if d.outcome is DecisionOutcome.granted) == (10 if submitted > 1 else 0)


def test_massachusetts_says_each_step_in_a_sentence() -> None:
    decided = decide(versions("ma-recertification"), person("MA"), several(3), LATER)
    assert [d.reasons[0].sentence for d in decided] == [
        "It went into the 10 PDPs that C-2 completed, and counts there.",
        "With it 2 micro-credentials are gathered; each 2 micro-credentials give 10 PDPs.",
        "10 PDPs of at most 10 PDPs are already given. The agreement does not say in which time that limit is "
        "counted, so it cannot be told whether this one counts anew.",
    ]
    (waiting,) = decide(versions("ma-recertification"), person("MA"), several(1), LATER)
    assert waiting.reasons[0].sentence == (
        "Each 2 micro-credentials give 10 PDPs; with this one 1 micro-credential is gathered, and 1 micro-credential is "
        "still missing."
    )


# Tennessee with Knox County -----------------------------------------------------------------------------------------------

TENNESSEE = [*versions("tn-license-points"), *versions("tn-knox-county")]
KNOX = person("TN", "Knox County Schools")


@pytest.mark.parametrize(
    ("earned", "recorded", "points", "in_service", "year"),
    [
        ("2025-02-10 12:00", "2025-03-01 12:00", "granted 6 PDPs", "granted 3 hours", "2024-25"),
        # recorded by 11:59 pm on April 30
        ("2025-04-30 09:00", "2025-04-30 23:59", "granted 6 PDPs", "granted 3 hours", "2024-25"),
        ("2025-04-30 09:00", "2025-05-01 00:00", "granted 6 PDPs", "held: after_deadline", "2024-25"),
        # earned on May 1: the next year, which has until its own April 30
        ("2025-05-01 00:00", "2025-05-01 08:00", "granted 6 PDPs", "granted 3 hours", "2025-26"),
        ("2025-05-01 00:00", "2026-04-30 23:59", "granted 6 PDPs", "granted 3 hours", "2025-26"),
    ],
)
def test_in_knox_county_the_same_one_earns_6_points_and_3_in_service_hours(
    earned: str, recorded: str, points: str, in_service: str, year: str
) -> None:
    one = case(1, at(recorded, EASTERN), earned=at(earned, EASTERN))
    decided = decide(TENNESSEE, KNOX, [one], LATER)
    assert lines(decided, Currency.state_cpd) == [points]
    hours = of(decided, 1, Currency.in_lieu_of_pd)
    assert (line(hours), hours.period) == (in_service, year)


def test_one_recorded_too_late_says_which_year_it_missed() -> None:
    one = case(1, at("2025-05-01 00:00", EASTERN), earned=at("2025-04-30 09:00", EASTERN))
    held = of(decide(TENNESSEE, KNOX, [one], LATER), 1, Currency.in_lieu_of_pd)
    assert held.reasons[0].sentence == (
        "It was submitted on May 1, 2025 (America/New_York), after the last day of 2024-25, April 30, 2025. "
        "The agreement does not say what becomes of it."
    )


def test_four_fill_the_12_in_service_hours_and_the_points_go_on() -> None:
    decided = decide(TENNESSEE, KNOX, several(5, zone=EASTERN), LATER)
    assert lines(decided, Currency.in_lieu_of_pd) == [*["granted 3 hours"] * 4, "refused: over_cap"]
    assert lines(decided, Currency.state_cpd) == ["granted 6 PDPs"] * 5


@pytest.mark.parametrize(
    ("earned", "points"),
    [
        ("2018-08-31 23:59", ["granted 5 PDPs"]),
        ("2018-09-01 00:00", []),  # no source says what held then
        ("2020-08-31 23:59", []),
        ("2020-09-01 00:00", ["granted 6 PDPs"]),
    ],
)
def test_tennessee_gave_5_points_and_gives_6_and_says_nothing_where_the_sources_do_not(
    earned: str, points: list[str]
) -> None:
    one = case(1, at("2025-03-01 12:00"), earned=at(earned))
    assert lines(decide(versions("tn-license-points"), person("TN"), [one], LATER), Currency.state_cpd) == points


# Aurora -------------------------------------------------------------------------------------------------------------------

AURORA = versions("co-aurora")
AURORAN = person("CO", "Aurora Public Schools")


def test_aurora_four_are_40_hours_2_credits_and_10_hours_carried() -> None:
    decided = decide(AURORA, AURORAN, several(4, zone=MOUNTAIN), LATER)
    assert lines(decided, Currency.district_pd) == [
        "counts with another",  # 10 hours
        "granted 1 credit",  # 20 hours: one credit, 5 left
        "granted 1 credit",  # 15 hours: one credit
        "banked 10 hours",  # carried
    ]
    assert of(decided, 2, Currency.district_pd).reasons[-2].sentence == (
        "With it 20 hours are gathered; each 15 hours give 1 credit, and 5 hours stay for the next."
    )
    assert of(decided, 4, Currency.district_pd).reasons[0].sentence == (
        "Each 15 hours give 1 credit; with this one 10 hours are gathered, and 5 hours are still missing."
    )


def test_aurora_credits_wait_for_15_of_them_and_nothing_is_asked_of_the_educator_before() -> None:
    decided = decide(AURORA, AURORAN, several(4, zone=MOUNTAIN), LATER)
    assert lines(decided, Currency.pay) == [
        "counts with another",
        "banked 1 credit",
        "banked 1 credit",
        "banked 1 micro-credential",
    ]
    assert of(decided, 4, Currency.pay).reasons[0].sentence == (
        "It goes by “Salary credit”: Each 15 hours give 1 credit; with this one 10 hours are gathered, and 5 hours are still missing."
    )


@pytest.mark.parametrize(
    ("transcript", "lane", "effective"),
    [
        (None, "held: transcript_missing", None),
        (date(2025, 4, 1), "granted 1 lane", date(2025, 5, 1)),
        (date(2025, 4, 30), "granted 1 lane", date(2025, 5, 1)),
        (date(2025, 5, 1), "granted 1 lane", date(2025, 7, 1)),
        (date(2025, 6, 30), "granted 1 lane", date(2025, 7, 1)),
        (date(2025, 7, 1), "granted 1 lane", date(2025, 8, 1)),
    ],
)
def test_aurora_23_are_a_lane_from_the_first_of_the_month_after_the_transcript(
    transcript: date | None, lane: str, effective: date | None
) -> None:
    shown = Transcript(transcript) if transcript else None
    cases = [replace(one, transcript=shown) for one in several(23, zone=MOUNTAIN)]
    decided = decide(AURORA, AURORAN, cases, LATER)
    last = of(decided, 23, Currency.pay)
    assert (line(last), last.effective_on) == (lane, effective)
    assert last.pay_month == (f"{effective:%Y-%m}" if effective else "")
    others = [d for d in decided if d.currency is Currency.pay and d.case_id != 23]
    assert {line(d) for d in others} == {"counts with another"}


# Harmony ------------------------------------------------------------------------------------------------------------------

(HARMONY,) = versions("tx-harmony")
PAID = with_key(
    with_key(HARMONY, "Stipend for teachers", paid={"month": 6}), "Stipend for bands 5 and 6", paid={"month": 6}
)


def harmonist(role: str = "Teacher", band: str = "") -> EducatorRecord:
    return person("TX", "Harmony Public Schools", role, band)


def bloom(cases: list[CaseRecord]) -> list[CaseRecord]:
    return [replace(one, issuer="bloomboard") for one in cases]


@pytest.mark.parametrize(
    ("rules", "first_eight"),
    [(HARMONY, "held: pay_month_missing"), (PAID, "granted 200.00 USD")],
    ids=["as the page leaves it", "once the district has said the month"],
)
def test_harmony_the_ninth_in_a_year_is_over_the_limit(rules: Rules, first_eight: str) -> None:
    decided = decide([rules], harmonist(), bloom(several(9)), LATER)
    assert lines(decided, Currency.pay) == [*[first_eight] * 8, "refused: over_cap"]
    assert lines(decided, Currency.state_cpd) == ["granted 15 CPE hours"] * 9
    assert of(decided, 9, Currency.pay).reasons[0].sentence == (
        "8 of at most 8 micro-credentials already count in 2024-25. What is over is lost."
    )


def test_harmony_the_ninth_counts_when_it_is_earned_in_the_next_year() -> None:
    ninth = case(9, at("2025-07-01 08:00"), "Title 9", earned=at("2025-07-01 00:00"))
    decided = decide([PAID], harmonist(), bloom([*several(8), ninth]), LATER)
    paid = of(decided, 9, Currency.pay)
    assert (line(paid), paid.period) == ("granted 200.00 USD", "2025-26")


@pytest.mark.parametrize(
    ("role", "band", "pay"),
    [
        ("Teacher", "", "granted 200.00 USD"),
        ("Coach", "5", "granted 200.00 USD"),
        ("Coach", "6", "granted 200.00 USD"),
        ("Coach", "4", "refused: band"),
        ("Coach", "", "held: band_unknown"),
    ],
)
def test_harmony_pays_teachers_and_bands_5_and_6_only(role: str, band: str, pay: str) -> None:
    decided = decide([PAID], harmonist(role, band), bloom(several(1)), LATER)
    assert lines(decided, Currency.pay) == [pay]
    assert lines(decided, Currency.state_cpd) == ["granted 15 CPE hours"]


# The bargaining model (fictional) -----------------------------------------------------------------------------------------

(MODEL,) = versions("ga-bargaining-model")
PEACH = person("GA", "Peach Grove SD (fictional)")


def worked(hours: str | None, number: int = 1, on: str = "2026-09-10 10:00", title: str = "") -> CaseRecord:
    return case(number, at(on, EASTERN), title or f"Title {number}", hours=hours)


@pytest.mark.parametrize(
    ("log", "pay", "credit"),
    [
        (None, "held: log_missing", "held: log_missing"),
        ("9.75", "refused: hours", "refused: hours"),
        ("10", "granted 250.00 USD", "granted 1 credit"),
        ("14", "granted 250.00 USD", "granted 1 credit"),
    ],
)
def test_the_model_contract_counts_nothing_below_10_hours_of_work(log: str | None, pay: str, credit: str) -> None:
    decided = decide([MODEL], PEACH, [worked(log)], LATER)
    assert (lines(decided, Currency.pay), lines(decided, Currency.district_pd)) == ([pay], [credit])


@pytest.mark.parametrize(
    ("submitted", "paid"),
    [("2026-12-31 23:59", "2027-02"), ("2027-01-01 00:00", "2027-08"), ("2027-06-30 23:59", "2027-08")],
)
def test_the_model_contract_looks_twice_a_year(submitted: str, paid: str) -> None:
    assert of(decide([MODEL], PEACH, [worked("10", on=submitted)], LATER), 1, Currency.pay).pay_month == paid


def test_the_model_contract_pays_four_a_year_and_the_fifth_waits_for_the_next() -> None:
    cases = [worked("10", n, f"2026-09-{n:02d} 10:00") for n in range(1, 6)]
    decided = decide([MODEL], PEACH, cases, at("2026-10-01 10:00", EASTERN))
    assert lines(decided, Currency.pay) == [*["granted 250.00 USD"] * 4, "banked 1 micro-credential"]
    fifth = of(decided, 5, Currency.pay)
    assert (fifth.submit_from, fifth.pay_month) == (date(2027, 7, 1), "2028-02")


def test_the_model_contract_s_stack_is_one_demonstration_and_each_part_is_paid_all_the_same() -> None:
    titles = MODEL.terms.stacks[0].titles
    cases = [worked("10", n, f"2026-09-{n:02d} 10:00", title) for n, title in enumerate(titles, 1)]
    two = decide([MODEL], PEACH, cases[:2], LATER)
    assert lines(two, Currency.advisory_role) == ["banked 1 micro-credential"] * 2
    three = decide([MODEL], PEACH, cases, LATER)
    assert lines(three, Currency.advisory_role) == ["counts with another"] * 2 + ["granted 1 demonstration"]
    assert lines(three, Currency.pay) == ["granted 250.00 USD"] * 3


def test_the_model_contract_says_who_rules_who_hears_an_appeal_and_when_an_answer_is_due() -> None:
    terms = MODEL.terms.exceptions
    assert terms is not None
    assert terms.appeal is not None
    assert (terms.ruling_by, terms.appeal.within_days, terms.appeal.to) == (("Joint committee",), 30, "Joint committee")
    assert terms.answer_within_days == 20


# CUSD 200: one that vanished ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "pay"),
    [
        ("", "held: title_not_listed"),
        ("Professional Growth Team", "granted 250.00 USD"),
        ("Principal", "held: title_not_listed"),
    ],
)
def test_a_micro_credential_that_vanished_counts_when_the_named_panel_says_so(role: str, pay: str) -> None:
    title = "Peer Observation"  # taken off before anybody listed it
    word = Ruling(1, CUSD.terms.id, RulingKind.counts, role, "Kim Alder", "The evidence was ready.", date(2024, 9, 3))
    record = teacher([*TITLES, title], rulings=(word,) if role else ())
    decided = decide([with_rate()], record, [case(1, at("2024-08-15 10:00"), title)], LATER)
    assert lines(decided, Currency.pay) == [pay]
    if role == "Professional Growth Team":
        sentence = "Kim Alder, Professional Growth Team, decided on September 3, 2024: The evidence was ready."
        assert sentence in [r.sentence for r in of(decided, 1, Currency.pay).reasons]


def test_a_clause_that_goes_by_a_held_one_is_held_with_that_reason() -> None:
    (aurora,) = AURORA
    asks = with_key(aurora, "Salary credit", needs={"evidence": ["log_of_hours"]})
    decided = decide([asks], AURORAN, [case(1, SEPTEMBER, hours=None)], LATER)
    assert lines(decided, Currency.district_pd) == ["held: log_missing"]
    held = of(decided, 1, Currency.pay)
    assert (held.outcome, codes(held)) == (DecisionOutcome.held, ["follows_log_missing"])
    assert held.reasons[0].sentence.startswith("It goes by “Salary credit”: No log of hours came with it")


def test_a_deadline_tied_to_one_year_cannot_count_as_submitted_in_the_next() -> None:
    (knox,) = versions("tn-knox-county")
    late = {"on": "04-30", "of": "submitted", "in_year_of": "earned", "late": "next_year"}
    with pytest.raises(ValueError, match="in_year_of ties it to one year"):
        with_key(knox, "In-service hours", deadline=late)


@pytest.mark.parametrize(
    ("rules", "record", "cases"),
    [
        (AURORA, AURORAN, several(25, zone=MOUNTAIN)),
        (versions("ma-recertification"), person("MA"), several(5)),
        (TENNESSEE, KNOX, several(6, zone=EASTERN)),
        ([HARMONY], harmonist(), bloom(several(12))),
        ([MODEL], PEACH, [worked("12.5", n, f"2026-09-{n:02d} 10:00") for n in range(1, 8)]),
    ],
    ids=["Aurora", "Massachusetts", "Tennessee and Knox County", "Harmony", "the model contract"],
)
def test_each_has_one_decision_a_currency_in_whatever_order_they_come(
    rules: list[Rules], record: EducatorRecord, cases: list[CaseRecord]
) -> None:
    decided = decide(rules, record, cases, LATER)
    keys = [(d.case_id, d.agreement, d.currency) for d in decided]
    assert len(keys) == len(set(keys))
    assert decide(rules[::-1], record, cases[::-1], LATER) == decided
