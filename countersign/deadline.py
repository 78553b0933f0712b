"""A connection whose every wait ends with one deadline, so that a server cannot drip its answer."""

import ssl
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpcore


def until(deadline: float, dialler: "httpcore.NetworkBackend | None" = None) -> "httpcore.NetworkBackend":
    """A backend for httpcore that connects by `dialler` (None: over TCP), and of which nothing waits beyond `deadline`, a moment of
    `time.monotonic()`: httpcore's own times are for each wait. It raises httpcore.TimeoutException."""
    import httpcore

    below = dialler or httpcore.SyncBackend()

    def left() -> float:
        remaining = deadline - time.monotonic()
        if remaining <= 0:
            raise httpcore.ReadTimeout("the total time is over")
        return remaining

    class Timed(httpcore.NetworkStream):
        def __init__(self, inner: httpcore.NetworkStream) -> None:
            self._inner = inner

        def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002  (the deadline rules)
            return self._inner.read(max_bytes, left())

        def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
            self._inner.write(buffer, left())

        def close(self) -> None:
            self._inner.close()

        def start_tls(
            self,
            ssl_context: ssl.SSLContext,
            server_hostname: str | None = None,
            timeout: float | None = None,  # noqa: ARG002
        ) -> httpcore.NetworkStream:
            return Timed(self._inner.start_tls(ssl_context, server_hostname, left()))

        def get_extra_info(self, info: str) -> Any:
            return self._inner.get_extra_info(info)

    class Backend(httpcore.NetworkBackend):
        def connect_tcp(
            self,
            host: str,
            port: int,
            timeout: float | None = None,  # noqa: ARG002
            local_address: str | None = None,
            socket_options: Iterable[Any] | None = None,
        ) -> httpcore.NetworkStream:
            return Timed(below.connect_tcp(host, port, left(), local_address, socket_options))

    return Backend()
