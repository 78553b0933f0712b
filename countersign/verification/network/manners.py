"""How one run behaves towards each host: a pause between requests, so many and no more, and no further question to one that is
silent or asks to be left alone."""

import time
from collections import Counter
from collections.abc import Mapping

from countersign.verification.network.web import Unreachable

PAUSE = 0.2
"""Seconds from the beginning of one request to a host to the beginning of the next."""

MOST = 5_000
"""Requests to one host in a run. With the pause that is a quarter of an hour of one site's evening, and enough."""

TRIES = 2
"""After so many failures in a row to reach a host it is left alone: a hundred links to a dead one must not take half an hour."""


class Manners:
    """What a run knows of the hosts it asked. What is left alone in one run is asked again in the next."""

    def __init__(self, pause: float = PAUSE, most: int = MOST) -> None:
        self._pause = pause
        self._most = most
        self._next: dict[str, float] = {}
        self._asked: Counter[str] = Counter()
        self._failures: Counter[str] = Counter()
        self._left_alone: dict[str, int] = {}

    def ask(self, host: str) -> None:
        """Wait until the host may be asked, and count it. Raises Unreachable when this run does not ask it any more."""
        if host in self._left_alone:
            raise Unreachable(
                f"{host} asked for a pause (status {self._left_alone[host]}), so this run does not ask it again"
            )
        if self._failures[host] >= TRIES:
            raise Unreachable(
                f"{host} could not be reached at the last {TRIES} attempts, so this run does not ask it again"
            )
        if self._asked[host] >= self._most:
            raise Unreachable(f"{host} was asked {self._most:,} times in this run, and is left alone until the next")
        self._asked[host] += 1
        now = time.monotonic()
        at = max(now, self._next.get(host, 0.0))
        self._next[host] = at + self._pause
        if at > now:
            time.sleep(at - now)

    def silent(self, host: str) -> None:
        """It could not be reached."""
        self._failures[host] += 1

    def answered(self, host: str, status: int, headers: Mapping[str, str]) -> None:
        """It answered. "Too many requests" (RFC 6585 §4) and a Retry-After with "unavailable" (RFC 9110 §10.2.3) are
        respected for the rest of the run, however short the time they name: the next run is soon enough."""
        del self._failures[host]
        if status == 429 or (status == 503 and "retry-after" in headers):
            self._left_alone[host] = status
