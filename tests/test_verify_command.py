"""`countersign verify` at the desk: the readable report, the JSON of the contract, several inputs, and kept verdicts replayed."""

import hashlib
import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from countersign.cli import app
from countersign.desk import checking
from countersign.desk.report import Report, lines, without_people
from countersign.issuance.numbering import new_number
from countersign.settings import Workspace
from countersign.store import Store, open_store
from countersign.verification import verify_carriers
from models.credentials import (
    NOT_REACHED,
    Carrier,
    CarrierKind,
    CheckName,
    CheckOutcome,
    Endorsement,
    Examination,
    Fetched,
    Unanswered,
)
from models.tables import CarrierRecord, Submission, VerdictRecord
from tests.conftest import MakeWorkspace
from tests.verification.making import NOW, SITE, THIEF, assertion, look, ob3, site, vc_jwt
from tests.verification.night import REGISTRY, publish

Run = Callable[..., Result]


@pytest.fixture
def workspace(make_workspace: MakeWorkspace) -> Workspace:
    """A workspace that knows Acme Learning and fetches nothing but what lies in its folder `web`."""
    made = make_workspace('\n[network]\noffline = true\nmirror = { "issuer.example" = "web" }\n')
    made.issuers_file.write_text(REGISTRY, encoding="utf-8")
    publish(made)
    return made


@pytest.fixture
def run(workspace: Workspace) -> Run:
    def ran(*words: object) -> Result:
        return CliRunner().invoke(app, [*map(str, words), "--workspace", str(workspace.root)])

    return ran


@pytest.fixture
def put(tmp_path: Path) -> Callable[[str, str | dict[str, Any]], Path]:
    def written(name: str, content: str | dict[str, Any]) -> Path:
        path = tmp_path / name
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        return path

    return written


@pytest.fixture
def kept(workspace: Workspace) -> Callable[..., Store]:
    """A store with one examined carrier each, as after a night."""

    def night(*contents: str | dict[str, Any]) -> Store:
        store = open_store(workspace)
        for number, content in enumerate(contents):
            data = content.encode() if isinstance(content, str) else json.dumps(content).encode()
            with store.transaction() as session:
                came = Submission(
                    source="folder",
                    source_key=str(number),
                    name="1.eml",
                    sha256=store.evidence.put(data),
                    size=1,
                    received_at=NOW,
                    stored_at=NOW,
                )
                session.add(came)
                session.flush()
                kind = "jwt" if isinstance(content, str) else "json"
                carrier = CarrierRecord(
                    submission_id=came.id, position=0, name="award", kind=kind, sha256=store.evidence.put(data)
                )
                session.add(carrier)
                session.flush()
            verify_carriers(store, workspace, [carrier.id], NOW)
        return store

    return night


def text(found: Report, width: int = 80) -> str:
    return "\n".join(f"{' ' * x.indent}{x.mark}{' ' if x.mark else ''}{x.text}".rstrip() for x in lines(found, width))


def reported(found: Examination, name: str = "award.json") -> Report:
    return Report(name, found.verdict, found.credential, found.endorsements, found.remarks, found.fetched)


def test_a_verified_credential_reads_as_one_headline_and_seven_checks_that_say_what_was_found() -> None:
    said = text(reported(look(assertion(), web=site()))).splitlines()
    assert said[0] == "✓ award.json: verified. Every check passed; it can be recognized."
    assert said[1].startswith("  “Formative Assessment”, from Acme Learning, issued on May 1, 2026, Open Badges")
    checks = [line.split()[1] for line in said if line.startswith("  ✓")]
    assert checks == [str(name) for name in CheckName]
    assert "  Read from the web for this:" in said
    assert f"  · {SITE}/badge.json: status 200" in "\n".join(said)
    assert max(map(len, said)) <= 80


def test_a_forgery_is_told_with_what_to_do_and_what_was_not_reached_in_one_line() -> None:
    said = text(reported(look(vc_jwt(key=THIEF)), "forged.jwt"))
    assert said.startswith("✗ forged.jwt: rejected. It cannot be recognized as it is.")
    assert "It says of itself, unproven: “Formative Assessment”" in " ".join(said.split())
    assert "✗ proof" in said
    assert "→ Download" in said
    assert said.count("not reached") == 1
    assert "issuer_trusted, status, dates, recipient: the examination ended before" in " ".join(said.split())


