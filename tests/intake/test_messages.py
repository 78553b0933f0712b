"""What is taken out of a message, from wherever in it."""

from base64 import b64encode
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest

from countersign.intake import Unpacked, links, unpack
from countersign.intake.budget import UNPACKED, Budget
from countersign.intake.findings import Findings
from models.credentials import CarrierKind
from models.words import ReadingOutcome
from tests.intake.makers import ASSERTION, JSON, TOKEN, attach, forwarded, mail, nested, pdf, png, squeezed_pdf, svg


def opened(message: EmailMessage | bytes) -> Unpacked:
    return unpack(message if isinstance(message, bytes) else message.as_bytes(), "message.eml")


def kinds(found: Unpacked) -> list[CarrierKind]:
    return [carrier.kind for carrier in found.carriers]


def test_an_attached_baked_picture_comes_out_with_its_own_bytes() -> None:
    found = opened(attach(mail(), png(), "award.png", "image/png"))
    assert found.outcome is ReadingOutcome.carriers
    assert [(c.name, c.kind, c.content) for c in found.carriers] == [("award.png", CarrierKind.png, png())]
    assert (found.sender, found.sender_name, found.subject) == (
        "alex.sample@school.example",
        "Alex Sample",
        "My micro-credential",
    )
    assert found.problems == ()
    assert found.complete


@pytest.mark.parametrize(
    ("content", "kind"),
    [(png(), CarrierKind.png), (svg(), CarrierKind.svg), (JSON, CarrierKind.json), (TOKEN, CarrierKind.jwt)],
)
@pytest.mark.parametrize("declared", ["application/octet-stream", "image/png", "text/plain", "application/pdf"])
def test_content_decides_not_the_declared_type(content: bytes, kind: CarrierKind, declared: str) -> None:
    message = mail()
    message.add_attachment(content, maintype="application", subtype="octet-stream", filename="file")
    raw = message.as_bytes().replace(b"Content-Type: application/octet-stream", f"Content-Type: {declared}".encode())
    found = opened(raw)
    assert [(c.kind, c.content) for c in found.carriers] == [(kind, content)]


def test_two_pictures_are_two_carriers_and_the_same_one_twice_is_one() -> None:
    other = png(JSON.replace(b"7f3a", b"0001"))
    message = attach(
        attach(attach(mail(), png(), "a.png", "image/png"), other, "b.png", "image/png"), png(), "c.png", "image/png"
    )
    assert [c.name for c in opened(message).carriers] == ["a.png", "b.png"]


def test_an_inline_picture_that_carries_something_is_taken_and_a_logo_is_not() -> None:
    message = mail()
    message.clear_content()
    message.set_content('<img src="cid:logo"><img src="cid:award">', subtype="html")
    for name, content in (("logo", png(None)), ("award", png())):
        message.add_related(content, maintype="image", subtype="png", cid=f"<{name}>", filename=f"{name}.png")
    found = opened(message)
    assert [c.name for c in found.carriers] == ["award.png"]
    assert found.problems == ()


def test_a_plain_picture_is_handed_on_only_when_nothing_better_came() -> None:
    alone = opened(attach(mail(), png(None), "screenshot.png", "image/png"))
    assert [c.name for c in alone.carriers] == ["screenshot.png"]
    beside = opened(attach(attach(mail(), png(), "award.png", "image/png"), png(None), "screenshot.png", "image/png"))
    assert [c.name for c in beside.carriers] == ["award.png"]
    assert beside.problems == ("screenshot.png is a picture without a micro-credential in it.",)


def test_a_truncated_picture_is_handed_on_for_verification_to_explain() -> None:
    message = attach(attach(mail(), png(), "award.png", "image/png"), png()[:60], "cut.png", "image/png")
    assert [c.name for c in opened(message).carriers] == ["award.png", "cut.png"]


def test_a_message_forwarded_as_an_attachment_is_opened() -> None:
    found = opened(forwarded(attach(mail(From="award@issuer.example"), png(), "award.png", "image/png")))
    assert [(c.name, c.content) for c in found.carriers] == [("award.png in the forwarded message", png())]
    assert found.sender == "alex.sample@school.example"


