"""`countersign transcript`: the file, the mail, and what it says where there is nothing or nobody."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from countersign.cli import app
from countersign.settings import Workspace
from countersign.store import Store
from tests.delivery.village import village

RUN = CliRunner()


@pytest.fixture
def root(workspace: Workspace, store: Store) -> Path:
    here = village(store)
    maya = here.educator()
    here.educator("owen@cusd.example", name="Owen Castellanos")
    here.post(here.decide(here.case(maya)))
    workspace.agreements.mkdir(exist_ok=True)
    return workspace.root


def test_a_file_is_written_and_the_same_day_gives_the_same_bytes(root: Path, tmp_path: Path) -> None:
    one, two = tmp_path / "one.pdf", tmp_path / "two.pdf"
    for file in (one, two):
        done = RUN.invoke(app, ["transcript", "M1", "--out", str(file), "--as-of", "2026-10-02", "-w", str(root)])
        assert done.exit_code == 0, done.output
    assert "Maya Fontaine (member M1), as of October 2, 2026: 1 micro-credential" in done.output
    assert one.read_bytes() == two.read_bytes()
    assert one.read_bytes().startswith(b"%PDF")


def test_it_is_mailed_to_the_rosters_address_once(root: Path) -> None:
    arguments = ["transcript", "M1", "--mail", "--as-of", "2026-10-02", "--json", "-w", str(root)]
    first, again = (json.loads(RUN.invoke(app, arguments).stdout) for _ in range(2))
    assert (first["mailed_to"], first["mailed_before"], first["file"]) == ("maya@district.example", False, None)
    assert again["mailed_before"] is True
    assert len(list((root / "outbox").rglob("*.eml"))) == 1


def test_nothing_recognized_is_a_sentence_and_no_file(root: Path, tmp_path: Path) -> None:
    file = tmp_path / "none.pdf"
    done = RUN.invoke(app, ["transcript", "M2", "--out", str(file), "-w", str(root)])
    assert done.exit_code == 1
    assert "nothing is recognized yet, so there is no transcript." in " ".join(done.output.split())
    assert not file.exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["X9"], "Nobody on the roster has the member number X9."),
        (["M1", "--as-of", "2026-13-01"], "'2026-13-01' is not a day."),
        (["M1", "--as-of", "2199-01-01"], "2199-01-01 has not come yet"),
    ],
)
def test_what_cannot_be_made_says_why(root: Path, arguments: list[str], sentence: str) -> None:
    done = RUN.invoke(app, ["transcript", *arguments, "-w", str(root)])
    assert done.exit_code == 2
    assert sentence in done.stderr
