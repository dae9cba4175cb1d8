"""From the API to the mailbox, as the embedded default does it; and two at once."""

from typing import Any

import pytest
from django.core import mail
from django.db import transaction
from django.test import Client
from django.utils import timezone

from catalog.models import Product
from events.models import OutboxMessage
from notifications import services
from notifications.models import Letter
from notifications.services import sending
from notifications.tasks import forget_letters, send_due_letters
from orders.models import Order
from tests.backoffice import staff_with
from tests.concurrency.helpers import Meeting, run_together
from tests.factories import make_product
from tests.notifications.helpers import make_letter, of, states, tell
from tests.services.launcher import free_port

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def awake(settings: Any) -> None:
    settings.OUTBOX_WAKE = True


def order(product: Product, quantity: int, language: str) -> Order:
    line = {"sku": product.sku, "quantity": quantity}
    data = {"items": [line], "email": "guest@example.com"}
    response = Client(headers={"accept-language": language}).post(
        "/api/orders", data, content_type="application/json"
    )
    assert response.status_code == 201
    return Order.objects.get(pk=response.json()["id"])


def test_an_order_is_told_of_at_once_and_once(awake: None) -> None:
    product = make_product(name="Tea", stock=10, price="1200.00")
    clerk = staff_with("orders.view_order", "catalog.view_product")

    placed = order(product, 8, "kk")

    assert sorted(of(mail.outbox)) == sorted(
        [
            ("guest@example.com", f"№{placed.number} тапсырыс қабылданды"),
            (
                clerk.email,
                f"Новый заказ №{placed.number} на 9.600,00\N{NO-BREAK SPACE}₸",
            ),
        ]
    )
    # What runs low waits a minute for company, and then for the schedule.
    mail.outbox.clear()
    send_due_letters()
    assert mail.outbox == []
    Letter.objects.filter(status="pending").update(next_attempt_at=timezone.now())
    send_due_letters.delay()
    assert of(mail.outbox) == [(clerk.email, "Заканчивается: Tea")]

    mail.outbox.clear()
    send_due_letters()
    assert mail.outbox == []
    assert {status for _, status in states()} == {"sent"}


def test_registering_is_welcomed_at_once(awake: None) -> None:
    data = {"email": "new@example.com", "password": "correct horse battery"}
    Client(headers={"accept-language": "en"}).post("/auth/register", data)

    assert of(mail.outbox) == [("new@example.com", "Welcome to Duken")]


def test_a_mail_server_that_is_down_delays_no_order(awake: None, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    product = make_product(stock=10)

    for _ in range(2):
        order(product, 1, "en")

    # The first asked in vain; the second did not ask again.
    tried = Letter.objects.order_by("id").values_list("status", "attempts")
    assert list(tried) == [("pending", 1), ("pending", 0)]


def test_letters_about_one_order_keep_their_order() -> None:
    """The first has to wait, and so does the second; a stranger's does not."""
    facts = {"order_id": str(Order().pk)}
    about = {"about": "1", "recipient": "a@example.com", "facts": facts}
    first = make_letter(kind="order_placed", **about)
    make_letter(kind="order_paid", **about)
    make_letter(kind="order_paid", **{**about, "recipient": "b@example.com"})
    make_letter(kind="order_paid", **{**about, "about": "2"})
    later = timezone.now() + timezone.timedelta(hours=1)
    Letter.objects.filter(pk=first.pk).update(next_attempt_at=later)

    services.send_due_letters()

    done = ["pending", "pending", "canceled", "canceled"]
    assert [status for _, status in states()] == done
    Letter.objects.filter(pk=first.pk).update(status="failed")
    services.send_due_letters()
    assert [status for _, status in states()] == ["failed", *["canceled"] * 3]


def test_a_request_sends_its_own_letters_and_no_backlog() -> None:
    backlog, own = make_letter(), make_letter()

    assert services.send_letters([own.pk]) == 1

    backlog.refresh_from_db()
    assert backlog.status == "pending"
    assert [letter.to for letter in mail.outbox] == [[own.recipient]]


@pytest.mark.postgres
def test_several_workers_send_each_letter_once() -> None:
    letters = [make_letter() for _ in range(30)]

    counts = run_together(services.send_due_letters, [()] * 4)

    assert sum(counts) == 30
    assert sorted(letter.to[0] for letter in mail.outbox) == sorted(
        letter.recipient for letter in letters
    )


@pytest.mark.postgres
def test_without_the_claim_they_send_some_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The twin: it looks, and then writes."""

    meeting = Meeting(2, patience=20)

    def look_and_take(only: Any) -> Letter | None:
        letter = Letter.objects.due(timezone.now()).first()
        if letter is None:
            return None
        meeting.wait()
        Letter.objects.filter(pk=letter.pk).update(
            status="sending", claimed_at=timezone.now()
        )
        return letter

    monkeypatch.setattr(sending, "_take", look_and_take)
    make_letter()

    run_together(services.send_due_letters, [()] * 2)

    assert len(mail.outbox) == 2


@pytest.mark.postgres
def test_what_falls_at_once_is_in_one_letter_whole() -> None:
    """Several workers take products into the same letter; none is written over."""
    staff_with("catalog.view_product")
    products = [make_product(stock=10) for _ in range(9)]
    messages = [
        tell("stock_low", p.pk, product_id=str(p.pk), sku=p.sku, stock=1)
        for p in products
    ]

    def answer(message: OutboxMessage) -> None:
        with transaction.atomic():
            services.write_low_stock(message)

    answer(messages[0])
    run_together(answer, messages[1:])

    [letter] = Letter.objects.all()
    assert sorted(letter.facts["product_ids"]) == sorted(str(p.pk) for p in products)


def test_old_letters_are_forgotten_and_open_ones_are_not() -> None:
    ages = {"sent": 91, "canceled": 91, "failed": 91, "pending": 91, "sending": 91}
    for status in ages:
        make_letter(status=status)
    make_letter(status="sent")
    long_ago = timezone.now() - timezone.timedelta(days=91)
    ids = list(Letter.objects.order_by("id").values_list("pk", flat=True))[:5]
    Letter.objects.filter(pk__in=ids).update(created_at=long_ago)

    forget_letters()

    assert [status for _, status in states()] == ["pending", "sending", "sent"]
