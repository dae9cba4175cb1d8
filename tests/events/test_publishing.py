"""From the outbox to a real RabbitMQ."""

import json
from uuid import uuid4

import pytest

from events.broker import publisher
from events.models import OutboxMessage
from events.services import relay
from tests.events.conftest import Inboxes
from tests.events.rabbit import delete_exchange
from tests.events.says import say

pytestmark = [pytest.mark.rabbitmq, pytest.mark.django_db(transaction=True)]
Status = OutboxMessage.Status


def test_what_a_published_message_is_made_of(inbox: Inboxes) -> None:
    everything = inbox()
    about = uuid4()
    event = say("order_created", about, order_id=about, total_amount="200.00", й="ё")
    assert relay().sent == 1
    (message,) = everything.messages()
    assert message.properties == {
        "content_type": "application/json",
        "content_encoding": "utf-8",
        "application_headers": {"aggregate": str(about)},
        "delivery_mode": 2,
        "message_id": str(event.pk),
        "type": "order_created",
        "timestamp": message.properties["timestamp"],
    }
    assert message.delivery_info["routing_key"] == "order.created"
    sent = {"order_id": str(about), "total_amount": "200.00", "й": "ё"}
    assert json.loads(message.body) == sent
    assert message.payload == sent


def test_an_event_that_no_queue_is_bound_for_is_sent(broker: str) -> None:
    event = say()
    turn = relay()
    assert (turn.sent, turn.trouble) == (1, "")
    event.refresh_from_db()
    assert (event.status, event.attempts, event.last_error) == (Status.SENT, 1, "")
    assert event.sent_at is not None


def test_a_batch_keeps_its_order(inbox: Inboxes) -> None:
    everything = inbox()
    things = [uuid4() for _ in range(3)]
    said = [say(about=things[n % 3], n=n) for n in range(250)]
    assert relay().sent == 250
    messages = everything.messages()
    assert {m.properties["message_id"] for m in messages} == {str(e.pk) for e in said}
    assert len(messages) == 250
    for thing in things:
        order = [
            m.payload["n"] for m in messages if m.headers["aggregate"] == str(thing)
        ]
        assert order == sorted(order)


def test_the_exchange_is_declared_again_after_it_was_deleted(
    broker: str, inbox: Inboxes
) -> None:
    say()
    assert relay().sent == 1
    delete_exchange(broker)
    say()
    assert relay().sent == 1
    everything = inbox()
    event = say()
    assert relay().sent == 1
    assert everything.ids() == [str(event.pk)]


def test_a_connection_that_was_lost_while_idle_is_opened_anew(inbox: Inboxes) -> None:
    everything = inbox()
    first = say()
    relay()
    publisher()._connection.connection.sock.shutdown(2)
    second = say()
    turn = relay()
    assert (turn.sent, turn.trouble) == (1, "")
    assert everything.ids() == [str(first.pk), str(second.pk)]
