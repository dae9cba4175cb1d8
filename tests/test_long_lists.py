"""Lists of what the shop writes by itself: letters, events, messages, changes.

Each order leaves several of these. A page of them looks at what it shows, whatever it
is narrowed to and however many there are.
"""

from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client

from events.models import ArchivedMessage, Delivery, OutboxMessage
from notifications.models import Letter
from shop import admin_lists
from telegram_bot.models import Chat, Push
from tests.backoffice import office, queries
from tests.factories import make_product
from tests.many import rows_read
from tests.plans import selects

COUNT, MOST = 12_000, 300
LETTERS = "/admin/notifications/letter/"
EVENTS = "/admin/events/outboxmessage/"
DELIVERIES = "/admin/events/delivery/"
ARCHIVE = "/admin/events/archivedmessage/"
PUSHES = "/admin/telegram_bot/push/"
CHANGES = "/admin/auditlog/logentry/"
TABLES = {
    "notifications_letter", "outbox_messages", "events_delivery", "outbox_archive",
    "telegram_bot_push", "auditlog_logentry",
}  # fmt: skip

# `n` counts from 1. Ids grow with time, as the shop's own do.
WORDS = {
    "id": "lpad(to_hex(n), 32, '0')::uuid",
    "later": "lpad(to_hex(n + 1000000), 32, '0')::uuid",
    "about": "md5((n % 4000)::text)",
    "count": COUNT,
}
FILL = [
    """
INSERT INTO outbox_messages (id, event_type, aggregate, payload, status, attempts,
    refusals, last_error, created_at, sent_at)
SELECT {id},
       CASE WHEN n % 3000 = 0 THEN 'product_deleted' ELSE 'order_paid' END, {about},
       '{{}}', CASE WHEN n % 4000 = 7 THEN 'parked' ELSE 'sent' END, 1, 0, '',
       now() - ({count} - n) * interval '1 minute', now()
FROM generate_series(1, {count}) AS n
""",
    """
INSERT INTO outbox_archive (id, event_type, aggregate, payload, attempts, last_error,
    created_at, sent_at)
SELECT {later},
       CASE WHEN n % 3000 = 0 THEN 'product_deleted' ELSE 'order_paid' END, {about},
       '{{}}', 1, '', now(), now()
FROM generate_series(1, {count}) AS n
""",
    """
INSERT INTO events_delivery (message_id, subscriber, aggregate, status, attempts,
    last_error, created_at)
SELECT id, 'letters', aggregate, CASE WHEN status = 'sent' THEN 'done' ELSE status END,
       1, '', created_at
FROM outbox_messages
""",
    """
INSERT INTO notifications_letter (id, kind, recipient, language, about, facts,
    message_id, status, attempts, last_error, created_at, sent_at)
SELECT {id},
       CASE WHEN n % 3000 = 0 THEN 'welcome' ELSE 'placed' END,
       'Person' || n || '@example.com', 'ru', {about}, '{{}}', {id},
       CASE WHEN n % 4000 = 7 THEN 'failed' ELSE 'sent' END, 1, '',
       now() - ({count} - n) * interval '1 minute', now()
FROM generate_series(1, {count}) AS n
""",
    """
INSERT INTO telegram_bot_push (chat_id, about, is_personal, text, status, attempts,
    last_error, created_at)
SELECT c.id, 'about-' || n, true, '', CASE WHEN n % 4000 = 7 THEN 'failed'
       ELSE 'sent' END, 1, '', now()
FROM generate_series(1, {count}) AS n, telegram_bot_chat AS c
""",
    """
INSERT INTO auditlog_logentry (content_type_id, object_pk, object_repr, action, changes,
    changes_text, timestamp)
SELECT (SELECT id FROM django_content_type WHERE model = 'product'), {about}, 'Чай', 1,
       '{{}}', '', now() - ({count} - n) * interval '1 minute'
FROM generate_series(1, {count}) AS n
""",
]
# A week ago, as the filter by date writes it.
AGO = "created_at__gte=2000-01-01+00%3A00%3A00%2B05%3A00"
ADDRESSES = [
    LETTERS, f"{LETTERS}?p=6", f"{LETTERS}?status__exact=failed",
    f"{LETTERS}?status__exact=pending", f"{LETTERS}?kind__exact=welcome",
    f"{LETTERS}?kind__exact=placed", f"{LETTERS}?{AGO}", f"{LETTERS}?o=1",
    f"{LETTERS}?o=6", f"{LETTERS}?o=-6",
    f"{LETTERS}?q=person77@EXAMPLE.com", f"{LETTERS}?q=nobody",
    EVENTS, f"{EVENTS}?p=6", f"{EVENTS}?status__exact=parked",
    f"{EVENTS}?status__exact=pending", f"{EVENTS}?event_type=product_deleted",
    f"{EVENTS}?o=1", f"{EVENTS}?q=c4ca4238a0b923820dcc509a6f75849b",
    f"{EVENTS}?q=nothing",
    DELIVERIES, f"{DELIVERIES}?p=6", f"{DELIVERIES}?status__exact=parked",
    f"{DELIVERIES}?status__exact=pending", f"{DELIVERIES}?o=2",
    f"{DELIVERIES}?subscriber=nobody", f"{DELIVERIES}?subscriber=letters",
    f"{DELIVERIES}?q=nothing",
    ARCHIVE, f"{ARCHIVE}?p=6", f"{ARCHIVE}?event_type=product_deleted",
    f"{ARCHIVE}?q=nothing",
    PUSHES, f"{PUSHES}?p=3", f"{PUSHES}?status__exact=failed",
    f"{PUSHES}?status__exact=pending", f"{PUSHES}?q=77",
    CHANGES, f"{CHANGES}?p=6", f"{CHANGES}?o=3",
]  # fmt: skip


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setattr(admin_lists, "MOST", MOST)
    return office()


