"""The workspace and its settings."""

from datetime import date
from pathlib import Path

import pytest

from countersign.errors import UsageError
from countersign.settings import Settings, find_workspace, open_workspace
from tests.conftest import MakeWorkspace


def test_the_nearest_workspace_upwards_is_found(make_workspace: MakeWorkspace, monkeypatch: pytest.MonkeyPatch) -> None:
    root = make_workspace().root
    monkeypatch.chdir(root / "inbox")
    assert find_workspace() == root


def test_no_workspace_is_said_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COUNTERSIGN_WORKSPACE", raising=False)
    with pytest.raises(UsageError, match="countersign init DIR"):
        open_workspace()


def test_an_unknown_setting_is_named_with_its_line(make_workspace: MakeWorkspace) -> None:
    with pytest.raises(UsageError, match=r'countersign\.toml, line \d+: unknown key "hots"'):
        make_workspace('\n[smtp]\nhots = "x"\n')


def test_a_real_host_cannot_be_mirrored(make_workspace: MakeWorkspace) -> None:
    with pytest.raises(UsageError, match="is a real host"):
        make_workspace('\n[network]\nmirror = { "nea.certificationbank.com" = "web" }\n')


def test_a_password_in_the_settings_is_refused(make_workspace: MakeWorkspace) -> None:
    with pytest.raises(UsageError, match='unknown key "password"'):
        make_workspace('\n[smtp]\nhost = "x"\npassword = "y"\n')


def test_exactly_one_person_signs_on_a_day(make_workspace: MakeWorkspace) -> None:
    settings = make_workspace('\n[[signatories]]\nname = "Two"\ntitle = "T"\nfrom = 2026-01-01\n').settings
    assert settings.signatory_on(date(2025, 12, 31)).name == "Robin Sample"
    with pytest.raises(UsageError, match="2 signatories may sign on 2026-01-01"):
        settings.signatory_on(date(2026, 1, 1))
    with pytest.raises(UsageError, match="nobody may sign on 2019-12-31"):
        settings.signatory_on(date(2019, 12, 31))


def test_the_environment_names_another_database(make_workspace: MakeWorkspace, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = make_workspace()
    assert workspace.database_url == f"sqlite:///{workspace.root}/var/countersign.db"
    monkeypatch.setenv("COUNTERSIGN_DATABASE_URL", "postgresql+psycopg://x@/y")
    assert workspace.database_url == "postgresql+psycopg://x@/y"


def affiliate(make_workspace: MakeWorkspace, colors: str) -> Settings:
    root = make_workspace().root
    file = root / "countersign.toml"
    text = file.read_text(encoding="utf-8").replace(
        "[[signatories]]", f"[affiliate.colors]\n{colors}\n\n[[signatories]]", 1
    )
    file.write_text(text, encoding="utf-8")
    return open_workspace(root).settings


def test_the_affiliate_s_colors_are_read(make_workspace: MakeWorkspace) -> None:
    assert affiliate(make_workspace, 'accent = "#0B3D91"').affiliate.colors.model_dump() == {
        "accent": "#0b3d91",
        "ornament": "#b59a5b",
    }


@pytest.mark.parametrize(
    ("colors", "sentence"),
    [
        (
            'accent = "#ffcc00"',
            r"line \d+: .*#ffcc00 is too light to read on white: its contrast is 1\.5 to 1, and at least 4\.5",
        ),
        ('accent = "#777777"', "choose a darker color"),
        ('accent = "green"', "accent"),
        ('ornament = "#fff"', "ornament"),
        ('accent = "#0b3d91;}"', "accent"),
    ],
)
def test_a_color_that_cannot_be_read_or_is_none_is_refused(
    make_workspace: MakeWorkspace, colors: str, sentence: str
) -> None:
    with pytest.raises(UsageError, match=sentence):
        affiliate(make_workspace, colors)
