"""An order's JSON is what its serializer's fields say, though they do not write it."""

from datetime import UTC
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings as shop
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st
from rest_framework import serializers
from rest_framework.renderers import JSONRenderer

from catalog import services as catalog
from orders.api.serializers import OrderSerializer
from orders.models import Order, OrderItem
from tests.factories import make_order, make_product, make_user
from tests.payments.callbacks import paid_order, waiting_payment

LANGUAGES = [code for code, _name in shop.LANGUAGES]


def same(order: Order) -> dict[str, Any]:
    told = OrderSerializer(order).data
    by_fields = serializers.ModelSerializer.to_representation(OrderSerializer(), order)
    # As bytes: to whoever reads it an id is its text.
    assert JSONRenderer().render(told) == JSONRenderer().render(by_fields)
    return told


def read(order: Order) -> Order:
    return Order.objects.with_details().get(pk=order.pk)


@pytest.mark.django_db
@pytest.mark.parametrize("language", LANGUAGES)
def test_an_order_with_everything(language: str) -> None:
    lines = (
        (make_product(name="Чайник", price=Decimal("999.90")), 3),
        (make_product(name="Стол", price=Decimal("122250.27")), 2),
    )
    order = make_order(
        None,
        *lines,
        delivery_method="post",
        full_name="Алия \u2028 <b>",
        phone="+77011234567",
        address="Алматы, Абая 1",
        comment="Позвоните & оставьте 🫖",
    )
    with translation.override(language):
        told = same(read(order))
    assert told["total"] == "250000.24"
    assert len(told["items"]) == 2
    assert told["delivery"]["price"] == "2500.00"
    assert told["payment"] == {"id": None, "method": "cash", "status": "pending"}


@pytest.mark.django_db
def test_an_order_that_was_just_placed_is_told_like_one_that_is_read() -> None:
    order = make_order(None, (make_product(), 1), (make_product(), 2))
    assert same(order) == same(read(order))


@pytest.mark.django_db
def test_an_order_of_as_little_as_can_be() -> None:
    free = make_product(price=0)
    told = same(read(make_order(make_user(), (free, 1))))
    assert (told["total"], told["items"][0]["subtotal"]) == ("0.00", "0.00")
    assert told["delivery"]["comment"] == ""


@pytest.mark.django_db
def test_an_order_that_is_paid_online(settings: Any) -> None:
    settings.PAYMENT_EMULATOR = True
    payment = waiting_payment()
    assert same(read(payment.order))["payment"] == {
        "id": str(payment.pk),
        "method": "emulator",
        "status": payment.status,
    }
    told = same(read(paid_order()))
    assert (told["status"], told["payment"]["status"]) == ("paid", "succeeded")


@pytest.mark.django_db
def test_an_order_of_what_was_deleted_since() -> None:
    product = make_product()
    order = make_order(None, (product, 2))
    catalog.delete_product(product)
    (line,) = same(read(order))["items"]
    assert line["sku"] == product.sku


_words = st.text(st.characters(codec="utf-8"), max_size=30)
_money = st.decimals(0, 10**10 - 1, places=2)
_items = st.builds(
    OrderItem,
    product_id=st.uuids(),
    sku=_words,
    name=_words,
    price=_money,
    quantity=st.integers(1, 10**6),
    subtotal=_money,
)


@given(
    fields=st.fixed_dictionaries(
        {
            "number": st.integers(1, 2**62),
            "status": st.sampled_from(Order.Status.values)
            | st.sampled_from(Order.Status),
            "payment_method": st.sampled_from(Order.PaymentMethod.values),
            "total": _money,
            "delivery_price": _money,
            "created_at": st.datetimes(timezones=st.just(UTC)),
            **dict.fromkeys(
                (
                    "email",
                    "full_name",
                    "phone",
                    "address",
                    "comment",
                    "currency",
                    "delivery_code",
                    "delivery_name",
                ),
                _words,
            ),
        }
    ),
    items=st.lists(_items, max_size=3),
    language=st.sampled_from(LANGUAGES),
)
def test_any_order_is_told_as_its_fields_say(
    fields: dict[str, Any], items: list[OrderItem], language: str
) -> None:
    order = Order(**fields)
    # As read with it; nothing here needs a database.
    read_too: Any = {"items": items, "payments": []}
    order._prefetched_objects_cache = read_too
    with translation.override(language):
        same(order)
