"""A RabbitMQ of one test alone, because it has to stop; and who listens to it."""

import os
import shutil
import socket
import subprocess
import threading
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kombu import Connection, Consumer, Exchange, Queue
from kombu.exceptions import OperationalError

from tests.faults.processes import Process, wait_until
from tests.services import Missing
from tests.services.launcher import free_port

# Debian's own scripts leave root for another user, who may not write where tests do.
PATH = os.pathsep.join(["/usr/lib/rabbitmq/bin", os.environ.get("PATH", "")])
# The tests' keeper ends a server by SIGINT, which Erlang does not hear.
UNTIL_INTERRUPTED = "trap 'kill $!' INT; \"$@\" & wait $!; wait $!"


class OwnBroker:
    """A node of its own: on free ports, with nothing of the machine's settings."""

    def __init__(self) -> None:
        server = shutil.which("rabbitmq-server", path=PATH)
        self._control = shutil.which("rabbitmqctl", path=PATH)
        if not (server and self._control):
            raise Missing("rabbitmq-server is not installed")
        self._port = free_port()
        self.url = f"amqp://guest:guest@127.0.0.1:{self._port}//"
        command = ["/bin/sh", "-c", UNTIL_INTERRUPTED, "sh", server]
        self._process = Process(command, self._environment)
        self._process.wait_for(self.answers, "RabbitMQ answers")

    def _environment(self, directory: Path) -> dict[str, str]:
        self._variables = {
            **os.environ,
            "HOME": str(directory),  # where the node's cookie is
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": f"duken{self._port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self._port),
            "RABBITMQ_DIST_PORT": str(free_port()),
            "RABBITMQ_MNESIA_BASE": str(directory / "data"),
            "RABBITMQ_LOG_BASE": str(directory / "log"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(directory / "plugins"),
            "RABBITMQ_CONFIG_FILE": str(directory / "none"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(directory / "none"),
            "RABBITMQ_CONF_ENV_FILE": os.devnull,
        }
        return self._variables

    def stop_app(self) -> None:
        """It does not answer; what was persistent is on its disk."""
        assert self._done("stop_app")

    def start_app(self) -> None:
        """It answers again, at the same address."""
        wait_until(lambda: self._done("start_app"), "RabbitMQ has started")
        wait_until(self.answers, "RabbitMQ answers again")

    def answers(self) -> bool:
        try:
            with Connection(self.url, connect_timeout=3) as broker:
                broker.ensure_connection(max_retries=1, timeout=3)
        except (OSError, OperationalError):
            return False
        return True

    def close(self) -> None:
        self._process.stop()

    def _done(self, order: str) -> bool:
        """Whether the node has obeyed; one that is busy may not, and is asked again."""
        assert self._control
        done = subprocess.run(  # noqa: S603 - our own command
            [self._control, order],
            env=self._variables,
            check=False,
            capture_output=True,
            timeout=60,
        )
        return done.returncode == 0


@dataclass(frozen=True)
class Heard:
    message_id: str
    routing_key: str
    redelivered: bool


class Listener:
    """Writes down every event of the shop as it arrives, and only then acknowledges.

    Its queue is durable: what comes while it is away waits.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._queue = Queue("listener", Exchange("shop_events", "topic"), "#")
        self.heard: list[Heard] = []
        self._bound, self._over = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()
        assert self._bound.wait(30), "the listener found no broker"

    def close(self) -> None:
        self._over.set()
        self._thread.join(30)

    def first_heard(self) -> list[str]:
        """The messages without repeats, in the order of their first arrival."""
        return list(dict.fromkeys(one.message_id for one in self.heard))

    def repeats(self) -> dict[str, int]:
        """How often the shop sent what it had sent before."""
        sent: dict[str, int] = defaultdict(int)
        for one in self.heard:
            sent[one.message_id] += not one.redelivered
        return {key: n - 1 for key, n in sent.items() if n > 1}

    def _listen(self) -> None:
        known = Connection(self._url)
        gone = (OperationalError, *known.connection_errors, *known.channel_errors)
        while not self._over.is_set():
            try:
                with Connection(self._url, connect_timeout=3) as broker:
                    self._consume(broker)
            except gone:
                self._over.wait(0.1)

    def _consume(self, broker: Connection) -> None:
        with Consumer(broker.default_channel, self._queue, on_message=self._note):
            self._bound.set()
            while not self._over.is_set():
                try:
                    broker.drain_events(timeout=0.2)
                except socket.timeout:  # noqa: UP041 - TimeoutError is an OSError too
                    continue

    def _note(self, message: Any) -> None:
        properties, about = message.properties, message.delivery_info
        self.heard.append(
            Heard(properties["message_id"], about["routing_key"], about["redelivered"])
        )
        message.ack()
