"""The outbox in the back office."""

from typing import Any
from uuid import uuid4

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from events.models import ArchivedMessage, Delivery, OutboxMessage
from events.services import archive, relay
from tests.backoffice import messages, office, queries, staff_with
from tests.events.says import say, state
from tests.events.subscribing import note, noted, subscribed

pytestmark = pytest.mark.django_db
MESSAGES = reverse("admin:events_outboxmessage_changelist")
DELIVERIES = reverse("admin:events_delivery_changelist")
ARCHIVE = reverse("admin:events_archivedmessage_changelist")


def page_of(row: Any) -> str:
    return reverse(f"admin:events_{row._meta.model_name}_change", args=[row.pk])


def shown(page: Any) -> list[Any]:
    assert page.status_code == 200
    return list(page.context["cl"].result_list)


def parked(**fields: Any) -> OutboxMessage:
    message = say(**fields)
    OutboxMessage.objects.filter(pk=message.pk).update(
        status="parked", attempts=5, refusals=5, last_error="x" * 500
    )
    return message


def answered(n: int, **fields: Any) -> Delivery:
    with subscribed(note):
        message = say(n=n)
        relay()
    Delivery.objects.filter(message=message).update(**fields)
    return Delivery.objects.get(message=message)


def run(client: Client, url: str, action: str, *rows: Any) -> Any:
    data = {"action": action, "_selected_action": [row.pk for row in rows]}
    return client.post(url, data, follow=True)


# --- Reading --------------------------------------------------------------------------


def test_the_list_shows_and_filters() -> None:
    waiting, given_up = say(), parked()
    client = office()
    assert shown(client.get(MESSAGES)) == [given_up, waiting]
    for status, expected in (
        ("pending", [waiting]),
        ("parked", [given_up]),
        ("sent", []),
    ):
        assert shown(client.get(MESSAGES, {"status__exact": status})) == expected
    page = client.get(MESSAGES, {"status__exact": "parked"}).content.decode()
    assert "x" * 79 + "…" in page
    assert "x" * 80 not in page
    # The page itself has all of it.
    assert "x" * 500 in client.get(page_of(given_up)).content.decode()


def test_a_search_by_the_event_or_by_what_it_is_about() -> None:
    about = uuid4()
    first, second, other = say(about=about), say(about=about), say()
    client = office()

    def found(word: str, url: str = MESSAGES) -> list[Any]:
        return shown(client.get(url, {"q": word}))

    assert found(str(about)) == [second, first]
    assert found(about.hex.upper()) == [second, first]
    assert found(f" {other.pk} ") == [other]
    for nothing in (str(uuid4()), "x", "0' OR 1=1", "№", "a" * 5000):
        assert found(nothing) == []
    delivery = answered(1)
    assert found(str(delivery.message_id), DELIVERIES) == [delivery]
    assert found(delivery.aggregate, DELIVERIES) == [delivery]
    assert found(str(uuid4()), DELIVERIES) == []


def test_lists_take_the_same_number_of_queries_for_many() -> None:
    client = office()
    for url in (MESSAGES, DELIVERIES):
        for n in range(2):
            answered(n)
        few = queries(client, url)
        for n in range(10):
            answered(n)
        assert queries(client, url) == few


def test_an_event_shows_who_has_answered() -> None:
    delivery = answered(1)
    page = office().get(page_of(delivery.message)).content.decode()
    assert "tests.note" in page


def test_nothing_can_be_written() -> None:
    client = office()
    old = answered(1).message
    OutboxMessage.objects.filter(pk=old.pk).update(sent_at="2020-01-01T00:00:00Z")
    assert archive() == 1
    delivery = answered(2)
    rows = (delivery.message, delivery, ArchivedMessage.objects.get())
    for row in rows:
        name = f"admin:events_{row._meta.model_name}"
        assert client.get(page_of(row)).status_code == 200
        assert client.post(page_of(row), {"status": "pending"}).status_code == 403
        assert client.get(reverse(f"{name}_add")).status_code == 403
        deletion = reverse(f"{name}_delete", args=[row.pk])
        assert client.post(deletion, {"post": "yes"}).status_code == 403
        listed = client.get(reverse(f"{name}_changelist"))
        assert "delete_selected" not in listed.content.decode()
    assert shown(client.get(ARCHIVE)) == [rows[2]]


# --- Trying again ---------------------------------------------------------------------


def test_parked_events_are_sent_again() -> None:
    admin = office()
    given_up, sent = parked(), say()
    OutboxMessage.objects.filter(pk=sent.pk).update(status="sent")
    page = run(admin, MESSAGES, "send_again", given_up, sent)
    assert messages(page) == ["1 is sent again."]
    assert state(given_up) == ("pending", 5, 0)
    assert state(sent)[0] == "sent"
    (entry,) = LogEntry.objects.all()
    assert (entry.object_id, entry.change_message) == (
        str(given_up.pk),
        "To be sent again.",
    )
    assert relay().sent == 1
    assert state(given_up) == ("sent", 6, 0)


def test_an_event_that_waits_is_due_at_once() -> None:
    waiting = say()
    OutboxMessage.objects.update(next_attempt_at="2100-01-01T00:00:00Z", refusals=2)
    assert relay().sent == 0
    run(office(), MESSAGES, "send_again", waiting)
    assert relay().sent == 1


def test_what_needs_no_retry_says_so() -> None:
    page = run(office(), MESSAGES, "send_again", say())
    assert messages(page) == ["Nothing of this is parked or waits for another attempt."]
    assert not LogEntry.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_trying_again_wakes_the_relay(settings: Any) -> None:
    given_up = parked()
    settings.OUTBOX_WAKE = True
    run(office(), MESSAGES, "send_again", given_up)
    assert state(given_up)[0] == "sent"


@pytest.mark.django_db(transaction=True)
def test_parked_deliveries_are_answered_again() -> None:
    delivery = answered(7, status="parked", attempts=10, last_error="ValueError: no")
    with subscribed(note):
        page = run(office(), DELIVERIES, "deliver_again", delivery)
    assert messages(page) == ["1 is sent again."]
    assert noted() == [7, 7]
    delivery.refresh_from_db()
    assert (delivery.status, delivery.attempts) == ("done", 1)
    assert LogEntry.objects.get().object_id == str(delivery.pk)


@pytest.mark.parametrize(
    ("model", "url", "action"),
    [
        ("outboxmessage", MESSAGES, "send_again"),
        ("delivery", DELIVERIES, "deliver_again"),
    ],
)
def test_only_who_may_change_them_tries_again(
    model: str, url: str, action: str
) -> None:
    delivery = answered(1, status="parked")
    OutboxMessage.objects.update(status="parked")
    row = delivery.message if model == "outboxmessage" else delivery
    reader = office(staff_with(f"events.view_{model}"))
    assert action not in reader.get(url).content.decode()
    run(reader, url, action, row)
    row.refresh_from_db()
    assert row.status == "parked"
    assert not LogEntry.objects.exists()
    keeper = office(staff_with(f"events.view_{model}", f"events.change_{model}"))
    assert action in keeper.get(url).content.decode()
    run(keeper, url, action, row)
    row.refresh_from_db()
    assert row.status != "parked"
    stranger = office(staff_with("catalog.view_product"))
    assert stranger.get(url).status_code == 403