def test_forwarded_messages_within_forwarded_messages_are_opened() -> None:
    found = opened(nested(8, attach(mail(), png(), "award.png", "image/png")))
    assert [c.content for c in found.carriers] == [png()]


def test_a_forwarded_message_declared_as_an_octet_stream_is_opened() -> None:
    inner = attach(mail(), png(), "award.png", "image/png")
    assert kinds(opened(attach(mail(), inner.as_bytes(), "Your award.eml"))) == [CarrierKind.png]


def test_a_forwarded_message_in_base64_is_opened() -> None:
    inner = attach(mail(), png(), "award.png", "image/png").as_bytes()
    raw = (
        b"From: a@school.example\r\nTo: b@c.example\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n'
        b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + b64encode(inner)
        + b"\r\n--b--\r\n"
    )
    assert kinds(opened(raw)) == [CarrierKind.png]


def test_a_message_nested_fifty_deep_is_parked_with_a_sentence() -> None:
    found = opened(nested(50, attach(mail(), png(), "award.png", "image/png")))
    assert found.outcome is ReadingOutcome.unreadable
    assert found.problems == ("Messages are nested more than 10 deep; what lies deeper was not opened.",)
    assert not found.complete


def test_what_lies_above_the_depth_limit_still_comes_out() -> None:
    deep = nested(50, mail())
    boundary = b'boundary="=_level49"\r\n\r\n'
    extra = (
        b'--=_level49\r\nContent-Type: application/json\r\nContent-Disposition: attachment; filename="a.json"\r\n\r\n'
        + JSON
        + b"\r\n"
    )
    found = opened(deep.replace(boundary, boundary + extra, 1))
    assert found.outcome is ReadingOutcome.carriers
    assert kinds(found) == [CarrierKind.json]
    assert not found.complete


def test_multiparts_nested_hundreds_deep_neither_recurse_nor_raise() -> None:
    body = b"text"
    for level in range(400):
        body = (
            f'Content-Type: multipart/mixed; boundary="b{level}"\r\n\r\n--b{level}\r\n'.encode()
            + body
            + f"\r\n--b{level}--".encode()
        )
    found = opened(b"From: a@b.example\r\nTo: c@d.example\r\n" + body)
    assert "nested more than 20 deep" in found.problems[0]


def test_a_message_of_thousands_of_parts_is_opened_as_far_as_the_limit() -> None:
    part = b'--b\r\nContent-Type: application/json\r\n\r\n{"n": %d}\r\n'
    raw = b'From: a@b.example\r\nTo: c@d.example\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n'
    found = opened(raw + b"".join(part % n for n in range(5000)) + b"--b--")
    assert len(found.carriers) == 100
    assert not found.complete
    assert len(found.problems) <= 20


def test_a_boundary_and_a_name_are_read_in_the_first_thousand_characters_of_their_headers() -> None:
    raw = b'From: a@b.example\nTo: c@d.example\nContent-Type: multipart/mixed; a="%s"; boundary=b\n\n--b\n\n%s\n--b--\n'
    assert kinds(opened(raw % (b"x" * 900, ASSERTION.encode()))) == [CarrierKind.url]
    beyond = opened(raw % (b"x" * 1000, ASSERTION.encode()))
    assert "says it has parts, and none can be told apart" in beyond.problems[0]
    assert not beyond.complete


NINES = f"<p>&#{'9' * 6000};</p>"


def test_a_number_that_is_no_character_costs_nothing_else() -> None:
    message = mail(html=f"{NINES}<a href='{ASSERTION}?a=&#{'9' * 6000};'>x</a>")
    found = opened(attach(message, png(), "a.png"))
    assert CarrierKind.png in kinds(found)
    assert (found.sender, found.complete) == ("alex.sample@school.example", True)
    assert kinds(opened(mail("", html=f"{NINES}<p>{ASSERTION} &amp;</p>"))) == [CarrierKind.url]


