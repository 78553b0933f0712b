"""`countersign issuer …`: whom this workspace trusts. Nothing is written before a person said yes."""

from pathlib import Path
from typing import Annotated, Any

import typer

from countersign.commandline import By, DryRun, JsonOption, WorkspaceOption, command, group_of, print_json

issuer = group_of("The issuers this workspace trusts, and by which keys and sites.")

IssuerId = Annotated[str, typer.Argument(metavar="ID", help="The issuer's id in issuers.toml, as nea.")]
KeyOption = Annotated[
    str, typer.Option("--key", help="The key: its id, the first 8 or more letters of its fingerprint, or a did:key.")
]
Yes = Annotated[bool, typer.Option("--yes", help="Write it without asking.")]
YesToThis = Annotated[
    str,
    typer.Option(
        "--yes",
        metavar="DIGEST",
        help="I compared with the issuer what was shown with this digest; write that and nothing else.",
    ),
]
Alike = Annotated[bool, typer.Option("--although-alike", help="It is another issuer than the one it resembles.")]


@command(issuer, "list")
def issuer_list(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> int:
    """List the issuers: id, names, sites, keys with dates and fingerprints, who vetted them and when."""
    from countersign.desk import issuer_pages
    from countersign.desk.issuers import list_issuers

    rows = list_issuers(workspace)
    if as_json:
        print_json([r.as_json() for r in rows])
    else:
        issuer_pages.issuers(rows)
    return 0


@command(issuer, "check")
def issuer_check(
    only: Annotated[str | None, typer.Argument(metavar="[ID]", help="One issuer's id (default: all).")] = None,
    offline: Annotated[bool, typer.Option("--offline", help="Ask nobody; look at the file only.")] = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> int:
    """Compare what each issuer publishes with what is registered, and say what contradicts itself or runs out soon."""
    from countersign.desk import issuer_pages
    from countersign.desk.issuers import check_issuers

    found = check_issuers(workspace, only, offline)
    if as_json:
        print_json({name: [f.as_json() for f in findings] for name, findings in found.items()})
    else:
        issuer_pages.findings(found)
    return max((f.exit_code for findings in found.values() for f in findings), default=0)


@command(issuer, "add")
def issuer_add(
    source: Annotated[
        str, typer.Argument(help="The issuer's profile address, DID or key set, or a credential's file.")
    ],
    by: By,
    issuer_id: Annotated[
        str, typer.Option("--id", help="A new issuer: a short id for issuers.toml and the agreements, as nea.")
    ] = "",
    to: Annotated[str, typer.Option("--to", help="Another address or DID of this registered issuer: its id.")] = "",
    name: Annotated[str, typer.Option("--name", help="Its name (default: as it calls itself).")] = "",
    accepted_from: Annotated[str, typer.Option("--from", help="Accepted from this date on (default: today).")] = "",
    profile: Annotated[str, typer.Option("--profile", help="For a key set: the id its credentials name.")] = "",
    although_alike: Alike = False,
    yes: YesToThis = "",
    dry_run: DryRun = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> int:
    """Show what an issuer publishes of itself and, once you compared it with the issuer, register it."""
    from countersign.desk import registering
    from countersign.errors import UsageError

    if bool(issuer_id) == bool(to) or (to and (name or accepted_from)):
        raise UsageError(
            "Say --id for a new issuer, or --to for more of a registered one, whose name and dates stay.",
            "See: countersign issuer add --help",
        )
    change = (
        registering.add_to(workspace, source, to, by, profile)
        if to
        else registering.add(workspace, source, issuer_id, by, name, profile, accepted_from)
    )
    return _agreed(change, by, yes=yes, dry_run=dry_run, as_json=as_json, although_alike=although_alike)


@command(issuer, "pin")
def issuer_pin(
    issuer_id: IssuerId,
    by: By,
    key: Annotated[
        str, typer.Option("--key", help="One it publishes now: its id, or 8 or more letters of its fingerprint.")
    ] = "",
    key_file: Annotated[
        Path | None, typer.Option("--key-file", help="One it gave you: PEM, a JSON Web Key, or multibase (z6Mk…).")
    ] = None,
    name: Annotated[
        str, typer.Option("--name", help="With --key-file: how credentials name the key (default: any name).")
    ] = "",
    since: Annotated[str, typer.Option("--from", help="In use from this date on (default: no bound).")] = "",
    until: Annotated[str, typer.Option("--until", help="The last day of its use (default: no bound).")] = "",
    yes: YesToThis = "",
    dry_run: DryRun = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> int:
    """Enter a key of a registered issuer, a new one or one it has replaced, once you compared its fingerprint with the issuer."""
    from countersign.desk import pinning
    from countersign.errors import UsageError

    if bool(key) == (key_file is not None) or (name and key_file is None):
        raise UsageError(
            "Say which key: --key for one that the issuer publishes, or --key-file (with --name) for one it gave you.",
            "See: countersign issuer pin --help",
        )
    change = (
        pinning.pin_given(workspace, issuer_id, key_file, name, since, until)
        if key_file is not None
        else pinning.pin(workspace, issuer_id, key, since, until)
    )
    return _agreed(change, by, yes=yes, dry_run=dry_run, as_json=as_json)


@command(issuer, "compromise")
def issuer_compromise(
    issuer_id: IssuerId,
    key: KeyOption,
    on: Annotated[str, typer.Option("--on", help="The first day on which somebody else may have had it.")],
    by: By,
    yes: Yes = False,
    dry_run: DryRun = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> int:
    """Mark a key as stolen: what is dated from that day on is rejected, what is dated earlier waits for a person."""
    from countersign.desk import pinning

    return _agreed(pinning.compromise(workspace, issuer_id, key, on), by, yes=yes, dry_run=dry_run, as_json=as_json)


@command(issuer, "retire")
def issuer_retire(
    issuer_id: IssuerId,
    key: KeyOption,
    until: Annotated[str, typer.Option("--until", help="The last day on which the issuer used it.")],
    by: By,
    yes: Yes = False,
    dry_run: DryRun = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> int:
    """End a key's use: what is dated later and signed with it is rejected."""
    from countersign.desk import pinning

    return _agreed(pinning.retire(workspace, issuer_id, key, until), by, yes=yes, dry_run=dry_run, as_json=as_json)


def _agreed(change: Any, by: str, *, yes: bool | str, dry_run: bool, as_json: bool, although_alike: bool = True) -> int:
    """Show the change and, when the person agrees, write it. Exit 1 when they do not: nothing was written then.

    `yes` is the digest of what they agree to where something is fetched, which may have changed since they were shown it.
    """
    from countersign.desk import issuer_pages, registry_change, terminal

    if not as_json:
        issuer_pages.change(change)
    refused = bool(change.alike) and not although_alike
    ask = not (as_json or yes or dry_run or refused)
    agreed = yes in (True, change.digest) or (ask and issuer_pages.agreed("Write this into issuers.toml?"))
    written = agreed and not (dry_run or refused)
    kept = change.make(by) if written else ""
    if as_json:
        print_json(change.as_json(written=written))
    if refused:
        registry_change.refuse_alike(change)
    if not as_json:
        terminal.say(f"Written. The file before is kept as {kept}." if written else _unwritten(change, yes, dry_run))
    return int(not written and not dry_run)


def _unwritten(change: Any, yes: bool | str, dry_run: bool) -> str:
    if dry_run:
        return "Nothing was written."
    other = f": what is there now is not what --yes {yes} stands for. Compare it again" if yes else ""
    word = f"--yes {change.digest}" if isinstance(yes, str) else "--yes"
    return f"Nothing was written{other}. Repeat with {word} once you compared it with the issuer."
