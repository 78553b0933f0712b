"""Carriers opened: every way a badge travels, and a clear sentence for every way it arrives damaged."""

import gzip
import json
import zlib
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countersign.verification import Refused, Unreachable, examine, strictjson
from countersign.verification.carriers import extraction
from models.credentials import Carrier, CarrierKind, CheckName, VerdictOutcome
from tests.verification.making import (
    NOW,
    SITE,
    Answer,
    Web,
    assertion,
    chunk,
    itxt,
    look,
    ob3,
    png,
    registry,
    site,
    told,
    vc_jwt,
    with_proof,
)

JSON = json.dumps(with_proof())
OB2_NS, OB3_NS = "http://openbadges.org", "https://purl.imsglobal.org/ob/v3p0"


def wrapped(token: str, width: int, end: str) -> bytes:
    """A token as a mail program breaks it into lines."""
    return end.join(token[i : i + width] for i in range(0, len(token), width)).encode()


def svg(inside: str, before: str = "") -> bytes:
    return f'<?xml version="1.0"?>{before}<svg xmlns="http://www.w3.org/2000/svg"><g>{inside}</g></svg>'.encode()


GOOD: dict[str, tuple[CarrierKind, bytes]] = {
    "PNG with a token": (CarrierKind.png, png(itxt(vc_jwt()))),
    "PNG with JSON": (CarrierKind.png, png(itxt(JSON))),
    "PNG, compressed": (CarrierKind.png, png(itxt(JSON, compressed=True))),
    "PNG with a language tag": (CarrierKind.png, png(itxt(JSON, language=b"en"))),
    "PNG with other texts": (
        CarrierKind.png,
        png(chunk(b"tEXt", b"Software\0x"), itxt(JSON), itxt("x", b"XML:com.adobe.xmp")),
    ),
    "SVG with CDATA": (CarrierKind.svg, svg(f'<b:credential xmlns:b="{OB3_NS}"><![CDATA[ {JSON} ]]></b:credential>')),
    "SVG with a verify attribute": (CarrierKind.svg, svg(f'<credential xmlns="{OB3_NS}" verify="{vc_jwt()}"/>')),
    "SVG with both, the same": (
        CarrierKind.svg,
        svg(f'<o:credential xmlns:o="{OB3_NS}" verify="{vc_jwt()}">{vc_jwt()}</o:credential>'),
    ),
    "SVG with a bare DOCTYPE": (
        CarrierKind.svg,
        svg(
            f'<o:credential xmlns:o="{OB3_NS}" verify="{vc_jwt()}"/>',
            '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">',
        ),
    ),
    "SVG with a long comment first": (
        CarrierKind.svg,
        svg(f'<o:credential xmlns:o="{OB3_NS}" verify="{vc_jwt()}"/>', f"<!-- {'x' * 2000} -->"),
    ),
    "JSON": (CarrierKind.json, JSON.encode()),
    "JSON with a byte order mark": (CarrierKind.json, b"\xef\xbb\xbf" + JSON.encode()),
    "token with a line end": (CarrierKind.jwt, vc_jwt().encode() + b"\r\n"),
    "token in lines of one length": (CarrierKind.jwt, wrapped(vc_jwt(), 76, "\r\n")),
    "token in lines of any length": (CarrierKind.jwt, vc_jwt().replace("-", "-\n").replace(".", " \n.").encode()),
    "token in lines in a JSON file": (CarrierKind.json, wrapped(vc_jwt(), 998, "\n")),
    "token in a JSON file": (CarrierKind.json, json.dumps(vc_jwt()).encode()),
    "JSON called a token": (CarrierKind.jwt, JSON.encode()),
}


@pytest.mark.parametrize("form", GOOD)
def test_a_credential_is_found_in(form: str) -> None:
    kind, content = GOOD[form]
    assert told(look(content, kind=kind)).startswith("verified recipient")


def test_an_open_badges_2_assertion_is_found_in_every_picture() -> None:
    text = json.dumps(assertion())
    pictures = [
        (CarrierKind.png, png(itxt(text, b"openbadges"))),
        (CarrierKind.png, png(itxt(assertion()["id"], b"openbadges"))),
        (CarrierKind.png, png(chunk(b"tEXt", b"openbadges\0" + assertion()["id"].encode()))),
        (
            CarrierKind.svg,
            svg(f'<o:assertion xmlns:o="{OB2_NS}" verify="{assertion()["id"]}"><![CDATA[{text}]]></o:assertion>'),
        ),
        (CarrierKind.svg, svg(f'<assertion xmlns="{OB2_NS}" verify="{assertion()["id"]}"/>')),
    ]
    for kind, content in pictures:
        assert told(look(content, web=site(), kind=kind)).startswith("verified")


