"""Where an address that somebody wrote would lead, read as leniently as people and browsers do: for pointing out tricks only.

Nothing that decides reads addresses like this; `addresses` does that, strictly (WHATWG URL §4 is what browsers follow).
"""

import re
import unicodedata
from dataclasses import dataclass
from urllib.parse import unquote

from countersign.verification.network import addresses

_WEB = re.compile(r"(?:[a-z][a-z0-9+-]*:[/\\]+|https?:|[/\\]{2})?([^/\\?#]*)(.*)", re.IGNORECASE | re.DOTALL)
_PORT = re.compile(r":\d*$")


@dataclass(frozen=True, slots=True)
class Claimed:
    """The parts of an address. `host` is where it leads (lower case, as DNS has it, empty when nowhere), `letters` the same host with
    punycode undone, `user` what stands before an @, `rest` what follows the host; `tricks` says what is odd about it."""

    host: str = ""
    letters: str = ""
    user: str = ""
    rest: str = ""
    tricks: str = ""


def read(identifier: str) -> Claimed:
    """The parts of a web address, of a did:web, or of a bare host; nothing for any other identifier."""
    text = "".join(c for c in identifier[:2000] if unicodedata.category(c) not in ("Cc", "Cf")).strip()
    if text.lower().startswith("did:web:"):
        site, _, rest = text[len("did:web:") :].partition(":")
        return _taken_apart(identifier, f"https://{unquote(site)}/{rest.replace(':', '/')}")
    if text.lower().startswith(("did:", "urn:", "mailto:", "data:")):
        return Claimed()
    return _taken_apart(identifier, text)


def _taken_apart(identifier: str, text: str) -> Claimed:
    found = _WEB.fullmatch(text)
    if found is None:
        return Claimed()
    user, _, host = found.group(1).rpartition("@")
    host = unicodedata.normalize("NFKC", unquote(host)).replace("\u3002", ".").lower()  # the ideographic full stop
    host = _PORT.sub("", host).rstrip(".")
    return Claimed(
        host=host,
        letters=".".join(_decoded(label) for label in host.split(".")),
        user=unquote(user).lower(),
        rest=unquote(found.group(2)).lower(),
        tricks=_tricks(identifier, text, found.group(1)),
    )


def _decoded(label: str) -> str:
    """A label of a host in the letters that punycode stands for (RFC 3492); as it is when it stands for none."""
    if not label.startswith("xn--"):
        return label
    try:
        return label[4:].encode("ascii").decode("punycode").lower()
    except (UnicodeError, ValueError):
        return label


def _tricks(identifier: str, text: str, authority: str) -> str:
    """What keeps a web address from being a plain one, in words; empty for a plain one and for a did:web."""
    if addresses.split(identifier) is not None or text != identifier:
        port = addresses.split(identifier)
        return "a port" if port is not None and port.port not in (None, 443, 80) else ""
    ways = {
        "letters other than ASCII's": not identifier.isascii(),
        "a user name before the @": "@" in authority,
        "a backslash": "\\" in identifier,
        "percent signs in the host": "%" in authority,
        "a dot at the end of the host": _PORT.sub("", authority).endswith("."),
        "a port": _PORT.search(authority) is not None,
        "no https:// before it": not identifier.lower().startswith(("https://", "http://")),
    }
    return ", ".join(way for way, so in ways.items() if so) or "its spelling"
