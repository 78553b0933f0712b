"""The fetchers that need no network, and the one the workspace asks for (see `web` for what every one of them promises)."""

import mimetypes
import time
from collections import OrderedDict
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from countersign.verification.network import addresses
from countersign.verification.network.guarded import GuardedFetcher
from countersign.verification.network.web import MAX_BODY, Fetcher, Refused, Unreachable
from models.credentials import Fetched, Unanswered

if TYPE_CHECKING:
    from countersign.settings import Workspace

REMEMBERED_BYTES = 64_000_000
"""What the answers kept within a run may take, so that memory does not grow with the mail."""

MOST_FETCHES = 24
"""Documents that one examination may ask for: an award with its class, issuer, keys and status needs about six."""

MOST_SECONDS = 40.0
"""Time that one examination may wait for documents, together; the one that is under way is not cut off by it."""

_ENTRY = 1_000
"""Bytes of memory that an answer takes beside its content, roughly."""


class OfflineFetcher:
    """Fetches nothing."""

    def get(self, url: str) -> Fetched:  # noqa: ARG002  (the protocol's signature)
        raise Unreachable("fetching is switched off")


class MirrorFetcher:
    """Answers some hosts from folders, everything else through the fetcher beneath. A missing file is a 404.

    For demonstrations and tests; `settings.Network` only lets names through that are reserved for that.
    """

    def __init__(self, folders: Mapping[str, Path], beneath: Fetcher, now: datetime) -> None:
        self._folders = {host.lower(): folder.resolve() for host, folder in folders.items()}
        self._beneath = beneath
        self._now = now

    def get(self, url: str) -> Fetched:
        parts = addresses.split(url)
        folder = self._folders.get((parts.hostname or "").lower()) if parts else None
        if parts is None or folder is None:
            return self._beneath.get(url)
        if parts.scheme.lower() != "https" or parts.port not in (None, 443):
            raise Refused("only https on its usual port is fetched")
        content = None if parts.query else _file(folder, unquote(parts.path))
        kind = mimetypes.guess_type(parts.path)[0] or "application/octet-stream"
        return Fetched(
            url=url,
            final_url=url,
            status=404 if content is None else 200,
            headers={} if content is None else {"content-type": kind},
            content=content or b"",
            at=self._now,
        )


def _file(folder: Path, path: str) -> bytes | None:
    """The bytes of `path` below `folder`; None when there is no such file, or it lies outside."""
    if "\0" in path or "\\" in path or ".." in path.split("/"):
        return None
    try:
        target = (folder / path.lstrip("/")).resolve()
        if not target.is_relative_to(folder) or not target.is_file():
            return None
        with target.open("rb") as file:
            content = file.read(MAX_BODY + 1)
    except OSError:
        return None
    if len(content) > MAX_BODY:
        raise Refused(f"it is larger than {MAX_BODY:,} bytes")
    return content


class RememberingFetcher:
    """Asks for each address once while it is remembered; refusals are remembered like answers.

    When the answers together take more than `limit` bytes, the oldest are forgotten.
    """

    def __init__(self, beneath: Fetcher, limit: int = REMEMBERED_BYTES) -> None:
        self._beneath = beneath
        self._limit = limit
        self._known: OrderedDict[str, Fetched | Unreachable | Refused] = OrderedDict()
        self._kept = 0

    def get(self, url: str) -> Fetched:
        answer = self._known.get(url)
        if answer is None:
            answer = self._ask(url)
            self._known[url] = answer
            self._kept += _size(answer)
            while self._kept > self._limit:
                self._kept -= _size(self._known.popitem(last=False)[1])
        if isinstance(answer, Fetched):
            return answer
        raise type(answer)(str(answer))

    def _ask(self, url: str) -> Fetched | Unreachable | Refused:
        try:
            return self._beneath.get(url)
        except (Unreachable, Refused) as error:
            return type(error)(str(error))  # without the traceback, which would keep the whole examination in memory


def _size(answer: Fetched | Unreachable | Refused) -> int:
    if not isinstance(answer, Fetched):
        return _ENTRY
    return _ENTRY + len(answer.content) + sum(len(name) + len(value) for name, value in answer.headers.items())


class RecordingFetcher:
    """What one examination asks of the web: every answer and every refusal in order, each address once, and no more than a
    single credential may cost. `answers` is the evidence behind the verdict."""

    def __init__(
        self, beneath: Fetcher, now: datetime, most: int = MOST_FETCHES, seconds: float = MOST_SECONDS
    ) -> None:
        self._beneath = beneath
        self._now = now
        self._most = most
        self._left = seconds
        self.answers: dict[str, Fetched | Unanswered] = {}

    def get(self, url: str) -> Fetched:
        answer = self.answers.get(url)
        if answer is None:
            if len(self.answers) >= self._most:
                raise Refused(f"the credential asks for more than {self._most} documents")
            answer = self.answers[url] = self._ask(url)
        if isinstance(answer, Unanswered):
            raise (Refused if answer.refused else Unreachable)(answer.why)
        return answer

    def _ask(self, url: str) -> Fetched | Unanswered:
        if self._left <= 0:
            why = "the documents asked for before it took all the time that one credential may take"
            return Unanswered(url, why, refused=False, at=self._now)
        begun = time.monotonic()
        try:
            return self._beneath.get(url)
        except (Unreachable, Refused) as error:
            return Unanswered(url, str(error), isinstance(error, Refused), self._now)
        finally:
            self._left -= time.monotonic() - begun


def fetcher_for(workspace: "Workspace", now: datetime, offline: bool = False) -> Fetcher:
    """The workspace's fetcher for one run: guarded, or switched off by `offline` or the settings; mirrored hosts are
    answered from their folders either way, since that needs no network."""
    network = workspace.settings.network
    if offline or network.offline:
        beneath: Fetcher = OfflineFetcher()
    else:
        beneath = GuardedFetcher(now)
    folders = {host: workspace.root / folder for host, folder in network.mirror.items()}
    return RememberingFetcher(MirrorFetcher(folders, beneath, now) if folders else beneath)
