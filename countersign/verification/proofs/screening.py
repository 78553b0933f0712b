"""What may stand in a JSON-LD credential at all, looked at before any JSON-LD is done: pinned contexts, plain terms, limits.

And where: a signature over RDF covers what is said of an id, but not in which of two places it is said, so what decisions read is
described in one place only.
"""

import json
from collections.abc import Iterator
from typing import Any, cast

from countersign.verification.proofs import contexts, rdf
from countersign.verification.proofs.rdf import Json, NotCovered, NotKnown

MAX_BYTES = 256_000
MAX_NODES = 2_000
MAX_MEMBERS = 500
_ENDORSED = frozenset({"id", "type", "endorsementComment"})
_CRITERIA = frozenset({"id", "narrative"})


def screen(document: Json) -> None:
    """Look a document and its proofs over, and refuse what a credential never needs. Raises NotCovered or NotKnown."""
    if len(json.dumps(document)) > MAX_BYTES:
        raise NotKnown(
            f"The credential is larger than {MAX_BYTES:,} bytes, more than is processed with this kind of proof."
        )
    check_contexts(document)
    proofs = [{k: v for k, v in members_of(p).items() if k != "@context"} for p in listed(document.get("proof"))]
    nodes = 0
    for path, value in parts({k: v for k, v in document.items() if k != "@context"} | {"proof": proofs}, ""):
        if isinstance(value, dict):
            nodes += 1
            _screen_node(value, path)
        elif len(value) > MAX_MEMBERS:
            raise NotKnown(f'"{path}" has more than {MAX_MEMBERS} entries.')
        elif any(isinstance(v, list) for v in value):
            raise NotCovered(f'"{path}" is a list within a list; a signature does not cover that shape.')
        if nodes > MAX_NODES:
            raise NotKnown(f"The credential has more than {MAX_NODES} parts.")


def check_contexts(node: Json) -> None:
    """Every context of a credential is the address of a pinned one, named once. Raises NotKnown, naming one that is not."""
    named = listed(node.get("@context"))
    for one in named:
        if not isinstance(one, str):
            raise NotKnown("The credential defines words of its own (an inline @context), which is not supported here.")
        if one not in contexts.FILES:
            raise NotKnown(rdf.unknown(one))
    if not named:
        raise NotKnown("A part of the credential names no vocabulary (@context).")
    if len(named) != len(set(cast(list[str], named))):
        raise NotKnown("The credential names the same vocabulary twice.")


def _screen_node(node: Json, path: str) -> None:
    for key in node:
        if key == "@context" and is_endorsement(path):
            check_contexts(node)
        elif key == "@context":
            raise NotKnown(
                f'"{below(path, key)}" brings a vocabulary of its own, which is supported for endorsements only.'
            )
        elif key.startswith("@") or ":" in key or not key:
            raise NotKnown(
                f'"{below(path, key)}" is spelled in a way that is not supported here; the plain term is needed.'
            )
        elif key == "endorsement" and is_endorsement(path, anywhere=True):
            raise NotKnown(f'"{below(path, key)}" is an endorsement of an endorsement, which is not supported here.')
    identifier = node.get("id")
    if isinstance(identifier, str) and identifier.startswith("_:"):
        raise NotCovered(f'"{path}.id" is a local label ({identifier[:40]}); a signature does not cover those.')


def is_endorsement(path: str, *, anywhere: bool = False) -> bool:
    """Whether a path is that of an embedded endorsement; with `anywhere`, of any part of one too."""
    names = path.split(".")
    return "endorsement" in names if anywhere else names[-1] == "endorsement"


def apart(document: Json) -> tuple[Json, list[Json]]:
    """The document without its embedded endorsements, and these, each with the contexts in force at its place first."""
    found: list[Json] = []

    def without(value: Any) -> Any:
        if isinstance(value, list):
            return [without(v) for v in cast(list[Any], value)]
        if not isinstance(value, dict):
            return value
        made: Json = {}
        for key, inner in cast(Json, value).items():
            embedded = [members_of(e) for e in listed(inner)] if key == "endorsement" else []
            if not any(embedded):
                made[key] = without(inner)
            elif all(embedded):
                found.extend(embedded)
            else:
                raise NotKnown('"endorsement" mixes endorsements and mere addresses, which is not supported here.')
        return made

    outer = cast(Json, without(document))
    above = listed(document["@context"])
    return outer, [e | {"@context": [*above, *listed(e.get("@context"))]} for e in found]


def check_described_once(document: Json) -> None:
    """The nodes that decisions read are described in one place only: RDF would let a holder move their statements to
    another mention of the same id, out of sight, without touching the signature. Raises NotCovered."""
    subject = members_of(_first(document.get("credentialSubject")))
    achievement = _first(subject.get("achievement"))
    watched = [document, subject, achievement]
    watched += [*listed(document.get("credentialStatus")), *listed(subject.get("identifier"))]
    named = [(str(members_of(n)["id"]), members_of(n)) for n in watched if "id" in members_of(n)]
    wanted = dict(named)
    if len(wanted) != len(named):
        raise NotCovered(
            "Two parts of the credential have the same id, so it cannot be told what the signature covers."
        )
    issuer = document.get("issuer")
    for path, value in parts({k: v for k, v in document.items() if k != "@context"}, ""):
        node = members_of(value)
        owner = wanted.get(str(node.get("id", "")))
        if not path or owner is None or owner is node or not set(node) - {"id", "type"}:
            continue
        if owner is subject and node is issuer:
            continue  # somebody who speaks of themselves
        if path.endswith("endorsement.credentialSubject") and _only_endorsed(node):
            continue  # what an endorsement is about, where nothing of ours can hide
        if owner is achievement and path == "credentialSubject.achievement.criteria" and set(node) <= _CRITERIA:
            continue  # many give the achievement and its criteria one address; the narrative is all that could move
        raise NotCovered(
            f'"{path}" describes another part of the credential a second time; its signature cannot be relied on.'
        )


def _only_endorsed(node: Json) -> bool:
    return set(node) <= _ENDORSED and listed(node.get("type")) == ["EndorsementSubject"]


def below(path: str, key: str) -> str:
    return f"{path}.{key}".lstrip(".")


def parts(value: Json | list[Any], path: str) -> Iterator[tuple[str, Json | list[Any]]]:
    """Every object and list in a JSON value, itself first, with its path as `walk` gives it."""
    yield path, value
    if isinstance(value, dict):
        for key, inner in value.items():
            if isinstance(inner, (dict, list)):
                yield from parts(cast("Json | list[Any]", inner), below(path, key))
    else:
        for inner in value:
            if isinstance(inner, (dict, list)):
                yield from parts(cast("Json | list[Any]", inner), path)


def walk(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Every value in a JSON value with its path ("a.b", list positions left out), from the outside in."""
    yield path, value
    if isinstance(value, dict):
        for key, inner in cast(Json, value).items():
            yield from walk(inner, below(path, key))
    elif isinstance(value, list):
        for inner in cast(list[Any], value):
            yield from walk(inner, path)


def listed(value: Any) -> list[Any]:
    """A value as a list: itself, of one, or empty for nothing."""
    return cast(list[Any], value) if isinstance(value, list) else [] if value is None else [value]


def members_of(value: Any) -> Json:
    """The value if it is an object, else an empty one. The very same object, so that identity can be compared."""
    return cast(Json, value) if isinstance(value, dict) else {}


def _first(value: Any) -> Any:
    values = listed(value)
    return values[0] if values else None
