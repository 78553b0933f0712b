"""Numbers: unguessable, readable, and a slip of the pen shows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countersign.issuance.numbering import ALPHABET, check_character, new_number, read_number

PAYLOADS = st.text(alphabet=ALPHABET, min_size=14, max_size=14)


def test_a_number_says_whose_it_is_and_from_which_year() -> None:
    number = new_number("VT", 2026)
    assert number.startswith("VT-2026-")
    assert len(number) == len("VT-2026-7K3QM-XR2DW-8")
    assert not set(number.removeprefix("VT-2026-")) - set(ALPHABET) - {"-"}


def test_numbers_do_not_repeat() -> None:
    assert len({new_number("VT", 2026) for _ in range(2000)}) == 2000


def test_what_was_made_is_read_back() -> None:
    for prefix in ("VT", "CR-VT"):
        number = new_number(prefix, 2026)
        assert read_number(number) == number
        assert read_number(f"  {number.lower()} ") == number


def test_letters_that_look_like_figures_are_forgiven() -> None:
    payload = "10" * 5
    number = f"VT-2026-{payload[:5]}-{payload[5:]}-{check_character('2026' + payload)}"
    assert read_number(number.replace("10101", "IOLOI")) == number


@pytest.mark.parametrize("text", ["", "VT", "VT-2026-7K3QM-XR2DW", "VT-2026-UUUUU-XR2DW-8", "x" * 10_000, "١" * 20])
def test_what_is_no_number_is_none(text: str) -> None:
    assert read_number(text) is None


@given(PAYLOADS, st.integers(0, 13), st.sampled_from(ALPHABET))
def test_every_single_wrong_character_shows(payload: str, place: int, wrong: str) -> None:
    changed = payload[:place] + wrong + payload[place + 1 :]
    assert (check_character(changed) == check_character(payload)) == (changed == payload)


@given(PAYLOADS, st.integers(0, 12))
def test_neighbours_that_changed_places_show_except_the_pair_luhn_cannot_tell(payload: str, place: int) -> None:
    pair = payload[place : place + 2]
    changed = payload[:place] + pair[::-1] + payload[place + 2 :]
    if set(pair) == {ALPHABET[0], ALPHABET[31]}:
        return
    assert (check_character(changed) == check_character(payload)) == (changed == payload)


@pytest.mark.parametrize(("prefix", "year"), [("", 2026), ("vt", 2026), ("VT/..", 2026), ("VT", 26), ("A-B-C", 2026)])
def test_a_prefix_that_would_not_be_a_file_name_is_refused(prefix: str, year: int) -> None:
    with pytest.raises(ValueError, match="do not make a number"):
        new_number(prefix, year)
