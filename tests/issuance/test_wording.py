"""Words on paper: nothing invisible, nothing cut in the middle, figures said right."""

import unicodedata
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countersign.issuance.wording import in_words, statement, units, without_markup
from models.text import plain, shorten


@pytest.mark.parametrize(
    ("figure", "words"),
    [
        ("15", "fifteen"),
        ("1", "one"),
        ("7.5", "seven and a half"),
        ("0.5", "a half"),
        ("12.25", "twelve and a quarter"),
        ("2.15", "two point one five"),
        ("21", "twenty-one"),
        ("40.0000", "forty"),
        ("100", "one hundred"),
        ("1015", "one thousand fifteen"),
        ("9999", "nine thousand nine hundred ninety-nine"),
    ],
)
def test_figures_in_words(figure: str, words: str) -> None:
    assert in_words(Decimal(figure)) == words


@pytest.mark.parametrize("figure", ["0", "-1", "10000", "NaN", "Infinity"])
def test_a_figure_no_paper_can_state_is_refused(figure: str) -> None:
    with pytest.raises(ValueError, match="not a figure a paper can state"):
        in_words(Decimal(figure))


def test_one_hour_and_two_hours() -> None:
    assert (units(Decimal(1), "hour"), units(Decimal("1.5"), "hour")) == ("hour", "hours")


def test_control_characters_and_bidirectional_overrides_are_taken_out() -> None:
    assert plain("Ro\u202ebin\x00 \u2066Sam\u200bple\u2069\n\tJr\ufeff\ud800") == "Robin Sample Jr"


def test_accents_written_apart_become_one_character() -> None:
    assert plain("Đo\u0302\u0303") == "Đỗ"


@given(st.text())
def test_plain_text_is_one_visible_line(text: str) -> None:
    line = plain(text)
    assert line == " ".join(line.split())
    assert not {unicodedata.category(c) for c in line if c not in "\u200c\u200d"} & {"Cc", "Cf", "Cs"}
    assert plain(line) == line


@given(st.text(), st.integers(2, 60))
def test_a_limit_is_kept(text: str, limit: int) -> None:
    assert len(plain(text, limit)) <= limit


def test_a_long_text_ends_with_a_sentence_or_with_a_word() -> None:
    assert shorten("One two three. Four five six seven.", 22) == "One two three."
    assert shorten("One two three four five six seven", 16) == "One two three…"
    assert shorten("abcdefghij", 5) == "abcd…"


def test_markup_leaves_its_words_and_takes_its_marks() -> None:
    html = '<p>Show <b>mastery</b> &amp; care.</p><script>alert(1)</script><img src="file:///etc/passwd">'
    assert plain(without_markup(html)) == "Show mastery & care."
    assert plain(without_markup("## Skill\n* one **bold** [page](https://x.example)")) == "Skill one bold page"


def nothing(_: str) -> str:
    return ""


def lacking(text: str) -> str:
    return "".join(c for c in text if ord(c) > 0x2000)


def test_the_statement_is_the_first_text_that_says_something() -> None:
    assert statement(("", "https://x.example/criteria", "Can teach."), 100, nothing) == "Can teach."
    assert statement(("https://x.example/criteria",), 100, nothing) == ""


def test_ornaments_are_left_out_of_the_statement_and_letters_never() -> None:
    assert statement(("Can teach ✅ well 漢",), 100, lacking) == "Can teach well 漢"
