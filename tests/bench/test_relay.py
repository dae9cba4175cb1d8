"""The bench of the relay counts what arrived, and quotes ratios of one repeat."""

from typing import Any

import pytest

from bench import relay
from bench.goods import Wrong
from events.broker import close_publisher
from tests.faults.database import own_name


def a_result(*ratios: float) -> relay.Result:
    floor = relay.Row(relay.FLOOR, [1000.0 for _ in ratios], [1.0 for _ in ratios])
    rates = [1000 * ratio for ratio in ratios]
    answered = relay.Row("relay, subscribers answer", rates, list(ratios))
    latencies = [relay.Latency("worker woken by a task", 11.44, 18.26)]
    return relay.Result([floor, answered], latencies, {"cores": 2})


def test_the_table_quotes_the_ratio() -> None:
    text = relay.table(a_result(2.0, 3.0, 2.5))
    assert "kombu, a confirm each" in text
    assert "2500  2.50 (2.00-3.00)" in text
    assert "worker woken by a task: p50 11.4 ms, p99 18.3 ms" in text
    assert text.endswith("goal, 0.5 of kombu with subscribers: reached (2.50)")
    assert relay.table(a_result(0.49)).endswith("missed (0.49)")


@pytest.mark.rabbitmq
@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_every_way_brings_every_event(
    settings: Any, rabbitmq_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.RABBITMQ_URL = rabbitmq_url
    settings.OUTBOX_EXCHANGE = own_name("bench")
    settings.CELERY_TASK_QUEUES = []
    monkeypatch.setattr(relay, "QUEUE", own_name("bench"))
    with relay._queue() as queue:
        for carry in (relay._publish_each, relay._publish_batches, relay._relay):
            for kind in (relay.QUIET, relay.ANSWERED):
                carry(relay._fill(150, kind))
                name = "relay" if carry is relay._relay else "floor"
                relay._prove(queue, name, 150, kind)
        relay._relay(relay._fill(3, relay.QUIET))
        with pytest.raises(Wrong, match="odd: 3 of 4 events arrived"):
            relay._prove(queue, "odd", 4, relay.QUIET)
    close_publisher()
