"""What a Data Integrity proof covers: JSON-LD made canonical RDF, and only if the JSON says nothing else.

A signature over RDF covers statements, not the JSON text, while every decision reads the JSON. So a document is taken only when
it is exactly the compacted form of what it expands to under the pinned contexts (VC Data Integrity 1.0 §4.6, "context
validation"): no term that JSON-LD would drop unsigned, no second spelling of a term, no keyword that moves statements about,
no node described where nobody looks. PyLD is imported here and nowhere else, and only when it is needed.
"""

import hashlib
import json
import re
import threading
import time
from collections.abc import Iterator, Mapping
from typing import Any, cast

from countersign.verification import contexts

MAX_BYTES = 256_000
MAX_NODES = 2_000
MAX_MEMBERS = 500
MAX_SYMMETRY = 6
MAX_STEPS = 5_000
MAX_SECONDS = 2.0
_NOWHERE = "https://unsigned.invalid/"  # a relative reference resolved here is recognised and refused
_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{}|^`\\\x7f-\x9f]*")
_LOCK = threading.Lock()  # PyLD's caches are shared by all threads and not safe for that

Json = dict[str, Any]


class NotCovered(ValueError):
    """A signature over the document would not cover what its JSON says; `str()` is a sentence that names the place."""


class NotKnown(ValueError):
    """The document uses something that is not supported here; `str()` is a sentence that names it."""


def screen(document: Json) -> None:
    """Look a document over before any JSON-LD processing, and refuse what a credential never needs. Raises NotCovered or
    NotKnown."""
    if len(json.dumps(document)) > MAX_BYTES:
        raise NotKnown(
            f"The credential is larger than {MAX_BYTES:,} bytes, more than is processed with this kind of proof."
        )
    named = document.get("@context")
    listed = cast(list[Any], named if isinstance(named, list) else [named])
    for one in listed:
        if not isinstance(one, str):
            raise NotKnown("The credential defines words of its own (an inline @context), which is not supported here.")
        if one not in contexts.FILES:
            raise NotKnown(f"The credential uses the vocabulary {one[:200]}, which is not known here.")
    if len(listed) != len(set(cast(list[str], listed))):
        raise NotKnown("The credential names the same vocabulary twice.")
    nodes = 0
    for path, value in _walk({k: v for k, v in document.items() if k != "@context"}, ""):
        if isinstance(value, dict):
            nodes += 1
            for key in cast(Json, value):
                _screen_key(key, f"{path}.{key}".lstrip("."))
            identifier = cast(Json, value).get("id")
            if isinstance(identifier, str) and identifier.startswith("_:"):
                raise NotCovered(f'"{path}.id" is a local label ({identifier[:40]}); a signature does not cover those.')
        elif isinstance(value, list):
            items = cast(list[Any], value)
            if len(items) > MAX_MEMBERS:
                raise NotKnown(f'"{path}" has more than {MAX_MEMBERS} entries.')
            if any(isinstance(v, list) for v in items):
                raise NotCovered(f'"{path}" is a list within a list; a signature does not cover that shape.')
        if nodes > MAX_NODES:
            raise NotKnown(f"The credential has more than {MAX_NODES} parts.")


def _screen_key(key: str, path: str) -> None:
    if key == "@context":
        raise NotKnown(
            f'"{path}" brings a vocabulary of its own (an endorsement within the credential), not supported here.'
        )
    if key.startswith("@") or ":" in key or not key:
        raise NotKnown(f'"{path}" is spelled in a way that is not supported here; the plain term is needed.')


def _walk(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    yield path, value
    if isinstance(value, dict):
        for key, inner in cast(Json, value).items():
            yield from _walk(inner, f"{path}.{key}".lstrip("."))
    elif isinstance(value, list):
        for inner in cast(list[Any], value):
            yield from _walk(inner, path)


def canonical(document: Json, extra: Mapping[str, Json] | None = None, *, checked: bool = True) -> str:
    """The document as canonical N-Quads (RDFC-1.0, formerly URDNA2015). `extra` adds contexts, for published test vectors.

    Raises NotCovered when the JSON is not wholly covered by the result, or is built to make this take for ever.
    """
    import pyld.canon
    import pyld.jsonld

    jsonld: Any = pyld.jsonld  # the library is typed in parts only
    algorithm: Any = pyld.canon.URDNA2015

    class Bounded(algorithm):
        """RDFC-1.0 whose cost, factorial in hostile graphs, has an end (RDFC-1.0 §7.1, "dataset poisoning")."""

        steps = 0
        deadline = time.thread_time() + MAX_SECONDS

        def create_hash_to_related(self, id_: str, issuer: Any) -> dict[str, list[str]]:
            related: dict[str, list[str]] = algorithm.create_hash_to_related(self, id_, issuer)
            self.steps += 1
            if self.steps > MAX_STEPS or time.thread_time() > self.deadline:
                raise _TooMuch
            if any(len(group) > MAX_SYMMETRY for group in related.values()):
                raise _TooMuch
            return related

    known = {**{u: contexts.load(u) for u in contexts.FILES}, **(extra or {})}

    def load(url: str, _options: Any = None) -> Json:
        if url not in known:
            raise NotKnown(f"The credential uses the vocabulary {url[:200]}, which is not known here.")
        return {"contextUrl": None, "documentUrl": url, "document": known[url]}

    options: Json = {"documentLoader": load, "base": _NOWHERE, "processingMode": "json-ld-1.1"}
    try:
        with _LOCK:
            expanded = cast(list[Json], jsonld.expand(document, options))
            if checked:
                _check(document, expanded, cast(Json, jsonld.compact(expanded, document["@context"], options)))
            dataset = cast(Json, jsonld.to_rdf(expanded, options))
        return cast(str, Bounded().main(dataset, {"format": "application/n-quads"}))
    except _TooMuch:
        raise NotCovered("The credential is built so that checking its proof would take for ever.") from None
    except jsonld.JsonLdError as error:
        raise NotCovered("The credential is not valid JSON-LD.") from error


class _TooMuch(Exception):
    pass


def signed_bytes(
    document: Json, proof: Json, extra: Mapping[str, Json] | None = None, *, checked: bool = True
) -> bytes:
    """The 64 bytes that an eddsa-rdfc-2022 proof signs: SHA-256 of the proof's configuration, then of the document
    without its proof (vc-di-eddsa §3.2.3 to 3.2.5)."""
    unsecured = {k: v for k, v in document.items() if k != "proof"}
    configuration = {k: v for k, v in proof.items() if k != "proofValue"} | {"@context": document["@context"]}
    return b"".join(
        hashlib.sha256(canonical(part, extra, checked=checked).encode()).digest() for part in (configuration, unsecured)
    )


def _check(document: Json, expanded: list[Json], compacted: Json) -> None:
    for _, node in _walk(expanded, ""):
        if not isinstance(node, dict):
            continue
        members = cast(Json, node)
        types: Any = members.get("@type", [])
        names: list[Any] = [members.get("@id"), *cast(list[Any], types if isinstance(types, list) else [types])]
        for name in (n for n in names if n is not None):
            if str(name).startswith(_NOWHERE):
                term = str(name).removeprefix(_NOWHERE)
                raise NotCovered(
                    f'"{term[:80]}" is not a word of the credential\'s vocabulary, so the signature does not cover it.'
                )
            if not isinstance(name, str) or not (name.startswith("@") or _IRI.fullmatch(name)):
                raise NotCovered(f'"{str(name)[:80]}" is not a proper identifier, so the signature does not cover it.')
    odd = _difference(_plain(document), _plain(compacted), "")
    if odd:
        raise NotCovered(f'"{odd}" is not covered by the signature: its vocabulary does not define it so.')
    _check_described_once(document)


def _plain(value: Any) -> Any:
    """A value without the spellings that mean the same: lists of one, {"id": x} for x, nothing at all."""
    if isinstance(value, list):
        items = [p for p in (_plain(v) for v in cast(list[Any], value)) if p is not None]
        return items if len(items) > 1 else (items[0] if items else None)
    if isinstance(value, dict):
        made: Json = {}
        for key, inner in cast(Json, value).items():
            if key == "@context":
                continue
            # Two type names can mean one thing (AchievementCredential, OpenBadgeCredential), and compaction takes either. That each
            # is defined is checked above; which one stands there, the reader checks.
            plain = _plain(inner)
            if key == "type":
                plain = len(cast(list[Any], inner)) if isinstance(inner, list) else 1
            if plain is not None:
                made[key] = plain
        return made["id"] if set(made) == {"id"} else made
    return value


def _difference(ours: Any, theirs: Any, path: str) -> str:
    """The path of the first place at which two plain values differ; empty when they are the same."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        left, right = cast(Json, ours), cast(Json, theirs)
        for key in [*left, *(k for k in right if k not in left)]:
            inner = f"{path}.{key}".lstrip(".")
            if key not in left or key not in right:
                return inner
            if found := _difference(left[key], right[key], inner):
                return found
        return ""
    if isinstance(ours, list) and isinstance(theirs, list):
        pairs = (cast(list[Any], ours), cast(list[Any], theirs))
        if len(pairs[0]) != len(pairs[1]):
            return path
        return next((d for a, b in zip(*pairs, strict=True) if (d := _difference(a, b, path))), "")
    return "" if json.dumps(ours) == json.dumps(theirs) else path or "the whole credential"


def _check_described_once(document: Json) -> None:
    """The nodes that decisions read are described in one place only: RDF would let a holder move their statements to
    another mention of the same id, out of sight, without touching the signature."""
    if "proofPurpose" in document:
        return
    subject, achievement = _first(document.get("credentialSubject")), None
    if isinstance(subject, dict):
        achievement = _first(cast(Json, subject).get("achievement"))
    statuses: Any = document.get("credentialStatus")
    watched: list[Any] = [document, subject, achievement]
    watched += cast(list[Any], statuses) if isinstance(statuses, list) else [statuses]
    named = [(str(cast(Json, n)["id"]), cast(Json, n)) for n in watched if isinstance(n, dict) and "id" in n]
    wanted = dict(named)
    if len(wanted) != len(named):
        raise NotCovered(
            "Two parts of the credential have the same id, so it cannot be told what the signature covers."
        )
    issuer = document.get("issuer")
    for path, node in _walk({k: v for k, v in document.items() if k != "@context"}, ""):
        if not isinstance(node, dict) or not path:
            continue
        members = cast(Json, node)
        owner = wanted.get(str(members.get("id", "")))
        if owner is None or owner is node or not set(members) - {"id", "type"}:
            continue
        if owner is subject and node is issuer:
            continue  # somebody who speaks of themselves
        raise NotCovered(
            f'"{path}" describes another part of the credential a second time; its signature cannot be relied on.'
        )


def _first(value: Any) -> Any:
    values = cast(list[Any], value) if isinstance(value, list) else [value]
    return values[0] if values else None
