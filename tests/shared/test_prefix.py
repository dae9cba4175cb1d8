"""A site that is not at the root of its host, as SCRIPT_NAME says."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.urls import set_script_prefix

from catalog.models import Product
from tests.factories import make_order, make_product
from tests.pages import html
from tests.shared.visitors import visitor

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def at(prefix: str) -> Iterator[None]:
    """As a server does it for each request, and Django's test client does not."""
    set_script_prefix(f"{prefix}/")
    try:
        yield
    finally:
        set_script_prefix("/")


def page(prefix: str, path: str) -> str:
    with at(prefix):
        return html(visitor().get(path, SCRIPT_NAME=prefix))


def test_the_front_page_shows_what_sells_best_there_too() -> None:
    """Of what sells best there is a strip above a list of more than one page."""
    kettle, lamp = (make_product(name=name, stock=20) for name in ("Kettle", "Lamp"))
    for _ in range(23):
        make_product()

    def popular() -> list[str]:
        card = r'<h3 class="product-name"><a[^>]*>(\w+)<'
        return re.findall(card, page("/shop", "/"))

    make_order(None, (kettle, 3))
    make_order(None, (lamp, 2))
    assert popular() == ["Kettle", "Lamp"]
    make_order(None, (lamp, 2))
    assert popular() == ["Lamp", "Kettle"]


def test_a_card_leads_to_where_the_site_is(product: Product) -> None:
    def leads_to(prefix: str) -> set[str]:
        shown = page(prefix, "/catalog/").partition('class="product-card"')[2]
        card = shown.partition("</li>")[0]
        return set(re.findall(r'(?:href|action|hx-post)="([^"]*)"', card))

    for prefix in ("/shop", "", "/other"):
        addresses = {f"{prefix}/product/kettle/", f"{prefix}/cart/add/"}
        assert leads_to(prefix) == addresses