def test_a_part_that_a_reader_fails_on_costs_the_others_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(page: str) -> tuple[str, tuple[str, ...]]:
        raise ValueError(page)

    monkeypatch.setattr(links, "web_page", broken)
    found = opened(attach(attach(mail("Credit: yes"), b"<html><p>x", "a.html", "text/html"), png(), "a.png"))
    assert [c.name for c in found.carriers] == ["a.png"]
    assert (found.sender, found.subject, found.wishes) == (
        "alex.sample@school.example",
        "My micro-credential",
        {"credit": True},
    )
    assert found.problems == ("A part could not be read (ValueError); its original is kept.",)
    assert not found.complete


def test_a_message_that_a_reader_fails_on_keeps_its_sender(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(Findings, "read_text", broken)
    found = opened(mail(ASSERTION))
    assert (found.outcome, found.sender) == (ReadingOutcome.unreadable, "alex.sample@school.example")
    assert found.problems == ("message.eml could not be read to its end (RuntimeError); its original is kept.",)
    assert not found.complete


def test_an_attachment_called_like_a_path_is_only_a_label() -> None:
    message = mail()
    for name, text in (("../../x", b"1"), ("C:\\temp\\award.json", b"2"), ("a\u202egnp.json", b"3"), ("..", b"4")):
        attach(message, JSON.replace(b"7f3a", text), name)
    assert [c.name for c in opened(message).carriers] == ["x", "award.json", "agnp.json", "attachment 4"]


def test_a_link_in_an_inline_forward_is_a_carrier() -> None:
    text = f"FYI\n\n---------- Forwarded message ---------\nFrom: Issuer <award@issuer.example>\n\nSee <{ASSERTION}>.\n"
    found = opened(mail(text, html=f'<p>See <a href="{ASSERTION}">your award</a></p>'))
    assert [(c.kind, c.url) for c in found.carriers] == [(CarrierKind.url, ASSERTION)]
    assert found.carriers[0].name == "the link in the message text"


def test_links_that_lead_elsewhere_are_left_alone() -> None:
    text = "\n".join(
        (
            "https://issuer.example/unsubscribe/assertions/1",
            "https://issuer.example/images/logo.png",
            "https://issuer.example/",
            "mailto:award@issuer.example",
            "https://w3id.org/openbadges/v2/credentials/x",
        )
    )
    assert opened(mail(text)).outcome is ReadingOutcome.nothing


def test_the_badge_page_counts_only_when_nothing_better_came() -> None:
    page = "https://issuer.example/badges/4711"
    assert [c.url for c in opened(mail(f"See {page}")).carriers] == [page]
    assert kinds(opened(attach(mail(f"See {page}"), png(), "award.png", "image/png"))) == [CarrierKind.png]


def test_at_most_ten_links_are_taken() -> None:
    found = opened(mail("\n".join(f"https://issuer.example/assertions/{n}" for n in range(30))))
    assert len(found.carriers) == 10
    assert found.problems == (
        "It has more than 10 links that may lead to a micro-credential; the rest were not taken.",
    )


def test_a_token_pasted_into_the_text_is_found_even_broken_into_lines() -> None:
    token = TOKEN.decode()
    assert len(token) > 300
    lines = "\n".join(token[i : i + 76] for i in range(0, len(token), 76))
    for pasted in (token, lines):
        found = opened(mail(f"Here it is:\n\n{pasted}\n\nThank you,\nAlex\n"))
        assert [(c.kind, c.content) for c in found.carriers] == [(CarrierKind.jwt, TOKEN)]


def test_json_pasted_into_the_text_is_found_and_its_addresses_are_no_links() -> None:
    found = opened(mail(f"Here it is:\n\n{JSON.decode()}\n\nThank you"))
    assert [(c.kind, c.content) for c in found.carriers] == [(CarrierKind.json, JSON)]


def test_pasted_json_that_is_not_whole_is_said() -> None:
    found = opened(mail('Here:\n{"@context": "https://w3id.org/openbadges/v2", "id": "x'))
    assert found.outcome is ReadingOutcome.unreadable
    assert "pasted JSON that is not whole" in found.problems[0]


def test_a_picture_pasted_into_the_page_is_found() -> None:
    page = f'<img src="data:image/png;base64,{b64encode(png()).decode()}">'
    assert [c.content for c in opened(mail("x", html=page)).carriers] == [png()]


def test_a_pdf_with_an_embedded_file_or_a_link_gives_them() -> None:
    found = opened(attach(mail(), pdf({"credential.json": JSON}), "award.pdf", "application/pdf"))
    assert [(c.name, c.kind) for c in found.carriers] == [("credential.json in award.pdf", CarrierKind.json)]
    found = opened(attach(mail(), pdf(link=ASSERTION), "award.pdf", "application/pdf"))
    assert [c.url for c in found.carriers] == [ASSERTION]


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (b"", "empty.png", "empty.png is empty."),
        (b"%PDF-1.7\nnothing of a PDF", "unreadable.pdf", "unreadable.pdf is damaged or no PDF, and cannot be read."),
        (pdf(password="secret"), "encrypted.pdf", "encrypted.pdf is protected by a password and cannot be opened."),
        (b"PK\x03\x04rest", "badges.zip", "badges.zip is an archive; archives are not opened."),
        (b"\x78\x9f\x3e\x22rest", "winmail.dat", "winmail.dat is in a format of Outlook's own"),
    ],
)
def test_a_part_that_cannot_be_opened_leaves_a_sentence_and_the_others_go_on(
    content: bytes, name: str, sentence: str
) -> None:
    alone = opened(attach(mail(), content, name))
    assert alone.outcome is ReadingOutcome.unreadable
    assert alone.problems[0].startswith(sentence)
    beside = opened(attach(attach(mail(), content, name), png(), "award.png", "image/png"))
    assert kinds(beside) == [CarrierKind.png]
    assert not beside.complete


