"""What lies around the guarded client: public addresses, mirrors, what a run remembers, manners towards hosts, and what counts as JSON."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from countersign.settings import Workspace
from countersign.verification import MirrorFetcher, OfflineFetcher, Refused, Unreachable, fetcher_for
from countersign.verification.network import documents
from countersign.verification.network.fetching import RememberingFetcher
from countersign.verification.network.guarded import GuardedFetcher, is_public
from countersign.verification.network.manners import Manners
from models.credentials import Fetched
from tests.conftest import MakeWorkspace
from tests.verification.making import NOW, SITE, Web, assertion, look, site


def test_a_mirror_answers_from_its_folder_and_from_nowhere_else(tmp_path: Path) -> None:
    folder = tmp_path / "web"
    folder.mkdir()
    (folder / "a b.json").write_text("{}")
    (tmp_path / "secret.json").write_text("{}")
    (folder / "link.json").symlink_to(tmp_path / "secret.json")
    (folder / "large.json").write_bytes(b"x" * 1_000_001)
    mirror = MirrorFetcher({"issuer.example": folder}, OfflineFetcher(), NOW)
    assert mirror.get("https://ISSUER.example/a%20b.json").content == b"{}"
    for path in (
        "none.json",
        "",
        "../secret.json",
        "%2e%2e/secret.json",
        "..%5csecret.json",
        "link.json",
        "a%00",
        "a%20b.json?x=1",
    ):
        assert mirror.get(f"https://issuer.example/{path}").status == 404
    with pytest.raises(Unreachable, match="switched off"):
        mirror.get("https://other.example/a")
    for refused in (
        "http://issuer.example/a%20b.json",
        "https://issuer.example:8443/x",
        "https://issuer.example/large.json",
    ):
        with pytest.raises(Refused):
            mirror.get(refused)


def test_an_address_is_asked_once_in_a_run() -> None:
    web = Web(
        {
            "https://a.example/1": {"a": 1},
            "https://a.example/2": Unreachable("no"),
            "https://a.example/3": Refused("never"),
        }
    )
    remembering = RememberingFetcher(web)
    for _ in range(3):
        assert remembering.get("https://a.example/1").status == 200
        with pytest.raises(Unreachable, match="no"):
            remembering.get("https://a.example/2")
        with pytest.raises(Refused, match="never"):
            remembering.get("https://a.example/3")
    assert len(web.asked) == 3


def test_what_is_remembered_stays_within_its_bytes_and_the_oldest_goes_first() -> None:
    web = Web({f"https://a.example/{n}": b"x" * 9_000 for n in range(4)})
    web.pages["https://a.example/huge"] = b"x" * 90_000
    remembering = RememberingFetcher(web, limit=31_000)
    for number in (0, 1, 2, 1, 3, 1, 2, 3):
        remembering.get(f"https://a.example/{number}")
    assert len(web.asked) == 4
    remembering.get("https://a.example/0")
    assert len(web.asked) == 5
    assert len(remembering.get("https://a.example/huge").content) == 90_000  # given, though not kept


def test_the_workspace_decides_what_is_fetched(make_workspace: MakeWorkspace) -> None:
    mirrored = '\n[network]\noffline = {}\nmirror = {{ "issuer.example" = "web" }}\n'
    for setting, asked in (("true", False), ("false", True)):
        workspace: Workspace = make_workspace(mirrored.format(setting))
        (workspace.root / "web").mkdir(exist_ok=True)
        fetcher = fetcher_for(workspace, NOW, offline=asked)
        assert fetcher.get("https://issuer.example/x").status == 404
        with pytest.raises(Unreachable, match="fetching is switched off"):
            fetcher.get("https://elsewhere.example/x")
    assert isinstance(fetcher_for(make_workspace(), NOW), RememberingFetcher)


def test_one_host_is_asked_with_pauses_and_only_so_often() -> None:
    slept: list[float] = []
    clock = [100.0]

    def sleep(seconds: float) -> None:
        slept.append(round(seconds, 3))
        clock[0] += seconds

    with pytest.MonkeyPatch.context() as patch:
        timing = SimpleNamespace(monotonic=lambda: clock[0], sleep=sleep)
        patch.setattr("countersign.verification.network.manners.time", timing)
        manners = Manners(pause=0.2, most=4)
        manners.ask("a.example")
        manners.ask("b.example")
        manners.ask("a.example")
        clock[0] += 0.15
        manners.ask("a.example")
        clock[0] += 5
        manners.ask("a.example")
        with pytest.raises(Unreachable, match=r"a\.example was asked 4 times in this run"):
            manners.ask("a.example")
        manners.ask("b.example")
    assert slept == [0.2, 0.05]


def _served(kind: str | None, content: bytes = b'{"a": 1}') -> Fetched:
    headers = {} if kind is None else {"content-type": kind}
    return Fetched(f"{SITE}/a", f"{SITE}/a", 200, headers, content, NOW)


class One:
    """A web of one answer."""

    def __init__(self, answer: Fetched) -> None:
        self.answer = answer

    def get(self, url: str) -> Fetched:
        assert url == self.answer.url
        return self.answer


@pytest.mark.parametrize(
    "kind",
    [
        None,
        "",
        "application/json",
        "application/json; charset=utf-8",
        "Application/LD+JSON",
        "application/vnd.openbadges.v2+json",
        "text/plain;charset=utf-8",
        "application/octet-stream",
        "binary/octet-stream",
    ],
)
def test_json_is_taken_from_hosts_that_know_no_better_name_for_it(kind: str | None) -> None:
    assert documents.read(One(_served(kind)), f"{SITE}/a", "The profile").body == {"a": 1}


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("text/html; charset=utf-8", "a web page (text/html) instead of a JSON document: it may be a login"),
        ("application/xhtml+xml", "a web page (application/xhtml+xml)"),
        ("image/png", "a picture (image/png) instead of a JSON document"),
        ("image/svg+xml", "a picture (image/svg+xml)"),
        ("text/css", "something else (text/css)"),
        ("\x1b[31mred", "something else (a content type that cannot be read)"),
    ],
)
def test_json_in_what_says_it_is_a_page_or_a_picture_is_not_taken(kind: str, said: str) -> None:
    with pytest.raises(documents.Missing) as missing:
        documents.read(One(_served(kind)), f"{SITE}/a", "The profile")
    finding = missing.value.finding
    assert finding.detail.startswith(f"The profile was asked for, and issuer.example answers with {said}")
    assert (finding.outcome, finding.retry) == ("indeterminate", False)


def test_a_picture_somebody_uploaded_to_the_issuers_site_is_no_credential_of_the_issuer() -> None:
    """The body is a perfect assertion; only what the site says it is differs from the sound twin."""
    for kind, outcome in (("application/json", "verified"), ("image/png", "held"), ("text/html", "held")):
        web = site()

        class Typed:
            def get(self, url: str, web: Web = web, kind: str = kind) -> Fetched:
                return replace(web.get(url), headers={"content-type": kind if "assertions" in url else "text/plain"})

        found = look(assertion(), web=Typed())
        assert found.verdict.outcome == outcome
        assert found.fetched[0].url == f"{SITE}/assertions/1.json"  # the answer is kept as evidence either way


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.8.8",
        "0.0.0.0",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "192.0.0.1",
        "198.18.0.1",
        "203.0.113.1",
        "224.0.0.1",
        "255.255.255.255",
        "240.0.0.1",
        "168.63.129.16",
        "64:ff9b:1::808:808",
        "::127.0.0.1",
        "::1",
        "::",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::",
        "2002:a00:1::",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "fd12::1",
        "fec0::1",
        "ff02::1",
        "2001:db8::1",
        "localhost",
        "",
    ],
)
def test_an_address_that_is_not_of_the_open_internet(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_an_address_of_the_open_internet(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("host", ["127.0.0.1", "0x7f.1", "2130706433", "localhost", "0"])
def test_the_real_resolver_leads_nowhere_private(host: str) -> None:
    with pytest.raises((Refused, Unreachable)):
        GuardedFetcher(NOW).get(f"https://{host}/")


def test_a_host_that_could_not_be_reached_twice_is_not_asked_again_in_the_run() -> None:
    asked: list[str] = []

    def nobody(host: str) -> list[str]:
        asked.append(host)
        raise OSError("not known")

    guard = GuardedFetcher(NOW, resolve=nobody, manners=Manners(pause=0))
    for number in range(100):
        with pytest.raises(Unreachable, match="no address is known" if number < 2 else "last 2 attempts, so this run"):
            guard.get(f"https://dead.example/{number}")
    with pytest.raises(Unreachable, match=r"no address is known for other\.example"):
        guard.get("https://other.example/")
    assert asked == ["dead.example", "dead.example", "other.example"]
