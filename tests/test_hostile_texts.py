"""Whatever people write stays a text: on every page, in letters, in every CSV cell.

Every text that a row can hold is set to markup that closes whatever it may stand in,
past all validation, and then every page there is gets read as a browser reads it.
"""

import csv
import io
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.core.cache import cache
from django.db import models, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import Address
from catalog.models import Category, Product
from catalog.search.index import index_products
from events.services import emit
from orders import services as orders
from orders.models import DeliveryMethod, Order
from tests.backoffice import office
from tests.factories import make_admin, make_cart, make_category
from tests.notifications.helpers import sent
from tests.roles.table import PAGES
from tests.roles.test_reach import address
from tests.roles.things import make_things

pytestmark = pytest.mark.django_db

MARK = "xss-mark"
HOSTILE = f"=1'\"--></textarea></title></script><{MARK} onx=1>"
SHORT = f"=1'\"><{MARK}>"
ADDRESS = f'"=1<{MARK}>"@example.com'
APPS = ["accounts", "catalog", "orders", "payments", "events", "notifications"]
# What the shop writes there is no text of anybody's, and it looks things up by it.
OWN = {
    "path", "slug", "password", "status", "kind", "key", "fingerprint", "currency",
    "provider", "event_type", "aggregate", "about", "subscriber", "attributes_digest",
    "url", "file", "code", "phone", "language", "digest", "redirect_url", "report",
    "delivery_code", "address_key", "encoding", "delimiter",
}  # fmt: skip


class Reader(HTMLParser):
    """What a browser takes for elements and attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.broken_out = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == MARK or any(name == "onx" for name, _value in attrs):
            self.broken_out = True


def test_the_reader_sees_what_breaks_out() -> None:
    assert Reader(f"<p>{HOSTILE}</p>").broken_out
    assert Reader(f'<p title="{SHORT}">').broken_out
    assert not Reader("<p title='a'>&lt;xss-mark onx=1&gt;</p>").broken_out


def text_fields(model: type[models.Model]) -> Iterator[models.Field]:
    for field in model._meta.concrete_fields:
        named = isinstance(field, (models.SlugField, models.URLField, models.FileField))
        if (
            isinstance(field, (models.CharField, models.TextField))
            and not named
            and not field.choices
            and field.name not in OWN
            and (field.max_length or 999) >= len(SHORT) + 5
        ):
            yield field


def make_hostile() -> int:
    """Every text of every row; how many there were."""
    count = 0
    for app in APPS:
        for model in apps.get_app_config(app).get_models():
            for field in text_fields(model):
                count += fill(model, field)
    Product.objects.update(attributes={HOSTILE: HOSTILE, "brand": HOSTILE})
    index_products(Product.objects.all(), anew=True)
    return count


def fill(model: type[models.Model], field: Any) -> int:
    mail_address = isinstance(field, models.EmailField)
    long = (field.max_length or 999) >= len(HOSTILE) + 5
    text = ADDRESS if mail_address else HOSTILE if long else SHORT
    rows = list(model._default_manager.values_list("pk", flat=True))
    for n, pk in enumerate(rows):
        # Some have to differ from each other.
        own = text.replace("=1<", f"=1{n}<") if mail_address else f"{text}{n}"
        model._default_manager.filter(pk=pk).update(**{field.name: own})
    return len(rows)


@pytest.fixture
def things(settings: Any, tmp_path: Any) -> dict[str, Any]:
    settings.IMPORT_DIR = tmp_path
    things = make_things()
    customer, order = things["customer"], things["order"]
    Address.objects.create(user=customer, address="x")
    orders.add_note(order.pk, "x", author=customer)
    orders.cancel_order(things["pending"].pk, actor=None, reason="other", note="x")
    category = things["category"]
    category.products.add(*Product.objects.all())
    make_category("x", parent=category)
    make_cart(customer, (things["product"], 1))
    # So that forms show the texts of methods.
    assert DeliveryMethod.objects.exists()
    return things


def back_office() -> Iterator[str]:
    for model, page in admin.site._registry.items():
        base = f"admin:{model._meta.app_label}_{model._meta.model_name}_"
        yield reverse(f"{base}changelist")
        for pk in page.model._default_manager.values_list("pk", flat=True)[:3]:
            for name in ("change", "history", "delete"):
                yield reverse(f"{base}{name}", args=[pk])
    yield from ("/admin/find/?q=xss", "/admin/find/?q=mark", "/admin/letters/")
    yield from ("/admin/stats/", "/admin/stats/?days=30", "/admin/")


def pages_of(things: dict[str, Any]) -> Iterator[str]:
    for name, what, method, _roles in PAGES:
        if method == "GET":
            thing = things[what or "category"] if what or "children" in name else None
            yield address(name, thing)


def shop(things: dict[str, Any]) -> Iterator[str]:
    yield from ("/", "/?q=xss-mark", "/search/suggest/?q=xss", "/cart/", "/checkout/")
    yield from ("/orders/", "/account/", "/order/", "/sitemap.xml")
    for product in Product.objects.filter(is_active=True):
        yield product.get_absolute_url()
    for category in Category.objects.all():
        yield category.get_absolute_url()
    for order in Order.objects.filter(user=things["customer"]):
        yield order.get_absolute_url()
        yield f"{order.get_absolute_url()}slip/"


def broken(client: Client, pages: Iterator[str]) -> tuple[set[str], int]:
    """Where a text broke out; and how many pages have shown one."""
    found, shown = set(), 0
    for page in pages:
        cache.clear()
        answer = client.get(page, follow=True)
        assert answer.status_code in {200, 403, 404}, page
        kind = answer["Content-Type"].partition(";")[0]
        body = b"".join(answer) if answer.streaming else answer.content
        if not kind.startswith("text/"):
            continue
        text = body.decode("utf-8-sig")
        shown += MARK in text
        if kind == "text/html" and Reader(text).broken_out:
            found.add(page)
        if kind == "text/csv":
            rows = csv.reader(io.StringIO(text))
            if any(cell.startswith("=") for row in rows for cell in row):
                found.add(page)
    return found, shown


def test_no_page_takes_a_text_for_markup(things: dict[str, Any]) -> None:
    assert make_hostile() > 100
    found, shown = broken(office(make_admin()), back_office())
    assert found == set()
    assert shown > 30
    found, shown = broken(office(make_admin()), pages_of(things))
    assert found == set()
    assert shown > 10
    found, shown = broken(office(things["customer"]), shop(things))
    assert found == set()
    assert shown > 8


def test_no_letter_takes_a_text_for_markup(things: dict[str, Any]) -> None:
    sent()
    make_hostile()
    Order.objects.update(email="person@example.com")
    order = things["order"]
    with transaction.atomic():
        for event in ("order_created", "order_paid", "order_shipped", "order_canceled"):
            emit(event, order.pk, {"order_id": str(order.pk), "number": order.number})
    letters = sent()
    assert letters
    for letter in letters:
        assert "\n" not in letter.subject
        for body, kind in letter.alternatives:
            assert kind == "text/html"
            assert MARK in str(body)
            assert not Reader(str(body)).broken_out
