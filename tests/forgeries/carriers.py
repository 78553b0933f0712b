"""Pictures, texts, links and pages that carry a credential.

What is carried is sound each time, and verifies in the same carrier without the defect: it is refused because a second program could
read something else in it, or because it is made to do harm.
"""

import json
import struct
import zlib

from models.credentials import CarrierKind
from tests.forgeries.actors import ACME, ACME_SITE, THIEF_SITE
from tests.forgeries.corpus import Answer, Scene, forgery
from tests.verification.making import (
    RSA,
    THIEF,
    Json,
    assertion,
    badge_class,
    chunk,
    itxt,
    ob3,
    png,
    profile,
    signed_assertion,
    vc_jwt,
)
from tests.verification.proving import proven

AWARD, BADGE = f"{ACME_SITE}/assertions/1.json", f"{ACME_SITE}/badge.json"
TOKEN = vc_jwt()
SITE = {BADGE: badge_class(), ACME: profile()}
HOSTED: dict[str, Answer | Json] = {AWARD: assertion(), **SITE}
OLD = signed_assertion(RSA)


def picture(*chunks: bytes) -> Scene:
    return Scene(png(*chunks), CarrierKind.png, SITE)


def text(content: str | bytes) -> Scene:
    return Scene(content, CarrierKind.json)


def signed_document() -> str:
    return json.dumps(proven(), indent=1)


# PNG


@forgery("png-two-chunks", "extracted", "carries 2 credentials")
def two_chunks(forged: bool) -> Scene:
    """Two text chunks with the same keyword: the thief's own, true, before the one it wants to show."""
    return picture(*[itxt(TOKEN)] * (2 if forged else 1))


@forgery("png-a-chunk-of-each-version", "extracted", "carries 2 credentials")
def each_version(forged: bool) -> Scene:
    """One chunk for readers of Open Badges 2.0 and another for those of 3.0."""
    return picture(itxt(TOKEN), *([itxt(OLD, b"openbadges")] if forged else []))


@forgery("png-a-chunk-of-each-kind", "extracted", "carries 2 credentials")
def each_kind(forged: bool) -> Scene:
    """One credential as iTXt and another as the old tEXt."""
    return picture(itxt(OLD, b"openbadges"), *([chunk(b"tEXt", b"openbadges\0" + OLD.encode())] if forged else []))


@forgery("png-zlib-bomb", "extracted", "unpacks to more than 1,000,000 bytes")
def zlib_bomb(forged: bool) -> Scene:
    """Ten kilobytes of compressed text that unfold to ten megabytes."""
    return picture(itxt(TOKEN + (" " * 10_000_000 if forged else ""), compressed=True))


@forgery("png-bad-checksum", "extracted", "does not match its checksum")
def bad_checksum(forged: bool) -> Scene:
    """The carried text was changed, and its chunk's checksum was not."""
    whole = itxt(TOKEN)
    return picture(whole[:-4] + (struct.pack(">I", zlib.crc32(b"") ^ 1) if forged else whole[-4:]))


@forgery("png-cut-off", "extracted", "cut off")
def cut_off(forged: bool) -> Scene:
    """The file ends in the middle of its picture, behind the credential."""
    content = png(itxt(TOKEN))
    return Scene(content[:-20] if forged else content, CarrierKind.png)


@forgery("png-compressed-text-cut-off", "extracted", "compressed credential is cut off")
def compressed_cut_off(forged: bool) -> Scene:
    """The compressed text ends before its end."""
    packed = zlib.compress(TOKEN.encode())
    head = b"openbadgecredential\0\1\0\0\0"
    return picture(chunk(b"iTXt", head + (packed[:-8] if forged else packed)))


@forgery("png-unknown-compression", "extracted", "compressed in an unknown way")
def unknown_compression(forged: bool) -> Scene:
    """The text says that it is compressed by a method that PNG does not have."""
    head = b"openbadgecredential\0\1" + (b"\7" if forged else b"\0") + b"\0\0"
    return picture(chunk(b"iTXt", head + zlib.compress(TOKEN.encode())))


