"""What the search field offers while somebody types."""

from decimal import Decimal

import pytest
from django.test import Client

from catalog.models import Product
from tests.factories import make_category, make_product
from tests.pages import html, queries

pytestmark = pytest.mark.django_db

ADDRESS = "/search/suggest/"


@pytest.fixture
def client() -> Client:
    return Client(headers={"Accept-Language": "ru"})


@pytest.fixture
def shelf() -> None:
    top = make_category("Техника")
    middle = make_category("Ноутбуки и компьютеры", parent=top)
    make_category("Игровые ноутбуки", parent=middle)
    make_product(sku="LPT-1", name="Ноутбук Lenovo", price=Decimal("250000"))
    make_product(sku="LPT-2", name="Чехол для ноутбука", price=Decimal("5000"))
    make_product(sku="OFF", name="Ноутбук тайный", is_active=False)
    make_product(sku="X", name="Стол", description="Для ноутбука")
    Product.objects.filter(sku="LPT-2").update(sold=3)


def offered(client: Client, query: str) -> list[str]:
    found = client.get(ADDRESS, {"q": query}).context["found"]
    return [
        *(" / ".join(filter(None, (c.above, c.name))) for c in found.categories),
        *(product.sku for product in found.products),
    ]


def test_categories_with_their_way_then_the_popular_products(
    client: Client, shelf: None
) -> None:
    categories = ["Техника / Ноутбуки и компьютеры",
                  "Техника › Ноутбуки и компьютеры / Игровые ноутбуки"]  # fmt: skip
    for query in ("ноут", "НОУТ", " ноут ", "yjen"):
        assert offered(client, query) == [*categories, "LPT-2", "LPT-1"], query
    assert offered(client, "ноут lenov") == ["LPT-1"]
    assert offered(client, "lpt-1") == ["LPT-1"]
    assert offered(client, "игр") == [categories[1]]
    # Only what a word begins with, and nothing for one letter.
    assert offered(client, "утбук") == offered(client, "н") == offered(client, "") == []


def test_each_of_them_leads_somewhere_and_the_last_to_all_results(
    client: Client, shelf: None
) -> None:
    page = html(client.get(ADDRESS, {"q": "ноут & <zz>"}))
    assert page.strip() == ""
    page = html(client.get(ADDRESS, {"q": "ноут"}))
    assert page.count('role="option"') == 5
    assert 'href="/category/noutbuki-i-kompiutery/"' in page
    assert f'href="{Product.objects.get(sku="LPT-1").get_absolute_url()}"' in page
    assert "250.000,00 ₸" in page
    assert 'href="/?q=%D0%BD%D0%BE%D1%83%D1%82"' in page
    assert "<html" not in page


def test_there_are_never_more_than_eight(client: Client, shelf: None) -> None:
    for n in range(12):
        make_product(name=f"Ноутбук {n}", images=["https://pictures.example/1.jpg"])
        make_category(f"Ноутбуки {n}")
    page = client.get(ADDRESS, {"q": "ноут"})
    found = page.context["found"]
    assert (len(found.categories), len(found.products)) == (3, 4)
    assert html(page).count('role="option"') == 8
    # The widest categories first.
    assert {category.above for category in found.categories} == {""}
    # Categories, products, pictures.
    assert queries(client, f"{ADDRESS}?q=ноут") == 3


def test_what_was_typed_is_only_shown(client: Client) -> None:
    make_product(name="Лампа <script>alert(1)</script>")
    page = html(client.get(ADDRESS, {"q": '"><лампа'}))
    assert "alert(1)" in page
    assert "<script" not in page


def test_names_come_in_the_readers_language(shelf: None) -> None:
    make_product(sku="EN", name="Чайник", name_en="Kettle", name_kk="Шәйнек")
    english = Client(headers={"Accept-Language": "en"}).get(ADDRESS, {"q": "шәй"})
    assert "Kettle" in html(english)


def test_other_methods_are_refused(client: Client) -> None:
    assert client.post(ADDRESS).status_code == 405
