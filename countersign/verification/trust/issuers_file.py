"""`issuers.toml` read: its shape, and whatever in it contradicts itself, each with its line and what to do.

An error is what could never be meant, and the file is refused; a warning may be meant, and `countersign issuer check` says it.
"""

from countersign.errors import FileProblem
from countersign.tomlfile import FileProblems, Path_, line_of, locate, parse_toml
from countersign.verification.trust.contradictions import contradictions
from countersign.verification.trust.issuers_shape import IssuersFile


def parse(content: bytes, name: str) -> IssuersFile:
    """The file whose text is `content`; `name` is how errors call it. Raises FileProblems, every error with its line."""
    file = parse_toml(content, name, IssuersFile)
    errors = _found(file, content, name, "error")
    if errors:
        raise FileProblems(errors)
    return file


def warnings(content: bytes, name: str) -> list[FileProblem]:
    """What may be meant in a file without errors, but is worth a look. Raises FileProblems."""
    return _found(parse(content, name), content, name, "warning")


def _found(file: IssuersFile, content: bytes, name: str, level: str) -> list[FileProblem]:
    found = [c for c in contradictions(file) if c.level == level]
    lines: dict[Path_, int] = locate(content.decode("utf-8")) if found else {}
    return [FileProblem(name, line_of(lines, c.path), c.what, c.remedy) for c in found]
