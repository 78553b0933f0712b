"""What opening one submission may cost: counted first, timed as the last line, and a person is told what was left out.

Time is the processor's; each of these took many seconds, or would take them in a mail as large as a mail may be.
"""

import gzip
import time
from collections.abc import Callable

import pytest

from countersign.intake import Unpacked, unpack
from countersign.intake.budget import (
    FONTS,
    OBJECTS,
    PAGES,
    SEARCHED,
    SECONDS,
    SOUGHT,
    STREAMS,
    TAGS,
    TEXT,
    TOO_LONG,
    UNPACKED,
    WALKED,
    Budget,
    Limit,
)
from countersign.intake.reading import hold_for
from models.credentials import CarrierKind
from models.words import ReadingOutcome
from tests.intake.makers import ASSERTION, JSON, attach, forwarded, mail, pdf, png, squeezed_pdf, svg, xlsx
from tests.intake.test_pdf import CATALOG, raw, stream

FONT = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"


def almost(limit: Limit) -> Budget:
    """A budget of which everything but one is spent in one respect."""
    budget = Budget()
    budget.has(limit, limit.most - 1)
    return budget


def timed(content: bytes, name: str = "m.eml") -> tuple[float, Unpacked]:
    began = time.thread_time()
    found = unpack(content, name)
    return time.thread_time() - began, found


def page(content: bytes, forms: dict[str, bytes] | None = None, fonts: int = 1, pages: int = 1) -> bytes:
    """A PDF whose pages all show `content`. They may draw the first of `forms` (its operators by name), and forms all of them."""
    numbers = {name.encode(): 6 + n for n, name in enumerate(forms or {})}

    def resources(drawn: list[bytes]) -> bytes:
        shown = b"".join(b"/%s %d 0 R" % (name, numbers[name]) for name in drawn)
        return b"/Resources<</Font<<%s>>/XObject<<%s>>>>" % (b"".join(b"/F%d 4 0 R" % n for n in range(fonts)), shown)

    kids = b"<</Type/Pages/Count %d/Kids[%s]>>" % (pages, b"3 0 R " * pages)
    one = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 5 0 R%s>>" % resources(list(numbers)[:1])
    entries = b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]" + resources(list(numbers))
    drawn = {number: stream(operators, entries) for number, operators in enumerate((forms or {}).values(), 6)}
    return raw({1: CATALOG, 2: kids, 3: one, 4: FONT, 5: stream(content), **drawn})


def text(words: str) -> bytes:
    return b"BT /F0 12 Tf (%s) Tj ET " % words.encode()


# --- the clock


