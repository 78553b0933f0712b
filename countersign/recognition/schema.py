"""The JSON Schema of an agreement, for editors: from the pydantic models, with their docstrings as what the editor shows.

It says less than the models: what a check of ours refuses (two ways of saying one thing, a name that leads nowhere) no schema can say, and
`agreements check` does. It never refuses what they take.
"""

import json
import re
from typing import Any, get_args

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from models.agreement import Agreement
from models.agreement.base import MonthDay, Several

DIALECT = "http://json-schema.org/draft-07/schema#"
_MONTH_DAY = r"^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"
_BOUNDS = {"ge": "minimum", "gt": "exclusiveMinimum", "le": "maximum", "lt": "exclusiveMaximum"}
_NOT_SAID = ("decimal_places", "max_digits")


class _AsTomlSaysIt(GenerateJsonSchema):
    """Where TOML's values are not JSON's: a figure is a number and never text, and one table may stand for a list of one."""

    def decimal_schema(self, schema: core_schema.DecimalSchema) -> JsonSchemaValue:
        del schema
        return {"type": "number"}

    def function_before_schema(self, schema: core_schema.BeforeValidatorFunctionSchema) -> JsonSchemaValue:
        inner = self.generate_inner(schema["schema"])
        if schema["function"]["function"] is not Several.func or "items" not in inner:
            return inner
        return {"anyOf": [inner["items"], inner]}

    def function_after_schema(self, schema: core_schema.AfterValidatorFunctionSchema) -> JsonSchemaValue:
        inner = self.generate_inner(schema["schema"])
        if schema["function"]["function"] is get_args(MonthDay)[1].func:
            return {**inner, "pattern": _MONTH_DAY}
        return inner


def schema() -> dict[str, Any]:
    """The schema as a tree, in JSON Schema draft 7, which the editors' TOML tools read."""
    made = Agreement.model_json_schema(
        by_alias=True, ref_template="#/definitions/{model}", schema_generator=_AsTomlSaysIt
    )
    definitions = {name: _spoken(part) for name, part in sorted(made.pop("$defs").items())}
    return {"$schema": DIALECT, **_spoken(made), "title": "An agreement", "definitions": definitions}


def schema_text() -> str:
    """The schema as the text of its file."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def _spoken(table: dict[str, Any]) -> dict[str, Any]:
    """One table with the words for each of its keys, and without the null that no TOML can write."""
    said = " ".join(str(table.get("description", "")).split())
    made: dict[str, Any] = {**_as_schema(table), "description": said}
    properties: dict[str, dict[str, Any]] = made.get("properties", {})
    for key, part in properties.items():
        part.pop("title", None)
        if about := _about(key, said):
            part["description"] = about
        elif "$ref" not in json.dumps(part):
            part["description"] = said
    return made


def _about(key: str, said: str) -> str:
    """The sentences of a docstring that speak of a key."""
    sentences = re.split(r"(?<=[.)])\s+(?=[A-Z`\[])", said)
    return " ".join(s for s in sentences if f"`{key}`" in s or f"`{key} =" in s)


def _as_schema(node: Any) -> Any:
    """Without the null that no TOML can write, and with the bounds of figures in the schema's own words."""
    if isinstance(node, list):
        return [_as_schema(one) for one in node]  # pyright: ignore[reportUnknownVariableType]
    if not isinstance(node, dict):
        return node
    given: dict[str, Any] = node  # pyright: ignore[reportUnknownVariableType]
    kept = {k: v for k, v in given.items() if k not in _NOT_SAID and (k, v) != ("default", None)}
    tree = {_BOUNDS.get(key, key): _as_schema(one) for key, one in kept.items()}
    able = [one for one in tree.pop("anyOf", ()) if one != {"type": "null"}]
    if len(able) == 1:
        return {**able[0], **tree}
    if able and "minLength" in tree:  # of a list, where one text alone may stand for it
        least = tree.pop("minLength")
        able = [{**one, "minItems": least} if one.get("type") == "array" else one for one in able]
    return {**tree, "anyOf": able} if able else tree
