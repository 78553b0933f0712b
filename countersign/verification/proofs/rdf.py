"""JSON-LD as RDF: PyLD behind a narrow door, offline, bounded in time, its contexts worked out once per process.

PyLD is imported here and nowhere else, and only when it is needed: most credentials are signed tokens.
"""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from types import SimpleNamespace
from typing import Any, cast

from countersign.verification.proofs import contexts

MAX_SYMMETRY = 6
MAX_STEPS = 5_000
MAX_SECONDS = 2.0
MAX_REMEMBERED = 1_000
NOWHERE = "https://unsigned.invalid/"
"""A relative reference is resolved to this, so that it can be recognised and refused."""

Json = dict[str, Any]
Quad = dict[str, dict[str, str]]
_LOCK = threading.Lock()  # PyLD's caches are shared by all threads and not safe for that


class NotCovered(ValueError):
    """A signature over the document would not cover what its JSON says; `str()` is a sentence that names the place."""


class NotKnown(ValueError):
    """The document uses something that is not supported here; `str()` is a sentence that names it."""


class Processor:
    """The JSON-LD operations of one document. `extra` adds contexts by address, for published test vectors."""

    def __init__(self, extra: Mapping[str, Json] | None = None) -> None:
        self._extra = extra or {}
        self._library = _library()
        self._resolved: Json = {} if extra else self._library.resolved
        self._processor = self._library.processor({} if extra else self._library.memory)

    def expand(self, document: Json) -> list[Json]:
        """The document in expanded form (JSON-LD 1.1 API §5.1). Raises NotCovered or NotKnown."""
        return self._run(lambda options: self._processor.expand(document, options))

    def compact(self, expanded: list[Json], context: object) -> Json:
        """Expanded nodes in the words of `context` (§6.1). Raises NotCovered or NotKnown."""
        ready = {"skipExpansion": True}
        return self._run(lambda options: self._processor.compact(expanded, context, options | ready))

    def canonical(self, expanded: list[Json]) -> list[Quad]:
        """The statements of expanded nodes, their blank nodes labelled canonically (RDFC-1.0, formerly URDNA2015).

        Raises NotCovered when the graph is built to make this take for ever.
        """
        dataset = self._run(lambda options: self._library.to_rdf(expanded, options))
        canonicalisation = self._library.bounded()
        try:
            canonicalisation.main(dataset, {"format": "application/n-quads"})
        except _TooMuch:
            raise NotCovered("The credential is built so that checking its proof would take for ever.") from None
        return cast(list[Quad], canonicalisation.quads)

    def nquads(self, quads: Sequence[Quad]) -> list[str]:
        """The statements as lines of canonical N-Quads, sorted by code point."""
        return sorted(self._library.serialize(q) for q in quads)

    def _run(self, work: Callable[[Json], Any]) -> Any:
        options: Json = {"documentLoader": self._load, "base": NOWHERE, "processingMode": "json-ld-1.1"}
        options["contextResolver"] = self._library.resolver(self._resolved, self._load)
        try:
            with _LOCK:
                return work(options)
        except (
            self._library.error,
            ValueError,
        ) as error:  # it lets ValueErrors through, of addresses such as "https://["
            cause: BaseException | None = error
            while cause is not None:
                if isinstance(cause, NotKnown):
                    raise cause from None
                cause = cause.__cause__
            raise NotCovered("The credential is not valid JSON-LD.") from error

    def _load(self, url: str, _options: object = None) -> Json:
        if url in self._extra:
            document = self._extra[url]
        elif url in contexts.FILES:
            document = contexts.load(url)
        else:
            raise NotKnown(unknown(url))
        # "static" tells PyLD that the address always serves this text, so that it is worked out once
        return {"contextUrl": None, "documentUrl": url, "document": document, "tag": "static"}


def unknown(url: str) -> str:
    """The sentence for a context that is not pinned."""
    return f"The credential uses the vocabulary {url[:200]}, which is not known here."


class _TooMuch(Exception):
    pass


@cache
def _library() -> SimpleNamespace:
    import pyld.canon
    import pyld.jsonld
    import pyld.nquads

    algorithm: Any = pyld.canon.URDNA2015  # the library is typed in parts only
    processor: Any = pyld.jsonld.JsonLdProcessor

    class Remembering(processor):
        """A processor that works out no combination of contexts twice; PyLD itself forgets those that belong to a type."""

        def __init__(self, memory: dict[Any, Any]) -> None:
            super().__init__()  # pyright: ignore
            self.memory = memory

        def _process_context(self, active_ctx: Any, local_ctx: Any, options: Any, *args: Any, **kwargs: Any) -> Any:
            work = processor._process_context
            if "_uuid" not in active_ctx or args or not set(kwargs) <= {"propagate", "override_protected"}:
                return work(self, active_ctx, local_ctx, options, *args, **kwargs)
            texts = isinstance(local_ctx, list) and all(isinstance(c, str) for c in cast(list[Any], local_ctx))
            named = tuple(cast(list[str], local_ctx)) if texts else local_ctx if isinstance(local_ctx, str) else None
            key = (active_ctx["_uuid"], named or id(cast(object, local_ctx)), *sorted(kwargs.items()))
            if key not in self.memory:
                if len(self.memory) > MAX_REMEMBERED:
                    self.memory.clear()
                # what goes by its id is kept with the answer, so that the id stays its own
                self.memory[key] = work(self, active_ctx, local_ctx, options, **kwargs), local_ctx
            return self.memory[key][0]

    class Expanded(processor):
        """A processor that is given expanded nodes, and does not expand them again."""

        def expand(self, input_: Any, options: Any) -> Any:  # noqa: ARG002
            return input_

    class Bounded(algorithm):
        """RDFC-1.0 whose cost, factorial in hostile graphs, has an end (RDFC-1.0 §7.1, "dataset poisoning")."""

        def __init__(self) -> None:
            super().__init__()  # pyright: ignore
            self.steps = 0
            self.deadline = time.thread_time() + MAX_SECONDS

        def create_hash_to_related(self, id_: str, issuer: Any) -> dict[str, list[str]]:
            related: dict[str, list[str]] = algorithm.create_hash_to_related(self, id_, issuer)
            self.steps += 1
            if self.steps > MAX_STEPS or time.thread_time() > self.deadline:
                raise _TooMuch
            if any(len(group) > MAX_SYMMETRY for group in related.values()):
                raise _TooMuch
            return related

    return SimpleNamespace(
        processor=Remembering,
        memory={},
        to_rdf=lambda nodes, options: Expanded().to_rdf(nodes, options),  # pyright: ignore
        bounded=Bounded,
        serialize=cast(Any, pyld.nquads).serialize_nquad,
        resolver=pyld.jsonld.ContextResolver,
        error=pyld.jsonld.JsonLdError,
        resolved={},
    )
