"""The guarded client against a real TLS server on loopback, reached through the seams that production code leaves alone."""

import contextlib
import gzip
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpcore
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from countersign.verification import Refused, Unreachable
from countersign.verification.network.guarded import GuardedFetcher
from countersign.verification.network.manners import Manners
from tests.verification.making import NOW

PAGES: dict[str, Callable[[BaseHTTPRequestHandler], None]] = {}


def page(path: str) -> Callable[[Callable[[BaseHTTPRequestHandler], None]], None]:
    def keep(answer: Callable[[BaseHTTPRequestHandler], None]) -> None:
        PAGES[path] = answer

    return keep


def send(handler: BaseHTTPRequestHandler, status: int, body: bytes = b"", **headers: str) -> None:
    handler.send_response(status)
    for name, value in ({"Content-Length": str(len(body))} | headers).items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    with contextlib.suppress(OSError):
        handler.wfile.write(body)


page("/fine")(lambda h: send(h, 200, b'{"host": "%s"}' % h.headers["Host"].encode()))
page("/headers")(lambda h: send(h, 200, repr(sorted(k.lower() for k in h.headers)).encode()))
page("/gone")(lambda h: send(h, 410))
page("/cookie")(lambda h: send(h, 302, Location="/headers", Set_Cookie="a=b"))
page("/hop")(lambda h: send(h, 302, Location="https://other.example/fine"))
page("/plain")(lambda h: send(h, 302, Location="http://issuer.example/fine"))
page("/port")(lambda h: send(h, 302, Location="https://issuer.example:8443/fine"))
page("/file")(lambda h: send(h, 302, Location="file:///etc/hostname"))
page("/login")(lambda h: send(h, 302, Location="https://me:secret@issuer.example/fine"))
page("/inside")(lambda h: send(h, 302, Location="https://inside.example/fine"))
page("/loop")(lambda h: send(h, 302, Location="/loop"))
page("/large")(lambda h: send(h, 200, b"x" * 1_000_001))
page("/zipped")(lambda h: send(h, 200, gzip.compress(b"{}"), Content_Encoding="gzip"))
page("/bomb")(lambda h: send(h, 200, gzip.compress(b"0" * 50_000_000), Content_Encoding="gzip"))
page("/brotli")(lambda h: send(h, 200, b"x", Content_Encoding="br"))


