"""The server: uvicorn on one address, for a reverse proxy with TLS in front of it or for a look on this machine."""

import asyncio
import ipaddress
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from countersign.console.application import application, place_of
from countersign.console.buckets import client_of
from countersign.errors import Outage, UsageError
from countersign.settings import Workspace
from countersign.store import Store

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

SECONDS_TO_ASK = 10
"""How long a connection may stay without having sent a whole request's head."""

CONNECTIONS = 500
CONNECTIONS_OF_ONE = 40
"""How many connections there are at most, and how many of one address that is not a reverse proxy's."""

SECONDS_BETWEEN = 5
"""How long a connection may stay without asking again."""

HEAD = 16_384
"""Bytes of a request's head."""


class _Impatient(H11Protocol):
    """Uvicorn's protocol, which waits for ever for the head of a first request. This one hangs up, and at once when
    the same address has too many others."""

    proxies: Sequence[Network] = ()
    caller = ""
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        super().connection_made(transport)
        address = self.client[0] if self.client else "::"  # gone already
        self.caller = client_of(address)
        alike = sum(isinstance(other, _Impatient) and other.caller == self.caller for other in self.connections)
        if alike > CONNECTIONS_OF_ONE and not any(ipaddress.ip_address(address) in proxy for proxy in self.proxies):
            transport.abort()
        else:
            self._expect()

    def data_received(self, data: bytes) -> None:
        before: Any = self.cycle
        if before is not None and before.response_complete and self._deadline is None:
            self._expect()  # the head of a further request has begun
        super().data_received(data)
        if self.cycle is not before:
            self._expect_nothing()

    def connection_lost(self, exc: Exception | None) -> None:
        self._expect_nothing()
        super().connection_lost(exc)

    def _expect(self) -> None:
        self._deadline = self.loop.call_later(SECONDS_TO_ASK, self.transport.close)

    def _expect_nothing(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


def serve(
    store: Store, workspace: Workspace, host: str, port: int, proxies: Sequence[str], say: Callable[[str], None]
) -> None:
    """Serve the public pages until interrupted. `proxies` are the addresses or networks of reverse proxies, whose word on
    whom they ask for is taken.

    Raises UsageError when an address is none, and Outage when the port cannot be had.
    """
    networks: list[Network] = []
    for proxy in proxies:
        try:
            networks.append(ipaddress.ip_network(proxy, strict=False))
        except ValueError as error:
            raise UsageError(
                f"--proxy {proxy!r} is not an address or a network.", "Write it as 127.0.0.1 or 10.0.0.0/24."
            ) from error
    _log_to_stderr()
    app = application(store, workspace)

    class Protocol(_Impatient):
        proxies = networks

    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a service that is stopped ends as with Ctrl+C: well
    try:
        with _bound(host, port) as bound:
            config = uvicorn.Config(
                app,
                http=Protocol,
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=bool(networks),
                forwarded_allow_ips=[str(network) for network in networks],
                limit_concurrency=CONNECTIONS,
                timeout_keep_alive=SECONDS_BETWEEN,
                timeout_graceful_shutdown=10,
                h11_max_incomplete_event_size=HEAD,
            )
            shown = f"[{host}]" if ":" in host else host
            place = place_of(workspace.settings.affiliate.check_url)
            say(f"Serving http://{shown}:{bound.getsockname()[1]}{place}/ until interrupted.")
            uvicorn.Server(config).run(sockets=[bound])
    except KeyboardInterrupt:
        say("Stopped.")


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # the protocol must be said: only then asyncio sends small answers at once (TCP_NODELAY), which else wait 40 ms
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
        bound.listen(512)
    except OSError as error:
        bound.close()
        # a name that means nothing has no number of the system's
        why = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror
        raise Outage(
            f"Nothing can be served at {host}, port {port}: {why}.", "Choose another --host or --port."
        ) from error
    return bound


def _log_to_stderr() -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    for name, level in (("countersign.console", logging.INFO), ("uvicorn.error", logging.WARNING)):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [handler], False
        logger.setLevel(level)
