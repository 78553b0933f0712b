"""What strangers may ask of the console: limits, headers, a page for every failure, and a log that names nobody."""

import logging
import threading
from dataclasses import dataclass
from typing import Any

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import TimeoutError as PoolTimeout

from countersign.console import application, guard, uploads
from countersign.console.buckets import Buckets, client_of
from countersign.console.looking import Books
from countersign.console.uploads import OF_ONE
from countersign.errors import Busy, CountersignError
from countersign.issuance.numbering import new_number
from countersign.settings import Workspace
from countersign.store import Store
from tests.conftest import MakeWorkspace
from tests.console.conftest import PROGRAM, Issue, Visitor
from tests.console.test_checking import read


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def timed(store: Store, workspace: Workspace, clock: Clock) -> Visitor:
    return Visitor(application(store, workspace, clock))


# --------------------------------------------------------------------------------------------------------------- headers


@pytest.mark.parametrize("path", ["/", "/c/x", "/nowhere", "/check", "/static/x/check.css", "/?number=" + "x" * 2000])
def test_every_answer_carries_the_headers_that_keep_a_page_to_itself(visitor: Visitor, path: str) -> None:
    said = visitor.get(path).headers
    assert said["content-security-policy"] == (
        "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    )
    assert said["x-content-type-options"] == "nosniff"
    assert said["referrer-policy"] == "no-referrer"
    assert said["cache-control"] == "no-store"
    assert "noindex" in said["x-robots-tag"]
    assert "set-cookie" not in said
    assert "server" not in said


def test_static_files_are_known_by_name_and_kept_for_a_year(visitor: Visitor) -> None:
    page = visitor.get("/").text
    version = page.partition("/static/")[2].partition("/")[0]
    style = visitor.get(f"/static/{version}/check.css")
    assert style.status_code == 200
    assert style.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert style.headers["content-type"].startswith("text/css")
    font = visitor.get(f"/static/{version}/Lato-Regular.ttf", headers={"Accept-Encoding": "gzip"})
    assert (font.headers["content-type"], font.headers["content-encoding"]) == ("font/ttf", "gzip")
    assert font.content.startswith(b"\x00\x01\x00\x00")
    for name in ("check.html", "..%2Ffonts.css", "%2e%2e/fonts.css", "OFL-Lato.txt", "Lato-Regular.ttf%00", ""):
        assert visitor.get(f"/static/{version}/{name}").status_code == 404
    assert visitor.get("/static/000000000000/check.css").status_code == 404


def test_the_pages_have_the_affiliates_color(make_workspace: MakeWorkspace, store: Store) -> None:
    workspace = make_workspace('\n[affiliate.colors]\naccent = "#5b1a7a"\n')
    visitor = Visitor(application(store, workspace))
    version = visitor.get("/").text.partition("/static/")[2].partition("/")[0]
    assert visitor.get(f"/static/{version}/check.css").text.endswith(":root { --accent: #5b1a7a }\n")


def test_every_font_the_style_names_is_served(visitor: Visitor) -> None:
    version = visitor.get("/").text.partition("/static/")[2].partition("/")[0]
    style = visitor.get(f"/static/{version}/check.css").text
    named = [part.partition(")")[0] for part in style.split("url(")[1:]]
    assert named
    for name in named:
        assert visitor.get(f"/static/{version}/{name}").status_code == 200


def test_head_is_answered_and_other_methods_are_refused(visitor: Visitor, issue: Issue) -> None:
    number = issue().number
    assert visitor.ask("HEAD", f"/c/{number}").status_code == 200
    for method in ("POST", "PUT", "DELETE", "OPTIONS", "PATCH"):
        answer = visitor.ask(method, f"/c/{number}")
        assert (answer.status_code, read(answer.text).heading) == (405, "That cannot be done here.")
        assert "Tremblay" not in answer.text
    assert visitor.get("/check").status_code == 405


def test_a_redirect_never_leaves_for_a_host_that_the_request_names(visitor: Visitor, issue: Issue) -> None:
    number = issue().number
    for path in (f"/?number={number}", f"/c/{number.lower()}"):
        answer = visitor.get(path, headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"})
        assert answer.headers["location"] == f"/c/{number}"
    assert visitor.get(f"/c/{number}/").status_code == 404
    assert visitor.get("//evil.example/c/").status_code == 404


# ---------------------------------------------------------------------------------------------------------------- limits


def test_an_address_that_asks_too_often_waits(timed: Visitor, clock: Clock, issue: Issue) -> None:
    number = issue().number
    for _ in range(guard.BURST):
        assert timed.get(f"/c/{number}").status_code == 200
    refused = timed.get(f"/c/{number}")
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
    assert read(refused.text).heading == "Too many questions at once."
    assert "Tremblay" not in refused.text
    timed.address = "192.0.2.8"
    assert timed.get(f"/c/{number}").status_code == 200
    timed.address = "192.0.2.7"
    clock.now += 1
    assert timed.get(f"/c/{number}").status_code == 200
    assert timed.get(f"/c/{number}").status_code == 429


def test_only_static_files_are_free(timed: Visitor) -> None:
    version = timed.get("/").text.partition("/static/")[2].partition("/")[0]
    for _ in range(guard.BURST - 1):
        assert timed.get("/c/static/x").status_code == 404
    assert timed.get("/c/x/static/y").status_code == 429
    assert timed.get(f"/static/{version}/check.css").status_code == 200


def test_a_file_costs_as_much_as_five_pages(timed: Visitor) -> None:
    for _ in range(guard.BURST // guard.COST_OF_FILE):
        assert timed.send(b"%PDF-").status_code == 404
    refused = timed.send(b"%PDF-")
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "5")
    assert timed.get("/", headers=PROGRAM).json()["state"] == "error"


@given(st.lists(st.tuples(st.floats(0, 10), st.sampled_from([1.0, 5.0])), max_size=60))
def test_nobody_gets_more_than_the_burst_and_the_rate(asked: list[tuple[float, float]]) -> None:
    buckets, now, given_ = Buckets(burst=10, rate=0.5), 0.0, 0.0
    for pause, cost in asked:
        now += pause
        wait = buckets.take("a", cost, now)
        given_ += 0 if wait else cost
        assert given_ <= 10 + 0.5 * now + 1e-6
        if wait:
            assert Buckets.take(_copy(buckets), "a", cost, now + wait) == 0


def _copy(buckets: Buckets) -> Buckets:
    made = Buckets(buckets.burst, buckets.rate, buckets.most)
    made._left.update(buckets._left)  # pyright: ignore[reportPrivateUsage]
    return made


def test_the_longest_unused_bucket_is_forgotten_first() -> None:
    buckets = Buckets(burst=1, rate=0.001, most=2)
    assert [buckets.take(who, 1, 0) for who in "abc"] == [0, 0, 0]
    assert buckets.take("c", 1, 0) > 0
    assert buckets.take("b", 1, 0) > 0
    assert buckets.take("a", 1, 0) == 0


@pytest.mark.parametrize(
    ("address", "client"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("unix:", "?"),
        (None, "?"),
    ],
)
def test_who_asks(address: str | None, client: str) -> None:
    assert client_of(address) == client


def test_an_address_too_long_is_refused(visitor: Visitor) -> None:
    answer = visitor.get("/c/" + "A" * 1000)
    assert (answer.status_code, read(answer.text).heading) == (414, "This address is too long.")


def a_file_from(address: str, *headers: tuple[bytes, bytes]) -> dict[str, Any]:
    """The head of a request that sends a PDF."""
    said = [(b"content-type", b"application/pdf"), *headers]
    return {"type": "http", "method": "POST", "path": "/check", "raw_path": b"/check", "query_string": b"", "headers": said, "client": (address, 1), "server": ("x", 80), "scheme": "http", "http_version": "1.1"}  # fmt: skip


@dataclass
class Sender:
    """Sends a file from an address, and its last byte not before `ends`."""

    app: Any
    address: str
    ends: anyio.Event
    content: bytes = b"%PDF-"
    began: bool = False
    status: int = 0

    async def send_file(self) -> None:
        await self.app(a_file_from(self.address), self._receive, self._answered)

    async def _receive(self) -> Any:
        if not self.began:
            self.began = True
            return {"type": "http.request", "body": self.content, "more_body": True}
        await self.ends.wait()
        return {"type": "http.request", "body": b"\n", "more_body": False}

    async def _answered(self, message: Any) -> None:
        self.status = message.get("status", self.status)


def test_files_that_are_not_sent_to_their_end_keep_nobody_else_waiting(visitor: Visitor) -> None:
    async def many() -> int:
        never, now = anyio.Event(), anyio.Event()
        now.set()
        other = Sender(visitor.app, "192.0.2.9", now)
        async with anyio.create_task_group() as tasks:
            for n in range(60):
                tasks.start_soon(Sender(visitor.app, f"198.51.100.{n % 30}", never).send_file)
            await anyio.wait_all_tasks_blocked()
            with anyio.fail_after(10):
                await other.send_file()
            tasks.cancel_scope.cancel()
        return other.status

    assert anyio.run(many) == 404


def test_a_sender_who_leaves_is_no_failure_of_ours(visitor: Visitor, caplog: pytest.LogCaptureFixture) -> None:
    async def receive() -> Any:
        return {"type": "http.disconnect"}

    async def send(_: Any) -> None: ...

    with caplog.at_level(logging.INFO, "countersign.console"):
        anyio.run(visitor.app, a_file_from("192.0.2.9"), receive, send)
    assert [record.getMessage()[:15] for record in caplog.records] == ["POST /check 400"]


def test_of_one_address_so_many_files_are_received_and_the_others_wait_for_them(visitor: Visitor) -> None:
    async def many() -> None:
        gate = anyio.Event()
        senders = [Sender(visitor.app, "192.0.2.9", gate) for _ in range(OF_ONE + 3)]
        async with anyio.create_task_group() as tasks:
            for sender in senders:
                tasks.start_soon(sender.send_file)
            await anyio.wait_all_tasks_blocked()
            assert [sender.began for sender in senders] == [True] * OF_ONE + [False] * 3
            gate.set()
        assert [sender.status for sender in senders] == [404] * len(senders)

    anyio.run(many)


def test_files_for_which_there_is_no_room_are_told_to_come_later(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "ALTOGETHER", 100)

    async def many() -> None:
        gate = anyio.Event()
        first, second, small = (
            Sender(visitor.app, f"192.0.2.{n}", gate, b"%PDF-" + b"x" * size) for n, size in enumerate((80, 80, 5))
        )
        async with anyio.create_task_group() as tasks:
            for sender in (first, second, small):
                tasks.start_soon(sender.send_file)
                await anyio.wait_all_tasks_blocked()
            assert (first.status, second.status, small.status) == (0, 503, 0)
            gate.set()
        assert (first.status, small.status) == (404, 404)

    anyio.run(many)
    for content in (b"%PDF-" + b"x" * 90, b"x" * 99):  # what was compared, refused or given up has left
        answer = visitor.ask("POST", "/check", content=content, headers={"Content-Type": "application/pdf"})
        assert answer.status_code in (404, 415)
    full = visitor.ask("POST", "/check", content=b"x" * 101, headers={"Content-Type": "application/pdf"})
    assert (full.status_code, full.headers["retry-after"]) == (503, "20")


def test_pages_do_not_wait_for_files_that_are_compared(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    done = threading.Event()

    def slowly(*_: Any) -> None:
        done.wait(60)

    monkeypatch.setattr(Books, "by_sha256", slowly)

    async def many() -> int:
        now = anyio.Event()
        now.set()
        page: list[int] = []

        async def send(message: Any) -> None:
            page.append(message.get("status", 0))

        async def receive() -> Any:
            return {"type": "http.request", "body": b"", "more_body": False}

        path = f"/c/{new_number('VT', 2026)}"
        asked = a_file_from("192.0.2.9") | {"method": "GET", "path": path, "raw_path": path.encode()}
        try:
            async with anyio.create_task_group() as tasks:
                for n in range(40):
                    tasks.start_soon(Sender(visitor.app, f"198.51.100.{n}", now).send_file)
                await anyio.sleep(0.1)
                with anyio.fail_after(10):
                    await visitor.app(asked, receive, send)
                done.set()
        finally:
            done.set()
        return page[0]

    assert anyio.run(many) == 404


def test_a_body_announced_as_too_large_is_not_begun(visitor: Visitor) -> None:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        raise AssertionError("the body was read")

    scope = a_file_from("192.0.2.9", (b"content-length", b"99999999999999999999"))
    anyio.run(visitor.app, scope, receive, send)
    assert sent[0]["status"] == 413


def test_a_request_that_takes_too_long_is_given_up(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "SECONDS", 0.05)

    async def slowly() -> Any:
        await anyio.sleep(30)

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    anyio.run(visitor.app, a_file_from("192.0.2.9"), slowly, send)
    assert sent[0]["status"] == 503


# -------------------------------------------------------------------------------------------------------------- failures


@pytest.mark.parametrize(
    ("error", "status", "heading"),
    [
        (Busy("The database did not take part: gone.", "Later."), 503, "Certificates cannot be looked up just now."),
        (PoolTimeout("QueuePool limit of size 5 reached"), 503, "Certificates cannot be looked up just now."),
        (CountersignError("The evidence abc… was changed on disk."), 500, "Something went wrong on our side."),
        (RuntimeError("secret Alexandra Tremblay"), 500, "Something went wrong on our side."),
    ],
    ids=["busy", "pool", "evidence", "bug"],
)
def test_what_fails_is_a_page_without_a_trace(
    visitor: Visitor, issue: Issue, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture,
    error: Exception, status: int, heading: str,
) -> None:  # fmt: skip
    number = issue().number

    def fails(*_: Any) -> Any:
        raise error

    monkeypatch.setattr(Books, "by_number", fails)
    with caplog.at_level(logging.INFO, "countersign.console"):
        answer = visitor.get(f"/c/{number}")
    assert (answer.status_code, read(answer.text).heading) == (status, heading)
    assert "Nothing is wrong with the certificate." in answer.text
    assert "Traceback" not in answer.text
    assert "Tremblay" not in answer.text + caplog.text
    assert number not in caplog.text
    if status == 503:
        assert answer.headers["retry-after"] == "60"
    assert visitor.get(f"/c/{number}", headers=PROGRAM).json()["state"] == "error"


def test_a_database_that_is_gone_is_an_outage(
    visitor: Visitor, issue: Issue, workspace: Workspace, store: Store
) -> None:
    number = issue().number
    store.engine.dispose()
    database = workspace.var / "countersign.db"
    database.rename(database.with_suffix(".away"))
    database.mkdir()
    answer = visitor.get(f"/c/{number}")
    assert answer.status_code == 503
    database.rmdir()
    database.with_suffix(".away").rename(database)
    assert visitor.get(f"/c/{number}").status_code == 200


def test_the_log_says_route_status_and_time_and_nobodys_number(
    visitor: Visitor, issue: Issue, caplog: pytest.LogCaptureFixture
) -> None:
    number = issue().number
    with caplog.at_level(logging.INFO, "countersign.console"):
        for path in (f"/c/{number}", f"/?number={number}", f"/{number}", "/a%0d%0aINFO%20forged"):
            visitor.get(path)
    assert [" ".join(r.getMessage().split()[:3]) for r in caplog.records] == [
        "GET /c/{number} 200",
        "GET / 303",
        "GET ? 404",
        "GET ? 404",
    ]
    assert number not in caplog.text
    assert visitor.address not in caplog.text


# ----------------------------------------------------------------------------------------------------------- under a path


def test_below_a_path_everything_leads_there_whether_the_proxy_takes_it_off_or_not(
    make_workspace: MakeWorkspace, store: Store, issue: Issue
) -> None:
    number = issue().number
    workspace = make_workspace()
    settings = workspace.root / "countersign.toml"
    settings.write_text(settings.read_text("utf-8").replace("demo-ea.example/c/", "demo-ea.example/verify/c/"), "utf-8")
    from countersign.settings import open_workspace

    visitor = Visitor(application(store, open_workspace(workspace.root)))
    for before in ("", "/verify"):
        page = visitor.get(f"{before}/c/{number}")
        assert page.status_code == 200
        links = [part.partition('"')[0] for part in page.text.replace('action="', 'href="').split('href="')[1:]]
        assert all(link.startswith(("/verify/", "mailto:")) for link in links), links
        for link in links:
            if link.startswith("/verify/static/"):
                assert visitor.get(link).status_code == 200
        assert visitor.get(f"{before}/?number={number}").headers["location"] == f"/verify/c/{number}"
    assert visitor.get("/verifyx").status_code == 404
