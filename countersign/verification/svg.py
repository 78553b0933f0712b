"""The text an SVG carries for Open Badges: an `assertion` or `credential` element in one of the two namespaces.

Sources: Open Badges Baking Specification (OB 2.0), "SVG": element `openbadges:assertion` in http://openbadges.org with
attribute `verify` or the JSON as content; OB 3.0 §5.3.2: `credential` in https://purl.imsglobal.org/ob/v3p0.
The document type's external file is never fetched and entities are refused.
"""

from io import BytesIO
from xml.etree.ElementTree import Element, ParseError

from countersign.verification.unreadable import Damaged

ELEMENTS = frozenset(
    {
        ("http://openbadges.org", "assertion"),
        ("https://openbadges.org", "assertion"),
        ("https://purl.imsglobal.org/ob/v3p0", "credential"),
    }
)
MAX_BYTES = 5_000_000
MAX_ELEMENTS = 200_000


def text_of(content: bytes) -> str | None:
    """The carried text, None when the picture carries none. Raises Damaged."""
    if len(content) > MAX_BYTES:
        raise Damaged(f"The SVG picture is larger than {MAX_BYTES:,} bytes.", "Ask the issuer for another file.")
    found = [_payload(element) for element in _parse(content).iter() if _is_carrier(element)]
    if len(found) > 1:
        raise Damaged(
            f"The picture carries {len(found)} credentials, and it cannot be told which one is meant.",
            "Download the badge again from the issuer's site and forward that file.",
        )
    return found[0] if found else None


def _parse(content: bytes) -> Element:
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import iterparse

    try:
        # A bare DOCTYPE is common in real SVG files and harmless: nothing is fetched and entities are forbidden.
        started = iterparse(
            BytesIO(content), events=("start",), forbid_dtd=False, forbid_entities=True, forbid_external=True
        )
        _, root = next(started)
        # Counted while it is read: a file of nothing but small elements takes a hundred times its size in memory.
        for number, _ in enumerate(started, 2):
            if number > MAX_ELEMENTS:
                raise Damaged(
                    f"The SVG picture has more than {MAX_ELEMENTS:,} elements.",
                    "Send the picture as the issuer made it.",
                )
    except DefusedXmlException as error:
        raise Damaged(
            "The SVG picture declares entities, a way to make a small file unfold into a huge one.",
            "Download the badge again from the issuer's site; if it is the same, ask for a PNG.",
        ) from error
    except (ParseError, ValueError, LookupError) as error:
        raise Damaged(
            "The file is called an SVG picture but is not whole XML.", "Download the badge again and forward that file."
        ) from error
    return root


def _is_carrier(element: Element) -> bool:
    tag = str(element.tag)
    if not tag.startswith("{"):  # no namespace, a comment, a processing instruction
        return False
    namespace, _, name = tag[1:].partition("}")
    return (namespace.rstrip("/"), name) in ELEMENTS


def _payload(element: Element) -> str:
    """The `verify` attribute (a compact JWS or URL) or the content (JSON); both only when one of them is empty."""
    verify = (element.get("verify") or "").strip()
    inside = "".join(element.itertext()).strip()
    if not verify:
        return inside
    if not inside or inside == verify:
        return verify
    if verify.startswith(("http://", "https://")):
        return inside  # OB 2.0: `verify` is where a hosted assertion lives, and the JSON names it again
    raise Damaged(
        "The picture carries one credential as attribute and another as text, and it cannot be told which is meant.",
        "Download the badge again from the issuer's site and forward that file.",
    )
