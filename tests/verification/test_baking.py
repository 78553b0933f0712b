"""What the public bakery bakes is extracted exactly, and whatever else PNG and SVG allow is neither missed nor guessed at."""

import gzip
import io
import json
import struct
import warnings
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openbadges_bakery import bake, unbake  # pyright: ignore[reportUnknownVariableType]

from countersign.verification.carriers import extraction
from countersign.verification.carriers.png import MAX_CHUNKS
from countersign.verification.carriers.unreadable import Damaged
from models.credentials import Carrier, CarrierKind
from tests.verification.making import (
    SITE,
    assertion,
    b64,
    chunk,
    itxt,
    look,
    png,
    signed_assertion,
    site,
    told,
    vc_jwt,
    with_proof,
)

JSON = json.dumps(with_proof())
OB2_NS, OB3_NS = "http://openbadges.org", "https://purl.imsglobal.org/ob/v3p0"
PLAIN_SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><g><path d="M0 0h1"/></g></svg>'


def baked(picture: bytes, text: str) -> bytes:
    out = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the bakery's, about how it checks addresses
        bake(io.BytesIO(picture), text, out)
    return out.getvalue()


def text_in(content: bytes, kind: CarrierKind) -> str:
    return extraction.extract(Carrier("award", kind, content)).text


def refusal(content: bytes, kind: CarrierKind) -> str:
    with pytest.raises(Damaged) as refused:
        text_in(content, kind)
    assert refused.value.remedy
    return refused.value.what


# --- against the bakery

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(codec="utf-8"), max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abcé🎓", max_size=5), inner, max_size=3),
    max_leaves=8,
)
PAYLOADS = st.one_of(
    st.dictionaries(
        st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1, max_size=8), VALUES
    ).map(lambda members: json.dumps(members | {"id": f"{SITE}/assertions/1"})),
    st.binary(min_size=1, max_size=60).map(lambda data: f"{b64(b'{}')}.{b64(data)}.{b64(data)}"),
    st.from_regex(r"https://issuer\.example/assertions/[A-Za-z0-9_-]{1,30}(\?v=[0-9])?", fullmatch=True),
)


@given(PAYLOADS, st.booleans())
def test_what_the_bakery_bakes_is_extracted_exactly(text: str, compact: bool) -> None:
    if compact and text.startswith("{"):
        text = json.dumps(json.loads(text), ensure_ascii=False, separators=(",", ":"))
        text = "".join(char for char in text if char not in "\x7f\ufffe\uffff")  # no XML characters, or none of JSON's
    picture = baked(png(), text)
    assert unbake(io.BytesIO(picture)) == text == text_in(picture, CarrierKind.png)
    if "]]>" not in text:
        assert text_in(baked(PLAIN_SVG, text), CarrierKind.svg) == text


def test_the_bakery_and_we_agree_on_what_is_in_a_picture_baked_by_hand() -> None:
    for chunks in ([itxt(JSON, b"openbadges")], [chunk(b"tEXt", f"openbadges\0{SITE}/assertions/1.json".encode())]):
        picture = png(*chunks)
        assert unbake(io.BytesIO(picture)) == text_in(picture, CarrierKind.png)


def test_a_picture_baked_again_carries_the_later_credential_only() -> None:
    first, second = json.dumps(assertion()), json.dumps(assertion(id=f"{SITE}/assertions/2.json"))
    assert text_in(baked(baked(png(), first), second), CarrierKind.png) == second


@given(st.sampled_from([JSON, json.dumps(assertion()), vc_jwt(), signed_assertion(), f"{SITE}/assertions/1.json"]))
def test_what_was_extracted_and_baked_again_is_extracted_again(text: str) -> None:
    for picture, kind in ((png(), CarrierKind.png), (PLAIN_SVG, CarrierKind.svg)):
        once = text_in(baked(picture, text), kind)
        assert text_in(baked(picture, once), kind) == once == text


# --- PNG

IDAT = chunk(b"IDAT", zlib.compress(b"\0\0"))
IEND = chunk(b"IEND", b"")
HEAD = png()[: -len(IDAT + IEND)]


