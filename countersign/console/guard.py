"""The guard at the door: limits on what is asked, the headers every answer carries, and a log that names nobody.

A number is the key to a person's page, so no address is logged: only the route, the status and the time.
"""

import asyncio
import logging
import time
import traceback
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from countersign.console.buckets import Buckets, client_of
from countersign.console.pages import Pages

log = logging.getLogger("countersign.console")

BURST = 60
PER_SECOND = 1.0
"""What one address may ask: sixty pages at once, then one a second. A file to compare costs as much as COST_OF_FILE pages."""
COST_OF_FILE = 5

MAX_ADDRESS = 1_000
"""Bytes of path and query."""

SECONDS = 20
"""What one request may take, the sending of its file included."""

HEADERS = {
    b"content-security-policy": (
        b"default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
        b"frame-ancestors 'none'"
    ),
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"DENY",
    b"referrer-policy": b"no-referrer",
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
    b"x-robots-tag": b"noindex, nofollow",
    b"cache-control": b"no-store",
}
"""Set on each answer that does not say otherwise. Strict-Transport-Security is the reverse proxy's, which has the TLS."""


class Guard:
    """Stands around the application. `prefix` is the path under which the world sees it ("" or "/verify"): requests come in
    with it or with it already taken off by a reverse proxy."""

    def __init__(self, app: ASGIApp, pages: Pages, prefix: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._app = app
        self._pages = pages
        self._prefix = prefix
        self._clock = clock
        self._buckets = Buckets(burst=BURST, rate=PER_SECOND)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = self._clock()
        scope = self._mounted(scope)
        answer = _Answer(send)
        request = Request(scope, receive)
        refused = self._refused(request, began)
        if refused is not None:
            await refused(scope, receive, answer)
        else:
            await self._answered(request, scope, receive, answer)
        route = getattr(scope.get("route"), "path", "?")
        took = (self._clock() - began) * 1000
        log.info("%s %s %d %.0f ms", scope["method"][:10], route, answer.status, took)

    async def _answered(self, request: Request, scope: Scope, receive: Receive, answer: "_Answer") -> None:
        try:
            async with asyncio.timeout(SECONDS):
                await self._app(scope, receive, answer)
        except TimeoutError:
            log.warning("a request took more than %d seconds and was given up", SECONDS)
            await self._instead(request, 503, receive, answer)
        except Exception as error:  # noqa: BLE001 - a page without a trace for the visitor, the trace for the operator
            log.error("%s, at:\n%s", type(error).__name__, "".join(traceback.format_tb(error.__traceback__)))  # noqa: TRY400
            await self._instead(request, 500, receive, answer)

    async def _instead(self, request: Request, status: int, receive: Receive, answer: "_Answer") -> None:
        """The page of a failure, unless another answer has begun."""
        if not answer.status:
            await self._pages.problem(request, status)(request.scope, receive, answer)

    def _mounted(self, scope: Scope) -> Scope:
        path: str = scope["path"]
        if self._prefix and path != self._prefix and not path.startswith(f"{self._prefix}/"):
            path = self._prefix + path
        return {**scope, "path": path, "root_path": self._prefix}

    def _refused(self, request: Request, now: float) -> Response | None:
        """The answer to what is too long or too often; None when the request may go on."""
        scope = request.scope
        if len(scope.get("raw_path") or b"") + len(scope.get("query_string") or b"") > MAX_ADDRESS:
            return self._pages.problem(request, 414)
        if scope["path"].startswith(f"{self._prefix}/static/"):
            return None
        client = client_of(request.client.host if request.client else None)
        cost = COST_OF_FILE if request.method == "POST" else 1
        wait = self._buckets.take(client, cost, now)
        return self._pages.problem(request, 429, {"Retry-After": str(wait)}) if wait else None


class _Answer:
    """`send`, which adds the headers and remembers the status; 0 before anything was sent."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.status = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            said = {name.lower() for name, _ in message["headers"]}
            added = [(name, value) for name, value in HEADERS.items() if name not in said]
            message = {**message, "headers": [*message["headers"], *added]}
        await self._send(message)
