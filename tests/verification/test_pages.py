"""A link to a badge page: the credential that the page's markup offers is found, and nothing else is asked or believed."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countersign.verification import Refused, Unreachable, examine
from countersign.verification.carriers import pages
from models.credentials import Carrier, CarrierKind, Examination, Fetched, VerdictOutcome
from tests.verification.making import (
    NOW,
    SITE,
    Answer,
    Json,
    Web,
    assertion,
    badge_class,
    itxt,
    ob3,
    png,
    profile,
    registry,
    site,
    told,
    vc_jwt,
    with_proof,
)

PAGE = "https://badges.example/badges/42"


def page(*head: str, body: str = "") -> bytes:
    return (
        f"<!DOCTYPE html>\n<html><head><title>A badge</title>{''.join(head)}</head><body>{body}</body></html>".encode()
    )


def alternate(href: str, media_type: str = "application/json", rel: str = "alternate") -> str:
    return f'<link rel="{rel}" type="{media_type}" href="{href}">'


def visit(html: bytes, **pages_: Answer) -> tuple[Examination, Web]:
    """A link to a page at `PAGE`; `pages_` by path on its host, after those of the issuer's own site."""
    web = site()
    web.pages |= {PAGE: html} | {f"https://badges.example/{path}": answer for path, answer in pages_.items()}
    (found,) = examine(Carrier("link", CarrierKind.url, url=PAGE), registry(), web, NOW)
    return found, web


HOSTED = alternate(f"{SITE}/assertions/1.json")
SIGNED = with_proof()


@pytest.mark.parametrize(
    "head",
    [
        HOSTED,
        alternate(f"{SITE}/assertions/1.json", "application/ld+json; charset=utf-8"),
        f"<LINK HREF='{SITE}/assertions/1.json' TYPE=application/ld+json REL='home ALTERNATE'/>",
        f"<link\n  rel=alternate\n  type=application/json\n  href={SITE}/assertions/1.json>",
        alternate("http://issuer.example/assertions/1.json#top"),
        alternate("//issuer.example/assertions/1.json"),
        f'<base href="{SITE}/assertions/">' + alternate("1.json"),
        alternate(f"{SITE}/assertions/1.json").replace("/", "&#x2F;"),
    ],
    ids=["json", "ld+json", "upper case", "no quotes", "http", "no scheme", "base", "references"],
)
def test_a_page_that_offers_the_assertion_leads_to_it(head: str) -> None:
    found, web = visit(page(head))
    assert told(found).startswith("verified")
    assert web.asked[:2] == [PAGE, f"{SITE}/assertions/1.json"]
    assert [one.url for one in found.fetched][:2] == web.asked[:2]  # each is kept as evidence


@pytest.mark.parametrize(
    ("media_type", "answer"),
    [
        ("application/vc+ld+json", SIGNED),
        ("application/vc", SIGNED),
        ("application/vc+jwt", vc_jwt().encode()),
        ("application/jwt", vc_jwt().encode()),
        ("image/png", png(itxt(vc_jwt()))),
        ("application/json", png(itxt(vc_jwt()))),  # what was served counts, not what was announced
    ],
)
def test_a_credential_may_be_offered_in_any_form(media_type: str, answer: Answer) -> None:
    found, _ = visit(page(alternate("42/credential", media_type)), **{"badges/42/credential": answer})
    assert told(found).startswith("verified")


def test_a_page_may_offer_its_credential_in_the_http_header() -> None:
    class Linking(Web):
        def get(self, url: str) -> Fetched:
            answer = super().get(url)
            link = f'</style.css>; rel=preload, <{SITE}/assertions/1.json>; rel="alternate"; type="application/ld+json"'
            return Fetched(url, url, answer.status, {"link": link} if url == PAGE else {}, answer.content, NOW)

    web = Linking(site().pages | {PAGE: page()})
    (found,) = examine(Carrier("link", CarrierKind.url, url=PAGE), registry(), web, NOW)
    assert told(found).startswith("verified")


