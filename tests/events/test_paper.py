"""What docs/API.md says of events: its table, and the consumer that it offers."""

import os
import re
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings
from kombu import Connection

from events.models import OutboxMessage
from events.services import relay
from tests.events.says import say
from tests.faults.database import own_name
from tests.faults.processes import ROOT, wait_until

PAGE = (ROOT / "docs" / "API.md").read_text(encoding="utf-8").split("## Events")[1]


def test_the_table_names_the_routing_keys() -> None:
    rows = re.findall(r"^\| `(\w+)` \| `([\w.]+)` \|", PAGE, re.MULTILINE)
    assert len(rows) == 15
    for event_type, key in rows:
        assert OutboxMessage(event_type=event_type).routing_key == key


@pytest.mark.rabbitmq
@pytest.mark.django_db(transaction=True)
def test_the_consumer_hears_each_event_once(broker: str, tmp_path: Path) -> None:
    (code,) = re.findall(r"```python\n(.+?)```", PAGE, re.DOTALL)
    queue = own_name("my-orders")
    # The broker is shared with others: its exchange and queue are this test's own.
    code = code.replace("shop_events", settings.OUTBOX_EXCHANGE)
    code = code.replace("my-orders", queue)
    said = tmp_path / "said"
    with Connection(broker) as connection, said.open("w") as out:
        consumer = subprocess.Popen(  # noqa: S603 - our own code
            [sys.executable, "-c", code],
            env={**os.environ, "RABBITMQ_URL": broker},
            stdout=out,
            stderr=subprocess.STDOUT,
        )
        try:

            def listens() -> bool:
                channel = connection.channel()
                try:
                    return (
                        channel.queue_declare(queue, passive=True).consumer_count == 1
                    )
                except connection.channel_errors:
                    return False

            wait_until(listens, "the consumer listens")
            first, second = uuid4(), uuid4()
            event = say("order_created", first, order_id=first)
            say("user_created", id=uuid4())
            relay()
            OutboxMessage.objects.filter(pk=event.pk).update(status="pending")
            relay()
            say("order_paid", second, order_id=second)
            relay()
            expected = f"order_created {first}\norder_paid {second}\n"
            wait_until(lambda: len(said.read_text()) >= len(expected), "both are heard")
            assert said.read_text() == expected
            channel = connection.channel()
            assert channel.queue_declare(queue, passive=True).message_count == 0
        finally:
            consumer.kill()
            consumer.wait()
            connection.channel().queue_delete(queue)


def test_the_exchange_is_named_as_promised() -> None:
    from shop import settings as of_the_shop

    assert of_the_shop.OUTBOX_EXCHANGE == "shop_events"
    assert '"shop_events"' in PAGE