def test_what_time_can_heal_is_not_promised_to_be_tried_again_by_a_command_that_keeps_nothing() -> None:
    said = " ".join(text(reported(look(assertion(), web=site(assertion=503)))).split())
    assert said.startswith("? award.json: held. It is neither proven nor refused yet.")
    assert "→ Try again later. What came by mail is tried again by itself." in said


def test_what_the_verdict_rests_on_is_shown_without_naming_the_recipient() -> None:
    found = look(assertion(), web=site())
    answers = (
        Fetched(
            f"{SITE}/a?identity__email=pat%40school.example&x=1", f"{SITE}/b/pat@school.example", 200, {}, b"ab", NOW
        ),
        Unanswered("https://far.example/x", "it did not answer in time", refused=False, at=NOW),
        Unanswered("https://in.example/x", "only https is fetched", refused=True, at=NOW),
    )
    endorsed = Endorsement("https://u.example", "A University", "the issuer", CheckOutcome.passed, "Its proof holds.")
    whole = Report("award.json", found.verdict, found.credential, (endorsed,), ("It can be refreshed.",), answers)
    said, document = text(whole, 100), whole.as_json()
    for shown in (said, json.dumps(document)):
        assert "pat" not in shown.replace("path", "")
    assert (
        f"  · {SITE}/a?identity__email=…&x=1, from {SITE}/b/…: status 200, 2 bytes, 2026-10-02 06:00 UTC"
        in " ".join(said.split("\n")).replace("    ", "")
    )
    assert "  – https://far.example/x: no answer, it did not answer in time." in said
    assert "  – https://in.example/x: not fetched, only https is fetched." in said
    assert "  ✓ A University, of the issuer: Its proof holds." in said
    assert "  · It can be refreshed." in said
    assert document["endorsements"] == [
        {
            "by": "A University",
            "id": "https://u.example",
            "of": "the issuer",
            "outcome": "passed",
            "detail": "Its proof holds.",
        }
    ]
    assert document["remarks"] == ["It can be refreshed."]
    assert document["fetched"][0] == {
        "url": f"{SITE}/a?identity__email=…&x=1",
        "final_url": f"{SITE}/b/…",
        "at": "2026-10-02T06:00:00+00:00",
        "status": 200,
        "sha256": hashlib.sha256(b"ab").hexdigest(),
    }
    assert document["fetched"][1]["why"] == "it did not answer in time"


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://a.example/b?c=d#e", "https://a.example/b?c=d#e"),
        ("https://a.example/b?identity__email=p%40s.example", "https://a.example/b?identity__email=…"),
        ("https://a.example/b?x=1&identity=sha256$ab", "https://a.example/b?x=1&identity=…"),
        ("https://a.example/p@s.example/1", "https://a.example/…/1"),
        ("urn:uuid:1", "urn:uuid:1"),
        ("did:web:a.example", "did:web:a.example"),
    ],
)
def test_an_address_is_shown_without_the_person_in_it(address: str, shown: str) -> None:
    assert without_people(address) == shown


@pytest.mark.parametrize("width", [30, 45, 60, 80, 100])
def test_no_line_is_longer_than_the_terminal_but_for_single_long_words(width: int) -> None:
    for found in (look(vc_jwt()), look(vc_jwt(key=THIEF)), look(assertion(), web=site(assertion=404))):
        for line in text(reported(found, "a.json"), width).splitlines():
            assert len(line) <= width or len(line.split()) <= 3, line


