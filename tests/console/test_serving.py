"""`countersign serve` as a user has it: a process on a port, real browsers, real sockets, a nightly beside it."""

import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pypdf
import pytest
from typer.testing import CliRunner

from countersign.cli import app
from countersign.console import serving
from countersign.issuance.numbering import new_number
from countersign.settings import PROGRAM, Workspace, open_workspace
from countersign.store import Store
from tests.conftest import migrated
from tests.console.conftest import Issue, end, rewritten
from tests.test_architecture import loaded_by


@contextmanager
def served(
    workspace: Workspace, *options: str, told: signal.Signals = signal.SIGTERM, before: str = ""
) -> Generator[str]:
    """`countersign serve` in a process of its own; the address of its start page. It is told to end, and ends well. `before` is
    Python that runs first."""
    code = f"{before}\nfrom countersign.cli import main; main()"
    command = [sys.executable, "-c", code, "serve", "--port", "0", "--workspace", str(workspace.root), *options]
    with (workspace.root / "serve.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=PROGRAM, stdout=subprocess.PIPE, stderr=log, text=True)
        try:
            assert process.stdout is not None
            said = process.stdout.readline()
            found = re.search(r"http://\S+/", said)
            assert found, said
            yield found[0]
        finally:
            process.send_signal(told)
            process.communicate(timeout=20)
    assert process.returncode == 0


class Browser:
    """Headless Chromium with a profile of its own."""

    def __init__(self, folder: Path) -> None:
        program = shutil.which("chromium")
        if program is None:
            raise RuntimeError("Chromium is not installed; `make test` installs it.")
        self._command = [program, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder}"]
        self._command += ["--disable-background-networking", "--no-first-run", "--enable-logging=stderr", "--v=0"]

    def see(self, address: str) -> tuple[str, list[str]]:
        """The page after everything in it that could run has run, and what the browser's console said."""
        ended = subprocess.run(
            [*self._command, "--dump-dom", address], capture_output=True, text=True, check=True, timeout=60
        )
        return ended.stdout, [line for line in ended.stderr.splitlines() if ":CONSOLE" in line]


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Browser:
    return Browser(tmp_path_factory.mktemp("chromium"))


def heading(page: str) -> str:
    found = re.search(r"<h1>(.*?)</h1>", page)
    assert found, page
    return found[1]


def test_the_code_on_a_drawn_certificate_leads_to_its_page_in_a_browser(
    workspace: Workspace, store: Store, issue: Issue, now: datetime, browser: Browser
) -> None:
    made = issue(title="<script>document.title='taken';document.body.innerHTML=''</script> & <b>bold</b>")
    gone, older = issue(), issue()
    end(store, gone, "revoked", now)
    end(store, older, "replaced", now)
    newer = rewritten(store, new_number("VT", 2026), older, replaces_id=older.id)
    notes: Any = pypdf.PdfReader(workspace.root / made.path).pages[0]["/Annots"]
    (printed,) = {str(note.get_object()["/A"]["/URI"]) for note in notes if "/A" in note.get_object()}
    assert printed == f"https://check.demo-ea.example/c/{made.number}"
    with served(workspace) as start:
        site = start.rstrip("/")
        leads = ""
        seen, complaints = browser.see(site + urlsplit(printed).path)
        assert heading(seen) == "Valid"
        assert "&lt;script&gt;document.title='taken'" in seen
        assert "<title>Valid: certificate" in seen
        assert complaints == []
        for number, outcome in (
            (gone.number, "Revoked"),
            (older.number, "Replaced"),
            (new_number("VT", 2026), "We have not issued this."),
        ):
            seen, complaints = browser.see(f"{site}/c/{number}")
            assert heading(seen) == outcome
            # of a page that is not there, Chromium's console says so
            assert [line for line in complaints if "404" not in line] == []
            leads += seen if number == older.number else ""
        assert newer.number in leads
        with httpx.Client(base_url=site) as client:
            content = (workspace.root / made.path).read_bytes()
            sent = client.post("/check", files={"pdf": ("c.pdf", content, "application/pdf")})
            assert "The PDF is unaltered" in sent.text
    log = (workspace.root / "serve.log").read_text("utf-8")
    assert " GET /c/{number} 200 " in log
    assert made.number not in log
    assert "127.0.0.1" not in log


def refusals(start: str) -> int:
    """How many of 70 visitors were refused, who all come through us."""
    with httpx.Client(base_url=start) as client:
        return sum(client.get("", headers={"X-Forwarded-For": f"198.51.100.{n}"}).status_code == 429 for n in range(70))


def test_it_reads_while_a_nightly_writes_and_believes_no_proxy_that_was_not_named(
    workspace: Workspace, store: Store, issue: Issue
) -> None:
    number = issue().number
    with (
        served(workspace, told=signal.SIGINT) as start,
        httpx.Client(base_url=start, headers={"Accept": "application/json"}) as client,
    ):
        with store.transaction():
            began = time.monotonic()
            assert client.get(f"c/{number}").json()["counts"] is True
            assert time.monotonic() - began < 5
        later = issue().number
        assert client.get(f"c/{later}").json()["counts"] is True
        assert refusals(start) > 0
    assert "Traceback" not in (workspace.root / "serve.log").read_text("utf-8")


@pytest.fixture(scope="module")
def impatient(tmp_path_factory: pytest.TempPathFactory) -> Generator[int]:
    """The port of a server without certificates, behind the proxy 127.0.0.1, which hangs up after two seconds, not ten."""
    folder = tmp_path_factory.mktemp("impatient")
    migrated(folder)
    patience = "from countersign.console import serving; serving.SECONDS_TO_ASK = serving.SECONDS_BETWEEN = 2"
    with served(open_workspace(folder), "--proxy", "127.0.0.1/31", before=patience) as start:
        yield urlsplit(start).port or 0


@contextmanager
def connected(port: int, source: str = "127.0.0.1") -> Generator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), timeout=10, source_address=(source, 0)) as connection:
        yield connection


