"""A real server with two workers: one log, and figures that add up."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from shop.serving import share_figures
from tests.faults.processes import ROOT, Process, wait_until
from tests.faults.shop import environment
from tests.services.launcher import free_port
from tests.watching.reading import samples, value

CONFIG = Path(__file__).with_name("gunicorn_conf.py")
TOKEN = "a-token-of-prometheus"


@pytest.mark.embedded
def test_two_workers_count_as_one_and_write_one_log(tmp_path: Path) -> None:
    port = free_port()
    variables = environment(
        DATABASE_URL=f"sqlite:///{tmp_path}/db.sqlite3",
        DJANGO_SETTINGS_MODULE="shop.settings",
        LOG_LEVEL="INFO",
        LOG_FORMAT="json",
        LOG_DIR=str(tmp_path / "logs"),
        METRICS_TOKEN=TOKEN,
        RELEASE="1.2.3",
    )
    # It is killed at the end, and could not remove one of its own.
    variables["PROMETHEUS_MULTIPROC_DIR"] = str(tmp_path / "figures")
    process = Process(
        [sys.executable, "-m", "gunicorn", "shop.wsgi", "--bind", f"127.0.0.1:{port}",
         "--config", str(CONFIG)],
        variables,
    )  # fmt: skip
    url = f"http://127.0.0.1:{port}"

    def lines() -> list[dict[str, Any]]:
        found = (process.directory / "server.log").read_text().splitlines()
        return [json.loads(line) for line in found]

    def live() -> bool:
        try:
            return httpx.get(f"{url}/health/live").status_code == 200
        except httpx.TransportError:
            return False

    def asked() -> list[dict[str, Any]]:
        return [one for one in lines() if one.get("route") == "worker"]

    def figures() -> Any:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        return samples(httpx.get(f"{url}/metrics", headers=headers).text)

    def count(found: Any) -> float | None:
        labels = {"route": "worker", "method": "GET", "status": "2xx"}
        return value(found, "shop_requests_total", **labels)

    try:
        process.wait_for(live, "it serves")
        # Connections of their own: both workers get some.
        while len({line["pid"] for line in asked()}) < 2:
            for _ in range(20):
                assert httpx.get(f"{url}/sw.js").status_code == 200
        total = len(asked())
        found = figures()
        assert count(found) == total
        assert (
            value(found, "shop_request_seconds_count", route="worker", method="GET")
            == total
        )
        assert value(found, "shop_requests_in_flight") == 1
        [about] = [key for key in found if key[0] == "shop_build_info"]
        assert ("release", "1.2.3") in about[1]
        # What a worker has counted outlives it.
        victim = asked()[0]["pid"]
        os.kill(victim, signal.SIGKILL)
        wait_until(
            lambda: sum("Booting worker" in one["event"] for one in lines()) == 3,
            "another worker is there",
        )
        wait_until(live, "it serves")
        found = figures()
        assert count(found) == total
        assert value(found, "shop_requests_in_flight") == 1
        # gunicorn's own lines are among them, and in the file too.
        names = {one["logger"] for one in lines()}
        assert {"gunicorn.error", "shop.requests"} <= names
        written = (tmp_path / "logs" / "shop.log").read_text().splitlines()
        told = [json.loads(line) for line in written]
        assert len([one for one in told if one.get("route") == "worker"]) == total
        assert {"gunicorn.error", "shop.requests"} <= {one["logger"] for one in told}
    finally:
        process.stop()


def test_a_former_runs_figures_are_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path / "figures"))
    assert share_figures() == str(tmp_path / "figures")
    (tmp_path / "figures" / "counter_1.db").touch()
    (tmp_path / "figures" / "mine.txt").touch()
    share_figures()
    assert [file.name for file in (tmp_path / "figures").iterdir()] == ["mine.txt"]


def test_a_directory_of_its_own_goes_with_the_process() -> None:
    """In another process: it is made before the library is loaded, as in gunicorn."""
    program = (
        "import os; from shop.serving import share_figures; print(share_figures());"
        "assert os.path.isdir(os.environ['PROMETHEUS_MULTIPROC_DIR']);"
        "import sys; assert 'prometheus_client' not in sys.modules"
    )
    variables = {**os.environ, "PYTHONPATH": str(ROOT)}
    variables.pop("PROMETHEUS_MULTIPROC_DIR", None)
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-c", program],
        env=variables,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert "shop-figures-" in done.stdout and not Path(done.stdout.strip()).exists()


def test_the_configuration_of_make_run_has_both() -> None:
    text = (ROOT / "scripts" / "gunicorn.conf.py").read_text()
    for name in ("logger_class = Logger", "share_figures()", "child_exit"):
        assert name in text
