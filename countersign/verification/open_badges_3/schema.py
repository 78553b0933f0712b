"""The JSON Schema of Open Badges 3.0, pinned, and what it says of a credential, in words a person can act on.

Sources: Open Badges 3.0 §1.2 (the schema is normative) and §9.1 step 1; 1EdTech JSON Schema Validator 2019. Three things are not
left to it, since they have readers of their own that hold a credential where the schema would refuse it: proofs, the
credential's status and refresh service, and endorsements, which are somebody else's word.
"""

import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from countersign.verification import reading
from countersign.verification.findings import ANOTHER_FORM, TELL_ISSUER, WHOSE_SITE, Finding, bad, clause, unsure
from countersign.verification.network import addresses, documents
from countersign.verification.network.documents import Missing
from countersign.verification.network.web import Fetcher
from countersign.verification.reading import Json, Malformed
from countersign.verification.trust.registry import Issuer
from countersign.verification.vc import vcdm

if TYPE_CHECKING:
    from jsonschema_rs import ValidationError, Validator

PUBLISHED = "https://purl.imsglobal.org/spec/ob/v3p0/schema/"
"""Where 1EdTech publishes the schemas of Open Badges 3.0; the pinned one stands for each of them."""

VALIDATOR = "1EdTechJsonSchemaValidator2019"
MAX_SCHEMAS = 8
MAX_NAMED = 3
MAX_PARTS = 3_000
_FILE = "ob_v3p0_achievementcredential_schema.json"
_ANOTHER_SHAPE = frozenset({"type", "propertyNames", "enum", "oneOf", "anyOf"})
_ELSEWHERE = frozenset({"proof", "credentialStatus", "refreshService", "endorsement", "endorsementJwt"})
_VC1_NAMES = {"issuanceDate": "validFrom", "expirationDate": "validUntil"}


def check(body: Json) -> None:
    """Hold an AchievementCredential of either data model against the pinned schema. Raises Malformed."""
    _refuse(_places(_pinned("AchievementCredential"), _as_vc2(body)))


def check_endorsement(body: Json) -> None:
    """The same for an EndorsementCredential. Raises Malformed."""
    _refuse(_places(_pinned("EndorsementCredential"), _as_vc2(body)))


def named(body: Json, issuer: Issuer, fetcher: Fetcher) -> tuple[Finding | None, list[str]]:
    """What the schemas that a proven credential names add: a finding when it breaks one or one could not be tried, and remarks.

    Open Badges 3.0 §9.1 asks for schemas of type 1EdTechJsonSchemaValidator2019 only: one at a registered origin of the issuer
    is read and applied; one elsewhere holds the credential. Of any other type nothing depends, and a remark says so: what
    decisions read is held against the pinned schema already, and its truth rests on the proof.
    """
    remarks: list[str] = []
    try:
        entries = reading.parts(body, "credentialSchema")
        for entry in entries[:MAX_SCHEMAS]:
            address = reading.uri(entry, of="credentialSchema.")
            if address.startswith(PUBLISHED):
                continue
            if VALIDATOR not in reading.types(entry, "credentialSchema."):
                remarks.append(
                    f"It also names the schema {address[:200]}, on which nothing here depends; it was not read."
                )
            elif finding := _further(address, body, issuer, fetcher):
                return finding, remarks
    except Malformed as error:
        return unsure(f"The schema it names cannot be told: {clause(str(error))}", TELL_ISSUER), remarks
    except Missing as missing:
        return missing.finding, remarks
    if len(entries) > MAX_SCHEMAS:
        return unsure(f"It names {len(entries)} schemas, more than are examined.", ANOTHER_FORM), remarks
    return None, remarks


def _further(address: str, body: Json, issuer: Issuer, fetcher: Fetcher) -> Finding | None:
    import jsonschema_rs as js

    elsewhere = unsure(
        f"It says that it follows the schema {address[:200]}, which is at no registered site of {issuer.name}, so that it "
        "was not read.",
        WHOSE_SITE,
    )
    if addresses.origin(address) not in issuer.origins:
        return elsewhere
    served = documents.read(fetcher, address, "The schema it names")
    if served.origin not in issuer.origins:
        return elsewhere
    try:
        # No reference leads out of it, and patterns take time in proportion to the text only.
        made = js.validator_for(served.body, offline=True, pattern_options=js.RegexOptions())
    except ValueError:
        return unsure(f"The schema it names, {address[:200]}, is none that can be applied.", TELL_ISSUER)
    places = _places(made, body)
    return bad(f"It breaks the schema that it names, {address[:200]}: {_sentence(places)}") if places else None


