"""Whatever becomes of a carrier on its way, reading it ends: soon, in little memory, and with no exception but ours.

Quick by default. To search for long, set the number of examples for each test (a night is about a million):

    COUNTERSIGN_FUZZ=100000 pytest tests/verification/test_fuzzing.py --timeout=0
"""

import gzip
import io
import json
import os
import time
import tracemalloc
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pypdf import PdfWriter
from pypdf.annotations import Link

from countersign.intake import unpack
from countersign.intake.findings import Findings, Place
from countersign.verification import examine, strictjson
from countersign.verification.carriers import extraction, pages
from countersign.verification.carriers.unreadable import Damaged, Empty
from countersign.verification.network.fetching import OfflineFetcher
from countersign.verification.proofs import jose
from models.credentials import Carrier, CarrierKind, Credential, Examination, Fetched, VerdictOutcome
from models.words import ReadingOutcome
from tests.verification.fuzzing import JSON, JWS, MARKUP, NASTY, PDF, PNG, Form, edited
from tests.verification.making import (
    ED,
    NOW,
    SITE,
    Json,
    Web,
    assertion,
    badge_class,
    itxt,
    jws,
    look,
    ob3,
    png,
    profile,
    registry,
    signed_assertion,
    site,
    vc_jwt,
    with_proof,
)

EXAMPLES = int(os.environ.get("COUNTERSIGN_FUZZ", "0"))
SECONDS = 5.0
MEMORY = 60_000_000


def examples(usual: int) -> settings:
    return settings(
        max_examples=EXAMPLES or usual,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.large_base_example, HealthCheck.data_too_large],
    )


def certificate() -> bytes:
    writer = PdfWriter()
    writer.add_blank_page(200, 200)
    writer.add_attachment("badge.png", png(itxt(vc_jwt())))
    writer.add_attachment("badge.json", json.dumps(assertion()))
    writer.add_annotation(0, Link(rect=(0, 0, 9, 9), url=f"{SITE}/assertions/1.json"))
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


DRAWING = f"""<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" xmlns:o="https://purl.imsglobal.org/ob/v3p0">
<g id="a"><path d="M0 0"/></g><o:credential verify="{vc_jwt()}"><!-- x --></o:credential></svg>""".encode()
CDATA = f"""<svg xmlns="http://www.w3.org/2000/svg"><assertion xmlns="http://openbadges.org" verify="{SITE}/assertions/1.json">
<![CDATA[{json.dumps(assertion())}]]></assertion></svg>""".encode()
PAGE = f"""<!DOCTYPE html><html><head><base href="{SITE}/"><meta property="og:image" content="image.png">
<link rel="alternate" type="application/json" href="assertions/1.json"></head><body><p>Text</p></body></html>""".encode()
SIGNED, TOKEN = json.dumps(with_proof()).encode(), vc_jwt().encode()

CARRIERS: list[tuple[bytes, Form]] = [
    (png(itxt(SIGNED)), PNG),
    (png(itxt(TOKEN, compressed=True, language=b"en")), PNG),
    (png(itxt(json.dumps(assertion()), b"openbadges")), PNG),
    (DRAWING, MARKUP),
    (CDATA, MARKUP),
    (gzip.compress(DRAWING), PDF),
    (SIGNED, JSON),
    (json.dumps(ob3(issuer="https://stranger.example")).encode(), JSON),
    (json.dumps(assertion()).encode(), JSON),
    (TOKEN, JWS),
    (signed_assertion().encode(), JWS),
    (PAGE, MARKUP),
    (certificate(), PDF),
]
EDITED = edited(CARRIERS)
FILES = [kind for kind in CarrierKind if kind is not CarrierKind.url]


def bounded(what: Callable[[], object]) -> None:
    """Do `what`, soon."""
    started = time.monotonic()
    what()
    assert time.monotonic() - started < SECONDS


def said(sentence: str) -> None:
    """A sentence can be printed, stored and sent."""
    assert sentence.isprintable(), sentence
    assert 0 < len(sentence) < 2000
    sentence.encode("utf-8")


def fit(found: Examination) -> None:
    """Every sentence of a verdict can be printed, and its body stored."""
    for check in found.verdict.checks:
        said(check.detail)
        if check.remedy:
            said(check.remedy)
    json.dumps(dict(found.body), ensure_ascii=False).encode()


@examples(800)
@given(EDITED, st.sampled_from(FILES))
def test_extraction_ends_in_a_payload_or_a_sentence(made: tuple[int, bytes], kind: CarrierKind) -> None:
    content = made[1]

    def extract() -> None:
        guessed = extraction.kind_of(content)
        for each in {kind, guessed or kind}:
            try:
                payload = extraction.extract(Carrier("award", each, content))
            except (Damaged, Empty) as refused:
                said(refused.what)
                said(refused.remedy)
            else:
                assert sum(map(bool, (payload.json, payload.jws, payload.url))) <= 1
                assert extraction.extract(Carrier("award", CarrierKind.json, payload.text.encode())) == payload

    bounded(extract)


@examples(800)
@given(EDITED | st.tuples(st.just(0), st.lists(st.sampled_from(NASTY)).map(b"".join)))
def test_json_ends_in_a_value_or_a_sentence(made: tuple[int, bytes]) -> None:
    def parse() -> None:
        for content in (made[1], made[1].decode("utf-8", "surrogatepass" if made[0] % 2 else "replace")):
            try:
                value = strictjson.parse(content)
            except strictjson.JsonProblem as problem:
                said(str(problem))
            else:
                assert strictjson.parse(json.dumps(value, allow_nan=False)) == value

    try:
        made[1].decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        made = (0, made[1])
    bounded(parse)