ENTITIES = '<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;"><!ENTITY c "&b;&b;">]>'
BROKEN: dict[str, tuple[CarrierKind, bytes, str]] = {
    "truncated PNG": (CarrierKind.png, png(itxt(JSON))[:300], "The picture is cut off"),
    "PNG without an end": (CarrierKind.png, png(itxt(JSON))[:-12], "The picture is cut off"),
    "PNG with a wrong checksum": (
        CarrierKind.png,
        png(itxt(JSON)).replace(b"Teamwork", b"teamwork").replace(b"Formative", b"formative", 1),
        "does not match its checksum",
    ),
    "PNG with two credentials": (CarrierKind.png, png(itxt(JSON), itxt(vc_jwt())), "carries 2 credentials"),
    "PNG with a credential of each version": (
        CarrierKind.png,
        png(itxt(JSON), itxt(json.dumps(assertion()), b"openbadges")),
        "carries 2 credentials",
    ),
    "PNG with a huge compressed chunk": (
        CarrierKind.png,
        png(itxt(b"0" * 50_000_000, compressed=True)),
        "unpacks to more than 1,000,000 bytes",
    ),
    "PNG with a damaged compressed chunk": (
        CarrierKind.png,
        png(chunk(b"iTXt", b"openbadges\0\1\0\0\0" + zlib.compress(JSON.encode())[:-20])),
        "is cut off",
    ),
    "PNG with nonsense in its place": (CarrierKind.png, png(itxt("hello")), "what is in it is none"),
    "not a PNG": (CarrierKind.png, b"GIF89a", "is none"),
    "SVG with entities": (CarrierKind.svg, svg("&c;", ENTITIES), "declares entities"),
    "SVG with an external entity": (
        CarrierKind.svg,
        svg("&x;", '<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/hostname">]>'),
        "declares entities",
    ),
    "SVG with two credentials": (
        CarrierKind.svg,
        svg(f'<o:credential xmlns:o="{OB3_NS}" verify="{vc_jwt()}"/>' * 2),
        "carries 2 credentials",
    ),
    "SVG with two different contents": (
        CarrierKind.svg,
        svg(f'<o:credential xmlns:o="{OB3_NS}" verify="{vc_jwt()}">{JSON.replace("<", "")}</o:credential>'),
        "one credential as attribute and another as text",
    ),
    "SVG of nothing but elements": (CarrierKind.svg, svg("<a/>" * 200_000), "has more than 200,000 elements"),
    "SVG cut off": (CarrierKind.svg, svg("x")[:-8], "not whole XML"),
    "JSON of 10 MB": (
        CarrierKind.json,
        b'{"a": "' + b"x" * 10_000_000 + b'"}',
        "larger than a credential can be (10,000,009 bytes",
    ),
    "deep JSON": (CarrierKind.json, b'{"a":' * 5000 + b"1" + b"}" * 5000, "nested more than 40 levels deep"),
    "JSON with NaN": (CarrierKind.json, b'{"a": NaN}', "contains NaN"),
    "JSON with a key twice": (CarrierKind.json, b'{"a": 1, "a": 2}', 'the key "a" twice'),
    "JSON cut off": (CarrierKind.json, JSON.encode()[:-3], "is not JSON"),
    "empty file": (CarrierKind.json, b"", "The file is empty"),
    "empty token": (CarrierKind.jwt, b" \n", "The file is empty"),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_a_damaged_carrier_gets_a_clear_sentence_and_is_kept(fault: str) -> None:
    kind, content, sentence = BROKEN[fault]
    found = look(content, kind=kind)
    check = found.verdict.decisive
    assert (found.verdict.outcome, check.name) == (VerdictOutcome.rejected, CheckName.extracted)
    assert sentence in check.detail
    assert check.remedy
    assert found.document == content  # so that it becomes a case and somebody hears of it
    assert not found.credential


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        (CarrierKind.png, png()),
        (CarrierKind.svg, svg("<path/>")),
        (CarrierKind.svg, svg('<o:credential xmlns:o="https://other.example"/>')),
        (CarrierKind.json, b'{"name": "package"}'),
        (CarrierKind.json, b"[1, 2]"),
        (CarrierKind.json, b"Dear colleague"),
        (CarrierKind.jwt, b"hello"),
        (CarrierKind.jwt, f"{vc_jwt()}\n{vc_jwt()}".encode()),
        (CarrierKind.jwt, f"{vc_jwt()}\nYours, Pat".encode()),
        (CarrierKind.json, b"\xff\xfe\x00"),
    ],
)
def test_what_holds_no_credential_is_no_case(kind: CarrierKind, content: bytes) -> None:
    found = look(content, kind=kind)
    assert found.verdict.decisive.name is CheckName.extracted
    assert found.document == b""


