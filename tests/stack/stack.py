"""Every process of the shop as docker-compose.yml starts them, without the containers.

`python -m tests.stack` starts it by hand.
"""

import os
import sys
import tempfile
import threading
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import environ
import httpx
import yaml

from tests.faults.broker import OwnBroker
from tests.faults.database import Database
from tests.faults.post import PostOffice
from tests.faults.processes import ROOT, Process, wait_until
from tests.faults.shop import OwnRedis, Shop, environment
from tests.services.launcher import free_port
from tests.stack.proxy import Backend, Proxy
from tests.telegram.fake import TOKEN, FakeTelegram

# What docker-compose.yml starts by the image, and by which words.
SERVICES = {
    name: service["command"]
    for name, service in yaml.safe_load(
        (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    )["services"].items()
    if service.get("image") == "duken:local"
}


class Replica:
    """A web server with its workers, as a container or a pod has it."""

    def __init__(self, stack: "Stack") -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = stack.start(
            "web",
            GUNICORN_CMD_ARGS=f"--bind 127.0.0.1:{self.port} --graceful-timeout 10",
        )
        self.process.wait_for(self.is_live, "the web server answers")

    def is_live(self) -> bool:
        try:
            return httpx.get(f"{self.url}/health/live", timeout=5).status_code == 200
        except httpx.TransportError:
            return False

    def drain(self) -> None:
        """It answers what it has begun, and ends by itself."""
        self.process.terminate()
        wait_until(lambda: not self.process.is_running(), "the web server has ended")


class Stack(Shop):
    """PostgreSQL, Redis and RabbitMQ of its own; web, worker, beat and bot.

    The shop reaches each of the three by a wire of `wires`; shoppers reach its web
    servers by `front`, which takes them by turns.
    """

    def __init__(self, template: Database, database: Database, replicas: int) -> None:
        self.database = database
        self.directory = Path(tempfile.mkdtemp(dir=os.environ["TEST_DIRECTORY"]))
        self._ends = ExitStack()
        try:
            self._start_parts(template)
            self.front = self._wire()
            self.url = f"http://127.0.0.1:{self.front.port}"
            self.environment = environment(
                DATABASE_URL=database_through(self.wires["db"], database),
                REDIS_URL=through(self.wires["redis"], self.redis.url),
                RABBITMQ_URL=through(self.wires["rabbitmq"], self.broker.url),
                EMAIL_URL=self.post.url,
                TELEGRAM_BOT_TOKEN=TOKEN,
                TELEGRAM_API_URL=self.telegram.url,
                SHOP_URL=self.url,
                MIGRATE_ON_START="true",
                BEAT_SCHEDULE_FILE=str(self.directory / "beat"),
            )
            self.replicas = [Replica(self) for _ in range(replicas)]
            self.front.backends = [replica.port for replica in self.replicas]
            self.others = {name: self.start(name) for name in SERVICES if name != "web"}
            # How often each ended by itself, and was started again.
            self.restarts: Counter[str] = Counter()
            self._over = threading.Event()
            keeper = threading.Thread(target=self._restart_what_ends)
            keeper.start()
            self._ends.callback(keeper.join)
            self._ends.callback(self._over.set)
        except BaseException:
            self._ends.close()
            raise

    def _start_parts(self, template: Database) -> None:
        self.database.create(template.name)
        self._ends.callback(self.database.drop)
        self.redis = OwnRedis()
        self._ends.callback(self.redis.stop)
        self.broker = OwnBroker()
        self._ends.callback(self.broker.close)
        self.post = PostOffice()
        self._ends.callback(self.post.close)
        self.telegram = FakeTelegram()
        self._ends.callback(self.telegram.close)
        self.wires = {
            "db": self._wire(place_of(self.database)),
            "redis": self._wire(port_of(self.redis.url)),
            "rabbitmq": self._wire(port_of(self.broker.url)),
        }

    def _wire(self, *backends: Backend) -> Proxy:
        wire = Proxy(*backends)
        self._ends.callback(wire.close)
        return wire

    def start(self, service: str, **variables: str) -> Process:
        """The service of docker-compose.yml, by the entrypoint of its image."""
        command = [sys.executable, str(ROOT / "scripts/entrypoint.py")]
        process = Process(
            [*command, *SERVICES[service]], {**self.environment, **variables}
        )
        self._ends.callback(process.stop)
        return process

    def _restart_what_ends(self) -> None:
        """`restart: unless-stopped`, which each service has."""
        while not self._over.wait(0.5):
            for name, process in list(self.others.items()):
                if not process.is_running() and not self._over.is_set():
                    self.restarts[name] += 1
                    self.others[name] = self.start(name)

    def said(self) -> str:
        """The end of what each of the others has logged."""
        return "\n".join(
            f"--- {name}\n{process.said}" for name, process in self.others.items()
        )

    def replace(self, old: Replica) -> Replica:
        """As a rollout does it: a new one serves, the old one gets nobody new, ends."""
        new = Replica(self)
        self.front.backends.append(new.port)
        self.front.backends.remove(old.port)
        old.drain()
        self.replicas = [new if one is old else one for one in self.replicas]
        return new


def port_of(url: str) -> int:
    port = urlsplit(url).port
    assert port, f"{url} names no port"
    return port


def place_of(database: Database) -> Backend:
    """Where its server listens; a folder as the host is that of its socket."""
    known = environ.Env.db_url_config(database.url)
    port = int(known["PORT"] or 5432)
    host = str(known["HOST"])
    return f"{host}/.s.PGSQL.{port}" if host.startswith("/") else port


def database_through(wire: Proxy, database: Database) -> str:
    """Its address with the wire's port instead of the server's place."""
    account = urlsplit(database.url).netloc.rpartition("@")[0]
    return f"postgres://{account}@127.0.0.1:{wire.port}/{database.name}"


def through(wire: Proxy, url: str) -> str:
    """The address with the wire's port in it."""
    parts = urlsplit(url)
    known = parts.netloc.rpartition("@")[0]
    place = f"127.0.0.1:{wire.port}"
    netloc = f"{known}@{place}" if known else place
    return urlunsplit(parts._replace(netloc=netloc))
