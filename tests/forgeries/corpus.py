"""The corpus of forgeries: what each one is, how it is made, and the sound twin that proves what it is refused for.

Every forgery is one function that makes a scene twice: `forged=True` is the forgery, `forged=False` the same thing without the
defect, which must verify. So a refusal is for the defect and for nothing else. The forged scene lies in
`tests/assets/forgeries/` under the name of its defect (what the web answers beside it, as `….web.json`), and anybody can try
it on another verifier: `issuers.toml` there is the registry, `corpus.json` says what is expected, and README.md tells what each
one is in the words of its function. Written by: .venv/bin/python -m tests.forgeries
"""

import base64
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from countersign.verification import Refused, Registry, Unreachable, examine, read_registry
from models.credentials import Carrier, CarrierKind, CheckName, Examination, Fetched, VerdictOutcome
from tests.verification.making import NOW

MAX_REDIRECTS = 5
TABLES = "<!-- What follows is written by: python -m tests.forgeries -->\n"
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
    """What one address answers: a status with a body, a redirect to another address, or nothing at all: `silent` says why nobody
    answered, `refused` why a guarded client does not even take the answer."""

    body: bytes = b""
    status: int = 200
    content_type: str = "application/json"
    redirect: str = ""
    silent: str = ""
    refused: str = ""

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
        more = (("redirect", self.redirect), ("silent", self.silent), ("refused", self.refused))
        return said | {k: v for k, v in more if v}

    @classmethod
    def from_json(cls, said: dict[str, Any]) -> "Answer":
        body = base64.b64decode(said["base64"]) if "base64" in said else said["text"].encode()
        more = (said.get(name, "") for name in ("redirect", "silent", "refused"))
        return cls(body, said["status"], said["content_type"], *more)


@dataclass(frozen=True, slots=True)
class Scene:
    """A carrier, what the web answers (addresses that are not named answer 404), when it is looked at, and the e-mail address
    of whoever sent it in, None when nobody asks whose it is."""

    content: bytes | str | Mapping[str, Any]
    kind: CarrierKind
    web: Mapping[str, "Answer | Mapping[str, Any] | bytes | str"] = field(default_factory=dict[str, Any])
    now: datetime = NOW
    recipient: str | None = None

    @property
    def bytes(self) -> bytes:
        if isinstance(self.content, str):
            return self.content.encode()
        return self.content if isinstance(self.content, bytes) else _json(self.content)

    def answers(self) -> dict[str, Answer]:
        return {url: Answer.of(value) for url, value in self.web.items()}


@dataclass(frozen=True, slots=True)
class Forgery:
    """One forgery: the defect as its name, which check must refuse it, how, a part of the sentence that it says, and what a thief
    did, or what is wrong (the first sentence of its function)."""

    name: str
    check: CheckName
    outcome: VerdictOutcome
    says: str
    make: Callable[[bool], Scene]

    @property
    def what(self) -> str:
        return " ".join((self.make.__doc__ or "").split())

    @property
    def kind(self) -> str:
        """The module it is in, whose docstring says which kind of forgeries these are."""
        return self.make.__module__


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
    """Answers what a scene's web answers, as the guarded client would bring it."""

    def __init__(self, answers: Mapping[str, Answer], now: datetime) -> None:
        self._answers = answers
        self._now = now

    def get(self, url: str) -> Fetched:
        final, answer = url, self._answers.get(url, Answer(status=404))
        for _ in range(MAX_REDIRECTS):
            if not answer.redirect:
                break
            final, answer = answer.redirect, self._answers.get(answer.redirect, Answer(status=404))
        if answer.redirect:
            raise Refused(f"it redirects more than {MAX_REDIRECTS} times")
        if answer.silent:
            raise Unreachable(answer.silent)
        if answer.refused:
            raise Refused(answer.refused)
        headers = {"content-type": answer.content_type}
        return Fetched(url, final, answer.status, headers, answer.body, self._now)


@cache
def registry() -> Registry:
    """The registry of the corpus, read like an operator's."""
    return read_registry(FOLDER / "issuers.toml")


def examined(
    scene: Scene,
    content: bytes | None = None,
    answers: Mapping[str, Answer] | None = None,
    known: Registry | None = None,
) -> Examination:
    """The one examination of a scene; `content` and `answers` in place of its own: what was read back from the assets. `known` in
    place of the corpus's registry."""
    content = scene.bytes if content is None else content
    url = content.decode() if scene.kind is CarrierKind.url else ""
    carrier = Carrier("award", scene.kind, b"" if url else content, url)
    site = Site(scene.answers() if answers is None else answers, scene.now)
    (found,) = examine(carrier, registry() if known is None else known, site, scene.now, scene.recipient)
    return found


def write(folder: Path = FOLDER) -> None:
    """Write every forgery of the corpus into the folder, and take away what is no longer in it."""
    wanted = {"issuers.toml", "README.md", "corpus.json"}
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
    (folder / "corpus.json").write_text(index(), encoding="utf-8")
    readme = folder / "README.md"
    words = readme.read_text(encoding="utf-8").partition(TABLES)[0]
    readme.write_text(words + TABLES + tables(), encoding="utf-8")


def index() -> str:
    """`corpus.json`: for each forgery its file, when it is looked at, for whom, and what is expected."""
    listed: list[dict[str, Any]] = []
    for one in CORPUS.values():
        scene = one.make(True)
        listed.append(
            {
                "name": one.name,
                "what": one.what,
                "file": f"{one.name}{ENDINGS[scene.kind]}",
                "web": f"{one.name}.web.json" if scene.web else None,
                "now": scene.now.isoformat(),
                "recipient": scene.recipient,
                "outcome": one.outcome,
                "check": one.check,
            }
        )
    return json.dumps(sorted(listed, key=lambda o: str(o["name"])), indent=1, ensure_ascii=False) + "\n"


def tables() -> str:
    """The part of README.md that lists the forgeries, a table for each kind."""
    kinds: dict[str, list[Forgery]] = {}
    for one in CORPUS.values():
        kinds.setdefault(one.kind, []).append(one)
    lines: list[str] = []
    for module, forgeries in sorted(kinds.items()):
        title = (sys.modules[module].__doc__ or module).splitlines()[0].rstrip(".")
        lines += [
            "",
            f"### {title} ({len(forgeries)})",
            "",
            "| Forgery | What it is | Refused by |",
            "| --- | --- | --- |",
        ]
        lines += [f"| `{f.name}` | {f.what} | {f.check}{', held' * (f.outcome == 'held')} |" for f in forgeries]
    return "\n".join(lines) + "\n"


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, indent=1, ensure_ascii=False).encode()
