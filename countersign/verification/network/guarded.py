"""The one client that talks to the web, for addresses that strangers chose (rule 9 of the house).

https on port 443 only; a name is resolved once, every address it has must be public, and the connection goes to one of
exactly those addresses, so that a second look-up cannot lead elsewhere; each redirect starts over; bounded in size and
in total time; gentle to each host (`manners`). No cookies, no proxies, no credentials.
"""

import ipaddress
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from countersign import __version__
from countersign.deadline import until
from countersign.verification.network import addresses
from countersign.verification.network.manners import Manners
from countersign.verification.network.web import MAX_BODY, Refused, Unreachable
from models.credentials import Fetched

if TYPE_CHECKING:
    import httpcore

MAX_REDIRECTS = 5
TOTAL_SECONDS = 15.0
MAX_HEADERS = 100
MAX_HEADER = 2_000
"""Characters of one header that are kept; more would only fill the evidence."""

KEPT_HEADERS = frozenset(
    {
        "age",
        "cache-control",
        "content-encoding",
        "content-language",
        "content-length",
        "content-location",
        "content-type",
        "date",
        "etag",
        "expires",
        "last-modified",
        "link",
        "location",
        "retry-after",
        "server",
        "vary",
        "via",
    }
)
"""The headers that say something of the document; cookies and the rest are nobody's evidence."""

_REDIRECT = frozenset({301, 302, 303, 307, 308})
_SPECIAL = tuple(
    map(
        ipaddress.ip_network,
        ("192.0.0.0/24", "192.88.99.0/24", "168.63.129.16/32", "3fff::/20", "64:ff9b:1::/48", "5f00::/16"),
    )
)
"""Protocol assignments, the old 6to4 relay, the inside of a cloud's own machines, documentation, local translation and
segment routing: not public, whatever this Python's tables say of them."""

_NAT64 = ipaddress.ip_network("64:ff9b::/96")

Resolve = Callable[[str], Sequence[str]]