def test_a_page_that_shows_the_baked_picture_leads_to_it_and_a_plain_picture_is_none() -> None:
    head = '<meta property="og:image" content="/image/42">'
    assert told(visit(page(head), **{"image/42": png(itxt(vc_jwt()))})[0]).startswith("verified")
    found, web = visit(page(head), **{"image/42": png()})
    assert told(found) == "rejected extracted: The link leads to a page, not to a credential (link)."
    assert "download the badge there" in found.verdict.decisive.remedy
    assert found.document == b""
    assert web.asked == [PAGE, "https://badges.example/image/42"]


def test_the_surest_offer_is_asked_first_and_a_summary_in_json_is_passed_over() -> None:
    head = [
        '<meta property="og:image" content="/image">',
        alternate("/summary"),
        alternate("/vc", "application/vc+ld+json"),
    ]
    found, web = visit(page(*head), vc=SIGNED, summary={"name": "A badge"}, image=png())
    assert told(found).startswith("verified")
    assert web.asked == [PAGE, "https://badges.example/vc"]
    found, web = visit(page(*head), vc=404, summary={"name": "A badge"}, image=png(itxt(vc_jwt())))
    assert told(found).startswith("verified")
    assert web.asked == [PAGE, *(f"https://badges.example/{path}" for path in ("vc", "summary", "image"))]


def test_at_most_three_offers_are_asked_and_no_second_page() -> None:
    web = visit(page(*(alternate(f"/{n}") for n in range(50))))[1]
    assert len(web.asked) == 1 + pages.MAX_OFFERS
    found, web = visit(page(alternate("/more")), more=page(HOSTED))
    assert found.verdict.outcome is VerdictOutcome.rejected
    assert web.asked == [PAGE, "https://badges.example/more"]


@pytest.mark.parametrize(
    "html",
    [
        page(alternate("/x", rel="stylesheet")),
        page(alternate("/x", "application/json+oembed")),
        page(alternate("/x", "application/rss+xml")),
        page('<link rel="alternate" href="/x" hreflang="de">'),
        page(alternate("")),
        page(alternate("#top")),
        page(alternate(PAGE)),
        page(alternate("javascript:alert(1)")),
        page(alternate("data:application/json,{}")),
        page(alternate("file:///etc/hostname")),
        page(alternate("https://user:secret@badges.example/x")),
        page(alternate("https://[::1/x")),
        page(alternate("https://badges.example/" + "x" * 3000)),
        page(f"<!-- {HOSTED} -->"),
        page(f"<script>'{HOSTED}'</script>"),
        page(f"<SCRIPT>location = '{SITE}/assertions/1.json'</SCRIPT>"),
        page(f'<meta http-equiv="refresh" content="0; url={SITE}/assertions/1.json">'),
        page(body=f'<a href="{SITE}/assertions/1.json">JSON</a><iframe src="{SITE}/assertions/1.json">'),
        page(f"<script>{HOSTED}"),
        page("x" * pages.MAX_HEAD, HOSTED),
        b"<p>no head at all",
    ],
)
def test_nothing_else_on_a_page_is_followed(html: bytes) -> None:
    found, web = visit(html)
    assert told(found) == "rejected extracted: The link leads to a page, not to a credential (link)."
    assert web.asked == [PAGE]


