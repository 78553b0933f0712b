"""A template looked at: marked as a specimen, with the workspace's own design, no database, and no number that could count."""

import io
from datetime import date
from pathlib import Path

import pytest
from pypdf import PdfReader
from typer.testing import CliRunner

from countersign.cli import app
from countersign.desk import previewing
from countersign.errors import UsageError
from countersign.issuance import read_number
from countersign.issuance.specimen import NUMBER, draw_specimen
from countersign.render import GlyphsMissing
from countersign.settings import Workspace
from tests.conftest import MakeWorkspace

ON = date(2026, 10, 2)


def said(content: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages).split())


def run(workspace: Workspace, *arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["certificate", "preview", "-w", str(workspace.root), *arguments])
    return done.exit_code, " ".join((done.stdout + done.stderr).split())


def test_its_number_is_none() -> None:
    assert read_number(NUMBER) is None


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("vermont", "15 (fifteen) hours 1.5 (one and a half) CEUs"),
        ("new-hampshire", "1.5 (one and a half) CEUs 15 (fifteen) hours"),
        ("massachusetts", "10 (ten) PDPs"),
        ("illinois", "8 (eight) hours"),
        ("generic", "15 (fifteen) hours"),
    ],
)
def test_a_specimen_says_that_it_is_one(workspace: Workspace, template: str, text: str) -> None:
    found = said(draw_specimen(workspace, template, ON))
    assert "SPECIMEN: THIS SHEET CERTIFIES NOTHING" in found
    assert text in found
    assert "Demo Education Association" in found
    assert not (workspace.var / "countersign.db").exists()


def test_it_has_the_workspace_s_logo_colors_and_signature(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace()
    plain = draw_specimen(workspace, "generic", ON)
    affiliate = workspace.settings.affiliate
    (workspace.root / "logo.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><path d="M0 0H9V9z"/></svg>'
    )
    settings = workspace.settings.model_copy(update={"affiliate": affiliate.model_copy(update={"logo": "logo.svg"})})
    assert draw_specimen(Workspace(workspace.root, settings), "generic", ON) != plain
    missing = settings.model_copy(update={"affiliate": affiliate.model_copy(update={"logo": "gone.svg"})})
    with pytest.raises(UsageError, match=r"The logo gone\.svg is not in the workspace\. Correct logo of \[affiliate\]"):
        draw_specimen(Workspace(workspace.root, missing), "generic", ON)


def test_own_words_are_on_it_whatever_they_are(workspace: Workspace) -> None:
    found = said(
        draw_specimen(workspace, "generic", ON, name="Đỗ Thị Ánh", title="<img src=file:///etc/passwd>" + "y" * 400)
    )
    assert "Đỗ Thị Ánh" in found
    assert "<imgsrc=file:///etc/passwd>yyy" in "".join(found.split())
    with pytest.raises(GlyphsMissing):
        draw_specimen(workspace, "generic", ON, name="\U00010600")
    with pytest.raises(UsageError, match="--title has 501 characters, and a certificate has room for 500"):
        draw_specimen(workspace, "generic", ON, title="word " * 100 + "s")
    with pytest.raises(UsageError, match="--name has no printable character"):
        draw_specimen(workspace, "generic", ON, name="\u202e")


def test_the_command_writes_the_file_and_nothing_else(workspace: Workspace, tmp_path: Path) -> None:
    out = tmp_path / "x.pdf"
    code, told = run(workspace, "--template", "vermont", "--second-page", "--name", "Kim Other", "--out", str(out))
    assert (code, told) == (0, f"{out}: a specimen of the template vermont; it certifies nothing.")
    assert len(PdfReader(out).pages) == 2
    assert "Kim Other" in said(out.read_bytes())
    assert not (workspace.var / "countersign.db").exists()
    assert not list(workspace.outbox.rglob("*"))


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--template", "ohio"), "certificate/ohio.html: there is no such template."),
        (("--template", "../x"), "'../x' is not the name of a template."),
        (("--template", "generic", "--second-page"), "certificate/generic.html: has no second page"),
        (("--template", "generic", "--out", "no/such/folder/x.pdf"), "Give --out a file in a folder that exists."),
    ],
)
def test_what_cannot_be_drawn_leaves_no_file(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], sentence: str
) -> None:
    monkeypatch.chdir(tmp_path)
    code, told = run(workspace, *arguments)
    assert code == 2
    assert sentence in told
    assert not list(tmp_path.glob("*.pdf"))


def test_open_shows_it_or_says_that_nothing_could(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[Path] = []
    out = tmp_path / "x.pdf"

    def viewer(file: Path) -> bool:
        shown.append(file)
        return len(shown) == 1

    monkeypatch.setattr(previewing, "opened_in_viewer", viewer)
    assert run(workspace, "--template", "generic", "--open", "--out", str(out))[0] == 0
    assert shown == [out]
    code, told = run(workspace, "--template", "generic", "--open", "--out", str(out))
    assert code == 1
    assert "open the file yourself" in told
