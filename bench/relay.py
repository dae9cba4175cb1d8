"""Events a second from the outbox to RabbitMQ, and how long one takes from its commit.

Beside them, in one run, what kombu does with the same messages when it waits for the
confirm of each. A durable queue takes every message, as a subscriber's would.
"""

import json
import os
import statistics
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from time import perf_counter, sleep
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.management import call_command
from django.db import transaction
from kombu import Connection, Consumer, Producer, Queue

from bench.goods import Wrong
from bench.report import aligned
from events.broker import Publisher, body_of, connect_to_broker, exchange_of
from events.models import Delivery, OutboxMessage
from events.services import emit, relay
from events.subscribers import subscribers_of
from shop.bulk import insert_objects
from shop.ids import new_id
from tests.faults.processes import Process

LATEST = Path(__file__).parent / "results" / "relay.json"
ROOT = Path(__file__).resolve().parents[1]
GOAL = 0.5
FLOOR = "kombu, a confirm each"
QUEUE = "bench_listener"
# What nobody in the shop answers, and what its letters and pushes answer.
QUIET, ANSWERED = "product_updated", "order_paid"
STANDING = ("django", "publish_outbox", "--skip-checks")
WORKER = ("celery", "-A", "shop", "worker", "--concurrency", "1")
# Seconds to wait for one event, and between two of them.
PATIENCE, PAUSE = 30, 0.02


@dataclass(frozen=True)
class Size:
    messages: int = 20_000
    repeats: int = 5
    timed: int = 500


QUICK = Size(messages=2000, repeats=1, timed=50)


@dataclass
class Row:
    """Events a second, and to kombu's in the same repeat."""

    name: str
    rates: list[float] = field(default_factory=list)
    ratios: list[float] = field(default_factory=list)


@dataclass
class Latency:
    """Milliseconds from a commit to the arrival at a consumer."""

    name: str
    p50: float
    p99: float


@dataclass(frozen=True)
class Result:
    rows: list[Row]
    latencies: list[Latency]
    about: dict[str, Any]


def run(size: Size) -> Result:
    """All rows in turn, as often as asked. Wrong when an event is not in the queue."""
    call_command("migrate", verbosity=0)
    ways = {
        FLOOR: _publish_each,
        "batches alone, no database": _publish_batches,
        "relay, nobody answers": _relay,
        "relay, subscribers answer": _relay,
    }
    rows = {name: Row(name) for name in ways}
    with _queue() as queue:
        for _ in range(size.repeats):
            for name, carry in ways.items():
                sys.stderr.write(f"{name} …\n")
                kind = ANSWERED if name.endswith("subscribers answer") else QUIET
                messages = _fill(size.messages, kind)
                started = perf_counter()
                carry(messages)
                rate = size.messages / (perf_counter() - started)
                _prove(queue, name, size.messages, kind)
                rows[name].rates.append(rate)
                rows[name].ratios.append(rate / rows[FLOOR].rates[-1])
        latencies = [
            _latency("standing relay", size.timed, *STANDING),
            _latency("worker woken by a task", size.timed, *WORKER, woken=True),
        ]
    about = {"cores": os.cpu_count(), "size": asdict(size)}
    return Result(list(rows.values()), latencies, about)


def _publish_each(messages: list[OutboxMessage]) -> None:
    options = {"confirm_publish": True}
    with Connection(settings.RABBITMQ_URL, transport_options=options) as broker:
        producer = Producer(broker.default_channel, exchange_of(broker.default_channel))
        for message in messages:
            producer.publish(
                message.payload,
                routing_key=message.routing_key,
                serializer="json",
                delivery_mode=2,
                message_id=str(message.pk),
            )


def _publish_batches(messages: list[OutboxMessage]) -> None:
    publisher = Publisher()
    for start in range(0, len(messages), 100):
        ids = [message.pk for message in messages[start : start + 100]]
        batch = OutboxMessage.objects.filter(pk__in=ids).with_body()
        publisher.publish([(message, body_of(message)) for message in batch])
    publisher.close()


def _relay(messages: list[OutboxMessage]) -> None:
    relay()


