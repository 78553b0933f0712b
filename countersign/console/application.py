"""The public pages: a form for a number, the standing of a certificate, and the comparison of its PDF.

GET only reads, and POST only compares: there is no session and nothing to change, so a request that another site makes a
browser send gains nobody anything, and no token against that is needed.
"""

import logging
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo

from sqlalchemy.exc import SQLAlchemyError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from countersign import clock
from countersign.console.comparing import START, Comparison, compare
from countersign.console.credentials import Credentials
from countersign.console.guard import Guard
from countersign.console.looking import Books, Found
from countersign.console.pages import Pages, wants_json
from countersign.console.reading import COMPARED_AT_ONCE, READ_AT_ONCE, Readers
from countersign.console.telling import NOT_CREDIT, Telling, as_json, tell, tell_file
from countersign.console.uploads import Uploads
from countersign.errors import CountersignError, Outage
from countersign.issuance import read_number
from countersign.settings import Workspace
from countersign.store import Store

log = logging.getLogger("countersign.console")

EXAMPLE = "VT-2026-7K3QM-XR2DW-8"
TYPING_ERROR = "There is a typing error in this number."
TYPING_REMEDY = f"It stands at the foot of the certificate and looks like {EXAMPLE}. Compare it sign by sign."
NOT_ISSUED = "We have not issued this."
NOT_ISSUED_REMEDY = "No certificate of ours has this number. Compare it with the paper sign by sign; if they agree, do not rely on the paper."


def application(store: Store, workspace: Workspace, tick: Callable[[], float] = time.monotonic) -> ASGIApp:
    """The console as an ASGI application, at the place that the address printed on certificates names (`place_of`).

    Raises UsageError when a template is missing, or the key of credentials.
    """
    affiliate = workspace.settings.affiliate
    prefix = place_of(affiliate.check_url)
    zone = ZoneInfo(workspace.settings.time_zone)
    readers = Readers(READ_AT_ONCE)
    pages = Pages(workspace.template_folders, affiliate)

    def books() -> Books:
        return Books(store, zone, clock.now())

    credentials = Credentials(store, workspace, readers, lambda number: books().by_number(number), prefix)
    console = _Console(store, pages, readers, books, credentials)
    routes = [
        Route("/", console.start),
        Route("/c/{number}", console.certificate),
        Route("/check", console.check, methods=["POST"]),
        Route("/static/{version}/{name}", console.static),
        *credentials.routes(),
    ]
    app = Starlette(routes=routes, exception_handlers=_handlers(pages))
    app.router.redirect_slashes = False  # it would send people to whatever Host the request names
    return Guard(app, pages, prefix, tick)


def _handlers(pages: Pages) -> dict[Any, Any]:
    """What becomes of an exception: a page. What is not listed here stops at the guard."""

    async def problem(request: Request, error: HTTPException) -> Response:
        return pages.problem(request, error.status_code, dict(error.headers or {}))

    async def gone(request: Request, _: Exception) -> Response:
        return pages.problem(request, 400)  # nobody reads it; the log says that a file was not sent to its end

    async def outage(request: Request, error: Exception) -> Response:
        log.error("%s", error.what if isinstance(error, Outage) else type(error).__name__)
        return pages.problem(request, 503, {"Retry-After": "60"})

    async def broken(request: Request, error: CountersignError) -> Response:
        log.error("%s", error)
        return pages.problem(request, 500)

    async def bug(request: Request, _: Exception) -> Response:
        return pages.problem(request, 500)  # Starlette raises it again, and the guard logs it

    return {
        HTTPException: problem,
        ClientDisconnect: gone,
        Outage: outage,
        SQLAlchemyError: outage,
        CountersignError: broken,
        Exception: bug,
    }


def place_of(check_url: str) -> str:
    """The path under which the world sees the console, "" for the whole host: what stands before `/c/` in the address that is
    printed on certificates. "" too when that address ends otherwise: then something in front of us leads to `/c/`."""
    path = urlsplit(check_url).path
    return path.removesuffix("/c/") if path.endswith("/c/") else ""