@forgery("png-hidden-behind-the-end", "extracted", "hidden behind the first")
def behind_the_end(forged: bool) -> Scene:
    """A second picture with another credential behind the end of the first."""
    content = png(itxt(TOKEN))
    return Scene(content + (png(itxt(OLD, b"openbadges")) if forged else b"\n"), CarrierKind.png)


@forgery("png-that-is-none", "extracted", "called a PNG picture but is none")
def no_png(forged: bool) -> Scene:
    """The file only ends on .png."""
    return Scene((b"GIF89a" if forged else b"") + png(itxt(TOKEN)), CarrierKind.png)


@forgery("png-text-is-no-utf-8", "extracted", "is not readable text")
def no_utf_8(forged: bool) -> Scene:
    """The carried text is not UTF-8, so each program makes something else of its letters."""
    return picture(itxt(b"\xff\xfe" * forged + TOKEN.encode()))


# SVG


def svg(inside: str, before: str = "") -> Scene:
    names = 'xmlns="http://www.w3.org/2000/svg" xmlns:ob="https://purl.imsglobal.org/ob/v3p0"'
    return Scene(f'<?xml version="1.0"?>\n{before}<svg {names}>{inside}<path d="M0 0"/></svg>\n', CarrierKind.svg)


def carried(token: str = TOKEN) -> str:
    return f'<ob:credential verify="{token}"/>'


@forgery("svg-two-credentials", "extracted", "carries 2 credentials")
def svg_two(forged: bool) -> Scene:
    """Two elements that carry a credential."""
    return svg(carried() + carried(vc_jwt(ob3(name="Another"))) * forged)


@forgery("svg-attribute-and-text-differ", "extracted", "carries one credential as attribute and another as text")
def svg_differ(forged: bool) -> Scene:
    """The attribute `verify` has one credential, the element's text another."""
    return svg(f'<ob:credential verify="{TOKEN}">{vc_jwt(ob3(name="Another")) if forged else TOKEN}</ob:credential>')


@forgery("svg-entities", "extracted", "declares entities or attributes of its own")
def svg_entities(forged: bool) -> Scene:
    """Ten entities, each of which unfolds to ten of the one before: a billion laughs."""
    lines = ['<!ENTITY a0 "ha">', *(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))]
    return svg(carried(), f"<!DOCTYPE svg [{''.join(lines)}]>\n" if forged else "<!DOCTYPE svg>\n")


@forgery("svg-external-entity", "extracted", "declares entities or attributes of its own")
def svg_external(forged: bool) -> Scene:
    """An entity whose text is a file of the verifier's machine."""
    declared = '<!DOCTYPE svg [<!ENTITY file SYSTEM "file:///etc/hostname">]>\n'
    return svg(f"{carried()}<desc>{'&file;' if forged else ''}</desc>", declared if forged else "")


@forgery("svg-external-document-type", "extracted", "an entity that it does not explain")
def svg_document_type(forged: bool) -> Scene:
    """The text uses an entity of a document type at the thief's site, which some programs would fetch."""
    declared = f'<!DOCTYPE svg SYSTEM "{THIEF_SITE}/svg.dtd">\n'
    return svg(f"{carried()}<desc>{'&payload;' if forged else ''}</desc>", declared)


@forgery("svg-declared-attribute", "extracted", "declares entities or attributes of its own")
def svg_attribute(forged: bool) -> Scene:
    """The attribute with the credential is not in the element but declared as its default, which some programs read."""
    declared = f'<!DOCTYPE svg [<!ATTLIST ob:credential verify CDATA "{vc_jwt(ob3(name="Another"))}">]>\n'
    return svg(carried(), declared if forged else "")