@pytest.mark.parametrize(
    "content",
    [
        HEAD + IDAT + itxt(JSON) + IEND,
        HEAD + chunk(b"acTL", struct.pack(">II", 1, 0)) + itxt(JSON) + IDAT + chunk(b"fdAT", b"\0\0\0\1x") + IEND,
        png(itxt(JSON)) + b"\r\n<!-- appended by a mail gateway -->",
        png(itxt(JSON)) + png(),
        png(chunk(b"zTXt", b"openbadgecredential\0\0" + zlib.compress(JSON.encode()))),
        png(chunk(b"tEXt", b"openbadgecredential\0" + JSON.encode())),
        png(itxt(JSON), itxt("not ours", b"OpenBadges"), itxt("not ours", b"openbadges "), itxt("x", b" openbadges")),
        png(itxt(JSON), *[chunk(b"tEXt", b"Comment\0x")] * (MAX_CHUNKS - 4)),
        png(chunk(b"iTXt", b"openbadgecredential\0\0\0en-US\0Open Badge\0" + JSON.encode())),
    ],
    ids=[
        "after IDAT",
        "APNG",
        "trailing text",
        "plain picture behind",
        "zTXt",
        "tEXt",
        "like keywords",
        "many",
        "tags",
    ],
)
def test_a_credential_is_found_wherever_a_png_may_carry_it(content: bytes) -> None:
    assert text_in(content, CarrierKind.png) == JSON


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (png(itxt(JSON)) + png(itxt(vc_jwt())), "A second picture with a credential is hidden behind the first"),
        (png() + png(itxt(vc_jwt())), "A second picture with a credential is hidden behind the first"),
        (png(itxt(JSON), chunk(b"tEXt", b"openbadges\0" + b"https://other.example/1")), "carries 2 credentials"),
        (png(itxt(JSON), itxt(JSON)), "carries 2 credentials"),
        (png(*[itxt(b"0" * 1_000_000, compressed=True)] * 5000), "carries 5000 credentials"),
        (HEAD + b"\xff\xff\xff\xff" + itxt(JSON)[4:] + IDAT + IEND, "the file ends in the middle"),
        (HEAD + b"\x7f\xff\xff\xff" + itxt(JSON)[4:] + IDAT + IEND, "the file ends in the middle"),
        (png(itxt(JSON)[:-1] + b"\0"), "does not match its checksum"),
        (png(*[chunk(b"tEXt", b"a\0b")] * MAX_CHUNKS), "has more than 10,000 parts"),
        (png(chunk(b"iTXt", b"openbadges")), "not laid out as PNG asks for"),
        (png(chunk(b"iTXt", b"openbadges\0\0\0no end")), "not laid out as PNG asks for"),
        (png(chunk(b"iTXt", b"openbadges\0\2\0\0\0" + JSON.encode())), "compressed in an unknown way"),
        (png(chunk(b"iTXt", b"openbadges\0\1\1\0\0" + zlib.compress(b"{}"))), "compressed in an unknown way"),
        (png(chunk(b"zTXt", b"openbadges\0\1" + zlib.compress(b"{}"))), "compressed in an unknown way"),
        (png(chunk(b"zTXt", b"openbadges\0\0" + b"no zlib")), "compressed credential is damaged"),
        (png(itxt(b"\xff\xfe")), "not readable text"),
        (png(itxt(b"x" * 1_000_001)), "larger than 1,000,000 bytes"),
        (png(chunk(b"tEXt", b"openbadges")), "what is in it is none"),
        (png(itxt(JSON.encode() + b"\0" + vc_jwt().encode())), "is not JSON"),
    ],
)
def test_a_png_that_cannot_be_told_is_refused(content: bytes, sentence: str) -> None:
    assert sentence in refusal(content, CarrierKind.png)


def test_old_text_chunks_are_read_in_latin_1_as_png_asks_for_and_in_utf_8_as_bakers_write() -> None:
    for encoding in ("latin-1", "utf-8"):
        content = png(chunk(b"tEXt", b"openbadges\0" + '{"name": "Évaluation"}'.encode(encoding)))
        assert extraction.extract(Carrier("award", CarrierKind.png, content)).json == {"name": "Évaluation"}


# --- SVG


def svg(inside: str, before: str = "") -> str:
    return f'{before}<svg xmlns="http://www.w3.org/2000/svg"><g>{inside}</g></svg>'


