"""What educators ask for in their own words, and which links count."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countersign.intake import unpack
from countersign.intake.links import any_link, classify, search, web_page
from countersign.intake.wishes import own_text, wishes_in
from tests.intake.makers import mail


@pytest.mark.parametrize(
    "line", ["Credit: yes", "credit: YES", "CREDIT - YES", "Credit requested: yes.", "  Credit = yes!"]
)
def test_credit_can_be_asked_for(line: str) -> None:
    assert wishes_in(f"Hello,\n{line}\nThanks") == ({"credit": True}, ())


@pytest.mark.parametrize(
    "text",
    [
        "I would like credit",
        "Credit: no",
        "Credit: yesterday",
        "My credit: yes",
        "Credit:\nyes",
        "> Credit: yes",
        "No credit: yes or no?",
    ],
)
def test_what_is_not_a_clear_wish_is_none(text: str) -> None:
    assert wishes_in(text)[0] == {}


@pytest.mark.parametrize(("line", "payer"), [("Payer: district", "district"), ("payer - Self", "self")])
def test_the_payer_can_be_named(line: str, payer: str) -> None:
    assert wishes_in(line)[0] == {"payer": payer}


@pytest.mark.parametrize(
    "mark",
    [
        "---------- Forwarded message ---------",
        "-----Original Message-----",
        "Begin forwarded message:",
        "From: Issuer <award@issuer.example>",
        "*From:* Issuer",
        "> Hello",
        "________________________________",
        "On Thu, Oct 1, 2026 at 9:00 AM Issuer <award@issuer.example> wrote:",
    ],
)
def test_nothing_below_the_forwarded_part_counts(mark: str) -> None:
    assert wishes_in(f"FYI\n\n{mark}\nCredit: yes\nPayer: district")[0] == {}
    assert wishes_in(f"Credit: yes\n\n{mark}\nPayer: district")[0] == {"credit": True}


def test_a_contradiction_is_not_guessed_at() -> None:
    wishes, problems = wishes_in("Credit: yes\nCredit: no\nPayer: self\nPayer: district")
    assert wishes == {}
    assert len(problems) == 2


def test_the_wish_is_read_from_a_page_when_there_is_no_plain_text() -> None:
    message = mail("x")
    message.clear_content()
    message.set_content("<p>Hello</p><p>Credit: <b>yes</b></p><div>From: x</div><p>Payer: self</p>", subtype="html")
    assert unpack(message.as_bytes(), "m.eml").wishes == {"credit": True}


def test_an_attached_text_or_a_forwarded_message_asks_for_nothing() -> None:
    outer = mail("FYI")
    outer.add_attachment(mail("Credit: yes"))
    outer.add_attachment(b"Credit: yes", maintype="text", subtype="plain", filename="note.txt")
    assert unpack(outer.as_bytes(), "m.eml").wishes == {}


@given(st.text(max_size=300))
def test_own_text_is_the_beginning_of_the_text(text: str) -> None:
    assert "\n".join(text.splitlines()).startswith(own_text(text))


@pytest.mark.parametrize(
    ("url", "strong"),
    [
        ("https://issuer.example/assertions/1", True),
        ("https://issuer.example/public/assertions/abc?v=3_0", True),
        ("https://issuer.example/a/b.json", True),
        ("https://issuer.example/ob3/credentials/9", True),
        ("https://issuer.example/badges/1", False),
        ("https://issuer.example/digital-badge/1/share", False),
        ("https://issuer.example/awards/1.png", False),
        ("https://issuer.example/public/xyz", False),
    ],
)
def test_links_have_two_grades(url: str, strong: bool) -> None:
    link = classify(url)
    assert link is not None
    assert (link.url, link.strong) == (url, strong)


@pytest.mark.parametrize(
    "url",
    [
        "https://issuer.example/about",
        "ftp://issuer.example/assertions/1",
        "https://user:secret@issuer.example/assertions/1",
        "https:///assertions/1",
        "https://issuer.example:99999/assertions/1",
        "https://[::1/assertions/1",
        "https://issuer.example/assertions/" + "x" * 3000,
        "https://issuer.example/email-preferences/badges/1",
        "https://issuer.example/badgeclasses/1.json",
    ],
)
def test_links_that_do_not_count(url: str) -> None:
    assert classify(url) is None


@pytest.mark.parametrize(
    "wrapped",
    [
        "https://nam02.safelinks.protection.outlook.com/?url=https%3A%2F%2Fissuer.example%2Fassertions%2F1&data=05",
        "https://urldefense.com/v3/__https://issuer.example/assertions/1__;!!abc!def$",
        "https://www.google.com/url?q=https://issuer.example/assertions/1&sa=D",
    ],
)
def test_the_redirectors_of_mail_gateways_are_taken_away(wrapped: str) -> None:
    link = classify(wrapped)
    assert link is not None
    assert link.url == "https://issuer.example/assertions/1"


@pytest.mark.parametrize("around", ["<{}>", "({})", "see {}.", '"{}"', "{},", "[{}]", "*{}*"])
def test_punctuation_around_a_link_is_not_part_of_it(around: str) -> None:
    url = "https://issuer.example/assertions/1"
    assert [link.url for link in search(around.format(url)).links] == [url]


def test_a_page_gives_its_text_and_targets_without_styles_and_scripts() -> None:
    text, hrefs = web_page(
        "<head><title>t</title></head><style>x{}</style><p>A &amp; B</p><script>1<2</script><a href='u&amp;v'>c</a>"
    )
    assert (" ".join(text.split()), hrefs) == ("A & B c", ("u&v",))


def test_a_text_with_more_than_a_link_is_not_a_lone_link() -> None:
    assert any_link("https://a.example/x and https://b.example/y") is None
    assert any_link("https://a.example/x " + "and much to say " * 20) is None


@given(st.text(alphabet="<>htp:/.assertionsj{}\"'=eyJ- \n", max_size=400))
def test_searching_any_text_only_returns(text: str) -> None:
    found = search(*web_page(text))
    assert len(found.documents) <= 10


@pytest.mark.parametrize(
    ("text", "subject", "asked"),
    [
        ("Transcript: yes\n\n---------- Forwarded message\n", "Fwd: Your award", True),
        ("", "Transcript", True),
        ("", " transcript, please. ", True),
        ("", "My transcript", True),
        ("", "Re: Transcript", False),
        ("", "Your transcript: 2 micro-credentials recognized", False),
        ("", "No transcript: nothing is recognized yet", False),
        ("", "Transcript of our meeting", False),
        ("> Transcript: yes", "", False),
        ("On Monday you wrote:\nTranscript: yes", "", False),
        ("From: a@b.example\nTranscript: yes", "", False),
        ("Transcript: no", "Transcript", False),
    ],
)
def test_a_transcript_is_asked_for_by_a_line_of_ones_own_or_by_the_subject(
    text: str, subject: str, asked: bool
) -> None:
    assert wishes_in(text, subject)[0].get("transcript", False) is asked


def test_a_transcript_asked_for_and_refused_at_once_is_not_taken() -> None:
    wishes, problems = wishes_in("Transcript: yes\nTranscript: no")
    assert wishes == {}
    assert problems == ("The message asks for a transcript and says no to it; none was taken as asked for.",)
