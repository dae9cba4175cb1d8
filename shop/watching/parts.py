"""Redis and RabbitMQ, asked briefly."""

import logging

from amqp.exceptions import NotFound
from django.conf import settings
from django.core.cache import cache
from django_redis import get_redis_connection
from kombu import Connection

logger = logging.getLogger(__name__)

# Seconds, for the connection and for each answer on it.
PATIENCE = 1
# When a scheduled task was last done, so beat and a worker are alive.
SCHEDULE_KEY = "watching:schedule"
SCHEDULE_TASK = "dashboard.tasks.keep_totals"


def redis_answers() -> bool | None:
    """None: the shop has no Redis."""
    if not settings.REDIS_URL:
        return None
    try:
        return bool(get_redis_connection("default").ping())
    except Exception as error:  # whatever a driver raises, it does not answer
        logger.warning("redis does not answer: %s", error)
        return False


def broker_queues() -> dict[str, int] | None:
    """How many tasks wait in each queue; empty: no answer; None: there is no broker."""
    url = settings.RABBITMQ_URL
    if not url:
        return None
    ssl = {"server_hostname": None} if url.startswith("amqps://") else False
    waiting: dict[str, int] = {}
    connection = Connection(url, connect_timeout=PATIENCE, heartbeat=0, ssl=ssl)
    try:
        connection.ensure_connection(max_retries=max(len(connection.alt) - 1, 0))
        connection.connection.sock.settimeout(PATIENCE)
        for queue in settings.CELERY_TASK_QUEUES:
            # What is not there closes the channel.
            channel = connection.channel()
            try:
                found = channel.queue_declare(queue.name, passive=True)
                waiting[queue.name] = found.message_count
                channel.close()
            except NotFound:
                waiting[queue.name] = 0
    except Exception as error:  # whatever a driver raises, it does not answer
        logger.warning("rabbitmq does not answer: %s", error)
        return {}
    finally:
        connection.collect()
    return waiting


def note_schedule(now: float) -> None:
    """A task of the schedule has been done just now."""
    cache.set(SCHEDULE_KEY, now, None)


def schedule_seen() -> float | None:
    """When that was, as a Unix time; None: not since the cache was emptied."""
    found = cache.get(SCHEDULE_KEY)
    return None if found is None else float(found)
