"""Tasks in quorum queues of a real RabbitMQ: taken, given back, and put aside."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from celery import Celery
from kombu import Connection, Queue

from shop.queues import DELIVERIES, NAMES, POISON, QUORUM, queue_name, task_queues
from tests.faults.broker import OwnBroker
from tests.faults.processes import Process, wait_until
from tests.faults.shop import environment


@pytest.fixture(scope="module")
def broker() -> Iterator[OwnBroker]:
    found = OwnBroker()
    yield found
    found.close()


@pytest.fixture
def celery(broker: OwnBroker) -> Iterator[Celery]:
    """Sends tasks as the shop's processes do."""
    app = Celery("quorum", broker=broker.url, set_as_current=False)
    app.conf.task_queues = task_queues(QUORUM)
    app.conf.task_default_queue = queue_name("default", QUORUM)
    yield app
    app.close()


@contextmanager
def worker(broker: OwnBroker, name: str) -> Iterator[Process]:
    command = [
        *(sys.executable, "-m", "celery", "-A", "shop", "worker"),
        *("--concurrency", "1", "--loglevel", "info", "--hostname", f"{name}@%h"),
        *("--without-gossip", "--without-mingle"),
    ]
    told = environment(
        DATABASE_URL=f"sqlite:///{os.environ['TEST_DIRECTORY']}/quorum.sqlite3",
        RABBITMQ_URL=broker.url,
        RABBITMQ_QUEUE_TYPE=QUORUM,
        FAULTS_OWN_BROKER="1",
        FAULTS_IMPORTS="tests.growth.in_worker",
        LOG_LEVEL="INFO",
    )
    process = Process(command, told)
    try:
        process.wait_for(lambda: "ready." in process.said, "the worker is ready")
        yield process
    finally:
        process.stop()


@pytest.mark.rabbitmq
def test_the_task_of_a_killed_worker_is_done_by_another(broker, celery, tmp_path):
    note, end = tmp_path / "note", tmp_path / "end"
    with worker(broker, "first"):
        celery.send_task(
            "catalog.tasks.test_hold",
            (str(note), str(end)),
            queue=queue_name("slow", QUORUM),
        )
        wait_until(lambda: said(note) == "begun ", "the first has begun")
    # It was killed by -9.
    end.touch()
    with worker(broker, "second"):
        wait_until(lambda: said(note) == "begun begun done ", "the second has done it")
        # A task that is to come later waits in the broker, and comes.
        later = tmp_path / "later"
        celery.send_task(
            "catalog.tasks.test_hold",
            (str(later), str(end)),
            queue=queue_name("slow", QUORUM),
            countdown=1,
        )
        with Connection(broker.url) as connection:
            waiting = Queue("celery_delayed_0")(connection.default_channel)
            assert waiting.queue_declare(passive=True).queue == "celery_delayed_0"
        wait_until(lambda: said(later) == "begun done ", "the delayed task is done")


@pytest.mark.rabbitmq
def test_a_task_that_kills_its_workers_is_put_aside(broker, celery, tmp_path):
    note, after = tmp_path / "note", tmp_path / "after"
    after.touch()
    events = queue_name("events", QUORUM)
    with worker(broker, "victim"), Connection(broker.url) as connection:
        celery.send_task("events.tasks.test_die", (str(note),), queue=events)
        aside = POISON(connection.default_channel)
        message = wait_until(lambda: aside.get(no_ack=True), "it is put aside")
        # Whoever comes behind it is not kept waiting.
        again = (str(after), str(after))
        celery.send_task("catalog.tasks.test_hold", again, queue=events)
        wait_until(lambda: said(after) == "begun done ", "the next task is done")
    assert said(note).split() == ["died"] * (DELIVERIES + 1)
    assert message.headers["task"] == "events.tasks.test_die"
    assert message.headers["x-death"][0]["reason"] == "delivery_limit"
    assert message.headers["x-death"][0]["queue"] == events


def test_classic_queues_are_as_they_were():
    found = task_queues("classic")
    assert [queue.name for queue in found] == list(NAMES)
    assert all(queue.queue_arguments is None for queue in found)
    assert queue_name("events", "classic") == "events"


def said(note: Path) -> str:
    return note.read_text() if note.exists() else ""