def _fill(count: int, kind: str) -> list[OutboxMessage]:
    """Nothing but this many events is in the outbox; two of each thing."""
    OutboxMessage.objects.all().delete()
    things = [new_id() for _ in range(-(-count // 2))]
    messages = [_event(kind, things[n % len(things)]) for n in range(count)]
    insert_objects(OutboxMessage, messages)
    return messages


def _event(kind: str, thing: UUID) -> OutboxMessage:
    payload = {
        "order_id": str(thing),
        "customer_email": "buyer@example.com",
        "total_amount": "244500.53",
        "number": 1234,
        "status": "paid",
    }
    return OutboxMessage(event_type=kind, aggregate=str(thing), payload=payload)


def _prove(queue: Any, name: str, count: int, kind: str) -> None:
    found = queue.purge()
    if found != count:
        raise Wrong(f"{name}: {found} of {count} events arrived")
    if name.startswith("relay"):
        left = OutboxMessage.objects.exclude(status=OutboxMessage.Status.SENT).count()
        answers = count * len(list(subscribers_of(kind)))
        if left or Delivery.objects.count() != answers:
            raise Wrong(f"{name}: {left} events left, or not {answers} deliveries")


@contextmanager
def _queue() -> Iterator[Any]:
    """A queue for every event, which goes at the end with whatever else was made."""
    with Connection(settings.RABBITMQ_URL) as broker:
        channel = broker.default_channel
        exchange_of(channel).declare()
        queue = Queue(QUEUE, exchange_of(channel), "#", channel=channel)
        queue.declare()
        queue.purge()
        try:
            yield queue
        finally:
            queue.delete()
            exchange_of(channel).delete()
            for tasks in settings.CELERY_TASK_QUEUES:
                tasks(channel).delete()


def _latency(name: str, count: int, *program: str, woken: bool = False) -> Latency:
    """How long `count` events take that are committed one after the other."""
    sys.stderr.write(f"{name} …\n")
    OutboxMessage.objects.all().delete()
    settings.OUTBOX_WAKE = woken
    listener = _Listener()
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = Process([sys.executable, "-m", *program], environment)
    process.wait_for(listener.first_came, "the first event arrives")
    waits = []
    for _ in range(count):
        pk, committed = _commit()
        waits.append((listener.arrival(pk) - committed) * 1000)
        sleep(PAUSE)
    process.stop()
    listener.close()
    settings.OUTBOX_WAKE = False
    found = statistics.quantiles(waits, n=100)
    return Latency(name, found[49], found[98])


def _commit() -> tuple[str, float]:
    with transaction.atomic():
        message = emit(QUIET, new_id(), {"number": 1})
    return str(message.pk), perf_counter()


class _Listener:
    """Notes when each event arrives."""

    def __init__(self) -> None:
        self._times: dict[str, float] = {}
        self._news = threading.Condition()
        self._over = False
        self._first, _ = _commit()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def first_came(self) -> bool:
        return self._first in self._times

    def arrival(self, pk: str) -> float:
        with self._news:
            if not self._news.wait_for(lambda: pk in self._times, PATIENCE):
                raise Wrong(f"an event did not arrive in {PATIENCE} s")
            return self._times[pk]

    def close(self) -> None:
        self._over = True
        self._thread.join()

    def _listen(self) -> None:
        with connect_to_broker() as broker:
            queue = Queue(QUEUE, exchange_of(broker.default_channel), "#")
            with Consumer(broker.default_channel, queue, on_message=self._note):
                while not self._over:
                    try:
                        broker.drain_events(timeout=0.5)
                    except TimeoutError:
                        continue

    def _note(self, message: Any) -> None:
        with self._news:
            self._times[message.properties["message_id"]] = perf_counter()
            self._news.notify_all()
        message.ack()


HEAD = ("row", "events/s", "of kombu's")


def table(result: Result) -> str:
    """Medians of the repeats, and in brackets the least and the most."""
    lines = [HEAD, *(_cells(row) for row in result.rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(HEAD))]
    text = "\n".join(aligned(line, widths) for line in lines)
    times = "\n".join(
        f"from commit to consumer, {one.name}: p50 {one.p50:.1f} ms,"
        f" p99 {one.p99:.1f} ms"
        for one in result.latencies
    )
    ratio = statistics.median(result.rows[-1].ratios)
    word = "reached" if ratio >= GOAL else "missed"
    return (
        f"{text}\n\n{times}\n"
        f"goal, {GOAL} of kombu with subscribers: {word} ({ratio:.2f})"
    )


def save(result: Result, path: Path = LATEST) -> None:
    path.write_text(json.dumps(asdict(result), indent=1), encoding="utf-8")


def _cells(row: Row) -> tuple[str, ...]:
    low, high = min(row.ratios), max(row.ratios)
    ratio = f"{statistics.median(row.ratios):.2f} ({low:.2f}-{high:.2f})"
    rate = f"{statistics.median(row.rates):.0f}"
    return (row.name, rate, "1" if row.name == FLOOR else ratio)
