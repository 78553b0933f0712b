"""How often one address may ask: token buckets in memory, as many as `most`, the longest unused forgotten first."""

import ipaddress
import math
from collections import OrderedDict
from dataclasses import dataclass, field


@dataclass(slots=True)
class Buckets:
    """Each client may ask `burst` times at once and `rate` times a second after that.

    A client that was forgotten begins anew: with more clients than `most` the limit is softer, and memory is not more.
    """

    burst: float
    rate: float
    most: int = 20_000
    _left: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict[str, tuple[float, float]])

    def take(self, client: str, cost: float, now: float) -> int:
        """Take `cost` tokens of a client at `now` (seconds of any clock that never goes back); 0 when it may go on, else
        the whole seconds after which it may."""
        left, since = self._left.pop(client, (self.burst, now))
        left = min(self.burst, left + (now - since) * self.rate)
        wait = 0 if left >= cost else math.ceil((cost - left) / self.rate)
        self._left[client] = (left if wait else left - cost, now)
        if len(self._left) > self.most:
            self._left.popitem(last=False)
        return wait


def client_of(address: str | None) -> str:
    """Whom an address stands for: itself, or for IPv6 its /64 network, which is what one subscriber is given (RFC 6177).

    An address nobody can read is one client, whatever it says.
    """
    try:
        found = ipaddress.ip_address((address or "").partition("%")[0])
    except ValueError:
        return "?"
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((found, 64), strict=False))