def resolve(host: str) -> list[str]:
    """Every address of a host name, as text. Raises OSError."""
    found = socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def is_public(address: str) -> bool:
    """Whether an IP address is one of the open internet, looked through every way of wrapping IPv4 in IPv6."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is None and ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
        if ip.is_site_local:
            return False
    if any(ip in network for network in _SPECIAL if network.version == ip.version):
        return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified or ip.is_loopback)


class Silent(Unreachable):
    """The host itself could not be reached: no address, no connection, no answer in time."""


class GuardedFetcher:
    """Fetches from the public internet, and remembers as long as it lives (a run) which hosts could not be reached.

    The keyword arguments exist for tests against a server on loopback.
    """

    def __init__(
        self,
        now: datetime,
        *,
        resolve: Resolve = resolve,
        is_public: Callable[[str], bool] = is_public,
        dialler: "httpcore.NetworkBackend | None" = None,
        trust: ssl.SSLContext | None = None,
        seconds: float = TOTAL_SECONDS,
        manners: Manners | None = None,
    ) -> None:
        self._now = now
        self._resolve = resolve
        self._is_public = is_public
        self._dialler = dialler
        self._trust = trust
        self._seconds = seconds
        self._manners = manners or Manners()

    def get(self, url: str) -> Fetched:
        deadline = time.monotonic() + self._seconds
        address = url
        for _ in range(MAX_REDIRECTS + 1):
            status, headers, content = self._tried(address, _checked(address), deadline)
            location = headers.get("location", "")
            if status not in _REDIRECT or not location:
                return Fetched(
                    url=url, final_url=address, status=status, headers=headers, content=content, at=self._now
                )
            address = urljoin(address, location)
        raise Refused(f"it redirects more than {MAX_REDIRECTS} times")

    def _tried(self, address: str, host: str, deadline: float) -> tuple[int, dict[str, str], bytes]:
        """One answer of one host, unless the host is to be left alone."""
        self._manners.ask(host)
        # A slow page that redirects must not use up the time of the host behind it and so have it called silent.
        fair = deadline - time.monotonic() >= self._seconds / 2
        try:
            answer = self._once(address, self._addresses(host, deadline), deadline)
        except Silent:
            if fair:
                self._manners.silent(host)
            raise
        self._manners.answered(host, answer[0], answer[1])
        return answer

    def _addresses(self, host: str, deadline: float) -> list[str]:
        """The host's addresses, all public. The system's resolver knows no time limit, so a thread waits for it."""
        found: list[str] = []
        failure: list[OSError] = []

        def ask() -> None:
            try:
                found.extend(self._resolve(host))
            except (OSError, UnicodeError) as error:
                failure.append(OSError(str(error)))

        asking = threading.Thread(target=ask, daemon=True)
        asking.start()
        asking.join(max(0.0, deadline - time.monotonic()))
        if asking.is_alive():
            raise Silent(f"the address of {host} was not found in time")
        if failure or not found:
            raise Silent(f"no address is known for {host}")
        for one in found:
            if not self._is_public(one):
                raise Refused(f"{host} leads to an address inside a private network")
        return list(found)

    def _once(self, address: str, found: list[str], deadline: float) -> tuple[int, dict[str, str], bytes]:
        import httpcore

        backend = _pinned(self._dialler or httpcore.SyncBackend(), found, deadline)
        headers = {
            "Accept": "application/json, application/ld+json, application/vc+ld+json, image/png, image/svg+xml, */*;q=0.1",
            "Accept-Encoding": "identity",
            "User-Agent": f"Countersign/{__version__}",
            "Connection": "close",
        }
        asked = [(name.encode(), value.encode()) for name, value in headers.items()]
        trust = self._trust = self._trust or httpcore.default_ssl_context()
        limits = dict.fromkeys(("connect", "read", "write", "pool"), self._seconds)
        try:
            with (
                httpcore.ConnectionPool(ssl_context=trust, network_backend=backend, max_connections=1) as pool,
                pool.stream("GET", address, headers=asked, extensions={"timeout": limits}) as response,
            ):
                answered = _headers(response.headers)
                if response.status in _REDIRECT:
                    return response.status, answered, b""
                return response.status, answered, _body(answered, response.iter_stream(), deadline)
        except httpcore.TimeoutException as error:
            raise Silent("it did not answer in time") from error
        except (httpcore.NetworkError, httpcore.ProtocolError, OSError) as error:
            reason = "its certificate is not valid" if "CERTIFICATE_VERIFY" in str(error) else "the connection failed"
            raise Silent(reason) from error


def _checked(address: str) -> str:
    """The host of an address that may be fetched. Raises Refused."""
    parts = addresses.split(address)
    if parts is None:
        raise Refused("it is not a plain web address")
    if parts.scheme.lower() != "https":
        raise Refused("only https is fetched")
    if parts.port not in (None, 443):
        raise Refused("only the usual https port is fetched")
    return (parts.hostname or "").lower()


def _headers(raw: Sequence[tuple[bytes, bytes]]) -> dict[str, str]:
    if len(raw) > MAX_HEADERS:
        raise Refused("its answer has too many headers")
    told = ((name.decode("latin-1").lower(), value.decode("latin-1")[:MAX_HEADER]) for name, value in raw)
    return {name: value for name, value in told if name in KEPT_HEADERS}


def _body(headers: dict[str, str], chunks: Iterable[bytes], deadline: float) -> bytes:
    """The body, at most `MAX_BODY` bytes packed or unpacked, within the time that is left."""
    too_large = Refused(f"it is larger than {MAX_BODY:,} bytes")
    if headers.get("content-length", "").isdigit() and int(headers["content-length"][:20]) > MAX_BODY:
        raise too_large
    content = bytearray()
    for chunk in chunks:
        content += chunk
        if len(content) > MAX_BODY:
            raise too_large
        if time.monotonic() > deadline:
            raise Silent("it did not answer in time")
    encoding = headers.get("content-encoding", "identity").strip().lower()
    if encoding in ("", "identity"):
        return bytes(content)
    if encoding not in ("gzip", "x-gzip"):
        raise Refused(f"it is compressed in a way that was not asked for ({encoding[:20]})")
    inflater = zlib.decompressobj(wbits=31)
    try:
        unpacked = inflater.decompress(bytes(content), MAX_BODY + 1)
    except zlib.error as error:
        raise Unreachable("its answer is damaged") from error
    if len(unpacked) > MAX_BODY:
        raise too_large
    if not inflater.eof:
        raise Unreachable("its answer is cut off")
    return unpacked


def _pinned(dialler: "httpcore.NetworkBackend", found: list[str], deadline: float) -> "httpcore.NetworkBackend":
    """A backend that connects to the addresses that were checked, whatever name it is given, until the deadline.

    The TLS handshake above it still names and checks the host.
    """
    import httpcore

    timed = until(deadline, dialler)

    class Pinned(httpcore.NetworkBackend):
        def connect_tcp(
            self,
            host: str,  # noqa: ARG002  (its addresses were checked, and no others are used)
            port: int,
            timeout: float | None = None,  # noqa: ARG002
            local_address: str | None = None,  # noqa: ARG002
            socket_options: Iterable[Any] | None = None,  # noqa: ARG002
        ) -> httpcore.NetworkStream:
            failure: Exception | None = None
            for address in found[:4]:
                try:
                    return timed.connect_tcp(address, port)
                except httpcore.ConnectError as error:
                    failure = error
            raise failure or httpcore.ConnectError("no address")

    return Pinned()