class Clock:
    """Stands still until it is said that the time is over."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_when_the_time_is_over_what_was_found_stays_and_a_person_is_told_of_the_rest() -> None:
    clock = Clock()
    budget = Budget(clock)
    content = attach(attach(mail(), png(), "first.png"), png(color=1), "second.png").as_bytes()
    assert [c.name for c in unpack(content, "m.eml", budget).carriers] == ["first.png", "second.png"]
    looked = 0

    def later() -> float:  # the time is over while the first picture is looked at
        nonlocal looked
        looked += 1
        return 0.0 if looked < 9 else SECONDS + 1

    found = unpack(content, "m.eml", Budget(later))
    assert [c.name for c in found.carriers] == ["first.png"]
    assert (found.problems, found.complete) == ((TOO_LONG,), False)
    hold = hold_for(found, "m.eml", is_member=True)
    assert hold is not None
    assert hold.code == "partly_read"


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (attach(mail(), png(), "a.png").as_bytes(), "m.eml"),
        (png(), "a.png"),
        (pdf({"a.json": JSON}), "a.pdf"),
        (xlsx(("Date", "Hours"), ("2026-09-01", 2)), "log.xlsx"),
        (f"<a href='{ASSERTION}'>x</a>".encode(), "a.html"),
    ],
)
def test_without_any_time_left_it_is_unreadable_and_kept_for_a_person(content: bytes, name: str) -> None:
    clock = Clock()
    budget = Budget(clock)
    clock.now = SECONDS + 1
    found = unpack(content, name, budget)
    assert found.outcome is ReadingOutcome.unreadable
    assert TOO_LONG in found.problems
    hold = hold_for(found, name, is_member=True)
    assert hold is not None
    assert (hold.code, TOO_LONG in hold.sentence) == ("unreadable", True)


def test_the_time_is_that_of_the_processor() -> None:
    assert Budget().clock is time.thread_time


# --- the counts


@pytest.mark.parametrize(
    ("limit", "content", "name"),
    [
        (TEXT, mail(ASSERTION).as_bytes(), "m.eml"),
        (WALKED, attach(mail(), png(), "a.png").as_bytes(), "m.eml"),
        (SOUGHT, mail(html="x").as_bytes().replace(b"text/plain", b"text/x-other"), "m.eml"),
        (UNPACKED, attach(mail(), png(), "a.png").as_bytes(), "m.eml"),
        (UNPACKED, attach(mail(), gzip.compress(svg()), "a.svg").as_bytes(), "m.eml"),
        (UNPACKED, attach(mail(), squeezed_pdf({"a.json": JSON}), "a.pdf").as_bytes(), "m.eml"),
        (TAGS, xlsx(("Date", "Hours"), ("2026-09-01", 2)), "log.xlsx"),
        (OBJECTS, pdf({"a.json": JSON}), "a.pdf"),
        (STREAMS, b"%PDF-1.7\n" + (b"stream\n" + png(None) + b"\nendstream\n") * 2, "a.pdf"),
        (SEARCHED, raw({1: CATALOG, 2: b"<</Type/Pages/Count 1/Kids[77 0 R]>>"}), "a.pdf"),
        (PAGES, page(text(ASSERTION)), "a.pdf"),
        (FONTS, page(text(ASSERTION), fonts=2), "a.pdf"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_more_than_may_be_looked_at_has_a_sentence_and_waits_for_a_person(
    limit: Limit, content: bytes, name: str
) -> None:
    found = unpack(content, name, almost(limit))
    assert limit.sentence in found.problems
    assert (found.carriers, found.complete) == ((), False)
    assert limit.sentence not in unpack(content, name).problems


def test_each_limit_stops_only_what_it_counts() -> None:
    message = attach(mail(ASSERTION), png(), "a.png").as_bytes()
    assert [c.kind for c in unpack(message, "m.eml", almost(TEXT)).carriers] == [CarrierKind.png]


def test_ordinary_mail_spends_little() -> None:
    award = attach(attach(mail(f"See {ASSERTION}"), pdf({"a.json": JSON}, link=ASSERTION), "a.pdf"), png(), "a.png")
    budget = Budget()
    unpack(forwarded(award).as_bytes(), "m.eml", budget)
    for limit in (TEXT, WALKED, SOUGHT, UNPACKED, OBJECTS, STREAMS, SEARCHED, PAGES, FONTS):
        assert budget.has(limit, limit.most * 99 // 100), limit.sentence


def test_a_text_that_is_searched_only_in_part_says_so() -> None:
    found = unpack(mail("x" * 2_000_001).as_bytes(), "m.eml")
    assert found.problems == ("the message text is longer than 2 million characters; its end was not searched.",)
    assert not found.complete


# --- the pages of a PDF


def test_what_stands_in_a_form_is_read_and_in_a_form_within_it() -> None:
    nested = page(b"/A Do", {"A": b"/B Do", "B": text(ASSERTION)})
    assert [c.url for c in unpack(nested, "award.pdf").carriers] == [ASSERTION]


def test_a_form_is_read_once_however_often_it_is_drawn() -> None:
    letters = b"BT /F0 12 Tf " + b"(a)Tj " * 30_000 + b"ET"
    for content in (page(b"/A Do " * 1000, {"A": letters}, pages=5), page(b"/A Do", {"A": letters + b"/A Do " * 1000})):
        spent, found = timed(content, "a.pdf")
        assert spent < 2
        assert found.problems[0].startswith("a.pdf holds no micro-credential")


def test_many_small_pdfs_in_one_mail_are_read_only_so_far() -> None:
    message = mail()
    for number in range(40):
        attach(message, page(b"q Q " * 20_000, pages=5) + b"%%%d" % number, f"{number}.pdf")
    found = unpack(message.as_bytes(), "m.eml")
    assert PAGES.sentence in found.problems


def test_thousands_of_small_streams_are_told_apart_quickly() -> None:
    deflated = stream(b"<!--" + b" " * 300_000).partition(b"stream")[2]
    spent, _ = timed(b"%PDF-1.7\n" + (b"stream" + deflated + b"\n") * 5_000, "a.pdf")
    assert spent < 1


# --- what once took quadratic time, or was dear a hundred times over


def of_headers(lines: bytes) -> bytes:
    return b"From: a@b.example\nTo: c@d.example\nContent-Type: multipart/mixed; boundary=b\n\n" + lines


@pytest.mark.parametrize(
    "content",
    [
        mail(("https://a.example/" + ")" * 3900 + " ") * 100).as_bytes(),
        mail(("https://a.example/" + "badge" * 390 + "! ") * 100).as_bytes(),
        mail(("eyJhbGciOiJub25lIn0" * 4 + "\n") * 15_000).as_bytes(),
        of_headers((b"--b\n" + b"a:\n" * 80_000 + b"\n") * 5),
        attach(mail(), b"".join(b'"%s",' % ("\u0301\u0323" * 1500).encode() for _ in range(150)), "log.csv").as_bytes(),
        of_headers(b"--b\nContent-Type: application/x; a=" + b';"' * 1900 + b"\n\nx\n" * 50),
    ],
    ids=["brackets behind an address", "an address of many words", "lines of a token", "headers", "accents", "quotes"],
)
def test_it_takes_time_in_proportion_to_its_size(content: bytes) -> None:
    spent, _ = timed(content)
    assert spent < 2


def tree(depth: int, boundary: bytes, more: bytes) -> bytes:
    """Parts in parts, ten in each, none of which is a text that the sender wrote."""
    if depth == 0:
        return b"Content-Type: text/x%s\n\nz\n" % more
    inside = b"".join(
        b"--%s\n%s" % (boundary, tree(depth - 1, b"%s%d" % (boundary, number), more)) for number in range(10)
    )
    return b"Content-Type: multipart/mixed; boundary=%s%s\n\n%s--%s--\n" % (boundary, more, inside, boundary)


@pytest.mark.parametrize(
    "more", [b';a="' + b";" * 3800, b";" * 3800, b'\nContent-Disposition: inline; a="' + b";" * 3800]
)
def test_a_tree_of_parts_is_searched_for_the_senders_words_only_so_far(more: bytes) -> None:
    spent, found = timed(b"From: a@b.example\nTo: c@d.example\nSubject: x\n" + tree(3, b"B", more))
    assert spent < 4
    assert SOUGHT.sentence in found.problems
    assert (found.sender, found.complete) == ("a@b.example", False)


def test_boundaries_are_looked_for_where_lines_begin() -> None:
    body = b"x: y\n\n" + b"-" * 6_000_000
    for length in range(1, 20):
        boundary = b"-" * length
        body = b'Content-Type: multipart/mixed; boundary="%s"\n\n--%s\n%s' % (boundary, boundary, body)
    spent, _ = timed(b"From: a@b.example\nTo: c@d.example\n" + body)
    assert spent < 2


def test_the_search_for_the_senders_words_ends_when_the_time_is_over() -> None:
    clock = Clock()
    budget = Budget(clock)
    clock.now = SECONDS + 1
    found = unpack(mail("Credit: yes", html="<p>x</p>").as_bytes(), "m.eml", budget)
    assert (found.wishes, found.problems) == ({}, (TOO_LONG,))


def test_lines_are_counted_before_they_are_cut() -> None:
    spent, found = timed(b"From: a@b.example\nTo: c@d.example\n\n" + b"xy\n" * 3_000_000)
    assert spent < 2
    assert found.wishes == {}


Make = Callable[[int], bytes]


def _picture(number: int) -> bytes:
    return gzip.compress(b"<svg>%d" % number + b" " * 5_000_000 + b"</svg>")


def _pages(number: int) -> bytes:
    return page(text("x") * 5_000, pages=5) + b"%%%d" % number


@pytest.mark.parametrize(
    ("make", "count"),
    [
        (_picture, 30),
        (_pages, 30),
    ],
    ids=["compressed pictures", "pages of text"],
)
def test_the_same_again_and_again_comes_to_an_end(make: Make, count: int) -> None:
    message = mail()
    for number in range(count):
        attach(message, make(number), f"{number}.bin")
    spent, found = timed(message.as_bytes())
    assert spent < 4
    assert not found.complete
