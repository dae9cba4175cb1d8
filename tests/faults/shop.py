"""A whole shop for one test: its database, its Redis, its web server."""

import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

import httpx
from redis import Redis

from tests.faults.database import Database
from tests.faults.processes import ROOT, Process, wait_until
from tests.services import redis as redis_server
from tests.services.launcher import free_port

SECRET = "for-fault-tests-only-" + "x" * 40
WORKERS, THREADS = 3, 4


class OwnRedis:
    """A Redis server of this shop alone, because it has to die."""

    def __init__(self) -> None:
        self.url = redis_server.start("any")
        self._port = int(self.url.rpartition(":")[2])

    def kill(self) -> None:
        """It is gone, as after a power cut, and so is what it held."""
        with Redis.from_url(self.url) as client:
            pid = int(client.info("server")["process_id"])
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not self.answers(), "Redis is gone")

    def revive(self) -> None:
        """It is back at the same address, empty."""
        redis_server.start("any", self._port)

    def answers(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self._port), timeout=3).close()
        except OSError:
            return False
        return True

    def stop(self) -> None:
        if self.answers():
            self.kill()


class Shop:
    """gunicorn with several workers over a copy of the prepared database.

    `variables` are added to its environment; FAULTS among them builds faults in.
    """

    def __init__(
        self,
        template: Database,
        database: Database,
        *,
        workers: int = WORKERS,
        **variables: str,
    ) -> None:
        self.database = database
        # Goes with everything else of this run.
        self.directory = Path(tempfile.mkdtemp(dir=os.environ["TEST_DIRECTORY"]))
        (self.directory / "workers").mkdir()
        self._ends = ExitStack()
        try:
            database.create(template.name)
            self._ends.callback(database.drop)
            self.redis = OwnRedis()
            self._ends.callback(self.redis.stop)
            port = free_port()
            self.url = f"http://127.0.0.1:{port}"
            self.environment = environment(
                DATABASE_URL=database.url,
                REDIS_URL=self.redis.url,
                SHOP_URL=self.url,
                FAULTS_DIRECTORY=str(self.directory),
                **variables,
            )
            self._start(port, workers)
        except BaseException:
            self._ends.close()
            raise

    def close(self) -> None:
        """Nothing of it is left."""
        self._ends.close()

    def _start(self, port: int, workers: int) -> None:
        wsgi = "tests.faults.wsgi" if "FAULTS" in self.environment else "shop.wsgi"
        command = [
            *(sys.executable, "-m", "gunicorn", wsgi, "--bind", f"127.0.0.1:{port}"),
            *("--worker-class", "gthread", "--workers", str(workers)),
            *("--threads", str(THREADS), "--config", str(CONFIG)),
            # Preloaded, a killed worker is replaced at once: time goes into requests.
            *("--preload", "--no-control-socket", "--log-level", "warning"),
        ]
        self.web = Process(command, self.environment)
        self._ends.callback(self.web.stop)
        self.web.wait_for(lambda: len(self.workers()) == workers, "all workers serve")

    def workers(self) -> list[int]:
        """The processes that serve now."""
        return [int(path.name) for path in (self.directory / "workers").iterdir()]

    def kill_worker(self) -> int:
        """One of the workers, whatever it is doing, is gone; the number of them: 1."""
        pid = random.choice(wait_until(self.workers, "a worker serves"))
        (self.directory / "workers" / str(pid)).unlink(missing_ok=True)
        os.kill(pid, signal.SIGKILL)
        return 1

    def manage(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return manage(self.environment, *arguments)

    def run(self, *command: str, **variables: str) -> Process:
        """Another program of this shop, for as long as the shop is there."""
        environment = {**self.environment, **variables}
        process = Process([sys.executable, "-m", *command], environment)
        self._ends.callback(process.stop)
        return process

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, timeout=30)


CONFIG = Path(__file__).with_name("gunicorn_conf.py")


def environment(**variables: str) -> dict[str, str]:
    """What a production server would be told, and where the tests' parts are."""
    return {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "DJANGO_SETTINGS_MODULE": "tests.faults.settings",
        "SECRET_KEY": SECRET,
        "DEBUG": "false",
        "HTTPS_ONLY": "false",
        "API_RATE_ANON": "",
        "API_RATE_USER": "",
        "FORM_RATE": "",
        "NEW_CART_RATE": "",
        "SEARCH_RATE": "",
        "REDIS_URL": "",
        "RABBITMQ_URL": "",
        "EMAIL_URL": "dummymail://",
        "PAYMENT_EMULATOR": "true",
        "PAYMENT_CALLBACK_SECRET": SECRET,
        "LOG_LEVEL": "WARNING",
        **variables,
    }


def manage(
    environment: dict[str, str], *arguments: str
) -> "subprocess.CompletedProcess[str]":
    """What `manage.py` answered."""
    return subprocess.run(  # noqa: S603 - our own command
        [sys.executable, ROOT / "manage.py", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
