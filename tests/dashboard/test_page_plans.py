"""What waits is read from the indexes of what is undone, in a shop of many orders."""

from typing import Any

import pytest
from django.db import connection

from dashboard.reports import todo
from orders.models import Order
from tests.backoffice import office
from tests.factories import make_product
from tests.many import make_many_orders, rows_read
from tests.plans import scans, selects, vacuum

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

COUNT = 20_000
LARGE = [
    "orders_order", "payments_payment", "payments_refund", "outbox_messages",
    "events_delivery", "notifications_letter",
]  # fmt: skip
MESSAGES = """
INSERT INTO outbox_messages (id, event_type, aggregate, payload, status, attempts,
                             refusals, last_error, created_at)
SELECT gen_random_uuid(), 'order_paid', 'x' || n, '{}',
       CASE WHEN n % 2000 = 0 THEN 'parked' ELSE 'sent' END, 1, 0, '', now()
FROM generate_series(1, 20000) AS n
"""
DELIVERIES = """
INSERT INTO events_delivery (message_id, subscriber, aggregate, status, attempts,
                             last_error, created_at)
SELECT id, 'letters', aggregate,
       CASE status WHEN 'parked' THEN 'parked' ELSE 'done' END, 1, '', now()
FROM outbox_messages
"""
LETTERS = """
INSERT INTO notifications_letter (id, kind, recipient, language, about, facts,
                                  message_id, status, attempts, last_error, created_at)
SELECT gen_random_uuid(), 'welcome', 'a@example.com', '', aggregate, '{}', id,
       CASE status WHEN 'parked' THEN 'failed' ELSE 'sent' END, 1, '', now()
FROM outbox_messages
"""


def test_nothing_that_was_done_is_read(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The open orders of this shop are all of the last hours.
    settings.ORDER_LATE_DAYS = settings.ORDER_UNPAID_DAYS = 0
    make_product(stock=0)
    make_many_orders(COUNT)
    with connection.cursor() as cursor:
        for insert in (MESSAGES, DELIVERIES, LETTERS):
            cursor.execute(insert)
    vacuum()
    client = office()
    client.get("/admin/")
    # The figures have plans of their own.
    monkeypatch.setattr("dashboard.stats_views.may", lambda user, right: False)
    with selects() as statements:
        page = client.get("/admin/")
    counts = {task.code: task.count_shown for task in page.context["todo"]}
    assert counts.keys() == {kind.code for kind in todo.KINDS}
    assert counts["events"] == counts["deliveries"] == counts["letters"] == "10"
    assert [sql for table in LARGE for sql in scans(statements, table)] == []
    open_orders = Order.objects.filter(status__in=Order.OPEN).count()
    read: dict[str, Any] = {}
    for statement in statements:
        for table, rows in rows_read(statement).items():
            read[table] = max(read.get(table, 0), rows)
    assert read["orders_order"] <= open_orders
    assert max(read[table] for table in LARGE if table in read) <= open_orders
