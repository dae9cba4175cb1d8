"""Products that are known already: asked for once, and never older than the shop."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.cache import cache
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from catalog import services
from catalog.api.serializers import ProductSerializer
from catalog.known import KnownProduct, known_products
from catalog.models import Product, StockEntry
from shop import marks
from tests.api import client_of
from tests.factories import make_category, make_product, make_template

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def product() -> Product:
    return make_product(
        name="Чайник",
        name_en="Kettle",
        price=Decimal("1234.50"),
        compare_at_price=Decimal(2000),
        categories=[make_category("Кухня")],
        template=make_template(schema={"power": "number", "big": "integer"}),
        attributes={"power": 1.5, "big": 10**15},
        images=["https://pictures.example/1.jpg"],
    )


def look(*ids: UUID) -> dict[UUID, KnownProduct]:
    return known_products(ids, ProductSerializer().to_representation)


def asked(*ids: UUID) -> int:
    """How many queries a look at them costs."""
    with CaptureQueriesContext(connection) as seen:
        look(*ids)
    return len(seen)


def one(product: Product) -> KnownProduct:
    return look(product.pk)[product.pk]


def test_the_second_look_asks_nothing(product: Product) -> None:
    others = [make_product().pk for _ in range(5)]
    assert [asked(product.pk) for _ in range(2)] == [3, 0]
    # Only for what is missing.
    assert asked(product.pk, *others) == 3
    assert asked(*others, product.pk) == 0
    assert asked() == 0
    assert look() == {}


def test_it_is_told_as_the_api_tells_it(product: Product) -> None:
    told = ProductSerializer(Product.objects.with_details().get()).data
    for _ in range(2):
        known = one(product)
        assert known.told == told
        facts = (known.pk, known.name, known.price, known.stock, known.is_visible)
        assert facts == (product.pk, str(product.name), Decimal("1234.50"), 10, True)
        assert type(known.price) is Decimal


def test_each_language_has_its_own(product: Product) -> None:
    for _ in range(2):
        for language, name in [("ru", "Чайник"), ("en", "Kettle"), ("kk", "Чайник")]:
            with translation.override(language):
                known = one(product)
                assert known.name == known.told["name"] == name


def sell(product: Product, pieces: int) -> None:
    with transaction.atomic():
        locked = services.lock_products([product.pk])
        services.move_stock(locked, {product.pk: -pieces}, StockEntry.Reason.SALE)


@pytest.mark.parametrize(
    ("change", "read", "expected"),
    [
        (lambda p: services.update_product(p.pk, price=9), lambda k: k.price, 9),
        (lambda p: services.update_product(p.pk, stock=4), lambda k: k.stock, 4),
        (lambda p: sell(p, 3), lambda k: k.told["stock"], 7),
        (
            lambda p: services.update_product(p.pk, name_ru="Котёл", name_en=""),
            lambda k: k.name,
            "Котёл",
        ),
        (
            lambda p: services.update_product(p.pk, is_active=False),
            lambda k: k.is_visible,
            False,
        ),
        (
            lambda p: services.update_category(p.categories.get(), name_ru="Дом"),
            lambda k: k.told["categories"][0]["name"],
            "Дом",
        ),
    ],
)
def test_a_change_is_known_at_once(
    product: Product,
    change: Callable[[Product], Any],
    read: Callable[[KnownProduct], Any],
    expected: Any,
) -> None:
    with translation.override("ru"):
        assert read(one(product)) != expected
        change(product)
        assert read(one(product)) == expected


@pytest.mark.redis  # without it any write renews everything
def test_without_the_marks_it_would_be_old(
    product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A twin without the guard, which has to lose."""
    one(product)
    with monkeypatch.context() as patch:
        patch.setattr(marks, "change", lambda *changed: None)
        sell(product, 3)
        assert one(product).stock == 10
    sell(product, 1)
    assert one(product).stock == 6


@pytest.mark.redis
def test_a_sale_of_another_keeps_it(product: Product) -> None:
    other = make_product()
    look(product.pk, other.pk)
    sell(other, 1)
    assert asked(product.pk) == 0
    assert asked(product.pk, other.pk) > 0


def test_what_is_deleted_is_known_no_more(product: Product) -> None:
    never = uuid4()
    assert look(product.pk, never).keys() == {product.pk}
    services.delete_product(product)
    assert look(product.pk, never) == {}


def test_hidden_products_are_known_as_hidden(product: Product) -> None:
    hidden = make_product(is_active=False)
    for _ in range(2):
        known = look(product.pk, hidden.pk)
        assert {pk: k.is_visible for pk, k in known.items()} == {
            product.pk: True,
            hidden.pk: False,
        }


def test_inside_a_transaction_everything_is_read(product: Product) -> None:
    one(product)
    with transaction.atomic():
        services.update_product(product.pk, price=7)
        assert one(product).price == 7
        assert asked(product.pk) > 0
        transaction.set_rollback(True)
    assert one(product).price == Decimal("1234.50")


def test_a_cache_that_is_down_costs_queries_alone(
    product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = type(cache._connections[cache._alias])
    for name in ("get", "get_many", "set", "set_many", "add"):
        monkeypatch.setattr(backend, name, lambda *args, **kwargs: None)
    assert asked(product.pk) == asked(product.pk) > 0
    sell(product, 3)
    assert one(product).stock == 7


@pytest.mark.parametrize(
    "value",
    [10**30, -(10**30), 2**64, "\ud7ff\ue000", "\u2028", [1, {"a": None}]],
)
def test_odd_values_come_back_as_they_were(value: Any) -> None:
    """What no template rules may be a number that few programs can read."""
    product = make_product(attributes={"odd": value})
    for _ in range(2):
        assert one(product).told["attributes"] == {"odd": value}


def test_a_product_with_an_odd_number_can_be_bought() -> None:
    product = make_product(attributes={"odd": 10**30})
    client = client_of()
    for qty in (1, 2):
        body = {"product_id": str(product.pk)}
        answer = client.post("/api/cart/add", body, format="json")
        (line,) = answer.json()["items"]
        assert (line["qty"], line["product"]["attributes"]) == (qty, {"odd": 10**30})
