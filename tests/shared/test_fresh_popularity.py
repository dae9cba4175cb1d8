"""What sells best is told as it is, whichever way the number of sold pieces changed."""

import pytest
from django.core.cache import cache
from django.db import transaction

from catalog import services
from catalog.models import Product, StockEntry
from shop.ids import new_id
from tests.factories import make_category, make_order, make_product
from tests.pages import html
from tests.shared.visitors import visitor

pytestmark = pytest.mark.django_db(transaction=True)
PAGE, API = "/catalog/?ordering=-popularity", "/api/products?ordering=-popularity"


@pytest.fixture
def products() -> list[Product]:
    """The first has sold best by one piece."""
    made = [make_product(name=name, stock=20) for name in ("Kettle", "Lamp")]
    for product, pieces in zip(made, (5, 4), strict=True):
        make_order(None, (product, pieces))
    return made


def shown() -> tuple[list[str], list[str]]:
    """The names in order, on the page and in the API."""
    page = html(visitor().get(PAGE)).partition("<main")[2]
    names = sorted(("Kettle", "Lamp"), key=page.index)
    answer = visitor().get(API).json()
    return names, [product["name"] for product in answer["results"]]


FIRST, SECOND = (["Kettle", "Lamp"],) * 2, (["Lamp", "Kettle"],) * 2


def test_an_order_changes_the_order_of_a_list(products: list[Product]) -> None:
    assert shown() == FIRST
    make_order(None, (products[1], 3))
    assert shown() == SECOND


def test_so_does_what_came_back(products: list[Product]) -> None:
    assert shown() == FIRST
    with transaction.atomic():
        locked = services.lock_products([products[0].pk])
        reason = StockEntry.Reason.RETURN
        services.move_stock(locked, {products[0].pk: 3}, reason, order_id=new_id())
    assert shown() == SECOND


def test_so_does_what_came_back_broken(products: list[Product]) -> None:
    """No stock moves then, and yet it was not sold after all."""
    assert shown() == FIRST
    with transaction.atomic():
        locked = services.lock_products([products[0].pk])
        services.write_off_returned(locked, {products[0].pk: 3}, order_id=new_id())
    assert shown() == SECOND


def test_what_was_counted_by_hand_is_no_sale(products: list[Product]) -> None:
    assert shown() == FIRST
    services.adjust_stock(products[1], -9, StockEntry.Reason.CORRECTION)
    assert shown() == FIRST


def test_the_shelf_of_another_product_is_in_no_order_that_a_sale_changes() -> None:
    """A kept page and a new one say the same, although a sale renews only its own."""
    category = make_category()
    here, *others = [make_product(stock=20, categories=[category]) for _ in range(4)]
    page, first = here.get_absolute_url(), others[0]

    def shelf() -> list[str]:
        shown = html(visitor().get(page)).partition('id="related-heading"')[2]
        slugs = [one.slug for one in others]
        return sorted(slugs, key=lambda slug: shown.index(f'/product/{slug}/"'))

    kept = shelf()
    assert kept == [one.slug for one in reversed(others)]
    make_order(None, (first, 3))
    assert shelf() == kept
    cache.clear()
    assert shelf() == kept
