"""Where something was before: on to where it is now, or gone for good."""

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from catalog import services
from catalog.models import Category, OldAddress, Product
from tests.factories import make_admin, make_category, make_product, make_user
from tests.pages import html, queries, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    return Client(headers={"Accept-Language": "en"})


def renamed(product: Product, slug: str) -> Product:
    return services.update_product(product.pk, slug=slug)


def leads_to(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 301
    return str(response["Location"])


def test_a_renamed_product_is_found_under_each_of_its_names(client: Client) -> None:
    product = make_product(slug="one")
    renamed(product, "two")
    renamed(product, "three")
    assert leads_to(client, "/product/one/?utm=a%20b") == "/product/three/?utm=a%20b"
    assert leads_to(client, "/product/two/") == "/product/three/"
    assert client.get("/product/three/").status_code == 200
    renamed(product, "one")
    assert client.get("/product/one/").status_code == 200
    assert leads_to(client, "/product/three/") == "/product/one/"
    assert client.get("/product/four/").status_code == 404


def test_other_changes_keep_no_address(client: Client) -> None:
    product = make_product(slug="one")
    services.update_product(product.pk, name_ru="Другое", slug="one")
    assert not OldAddress.objects.exists()


def test_who_takes_an_old_name_has_it(client: Client) -> None:
    first = renamed(make_product(slug="lamp"), "first")
    second = make_product(slug="lamp")
    assert client.get("/product/lamp/").status_code == 200
    renamed(second, "second")
    assert leads_to(client, "/product/lamp/") == "/product/second/"
    services.delete_product(first)
    assert leads_to(client, "/product/lamp/") == "/product/second/"


def test_what_was_deleted_is_gone_under_each_of_its_names(client: Client) -> None:
    product = renamed(make_product(slug="one"), "two")
    pk = product.pk
    services.delete_product(product)
    for address in ("/product/one/", "/product/two/", f"/product/{pk}/"):
        response = client.get(address)
        assert response.status_code == 410
        assert "No longer in the shop" in text(response)
        assert html(response).count("<h1") == 1
        assert '<meta name="robots" content="noindex">' in html(response)
    assert client.get(f"/product/{make_category().pk}/").status_code == 404


def test_what_is_hidden_is_not_there_for_shoppers(client: Client) -> None:
    product = renamed(make_product(slug="one"), "two")
    services.update_product(product.pk, is_active=False)
    category = make_category("Дом")
    services.update_category(category, slug="home")
    services.hide_category(category)
    old = ["/product/one/", "/category/dom/"]
    for visitor in (None, make_user()):
        if visitor:
            client.force_login(visitor)
        assert [client.get(address).status_code for address in old] == [404, 404]
    client.force_login(make_admin())
    assert leads_to(client, old[0]) == "/product/two/"
    assert leads_to(client, old[1]) == "/category/home/"


def test_categories_do_the_same(client: Client) -> None:
    category = make_category("Дом")
    services.update_category(category, slug="home")
    assert leads_to(client, "/category/dom/?page=2") == "/category/home/?page=2"
    assert client.get("/category/home/").status_code == 200
    # A product of that name is another matter.
    assert client.get("/product/dom/").status_code == 404
    services.delete_category(category)
    for address in ("/category/dom/", "/category/home/"):
        assert client.get(address).status_code == 410
    assert client.get("/category/nothing/").status_code == 404


@pytest.mark.parametrize("slug", ["svet", ""])
def test_a_name_that_is_taken_changes_nothing(client: Client, slug: str) -> None:
    make_category("Свет")
    category = make_category("Дом")
    with pytest.raises(ValidationError) as refused:
        services.update_category(category, slug=slug, name_ru="Новое")
    assert list(refused.value.message_dict) == ["slug"]
    stored = Category.objects.get(pk=category.pk)
    assert (stored.slug, stored.name_ru) == ("dom", "Дом")
    product = make_product(slug="one")
    make_product(slug="two")
    with pytest.raises(ValidationError):
        renamed(product, "two")
    assert not OldAddress.objects.exists()


def test_only_who_finds_nothing_asks_for_old_addresses(client: Client) -> None:
    product = make_product(slug="one")
    before = queries(client, "/product/one/")
    renamed(product, "two")
    assert queries(client, "/product/two/") == before
