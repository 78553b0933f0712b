"""Rows by a set of ids, however many, asked for in pieces that every database takes."""

from collections.abc import Iterable, Iterator
from typing import Any

from sqlmodel import Session, col

_CHUNK = 500  # ids in one IN (…): SQLite allows 32,766 variables, and plans stay small


def by_ids(session: Session, query: Any, column: Any, ids: Iterable[Any]) -> Iterator[Any]:
    """The query's rows whose `column` is one of `ids`, asked for in chunks."""
    ordered = sorted(ids)
    for start in range(0, len(ordered), _CHUNK):
        yield from session.exec(query.where(col(column).in_(ordered[start : start + _CHUNK])))
