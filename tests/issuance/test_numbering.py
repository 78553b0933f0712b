"""Numbers: unguessable, readable, and a slip of the pen shows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countersign.issuance.numbering import ALPHABET, check_character, near_numbers, new_number, read_number

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


@pytest.mark.parametrize(
    ("prefix", "year"),
    [("", 2026), ("vt", 2026), ("VT/..", 2026), ("VT", 26), ("A-B-C", 2026), ("CRVT", 2026), ("A-B", 2026)],
)
def test_a_prefix_that_would_not_be_a_file_name_is_refused(prefix: str, year: int) -> None:
    with pytest.raises(ValueError, match="do not make a number"):
        new_number(prefix, year)


def number_of(prefix: str, year: int, chance: str) -> str:
    return f"{prefix}-{year}-{chance[:5]}-{chance[5:]}-{check_character(f'{year}{chance}')}"


NUMBERS = st.builds(
    number_of,
    st.from_regex(r"(CR-)?(?!CR)[A-Z][A-Z0-9]{0,3}", fullmatch=True),
    st.integers(2020, 2109),
    st.text(ALPHABET, min_size=10, max_size=10),
)
BETWEEN = st.sampled_from(
    ["", "-", " ", " - ", "\u2013", "\u2014", "\u2010", "\u2011", "\u2212", "\u00a0", "\u00ad", "\u200b", "\n", "_"]
)


@st.composite
def spelled(draw: st.DrawFn, number: str) -> str:
    """A number as people write, dictate and paste it."""
    prefix, rest = number[:-19], number[-19:]
    alike = {"0": "0Oo", "1": "1IilL"}
    rest = "".join(draw(st.sampled_from(alike.get(c, c + c.lower()))) if c != "-" else c for c in rest)
    prefix = prefix.lower() if draw(st.booleans()) else prefix
    text = "".join(draw(BETWEEN) if c == "-" else c for c in prefix + rest)
    head = draw(
        st.sampled_from(
            ["", " ", "https://check.demo-ea.example/c/", "HTTPS://demo-ea.example/verify/c/", "demo-ea.example/c/"]
        )
    )
    return head + text + draw(st.sampled_from(["", " ", "\n"]))


@given(st.data(), NUMBERS)
def test_every_spelling_of_a_number_by_a_slip_is_read_as_that_number(data: st.DataObject, number: str) -> None:
    assert read_number(data.draw(spelled(number))) == number


@given(st.data(), NUMBERS, NUMBERS)
def test_no_two_numbers_ever_read_alike(data: st.DataObject, one: str, other: str) -> None:
    assert (read_number(data.draw(spelled(one))) == read_number(data.draw(spelled(other)))) == (one == other)


@given(st.text("CRVT2026-OIL01 7K/", max_size=40))
def test_what_is_read_is_always_a_number_in_its_one_spelling(text: str) -> None:
    read = read_number(text)
    assert read is None or read_number(read) == read


def test_a_check_address_as_it_is_pasted_is_its_number() -> None:
    number = new_number("CR-VT", 2026)
    for address in (
        f"https://check.demo-ea.example/c/{number}",
        f"<https://check.demo-ea.example/c/{number}/>",
        f"https://check.demo-ea.example/c/{number}?from=qr#top",
        f"https://check.demo-ea.example/c/{number.replace('-', '%E2%80%93')}",
        f"https://check.demo-ea.example/c/{number}/credential.png",
    ):
        assert read_number(address) == number
    assert read_number(f"https://check.demo-ea.example/{number}/c") is None
    assert near_numbers(f"https://check.demo-ea.example/c/{number[:-1]}U")
