"""`countersign schedule` as staff start it: a process that serves prefect.yaml, and runs a flow when its time comes."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest
from sqlmodel import func, select

from countersign.errors import UsageError
from flows.schedule import deployments
from models.tables import Case
from tests.flows.conftest import Demo
from tests.servers import free_port


def test_the_schedules_are_nightly_and_monthly_in_the_affiliates_time_zone(demo: Demo) -> None:
    found = {d["name"]: d["schedules"] for d in deployments(demo.workspace.root)}
    assert found == {
        "nightly": [{"cron": "30 2 * * *", "timezone": "America/New_York"}],
        "monthly": [{"cron": "0 5 1 * *", "timezone": "America/New_York"}],
    }


def test_a_schedule_without_a_time_zone_is_refused(tmp_path: Path) -> None:
    (tmp_path / "prefect.yaml").write_text('deployments: [{name: nightly, schedules: [{cron: "1 1 * * *"}]}]')
    with pytest.raises(UsageError, match="timezone"):
        deployments(tmp_path)


@pytest.mark.timeout(420)
def test_what_is_scheduled_is_served_and_runs(demo: Demo) -> None:
    port = free_port()
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PREFECT_")}
    environment |= {"COUNTERSIGN_PREFECT_PORT": str(port), "PYTHONUNBUFFERED": "1"}
    program = str(Path(sys.executable).parent / "countersign")
    with (demo.workspace.root / "served").open("wb") as output:
        process = subprocess.Popen(
            [program, "schedule"],
            cwd=demo.root,
            env=environment,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}/api", timeout=30) as client:
            served = wait_for(lambda: both(client), 120)
            assert {d["name"]: d["schedules"][0]["schedule"]["timezone"] for d in served} == {
                "nightly": "America/New_York",
                "monthly": "America/New_York",
            }
            nightly = next(d for d in served if d["name"] == "nightly")
            assert nightly["concurrency_options"]["collision_strategy"] == "ENQUEUE"
            run = wait_for(lambda: started(client, nightly["id"]), 60)
            wait_for(lambda: client.get(f"/flow_runs/{run['id']}").json()["state_type"] == "COMPLETED", 120)
    finally:
        process.send_signal(signal.SIGTERM)  # as a service manager does; a background job ignores SIGINT
        try:
            process.wait(90)
        finally:
            subprocess.run(["pkill", "-KILL", "-s", str(process.pid)], check=False)
    with demo.store.reading() as session:
        assert session.exec(select(func.count()).select_from(Case)).one() == 23


def both(client: httpx.Client) -> list[dict[str, Any]]:
    try:
        found = client.post("/deployments/filter", json={}).json()
    except httpx.TransportError:
        return []
    return found if len(found) == 2 else []


def started(client: httpx.Client, deployment: str) -> dict[str, Any]:
    """A run of the deployment; empty while Prefect's server is too busy with itself to take it."""
    answer = client.post(f"/deployments/{deployment}/create_flow_run", json={})
    return answer.json() if answer.is_success else {}


Found = TypeVar("Found")


def wait_for(look: Callable[[], Found], seconds: int) -> Found:
    """What `look` returns once it is something; fails after `seconds`."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(0.5)
    raise AssertionError(f"not within {seconds} seconds")