class _Console:
    def __init__(
        self, store: Store, pages: Pages, readers: Readers, books: Callable[[], Books], credentials: Credentials
    ) -> None:
        self._store = store
        self._pages = pages
        self._readers = readers
        self._books = books
        self._credentials = credentials
        self._uploads = Uploads()
        self._comparers = Readers(COMPARED_AT_ONCE)

    async def start(self, request: Request) -> Response:
        """The form; with `?number=`, the way to that certificate's page."""
        typed = request.query_params.get("number")
        if typed is None:
            return self._pages.page(request, "check_start", typed="", problem="", remedy="")
        number = read_number(typed)
        if number is None:
            problem = TYPING_ERROR if typed.strip() else "No number was typed."
            return self._pages.page(
                request, "check_start", 400, typed=typed[:100], problem=problem, remedy=TYPING_REMEDY
            )
        return self._to(request, number)

    async def certificate(self, request: Request) -> Response:
        """The standing of one certificate."""
        typed: str = request.path_params["number"]
        number = read_number(typed)
        if number is None:
            return self._none(request, typed, TYPING_ERROR, TYPING_REMEDY, "typing_error")
        if number != typed:
            return self._to(request, number)

        def look() -> tuple[Found | None, bool]:
            found = self._books().by_number(number)
            return found, found is not None and found.standing.counts and self._credentials.has(number)

        found, credential = await self._readers.read(look)
        if found is None:
            return self._none(request, number, NOT_ISSUED, NOT_ISSUED_REMEDY, "unknown")
        if wants_json(request):
            return JSONResponse(as_json(found) | {"credential": credential}, headers={"Vary": "Accept"})
        return self._told(request, found, tell(found), credential=credential)

    async def check(self, request: Request) -> Response:
        """Whether a PDF is the one that was issued."""
        async with self._uploads.received(request) as (content, typed):
            number = read_number(typed) or ""
            if not content:
                return self._file_problem(
                    request, typed, "No file was chosen.", "Choose the certificate's PDF first.", 400
                )
            if not content.startswith(START):
                what, remedy = (
                    "This is not a PDF.",
                    "Send the certificate's PDF as you received it, not a picture or a scan of it.",
                )
                return self._file_problem(request, typed, what, remedy, 415)
            compared = await self._comparers.read(
                lambda: compare(content, number, self._books(), self._store.evidence.get)
            )
        found = compared.found
        if found is None:
            what = "This PDF is not a certificate that we issued."
            remedy = (
                "No number of ours can be read from the file. A PDF that was saved or printed anew carries none that this page reads, and is "
                "another file: type the number that is printed on it below, and compare each line with what its page says we issued."
            )
            return self._file_problem(request, typed, what, remedy, 404)
        if wants_json(request):
            counts = found.standing.counts and compared.outcome is Comparison.same
            said = tell_file(compared.outcome, found)
            sentence = f"{said.sentence} {said.file}" if said.good or not found.standing.counts else said.sentence
            of_file = {"counts": counts, "sentence": sentence, "certificate_sentence": found.standing.sentence}
            return JSONResponse({"pdf": compared.outcome.value} | as_json(found) | of_file)
        return self._told(request, found, tell_file(compared.outcome, found), compared.outcome)

    async def static(self, request: Request) -> Response:
        """A style sheet, a picture or a font."""
        found = self._pages.static(request, request.path_params["version"], request.path_params["name"])
        if found is None:
            raise HTTPException(404)
        return found

    def _told(
        self,
        request: Request,
        found: Found,
        told: Telling,
        file: Comparison | None = None,
        *,
        credential: bool = False,
    ) -> Response:
        values: dict[str, Any] = {
            "found": found,
            "told": told,
            "file": file,
            "credential": credential,
            "not_credit": NOT_CREDIT,
        }
        response = self._pages.page(request, "check_standing", **values)
        response.headers["Vary"] = "Accept"
        return response

    def _none(self, request: Request, typed: str, problem: str, remedy: str, state: str) -> Response:
        if wants_json(request):
            return JSONResponse({"state": state, "counts": False, "sentence": f"{problem} {remedy}"}, 404)
        return self._pages.page(request, "check_start", 404, typed=typed[:100], problem=problem, remedy=remedy)

    def _file_problem(self, request: Request, typed: str, problem: str, remedy: str, status: int) -> Response:
        if wants_json(request):
            return JSONResponse({"pdf": "unknown", "counts": False, "sentence": f"{problem} {remedy}"}, status)
        return self._pages.page(request, "check_start", status, typed=typed, problem=problem, remedy=remedy)

    def _to(self, request: Request, number: str) -> Response:
        """To the page of a number, by a path: never by a host that the request names."""
        return RedirectResponse(f"{request.scope['root_path']}/c/{quote(number)}", 303)
