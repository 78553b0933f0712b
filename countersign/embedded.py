"""A file within a PDF, for those who draw pages and those who set them."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

Relationship = Literal["Source", "Data", "Supplement"]
"""What a file is to the page (ISO 19005-3, 6.8)."""


@dataclass(frozen=True, slots=True)
class Embedded:
    """One file: its name, bytes and media type, what it is to the page, and when it was last changed."""

    name: str
    content: bytes
    media_type: str
    relationship: Relationship
    description: str
    modified: date
