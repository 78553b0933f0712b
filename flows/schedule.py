"""Serve the schedules of prefect.yaml: `countersign schedule`.

Prefect's scheduler lives in its server. Where PREFECT_API_URL names none, a private one is started on loopback for as long as
the schedules are served.
"""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from countersign.errors import Outage, UsageError
from countersign.settings import PROGRAM

FILE = "prefect.yaml"


def deployments(folder: Path) -> list[dict[str, Any]]:
    """The deployments of prefect.yaml: the workspace's own if there is one, else the one shipped. Raises UsageError."""
    path = next((p for p in (folder / FILE, PROGRAM / FILE) if p.is_file()), None)
    if path is None:
        raise UsageError(f"{folder} has no {FILE}.", "Copy the one from Countersign's repository.")
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))["deployments"]
        for each in found:
            for schedule in each["schedules"]:
                _ = each["name"], schedule["cron"], schedule["timezone"]
    except (yaml.YAMLError, KeyError, TypeError) as error:
        raise UsageError(f"{path} is not in the form of Prefect's deployments: {error}.") from error
    return found


def serve_schedules(workspace: Path) -> None:
    """Serve every deployment of prefect.yaml on `workspace` until interrupted. Raises UsageError and Outage."""
    wanted = deployments(workspace)
    signal.signal(signal.SIGTERM, _stop)  # a service manager stops us as Ctrl-C does
    with _server(workspace):
        from prefect import serve
        from prefect.client.schemas.objects import ConcurrencyLimitConfig
        from prefect.schedules import Cron
        from prefect.types.entrypoint import EntrypointType

        from flows.monthly import monthly
        from flows.nightly import nightly

        known = {"nightly": nightly, "monthly": monthly}
        unknown = [each["name"] for each in wanted if each["name"] not in known]
        if unknown:
            raise UsageError(f"{FILE} names a deployment {unknown[0]!r}, which Countersign does not have.")
        # to_deployment is a coroutine only where a loop runs, and none does here
        serve(
            *(
                known[each["name"]].to_deployment(  # pyright: ignore[reportArgumentType]
                    name=each["name"],
                    schedules=[Cron(s["cron"], timezone=s["timezone"]) for s in each["schedules"]],
                    parameters={"workspace": str(workspace)},
                    concurrency_limit=ConcurrencyLimitConfig(**each["concurrency_limit"])
                    if "concurrency_limit" in each
                    else None,
                    description=each.get("description", ""),
                    entrypoint_type=EntrypointType.MODULE_PATH,  # from whichever folder the command was given
                )
                for each in wanted
            )
        )


def _stop(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


@contextmanager
def _server(workspace: Path) -> Generator[None, None, None]:
    if os.environ.get("PREFECT_API_URL"):
        yield
        return
    port = os.environ.get("COUNTERSIGN_PREFECT_PORT", "4200")
    log = workspace / "var" / "prefect" / "server.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        command = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", port]
        process = subprocess.Popen(command, stdout=output, stderr=output)
    try:
        _wait(process, f"http://127.0.0.1:{port}/api/health", log)
        os.environ["PREFECT_API_URL"] = f"http://127.0.0.1:{port}/api"
        yield
    finally:
        os.environ.pop("PREFECT_API_URL", None)
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(process: subprocess.Popen[bytes], url: str, log: Path, seconds: int = 90) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if process.poll() is not None:
            break  # somebody else may be answering on the port
        try:
            with urllib.request.urlopen(url, timeout=2):  # noqa: S310  (our own server on loopback)
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.3)
    raise Outage("Prefect's server did not start.", f"Its log is {log}; the port is set by COUNTERSIGN_PREFECT_PORT.")
