"""The relay looks five times a second, also beside a month of sent events."""

from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.utils import timezone

from events.models import OutboxMessage
from events.services import emit_many, relaying
from tests.events.says import say
from tests.plans import nodes, selects

MANY = 20_000


def fill() -> None:
    with transaction.atomic():
        emit_many("thing_changed", [(uuid4(), {}) for _ in range(MANY)])
    OutboxMessage.objects.update(status="sent", sent_at=timezone.now())
    for _ in range(10):
        say()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_postgresql_reads_what_is_pending_from_indexes() -> None:
    fill()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE outbox_messages")
    with selects() as statements:
        assert len(relaying._due().with_body()[: relaying.BATCH]) == 10
        assert relaying._due().exists()
    assert len(statements) == 2
    for statement in statements:
        kinds = {node["Node Type"] for node in nodes(statement.explain())}
        assert "Index Scan" in kinds or "Index Only Scan" in kinds
        assert not kinds & {"Seq Scan", "Sort"}, kinds


@pytest.mark.embedded
@pytest.mark.django_db(transaction=True)
def test_sqlite_reads_what_is_pending_from_an_index() -> None:
    fill()
    found = relaying._due().with_body()[: relaying.BATCH]
    assert len(found) == 10
    plan = found.explain()
    assert "SCAN" not in plan.replace("SCAN U0 USING INDEX", "")
    assert "TEMP B-TREE" not in plan
