"""Hosted documents read through the fetcher: an answer that is no proper document is a finding, never a guess."""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from countersign.verification import strictjson
from countersign.verification.findings import IN_A_BROWSER, TELL_ISSUER, Finding, later, unsure
from countersign.verification.network import addresses
from countersign.verification.network.web import Fetcher, Refused, Unreachable
from models.credentials import Fetched

_MEANING = {
    404: "it is not there",
    410: "the site says that it is gone for good",
    429: "the site asks for a pause",
}
_JSON = frozenset(
    {
        "",
        "application/json",
        "text/json",
        "text/plain",
        "application/octet-stream",
        "binary/octet-stream",
        "application/javascript",
        "text/javascript",
    }
)
"""Content types under which hosts serve JSON, besides all that end in "+json" (RFC 6839 §3.1)."""

_KIND = re.compile(r"[a-z0-9.+-]{1,40}/[a-z0-9.+-]{1,60}", re.ASCII)


class Missing(Exception):
    """A document that is needed was not to be had. `status` is the HTTP status, 0 when there was no answer."""

    def __init__(self, finding: Finding, status: int = 0) -> None:
        super().__init__(finding.detail)
        self.finding = finding
        self.status = status


@dataclass(frozen=True, slots=True)
class Document:
    """A JSON object as it was served. `origin` is where it came from in the end, after redirects."""

    body: dict[str, Any]
    origin: str
    answer: Fetched


def fetch(fetcher: Fetcher, address: str, what: str) -> Fetched:
    """The answer with status 200 at `address`; `what` names the document in sentences. Raises Missing."""
    try:
        answer = fetcher.get(addresses.to_fetch(address))
    except Unreachable as error:
        raise Missing(later(f"{what} could not be read from {_host(address)}: {error}.")) from error
    except Refused as error:
        raise Missing(unsure(f"{what} will not be read from {_host(address)}: {error}.", TELL_ISSUER)) from error
    if answer.status != 200:
        meaning = _MEANING.get(answer.status, f"the answer was {answer.status}")
        raise Missing(later(f"{what} could not be read from {_host(address)}: {meaning}."), answer.status)
    return answer


def read(fetcher: Fetcher, address: str, what: str) -> Document:
    """The JSON object at `address`. Raises Missing."""
    answer = fetch(fetcher, address, what)
    site = answer.final_url
    other = _other_kind(answer)
    if other:
        raise Missing(
            unsure(f"{what} was asked for, and {_host(site)} answers with {other}.", IN_A_BROWSER), answer.status
        )
    try:
        body = strictjson.parse_object(answer.content)
    except strictjson.JsonProblem as error:
        raise Missing(unsure(f"{what} at {_host(site)} {error}.", TELL_ISSUER), answer.status) from error
    return Document(body, addresses.origin(site), answer)


def _host(address: str) -> str:
    return urlsplit(address).hostname or "the address"


def _other_kind(answer: Fetched) -> str:
    """What the answer says it is when that cannot be a JSON document, in words; empty when it can.

    A file that somebody uploaded to the issuer's site as a picture stays a picture, even if there is JSON in it. Hosts that know
    no better say plain text or nothing: that is taken.
    """
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind in _JSON or kind.endswith("+json"):
        return ""
    if kind in ("text/html", "application/xhtml+xml"):
        return f"a web page ({kind}) instead of a JSON document: it may be a login, a notice or an error"
    named = kind if _KIND.fullmatch(kind) else "a content type that cannot be read"
    return f"{'a picture' if kind.startswith('image/') else 'something else'} ({named}) instead of a JSON document"


def same(a: object, b: object) -> bool:
    """Whether two identifiers are the same one."""
    return isinstance(a, str) and isinstance(b, str) and bool(a) and addresses.normal(a) == addresses.normal(b)
