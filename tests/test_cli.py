"""The command line's contract: exit codes, `--json`, help, and a clear sentence for whatever is wrong."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from countersign.cli import app
from countersign.settings import PROGRAM, Workspace
from sample.issuers import NEA_3, Award, ob3_signed, text, vc_jwt
from tests.conftest import MakeWorkspace
from tests.delivery.postoffice import post_office
from tests.servers import Dovecot, free_port

AWARD = Award(1, "maya.fontaine@maple-union.example", "Family Engagement", "2026-09-14T16:00:00Z")

Run = Callable[..., Result]


@pytest.fixture
def run(workspace: Workspace) -> Run:
    """`run("roster", "import", …)` in the workspace, which trusts the demo issuers."""
    (workspace.root / "issuers.toml").write_bytes((PROGRAM / "issuers.toml").read_bytes())

    def ran(*words: str | Path) -> Result:
        return CliRunner().invoke(app, [str(w) for w in (*words, "--workspace", workspace.root)])

    return ran


@pytest.fixture
def token(tmp_path: Path) -> Path:
    path = tmp_path / "award.jwt"
    path.write_text(vc_jwt(AWARD, NEA_3), encoding="ascii")
    return path


COMMANDS = (
    "init", "doctor", "roster import", "preapproval import", "nightly", "monthly", "verify", "explain", "agreements check",
    "review list", "review show", "review resolve", "certificate show", "audit verify", "reconcile", "schedule",
    "agreements schema", "agreements simulate", "agreements project", "fact import", "fact add transcript", "fact list",
    "fact withdraw", "ledger", "plan report", "certificate list", "certificate reissue", "certificate revoke",
    "certificate verify", "certificate preview", "credit list", "credit show", "credit batch", "credit import",
    "credit accept", "credit registration", "credential key", "credential publish", "serve", "retention", "transcript",
)  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_every_command_names_every_exit_code(command: str) -> None:
    said = CliRunner().invoke(app, [*command.split(), "--help"]).output
    assert "0 done" in said
    assert "3 could not finish" in " ".join(said.split())


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_stands_in_the_readme(command: str) -> None:
    readme = (PROGRAM / "README.md").read_text(encoding="utf-8")
    assert f"countersign {command.removesuffix(' list').removesuffix(' transcript')}" in readme.replace(
        "· `", "· `countersign "
    )


def test_a_verified_credential_exits_0_and_the_json_is_the_contracts(run: Run, token: Path) -> None:
    ended = run("verify", token, "--json")
    assert ended.exit_code == 0
    (report,) = json.loads(ended.stdout)
    assert report["verdict"] == "verified"
    assert [c["name"] for c in report["checks"]] == [
        "extracted", "well_formed", "proof", "issuer_trusted", "status", "dates", "recipient",
    ]  # fmt: skip
    assert {c["outcome"] for c in report["checks"]} == {"passed"}
    assert report["credential"] == {
        "id": "https://badges.nea.example/credentials/1",
        "version": "3.0",
        "issuer": "Demo NEA",
        "achievement": "Family Engagement",
        "issued_on": "2026-09-14T16:00:00+00:00",
        "valid_until": None,
        "recipient_kind": "emailAddress",
    }
    assert "maya.fontaine" not in ended.stdout


def test_whose_it_is_can_be_asked(run: Run, token: Path) -> None:
    assert run("verify", token, "--recipient", "Maya.Fontaine@maple-union.example").exit_code == 0
    ended = run("verify", token, "--recipient", "somebody@else.example")
    assert ended.exit_code == 1
    assert "rejected" in ended.stdout


def test_a_date_can_be_given(run: Run, token: Path) -> None:
    ended = run("verify", token, "--at", "2026-09-01", "--json")
    assert ended.exit_code == 1
    assert json.loads(ended.stdout)[0]["checks"][5]["outcome"] == "failed"
    assert run("verify", token, "--at", "yesterday").exit_code == 2


def test_a_forged_credential_exits_1_and_says_what_to_do(run: Run, tmp_path: Path) -> None:
    forged = ob3_signed(AWARD, NEA_3)
    forged["credentialSubject"]["achievement"]["name"] = "Another"
    (tmp_path / "forged.json").write_bytes(text(forged))
    ended = run("verify", tmp_path / "forged.json")
    assert ended.exit_code == 1
    assert "altered or forged" in " ".join(ended.stdout.split())


def test_several_inputs_are_reported_in_order_and_one_bad_one_decides(run: Run, token: Path, tmp_path: Path) -> None:
    (tmp_path / "empty.png").touch()
    ended = run("verify", token, tmp_path / "empty.png", "--json")
    assert ended.exit_code == 1
    assert [r["verdict"] for r in json.loads(ended.stdout)] == ["verified", "rejected"]


def test_a_file_that_is_not_there_is_wrong_usage(run: Run) -> None:
    ended = run("verify", "nowhere.png")
    assert (ended.exit_code, ended.stdout) == (2, "")
    assert "nowhere.png cannot be read" in ended.stderr


def test_no_workspace_is_wrong_usage(tmp_path: Path, token: Path) -> None:
    ended = CliRunner().invoke(app, ["verify", str(token), "--workspace", str(tmp_path)])
    assert ended.exit_code == 2
    assert "countersign init" in ended.stderr


def test_escape_sequences_in_a_name_never_reach_the_terminal(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "award\x1b[2J.txt"
    path.write_text("nothing", encoding="ascii")
    assert "\x1b[2J" not in run("verify", path).stdout


def test_a_new_workspace_can_be_used_at_once(tmp_path: Path) -> None:
    folder = tmp_path / "ours"
    assert CliRunner().invoke(app, ["init", str(folder)]).exit_code == 0
    assert CliRunner().invoke(app, ["agreements", "check", "-w", str(folder)]).exit_code in (0, 1)
    assert not list((folder / "agreements").glob("*.toml"))  # nothing is in force until the affiliate says so
    samples = {path.name for path in (folder / "agreements" / "samples").iterdir()}
    assert {
        "vt-vermont-nea.toml",
        "il-cusd200-2023-2027.toml",
        "tx-harmony.toml",
        "ga-bargaining-model.toml",
    } <= samples
    assert not any(name.startswith("demo-") for name in samples)
    assert (folder / "prefect.yaml").is_file()
    again = CliRunner().invoke(app, ["init", str(folder)])
    assert again.exit_code == 2
    assert "is not empty" in again.stderr


def test_doctor_finds_what_is_still_to_be_filled_in(tmp_path: Path) -> None:
    CliRunner().invoke(app, ["init", str(tmp_path / "ours")])
    ended = CliRunner().invoke(app, ["doctor", "-w", str(tmp_path / "ours")])
    assert ended.exit_code == 2
    said = " ".join(ended.stdout.split())
    assert 'still has a place to fill in: name = "<name of the affiliate>"' in said
    assert 'still has a place to fill in: name = "<name>"' in said


def test_doctor_warns_of_demo_issuers(run: Run) -> None:
    ended = run("doctor")
    assert ended.exit_code == 1
    assert "demo issuers" in ended.stdout


def test_doctor_tries_mailbox_and_mail_server(
    make_workspace: MakeWorkspace, dovecot: Dovecot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COUNTERSIGN_MAILBOX_PASSWORD", Dovecot.PASSWORD)
    mailbox = (
        f'[mailbox]\nhost = "{dovecot.host}"\nport = {dovecot.tls_port}\nuser = "{dovecot.new_user()}"\n'
        f'ca_file = "{dovecot.certificate}"\n'
    )
    with post_office(tmp_path) as (_, smtp):
        root = make_workspace(f"\n{mailbox}\n{smtp}").root
        said = CliRunner().invoke(app, ["doctor", "-w", str(root)]).stdout
        assert "The mailbox on 127.0.0.1 opens" in said
        assert "takes our login" in said
        monkeypatch.setenv("COUNTERSIGN_MAILBOX_PASSWORD", "wrong")
        ended = CliRunner().invoke(app, ["doctor", "-w", str(root)])
        assert ended.exit_code == 3
        assert "refused the login" in " ".join(ended.stdout.split())


def test_doctor_says_when_the_mail_server_is_away(make_workspace: MakeWorkspace) -> None:
    root = make_workspace(f'\n[smtp]\nhost = "127.0.0.1"\nport = {free_port()}\nsecurity = "none"\n').root
    ended = CliRunner().invoke(app, ["doctor", "-w", str(root)])
    assert ended.exit_code == 3
    assert "cannot be used" in " ".join(ended.stdout.split())


ROSTER = "member_number,given_name,family_name,email,district,employee_id\n{rows}"


def test_a_roster_is_imported_shown_first_if_wanted_and_once(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "roster.csv"
    path.write_text("member_number,given_name,family_name,email\n1,Ada,Okafor,ada@x.example\n", encoding="utf-8")
    assert "1 would be added" in " ".join(run("roster", "import", path, "--dry-run").stdout.split())
    assert json.loads(run("roster", "import", path, "--json").stdout)["added"] == 1
    assert json.loads(run("roster", "import", path, "--json").stdout)["added"] == 0


def test_a_roster_without_a_needed_column_is_refused_by_name(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "roster-missing-column.csv"
    path.write_text("member_number,given_name,email\n1,Ada,ada@x.example\n", encoding="utf-8")
    ended = run("roster", "import", path)
    assert ended.exit_code == 2
    assert "family_name" in ended.stderr


def test_a_roster_with_an_employee_id_of_two_people_is_refused_with_its_rows(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "roster-duplicate-employee-id.csv"
    head = "member_number,given_name,family_name,email,district,employee_id,employed_from\n"
    rows = "1,Ada,A,a@x.example,D,7,2020-01-01\n2,Bo,B,b@x.example,D,7,2020-01-01\n"
    path.write_text(head + rows, encoding="utf-8")
    ended = run("roster", "import", path)
    assert ended.exit_code == 2
    assert "roster-duplicate-employee-id.csv, line 3: employee id 7" in ended.stderr


def test_an_agreement_with_an_unknown_key_is_named_with_file_and_line(run: Run, workspace: Workspace) -> None:
    source = (PROGRAM / "agreements" / "vt-vermont-nea.toml").read_text(encoding="utf-8")
    (workspace.agreements / "vt.toml").write_text(source.replace("on_request =", "on_reqest ="), encoding="utf-8")
    line = source.splitlines().index("on_request = true") + 1
    ended = run("agreements", "check")
    assert ended.exit_code == 2
    assert f"vt.toml, line {line}: unknown key" in " ".join(ended.stdout.split())


def test_an_agreement_is_checked_with_what_the_workspace_knows(run: Run, workspace: Workspace) -> None:
    source = (PROGRAM / "agreements" / "demo-lakeview.toml").read_text(encoding="utf-8")
    path = workspace.agreements / "lake.toml"
    path.write_text(source.replace('issuers = ["nea", ', 'issuers = ["naea", '), encoding="utf-8")
    ended = run("agreements", "check", path)
    assert ended.exit_code == 1
    assert 'issuers.toml has no issuer "naea" (did you mean "nea"?)' in " ".join(ended.stdout.split())
    found = json.loads(run("agreements", "check", path, "--json").stdout)
    assert [f["level"] for f in found[str(path)]] == ["warning"]


def test_an_agreement_is_checked_where_there_is_no_workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COUNTERSIGN_WORKSPACE", raising=False)
    path = PROGRAM / "agreements" / "demo-lakeview.toml"
    assert CliRunner().invoke(app, ["agreements", "check", str(path)]).exit_code == 0
    assert CliRunner().invoke(app, ["agreements", "check"]).exit_code == 2


@pytest.mark.parametrize("month", ["2026-13", "2026-1", "november", "", "2199-01"])
def test_a_wrong_month_is_wrong_usage(run: Run, month: str) -> None:
    ended = run("monthly", month, "--dry-run") if month != "2199-01" else run("monthly", month)
    assert ended.exit_code == 2
    assert ended.stdout == ""


def test_a_database_that_cannot_be_opened_is_an_outage(run: Run, workspace: Workspace) -> None:
    (workspace.var / "countersign.db").mkdir()
    ended = run("review")
    assert ended.exit_code == 3
    assert "cannot be opened" in ended.stderr


def test_a_case_that_is_not_there_is_wrong_usage(run: Run) -> None:
    assert run("explain", "C-99").exit_code == 2
    assert run("explain", "twelve").exit_code == 2
    assert run("review", "show", "99").exit_code == 2
    assert run("certificate", "show", "VT-1").exit_code == 2


def test_an_empty_queue_exits_0(run: Run) -> None:
    ended = run("review")
    assert (ended.exit_code, ended.stdout.strip()) == (0, "Nothing waits.")
    assert run("audit", "verify").exit_code == 0
    assert run("reconcile").exit_code == 0


def test_the_program_starts_as_a_process_and_prints_json_only(workspace: Workspace, token: Path) -> None:
    (workspace.root / "issuers.toml").write_bytes((PROGRAM / "issuers.toml").read_bytes())
    program = Path(sys.executable).parent / "countersign"
    command = [str(program), "verify", str(token), "--json", "-w", str(workspace.root)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert json.loads(ended.stdout)[0]["verdict"] == "verified"