def test_an_offer_that_is_down_is_asked_again_later_and_one_that_is_refused_is_said() -> None:
    for answer in (Unreachable("it did not answer in time"), 503, 404):
        found, _ = visit(page(alternate("/vc")), vc=answer)
        assert told(found).startswith("held extracted: The credential that the badge page offers could not be read")
        assert found.verdict.decisive.retry
        assert found.document == PAGE.encode()  # so that it is a case, and is looked at again
    found, _ = visit(page(alternate("/vc")), vc=Refused("badges.example leads to an address inside a private network"))
    assert told(found).startswith("rejected extracted: The credential that the badge page offers will not be read from")
    assert found.verdict.decisive.remedy == "Send the badge file itself instead of the link."
    found, _ = visit(
        page('<meta property="og:image" content="/image">'), image=Unreachable("it did not answer in time")
    )
    assert told(found).startswith("held extracted")
    for answer in (404, Refused("it is larger than 1,000,000 bytes")):
        found, _ = visit(page('<meta property="og:image" content="/image">'), image=answer)
        assert told(found).startswith("rejected extracted: The link leads to a page")


def test_an_offered_credential_that_is_damaged_is_said_unless_another_is_whole() -> None:
    twice = png(itxt(vc_jwt()), itxt(vc_jwt()))
    found, _ = visit(page(alternate("/vc")), vc=twice)
    assert told(found) == (
        "rejected extracted: The picture carries 2 credentials, and it cannot be told which one is meant (link)."
    )
    found, _ = visit(page(alternate("/vc", "application/vc"), HOSTED), vc=twice)
    assert told(found).startswith("verified")


def test_a_page_proves_nothing() -> None:
    """Whoever makes a page can offer anybody's credential, true or forged: it counts as if it had come by itself."""
    forged = assertion(id="https://badges.example/a.json", badge="https://badges.example/b.json")
    thiefs: dict[str, Answer] = {"a.json": forged, "b.json": badge_class(id="https://badges.example/b.json")}
    assert visit(page(alternate("/a.json")), **thiefs)[0].verdict.outcome is VerdictOutcome.rejected
    changed = SIGNED | {"name": "Another"}
    assert visit(page(alternate("/vc")), vc=changed)[0].verdict.outcome is VerdictOutcome.rejected
    stranger = with_proof(ob3(issuer={"id": "https://stranger.example", "type": ["Profile"], "name": "Acme Learning"}))
    assert visit(page(alternate("/vc")), vc=stranger)[0].verdict.outcome is VerdictOutcome.rejected


def test_a_link_to_json_that_is_no_credential_says_so() -> None:
    for body in ({"data": {"id": "42"}}, {"@type": "Organization"}):
        found, _ = visit(page(), **{"badges/42": body})
        assert told(found) == "rejected extracted: The link leads to JSON that is no credential."
        assert found.verdict.decisive.remedy == "Send the badge file itself instead of the link."


def test_a_page_with_drawings_in_it_is_no_picture() -> None:
    html = page(HOSTED, body='<svg xmlns="http://www.w3.org/2000/svg"><path/></svg>')
    assert told(visit(html)[0]).startswith("verified")


@given(
    st.text(alphabet="<>/=\"'! \nlinkmetahrefrelalternatetypeapplication/json-", max_size=400), st.text(max_size=200)
)
def test_any_page_gives_few_plain_addresses(markup: str, header: str) -> None:
    answer = Fetched(PAGE, PAGE, 200, {"link": header}, markup.encode(), NOW)
    for offer in pages.offers(answer):
        assert offer.address.startswith("https://")


@pytest.mark.parametrize(
    "piece",
    [
        "<!--",
        "<a",
        "<link ",
        "<link a='",
        '<link a="',
        "<script",
        "<script>",
        "<meta property=og:image content=x ",
        "<base ",
        " a=",
        "&",
    ],
)
def test_a_megabyte_of_hostile_markup_is_read_in_no_time(piece: str) -> None:
    started = time.monotonic()
    pages.offers(Fetched(PAGE, PAGE, 200, {"link": piece * 10_000}, (piece * 1_000_000)[:1_000_000].encode(), NOW))
    assert time.monotonic() - started < 1


def test_the_profile_is_not_mistaken_for_a_credential() -> None:
    other: Json = profile()
    found, _ = visit(page(alternate("/issuer")), issuer=other)
    assert told(found) == "rejected extracted: The link leads to a page, not to a credential (link)."
