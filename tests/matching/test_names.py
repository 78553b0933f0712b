"""Names propose and never grant."""

from hypothesis import given
from hypothesis import strategies as st

from countersign.matching.deciding import Held, decide
from countersign.matching.names import AT_MOST, Proposal, RosterName, propose_all

ROSTER = [
    RosterName(1, "Maya Fontaine"),
    RosterName(2, "Ada Okafor-Reyes"),
    RosterName(2, "Ada Okafor", former=True),
    RosterName(3, "Henri Beaulieu", "Jr."),
    RosterName(4, "Henri Beaulieu", "Sr."),
    RosterName(5, "José Díaz"),
]


def proposed(name: str) -> list[Proposal]:
    (found,) = propose_all([name], ROSTER)
    return found


def best(name: str) -> list[int]:
    return [p.educator_id for p in proposed(name)]


def test_several_names_in_one_pass_over_the_roster_each_get_their_own() -> None:
    found = propose_all(["Maya Fontaine", "Marcus Webb", "jose diaz"], iter(ROSTER))
    assert [[p.educator_id for p in each] for each in found] == [[1], [], [5]]


def test_order_case_accents_and_punctuation_do_not_matter() -> None:
    assert best("FONTAINE, Maya") == [1]
    assert best("jose diaz") == [5]
    assert best("Ada Okafor Reyes") == [2]


def test_a_former_name_proposes_too_and_says_so() -> None:
    (proposal,) = proposed("Ada Okafor")
    assert (proposal.educator_id, proposal.why) == (2, "The former name is the same.")


def test_junior_and_senior_are_kept_apart() -> None:
    first, second = proposed("Henri Beaulieu Jr.")
    assert (first.educator_id, second.educator_id) == (3, 4)
    assert 'but "Jr." against "Sr."' in second.why


def test_a_typing_slip_is_close_and_another_person_is_not() -> None:
    assert best("Maya Fontane") == [1]
    assert best("Marcus Webb") == []
    assert best("") == []


@given(st.text(max_size=60))
def test_whatever_the_name_there_are_few_proposals_each_once(name: str) -> None:
    found = best(name)
    assert len(found) == len(set(found)) <= AT_MOST


@given(st.lists(st.integers(1, 9)), st.lists(st.frozensets(st.integers(1, 9), max_size=3), max_size=4))
def test_names_and_senders_never_match_on_their_own(alike: list[int], senders: list[frozenset[int]]) -> None:
    outcome = decide("C-1", "T", [], [], senders, [{"educator_id": e, "why": "alike"} for e in alike])
    assert isinstance(outcome, Held)
    named = [p["educator_id"] for p in outcome.proposals]
    assert len(named) == len(set(named))