def test_a_terminal_without_such_letters_gets_plain_ones(
    run: Run, put: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    from rich.console import Console

    monkeypatch.setattr(Console, "encoding", "ascii")
    said = run("verify", put("award.jwt", vc_jwt())).stdout
    assert said.startswith("+ ")
    assert "  + proof" in said
    assert said.isascii()


def test_the_recipient_is_never_printed(run: Run, put: Callable[..., Path]) -> None:
    hosted = put("hosted.json", assertion())
    for options in ((), ("--json",), ("--recipient", "pat@school.example")):
        ended = run("verify", hosted, *options)
        assert ended.exit_code == 0, ended.stdout
        assert "pat@" not in ended.stdout


def test_a_file_that_is_not_there_hides_no_other_verdict(run: Run, put: Callable[..., Path]) -> None:
    good, forged = put("good.jwt", vc_jwt()), put("forged.jwt", vc_jwt(key=THIEF))
    ended = run("verify", good, "nowhere\x1b[2J.png", forged, "--json")
    assert ended.exit_code == 2
    assert [(Path(r["input"]).name, r["verdict"]) for r in json.loads(ended.stdout)] == [
        ("good.jwt", "verified"),
        ("forged.jwt", "rejected"),
    ]
    assert "nowhere�[2J.png cannot be read: No such file or directory." in ended.stderr
    assert run("verify", good, good.parent).exit_code == 2


def test_several_verdicts_end_with_a_count(run: Run, put: Callable[..., Path]) -> None:
    good, forged = put("good.jwt", vc_jwt()), put("forged.jwt", vc_jwt(key=THIEF))
    held = put("held.json", assertion(id=f"{SITE}/assertions/none.json"))
    assert "3 in all: 1 verified, 1 rejected, 1 held." in run("verify", good, forged, held).stdout
    assert "in all" not in run("verify", good).stdout


def test_an_input_that_breaks_a_library_hides_no_other_verdict(
    run: Run, put: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    sound = checking.examine

    def fragile(carrier: Carrier, *more: Any) -> tuple[Examination, ...]:
        if b"THIEF" in carrier.content:
            raise RecursionError
        return sound(carrier, *more)

    monkeypatch.setattr(checking, "examine", fragile)
    ended = run("verify", put("bad.json", '{"a": "THIEF"}'), put("good.jwt", vc_jwt()), "--json")
    assert ended.exit_code == 1
    assert [r["verdict"] for r in json.loads(ended.stdout)] == ["verified"]
    assert "bad.json could not be examined: RecursionError." in ended.stderr


def test_without_a_readable_registry_nothing_is_said(run: Run, put: Callable[..., Path], workspace: Workspace) -> None:
    award = put("good.jwt", vc_jwt())
    workspace.issuers_file.write_text("[[issuers]]\nnam = 1\n", encoding="utf-8")
    ended = run("verify", award, "--json")
    assert (ended.exit_code, ended.stdout) == (2, "")
    assert "issuers.toml, line" in ended.stderr
    workspace.issuers_file.unlink()
    assert run("verify", award).exit_code == 2


def test_a_date_changes_the_verdict_and_not_when_the_evidence_was_fetched(run: Run, put: Callable[..., Path]) -> None:
    hosted = put("hosted.json", assertion(expires="2026-06-01T00:00:00Z"))
    (answer,) = json.loads(run("verify", hosted, "--at", "2026-05-15", "--json").stdout)
    assert datetime.fromisoformat(answer["fetched"][0]["at"]) > datetime(2026, 5, 16, tzinfo=UTC)


# ---------------------------------------------------------------- kept verdicts


def test_a_kept_verdict_is_replayed_when_the_site_is_gone(
    run: Run, kept: Callable[..., Store], workspace: Workspace
) -> None:
    kept(assertion())
    shutil.rmtree(workspace.root / "web")
    workspace.issuers_file.write_text("", encoding="utf-8")
    ended = run("verify", "--case", "C-1")
    said = " ".join(ended.stdout.split())
    assert ended.exit_code == 0
    assert said.startswith("✓ C-1: verified.")
    assert (
        "✓ Replayed offline from the evidence of October 2, 2026: same result as verdict 1 of October 2, 2026" in said
    )
    (found,) = json.loads(run("verify", "--case", "1", "--json").stdout)
    assert (found["input"], found["verdict"], found["replay"]["result"]) == ("C-1", "verified", "same")
    assert found["fetched"][0]["url"] == f"{SITE}/assertions/1.json"
    assert "today" not in found


def test_what_today_would_say_is_shown_beside_it(run: Run, kept: Callable[..., Store], workspace: Workspace) -> None:
    kept(vc_jwt())
    assert run("verify", "--case", "C-1", "--against-today").exit_code == 0
    workspace.issuers_file.write_text("", encoding="utf-8")
    ended = run("verify", "--case", "C-1", "--against-today")
    said = " ".join(ended.stdout.split())
    assert ended.exit_code == 1
    assert "✓ Replayed offline from the evidence of October 2, 2026: same result" in said
    assert "✗ Examined again with the present registry and the present web: another result than verdict 1" in said
    assert "issuer_trusted: ✓ then: passed." in said
    assert "✗ now: failed." in said
    (found,) = json.loads(run("verify", "--case", "C-1", "--against-today", "--json").stdout)
    assert (found["replay"]["result"], found["today"]["result"]) == ("same", "different")
    assert found["today"]["differences"][0]["then"]["outcome"] == "passed"


def test_every_verdict_of_a_case_is_replayed_and_one_that_cannot_be_says_so(
    run: Run, kept: Callable[..., Store]
) -> None:
    store = kept(vc_jwt())
    with store.reading() as session:
        checks = session.get_one(VerdictRecord, 1).checks
    with store.transaction() as session:
        session.add(VerdictRecord(case_id=1, at=NOW, outcome="verified", checks=checks))
    ended = run("verify", "--case", "C-1", "--all-verdicts")
    said = " ".join(ended.stdout.split())
    assert ended.exit_code == 1
    assert "same result as verdict 1" in said
    assert "✗ Verdict 2 of October 2, 2026 (arrival, by an early version) cannot be repeated." in said
    assert "did not keep yet which file a verdict is about" in said
    assert run("verify", "--case", "C-1", "--verdict", "1").exit_code == 0
    found = json.loads(run("verify", "--case", "C-1", "--all-verdicts", "--json").stdout)
    assert [f["replay"]["result"] for f in found] == ["same", "impossible"]
    assert [c["name"] for c in found[1]["checks"]] == [str(n) for n in CheckName]


def test_evidence_that_was_tampered_with_is_said(run: Run, kept: Callable[..., Store]) -> None:
    store = kept(assertion())
    with store.reading() as session:
        sha256 = session.get_one(VerdictRecord, 1).evidence[0]["sha256"]
    store.evidence.path(sha256).write_bytes(b"{}")
    ended = run("verify", "--case", "C-1")
    assert ended.exit_code == 1
    assert "was changed on disk" in " ".join(ended.stdout.split())
    assert run("reconcile").exit_code == 1


def test_reconcile_knows_the_registry_of_a_verdict_and_minds_no_outage(run: Run, kept: Callable[..., Store]) -> None:
    store = kept(assertion(id="https://elsewhere.example/1"), vc_jwt())
    assert run("reconcile").exit_code == 0
    with store.reading() as session:
        sha256 = session.get_one(VerdictRecord, 2).registry_sha256
    store.evidence.path(sha256).unlink()
    ended = run("reconcile")
    assert ended.exit_code == 1
    assert "the registry of issuers that C-" in " ".join(ended.stdout.split())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "Name files or https addresses"),
        (("--verdict", "1"), "--verdict needs --case."),
        (("--verdict", "1", "award.jwt"), "--verdict needs --case."),
        (("--all-verdicts", "award.jwt"), "--all-verdicts needs --case."),
        (("--case", "twelve"), "is not a case"),
        (("--case", "C-9"), "There is no case C-9"),
        (("--case", "C-1", "--verdict", "7"), "C-1 has no verdict 7.\nIts verdicts: 1."),
        (("--case", "C-1", "award.jwt"), "--case replays what was kept, as it was, and does not go with award.jwt."),
        (
            ("--case", "C-1", "--at", "2026-01-01"),
            "--case replays what was kept, as it was, and does not go with --at.",
        ),
        (("--case", "C-1", "a.jwt", "--offline"), "as it was, and does not go with a.jwt, --offline."),
        (
            ("--case", "C-1", "--verdict", "1", "--all-verdicts"),
            "Only one of --verdict and --all-verdicts may be given.",
        ),
        (("award.jwt", "--against-today"), "--against-today needs --case."),
    ],
)
def test_words_that_do_not_go_together_are_wrong_usage(
    run: Run, kept: Callable[..., Store], words: tuple[str, ...], said: str
) -> None:
    kept(vc_jwt())
    ended = run("verify", *words)
    assert (ended.exit_code, ended.stdout) == (2, "")
    assert said in ended.stderr


