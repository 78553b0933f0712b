"""The affiliate's own pictures on a certificate: the signature and the logo, kept in the evidence store before anything is planned,
so that the same certificate can be drawn again after they have changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from countersign.errors import UsageError
from countersign.settings import FILE_NAME, Signatory, Workspace
from countersign.store import Store

LARGEST = 2_000_000
"""Bytes of a picture. It lies in every certificate: a drawing (SVG) of a few thousand is best."""

_STARTS = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg", b"<svg": "image/svg+xml"}
_SVG = "{http://www.w3.org/2000/svg}svg"

Kept = Mapping[str, str]
"""A picture in the evidence store: its "sha256" and "media_type"; empty when there is none."""


@dataclass(frozen=True, slots=True)
class Pictures:
    """What a certificate is planned with. A signature without a picture is typed."""

    signature: Kept
    logo: Kept


def keep_pictures(store: Store, workspace: Workspace, signatory: Signatory) -> Pictures:
    """The pictures of the day, put into the evidence store. Raises UsageError when one is missing or is none, and Outage."""
    logo = workspace.settings.affiliate.logo
    return Pictures(
        signature=_keep(store, read_picture(workspace, signatory.image, "signature image", "image of [[signatories]]")),
        logo=_keep(store, read_picture(workspace, logo, "logo", "logo of [affiliate]")),
    )


def kept_pictures(store: Store, printed: Mapping[str, Any]) -> dict[str, bytes]:
    """The pictures that `printed` names, as `draw_certificate` takes them. Raises CountersignError when one is gone or damaged."""
    named = {"signature": printed["signatory"].get("sha256"), "logo": printed.get("logo", {}).get("sha256")}
    return {name: store.evidence.get(sha256) for name, sha256 in named.items() if sha256}


def read_picture(workspace: Workspace, name: str, what: str, setting: str) -> tuple[bytes, str]:
    """The bytes and the media type of a picture in the workspace, both empty when `name` is.

    `what` and `setting` name it for a person. Raises UsageError when it is not there, too large, or none.
    """
    if not name:
        return b"", ""
    remedy = f"Correct {setting} in {FILE_NAME}: a PNG, JPEG or SVG file in the workspace."
    file = (workspace.root / name).resolve()
    if not file.is_relative_to(workspace.root.resolve()) or not file.is_file():
        raise UsageError(f"The {what} {name} is not in the workspace.", remedy)
    content = _small(file, f"The {what} {name}", remedy)
    found = next((media_type for start, media_type in _STARTS.items() if content.startswith(start)), "")
    if not found:
        raise UsageError(f"The {what} {name} is not a PNG, JPEG or SVG.", remedy)
    if not _opens(content, found):
        raise UsageError(f"The {what} {name} is damaged: it cannot be opened as {found}.", remedy)
    return content, found


@lru_cache(maxsize=8)
def _opens(content: bytes, media_type: str) -> bool:
    """Whether a picture is whole: a plan keeps it, and a plan with a broken one could never be drawn."""
    if media_type == "image/svg+xml":
        try:
            return ElementTree.fromstring(content).tag == _SVG  # noqa: S314 (the operator's own file)
        except (ElementTree.ParseError, ValueError):
            return False
    from PIL import Image

    try:
        with Image.open(BytesIO(content)) as image:
            image.load()
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return False
    return True


def _small(file: Path, what: str, remedy: str) -> bytes:
    try:
        if file.stat().st_size > LARGEST:
            raise UsageError(f"{what} is larger than {LARGEST:,} bytes.", remedy)
        return file.read_bytes()
    except OSError as error:
        raise UsageError(f"{what} cannot be read: {error.strerror}.", remedy) from error


def _keep(store: Store, picture: tuple[bytes, str]) -> Kept:
    content, media_type = picture
    return {"sha256": store.evidence.put(content), "media_type": media_type} if content else {}
