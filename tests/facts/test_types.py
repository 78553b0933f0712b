"""The types of facts keep what they say exactly, and the desk keeps one of two that come at the same moment."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countersign.desk.facts import Desk, From
from countersign.desk.reconciling import differences
from countersign.errors import Busy
from countersign.settings import Workspace
from countersign.store import Store
from models.facts import KINDS, FactBase, RubricFact, TranscriptFact, fact_of
from tests.facts.oak_hill import NIGHT, add, facts, load, rules_of, three

FIGURES = st.decimals(min_value=0, max_value=Decimal("9999999999"), places=4, allow_nan=False, allow_infinity=False)
DAYS = st.dates(min_value=date(2000, 1, 1))


@given(on=DAYS, level=FIGURES, credits_=st.none() | FIGURES)
def test_a_fact_comes_back_from_its_json_as_it_was(on: date, level: Decimal, credits_: Decimal | None) -> None:
    for fact in (RubricFact(on=on, case=1, level=level), TranscriptFact(on=on, case=1, credits=credits_)):
        assert fact_of(fact.model_dump(mode="json")) == fact


def test_every_kind_has_a_slot_and_words_and_is_about_something() -> None:
    for name, kind in KINDS.items():
        assert issubclass(kind, FactBase)
        assert kind.model_fields["kind"].default == name
        assert kind.about in ("case", "educator", "agreement")
        assert "slot" in vars(kind)
        assert "__str__" in vars(kind)


def test_of_two_that_record_the_same_at_one_moment_the_second_is_told_to_repeat(
    any_store: Store, workspace: Workspace
) -> None:
    rules_of(workspace)
    three(any_store)
    with pytest.raises(Busy), any_store.reading() as session:
        desk = Desk(session, workspace, From("Sam", NIGHT, "a command"))
        desk.take("rubric", {"case": "C-1", "on": "2024-09-10", "level": "2"})
        add(any_store, workspace, "rubric", case="C-1", level="3")
        desk.write()
    assert [row.recorded_by for row in facts(any_store)] == ["Robin"]


def test_a_fact_whose_file_is_gone_from_the_evidence_is_a_difference(store: Store, workspace: Workspace) -> None:
    rules_of(workspace)
    three(store)
    load(store, workspace, workspace.inbox, "C-1,2024-09-08,3", header="case,on,level", kind="rubric")
    sha256 = facts(store)[0].source_sha256
    assert not any(found.sentence.startswith("fact 1") for found in differences(store, workspace))
    store.evidence.path(sha256).unlink()
    assert any(found.sentence.startswith("fact 1 (facts.csv): ") for found in differences(store, workspace))
