"""The pages and files that are sent: templates filled in and escaped, and the few static files, each known by name."""

import gzip
import hashlib
import mimetypes
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from countersign.errors import UsageError
from countersign.render import fill
from countersign.settings import Affiliate

STATIC = (
    "pages/check.css",
    "pages/check.svg",
    "fonts/EBGaramond12-Regular.ttf",
    "fonts/Lato-Regular.ttf",
    "fonts/Lato-Bold.ttf",
)
"""The template files that are served, and no other. They are read once, when the server starts."""

A_YEAR = "public, max-age=31536000, immutable"

PROBLEMS = {
    400: ("This could not be read.", "Go back and send the form again."),
    404: ("There is no such page.", "To check a certificate, type its number."),
    405: ("That cannot be done here.", "To check a certificate, type its number."),
    410: ("This is not given out any more.", "The certificate does not count any more; its own page says so."),
    413: ("This file is too large.", "A certificate's PDF is smaller than 5 megabytes. Send the file as you received it."),
    414: ("This address is too long.", "To check a certificate, type its number."),
    415: ("This is not a PDF.", "Send the certificate's PDF as you received it."),
    429: ("Too many questions at once.", "Please wait a moment, then ask again."),
    500: ("Something went wrong on our side.", "Please try again later. Nothing is wrong with the certificate."),
    503: ("Certificates cannot be looked up just now.", "Please try again in a few minutes. Nothing is wrong with the certificate."),
}  # fmt: skip
"""What happened and what to do next, by the status."""


@dataclass(frozen=True, slots=True)
class File:
    """A static file, as it is and compressed."""

    content: bytes
    compressed: bytes
    media_type: str


class Pages:
    """The pages of one affiliate. `version` stands in the static files' address and changes with their content."""

    def __init__(self, folders: Sequence[Path], affiliate: Affiliate) -> None:
        """Reads the static files. Raises UsageError when one is missing."""
        self._folders = tuple(folders)
        self._always = {"affiliate": affiliate.name, "email": affiliate.email}
        color = f":root {{ --accent: {affiliate.colors.accent} }}\n".encode()
        behind = {"pages/check.css": color}
        self._files = {name.rpartition("/")[2]: _file(folders, name, behind.get(name, b"")) for name in STATIC}
        content = b"".join(file.content for file in self._files.values())
        self.version = hashlib.sha256(content).hexdigest()[:12]

    def page(self, request: Request, template: str, status: int = 200, **values: Any) -> Response:
        """A page. Addresses in it start at `root`, where the console is mounted."""
        root: str = request.scope.get("root_path", "")
        always = self._always | {"root": root, "static": f"{root}/static/{self.version}"}
        return HTMLResponse(fill(self._folders, f"pages/{template}.html", always | values), status)

    def problem(self, request: Request, status: int, headers: dict[str, str] | None = None) -> Response:
        """The page of a status that is no success."""
        what, remedy = PROBLEMS.get(status) or PROBLEMS[400 if status < 500 else 500]
        if wants_json(request):
            response: Response = JSONResponse({"state": "error", "sentence": f"{what} {remedy}"}, status)
        else:
            response = self.page(request, "check_problem", status, what=what, remedy=remedy)
        response.headers.update(headers or {})
        return response

    def static(self, request: Request, version: str, name: str) -> Response | None:
        """One of the static files, to be kept for a year; None when there is none of that name and version."""
        file = self._files.get(name) if version == self.version else None
        if file is None:
            return None
        packed = "gzip" in request.headers.get("accept-encoding", "")
        headers = {"Cache-Control": A_YEAR, "Vary": "Accept-Encoding"} | (
            {"Content-Encoding": "gzip"} if packed else {}
        )
        return Response(file.compressed if packed else file.content, media_type=file.media_type, headers=headers)


def wants_json(request: Request) -> bool:
    """Whether a program asks: JSON is accepted and HTML, which every browser accepts, is not named."""
    accepted = request.headers.get("accept", "").lower()
    return "application/json" in accepted and "text/html" not in accepted


def _file(folders: Sequence[Path], name: str, behind: bytes) -> File:
    for folder in folders:
        if (folder / name).is_file():
            content = (folder / name).read_bytes() + behind
            kind = "font/ttf" if name.endswith(".ttf") else mimetypes.guess_type(name)[0] or "application/octet-stream"
            return File(content, gzip.compress(content, mtime=0), kind)
    raise UsageError(f"templates/{name} is missing.", "Restore it: the public pages need it.")
