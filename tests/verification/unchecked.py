"""What a signature over statements covers, worked out by JSON-LD alone: as issuers sign it, and thieves, whatever the JSON says besides."""

from collections.abc import Mapping, Sequence

from countersign.verification.proofs import rdf
from countersign.verification.proofs.linked_data import Covered
from tests.verification.making import Json

EXAMPLES = {
    "https://www.w3.org/ns/credentials/examples/v2": {
        "@context": {"@vocab": "https://www.w3.org/ns/credentials/examples#"}
    }
}
"""The context of the W3C's published vectors."""


class Unchecked(Covered):
    """`Covered` without its safeguard, which compares statements and JSON. `extra` adds contexts by address."""

    def __init__(self, document: Json, extra: Mapping[str, Json] | None = None) -> None:
        super().__init__(document)
        self._rdf = rdf.Processor(extra)

    def nquads(self, previous: Sequence[Json] = ()) -> str:
        return self._written(self.document | ({"proof": list(previous)} if previous else {}))

    def configuration(self, proof: Json) -> str:
        named = {k: v for k, v in proof.items() if k not in ("proofValue", "@context")}
        return self._written(named | {"@context": self.document["@context"]})

    def _written(self, document: Json) -> str:
        return "".join(self._rdf.nquads(self._rdf.canonical(self._rdf.expand(document))))
