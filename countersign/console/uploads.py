"""A file from a stranger, read into memory within a size, and nowhere else; and how much of it strangers have together."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from countersign.console.buckets import client_of

MAX_PDF = 5_000_000
"""Bytes. A certificate takes some hundred thousand."""

_AROUND = 8_192
"""Bytes of a form that are not the file."""

MAX_NUMBER = 100

OF_ONE = 2
"""How many files of one address are received and compared at the same time. Its others wait unread; nobody else's do."""

ALTOGETHER = 100_000_000
"""Bytes that may have arrived of all these files (each is copied once). Who announces a file and sends none takes no room."""


class _InMemory(MultiPartParser):
    """Starlette's parser, which otherwise puts a larger file into a temporary one."""

    spool_max_size = MAX_PDF + _AROUND + 1


class Uploads:
    """The files that are being received and compared."""

    def __init__(self) -> None:
        self._turns: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()
        self._arrived = 0

    @asynccontextmanager
    async def received(self, request: Request) -> AsyncGenerator[tuple[bytes, str]]:
        """The PDF and the number that were sent: as the form sends them, or the PDF alone as `application/pdf`. They take
        room until the block ends.

        Raises HTTPException: 413 when it is too large, 415 when it is neither, 400 when it is damaged, 503 when there is no
        room for what all have sent.
        """
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind not in ("application/pdf", "multipart/form-data"):
            raise HTTPException(415)
        form = kind == "multipart/form-data"
        client = client_of(request.client.host if request.client else None)
        async with self._turns.setdefault(client, asyncio.Semaphore(OF_ONE)):
            body = bytearray()
            try:
                await self._receive(request, body, MAX_PDF + _AROUND if form else MAX_PDF)
                yield await _opened(request, bytes(body)) if form else (bytes(body), "")
            finally:
                self._arrived -= len(body)

    async def _receive(self, request: Request, body: bytearray, most: int) -> None:
        """Put the whole body behind `body`. What is announced as larger than `most` bytes is not even begun."""
        announced = request.headers.get("content-length", "")
        if announced.isascii() and announced.isdigit() and int(announced[:12]) > most:
            raise HTTPException(413)
        async for chunk in request.stream():
            if len(body) + len(chunk) > most:
                raise HTTPException(413)
            if self._arrived + len(chunk) > ALTOGETHER:
                raise HTTPException(503, headers={"Retry-After": "20"})
            body += chunk
            self._arrived += len(chunk)


async def _opened(request: Request, body: bytes) -> tuple[bytes, str]:
    """The PDF and the number in a form."""

    async def once() -> AsyncGenerator[bytes, None]:
        yield body

    try:
        form = await _InMemory(request.headers, once(), max_files=1, max_fields=2, max_part_size=1_000).parse()
    except MultiPartException as error:
        raise HTTPException(400) from error
    try:
        sent, typed = form.get("pdf"), form.get("number")
        content = await sent.read() if isinstance(sent, UploadFile) else b""
    finally:
        await form.close()
    if len(content) > MAX_PDF:
        raise HTTPException(413)
    return content, typed[:MAX_NUMBER] if isinstance(typed, str) else ""
