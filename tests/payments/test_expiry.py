"""Goods wait for an online payment so long, and no longer (contract §6)."""

from datetime import timedelta
from decimal import Decimal
from io import StringIO
from typing import Any
from unittest.mock import patch

import pytest
from celery import current_app
from django.core.management import call_command
from django.utils import timezone
from django.utils.translation import override

from catalog.models import Product
from events.models import OutboxMessage
from orders import services as orders
from orders.models import Order
from payments import services
from payments.exceptions import ProviderUnavailable
from payments.models import EmulatedCharge
from payments.providers.emulator import EmulatorProvider
from payments.services import check_orders
from shop.beat import EmbeddedScheduler, keep_schedule
from tests.factories import make_order, make_product
from tests.payments.callbacks import online_order, waiting_payment

pytestmark = pytest.mark.django_db


@pytest.fixture
def product() -> Product:
    return make_product(stock=10)


def wait(order: Order, minutes: float, field: str = "created_at") -> None:
    moment = timezone.now() - timedelta(minutes=minutes)
    Order.objects.filter(pk=order.pk).update(**{field: moment})


def status(order: Order) -> str:
    return Order.objects.get(pk=order.pk).status


def test_an_unpaid_order_is_canceled_and_its_stock_is_back(product: Product) -> None:
    payment = waiting_payment(None, (product, 3))
    order = payment.order
    wait(order, 31)
    assert services.expire_orders() == 1
    assert status(order) == "canceled"
    product.refresh_from_db()
    assert (product.stock, product.sold) == (10, 0)
    payment.refresh_from_db()
    assert payment.status == "canceled"
    last = order.history.last()
    assert (last.status, last.reason, last.actor) == ("canceled", "expired", None)
    told = OutboxMessage.objects.filter(aggregate=str(order.pk))
    assert list(told.values_list("event_type", flat=True)) == [
        "order_created",
        "order_canceled",
    ]
    assert list(check_orders()) == []
    # Once is enough.
    assert services.expire_orders() == 0


def test_nobody_began_to_pay(product: Product) -> None:
    order = online_order(None, (product, 3))
    wait(order, 31)
    assert services.expire_orders() == 1


@pytest.mark.parametrize("minutes", [0, 29])
def test_there_is_still_time(minutes: int) -> None:
    order = online_order()
    wait(order, minutes)
    assert services.expire_orders() == 0
    assert status(order) == "pending"


def test_the_shop_says_how_long(settings: Any) -> None:
    order = online_order()
    wait(order, 6)
    settings.ORDER_RESERVATION_MINUTES = 5
    assert services.expire_orders() == 1


@pytest.mark.parametrize("method", ["cash", "transfer"])
def test_other_orders_wait_for_people(method: str) -> None:
    order = make_order(None, payment_method=method)
    wait(order, 100_000)
    assert services.expire_orders() == 0


@pytest.mark.parametrize("step", ["paid", "canceled", "processing", "completed"])
def test_only_pending_orders(step: str) -> None:
    order = online_order()
    Order.objects.update(status=step)
    wait(order, 31)
    assert services.expire_orders() == 0
    assert status(order) == step


def test_who_chose_to_pay_online_later_has_the_full_time() -> None:
    order = make_order()
    wait(order, 600)
    services.start_payment(order.pk, "emulator")
    assert services.expire_orders() == 0
    wait(order, 31, "reserved_at")
    assert services.expire_orders() == 1


def test_trying_again_does_not_hold_the_goods_longer() -> None:
    order = online_order()
    services.start_payment(order.pk)
    wait(order, 31)
    services.start_payment(order.pk)
    assert services.expire_orders() == 1


def test_money_whose_message_was_lost_is_asked_for() -> None:
    payment = waiting_payment()
    EmulatedCharge.objects.update(status="succeeded")
    wait(payment.order, 31)
    assert services.expire_orders() == 0
    assert status(payment.order) == "paid"
    payment.refresh_from_db()
    assert (payment.status, payment.left) == ("succeeded", Decimal(200))


def test_a_silent_provider_holds_nobodys_goods() -> None:
    payment = waiting_payment()
    wait(payment.order, 31)
    silence = patch.object(
        EmulatorProvider, "fetch_status", side_effect=ProviderUnavailable
    )
    with silence:
        assert services.expire_orders() == 1
    # What it says later is not lost.
    EmulatedCharge.objects.update(status="succeeded")
    findings = list(services.reconcile(fix=True))
    assert [finding.fixed for finding in findings] == [True]
    payment.refresh_from_db()
    assert payment.status == "refund_due"


def test_one_orders_trouble_is_its_own(caplog: Any) -> None:
    first, second = online_order(), online_order()
    for order in (first, second):
        wait(order, 31)
    cancel = orders.cancel_order

    def stumble(order_id: Any, **kwargs: Any) -> Order:
        if order_id == first.pk:
            raise RuntimeError("something is broken here")
        return cancel(order_id, **kwargs)

    with patch.object(orders, "cancel_order", stumble):
        assert services.expire_orders() == 1
    assert (status(first), status(second)) == ("pending", "canceled")
    assert f"order {first.pk} could not be expired" in caplog.text


def test_the_command() -> None:
    wait(online_order(), 31)
    out = StringIO()
    with override("en"):
        call_command("expire_orders", stdout=out)
        call_command("expire_orders", stdout=out)
    assert out.getvalue() == "1 order expired.\n0 orders expired.\n"


# --- Tasks and their schedule -----------------------------------------------------


def test_every_task_of_the_schedule_exists() -> None:
    current_app.loader.import_default_modules()
    scheduled = {entry["task"] for entry in current_app.conf.beat_schedule.values()}
    assert scheduled <= set(current_app.tasks)


def test_without_a_broker_beat_runs_what_is_due(settings: Any) -> None:
    wait(online_order(), 31)
    assert settings.CELERY_TASK_ALWAYS_EAGER is True
    scheduler = EmbeddedScheduler(current_app)
    with patch("shop.beat.connections.close_all"):  # the test's own is still needed
        scheduler.apply_async(scheduler.schedule["expire-orders"])
    assert Order.objects.get().status == "canceled"


@pytest.mark.parametrize(("broker", "started"), [("", 1), ("amqp://localhost", 0)])
def test_the_web_process_keeps_the_schedule_only_without_a_broker(
    settings: Any, broker: str, started: int
) -> None:
    settings.RABBITMQ_URL = broker
    with patch("shop.beat.EmbeddedService") as service:
        keep_schedule()
    assert service.return_value.start.call_count == started