@forgery("svg-mixed-with-elements", "extracted", "mixed with other elements")
def svg_mixed(forged: bool) -> Scene:
    """There is an element in the middle of the credential's text: some programs read on behind it, others stop."""
    middle = "<desc/>" if forged else ""
    return svg(f"<ob:credential>{TOKEN[:40]}{middle}{TOKEN[40:]}</ob:credential>")


@forgery("svg-compressed-bomb", "extracted", "unpacks to more than 5,000,000 bytes")
def svg_bomb(forged: bool) -> Scene:
    """A compressed SVG of a few kilobytes that unfolds to six megabytes."""
    plain = svg(carried()).bytes + b" " * (6_000_000 if forged else 60)
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return Scene(packer.compress(plain) + packer.flush(), CarrierKind.svg)


@forgery("svg-not-whole", "extracted", "is not whole XML")
def svg_not_whole(forged: bool) -> Scene:
    """The picture's last element is never closed."""
    whole = svg(carried()).bytes
    return Scene(whole.replace(b"</svg>", b"") if forged else whole, CarrierKind.svg)


# JSON and tokens as text


@forgery("json-key-twice", "extracted", 'has the key "issuer" twice')
def key_twice(forged: bool) -> Scene:
    """The issuer stands in it twice: one reader takes the first, another the last."""
    document = signed_document()
    return text('{"issuer": {"id": "https://nea.example/issuer"},' + document[1:] if forged else document)


@forgery("json-key-twice-by-escapes", "extracted", 'has the key "issuer" twice')
def key_twice_escaped(forged: bool) -> Scene:
    r"""The issuer stands in it twice, once with a letter written as \u0069."""
    document = signed_document()
    return text(r'{"\u0069ssuer": {"id": "https://nea.example/issuer"},' + document[1:] if forged else document)


@forgery("json-two-documents", "extracted", "is not JSON")
def two_documents(forged: bool) -> Scene:
    """One document behind the other in one file."""
    return text(signed_document() + ("\n{}" if forged else "\n"))


@forgery("json-list-of-credentials", "extracted", "holds no credential")
def listed(forged: bool) -> Scene:
    """A list with a credential in it: it cannot be told which one of a list is meant."""
    return text(f"[{signed_document()}]" if forged else signed_document())


@forgery("json-lone-surrogate", "extracted", "half a character")
def lone_surrogate(forged: bool) -> Scene:
    """A name with half a character, which every program mends in another way."""
    document = signed_document()
    return text(document.replace('"Formative Assessment"', r'"Formative Assessment\ud800"', 1) if forged else document)


@forgery("json-not-a-number", "extracted", "contains NaN")
def not_a_number(forged: bool) -> Scene:
    """NaN, which is no JSON, and which many programs read all the same."""
    document = signed_document()
    return text('{"score": NaN,' + document[1:] if forged else document)


@forgery("json-number-too-large", "extracted", "a number that is too large")
def too_large(forged: bool) -> Scene:
    """A number that one program takes for infinity and another refuses."""
    document = signed_document()
    return text('{"score": 1e999,' + document[1:] if forged else document)


@forgery("json-nested-deeply", "extracted", "nested more than 40 levels deep")
def nested(forged: bool) -> Scene:
    """Ten thousand brackets, on which a careless reader's stack ends."""
    document = signed_document()
    return text(f'{{"deep": {"[" * 10_000}{"]" * 10_000},{document[1:]}' if forged else document)


@forgery("json-in-utf-16", "extracted", "in a form that credentials are never in (UTF-16)")
def utf_16(forged: bool) -> Scene:
    """Saved as UTF-16, in which a scanner for UTF-8 sees nothing."""
    document = signed_document()
    return text(document.encode("utf-16") if forged else document)


@forgery("jws-with-padding", "extracted", "holds no credential")
def padding(forged: bool) -> Scene:
    """The signature is padded with = signs: the same bytes, but another text, and one credential must not have two."""
    return Scene(TOKEN + "==" * forged, CarrierKind.jwt)


