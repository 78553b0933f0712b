"""The corpus of forgeries: what each one is, how it is made, and the sound twin that proves what it is refused for.

Every forgery is one function that makes a scene twice: `forged=True` is the forgery, `forged=False` the same thing without the
defect, which must verify. So a refusal is for the defect and for nothing else. The forged scene lies in
`tests/assets/forgeries/` under the name of its defect (what the web answers beside it, as `….web.json`), and anybody can try
it on another verifier: `issuers.toml` there is the registry. Written by: .venv/bin/python -m tests.forgeries
"""

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from countersign.verification import Registry, Unreachable, examine, read_registry
from models.credentials import Carrier, CarrierKind, CheckName, Examination, Fetched, VerdictOutcome
from tests.verification.making import NOW

FOLDER = Path(__file__).parent.parent / "assets" / "forgeries"
ENDINGS = {
    CarrierKind.png: ".png",
    CarrierKind.svg: ".svg",
    CarrierKind.json: ".json",
    CarrierKind.jwt: ".jwt",
    CarrierKind.url: ".url",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What one address answers: a status with a body, a redirect to another address, or nothing at all (`silent` says why)."""

    body: bytes = b""
    status: int = 200
    content_type: str = "application/json"
    redirect: str = ""
    silent: str = ""

    @classmethod
    def of(cls, value: "Answer | Mapping[str, Any] | bytes | str") -> "Answer":
        """A JSON object, bytes or text as a body with status 200."""
        if isinstance(value, Answer):
            return value
        if isinstance(value, str):
            return cls(value.encode(), content_type="text/plain")
        return cls(value, content_type="application/octet-stream") if isinstance(value, bytes) else cls(_json(value))

    def as_json(self) -> dict[str, Any]:
        try:
            body: dict[str, Any] = {"text": self.body.decode()}
        except UnicodeDecodeError:
            body = {"base64": base64.b64encode(self.body).decode()}
        said = {"status": self.status, "content_type": self.content_type, **body}
        return said | {k: v for k, v in (("redirect", self.redirect), ("silent", self.silent)) if v}

    @classmethod
    def from_json(cls, said: dict[str, Any]) -> "Answer":
        body = base64.b64decode(said["base64"]) if "base64" in said else said["text"].encode()
        return cls(body, said["status"], said["content_type"], said.get("redirect", ""), said.get("silent", ""))


@dataclass(frozen=True, slots=True)
class Scene:
    """A carrier, what the web answers (addresses that are not named answer 404), and when it is looked at."""

    content: bytes | str | Mapping[str, Any]
    kind: CarrierKind
    web: Mapping[str, "Answer | Mapping[str, Any] | bytes | str"] = field(default_factory=dict[str, Any])
    now: datetime = NOW

    @property
    def bytes(self) -> bytes:
        if isinstance(self.content, str):
            return self.content.encode()
        return self.content if isinstance(self.content, bytes) else _json(self.content)

    def answers(self) -> dict[str, Answer]:
        return {url: Answer.of(value) for url, value in self.web.items()}


@dataclass(frozen=True, slots=True)
class Forgery:
    """One forgery: the defect as its name, which check must refuse it, how, and a part of the sentence that it says."""

    name: str
    check: CheckName
    outcome: VerdictOutcome
    says: str
    make: Callable[[bool], Scene]


CORPUS: dict[str, Forgery] = {}


def forgery(
    name: str, check: str, says: str, outcome: str = "rejected"
) -> Callable[[Callable[[bool], Scene]], Callable[[bool], Scene]]:
    """Enter a function that makes a scene (`forged`) into the corpus under its defect's name."""

    def enter(make: Callable[[bool], Scene]) -> Callable[[bool], Scene]:
        if name in CORPUS:
            raise ValueError(f"there is a forgery {name!r} already")
        CORPUS[name] = Forgery(name, CheckName(check), VerdictOutcome(outcome), says, make)
        return make

    return enter


class Site:
    """Answers what a scene's web answers."""

    def __init__(self, answers: Mapping[str, Answer], now: datetime) -> None:
        self._answers = answers
        self._now = now

    def get(self, url: str) -> Fetched:
        final, answer = url, self._answers.get(url, Answer(status=404))
        for _ in range(5):
            if not answer.redirect:
                break
            final, answer = answer.redirect, self._answers.get(answer.redirect, Answer(status=404))
        if answer.silent:
            raise Unreachable(answer.silent)
        headers = {"content-type": answer.content_type}
        return Fetched(url, final, answer.status, headers, answer.body, self._now)


@cache
def registry() -> Registry:
    """The registry of the corpus, read like an operator's."""
    return read_registry(FOLDER / "issuers.toml")


def examined(content: bytes, kind: CarrierKind, answers: Mapping[str, Answer], now: datetime) -> Examination:
    """The one examination of a scene."""
    url = content.decode() if kind is CarrierKind.url else ""
    carrier = Carrier("award", kind, b"" if url else content, url)
    (found,) = examine(carrier, registry(), Site(answers, now), now)
    return found


def write(folder: Path = FOLDER) -> None:
    """Write every forgery of the corpus into the folder, and take away what is no longer in it."""
    wanted = {"issuers.toml", "README.md"}
    for one in CORPUS.values():
        scene = one.make(True)
        name = f"{one.name}{ENDINGS[scene.kind]}"
        (folder / name).write_bytes(scene.bytes)
        wanted.add(name)
        if scene.web:
            said = {url: answer.as_json() for url, answer in scene.answers().items()}
            (folder / f"{one.name}.web.json").write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")
            wanted.add(f"{one.name}.web.json")
    for path in folder.iterdir():
        if path.name not in wanted:
            path.unlink()


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, indent=1, ensure_ascii=False).encode()
