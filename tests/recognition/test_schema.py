"""The JSON Schema for editors: it is current, it takes every agreement the models take, and it catches slips while one writes."""

import json
import re
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from typer.testing import CliRunner

from countersign.cli import app
from countersign.recognition.schema import schema, schema_text
from tests.recognition.builders import SAMPLES
from tests.recognition.test_files import GOOD

KEPT = SAMPLES.parent / "docs" / "agreement.schema.json"
IMAGINED = Path(__file__).resolve().parent / "imagined"
EVERY = sorted([*SAMPLES.rglob("*.toml"), *IMAGINED.glob("*.toml")])
VALIDATOR = jsonschema_rs.validator_for(schema())


def as_json(value: Any) -> Any:
    """A TOML value as the editors' tools hand it to a schema: days as text."""
    if isinstance(value, dict):
        return {key: as_json(one) for key, one in value.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    if isinstance(value, list):
        return [as_json(one) for one in value]  # pyright: ignore[reportUnknownVariableType]
    return value.isoformat() if isinstance(value, date) else value


def refused(text: str) -> list[str]:
    return [error.message for error in VALIDATOR.iter_errors(as_json(tomllib.loads(text)))]


def test_the_kept_file_is_current() -> None:
    assert KEPT.read_text(encoding="utf-8") == schema_text(), (
        "run: countersign agreements schema --out docs/agreement.schema.json"
    )


@pytest.mark.parametrize("path", EVERY, ids=lambda p: p.stem)
def test_every_agreement_is_valid_by_the_schema(path: Path) -> None:
    assert refused(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("count = 5", "count = 5, colour = 1"),
        ('title = "A contract"\n', ""),
        ("flat = 100.00", 'flat = "100"'),
        ("flat = 100.00", "flat = -100.00"),
        ('unit = "USD"', 'unit = "dollars"'),
        ('currency = "pay"', 'currency = "money"'),
        ('on = "10-01"', 'on = "13-01"'),
        ("month = 11", "month = 13"),
        ("required = true", 'required = "yes"'),
        ('issuers = ["nea"]', "issuers = []"),
    ],
)
def test_a_slip_is_caught_while_one_writes(old: str, new: str) -> None:
    assert refused(GOOD) == []
    assert refused(GOOD.replace(old, new, 1))


def test_one_table_stands_for_a_list_of_one() -> None:
    assert refused(GOOD.replace('issuers = ["nea"]', 'issuers = "nea"')) == []
    assert refused(GOOD.replace("cap = {", "cap = [{").replace('overflow = "lost" }', 'overflow = "lost" }]')) == []


def test_every_key_has_words_for_the_editor() -> None:
    made = schema()
    for name, table in {"the file": made, **made["definitions"]}.items():
        assert table["description"], name
        for key, part in table.get("properties", {}).items():
            own = part.get("description") or made["definitions"].get(_named(part), {}).get("description")
            assert own, f"{name}.{key}"
    assert made["definitions"]["Cap"]["properties"]["order"]["description"].startswith("Filled in the order")


def _named(part: dict[str, Any]) -> str:
    found = re.search(r'"#/definitions/(\w+)"', json.dumps(part))
    return found[1] if found else ""


def test_the_command_prints_it_or_writes_it(tmp_path: Path) -> None:
    printed = CliRunner().invoke(app, ["agreements", "schema"])
    assert (printed.exit_code, printed.stdout) == (0, schema_text())
    out = tmp_path / "agreement.schema.json"
    written = CliRunner().invoke(app, ["agreements", "schema", "--out", str(out)])
    assert written.exit_code == 0
    assert "#:schema agreement.schema.json" in written.stdout
    assert out.read_text(encoding="utf-8") == schema_text()
    assert CliRunner().invoke(app, ["agreements", "schema", "--out", str(tmp_path)]).exit_code == 2


def test_a_new_workspace_has_it_beside_its_agreements(tmp_path: Path) -> None:
    assert CliRunner().invoke(app, ["init", str(tmp_path / "ours")]).exit_code == 0
    assert (tmp_path / "ours" / "agreements" / "agreement.schema.json").read_text(encoding="utf-8") == schema_text()
