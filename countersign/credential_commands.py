"""`countersign credential …`: the affiliate's own signing key, and what the web has to serve for what it signs."""

from pathlib import Path
from typing import Annotated

import typer

from countersign.commandline import JsonOption, WorkspaceOption, command, group_of, print_json

credential = group_of("The affiliate's own credentials: its signing key, and what is published with it.")


@command(credential, "key")
def credential_key(
    file: Annotated[Path, typer.Argument(help="Where the new private key goes: outside of any git repository.")],
    kind: Annotated[
        str, typer.Option("--kind", help="ed25519 (the same certificate gives the same credential) or p256.")
    ] = "ed25519",
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> int:
    """Make a new signing key in FILE, with its public key and the document to publish beside it, and say what to enter in
    countersign.toml. Nothing is ever overwritten."""
    from countersign.desk import signing, terminal

    made = signing.new_key(workspace, file, kind)
    if as_json:
        print_json(made.as_json())
    else:
        terminal.say_whole(*made.sentences())
    return 0


@command(credential, "publish")
def credential_publish(
    folder: Annotated[Path, typer.Argument(help="The folder of a web site; files of before are replaced.")],
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> int:
    """Write what the check site has to serve into a folder, for any web server: the document with the public key, the key set and
    the status lists. Not needed where `countersign serve` answers. A list may be relied on for seven days: repeat it every night."""
    from countersign.desk import signing, terminal

    written = signing.publish(workspace, folder)
    if as_json:
        print_json({"written": [str(path) for path in written]})
    else:
        terminal.say_whole(*(f"Written: {path}" for path in written))
    return 0
