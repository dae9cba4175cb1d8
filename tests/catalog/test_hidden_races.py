"""A category is hidden while products come into it, go, and are bought."""

from typing import Any

import pytest

from catalog import services
from catalog.models import Category, Product
from catalog.services import products as products_service
from tests.catalog.test_hidden_categories import as_it_should_be
from tests.concurrency.helpers import Meeting, run_together
from tests.factories import make_category, make_order, make_product, make_user

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def hide(category: Category) -> None:
    services.hide_category(Category.objects.get(pk=category.pk))


def put_into(product: Product, category: Category) -> None:
    services.update_product(product.pk, categories=[category])


def put_into_while_hiding(monkeypatch: pytest.MonkeyPatch) -> None:
    """The product's writer has looked at the category before it is hidden."""
    category, product = make_category(), make_product()
    meeting = Meeting(2)
    locked = products_service._is_hidden_in

    def look_and_wait(categories: Any) -> bool:
        hidden = locked(categories)
        meeting.wait()
        return hidden

    def wait_and_hide() -> None:
        meeting.wait()
        hide(category)

    monkeypatch.setattr(products_service, "_is_hidden_in", look_and_wait)
    run_together(
        lambda what: what(),
        [lambda: put_into(product, category), wait_and_hide],
    )


def test_what_comes_while_its_category_is_hidden_is_hidden(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    put_into_while_hiding(monkeypatch)
    assert Product.objects.get().is_hidden
    assert as_it_should_be()


def test_without_the_lock_it_would_stay_in_the_shop(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The twin that loses: it reads the category and does not lock it."""

    def only_read(ids: Any) -> dict[Any, bool]:
        found = Category.objects.filter(pk__in=list(ids))
        return dict(found.values_list("pk", "is_visible"))

    monkeypatch.setattr(products_service, "lock_categories", only_read)
    for _attempt in range(20):
        Product.objects.all().delete()
        put_into_while_hiding(monkeypatch)
        monkeypatch.undo()
        monkeypatch.setattr(products_service, "lock_categories", only_read)
        if not as_it_should_be():
            return
    pytest.fail("Never lost: the lock guards nothing.")


def test_nobody_waits_for_ever() -> None:
    """Hiding, showing, moving, linking and buying, all at once and again and again."""
    root = make_category()
    leaves = [make_category(parent=root) for _ in range(3)]
    products = [make_product(stock=50, categories=leaves[:2]) for _ in range(6)]
    buyer = make_user()

    def toggle(category: Category) -> None:
        for shown in (False, True, False):
            found = Category.objects.get(pk=category.pk)
            services.show_category(found, shown=shown)

    def link(place: int) -> None:
        for product in products[place::2]:
            services.update_product(product.pk, categories=leaves[place:])

    def buy(place: int) -> None:
        for product in products[::-1] if place else products:
            make_order(buyer, (product, 1), (products[place], 1))

    def move(category: Category) -> None:
        services.move_category(Category.objects.get(pk=category.pk), None)

    calls = [
        (toggle, root), (toggle, leaves[0]), (link, 0), (link, 1), (buy, 0), (buy, 1),
        (move, leaves[2]),
    ]  # fmt: skip
    results = run_together(lambda what, arg: what(arg), calls)
    assert not [result for result in results if "deadlock" in str(result)]
    assert as_it_should_be()
