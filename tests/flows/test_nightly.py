"""The nightly flow where something outside does not answer, on PostgreSQL, twice at once, and with more than one chunk."""

from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, select
from typer.testing import CliRunner

from countersign.cli import app
from countersign.errors import LeaseTaken, Outage
from countersign.recognition import shell
from flows import house
from flows.nightly import nightly
from flows.steps import StepFailed
from models.records import Decision
from models.tables import Case, Certificate, DecisionRecord, Message, Run
from tests.flows.conftest import Demo, copy_of_demo
from tests.flows.test_evening import EXPECTED, everything, outcomes
from tests.servers import PostgreSQL, free_port

AWAY = '\n[mailbox]\nhost = "127.0.0.1"\nport = {port}\nuser = "x"\nsecurity = "none"\n'
NO_SMTP = '\n[smtp]\nhost = "127.0.0.1"\nport = {port}\nsecurity = "none"\n'


def test_the_evening_ends_the_same_on_postgresql(
    tmp_path: Path, postgresql: PostgreSQL, prefect: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COUNTERSIGN_DATABASE_URL", postgresql.fresh_database())
    demo = copy_of_demo(tmp_path / "demo")
    assert demo.store.engine.dialect.name == "postgresql"
    nightly(demo.root)
    assert outcomes(demo) == EXPECTED
    demo.store.engine.dispose()


def test_one_row_to_a_task_gives_the_same_as_a_hundred(
    demo: Demo, prefect: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(house.chunks, "__defaults__", (1,))
    nightly(demo.root)
    assert outcomes(demo) == EXPECTED


def test_a_mailbox_that_is_away_does_not_keep_the_folder_waiting(
    demo: Demo, prefect: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COUNTERSIGN_MAILBOX_PASSWORD", "x")
    settings = demo.workspace.root / "countersign.toml"
    settings.write_text(settings.read_text() + AWAY.format(port=free_port()))
    with pytest.raises(Outage):
        nightly(demo.root)
    rooms = house.house(demo.root)
    assert len(rooms.problems) == 1
    assert "127.0.0.1" in rooms.problems[0]
    assert outcomes(demo) == EXPECTED
    with demo.store.reading() as session:
        digest = session.exec(select(Message).where(Message.kind == "digest")).one()
    assert "127.0.0.1" in digest.text


def test_lines_that_the_ledger_refuses_keep_no_other_educator_and_no_later_stage_waiting(
    demo: Demo, prefect: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(house.chunks, "__defaults__", (1,))
    written = shell._write  # pyright: ignore[reportPrivateUsage]
    refused: dict[int, int] = {}

    def refusing(session: Session, decision: Decision, educator_id: int, *rest: Any) -> None:
        refused.setdefault(educator_id, len(refused))
        if refused[educator_id] < 2:
            raise shell.LedgerRefused(f"The ledger does not take the line of educator {educator_id}.", "See it.")
        written(session, decision, educator_id, *rest)

    monkeypatch.setattr(shell, "_write", refusing)
    ran = CliRunner().invoke(app, ["nightly", "--workspace", demo.root])
    assert ran.exit_code == 1
    first, second, *others = refused
    assert others
    said = [f"The ledger does not take the line of educator {educator}. See it." for educator in (first, second)]
    assert house.house(demo.root).refused == said
    with demo.store.reading() as session:
        decided = set(session.exec(select(DecisionRecord.educator_id)))
        digest = session.exec(select(Message).where(Message.kind == "digest")).one()
        assert session.exec(select(Certificate)).first() is not None
        assert (
            session.exec(select(Message).where(Message.kind == "results", Message.state == "sent")).first() is not None
        )
    assert set(others) <= decided
    assert not {first, second} & decided
    for sentence in said:
        assert sentence in " ".join(digest.text.split())
        assert sentence in " ".join(ran.stdout.split())


def test_a_mail_server_that_is_away_leaves_every_mail_waiting_and_the_next_run_sends_them(
    demo: Demo, prefect: None
) -> None:
    settings = demo.workspace.root / "countersign.toml"
    before = settings.read_text()
    settings.write_text(before + NO_SMTP.format(port=free_port()))
    with pytest.raises(Outage):
        nightly(demo.root)
    assert len(house.house(demo.root).problems) == 1
    with demo.store.reading() as session:
        assert {m.state for m in session.exec(select(Message))} == {"pending"}
    settings.write_text(before)
    nightly(demo.root)
    assert house.house(demo.root).problems == []
    with demo.store.reading() as session:
        assert {m.state for m in session.exec(select(Message))} == {"sent"}


def test_a_second_run_at_the_same_time_is_refused_with_a_sentence(demo: Demo, prefect: None) -> None:
    with demo.store.lease("nightly"), pytest.raises(LeaseTaken, match="Another nightly run is under way"):
        nightly(demo.root)
    with demo.store.reading() as session:
        assert session.exec(select(Run)).all() == []


STAGES = (
    "countersign.intake.open_submissions",
    "countersign.verification.verify_carriers",
    "countersign.matching.match_cases",
    "countersign.recognition.recognise",
    "countersign.issuance.issue_certificates",
    "countersign.delivery.write_results",
    "countersign.tally.finish",
    "countersign.delivery.send_messages",
)


class KilledError(BaseException):
    """As when the machine goes off: nothing catches it on the way."""


@pytest.mark.parametrize("stage", STAGES)
def test_a_run_killed_before_any_stage_loses_nothing_and_doubles_nothing(
    stage: str, demo: Demo, prefect: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def kill(*_: object, **__: object) -> None:
        raise KilledError(stage)

    with monkeypatch.context() as patch:
        patch.setattr(stage, kill)
        with pytest.raises(BaseException, match=stage):
            nightly(demo.root)
    nightly(demo.root)
    assert outcomes(demo) == EXPECTED
    with demo.store.reading() as session:
        digests = session.exec(select(Message).where(Message.kind == "digest")).all()
        assert any("25  submissions arrived" in digest.text for digest in digests)  # what the killed run did is told
        assert len(session.exec(select(Certificate)).all()) == 5
        assert len(session.exec(select(Message).where(Message.kind == "results")).all()) == 9
        assert len(session.exec(select(Case)).all()) == 23
    before = everything(demo)
    nightly(demo.root)
    assert everything(demo) == before


def test_what_breaks_a_step_is_told_here_and_not_to_prefect(
    demo: Demo, prefect: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(*_: object, **__: object) -> None:
        raise ValueError("Maya Fontaine <maya.fontaine@maple-union.example>")

    monkeypatch.setattr("countersign.matching.match_cases", break_down)
    with pytest.raises(StepFailed) as caught:
        nightly(demo.root)
    assert "Fontaine" not in str(caught.value)
    assert "ValueError" in str(caught.value)
    assert "Fontaine" in str(house.house(demo.root).failures[-1])