def test_files_in_a_pdf_that_unpack_to_too_much_are_not_all_opened() -> None:
    content = squeezed_pdf({f"{n}.json": b'{"n": ' + str(n).encode() + b" " * 10_000_000 + b"}" for n in range(4)})
    assert len(content) < 1_000_000
    budget = Budget()
    budget.has(UNPACKED, UNPACKED.most - 25_000_000)
    found = unpack(attach(mail(), content, "bomb.pdf", "application/pdf").as_bytes(), "m.eml", budget)
    assert len(found.carriers) == 2
    assert "It unpacks to more than 100 MB; the rest was not opened." in found.problems


def test_a_photograph_cannot_carry_and_the_sentence_says_what_is_needed() -> None:
    found = opened(attach(mail(), b"\xff\xd8\xff\xe0" + bytes(100), "award.jpg", "image/jpeg"))
    assert found.outcome is ReadingOutcome.nothing
    assert "the original PNG or SVG is needed" in found.problems[0]


def test_a_message_with_nothing_in_it() -> None:
    found = opened(mail("When does my licence end?"))
    assert (found.outcome, found.carriers, found.problems) == (ReadingOutcome.nothing, (), ())


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Auto_Submitted": "auto-generated; owner=a@b.example"},
        {"Precedence": "bulk"},
        {"Return_Path": "<>"},
        {"X_Autoreply": "yes"},
    ],
)
def test_automatic_messages_are_parked_without_carriers(headers: dict[str, str]) -> None:
    found = opened(mail("I am away.", **headers))
    assert (found.outcome, found.carriers, found.complete) == (ReadingOutcome.automatic, (), True)


def test_a_bounce_is_automatic() -> None:
    raw = mail("It could not be delivered.").as_bytes().replace(b"text/plain", b"multipart/report")
    assert opened(raw).outcome is ReadingOutcome.automatic


def test_a_mailing_list_is_automatic_unless_it_passes_on_something_that_carries() -> None:
    assert opened(mail(Precedence="list")).outcome is ReadingOutcome.automatic
    assert opened(attach(mail(Precedence="list"), png(), "award.png", "image/png")).outcome is ReadingOutcome.carriers