def test_a_token_put_together_with_a_word_too_many_or_a_line_too_few_is_not_proven() -> None:
    lines = wrapped(vc_jwt(), 76, "\n").splitlines()
    for changed in ([*lines, b"Regards"], lines[:3] + lines[4:], lines[:-1]):
        assert look(b"\n".join(changed), kind=CarrierKind.jwt).verdict.outcome is VerdictOutcome.rejected


def _link(answer: Answer, url: str = f"{SITE}/share/1") -> str:
    (found,) = examine(Carrier("link", CarrierKind.url, url=url), registry(), Web({url: answer}), NOW)
    return told(found)


def test_a_link_is_followed_once_to_whatever_carries_a_credential() -> None:
    for content in (
        JSON.encode(),
        vc_jwt().encode(),
        png(itxt(JSON)),
        svg(f'<o:credential xmlns:o="{OB3_NS}" verify="{vc_jwt()}"/>'),
    ):
        assert _link(content).startswith("verified")
    assert _link(Unreachable("it did not answer in time")).startswith(
        "held extracted: The credential behind the link could not be read"
    )
    assert _link(503).startswith("held extracted")
    assert _link(Refused("only https is fetched")).startswith("rejected extracted")
    assert (
        _link(b"<!doctype html><html>") == "rejected extracted: The link leads to a page, not to a credential (link)."
    )
    assert "only another link" in _link(png(itxt(f"{SITE}/share/2")))


def test_a_link_is_fetched_over_https_even_when_it_says_http() -> None:
    web = Web({f"{SITE}/share/1": JSON.encode()})
    examine(Carrier("link", CarrierKind.url, url="http://issuer.example/share/1#top"), registry(), web, NOW)
    assert web.asked == [f"{SITE}/share/1"]


@given(st.binary(max_size=400), st.sampled_from([k for k in CarrierKind if k is not CarrierKind.url]))
def test_any_bytes_end_in_a_verdict(content: bytes, kind: CarrierKind) -> None:
    found = look(content, kind=kind)
    assert found.verdict.outcome is VerdictOutcome.rejected


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(max_size=20),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(st.sampled_from([*ob3(), *assertion(), "vc"]), inner, max_size=6)
        ),
        max_leaves=20,
    )
)
def test_any_json_ends_in_a_verdict_that_is_not_verified(value: object) -> None:
    members = cast(dict[str, object], value) if isinstance(value, dict) else {}
    for content in (
        json.dumps(value).encode(),
        json.dumps(ob3() | members).encode(),
    ):
        assert look(content).verdict.outcome is not VerdictOutcome.verified
    mixed = assertion() | members
    found = look(json.dumps(mixed).encode(), web=Web({f"{SITE}/assertions/1.json": mixed}))
    assert found.verdict.outcome is not VerdictOutcome.verified


def test_strict_json_refuses_what_two_readers_could_read_differently() -> None:
    for text in ('{"a": "\\ud800"}', '{"a": Infinity}', '{"n": ' + "1" * 40 + "}", "[" * 41 + "]" * 41):
        with pytest.raises(strictjson.JsonProblem):
            strictjson.parse(text)
    assert strictjson.parse('{"a": "\\ud83c\\udf93"}') == {"a": "🎓"}


def test_a_number_that_some_readers_take_for_infinity_is_refused() -> None:
    with pytest.raises(strictjson.JsonProblem, match="contains a number that is too large"):
        strictjson.parse('{"n": 1e999}')
    assert strictjson.parse('{"n": 1e99}') == {"n": 1e99}


@pytest.mark.parametrize("key", ["\\ud800", "\\u001b[31m", "\\n"])
def test_a_sentence_about_json_is_fit_to_print_whatever_its_keys_are(key: str) -> None:
    with pytest.raises(strictjson.JsonProblem) as problem:
        strictjson.parse(f'{{"{key}": 1, "{key}": 2}}')
    assert str(problem.value).isprintable()


def test_json_saved_in_utf_16_is_refused_with_what_to_do() -> None:
    found = look(JSON.encode("utf-16"))
    assert told(found).startswith("rejected extracted: The file was saved in a form that credentials are never in")
    assert found.verdict.decisive.remedy == "Send the file as it was downloaded, without opening and saving it."


def test_a_refusal_names_the_file() -> None:
    (found,) = examine(Carrier("award-2.png", CarrierKind.png, png()[:40]), registry(), Web(), NOW)
    assert found.verdict.decisive.detail == "The picture is cut off: the file ends in the middle (award-2.png)."


def test_gzip_is_no_token() -> None:
    with pytest.raises(extraction.Empty):
        extraction.extract(Carrier("x", CarrierKind.jwt, gzip.compress(b"x")))