def test_the_sentence_of_a_check_that_was_not_reached_begins_as_the_report_expects() -> None:
    found = look(vc_jwt(ob3(validFrom="never")))
    assert found.verdict[CheckName.recipient].detail.startswith(NOT_REACHED)


def test_a_verdict_as_of_another_day_says_so_in_its_headline(run: Run, put: Callable[..., Path]) -> None:
    said = run("verify", put("award.jwt", vc_jwt()), "--at", "2026-09-01").stdout
    assert said.startswith("✓ ")
    assert "award.jwt: verified as of September 1, 2026. Every check passed" in " ".join(said.split())


def test_what_was_read_from_a_folder_is_not_said_to_come_from_the_web(
    run: Run, put: Callable[..., Path], kept: Callable[..., Store]
) -> None:
    kept(assertion())
    for words in ((put("award.json", assertion()),), ("--case", "C-1")):
        said = " ".join(run("verify", *words).stdout.split())
        assert "Read for this from a folder that stands for the web (network.mirror in countersign.toml):" in said
        assert "Read from the web" not in said


def test_what_was_not_fetched_because_fetching_is_switched_off_is_to_be_repeated_with_fetching(
    run: Run, put: Callable[..., Path], workspace: Workspace
) -> None:
    settings = workspace.root / "countersign.toml"
    settings.write_text(settings.read_text(encoding="utf-8").partition("mirror")[0], encoding="utf-8")
    award = put("award.json", assertion())
    for words, remedy in (
        (("--offline",), "Repeat it without --offline."),
        ((), "Fetching is switched off in countersign.toml (offline under [network]): switch it on, then repeat it."),
    ):
        said = " ".join(run("verify", award, *words).stdout.split())
        assert f"→ {remedy}" in said
        assert "Try again later" not in said
        (found,) = json.loads(run("verify", award, *words, "--json").stdout)
        assert remedy in {c["remedy"] for c in found["checks"]}


