"""A file from a stranger, read into memory within a size, and nowhere else."""

from collections.abc import AsyncGenerator

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

MAX_PDF = 5_000_000
"""Bytes. A certificate takes some ten thousand."""

_AROUND = 8_192
"""Bytes of a form that are not the file."""

MAX_NUMBER = 100


class _InMemory(MultiPartParser):
    """Starlette's parser, which otherwise puts a larger file into a temporary one."""

    spool_max_size = MAX_PDF + _AROUND + 1


async def read_upload(request: Request) -> tuple[bytes, str]:
    """The PDF and the number that were sent: as the form sends them, or the PDF alone as `application/pdf`.

    Raises HTTPException: 413 when it is too large, 415 when it is neither, 400 when it is damaged.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/pdf":
        return await _body(request, MAX_PDF), ""
    if kind != "multipart/form-data":
        raise HTTPException(415)
    body = await _body(request, MAX_PDF + _AROUND)

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


async def _body(request: Request, most: int) -> bytes:
    """The whole body. What is announced as larger is not even begun."""
    announced = request.headers.get("content-length", "")
    if announced.isascii() and announced.isdigit() and int(announced[:12]) > most:
        raise HTTPException(413)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            raise HTTPException(413)
    return bytes(body)