def test_whoever_sends_no_whole_request_is_hung_up_on(impatient: int) -> None:
    half = b"GET / HTTP/1.1\r\nHost: x\r\n"
    with ExitStack() as stack:
        opened = [stack.enter_context(connected(impatient)) for _ in range(3)]
        for connection, dribble in zip(opened, (b"", half, half + b"\r\nGET / HT"), strict=True):
            connection.sendall(dribble)
        for connection, answers in zip(opened, (0, 0, 1), strict=True):
            heard = b""
            while chunk := connection.recv(65536):
                heard += chunk
            assert heard.count(b"HTTP/1.1 200") == answers


def asked(connection: socket.socket) -> bytes:
    """How the answer begins; empty when there is none."""
    try:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        return connection.recv(12)
    except ConnectionError:
        return b""


def test_idle_connections_of_one_address_are_so_many_and_leave_room_for_others(impatient: int) -> None:
    with ExitStack() as stack:
        held = [stack.enter_context(connected(impatient, "127.0.0.2")) for _ in range(serving.CONNECTIONS_OF_ONE)]
        for source, answer in (("127.0.0.2", b""), ("127.0.0.3", b"HTTP/1.1 200")):
            with connected(impatient, source) as further:
                assert asked(further) == answer
        assert asked(held[0]) == b"HTTP/1.1 200"
        # what one named as a proxy opens is many people's
        proxied = [stack.enter_context(connected(impatient)) for _ in range(serving.CONNECTIONS_OF_ONE + 10)]
        assert {asked(connection) for connection in proxied} == {b"HTTP/1.1 200"}


@pytest.mark.parametrize(
    "hostile",
    [
        b"GET /" + b"a" * 40_000 + b" HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"\x00\x01\x02",
        b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
    ids=["long", "without a host", "NUL", "not ASCII"],
)
def test_what_is_no_request_is_refused(impatient: int, hostile: bytes) -> None:
    with connected(impatient) as connection:
        connection.sendall(hostile)
        assert b" 400 " in connection.recv(65536).partition(b"\r\n")[0]


def test_a_proxy_that_was_named_is_believed(impatient: int) -> None:
    assert refusals(f"http://127.0.0.1:{impatient}/") == 0


@pytest.mark.parametrize(
    ("options", "code", "sentence"),
    [
        (["--proxy", "everybody"], 2, "--proxy 'everybody' is not an address or a network."),
        (["--proxy", "*"], 2, "--proxy '*' is not an address or a network."),
        (["--host", "no such host"], 3, "Nothing can be served at no such host, port 0:"),
        (["--port", "70000"], 2, "less than or equal to 65535"),
    ],
)
def test_wrong_options_are_told(
    workspace: Workspace, store: Store, options: list[str], code: int, sentence: str
) -> None:
    words = ["serve", "--port", "0", *options, "--workspace", str(workspace.root)]
    ended = CliRunner().invoke(app, words)
    assert ended.exit_code == code
    assert sentence in ended.output


def test_a_port_that_is_taken_is_told(workspace: Workspace, store: Store) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = CliRunner().invoke(app, ["serve", "--port", str(port), "--workspace", str(workspace.root)])
    assert ended.exit_code == 3
    assert f"Nothing can be served at 127.0.0.1, port {port}: Address already in use." in ended.output
    assert "Choose another --host or --port." in ended.output


def test_small_answers_are_sent_at_once() -> None:
    with serving._bound("127.0.0.1", 0) as bound:  # pyright: ignore[reportPrivateUsage]
        assert bound.proto == socket.IPPROTO_TCP  # what asyncio looks at before it sets TCP_NODELAY


def test_it_is_of_this_machine_only_unless_told_otherwise() -> None:
    said = " ".join(CliRunner().invoke(app, ["serve", "--help"]).output.split())
    assert "127.0.0.1" in said
    assert "--proxy" in said
    assert "reverse proxy with TLS" in said


def test_help_loads_no_server() -> None:
    assert loaded_by(["serve", "--help"]).isdisjoint(("uvicorn", "starlette", "sqlalchemy", "jinja2", "weasyprint"))
    code = "import sys, countersign.console; sys.exit('weasyprint' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=PROGRAM, check=False, timeout=60).returncode == 0
