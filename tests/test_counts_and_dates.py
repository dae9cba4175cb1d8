"""Counts, dates and the page itself speak the reader's language."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from orders.models import Order
from tests.factories import make_category, make_order, make_product, make_user
from tests.orders.pages import fill
from tests.pages import html, text

pytestmark = pytest.mark.django_db

LANGUAGES = ["ru", "kk", "en"]
COUNTS = [1, 2, 5, 21]
PIECES = {
    "ru": ["1 штука", "2 штуки", "5 штук", "21 штука"],
    "kk": ["1 дана", "2 дана", "5 дана", "21 дана"],
    "en": ["1 piece ", "2 pieces", "5 pieces", "21 pieces"],
}
PRODUCTS = {
    "ru": ["1 товар ", "2 товара", "5 товаров", "21 товар "],
    "kk": ["1 тауар", "2 тауар", "5 тауар", "21 тауар"],
    "en": ["1 product ", "2 products", "5 products", "21 products"],
}
# Half past five in the morning of Almaty; the sum is written alike in all three.
PLACED = datetime(2026, 3, 1, 0, 30, tzinfo=UTC)
DATES = {
    "ru": "1 марта 2026 г. 5:30",
    "kk": "1 наурыз 2026 ж. 05:30",
    "en": "March 1, 2026, 5:30 a.m.",
}


def reader(language: str) -> Client:
    return Client(headers={"accept-language": language})


@pytest.mark.parametrize("language", LANGUAGES)
def test_pieces_in_the_cart_are_counted(language: str) -> None:
    product = make_product(stock=99)
    client = reader(language)
    said = []
    for count, form in zip(COUNTS, PIECES[language], strict=True):
        client.post("/cart/set/", {"product_id": product.pk, "qty": count})
        said.append(form in f"{text(client.get('/cart/'))} ")
    assert said == [True] * 4


@pytest.mark.parametrize("language", LANGUAGES)
def test_products_of_a_list_are_counted(language: str) -> None:
    client = reader(language)
    said = []
    for count, form in zip(COUNTS, PRODUCTS[language], strict=True):
        shelf = make_category(f"Полка {count}")
        for _ in range(count):
            make_product(categories=[shelf])
        said.append(form in text(client.get(shelf.get_absolute_url())))
    assert said == [True] * 4


@pytest.mark.parametrize("language", LANGUAGES)
def test_dates_of_an_order_are_written_as_people_write_them(language: str) -> None:
    user = make_user()
    order = make_order(user)
    Order.objects.update(created_at=PLACED)
    client = reader(language)
    client.force_login(user)
    page = client.get(order.get_absolute_url())
    assert DATES[language] in text(page)
    assert 'datetime="2026-03-01T05:30:00+05:00"' in html(page)
    assert "200,00 ₸" in text(page)


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_page_says_which_language_it_is_in(language: str, settings: Any) -> None:
    settings.PAYMENT_EMULATOR = True
    product, user = make_product(), make_user()
    shelf = make_category("Ноутбуки")
    order = make_order(user, payment_method="emulator")
    client, guest = reader(language), reader(language)
    client.force_login(user)
    fill(client, product)
    paying = client.post(f"/orders/{order.pk}/pay/")["Location"]
    own = ["/cart/", "/checkout/", "/orders/", order.get_absolute_url(), paying]
    own += ["/account/", "/account/addresses/", "/account/addresses/add/"]
    own += [f"{order.get_absolute_url()}slip/", "/account/letters/"]
    everybodys = ["/", "/catalog/", "/?q=nothing", shelf.get_absolute_url(), "/order/"]
    everybodys += [product.get_absolute_url(), "/login/", "/register/", "/nowhere/"]
    everybodys += ["/password-reset/", "/password-reset/sent/", "/password-reset/x/y/"]
    for who, pages in ((client, own), (guest, everybodys)):
        for path in pages:
            page = who.get(path)
            assert page.status_code == (404 if path == "/nowhere/" else 200), path
            assert f'<html lang="{language}">' in html(page), path
            assert page["Content-Language"] == language, path