def test_auto_submitted_no_is_an_ordinary_message() -> None:
    assert opened(mail(Auto_Submitted="no")).outcome is ReadingOutcome.nothing


def test_an_automatic_message_that_carries_something_goes_to_a_person() -> None:
    found = opened(attach(mail(Auto_Submitted="auto-forwarded"), png(), "award.png", "image/png"))
    assert (found.outcome, found.carriers, found.complete) == (ReadingOutcome.automatic, (), False)
    assert found.problems == ("It is an automatic message, yet it seems to carry a micro-credential.",)


def test_an_automatic_message_forwarded_by_a_person_is_not_automatic() -> None:
    inner = attach(mail(Auto_Submitted="auto-generated"), png(), "award.png", "image/png")
    assert opened(forwarded(inner)).outcome is ReadingOutcome.carriers


def test_received_is_the_topmost_received_header_and_never_the_date_the_sender_wrote() -> None:
    message = mail().as_bytes()
    later = b"Received: from a by mx.demo-ea.example; Fri, 2 Oct 2026 00:00:05 -0400\r\n"
    assert opened(message).received == datetime(2026, 10, 2, 3, 59, 30, tzinfo=UTC)
    assert opened(later + message).received == datetime(2026, 10, 2, 4, 0, 5, tzinfo=UTC)
    without = message[message.index(b"From:") :]
    assert opened(without).received is None


@pytest.mark.parametrize(
    "value", ["nonsense", "x; 31 Feb 2026 99:99", "x; Thu, 01 Jan 1970 00:00:00 +0000", ";", "x; 1 Jan 99999"]
)
def test_a_received_header_that_cannot_be_read_gives_no_date(value: str) -> None:
    assert opened(mail(Received=value)).received is None


@pytest.mark.parametrize(
    "headers",
    [
        b"From: " + b"(" * 3000 + b"\r\n",
        b"From: =?utf-8?q?=\r\n",
        b"From: a@b.example <\r\nSubject: =?x?b?\xff\xfe?=\r\n",
        b"From: @\r\nSubject: " + b"\x00" * 50 + b"\r\n",
        b'From: <>\r\nContent-Type: ;;;==="\r\n',
        b"From: \"\\\r\nContent-Type: multipart/mixed; boundary*0*=utf-8''%ff; boundary*1=x\r\n",
        b"From: a\r\nContent-Disposition: attachment; filename*=utf-99''%zz\r\n",
        b"From: " + b"a" * 300_000 + b"\r\n",
    ],
)
def test_hostile_headers_do_not_raise(headers: bytes) -> None:
    found = opened(b"To: a@b.example\r\nDate: x\r\n" + headers + b"\r\nno more")
    assert found.outcome in (ReadingOutcome.nothing, ReadingOutcome.unreadable)
    assert all(ord(c) >= 32 for c in found.sender + found.sender_name + found.subject)


def test_a_missing_closing_boundary_loses_no_part() -> None:
    raw = attach(mail(), png(), "award.png", "image/png").as_bytes()
    assert kinds(opened(raw[: raw.rindex(b"\r\n--")])) == [CarrierKind.png]


def test_the_sender_is_lower_case_and_one_line() -> None:
    found = opened(mail(From='"Sample, Alex" <ALEX@School.example>', Subject="Hello\u202e there"))
    assert (found.sender, found.sender_name, found.subject) == ("alex@school.example", "Sample, Alex", "Hello there")


def test_a_message_that_names_no_sender_asks_for_nothing_and_shows_no_hours() -> None:
    message = attach(mail("Credit: yes\n", From="undisclosed"), png(), "award.png", "image/png")
    found = opened(attach(message, b"Date,Hours\n2026-09-01,2\n", "log.csv", "text/csv"))
    assert (found.sender, found.wishes, found.logs, len(found.carriers)) == ("", {}, (), 1)
    assert found.problems == (
        "The message does not say who sent it, so no wish and no log of hours was taken from it.",
    )
