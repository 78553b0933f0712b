"""Colors of the affiliate in a drawing of the templates: `frame.svg?1f4a3a=0b3d91` is frame.svg with the one for the other.

So a drawing stays a drawing that any program opens, and the same one serves every affiliate.
"""

import re
from urllib.parse import urlsplit

from countersign.errors import UsageError

_DYES = re.compile(r"[0-9a-f]{6}=[0-9a-f]{6}(?:,[0-9a-f]{6}=[0-9a-f]{6})*\Z")


def dyed(content: bytes, url: str) -> bytes:
    """`content`, an SVG, with every color `#old` that the address's query names as `old=new` replaced, all at once; as it is when
    there is no query. Raises UsageError for any other query."""
    query = urlsplit(url).query
    if not query:
        return content
    if not _DYES.match(query):
        raise UsageError(
            f"A page asked for {url[:200]}.", "After the question mark stand colors only, as in 1f4a3a=0b3d91."
        )
    new = dict(pair.split("=") for pair in query.split(","))
    old = "|".join(new)
    return re.sub(rf"#({old})\b".encode(), lambda found: f"#{new[found[1].decode()]}".encode(), content)
