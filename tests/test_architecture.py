"""The house's own rules: who may import whom, what stays out of where."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("intake", "verification", "matching", "recognition", "issuance", "delivery", "reporting")
SHARED = (
    "audit",
    "cells",
    "clock",
    "deadline",
    "delivered",
    "embedded",
    "errors",
    "evidence",
    "identity",
    "press",
    "privatekeys",
    "render",
    "review",
    "settings",
    "store",
    "tally",
    "tomlfile",
)


def imports(path: Path) -> Iterator[str]:
    """Every dotted name a file imports, wherever in the file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def files(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_models_and_shared_parts_only(room: str) -> None:
    allowed = (f"countersign.{room}", *(f"countersign.{name}" for name in SHARED))
    for path in files(f"countersign/{room}"):
        for name in imports(path):
            if name.startswith("flows"):
                pytest.fail(f"{path} imports {name}")
            if name.startswith("countersign"):
                whole = name if name.count(".") else f"{name}."
                wanted = whole.startswith(allowed) or name in ("countersign", "countersign.__version__")
                assert wanted, f"{path} imports {name}: rooms meet in models/ only"


STOREYS = (
    "codes",
    "strictjson",
    "findings",
    "network",
    "reading",
    "alignments",
    "keys",
    "fingerprints",
    "trust",
    "judging",
    "proofs",
    "carriers",
    "published",
    "vc",
    "withdrawal",
    "exam",
    "open_badges_2",
    "open_badges_3",
    "following",
    "examination",
    "session",
    "keeping",
)
"""Verification's parts from the ground up."""


@pytest.mark.parametrize("storey", STOREYS)
def test_a_part_of_verification_rests_on_those_below_it_only(storey: str) -> None:
    room = ROOT / "countersign" / "verification"
    above = STOREYS[STOREYS.index(storey) + 1 :]
    for path in (room / f"{storey}.py", *sorted((room / storey).rglob("*.py"))):
        if path.is_file():
            for name in imports(path):
                part = name.removeprefix("countersign.verification.").partition(".")[0]
                reaches = name.startswith("countersign.verification.") and part in above
                assert not reaches, f"{path} imports {name}, which rests on it"


def test_every_part_of_verification_has_its_storey() -> None:
    room = ROOT / "countersign" / "verification"
    parts = {path.relative_to(room).parts[0].removesuffix(".py") for path in room.rglob("*.py")} - {"__init__"}
    assert parts == set(STOREYS)


def test_the_console_rests_on_the_rooms_and_on_no_flow_desk_or_command() -> None:
    allowed = tuple(f"countersign.{name}." for name in ("console", *ROOMS, *SHARED))
    for path in files("countersign/console"):
        for name in imports(path):
            assert not name.startswith("flows"), f"{path} imports {name}"
            if name.startswith("countersign."):
                assert f"{name}.".startswith(allowed), f"{path} imports {name}"


def test_models_import_nothing_of_ours() -> None:
    for path in files("models"):
        for name in imports(path):
            assert not name.startswith(("countersign", "flows")), f"{path} imports {name}"


def test_the_press_rests_on_nobody_who_draws_with_it() -> None:
    for path in files("countersign/press"):
        for name in imports(path):
            assert not name.startswith(("countersign.render", *(f"countersign.{room}" for room in ROOMS))), path


def test_prefect_is_imported_in_flows_only() -> None:
    for path in files("countersign", "models"):
        assert not any(name.split(".")[0] == "prefect" for name in imports(path)), path


def test_flows_hold_no_sql() -> None:
    for path in files("flows"):
        for name in imports(path):
            assert not name.startswith(("sqlmodel", "models.tables")), f"{path} imports {name}"


def test_only_the_clock_asks_for_the_time() -> None:
    for path in files("countersign", "models", "flows"):
        if path.name == "clock.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Attribute)
                and node.attr in ("now", "utcnow", "today")
                and isinstance(node.value, ast.Name)
            ):
                assert node.value.id not in ("datetime", "date"), f"{path}, line {node.lineno}"


@pytest.mark.parametrize(
    ("command", "unwanted"),
    [
        (["--help"], ("sqlmodel", "sqlalchemy", "prefect", "weasyprint", "pydantic", "cryptography")),
        (["verify", "--help"], ("sqlmodel", "sqlalchemy", "prefect", "weasyprint", "cryptography")),
    ],
)
def test_light_commands_import_nothing_heavy(command: list[str], unwanted: tuple[str, ...]) -> None:
    assert loaded_by(command).isdisjoint(unwanted)


def loaded_by(command: list[str]) -> set[str]:
    """The top-level modules in memory after a command ran in a process of its own."""
    code = (
        "import sys\n"
        "from countersign.cli import app\n"
        "try:\n    app(sys.argv[1:], standalone_mode=False)\nexcept BaseException:\n    pass\n"
        "sys.stderr.write('\\nLOADED ' + ' '.join(sorted({m.split('.')[0] for m in sys.modules})))\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code, *command], capture_output=True, text=True, check=True, cwd=ROOT, timeout=60
    )
    return set(ended.stderr.rpartition("LOADED ")[2].split())


def test_verifying_a_signed_credential_loads_no_database_and_no_flow(tmp_path: Path) -> None:
    from sample.issuers import Award, vc_jwt

    token = vc_jwt(Award(1, "a@b.example", "Family Engagement", "2026-09-14T16:00:00Z"))
    path = tmp_path / "light.jwt"
    path.write_text(token, encoding="ascii")
    loaded = loaded_by(["verify", str(path)])
    assert "cryptography" in loaded
    assert loaded.isdisjoint(("sqlmodel", "sqlalchemy", "prefect", "weasyprint", "pypdf", "pyld", "openpyxl"))


def test_no_file_hides_a_second_idea_by_its_length() -> None:
    for path in files("countersign", "models", "flows", "sample", "bench"):
        if "migrations" not in path.parts:
            assert len(path.read_text(encoding="utf-8").splitlines()) <= 450, path
