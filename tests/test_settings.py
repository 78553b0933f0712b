"""The workspace and its settings."""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from countersign.desk.beginning import SETTINGS
from countersign.errors import UsageError
from countersign.settings import PROGRAM, Settings, find_workspace, open_workspace
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


def sections(section: type[BaseModel], name: str = "") -> dict[str, set[str]]:
    """The keys of every section as they are written in the file, by the section's name; a table within a line is its section's."""
    found: dict[str, set[str]] = {name: set()}
    for attribute, field in section.model_fields.items():
        key = field.alias or attribute
        inner = next((t for t in kinds(field.annotation) if issubclass(t, BaseModel)), None)
        if inner is None or name:
            found[name].add(key)
        if inner is not None:
            for within, keys in sections(inner, name or key).items():
                found.setdefault(within, set()).update(keys)
    return found


def kinds(annotation: Any) -> Iterator[type]:
    """The classes that an annotation is made of."""
    if isinstance(annotation, type) and not get_args(annotation):
        yield annotation
    for part in get_args(annotation):
        yield from kinds(part)


def test_every_key_is_explained_where_its_section_is_and_nothing_else() -> None:
    text = (PROGRAM / "docs" / "settings.md").read_text(encoding="utf-8")
    explained: dict[str, set[str]] = {}
    for part in re.split(r"(?m)^## ", text):
        named = re.match(r"\[+(\w+)\]+:", part)
        explained[named[1] if named else ""] = set(re.findall(r"(?m)^\| `(\w+)` \| \S", part))
    assert explained == sections(Settings)


def test_the_file_of_a_new_workspace_names_every_section() -> None:
    shown = set(re.findall(r"(?m)^(?:# )?\[+(\w+)\]+", SETTINGS))
    assert shown == sections(Settings).keys() - {"", "network"}  # that one is for demonstrations
