"""Parts of a product: what a form offers, and what comes of sending more than that."""

from typing import Any

import pytest
from django.urls import reverse

from accounts.models import User
from catalog.models import Product, StockEntry
from tests.api import client_of
from tests.backoffice import filled, office, staff_in, staff_with
from tests.catalog.pictures import drawn
from tests.factories import make_category, make_product, make_template

pytestmark = pytest.mark.django_db

TEXTS = {
    "name_ru", "name_kk", "name_en", "description_ru", "description_kk",
    "description_en", "template", "categories", "attribute_brand",
}  # fmt: skip
PRICES = {"price", "compare_at_price"}
REST = {"sku", "barcode", "is_active"}


@pytest.fixture
def product() -> Product:
    return make_product(
        sku="TEA-1",
        name="Чай",
        price="100.00",
        stock=5,
        template=make_template(schema={"brand": "string"}),
        attributes={"brand": "Zhuldyz"},
        images=["https://x.example/a.jpg"],
        categories=[make_category("Напитки")],
    )


def page_of(product: Product) -> str:
    return reverse("admin:catalog_product_change", args=[product.pk])


def stock_page(product: Product) -> str:
    return reverse("admin:catalog_product_stock", args=[product.pk])


def held(*rights: str) -> User:
    return staff_with("catalog.view_product", *(f"catalog.{name}" for name in rights))


@pytest.mark.parametrize(
    ("rights", "fields", "pictures"),
    [
        (["change_product"], TEXTS | PRICES | REST, True),
        (["change_product_texts"], TEXTS, True),
        (["change_price"], PRICES, False),
        (["change_product_texts", "change_price"], TEXTS | PRICES, True),
    ],
)
def test_a_form_has_the_fields_that_somebody_may_change(
    rights: list[str], fields: set[str], pictures: bool, product: Product
) -> None:
    page = office(held(*rights)).get(page_of(product))
    # `stock` is declared for new products; here it is read. `seen` is what was there.
    shown = page.context["adminform"].form.fields.keys() - {"stock", "seen"}
    assert shown == fields
    (images,) = page.context["inline_admin_formsets"]
    assert images.has_change_permission == images.has_add_permission == pictures
    # The rest is there to be read.
    for text in ("TEA-1", "Zhuldyz", "https://x.example/a.jpg"):
        assert text in page.content.decode()
    may_move = "change_product" in rights
    assert (stock_page(product) in page.content.decode()) == may_move


@pytest.mark.parametrize(
    ("rights", "changed"),
    [
        (["change_product"], {"name_en", "price", "sku", "is_active"}),
        (["change_product_texts"], {"name_en"}),
        (["change_price"], {"price"}),
    ],
)
def test_what_is_sent_beyond_them_changes_nothing(
    rights: list[str], changed: set[str], product: Product
) -> None:
    client = office(held(*rights))
    boss = office(held("change_product"))
    new = {"name_en": "New", "price": "7", "sku": "NEW", "stock": "77"}
    data = filled(boss.get(page_of(product)), **new)
    del data["is_active"]
    assert client.post(page_of(product), data).status_code == 302
    before = {"name_en": None, "price": 100, "sku": "TEA-1", "is_active": True}
    after = {"name_en": "New", "price": 7, "sku": "NEW", "is_active": False}
    product.refresh_from_db()
    for name in before:
        wanted = after if name in changed else before
        assert getattr(product, name) == wanted[name], name
    assert product.stock == 5
    assert product.attributes == {"brand": "Zhuldyz"}
    assert product.image_urls == ["https://x.example/a.jpg"]


def test_pictures_of_somebody_without_the_right_are_not_taken(
    product: Product,
) -> None:
    client = office(held("change_price"))
    data = filled(office().get(page_of(product)), price="7")
    data["images-0-url"] = "https://x.example/b.jpg"
    assert client.post(page_of(product), data).status_code == 302
    product.refresh_from_db()
    assert product.price == 7
    assert product.image_urls == ["https://x.example/a.jpg"]


def test_a_new_product_is_all_of_one(product: Product) -> None:
    add = reverse("admin:catalog_product_add")
    client = office(held("add_product"))
    data = filled(client.get(add), name_ru="Кофе", sku="C", price="3", stock="4")
    assert client.post(add, data).status_code == 302
    created = Product.objects.get(sku="C")
    assert created.price == 3
    assert created.stock == 4
    assert client.post(page_of(product), {}).status_code == 403


