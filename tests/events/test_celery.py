"""Real workers and a real beat on RabbitMQ: `celery -A shop worker`, `… beat`."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from celery import current_app
from kombu import Connection, Queue

from events.models import Delivery
from events.services import deliver_due
from tests.events.conftest import Clock, Inboxes
from tests.events.processes import IN_WORKER, a_worker, beat, known
from tests.events.proxy import Wire
from tests.events.says import say
from tests.events.subscribing import REACHED, note, noted, subscribed
from tests.faults.processes import ROOT, wait_until

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.rabbitmq,
    pytest.mark.django_db(transaction=True),
]
COMMIT = """
import django
django.setup()
from time import sleep
from uuid import uuid4
from django.db import transaction
from events.models import OutboxMessage
from events.services import emit
with transaction.atomic():
    emit("thing_changed", uuid4(), {"n": 1})
while OutboxMessage.objects.pending().exists():
    sleep(0.02)
"""
PUBLISH = f"""
import django
django.setup()
import {IN_WORKER}
from django.core.management import call_command
call_command("publish_outbox", once=True)
"""


@pytest.fixture
def _queue(broker: str, settings: Any) -> Iterator[None]:
    """The tasks of this test are gone afterwards."""
    yield
    with Connection(broker, connect_timeout=5) as connection:
        name = known()["FAULTS_QUEUE"]
        queue = Queue(name, channel=connection.default_channel)
        queue.delete()
        connection.default_channel.exchange_delete(name)


def python(code: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    """What a process of the shop says that runs this code."""
    return subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", code],
        env=known(**variables),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )


@pytest.mark.usefixtures("_queue")
def test_the_schedule_sends_and_answers(inbox: Inboxes) -> None:
    everything = inbox()
    event = say(n=1)
    with a_worker(), beat():
        wait_until(lambda: noted() == [1], "it is answered")
    assert everything.ids() == [str(event.pk)]
    assert Delivery.objects.get().status == "done"


@pytest.mark.usefixtures("_queue")
def test_a_commit_wakes_the_relay_of_a_worker() -> None:
    """No beat runs: the process that commits sends the task."""
    with a_worker():
        python(COMMIT)
        wait_until(lambda: noted() == [1], "it is answered")


@pytest.mark.usefixtures("_queue")
def test_an_answer_whose_worker_was_killed_is_given_by_another(tmp_path: Path) -> None:
    hold = tmp_path / "hold"
    hold.touch()
    with a_worker(FAULTS_HOLD=str(hold)) as worker:
        python(COMMIT)
        wait_until(Path(f"{hold}{REACHED}").exists, "it is in the middle")
        worker.stop()
    assert noted() == []
    assert Delivery.objects.get().status == "pending"
    hold.unlink()
    with a_worker():
        wait_until(lambda: noted() == [1], "another has answered")
    delivery = Delivery.objects.get()
    assert (delivery.status, delivery.attempts) == ("done", 1)


@pytest.mark.usefixtures("_queue")
def test_an_answer_that_hangs_is_ended_and_tried_again(
    tmp_path: Path, clock: Clock
) -> None:
    hold = tmp_path / "hold"
    hold.touch()
    with a_worker(FAULTS_SOFT_TIME_LIMIT="1", FAULTS_HOLD=str(hold)):
        python(COMMIT)
        wait_until(lambda: Delivery.objects.filter(attempts=1).exists(), "it is ended")
    delivery = Delivery.objects.get()
    assert (delivery.status, noted()) == ("pending", [])
    assert delivery.last_error.startswith("SoftTimeLimitExceeded")
    clock.tick()
    with subscribed(note):
        deliver_due()
    assert noted() == [1]


def test_a_broker_that_dies_after_the_events_undoes_nothing(
    broker: str, inbox: Inboxes, clock: Clock
) -> None:
    """The relay's connection works; no other is taken, so no task can be sent."""
    everything = inbox()
    said = [say(n=n) for n in range(3)]
    wire = Wire(broker)
    wire.at_most = 1
    try:
        done = python(PUBLISH, RABBITMQ_URL=wire.url())
    finally:
        wire.close()
    assert "sent 3, parked 0, pending 0" in done.stdout
    assert "deliveries will be started by their schedule" in done.stdout
    assert everything.ids() == [str(event.pk) for event in said]
    assert noted() == []
    clock.tick()
    with subscribed(note):
        deliver_due()
    assert noted() == [0, 1, 2]


def test_the_settings_of_tasks() -> None:
    conf = current_app.conf
    assert conf.task_acks_late is True
    assert conf.task_reject_on_worker_lost is True
    assert conf.worker_prefetch_multiplier == 1
    assert conf.task_ignore_result is True
    assert 0 < conf.task_soft_time_limit < conf.task_time_limit
    queues = {queue.name for queue in conf.task_queues}
    assert {route["queue"] for route in conf.task_routes.values()} <= queues
    assert conf.task_default_queue in queues
