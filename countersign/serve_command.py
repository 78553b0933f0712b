"""`countersign serve`: the public pages on which anybody checks a certificate."""

from typing import Annotated

import typer

from countersign.commandline import WorkspaceOption, opened_store


def serve(
    host: Annotated[str, typer.Option("--host", help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="The port; 0 takes a free one.")] = 8000,
    proxy: Annotated[
        list[str] | None,
        typer.Option(
            "--proxy",
            help="The address (or network) of the reverse proxy in front: its X-Forwarded-For says who asks. May be repeated.",
        ),
    ] = None,
    workspace: WorkspaceOption = None,
) -> int:
    """Serve the public pages on which anybody checks a certificate by its number, its QR code or its PDF, until interrupted. They
    only read, and may run beside a nightly. For the public, put a reverse proxy with TLS in front, name it with --proxy, and let the
    affiliate's check_url lead to /c/ here; a path before /c/ in check_url (https://host/verify/c/) is served with and without it."""
    from countersign.console import serve as serve_pages
    from countersign.desk import terminal

    opened, store = opened_store(workspace)
    serve_pages(store, opened, host, port, proxy or (), terminal.say)
    return 0