@examples(400)
@given(edited([(TOKEN, JWS), (signed_assertion().encode(), JWS)]))
def test_a_token_ends_in_its_parts_or_a_sentence(made: tuple[int, bytes]) -> None:
    def parse() -> None:
        try:
            jose.parse(made[1].decode("latin-1"))
        except jose.BadToken as refused:
            said(str(refused))

    bounded(parse)


@examples(400)
@given(edited([(PAGE, MARKUP), (DRAWING, MARKUP)]), st.text(max_size=100))
def test_a_page_ends_in_few_addresses(made: tuple[int, bytes], header: str) -> None:
    address = f"{SITE}/badges/1"
    answer = Fetched(address, address, 200, {"link": header}, made[1], NOW)
    bounded(lambda: pages.is_page(made[1]))
    bounded(lambda: pages.offers(answer))
    found = pages.offers(answer)
    assert len(found) <= pages.MAX_OFFERS
    assert all(offer.address.startswith("https://") and offer.address.isascii() for offer in found)


@examples(800)
@given(EDITED, st.sampled_from(["a.png", "a.svg", "a.json", "a.pdf", "a.eml", "a.html", "file"]))
def test_a_file_ends_in_carriers_and_sentences(made: tuple[int, bytes], name: str) -> None:
    findings = Findings()
    bounded(lambda: findings.take(made[1], name, Place(direct=True)))  # below the border that catches everything
    found = unpack(made[1], name)
    assert (found.outcome is ReadingOutcome.carriers) == bool(found.carriers)
    for sentence in found.problems:
        said(sentence)


def _known() -> tuple[dict[int, Examination], Callable[[bytes, CarrierKind], Examination]]:
    known = registry()
    web = OfflineFetcher()

    def examined(content: bytes, kind: CarrierKind) -> Examination:
        (found,) = examine(Carrier("award", kind, content), known, web, NOW)
        return found

    whole = {
        number: examined(content, kind)
        for number, (content, _) in enumerate(CARRIERS)
        if (kind := extraction.kind_of(content)) is not None
    }
    return whole, examined


WHOLE, LOOK = _known()


@examples(800)
@given(EDITED)
def test_an_examination_ends_in_a_verdict_and_never_verifies_another_credential(made: tuple[int, bytes]) -> None:
    content = made[1]
    kind = extraction.kind_of(content) or CarrierKind.json
    found: list[Examination] = []
    bounded(lambda: found.append(LOOK(content, kind)))
    fit(found[0])
    if found[0].verdict.outcome is VerdictOutcome.verified:
        true: list[Credential | None] = [one.credential for one in WHOLE.values()]
        assert found[0].credential in true


@examples(400)
@given(edited([(PAGE, MARKUP), (DRAWING, MARKUP), (SIGNED, JSON), (png(itxt(TOKEN)), PNG)]))
def test_a_link_to_anything_ends_in_a_verdict_after_few_questions(made: tuple[int, bytes]) -> None:
    address = f"{SITE}/badges/1"
    web = Web(site().pages | {address: made[1], f"{SITE}/badge.json": badge_class(), f"{SITE}/profile": profile()})
    (found,) = examine(Carrier("link", CarrierKind.url, url=address), registry(), web, NOW)
    fit(found)
    assert len(web.asked) <= 12


@examples(200)
@given(EDITED)
def test_reading_takes_little_memory(made: tuple[int, bytes]) -> None:
    content = made[1]
    tracemalloc.start()
    try:
        for kind in FILES:
            try:
                extraction.extract(Carrier("award", kind, content))
            except (Damaged, Empty):
                continue
        unpack(content, "file")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < MEMORY + 40 * len(content)


@pytest.mark.parametrize("number", range(len(CARRIERS)))
def test_each_carrier_is_whole_before_it_is_edited(number: int) -> None:
    """Otherwise the edits would be made to what is refused at once."""
    content, form = CARRIERS[number]
    assert form.join(form.cut(content)) == content
    assert content == PAGE or unpack(content, "file").carriers
    if number in (0, 1, 3, 5, 6, 9):
        assert WHOLE[number].verdict.outcome is VerdictOutcome.verified


STRANGE = "\x1b[31m\u202e\n" + "x" * 200_000


@pytest.mark.parametrize(
    "content",
    [
        jws(ob3(), ED, alg={"of": STRANGE}),
        jws(ob3(), ED, alg=STRANGE),
        jws(ob3(), ED, kid=STRANGE),
        with_proof() | {"proof": {"type": STRANGE}},
        with_proof() | {"proof": {"type": "DataIntegrityProof", "cryptosuite": STRANGE}},
        with_proof() | {STRANGE: 1},
        with_proof() | {STRANGE[:9]: 1},
        ob3(issuer={"id": "https://stranger.example", "type": ["Profile"], "name": f"Acme {STRANGE[:9]}"}),
    ],
    ids=["alg", "alg text", "kid", "type", "cryptosuite", "term", "short term", "name"],
)
def test_what_a_stranger_wrote_is_quoted_in_one_short_printable_line(content: Json | str) -> None:
    found = look(content)
    assert found.verdict.outcome is not VerdictOutcome.verified
    fit(found)
