"""An address may name the language in which it is to be read: ?lang=kk."""

import pytest
from django.test import Client

from tests.factories import make_category, make_product
from tests.pages import html

pytestmark = pytest.mark.django_db


def language_of(client: Client, address: str) -> str:
    page = client.get(address)
    assert page.status_code == 200
    code = page["Content-Language"]
    assert f'<html lang="{code}">' in html(page)
    return str(code)


def test_an_address_names_the_language_whatever_the_browser_asks_for() -> None:
    make_product(name_ru="Лампа", name_kk="Шам", slug="lamp")
    for code, name in (("ru", "Лампа"), ("kk", "Шам")):
        reader = Client(headers={"Accept-Language": "en"})
        page = reader.get(f"/product/lamp/?lang={code}")
        assert page["Content-Language"] == code
        assert f"<title>{name} · " in html(page)
        assert "Accept-Language" in page["Vary"]


def test_who_has_not_chosen_goes_on_in_that_language() -> None:
    reader = Client(headers={"Accept-Language": "en"})
    assert language_of(reader, "/") == "en"
    assert reader.cookies.get("django_language") is None
    assert language_of(reader, "/?lang=kk") == "kk"
    assert language_of(reader, "/") == "kk"
    # Another address reads in another language, and chooses none.
    assert language_of(reader, "/?lang=ru") == "ru"
    assert language_of(reader, "/") == "kk"


def test_a_choice_is_not_undone_by_the_address() -> None:
    category = make_category("Дом")
    reader = Client(headers={"Accept-Language": "en"})
    page = html(reader.get(f"{category.get_absolute_url()}?lang=kk&page=1&q=a%26b"))
    address = f"{category.get_absolute_url()}?page=1&amp;q=a%26b"
    assert f'name="next" value="{address}"' in page
    assert 'name="next" value="/?"' in html(reader.get("/?lang=kk"))
    reader.post("/i18n/setlang/", {"language": "ru", "next": "/"})
    assert language_of(reader, "/") == "ru"
    assert language_of(reader, "/?lang=kk") == "kk"
    assert language_of(reader, "/") == "ru"


@pytest.mark.parametrize(
    "value", ["", "de", "RU", "kk-KZ", "kk%00", "%ff", "../kk", "kk" * 5000]
)
def test_what_is_no_language_of_the_shop_says_nothing(value: str) -> None:
    reader = Client(headers={"Accept-Language": "en"})
    assert language_of(reader, f"/?lang={value}") == "en"
    assert reader.cookies.get("django_language") is None


def test_the_api_and_forms_do_not_hear_of_it() -> None:
    make_product(sku="LMP", name_ru="Лампа", name_en="Lamp")
    reader = Client(headers={"Accept-Language": "en"})
    found = reader.get("/api/products?lang=ru").json()["results"]
    assert [product["name"] for product in found] == ["Lamp"]
    reader.post("/cart/add/?lang=kk", {})
    assert reader.cookies.get("django_language") is None
