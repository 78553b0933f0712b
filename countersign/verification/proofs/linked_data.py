"""What a Data Integrity proof over RDF covers: the statements of a JSON-LD document, and only if the JSON says nothing else.

A signature over RDF covers statements, not the JSON text, while every decision reads the JSON. So a document is taken only when
it is exactly the compacted form of what it expands to under the pinned contexts (VC Data Integrity 1.0 §4.6, "context
validation"): no term that JSON-LD would drop unsigned, no second spelling of a term, no keyword that moves statements about,
no node described where nobody looks. What may stand in it at all is said in `screening.py`; `rdf.py` does the JSON-LD.
"""

import hashlib
import json
import re
from collections.abc import Sequence
from functools import cached_property
from typing import Any, cast

from countersign.verification.proofs import contexts, rdf, screening
from countersign.verification.proofs.rdf import Json, NotCovered, NotKnown, Quad
from countersign.verification.proofs.screening import listed, members_of, screen, walk

__all__ = ["Covered", "NotCovered", "NotKnown", "screen"]

_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{}|^`\\\x7f-\x9f]*")
_ENDORSEMENT = "https://purl.imsglobal.org/spec/vc/ob/vocab.html#endorsement"
_OF_A_PROOF = frozenset(
    [
        "id",
        "type",
        "cryptosuite",
        "created",
        "expires",
        "verificationMethod",
        "proofPurpose",
        "previousProof",
        "domain",
        "challenge",
        "nonce",
    ]
)


class Covered:
    """The statements of one document without its proofs, worked out and compared with its JSON once for all proofs."""

    def __init__(self, document: Json) -> None:
        self.document = {k: v for k, v in document.items() if k != "proof"}
        self._quads: list[Quad] | NotCovered | None = None

    @cached_property
    def _processor(self) -> rdf.Processor:
        return rdf.Processor()

    def quads(self) -> list[Quad]:
        """The canonical statements. Raises NotCovered when they are not all that the JSON says, NotKnown."""
        if self._quads is None:
            try:
                expanded = self._processor.expand(self.document)
                _check(self._processor, self.document, expanded)
                self._quads = self._processor.canonical(expanded)
            except NotCovered as error:
                self._quads = error  # found out once, however many proofs there are
        if isinstance(self._quads, NotCovered):
            raise self._quads
        return self._quads

    def nquads(self, previous: Sequence[Json] = ()) -> str:
        """The document in canonical N-Quads, with the proofs in `previous` that a proof chain puts back into it."""
        quads = self.quads()
        if previous:
            whole = self.document | {"proof": list(previous)}
            quads = self._processor.canonical(self._processor.expand(whole))
        return "".join(self._processor.nquads(quads))

    def relabelled(self, labels: Sequence[str]) -> list[str] | None:
        """The statements as sorted lines, with the blank node _:c14nN called by the label at N (vc-di-ecdsa §3.4.3).

        None when there are not as many blank nodes as labels.
        """
        renamed = {f"_:c14n{n}": f"_:{label}" for n, label in enumerate(labels)}
        seen: set[str] = set()
        quads: list[Quad] = []
        for quad in self.quads():
            made: Quad = {}
            for place, term in quad.items():
                blank = place != "predicate" and term["type"] == "blank node"
                seen |= {term["value"]} if blank else set()
                made[place] = term | {"value": renamed.get(term["value"], "")} if blank else term
            quads.append(made)
        return self._processor.nquads(quads) if seen == set(renamed) else None

    def configuration(self, proof: Json) -> str:
        """The proof's own configuration in canonical N-Quads (vc-di-eddsa §3.2.5)."""
        named = {k: v for k, v in proof.items() if k not in ("proofValue", "@context")}
        expanded = self._processor.expand(named | {"@context": self.document["@context"]})
        _check_configuration(named, expanded)
        return "".join(self._processor.nquads(self._processor.canonical(expanded)))

    def signed_bytes(self, proof: Json, hash_name: str = "sha256", previous: Sequence[Json] = ()) -> bytes:
        """What the rdfc suites sign: the hash of the proof's configuration, then of the document (vc-di-eddsa §3.2.4)."""
        return b"".join(
            hashlib.new(hash_name, part.encode()).digest()
            for part in (self.configuration(proof), self.nquads(previous))
        )


def _check_configuration(named: Json, expanded: list[Json]) -> None:
    """A proof's members each make a statement of their own: nothing is dropped, nothing said in a second way."""
    strange = next((k for k in named if k not in _OF_A_PROOF), "")
    if strange or len(expanded) != 1 or len(expanded[0]) != len(named):
        where = f'"{strange[:80]}"' if strange else "Something in its proof"
        raise NotCovered(
            f"{where} is not covered by the signature, so anybody could have added it (its vocabulary does not define it so)."
        )
    _check_names(expanded)


def _check(processor: rdf.Processor, document: Json, expanded: list[Json]) -> None:
    """The document is what its statements compact to; embedded endorsements each in their own words."""
    _check_names(expanded)
    _check_numbers(document)
    outer, inner = screening.apart(document)
    if not inner:
        _check_compacted(processor, document, expanded, "")
    else:
        # JSON-LD expands part by part; that the parts make up the whole is compared and not assumed
        whole, found = _without_endorsements(expanded)
        expanded_outer = processor.expand(outer)
        if _text(whole) != _text(expanded_outer):
            raise NotCovered("Its embedded endorsements change what the rest of it says.")
        _check_compacted(processor, outer, expanded_outer, "")
        parts: list[Any] = []
        for endorsement in inner:
            part = processor.expand(endorsement)
            _check_compacted(processor, endorsement, part, "endorsement")
            parts += part
        if sorted(map(_text, parts)) != sorted(map(_text, found)):
            raise NotCovered("Its embedded endorsements mean something else within it than by themselves.")
    screening.check_described_once(document)


def _check_numbers(document: Json) -> None:
    """No number says more than its statement does: of fractions, and from 1e21 on, sixteen digits (JSON-LD 1.1 API §8.6)."""
    for path, value in walk(document, ""):
        if not isinstance(value, int | float) or (value == int(value) and abs(value) < 10**21):
            continue
        if float(f"{value:.15E}") != value:
            raise NotKnown(f'"{path}" has more digits than a signature over statements covers.')


def _check_compacted(processor: rdf.Processor, document: Json, expanded: list[Json], path: str) -> None:
    compacted = _plain(processor.compact(expanded, document["@context"]))
    plain = _plain(document)
    if contexts.CHANGING & set(map(str, listed(document["@context"]))):
        compacted = _respelled(plain, compacted)
    odd = _difference(plain, compacted, path)
    if odd:
        raise NotCovered(
            f'"{odd}" is not covered by the signature, so anybody could have added it (its vocabulary does not define it so).'
        )


def _without_endorsements(value: Any) -> tuple[Any, list[Any]]:
    """An expanded value without its endorsements, and these."""
    if isinstance(value, list):
        pairs = [_without_endorsements(v) for v in cast(list[Any], value)]
        return [p[0] for p in pairs], [f for p in pairs for f in p[1]]
    if isinstance(value, dict):
        members = cast(Json, value)
        found: list[Any] = list(listed(members.get(_ENDORSEMENT, [])))
        made: Json = {}
        for key, inner in members.items():
            if key != _ENDORSEMENT:
                made[key], more = _without_endorsements(inner)
                found += more
        return made, found
    return value, []


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def _check_names(expanded: list[Json]) -> None:
    for _, node in walk(expanded, ""):
        members = members_of(node)
        for name in (members.get("@id"), *listed(members.get("@type"))):
            if name is None:
                continue
            if str(name).startswith(rdf.NOWHERE):
                term = str(name).removeprefix(rdf.NOWHERE)
                raise NotCovered(
                    f'"{term[:80]}" is not a word of the credential\'s vocabulary, so the signature does not cover it.'
                )
            # A keyword types values ("@json"); as the type of anything else it makes no statement
            if not isinstance(name, str) or not (_IRI.fullmatch(name) or (name == "@json" and "@value" in members)):
                raise NotCovered(f'"{str(name)[:80]}" is not a proper identifier, so the signature does not cover it.')


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


def _respelled(ours: Any, theirs: Any) -> Any:
    """`theirs` with a member called as in `ours` where the vocabulary has two terms of one meaning and each has just one."""
    if isinstance(ours, list) and isinstance(theirs, list):
        pairs = zip(cast(list[Any], ours), cast(list[Any], theirs), strict=False)
        return [_respelled(a, b) for a, b in pairs] + cast(list[Any], theirs)[len(cast(list[Any], ours)) :]
    if not isinstance(ours, dict) or not isinstance(theirs, dict):
        return theirs
    left, right, twins = cast(Json, ours), cast(Json, theirs), contexts.twins()
    made: Json = {}
    for key, value in right.items():
        also = [t for t in twins.get(key, ()) if t in left and t not in right]
        name = also[0] if key not in left and len(also) == 1 else key
        made[name] = _respelled(left.get(name), value)
    return made


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
