"""An issuer revokes an award and awards it again under another title or name: never do both count."""

from dataclasses import replace
from datetime import timedelta

from countersign.recognition import decide
from countersign.store import Store
from models.records import CaseRecord
from models.tables import Case
from models.words import Currency, DecisionOutcome
from tests.recognition.builders import TITLES, case, codes, of, teacher
from tests.recognition.nights import AUGUST, NOW, PAID, add, balanced, lines, night


def award(number: int, title: str, achievement: str, issuer: str = "nea") -> CaseRecord:
    made = case(number, AUGUST + timedelta(days=number), title, issuer=issuer)
    return replace(made, achievement=achievement)


def outcomes(*cases: CaseRecord) -> list[str]:
    decided = decide(PAID, teacher(), cases, NOW)
    return [of(decided, c.case_id, Currency.pay).outcome.value for c in cases]


def test_the_same_achievement_under_another_title_does_not_count_twice() -> None:
    first, second = award(1, TITLES[0], "a"), award(2, TITLES[1], "a")
    assert outcomes(first, second) == ["granted", "held"]
    assert codes(of(decide(PAID, teacher(), (first, second), NOW), 2, Currency.pay)) == ["came_before"]
    assert outcomes(second) == ["granted"]


def test_neither_another_issuers_achievement_of_that_id_nor_one_without_an_id_is_the_same() -> None:
    assert outcomes(award(1, TITLES[0], "a"), award(2, TITLES[1], "a", "digital-promise")) == ["granted", "granted"]
    assert outcomes(award(1, TITLES[0], ""), award(2, TITLES[1], "")) == ["granted", "granted"]


def test_a_third_one_that_shares_the_title_with_one_and_the_id_with_the_other_names_the_first() -> None:
    cases = award(1, TITLES[0], "a"), award(2, TITLES[1], "a"), award(3, TITLES[1], "b")
    assert outcomes(*cases) == ["granted", "held", "held"]
    held = of(decide(PAID, teacher(), cases, NOW), 3, Currency.pay)
    assert held.outcome is DecisionOutcome.held
    assert "as case C-1" in held.reasons[0].sentence


def test_when_the_first_is_withdrawn_the_second_counts_in_its_place(any_store: Store) -> None:
    first, second = award(1, TITLES[0], "a"), award(2, TITLES[1], "a")
    add(any_store, teacher(), [first, second])
    with any_store.transaction() as session:
        for number in (1, 2):
            session.get_one(Case, number).achievement_id = "https://issuer.example/achievements/a"
    night(any_store, PAID, NOW)
    assert [line[:2] for line in lines(any_store)] == [(1, "grant")]
    with any_store.transaction() as session:
        session.get_one(Case, 1).state = "rejected"
    night(any_store, PAID, NOW + timedelta(days=1))
    assert [line[:2] for line in lines(any_store)] == [(1, "grant"), (1, "reversal"), (2, "grant")]
    balanced(any_store)