def test_what_waits_for_nothing_that_was_switched_off_is_tried_again_later(
    run: Run, put: Callable[..., Path], workspace: Workspace
) -> None:
    """The issuer's site, answered from its folder, has nothing: no fetching heals that."""
    (workspace.root / "web" / "assertions" / "1.json").unlink()
    said = run("verify", put("award.json", assertion()), "--offline").stdout
    assert "Repeat it without --offline" not in " ".join(said.split())


@pytest.mark.parametrize("recipient", ["nonsense", "pat@", "@school.example", "pat doe@school.example", ""])
def test_a_recipient_that_is_no_address_is_wrong_usage(run: Run, put: Callable[..., Path], recipient: str) -> None:
    ended = run("verify", put("award.jwt", vc_jwt()), "--recipient", recipient)
    assert ended.exit_code == 2
    assert "is not an e-mail address" in ended.stderr


def test_a_folder_is_answered_with_how_to_name_what_is_in_it(run: Run, tmp_path: Path) -> None:
    ended = run("verify", f"{tmp_path}/")
    assert ended.exit_code == 2
    assert f"{tmp_path}/ is a folder. Name the files in it: {tmp_path}/*" in " ".join(ended.stderr.split())


def test_one_of_our_certificates_is_known_for_what_it_is(workspace: Workspace) -> None:
    number = new_number("VT", 2026)
    place = workspace.settings.affiliate.check_url
    link = Carrier("link 1 in award.pdf", CarrierKind.url, url=f"{place}{number}")
    found = checking._certificate([link], workspace)  # pyright: ignore[reportPrivateUsage]
    assert found is not None
    assert f"It is one of our own certificates ({number})" in found[0]
    assert found[1].endswith(f"countersign certificate show {number}")
    other = Carrier("link 2", CarrierKind.url, url="https://issuer.example/1")
    for carriers in ([], [other], [link, other], [Carrier("x", CarrierKind.url, url=f"{place}nonsense")]):
        assert checking._certificate(carriers, workspace) is None  # pyright: ignore[reportPrivateUsage]


def test_the_help_is_running_text() -> None:
    shown = CliRunner().invoke(app, ["verify", "--help"]).output
    assert "with --case, unless the same verdict" in " ".join(shown.split("\n")).replace("  ", " ")
    assert "with     --case" not in shown