def test_stock_moves_for_whoever_may_move_it_alone(product: Product) -> None:
    data = {"delta": "2", "reason": "receipt"}
    for rights in (["change_product_texts"], ["change_price"], []):
        client = office(held(*rights))
        assert client.get(stock_page(product)).status_code == 403
        assert client.post(stock_page(product), data).status_code == 403
    packer = staff_in("warehouse")
    page = office(packer).get(page_of(product)).content.decode()
    assert stock_page(product) in page
    assert 'name="_save"' not in page
    assert office(packer).post(stock_page(product), data).status_code == 302
    entry = StockEntry.objects.get(reason="receipt")
    assert (entry.delta, entry.actor) == (2, packer)


# --- The API --------------------------------------------------------------------------


def path(product: Product) -> str:
    return f"/api/products/{product.pk}"


def as_read(user: User, product: Product) -> dict[str, Any]:
    """The product as a client has it that sends it back whole."""
    read = client_of(user).get(path(product)).json()
    links = {
        "template_id": read["template_id"],
        "category_ids": [category["id"] for category in read["categories"]],
    }
    names = (
        "sku", "barcode", "name", "description", "price", "compare_at_price", "stock",
        "is_active", "images", "attributes", "name_ru",
    )  # fmt: skip
    return {**links, **{name: read[name] for name in names}}


@pytest.mark.parametrize(
    ("rights", "change", "refusal"),
    [
        (["change_product_texts"], {"price": "7.00"}, "You may not change prices."),
        (
            ["change_product_texts"],
            {"compare_at_price": "700.00"},
            "You may not change prices.",
        ),
        (["change_product_texts"], {"stock": 7}, "You may not change the stock."),
        (
            ["change_product_texts"],
            {"sku": "OTHER"},
            "You may not change SKUs, barcodes and what is on sale.",
        ),
        (
            ["change_price", "move_stock"],
            {"name": "New"},
            "You may not change texts, pictures, categories and attributes of"
            " products.",
        ),
        (["change_price", "move_stock"], {"images": []}, None),
        (["change_price", "move_stock"], {"category_ids": []}, None),
        (["change_price", "move_stock"], {"attributes": {}}, None),
    ],
)
@pytest.mark.parametrize("method", ["patch", "put"])
def test_what_is_not_theirs_is_refused_with_a_sentence(
    rights: list[str],
    change: dict[str, Any],
    refusal: str | None,
    method: str,
    product: Product,
) -> None:
    user = held(*rights)
    data = change if method == "patch" else {**as_read(user, product), **change}
    before = Product.objects.values().get()
    answer = getattr(client_of(user, HTTP_ACCEPT_LANGUAGE="en"), method)(
        path(product), data
    )
    assert answer.status_code == 403
    assert answer.json()["code"] == "permission_denied"
    if refusal:
        assert answer.json()["detail"] == refusal
    assert Product.objects.values().get() == before


@pytest.mark.parametrize(
    ("rights", "change"),
    [
        (["change_product_texts"], {"name": "New"}),
        (["change_price"], {"price": "7.00"}),
        (["move_stock"], {"stock": 7}),
    ],
)
def test_a_whole_product_may_be_sent_back_with_what_is_theirs_changed(
    rights: list[str], change: dict[str, Any], product: Product
) -> None:
    user = held(*rights)
    data = {**as_read(user, product), **change}
    if "name" in change:
        data["name_ru"] = change["name"]
    answer = client_of(user).put(path(product), data)
    assert answer.status_code == 200
    assert as_read(user, product) == data


def test_what_they_may_not_change_is_not_brought_back_either(
    product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sold between their reading and their writing: the sale stays."""
    from catalog.api import views

    user = held("change_product_texts")
    data = {**as_read(user, product), "name": "New", "name_ru": "New"}
    allowed_changes = views.allowed_changes

    def and_then_somebody_buys(*args: Any) -> dict[str, Any]:
        changes = allowed_changes(*args)
        Product.objects.update(stock=4, price="90.00")
        return changes

    monkeypatch.setattr(views, "allowed_changes", and_then_somebody_buys)
    assert client_of(user).put(path(product), data).status_code == 200
    product.refresh_from_db()
    assert (product.name, product.stock) == ("New", 4)
    assert product.price == 90


def test_pictures_that_come_with_a_price_are_left_out(product: Product) -> None:
    client = office(held("change_price"))
    data = filled(client.get(page_of(product)), price="150", pictures=drawn(4, 3))
    assert client.post(page_of(product), data).status_code == 302
    product.refresh_from_db()
    assert product.price == 150
    assert product.image_urls == ["https://x.example/a.jpg"]
