"""A row is held against the request whose number it has: one that is about somebody else moves nothing, nor does any other row."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select

from countersign.desk.credit_claims import contradictions
from countersign.store import Store
from countersign.tomlfile import FileProblems
from models.tables import CreditEvent
from tests.credit.conftest import Ask, Load

PRINTED: dict[str, Any] = {
    "name": "Ngọc Ánh Đỗ-O’Neil",
    "title": "Family Engagement: Part I",
    "quantity": "1",
    "fee": {"amount": "$1,095.00", "source": "s"},
}
HEADER = "request_number,legal_name,title,fee,credits_requested,state,date,course_section,credits,transcript_date,note"


@pytest.mark.parametrize(
    "said",
    [
        {"name": "DO-ONEIL, Ngoc Anh"},
        {"name": "'Ngọc Ánh Đỗ-O'Neil"},
        {"title": "FAMILY ENGAGEMENT - Part I"},
        {"fee": "$1,095"},
        {"fee": "1095.00 USD"},
        {"asked": "1.00"},
        {"name": "", "title": "", "fee": "", "asked": ""},
        {},
    ],
    ids=str,
)
def test_the_same_written_otherwise_is_the_same(said: dict[str, str]) -> None:
    assert contradictions(PRINTED, said) == []


@pytest.mark.parametrize(
    ("said", "clause"),
    [
        ({"name": "Other Person"}, 'the name is "Other Person", and the request\'s is "Ngọc Ánh Đỗ-O’Neil"'),
        ({"name": "Ngọc Ánh"}, 'the name is "Ngọc Ánh"'),
        ({"title": "Family Engagement: Part II"}, 'the title is "Family Engagement: Part II"'),
        ({"fee": "500.00"}, 'the fee is "500.00", and the request\'s is "$1,095.00"'),
        ({"fee": "waived"}, 'the fee is "waived"'),
        ({"asked": "3"}, 'the number of credits requested is "3", and the request\'s is "1"'),
    ],
    ids=str,
)
def test_each_difference_is_named(said: dict[str, str], clause: str) -> None:
    (found,) = contradictions(PRINTED, said)
    assert found.startswith(clause)


def test_where_the_college_takes_no_fee_a_fee_is_a_difference() -> None:
    free = PRINTED | {"fee": {"amount": "no fee", "source": "s"}}
    assert contradictions(free, {"fee": "0.00"}) == []
    assert contradictions(free, {"fee": "95"}) == ['the fee is "95", and the request\'s is "no fee"']


@given(st.permutations(["Ngọc", "Ánh", "Đỗ-O’Neil"]), st.sampled_from([str.upper, str.lower, str.title]))
def test_order_and_case_of_a_name_never_matter(names: list[str], form: Any) -> None:
    assert contradictions(PRINTED, {"name": form(" ".join(names))}) == []


def test_a_slipped_row_refuses_the_whole_file_and_names_each_difference(store: Store, ask: Ask, load: Load) -> None:
    good, bad = ask(free=True).number, ask(name=("Samuel", "Nguyễn")).number
    with pytest.raises(FileProblems) as refused:
        load(
            f"{good},Tremblay Alexandra,,0.00,1,accepted,2026-10-10,,,,",
            f"{bad},Other Person,Wrong,500.00,3,accepted,2026-10-10,,,,",
            header=HEADER,
        )
    said = str(refused.value)
    for clause in ('name is "Other Person"', 'title is "Wrong"', 'fee is "500.00"', 'credits requested is "3"'):
        assert clause in said
    assert good not in said
    with store.reading() as session:
        assert session.exec(select(CreditEvent)).all() == []


def test_rows_with_only_a_note_are_shown_and_move_nothing(store: Store, ask: Ask, load: Load) -> None:
    one, two = ask(free=True).number, ask(free=True).number
    change = load(
        f"{one},,,,,,Waiting for the signed copy.",
        ",,,,,,Thanks from the registrar",
        f"{two},accepted,2026-10-10,,,,",
    )
    assert change.moved == {"accepted": 1}
    assert change.sentences()[1] == (
        "Only a note, which moves nothing: line 2: “Waiting for the signed copy”; line 3: “Thanks from the registrar”."
    )
    with pytest.raises(FileProblems, match="the request's number is missing"):
        load(",accepted,2026-10-10,,,,a note")
