"""A product's page: what it tells, to people and to machines, and to whom."""

import json
import re
import uuid
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from accounts.models import User
from catalog.models import Product
from tests.factories import (
    make_admin,
    make_category,
    make_product,
    make_template,
    make_user,
)
from tests.pages import html, queries, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    return Client(headers={"Accept-Language": "en"})


def make_lamp(**fields: Any) -> Product:
    template = make_template(
        schema={
            "weight": {"type": "number", "label": "Вес", "unit": "kg"},
            "brand": "string",
        }
    )
    return make_product(
        sku="LMP-1",
        name="Лампа </script><b>",
        description="Первая строка.\n\nВторая & последняя.",
        price=Decimal("244500.53"),
        template=template,
        attributes={"brand": "Nur", "weight": 1.2},
        **fields,
    )


def test_a_product_page_tells_all_about_it(client: Client) -> None:
    top = make_category("Дом")
    leaf = make_category("Свет", parent=top)
    pictures = ["https://pictures.example/1.jpg", "https://pictures.example/2.jpg"]
    product = make_lamp(categories=[leaf], images=pictures)
    response = client.get(product.get_absolute_url())
    page, shown = html(response), text(response)
    assert "244.500,53 ₸" in shown
    assert "In stock" in shown
    assert "Вес 1.2 kg" in shown
    assert "Brand Nur" in shown
    assert "Вторая &amp; последняя." in shown
    assert "Catalog Дом Свет" in shown
    assert page.count("<h1") == 1
    assert 'alt="Лампа &lt;/script&gt;&lt;b&gt;, picture 2"' in page
    assert 'action="/cart/add/"' in page
    assert f'name="product_id" value="{product.pk}"' in page
    address = f"http://testserver{product.get_absolute_url()}"
    assert f'<link rel="canonical" href="{address}">' in page
    assert '<meta property="product:price:amount" content="244500.53">' in page


def test_structured_data_equals_the_page_and_cannot_escape(client: Client) -> None:
    leaf = make_category("Свет")
    product = make_lamp(categories=[leaf], images=["https://pictures.example/1.jpg"])
    page = html(client.get(product.get_absolute_url()))
    blocks = re.findall(
        r'<script type="application/ld\+json">(.*?)</script>', page, re.S
    )
    about, way = [json.loads(block) for block in blocks]
    assert about["name"] == "Лампа </script><b>"
    assert about["sku"] == "LMP-1"
    assert about["image"] == ["https://pictures.example/1.jpg"]
    assert about["brand"] == {"@type": "Brand", "name": "Nur"}
    assert about["offers"]["price"] == "244500.53"
    assert about["offers"]["priceCurrency"] == "KZT"
    assert about["offers"]["availability"] == "https://schema.org/InStock"
    assert way["itemListElement"] == [
        {
            "@type": "ListItem",
            "position": 1,
            "name": "Свет",
            "item": "http://testserver/category/svet/",
        }
    ]


def test_what_is_sold_out_cannot_be_put_into_the_cart(client: Client) -> None:
    product = make_product(stock=0)
    page = client.get(product.get_absolute_url())
    assert "Out of stock" in text(page)
    assert 'action="/cart/add/"' not in html(page)
    assert " disabled " in html(page)
    assert "https://schema.org/OutOfStock" in html(page)


def test_a_product_page_costs_the_same_queries_however_much_it_shows(
    client: Client,
) -> None:
    leaf = make_category(parent=make_category())
    few = make_lamp(categories=[leaf], images=["https://pictures.example/1.jpg"])
    pictures = [f"https://pictures.example/{n}.jpg" for n in range(9)]
    many = make_product(
        categories=[leaf, make_category(), make_category(parent=leaf)], images=pictures
    )
    # Product, pictures, categories, the way to the deepest of them; beside what else
    # it is shown: see test_related.py and test_recent.py.
    assert queries(client, few.get_absolute_url()) == 8
    assert queries(client, many.get_absolute_url()) == 8


def test_the_address_with_the_id_leads_to_the_name(client: Client) -> None:
    product = make_product(name="Чайник")
    response = client.get(f"/product/{product.pk}/?utm=a%20b")
    assert response.status_code == 301
    assert response["Location"] == f"{product.get_absolute_url()}?utm=a%20b"
    plain = client.get(f"/product/{product.pk}/")
    assert plain["Location"] == product.get_absolute_url()
    assert client.get(f"/product/{uuid.uuid4()}/").status_code == 404
    assert client.get("/product/nothing-of-this-name/").status_code == 404


def test_off_sale_exists_for_staff_who_may_see_it(client: Client) -> None:
    product = make_product(name="Секрет", is_active=False)
    addresses = [product.get_absolute_url(), f"/product/{product.pk}/"]
    worker = make_user(role=User.Role.STAFF)
    for visitor in (None, make_user(), worker):
        if visitor:
            client.force_login(visitor)
        assert [client.get(a).status_code for a in addresses] == [404, 404]
    worker.user_permissions.add(Permission.objects.get(codename="view_product"))
    for reader in (worker, make_admin()):
        client.force_login(reader)
        assert client.get(addresses[1]).status_code == 301
        page = client.get(addresses[0])
        assert "Only staff can see this page." in text(page)
        assert 'action="/cart/add/"' not in html(page)
        assert '<meta name="robots" content="noindex">' in html(page)