ATTRIBUTE = f'<o:credential xmlns:o="{OB3_NS}" verify="{vc_jwt()}"/>'
FORMS: dict[str, bytes] = {
    "UTF-16": svg(ATTRIBUTE, '<?xml version="1.0" encoding="UTF-16"?>').encode("utf-16"),
    "UTF-16 without a mark": b"\xfe\xff" + svg(ATTRIBUTE).encode("utf-16-be"),
    "compressed": gzip.compress(svg(ATTRIBUTE).encode()),
    "any prefix on everything": (
        f'<s:svg xmlns:s="http://www.w3.org/2000/svg" xmlns:x.y-z="{OB3_NS}"><x.y-z:credential verify="{vc_jwt()}"/></s:svg>'
    ).encode(),
    "the namespace declared far above": f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:q="{OB3_NS}"><defs><g><q:credential verify="{vc_jwt()}"/></g></defs></svg>'.encode(),
    "behind a long licence": svg(ATTRIBUTE, f"<!-- {'licence ' * 10_000}-->").encode(),
    "at the very end": svg("<path/>" * 1000 + ATTRIBUTE).encode(),
    "two CDATA sections": svg(
        f'<o:credential xmlns:o="{OB3_NS}"><![CDATA[{vc_jwt()[:50]}]]><![CDATA[{vc_jwt()[50:]}]]></o:credential>'
    ).encode(),
    "a comment inside": svg(
        f'<o:credential xmlns:o="{OB3_NS}">{vc_jwt()[:50]}<!-- here -->{vc_jwt()[50:]}</o:credential>'
    ).encode(),
    "a namespace with a slash": svg(ATTRIBUTE.replace(OB3_NS, OB3_NS + "/")).encode(),
    "in a decoy's neighbourhood": svg(
        f'<o:credential xmlns:o="https://other.example" verify="{vc_jwt()[:-9]}AAAAAAAAA"/>{ATTRIBUTE}'
    ).encode(),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_credential_is_found_wherever_an_svg_may_carry_it(form: str) -> None:
    assert extraction.kind_of(FORMS[form]) is CarrierKind.svg
    assert text_in(FORMS[form], CarrierKind.svg) == vc_jwt()


HIDDEN = f'<o:credential xmlns:o="{OB3_NS}"/>'


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (svg(HIDDEN, f'<!DOCTYPE svg [<!ATTLIST o:credential verify CDATA "{vc_jwt()}">]>'), "declares entities"),
        (svg("&a;", "<!DOCTYPE svg [<!ENTITY % p \"<!ENTITY a 'x'>\"> %p;]>"), "declares entities"),
        (svg(ATTRIBUTE, '<!DOCTYPE svg [<!ENTITY ns "http://www.w3.org/2000/svg">]>'), "declares entities"),
        (
            svg("&a;", '<!DOCTYPE svg SYSTEM "https://other.example/entities.dtd">'),
            "an entity that it does not explain",
        ),
        (svg("&a;"), "not whole XML"),
        (svg(ATTRIBUTE.replace("/>", f"><b/>{vc_jwt()}</o:credential>")), "mixed with other elements"),
        (svg(ATTRIBUTE * 2), "carries 2 credentials"),
        (svg(ATTRIBUTE.replace("/>", f">{HIDDEN}</o:credential>")), "carries 2 credentials"),
        (
            svg(
                f'<o:assertion xmlns:o="{OB2_NS}" verify="{SITE}/a/2"><![CDATA[{json.dumps(assertion())}]]></o:assertion>'
            ),
            "one credential as attribute and another as text",
        ),
        ("<svg>" * 199_999 + "</svg>" * 3, "not whole XML"),
        (svg("x" * 5_000_000), "larger than 5,000,000 bytes"),
    ],
)
def test_an_svg_that_cannot_be_told_is_refused(content: str, sentence: str) -> None:
    assert sentence in refusal(content.encode(), CarrierKind.svg)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (gzip.compress(b"<svg>" + b" " * 100_000_000, mtime=0), "unpacks to more than 5,000,000 bytes"),
        (gzip.compress(svg(ATTRIBUTE).encode(), mtime=0)[:-20], "compressed SVG picture is damaged"),
        (gzip.compress(b"no picture", mtime=0), "not whole XML"),
        (gzip.compress(gzip.compress(svg(ATTRIBUTE).encode(), mtime=0), mtime=0), "not whole XML"),
    ],
)
def test_a_compressed_svg_is_held_to_limits(content: bytes, sentence: str) -> None:
    assert sentence in refusal(content, CarrierKind.svg)


def test_an_assertion_of_open_badges_1_may_name_its_address_in_verify() -> None:
    old = {"uid": "1", "verify": {"type": "hosted", "url": f"{SITE}/old/1"}}
    content = svg(f'<o:assertion xmlns:o="{OB2_NS}" verify="{SITE}/old/1"><![CDATA[{json.dumps(old)}]]></o:assertion>')
    assert extraction.extract(Carrier("award", CarrierKind.svg, content.encode())).json == old


def test_each_baked_form_verifies() -> None:
    for text in (JSON, vc_jwt()):
        assert told(look(png(itxt(text)), kind=CarrierKind.png)).startswith("verified")
        made = svg(f'<o:credential xmlns:o="{OB3_NS}"><![CDATA[{text}]]></o:credential>')
        assert told(look(gzip.compress(made.encode()), kind=CarrierKind.svg)).startswith("verified")
    for picture, kind in ((png(), CarrierKind.png), (PLAIN_SVG, CarrierKind.svg)):
        for text in (json.dumps(assertion()), assertion()["id"]):
            assert told(look(baked(picture, text), web=site(), kind=kind)).startswith("verified")
