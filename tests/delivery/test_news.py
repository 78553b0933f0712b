"""What is new is asked of the database in a handful of queries, however much is waiting and however old the house is."""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from countersign.delivery.news import News, gather
from tests.delivery.village import LONG_AGO, NIGHT, NOT_YET, Village


@contextmanager
def counted(village: Village) -> Generator[list[str]]:
    """The SQL of every query made inside."""
    made: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        made.append(statement)

    engine = village.store.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield made
    finally:
        event.remove(engine, "before_cursor_execute", note)


def news_of(village: Village) -> dict[int, News]:
    with village.store.reading() as session:
        return gather(session, NIGHT)


def a_night_of(village: Village, number: int) -> None:
    """`number` times everything: rejected ones of members and strangers, arrivals again, and mails without anything."""
    for n in range(number):
        for sender in ("maya@district.example", f"stranger{n}@elsewhere.example"):
            case = village.case(None, state="rejected", sender=sender, checks=[NOT_YET])
            village.submission(sender, case=case)
            village.submission(sender, "nothing")


def test_the_number_of_queries_does_not_grow_with_what_waits(anywhere: Village) -> None:
    maya = anywhere.educator()
    a_night_of(anywhere, 1)
    with counted(anywhere) as few:
        assert len(news_of(anywhere)[maya].cases) == 1
    a_night_of(anywhere, 20)
    with counted(anywhere) as many:
        found = news_of(anywhere)
    assert list(found) == [maya]
    assert (len(found[maya].cases), len(found[maya].again), len(found[maya].nothing)) == (21, 21, 21)
    assert len(few) == len(many) <= 10


def test_the_first_member_who_sent_a_rejected_one_hears_of_it(anywhere: Village) -> None:
    ada, maya = anywhere.educator("ada@district.example", name="Ada Okafor"), anywhere.educator()
    case = anywhere.case(None, state="rejected", sender="stranger@elsewhere.example", checks=[NOT_YET])
    anywhere.submission("ada@district.example", "automatic", case=case)
    anywhere.submission("maya@district.example", case=case)
    anywhere.submission("ada@district.example", case=case)
    found = news_of(anywhere)
    assert dict(found[maya].cases) == {case: {f"case:{case}/verdict:1"}}
    assert not found[ada].cases


@pytest.mark.parametrize(("age", "answered"), [(timedelta(days=30), False), (timedelta(days=30, seconds=-1), True)])
def test_a_rejected_one_is_answered_for_thirty_days(here: Village, age: timedelta, answered: bool) -> None:
    maya = here.educator()
    here.case(None, state="rejected", checks=[NOT_YET], at=NIGHT - age)
    assert (maya in news_of(here)) is answered


def test_one_that_was_matched_before_is_told_however_long_ago_it_came(here: Village) -> None:
    maya = here.educator()
    case = here.case(maya, state="rejected", sender="stranger@elsewhere.example", checks=[NOT_YET], at=LONG_AGO)
    assert list(news_of(here)[maya].cases) == [case]