def _as_vc2(body: Json) -> Json:
    """The credential under the names of VC Data Model 2.0, its one subject by itself (§4.8: a set of one)."""
    changes: Json = {}
    if vcdm.is_model_1(body):
        changes["@context"] = [vcdm.VC2, *vcdm.contexts(body)[1:]]
        changes |= {new: body[old] for old, new in _VC1_NAMES.items() if old in body and new not in body}
    subject: Any = body.get("credentialSubject")
    if isinstance(subject, list) and len(cast(list[Any], subject)) == 1:
        changes["credentialSubject"] = subject[0]
    return body | changes


@cache
def _pinned(name: str) -> "Validator":
    import jsonschema_rs as js

    schema: Json = json.loads((Path(__file__).parent / "schemas" / _FILE).read_text(encoding="utf-8"))
    for part in (schema, *schema["$defs"].values()):
        _tighten(part)
        _leave(part)
    if name != "AchievementCredential":
        schema = {"$schema": schema["$schema"], "$defs": schema["$defs"], "$ref": f"#/$defs/{name}"}
    return js.Draft201909Validator(schema, offline=True)


def _tighten(part: Json) -> None:
    """The published schema takes any text for `type`, so that a list of one may be written as its item: that item must
    then be the word that the list would have to contain."""
    choices: list[Json] = part.get("properties", {}).get("type", {}).get("oneOf", [])
    if len(choices) == 2 and "contains" in choices[1]:
        choices[0] = {"enum": choices[1]["contains"]["enum"]}
    elif len(choices) == 2 and "allOf" in choices[1]:
        del choices[0]  # two words are asked for, which no single text can be


def _leave(part: Json) -> None:
    """What has a reader of its own may be anything, where the schema knows it."""
    members: Json = part.get("properties", {})
    members |= dict.fromkeys(_ELSEWHERE & members.keys(), True)


def _places(validator: "Validator", body: Json) -> list[str]:
    """Each thing the schema refuses, as a sentence without its full stop; the deepest place that is to blame.

    In a document larger than any credential the places are not looked for: every place costs memory, and anybody may send one.
    """
    if validator.is_valid(body):
        return []
    if _parts(body) > MAX_PARTS:
        return [
            f"It does not follow the schema, and has too many parts (more than {MAX_PARTS:,}) for the place to be told"
        ]
    found: list[str] = []
    for error in validator.iter_errors(body):
        found += [_said(leaf) for leaf in _leaves(error)]
        if len(found) > MAX_NAMED:
            break
    return list(dict.fromkeys(found))


def _parts(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + sum(_parts(v) for v in cast(Json, value).values())
    if isinstance(value, list):
        return 1 + sum(_parts(v) for v in cast(list[Any], value))
    return 1


def _refuse(places: list[str]) -> None:
    if places:
        raise Malformed(_sentence(places))


def _sentence(places: list[str]) -> str:
    more = " There is more." if len(places) > MAX_NAMED else ""
    return "; ".join(places[:MAX_NAMED]) + "." + more


def _leaves(error: "ValidationError") -> list["ValidationError"]:
    """The errors behind one that says "none of these": those of the alternative that has the right shape and fails deepest."""
    branches = cast(Iterable[list["ValidationError"]], getattr(error.kind, "context", ()))
    here = list(error.instance_path)
    shaped: list[list[ValidationError]] = []
    for branch in branches:
        leaves = [leaf for inner in branch for leaf in _leaves(inner)]
        if not any(list(e.instance_path) == here and e.kind.name in _ANOTHER_SHAPE for e in leaves):
            shaped.append(leaves)
    if not shaped:
        return [error]
    return min(shaped, key=lambda leaves: (len(leaves), -max(len(e.instance_path) for e in leaves)))


def _said(error: "ValidationError") -> str:
    steps = [str(s + 1) if isinstance(s, int) else s for s in error.instance_path]
    place = ".".join(steps)[:200]
    kind = error.kind.as_dict()
    match error.kind.name:
        case "required":
            return f'"{".".join([*steps, str(kind["property"])])[:200]}" is missing'
        case "additionalProperties":
            return f'"{place}" has members that do not belong there ({", ".join(cast(list[str], kind["unexpected"]))[:80]})'
        case "type":
            return f'"{place}" is of the wrong kind'
        case "contains" | "enum" | "oneOf" if place.endswith("type"):
            return f'"{place}" says {json.dumps(error.instance)[:60]}, which Open Badges 3.0 does not know there'
        case "enum" | "oneOf" | "pattern" if not isinstance(error.instance, dict | list):
            return f'"{place}" is {json.dumps(error.instance)[:60]}, which is none of the values that Open Badges 3.0 knows'
        case _:
            return f'"{place}" is not as Open Badges 3.0 asks for'
