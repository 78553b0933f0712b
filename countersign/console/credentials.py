"""What others need to check the recognition's own credential: the credential, the list of what was taken back, the keys.

Any web page and any verifier may fetch these, and only these: they say nothing that who asks does not know already, or that
concerns one person (a status list is one bit each).
"""

import time
from collections.abc import Callable, Mapping, Sequence

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from countersign import clock, issuance
from countersign.console.looking import Found
from countersign.console.reading import Readers
from countersign.settings import Workspace
from countersign.store import Store

JWT = "application/vc+jwt"
"""Verifiable Credentials as a compact JWS (Securing VCs using JOSE and COSE, 3.1.3); Open Badges 3.0 says `application/jwt`."""

_ANYBODY = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
SHORT = "public, max-age=300"
"""How long a copy of a list or a key may be kept: what is revoked shows within five minutes."""

LIST_LASTS = 60.0
"""Seconds for which a signed list is given out again, so that asking does not mean signing."""


class Credentials:
    """The addresses of credentials, for a workspace with `[recognition_credential]`; without it there are none.

    Raises UsageError when the key that signs the lists is not to be had.
    """

    def __init__(
        self, store: Store, workspace: Workspace, readers: Readers, look: Callable[[str], Found | None], prefix: str
    ) -> None:
        self._store = store
        self._workspace = workspace
        self._readers = readers
        self._look = look
        self._lists: dict[int, tuple[float, str]] = {}
        self._documents = _within(prefix, issuance.published_documents(workspace))

    def routes(self) -> Sequence[Route]:
        """The routes, none where nothing is set up."""
        if not self._documents:
            return ()
        return (
            Route("/c/{number}/credential", self.token),
            Route("/c/{number}/credential.png", self.picture),
            Route("/status/{list:int}", self.status),
            *(Route(path, self.document) for path in self._documents),
        )

    def has(self, number: str) -> bool:
        """Whether the certificate with this number has a credential."""
        return bool(self._documents) and issuance.has_credential(self._store, number)

    async def token(self, request: Request) -> Response:
        """The signed credential of a certificate that counts."""
        wanted = request.headers.get("accept", "").lower()
        kind = "application/jwt" if "application/jwt" in wanted and JWT not in wanted else JWT
        found = await self._of(request, issuance.credential_token)
        return Response(found, media_type=kind, headers=_ANYBODY | {"Vary": "Accept"})

    async def picture(self, request: Request) -> Response:
        """The picture that carries it."""
        found = await self._of(request, issuance.credential_picture)
        name = issuance.read_number(request.path_params["number"])
        return Response(
            found, media_type="image/png", headers=_ANYBODY | {"Content-Disposition": f'inline; filename="{name}.png"'}
        )

    async def status(self, request: Request) -> Response:
        """A list of what was taken back."""
        number: int = request.path_params["list"]
        held = self._lists.get(number)
        if held is None or held[0] < time.monotonic():
            token = await self._readers.read(
                lambda: issuance.status_list(self._store, self._workspace, number, clock.now())
            )
            if token is None:
                raise HTTPException(404)
            held = self._lists[number] = (time.monotonic() + LIST_LASTS, token)
        return Response(held[1], media_type=JWT, headers=_ANYBODY | {"Cache-Control": SHORT})

    async def document(self, request: Request) -> Response:
        """The affiliate's keys: as they were when the server started."""
        path = request.scope["path"].removeprefix(request.scope["root_path"])
        return Response(
            self._documents[path], media_type="application/json", headers=_ANYBODY | {"Cache-Control": SHORT}
        )

    async def _of(self, request: Request, get: Callable[[Store, str], str | bytes | None]) -> str | bytes:
        """What belongs to a certificate. HTTPException 404 when there is none, and 410 when it does not count any more: the
        paper's page does not tell a former name either."""
        number = issuance.read_number(request.path_params["number"])
        if number is None:
            raise HTTPException(404)

        def look() -> tuple[str | bytes | None, Found | None]:
            return get(self._store, number), self._look(number)

        content, found = await self._readers.read(look)
        if content is None or found is None:
            raise HTTPException(404)
        if not found.standing.counts:
            raise HTTPException(410)
        return content


def _within(prefix: str, documents: Mapping[str, str]) -> dict[str, str]:
    """The documents by their path below `prefix`, for those that lie there, and by their own for the others."""
    inside = f"{prefix}/"
    return {(path[len(prefix) :] if path.startswith(inside) else path): text for path, text in documents.items()}