@forgery("jws-in-lines-with-the-signature-of-another", "proof", "Its signature does not match")
def lines(forged: bool) -> Scene:
    """A token as a mail program breaks it into lines, the last of which are another token's; the twin's are put together again."""
    message, _, signature = TOKEN.rpartition(".")
    token = f"{message}.{vc_jwt(key=THIEF).rpartition('.')[2] if forged else signature}"
    return Scene("\r\n".join(token[i : i + 76] for i in range(0, len(token), 76)), CarrierKind.jwt)


@forgery("jws-in-json-serialization", "extracted", "no credential")
def serialization(forged: bool) -> Scene:
    """The token's parts as JSON with a second signature, of which a reader may check either."""
    head, payload, signature = TOKEN.split(".")
    theirs = vc_jwt(key=THIEF).split(".")[2]
    parts = [{"protected": head, "signature": s} for s in (signature, theirs)]
    return text(json.dumps({"payload": payload, "signatures": parts}) if forged else json.dumps(TOKEN))


@forgery("jws-with-other-last-bits", "proof", "spelled as issuers' software spells it")
def last_bits(forged: bool) -> Scene:
    """The signature's last letter differs in bits that mean nothing: the same bytes in another spelling."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return Scene(TOKEN[:-1] + alphabet[alphabet.index(TOKEN[-1]) + 1] if forged else TOKEN, CarrierKind.jwt)


# Links and pages


@forgery("link-to-another-link", "extracted", "only another link")
def another_link(forged: bool) -> Scene:
    """The address serves a picture that carries nothing but another address."""
    address = f"{ACME_SITE}/badge.png"
    inside = f"{ACME_SITE}/assertions/1.json" if forged else json.dumps(assertion())
    return Scene(address, CarrierKind.url, {address: png(itxt(inside, b"openbadges")), **HOSTED})


@forgery("link-to-a-page-without-a-credential", "extracted", "leads to a page, not to a credential")
def no_offer(forged: bool) -> Scene:
    """A page that looks like a credential to people, with nothing in it that a machine could check."""
    return page("" if forged else AWARD)


@forgery("link-behind-which-a-picture-is-empty", "extracted", "carries no credential")
def empty_picture(forged: bool) -> Scene:
    """The address serves a picture of a badge, and there is nothing in it."""
    address = f"{ACME_SITE}/badge.png"
    inside = [] if forged else [itxt(json.dumps(assertion()), b"openbadges")]
    return Scene(address, CarrierKind.url, {address: png(*inside), **HOSTED})


def page(offer: str, at: str = f"{ACME_SITE}/awards/1") -> Scene:
    """A link to a page that offers what is at `offer`, if anything."""
    link = f'<link rel="alternate" type="application/json" href="{offer}">' if offer else ""
    content = f"<!DOCTYPE html><html><head><title>Award</title>{link}</head><body>Formative Assessment</body></html>"
    theirs = {f"{THIEF_SITE}/1.json": assertion(id=f"{THIEF_SITE}/1.json")}
    return Scene(at, CarrierKind.url, {at: Answer(content.encode(), content_type="text/html"), **theirs, **HOSTED})


@forgery("page-that-offers-a-strangers", "issuer_trusted", "(thief.example) is not in the affiliate's registry")
def offers_strangers(forged: bool) -> Scene:
    """A page on the issuer's own site offers a credential at a stranger's."""
    return page(f"{THIEF_SITE}/1.json" if forged else AWARD)


@forgery("page-of-a-stranger-in-the-issuers-name", "issuer_trusted", "is not in the affiliate's registry")
def strangers_page(forged: bool) -> Scene:
    """A stranger's page that looks like the issuer's offers its own file; one that offers the issuer's proves it by the issuer."""
    return page(f"{THIEF_SITE}/1.json" if forged else AWARD, at=f"{THIEF_SITE}/acme-learning/awards/1")