@page("/endless")
def _endless(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    with contextlib.suppress(OSError):
        for _ in range(200):
            handler.wfile.write(b"x" * 100_000)


@page("/drip")
def _drip(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    with contextlib.suppress(OSError):
        for _ in range(100):
            handler.wfile.write(b"x")
            handler.wfile.flush()
            time.sleep(0.05)


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        PAGES.get(self.path, lambda h: send(h, 404))(self)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is what these tests are about."""


def _certificate(folder: Path, *names: str) -> tuple[Path, ssl.SSLContext]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW - timedelta(days=3650))
        .not_valid_after(NOW + timedelta(days=3650))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(n) for n in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "server.pem"
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + made.public_bytes(Encoding.PEM)
    file.write_bytes(pem)
    trust = ssl.create_default_context()
    trust.load_verify_locations(cadata=made.public_bytes(Encoding.PEM).decode())
    return file, trust


class Dialler(httpcore.NetworkBackend):
    """Leads to the test's server and notes which address was asked for."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.dialled: list[tuple[str, int]] = []

    def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, *_: Any, **__: Any
    ) -> httpcore.NetworkStream:
        self.dialled.append((host, port))
        return httpcore.SyncBackend().connect_tcp("127.0.0.1", self.port, timeout)


NAMES = {
    "issuer.example": ["203.0.113.1"],
    "other.example": ["203.0.113.2", "203.0.113.3"],
    "inside.example": ["10.0.0.5"],
    "mixed.example": ["203.0.113.1", "127.0.0.1"],
    "wrong.example": ["203.0.113.9"],
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Dialler, ssl.SSLContext]]:
    names = ("issuer.example", "other.example", "inside.example", "mixed.example")
    file, trust = _certificate(tmp_path_factory.mktemp("tls"), *names)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    server = Server(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield Dialler(server.server_address[1]), trust
    server.shutdown()
    server.server_close()
    thread.join()


def _public(address: str) -> bool:
    """TEST-NET-3, which stands for the open internet here, and nothing else."""
    return ipaddress.ip_address(address) in ipaddress.ip_network("203.0.113.0/24")


def _resolve(host: str) -> list[str]:
    if host not in NAMES:
        raise OSError("no such name")
    return NAMES[host]


@pytest.fixture
def guard(world: tuple[Dialler, ssl.SSLContext]) -> GuardedFetcher:
    dialler, trust = world
    dialler.dialled.clear()
    return GuardedFetcher(
        NOW, resolve=_resolve, is_public=_public, dialler=dialler, trust=trust, manners=Manners(pause=0)
    )


def test_a_page_is_fetched_from_the_address_that_was_checked(
    guard: GuardedFetcher, world: tuple[Dialler, ssl.SSLContext]
) -> None:
    answer = guard.get("https://issuer.example/fine")
    assert (answer.status, answer.content) == (200, b'{"host": "issuer.example"}')
    assert (answer.url, answer.final_url, answer.at) == (
        "https://issuer.example/fine",
        "https://issuer.example/fine",
        NOW,
    )
    assert world[0].dialled == [("203.0.113.1", 443)]


def test_an_answer_is_an_answer_whatever_its_status(guard: GuardedFetcher) -> None:
    assert guard.get("https://issuer.example/gone").status == 410
    assert guard.get("https://issuer.example/nothing").status == 404


def test_a_redirect_is_followed_and_checked_anew(guard: GuardedFetcher, world: tuple[Dialler, ssl.SSLContext]) -> None:
    answer = guard.get("https://issuer.example/hop")
    assert (answer.final_url, answer.content) == ("https://other.example/fine", b'{"host": "other.example"}')
    assert world[0].dialled == [("203.0.113.1", 443), ("203.0.113.2", 443)]


def test_no_cookies_and_no_compression_are_offered(guard: GuardedFetcher) -> None:
    sent = guard.get("https://issuer.example/cookie").content.decode()
    assert sent == "['accept', 'accept-encoding', 'connection', 'host', 'user-agent']"
    assert guard.get("https://issuer.example/zipped").content == b"{}"


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://issuer.example/fine", "only https"),
        ("ftp://issuer.example/fine", "not a plain web address"),
        ("file:///etc/hostname", "not a plain web address"),
        ("https://issuer.example:8443/fine", "usual https port"),
        ("https://me:secret@issuer.example/fine", "not a plain web address"),
        ("https://issuer.example\\@inside.example/", "not a plain web address"),
        ("https://[::1]/", "not a plain web address"),
        ("https://issüer.example/", "not a plain web address"),
        ("https://inside.example/fine", "private network"),
        ("https://mixed.example/fine", "private network"),
        ("https://issuer.example/plain", "only https"),
        ("https://issuer.example/port", "usual https port"),
        ("https://issuer.example/file", "not a plain web address"),
        ("https://issuer.example/login", "not a plain web address"),
        ("https://issuer.example/inside", "private network"),
        ("https://issuer.example/loop", "more than 5 times"),
        ("https://issuer.example/large", "larger than 1,000,000 bytes"),
        ("https://issuer.example/endless", "larger than 1,000,000 bytes"),
        ("https://issuer.example/bomb", "larger than 1,000,000 bytes"),
        ("https://issuer.example/brotli", "compressed in a way"),
    ],
)
def test_the_guard_refuses(guard: GuardedFetcher, world: tuple[Dialler, ssl.SSLContext], url: str, reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        guard.get(url)
    assert all(address.startswith("203.") for address, _ in world[0].dialled)


def test_a_certificate_for_another_name_is_no_answer(guard: GuardedFetcher) -> None:
    with pytest.raises(Unreachable, match="certificate is not valid"):
        guard.get("https://wrong.example/fine")


def test_a_name_nobody_knows_is_unreachable(guard: GuardedFetcher) -> None:
    with pytest.raises(Unreachable, match=r"no address is known for nowhere\.example"):
        guard.get("https://nowhere.example/")


def test_a_server_that_drips_is_left_when_the_total_time_is_over(world: tuple[Dialler, ssl.SSLContext]) -> None:
    dialler, trust = world
    hasty = GuardedFetcher(NOW, resolve=_resolve, is_public=_public, dialler=dialler, trust=trust, seconds=0.6)
    start = time.monotonic()
    with pytest.raises(Unreachable, match="in time"):
        hasty.get("https://issuer.example/drip")
    assert time.monotonic() - start < 3


def test_a_resolver_that_hangs_is_left_too(world: tuple[Dialler, ssl.SSLContext]) -> None:
    waiting = threading.Event()

    def hang(_host: str) -> list[str]:
        waiting.wait(5)
        return []

    with pytest.raises(Unreachable, match="not found in time"):
        GuardedFetcher(NOW, resolve=hang, seconds=0.2).get("https://issuer.example/")
    waiting.set()


def test_nobody_listening_is_unreachable() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    guard = GuardedFetcher(NOW, resolve=_resolve, is_public=_public, dialler=Dialler(port))
    with pytest.raises(Unreachable, match="the connection failed"):
        guard.get("https://issuer.example/")


def test_a_host_that_answers_in_between_is_asked_on_and_a_404_is_an_answer(
    world: tuple[Dialler, ssl.SSLContext],
) -> None:
    dialler, trust = world
    up = iter([False, True, False, True, False, True])

    def flickering(host: str) -> list[str]:
        if next(up):
            return _resolve(host)
        raise OSError("not known")

    guard = GuardedFetcher(
        NOW, resolve=flickering, is_public=_public, dialler=dialler, trust=trust, manners=Manners(pause=0)
    )
    for _ in range(3):
        with pytest.raises(Unreachable, match="no address is known"):
            guard.get("https://issuer.example/fine")
        assert guard.get("https://issuer.example/nowhere").status == 404


def test_a_dead_host_behind_redirects_is_left_alone_and_the_one_that_redirects_is_not(
    world: tuple[Dialler, ssl.SSLContext],
) -> None:
    dialler, trust = world
    asked: list[str] = []

    def other_is_dead(host: str) -> list[str]:
        asked.append(host)
        if host == "other.example":
            raise OSError("not known")
        return _resolve(host)

    guard = GuardedFetcher(
        NOW, resolve=other_is_dead, is_public=_public, dialler=dialler, trust=trust, manners=Manners(pause=0)
    )
    for _ in range(4):
        with pytest.raises(Unreachable, match=r"other\.example"):
            guard.get("https://issuer.example/hop")
    assert asked.count("other.example") == 2
    assert guard.get("https://issuer.example/fine").status == 200


def test_a_slow_page_cannot_have_the_host_behind_its_redirect_called_silent(
    world: tuple[Dialler, ssl.SSLContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    dialler, trust = world
    asked: list[str] = []
    clock = [0.0]
    for module in ("verification.network.guarded", "deadline"):
        monkeypatch.setattr(f"countersign.{module}.time", SimpleNamespace(monotonic=lambda: clock[0]))

    def slow_then_gone(host: str) -> list[str]:
        asked.append(host)
        if host == "issuer.example":
            clock[0] += 8.0
            return _resolve(host)
        raise OSError("not known")

    guard = GuardedFetcher(
        NOW, resolve=slow_then_gone, is_public=_public, dialler=dialler, trust=trust, manners=Manners(pause=0)
    )
    for _ in range(3):
        with pytest.raises(Unreachable, match="no address is known"):
            guard.get("https://issuer.example/hop")
    assert asked.count("other.example") == 3


page("/busy")(lambda h: send(h, 429, b"slow down", Retry_After="120"))
page("/down")(lambda h: send(h, 503, Retry_After="Fri, 02 Oct 2026 07:00:00 GMT"))
page("/fault")(lambda h: send(h, 503))
page("/again")(lambda h: send(h, 302, Location="/fine"))
page("/bomb-of-headers")(lambda h: send(h, 200, b"{}", **{f"X-{n}": "y" for n in range(101)}))
page("/heavy-headers")(lambda h: send(h, 200, b"{}", Server="z" * 200_000))
page("/long-header")(lambda h: send(h, 200, b"{}", Link="z" * 5_000, Set_Cookie="session=secret", X_Other="1"))
page("/two-lengths")(lambda h: send(h, 200, b"{}", Content_Length="1000001"))
page("/cut")(lambda h: send(h, 200, gzip.compress(b"{}" * 400)[:-9], Content_Encoding="gzip"))
page("/not-gzip")(lambda h: send(h, 200, b"{}", Content_Encoding="gzip"))
page("/nested")(lambda h: send(h, 200, gzip.compress(gzip.compress(b"{}")), Content_Encoding="gzip, gzip"))


@page("/says-large")
def _says_large(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000001")
    handler.end_headers()


@page("/slow-headers")
def _slow_headers(handler: BaseHTTPRequestHandler) -> None:
    with contextlib.suppress(OSError):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
        for number in range(100):
            handler.wfile.write(b"X-%d: y\r\n" % number)
            handler.wfile.flush()
            time.sleep(0.05)


@pytest.mark.parametrize(
    ("path", "kind", "reason"),
    [
        ("bomb-of-headers", Refused, "too many headers"),
        ("heavy-headers", Unreachable, "the connection failed"),
        ("two-lengths", Unreachable, "the connection failed"),
        ("says-large", Refused, "larger than 1,000,000 bytes"),
        ("cut", Unreachable, "cut off"),
        ("not-gzip", Unreachable, "damaged"),
        ("nested", Refused, r"compressed in a way that was not asked for \(gzip, gzip\)"),
    ],
)
def test_an_answer_that_is_not_taken(guard: GuardedFetcher, path: str, kind: type[Exception], reason: str) -> None:
    with pytest.raises(kind, match=reason):
        guard.get(f"https://issuer.example/{path}")


def test_headers_that_drip_are_left_too(world: tuple[Dialler, ssl.SSLContext]) -> None:
    dialler, trust = world
    hasty = GuardedFetcher(NOW, resolve=_resolve, is_public=_public, dialler=dialler, trust=trust, seconds=0.4)
    start = time.monotonic()
    with pytest.raises(Unreachable, match="in time"):
        hasty.get("https://issuer.example/slow-headers")
    assert time.monotonic() - start < 3


def test_headers_that_say_something_of_the_document_are_kept_and_cookies_are_not(guard: GuardedFetcher) -> None:
    headers = guard.get("https://issuer.example/long-header").headers
    assert set(headers) == {"content-length", "date", "link", "server"}
    assert headers["link"] == "z" * 2_000


def test_a_name_that_leads_inside_at_the_second_look_is_refused_at_the_second_look(
    world: tuple[Dialler, ssl.SSLContext],
) -> None:
    dialler, trust = world
    dialler.dialled.clear()
    answers = iter([["203.0.113.1"], ["10.0.0.5"], ["127.0.0.1"]])
    guard = GuardedFetcher(
        NOW,
        resolve=lambda _: next(answers),
        is_public=_public,
        dialler=dialler,
        trust=trust,
        manners=Manners(pause=0),
    )
    with pytest.raises(Refused, match="private network"):
        guard.get("https://issuer.example/again")
    with pytest.raises(Refused, match="private network"):
        guard.get("https://issuer.example/fine")
    assert dialler.dialled == [("203.0.113.1", 443)]


@pytest.mark.parametrize(("path", "status"), [("busy", 429), ("down", 503)])
def test_a_site_that_asks_for_a_pause_is_left_alone_for_the_run(guard: GuardedFetcher, path: str, status: int) -> None:
    first = guard.get(f"https://issuer.example/{path}")
    assert (first.status, "retry-after" in first.headers) == (status, True)
    with pytest.raises(
        Unreachable, match=rf"issuer\.example asked for a pause \(status {status}\), so this run does not"
    ):
        guard.get("https://issuer.example/fine")
    assert guard.get("https://other.example/fine").status == 200


def test_a_fault_without_a_wish_is_only_an_answer(guard: GuardedFetcher) -> None:
    assert guard.get("https://issuer.example/fault").status == 503
    assert guard.get("https://issuer.example/fine").status == 200
