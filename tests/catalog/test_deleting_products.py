"""A product goes away whole and once, whatever happens to it meanwhile."""

import threading
from typing import Any

import pytest
from django.db import connection, transaction
from django.http import Http404
from django.test.utils import CaptureQueriesContext

from catalog import services
from catalog.models import Product, StockEntry
from events.models import OutboxMessage
from tests.api import client_of
from tests.backoffice import messages, office
from tests.concurrency.helpers import PATIENCE, run_together
from tests.factories import make_admin, make_product

LIST = "/admin/catalog/product/"


def deleted() -> list[dict[str, Any]]:
    told = OutboxMessage.objects.filter(event_type="product_deleted")
    return [message.payload for message in told]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_deleting_waits_for_the_sale_under_way() -> None:
    product = make_product(stock=5)
    sold, deleting = threading.Event(), threading.Event()

    def sell() -> None:
        with transaction.atomic():
            locked = services.lock_products([product.pk])
            services.move_stock(locked, {product.pk: -1}, StockEntry.Reason.SALE)
            sold.set()
            # As long as the other waits for a lock, or does what it should not.
            deleting.wait(1)

    def delete() -> None:
        sold.wait(PATIENCE)
        services.delete_product(product)
        deleting.set()

    assert run_together(lambda call: call(), [sell, delete]) == [None, None]
    assert not Product.objects.exists()
    assert [payload["stock"] for payload in deleted()] == [4]


@pytest.mark.django_db
def test_the_event_tells_the_stock_of_now() -> None:
    product = make_product(stock=5)
    services.adjust_stock(product, -2, StockEntry.Reason.WRITE_OFF)
    assert product.stock == 5
    services.delete_product(product)
    assert [payload["stock"] for payload in deleted()] == [3]


@pytest.mark.django_db
def test_who_deletes_second_is_told_that_it_is_gone() -> None:
    product = make_product()
    again = Product.objects.get(pk=product.pk)
    services.delete_product(product)
    with pytest.raises(Http404):
        services.delete_product(again)
    assert len(deleted()) == 1


@pytest.mark.django_db
def test_the_api_and_the_back_office_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(product: Product) -> None:
        raise Http404

    product, other = make_product(), make_product()
    boss = make_admin()
    monkeypatch.setattr(services, "delete_product", gone)
    answer = client_of(boss).delete(f"/api/products/{product.pk}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    client = office(boss)
    page = client.post(f"{LIST}{product.pk}/delete/", {"post": "yes"}, follow=True)
    assert messages(page) == ["This has just been deleted."]
    ids = [str(product.pk), str(other.pk)]
    chosen = {"action": "delete_selected", "_selected_action": ids, "post": "yes"}
    assert messages(client.post(LIST, chosen, follow=True)) == [
        "This has just been deleted."
    ]
    assert Product.objects.count() == 2


@pytest.mark.postgres
@pytest.mark.django_db
def test_many_are_locked_at_once_in_the_order_of_everybody() -> None:
    ids = [make_product().pk.hex for _ in range(3)]
    chosen = {"action": "delete_selected", "_selected_action": ids, "post": "yes"}
    client = office()
    with CaptureQueriesContext(connection) as captured:
        assert client.post(LIST, chosen).status_code == 302
    locks = [q["sql"] for q in captured if "FOR UPDATE" in q["sql"]]
    first = next(sql for sql in locks if '"catalog_product"' in sql)
    assert all(pk in first for pk in ids)
    assert 'ORDER BY "catalog_product"."id" ASC' in first
    assert not Product.objects.exists()
