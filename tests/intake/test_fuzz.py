"""Whatever the bytes are, `unpack` returns, with outcomes, names and sentences that are fit to print."""

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from countersign.intake import Unpacked, carriers_of_file, unpack
from countersign.intake.labels import plain
from models.words import ReadingOutcome
from tests.intake.makers import ASSERTION, JSON, TOKEN, attach, forwarded, mail, nested, pdf, png, svg, xlsx

NAMES = (
    "m.eml",
    "a.png",
    "a.svg",
    "a.json",
    "a.pdf",
    "a.xlsx",
    "log.csv",
    "a.jwt",
    "a.html",
    "x",
    "../../x",
    "log.xlsx",
)

REAL = (
    attach(
        mail(f"Credit: yes\n{ASSERTION}", html=f"<a href='{ASSERTION}'>x</a>"), png(), "award.png", "image/png"
    ).as_bytes(),
    forwarded(attach(attach(mail(), pdf({"a.json": JSON}, link=ASSERTION), "a.pdf"), svg(), "a.svg")).as_bytes(),
    nested(4, attach(mail(TOKEN.decode()), xlsx(("Date", "Hours"), ("2026-09-01", 2)), "log.xlsx")),
    attach(mail(JSON.decode()), b"Date,Hours\n2026-09-01,2\n", "log.csv", "text/csv").as_bytes(),
    pdf({"a.json": JSON}, link=ASSERTION),
    xlsx(("Date", "Hours"), ("2026-09-01", 2)),
)


def fit(found: Unpacked, content: bytes) -> None:
    assert (found.outcome is ReadingOutcome.carriers) == bool(found.carriers)
    assert len(found.carriers) <= 100
    assert len(found.problems) <= 23
    texts = [found.sender, found.sender_name, found.subject, *found.problems]
    texts += [c.name for c in found.carriers] + [log.name for log in found.logs] + [log.problem for log in found.logs]
    for text in texts:
        assert text == plain(text, 2000)
        assert len(text) < 1000
    assert found.received is None or found.received.tzinfo is not None
    assert sum(len(c.content) for c in found.carriers) <= 40 * len(content) + 1000


@given(st.binary(max_size=2000), st.sampled_from(NAMES))
def test_any_bytes(content: bytes, name: str) -> None:
    fit(unpack(content, name), content)
    carriers_of_file(content, name)


@given(
    st.sampled_from(
        [b"%PDF-1.7\n", b"PK\x03\x04xl/", b"\x89PNG\r\n\x1a\n", b"<svg ", b"From: a\r\nTo: b\r\n", b'{"', b"\xff\xfe"]
    ),
    st.binary(max_size=500),
)
def test_any_bytes_behind_a_known_beginning(head: bytes, content: bytes) -> None:
    fit(unpack(head + content, "x"), head + content)


HEADERS = (
    "From",
    "Subject",
    "Received",
    "Content-Type",
    "Content-Disposition",
    "Content-Transfer-Encoding",
    "Return-Path",
    "Precedence",
    "Auto-Submitted",
)


@given(st.lists(st.tuples(st.sampled_from(HEADERS), st.text(max_size=120)), max_size=8), st.binary(max_size=300))
def test_any_headers(headers: list[tuple[str, str]], body: bytes) -> None:
    content = (
        "".join(f"{name}: {value}\r\n" for name, value in headers).encode("utf-8", "surrogateescape") + b"\r\n" + body
    )
    fit(unpack(content, "m.eml"), content)


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(REAL), st.data())
def test_real_messages_mutated(original: bytes, data: st.DataObject) -> None:
    content = bytearray(original)
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, max(0, len(content) - 1)))
        end = at + data.draw(st.integers(0, 40))
        content[at:end] = data.draw(
            st.one_of(st.binary(max_size=20), st.just(content[end : end + 60]), st.just(b"\r\n\r\n"))
        )
    fit(unpack(bytes(content), "m.eml"), bytes(content))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("unclosed tags", b"From: a@b.example\nTo: c@d.example\nContent-Type: text/html\n\n" + b"<" * 3_000_000),
        ("unclosed styles", b"From: a@b.example\nTo: c@d.example\nContent-Type: text/html\n\n" + b"<style>" * 300_000),
        (
            "many boundaries",
            b'From: a@b.example\nTo: c@d.example\nContent-Type: multipart/mixed; boundary="b"\n\n' + b"--b\n" * 500_000,
        ),
        ("links", b"From: a@b.example\nTo: c@d.example\n\n" + b"https://a.example/assertions/x " * 100_000),
        ("half a link", b"From: a@b.example\nTo: c@d.example\n\n" + b"http://" * 400_000),
        ("slashes", b"From: a@b.example\nTo: c@d.example\n\nhttps://a.example" + b"/badge-" * 400_000),
        ("half a token", b"From: a@b.example\nTo: c@d.example\n\n" + b"eyJhbGciOiJub25lIn0." * 100_000),
        ("token lines", b"From: a@b.example\nTo: c@d.example\n\n" + (b"eyJhbGciOiJub25lIn0" * 4 + b"\n") * 20_000),
        ("open braces", b"From: a@b.example\nTo: c@d.example\n\n" + b'{"a":' * 400_000),
        ("one header", b"From: " + b"a" * 3_000_000),
        ("folded header", b"From: a\nSubject: " + b"\n x" * 1_000_000),
        ("header lines", b"From: a@b.example\nTo: x\n" + b"X: y\n" * 600_000),
        ("base64", b"From: a@b.example\nTo: c@d.example\nContent-Transfer-Encoding: base64\n\n" + b"A" * 5_000_001),
        ("spaces", b"From: a@b.example\nTo: c@d.example\n\n" + b" " * 3_000_000),
        ("href spaces", b"From: a@b.example\nTo: c@d.example\nContent-Type: text/html\n\n" + b"href " * 600_000),
        (
            "data uris",
            b"From: a@b.example\nTo: c@d.example\nContent-Type: text/html\n\n" + b"data:image/png;base64," * 100_000,
        ),
    ],
)
def test_megabytes_of_the_same_take_seconds_at_most(name: str, content: bytes) -> None:
    started = time.monotonic()
    fit(unpack(content, "m.eml"), content)
    assert time.monotonic() - started < 10, name