@pytest.fixture
def many(transactional_db: Any) -> None:
    Chat.objects.create(chat_id=77, name="A chat")
    with connection.cursor() as cursor:
        for statement in FILL:
            cursor.execute(statement.format(**WORDS))
        cursor.execute(f"VACUUM (ANALYZE) {', '.join(sorted(TABLES))}")


def too_much(client: Client, address: str) -> dict[str, int]:
    cache.clear()
    with selects() as statements:
        assert client.get(address).status_code == 200, address
    read = [rows_read(one) for one in statements]
    return {
        table: rows
        for tables in read
        for table, rows in tables.items()
        if table in TABLES and rows > 2 * MOST
    }


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_no_list_reads_its_table(many: None, client: Client) -> None:
    read = {address: too_much(client, address) for address in ADDRESSES}
    assert {address: rows for address, rows in read.items() if rows} == {}

    page = client.get(LETTERS)
    assert page.context["cl"].result_count == MOST
    assert "The first 300: narrow the list to find the others." in page.text
    found = client.get(LETTERS, {"q": "person77@example.com"})
    assert [one.recipient for one in found.context["cl"].result_list] == [
        "Person77@example.com"
    ]
    rare = client.get(LETTERS, {"kind__exact": "welcome"})
    assert rare.context["cl"].result_count == COUNT // 3000


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address", [LETTERS, EVENTS, DELIVERIES, ARCHIVE, PUSHES, CHANGES]
)
def test_a_list_costs_the_same_for_1_and_30_rows(address: str) -> None:
    client = office()
    chat = Chat.objects.create(chat_id=77, name="A chat")

    def fill(count: int) -> None:
        for _ in range(count):
            message = OutboxMessage.objects.create(
                event_type="order_paid", aggregate="a", payload={}
            )
            Delivery.objects.create(message=message, subscriber="s", aggregate="a")
            ArchivedMessage.objects.create(
                id=message.pk, event_type="order_paid", aggregate="a", payload={},
                attempts=1, created_at=message.created_at, sent_at=message.created_at,
            )  # fmt: skip
            Letter.objects.create(
                kind="placed", recipient="a@example.com", about="a",
                message_id=message.pk,
            )  # fmt: skip
            Push.objects.create(chat=chat, text="Hello")
            make_product()

    fill(1)
    few = queries(client, address)
    fill(30)
    assert queries(client, address) == few
    assert client.get(address).context["cl"].result_count >= 31
