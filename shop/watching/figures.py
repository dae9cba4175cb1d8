"""Figures that are read when somebody asks: what is so now, for the whole shop.

An app says its own in a module `figures.py`:

    @figure("shop_letters_waiting", "Letters that are to be sent")
    def letters_waiting() -> float: ...

One function gives one number, a mapping (label → number), or None (there is no such
thing here). It asks the database a question that an index answers.

All of them are read at most once in KEPT seconds, by one process for all that share a
cache. Where the database does not answer, they are absent and `shop_up` says so: an
absent figure is honest, an old one is not.
"""

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from django.db import InterfaceError, OperationalError, connection, transaction
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

logger = logging.getLogger(__name__)

KEPT = 10
KEY = "watching:figures"
# Milliseconds that PostgreSQL may think about one of them.
PATIENCE = 1000

Number = float | int
Reading = Number | Mapping[str, Number] | None


@dataclass(frozen=True)
class Figure:
    name: str
    help: str
    label: str
    counts_up: bool
    read: Callable[[], Any]


FIGURES: dict[str, Figure] = {}


def figure(
    name: str, help: str, *, label: str = "", counts_up: bool = False
) -> Callable[[Callable[[], Any]], Callable[[], Any]]:
    """The function answers this figure. `counts_up`: it falls only to begin at 0."""

    def register(read: Callable[[], Any]) -> Callable[[], Any]:
        FIGURES[name] = Figure(name, help, label, counts_up, read)
        return read

    return register


def read_all() -> dict[str, Any]:
    """Each figure's reading, as it was within the last KEPT seconds."""
    kept = cache.get(KEY)
    if kept is None:
        kept = _read_all()
        cache.set(KEY, kept, KEPT)
    return dict(kept)


def _read_all() -> dict[str, Any]:
    began = time.perf_counter()
    readings: dict[str, Any] = {}
    database = True
    for one in FIGURES.values():
        try:
            with _quickly():
                readings[one.name] = one.read()
        except (OperationalError, InterfaceError) as error:
            logger.warning("figure %s cannot be read: %s", one.name, error)
            database = _answers()
            if not database:
                break
        except Exception:
            logger.exception("figure %s cannot be read", one.name)
    readings["shop_up"] = {"db": int(database), **_other_parts(readings)}
    readings["shop_figures_seconds"] = time.perf_counter() - began
    return readings


@contextmanager
def _quickly() -> Iterator[None]:
    """PostgreSQL thinks for so long; SQLite's transaction would keep out who writes."""
    if connection.vendor != "postgresql":
        yield
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL statement_timeout = {PATIENCE}")
        yield


def _answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except (OperationalError, InterfaceError):
        return False
    return True


def _other_parts(readings: dict[str, Any]) -> dict[str, int]:
    from shop.watching.parts import broker_queues, redis_answers

    parts = {}
    if (redis := redis_answers()) is not None:
        parts["redis"] = int(redis)
    if (queues := broker_queues()) is not None:
        parts["rabbitmq"] = int(bool(queues))
        readings["shop_queue_messages"] = queues
    return parts


class ReadFigures(Collector):
    """Hands the readings to whoever collects."""

    def collect(self) -> Iterator[GaugeMetricFamily | CounterMetricFamily]:
        readings = read_all()
        for one in [*FIGURES.values(), *OWN]:
            reading = readings.get(one.name)
            if reading is None:
                continue
            family = CounterMetricFamily if one.counts_up else GaugeMetricFamily
            labels = [one.label] if one.label else []
            found = family(one.name, one.help, labels=labels)
            if one.label:
                for value, number in reading.items():
                    found.add_metric([value], number)
            else:
                found.add_metric([], reading)
            yield found


OWN = [
    Figure("shop_up", "1: the part answers", "part", False, dict),
    Figure("shop_queue_messages", "Tasks that wait in RabbitMQ", "queue", False, dict),
    Figure("shop_figures_seconds", "Seconds that reading took", "", False, dict),
]
