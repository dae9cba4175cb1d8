"""The queues of tasks, classic or replicated."""

from typing import Any

from celery import bootsteps
from kombu import Exchange, Queue

NAMES = ("default", "events", "notifications", "slow")
QUORUM = "quorum"
# A task that has killed, or lost, so many workers is given to no more of them …
DELIVERIES = 5
# … but lies here until somebody looks. Nobody consumes it.
POISON = Queue("poison-quorum", queue_arguments={"x-queue-type": QUORUM})
# Celery delays a task (`countdown`) in replicated queues by topic exchanges alone.
_TASKS = Exchange("tasks", "topic")


def queue_name(name: str, kind: str) -> str:
    """`events`, or `events-quorum`: the type of a queue that exists cannot change."""
    return f"{name}-{kind}" if kind == QUORUM else name


def task_queues(kind: str) -> list[Queue]:
    """All that a worker takes from unless it is told otherwise."""
    if kind != QUORUM:
        return [Queue(name) for name in NAMES]
    arguments = {
        "x-queue-type": QUORUM,
        "x-delivery-limit": DELIVERIES,
        "x-dead-letter-exchange": "",
        "x-dead-letter-routing-key": POISON.name,
    }
    names = [queue_name(name, kind) for name in NAMES]
    return [
        Queue(name, _TASKS, routing_key=name, queue_arguments=arguments)
        for name in names
    ]


class KeepPoison(bootsteps.StartStopStep):
    """Where poison goes exists before a worker takes its first task."""

    requires = {"celery.worker.consumer.connection:Connection"}

    def start(self, parent: Any) -> None:
        app = parent.app
        queues: list[Any] = list(app.amqp.queues.values())
        if any("x-delivery-limit" in (one.queue_arguments or {}) for one in queues):
            with app.connection_for_write() as connection:
                POISON(connection.default_channel).declare()
