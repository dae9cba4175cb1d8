"""Products in the back office: pictures, stock, the list, and who may do what."""

import io
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from catalog.models import Product, ProductImage, StockEntry
from tests.backoffice import (
    events,
    filled,
    messages,
    office,
    queries,
    staff_with,
)
from tests.factories import make_category, make_product, make_template

pytestmark = pytest.mark.django_db

LIST = "/admin/catalog/product/"
ADD = "/admin/catalog/product/add/"
LEDGER = "/admin/catalog/stockentry/"


def change(product: Product) -> str:
    return reverse("admin:catalog_product_change", args=[product.pk])


def stock_page(product: Product) -> str:
    return reverse("admin:catalog_product_stock", args=[product.pk])


def upload(name: str = "a.png", size: tuple[int, int] = (40, 30)) -> SimpleUploadedFile:
    file = io.BytesIO()
    Image.new("RGB", size, "teal").save(file, "PNG")
    return SimpleUploadedFile(name, file.getvalue(), "image/png")


# --- Pictures -------------------------------------------------------------------------


def image_fields(**fields: Any) -> dict[str, Any]:
    """The empty last row of the pictures, filled in."""
    return {f"images-0-{name}": value for name, value in fields.items()}


def test_a_picture_is_an_upload_or_an_address(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path
    product = make_product()
    client = office()
    data = filled(client.get(change(product)), **image_fields(file=upload()))
    assert client.post(change(product), data).status_code == 302
    image = product.images.get()
    assert image.file.name.startswith("products/")
    assert (tmp_path / image.file.name).exists()
    page = client.get(change(product))
    assert image.address in page.content.decode()
    data = filled(page, **{"images-1-url": "https://x.example/b.jpg"})
    assert client.post(change(product), data).status_code == 302
    assert product.image_urls == [image.address, "https://x.example/b.jpg"]
    assert (tmp_path / image.file.name).exists()
    assert events().count("product_updated") == 2


def test_pictures_stand_by_position_and_new_ones_last() -> None:
    addresses = [f"https://x.example/{n}.jpg" for n in range(3)]
    product = make_product(images=addresses)
    client = office()
    data = filled(
        client.get(change(product)),
        **{"images-0-position": "9", "images-3-url": "https://x.example/new.jpg"},
        **{"images-1-DELETE": "on"},
    )
    assert client.post(change(product), data).status_code == 302
    assert Product.objects.get().image_urls == [
        "https://x.example/2.jpg", "https://x.example/0.jpg",
        "https://x.example/new.jpg",
    ]  # fmt: skip
    assert list(product.images.values_list("position", flat=True)) == [0, 1, 2]


@pytest.mark.parametrize(
    ("fields", "field", "message"),
    [
        ({"url": "ftp://x.example/a.jpg"}, "url", "Enter a valid URL."),
        ({"url": "javascript:alert(1)"}, "url", "Enter a valid URL."),
        (
            {"url": "https://x.example/a.jpg", "file": upload()},
            "url",
            "Give either an address or a file.",
        ),
        ({"position": "3"}, "url", "Give either an address or a file."),
        (
            {"file": SimpleUploadedFile("a.png", b"<svg onload=alert(1)>")},
            "file",
            "This is not a picture. JPEG, PNG, WebP and AVIF are accepted.",
        ),
        (
            {"file": upload(size=(6000, 5000))},
            "file",
            "The picture has more than 24 million pixels, or it moves.",
        ),
    ],
    ids=["ftp", "script", "both", "neither", "not-a-picture", "too-large"],
)
def test_a_picture_that_is_none_is_refused(
    fields: dict[str, Any], field: str, message: str
) -> None:
    product = make_product()
    client = office()
    data = filled(client.get(change(product)), sku="NEW", **image_fields(**fields))
    for value in fields.values():
        if isinstance(value, SimpleUploadedFile):
            value.seek(0)
    page = client.post(change(product), data)
    (inline,) = page.context["inline_admin_formsets"]
    assert inline.formset.errors[0] == {field: [message]}
    assert not ProductImage.objects.exists()
    assert not Product.objects.filter(sku="NEW").exists()
    assert events() == ["product_created"]


# --- Deleting -------------------------------------------------------------------------


def test_deleting_goes_through_the_service_whatever_the_ledger_holds() -> None:
    product = make_product()
    client = office()
    url = reverse("admin:catalog_product_delete", args=[product.pk])
    page = client.get(url)
    assert page.context["perms_lacking"] == set()
    assert client.post(url, {"post": "yes"}).status_code == 302
    assert not Product.objects.exists()
    assert events() == ["product_created", "product_deleted"]


def test_deleting_many_goes_through_the_service() -> None:
    products = [make_product() for _ in range(3)]
    data = {
        "action": "delete_selected",
        "_selected_action": [str(product.pk) for product in products[:2]],
        "post": "yes",
    }
    assert office().post(LIST, data).status_code == 302
    assert list(Product.objects.all()) == [products[2]]
    assert events().count("product_deleted") == 2


# --- The stock ------------------------------------------------------------------------


def test_stock_changes_by_a_ledger_entry_with_a_reason() -> None:
    product = make_product(stock=5)
    user = staff_with("catalog.change_product", "catalog.view_product")
    client = office(user)
    data = {"delta": "-2", "reason": "write_off", "note": "broken"}
    answer = client.post(stock_page(product), data, follow=True)
    assert messages(answer) == [f"{product.sku}: 3 pieces in stock."]
    assert Product.objects.get().stock == 3
    entry = StockEntry.objects.get(reason="write_off")
    assert (entry.delta, entry.note, entry.actor) == (-2, "broken", user)
    assert LogEntry.objects.get().user == user
    assert "broken" in client.get(change(product)).content.decode()


@pytest.mark.parametrize(
    ("data", "field", "message"),
    [
        ({"delta": "0"}, "delta", "The stock would not change."),
        ({"delta": ""}, "delta", "This field is required."),
        ({"delta": "1.5"}, "delta", "Enter a whole number."),
        ({"delta": "-6"}, "delta", "There is not enough left of: Чай."),
        ({"delta": "2147483647"}, "delta", "There is not enough left of: Чай."),
        (
            {"delta": str(10**20)},
            "delta",
            "Ensure this value is less than or equal to 2147483647.",
        ),
        (
            {"reason": "sale"},
            "reason",
            "Select a valid choice. sale is not one of the available choices.",
        ),
        (
            {"note": "x" * 256},
            "note",
            "Ensure this value has at most 255 characters (it has 256).",
        ),
    ],
)
def test_a_refused_movement_leaves_no_trace(
    data: dict[str, str], field: str, message: str
) -> None:
    product = make_product(name="Чай", stock=5)
    page = office().post(
        stock_page(product), {"delta": "1", "reason": "receipt"} | data
    )
    assert page.status_code == 200
    assert dict(page.context["form"].errors) == {field: [message]}
    assert Product.objects.get().stock == 5
    assert StockEntry.objects.count() == 1
    assert not LogEntry.objects.exists()


def test_stock_is_for_those_who_may_change_products() -> None:
    product = make_product(stock=5)
    data = {"delta": "1", "reason": "receipt"}
    client = office(staff_with("catalog.view_product"))
    assert client.get(stock_page(product)).status_code == 403
    assert client.post(stock_page(product), data).status_code == 403
    assert "Change stock" not in client.get(change(product)).content.decode()
    assert Product.objects.get().stock == 5
    admin = office()
    missing = reverse("admin:catalog_product_stock", args=[make_category().pk])
    assert admin.get(missing).status_code == 404


def test_the_ledger_is_only_read() -> None:
    product = make_product(sku="ABC")
    make_product(sku="XYZ")
    entry = product.stock_entries.get()
    client = office()
    url = LEDGER
    assert client.get(f"{url}add/").status_code == 403
    edit = f"{url}{entry.pk}/change/"
    assert client.post(edit, {"delta": "99", "reason": "sale"}).status_code == 403
    assert client.post(f"{url}{entry.pk}/delete/", {"post": "yes"}).status_code == 403
    data = {"action": "delete_selected", "_selected_action": [str(entry.pk)]}
    client.post(url, data | {"post": "yes"})
    assert StockEntry.objects.get(pk=entry.pk).delta == 10
    assert StockEntry.objects.count() == 2
    found = client.get(url, {"q": "abc"}).context["cl"].result_list
    assert list(found) == [entry]
    found = client.get(url, {"reason__exact": "sale"}).context["cl"].result_list
    assert list(found) == []


# --- The list -------------------------------------------------------------------------


def found(url: str, **asked: str) -> set[str]:
    page = office().get(url, asked)
    assert page.status_code == 200
    return {product.sku for product in page.context["cl"].result_list}


def test_products_are_found_by_text_sku_and_number() -> None:
    tea = make_product(sku="TEA-1", name="Чёрный ЧАЙ", name_en="Black tea")
    make_product(sku="COFFEE", name="Кофе")
    assert found(LIST, q="черный чай") == {"TEA-1"}
    assert found(LIST, q="black") == {"TEA-1"}
    assert found(LIST, q="tea-1") == {"TEA-1"}
    assert found(LIST, q=str(tea.number)) >= {"TEA-1"}
    assert found(LIST, q="9" * 40) == set()


def test_products_are_narrowed_by_stock_template_and_category() -> None:
    template = make_template()
    root = make_category("root")
    below = make_category("below", make_category("middle", root))
    make_product(sku="many", stock=4, categories=[below], template=template)
    make_product(sku="low", stock=3, categories=[root])
    make_product(sku="out", stock=0)
    make_product(sku="off", stock=0, is_active=False)
    assert found(LIST, stock="low") == {"low", "out"}
    assert found(LIST, stock="out") == {"out", "off"}
    assert found(LIST, stock="in") == {"many", "low"}
    assert found(LIST, is_active__exact="0") == {"off"}
    assert found(LIST, template__id__exact=str(template.pk)) == {"many"}
    assert found(LIST, category=str(root.pk)) == {"many", "low"}
    assert found(LIST, category=str(below.pk)) == {"many"}


def test_the_category_filter_goes_down_step_by_step() -> None:
    root, other = make_category("root"), make_category("other")
    middle = make_category("middle", root)
    make_category("below", middle)
    make_category("elsewhere", other)
    page = office().get(LIST, {"category": str(middle.pk)})
    (shown,) = [f for f in page.context["cl"].filter_specs if f.title == "category"]
    names = [name for _pk, name in shown.lookup_choices]
    assert names == ["root", "— middle", "— — below"]


@pytest.mark.parametrize(
    "query",
    [
        "category=nonsense",
        f"category={'0' * 32}",
        "template__id__exact=x",
        "o=99",
        "p=x",
    ],
)
def test_a_filter_that_is_none_never_breaks_the_list(query: str) -> None:
    assert office().get(f"{LIST}?{query}", follow=True).status_code == 200


def test_the_list_takes_the_same_queries_for_1_and_30_products() -> None:
    template, category = make_template(), make_category()
    client = office()

    def fill(count: int) -> None:
        for n in range(count):
            make_product(
                template=template, categories=[category], images=[f"https://x.kz/{n}"]
            )

    fill(1)
    others = ("/admin/catalog/spectemplate/", "/admin/catalog/category/")
    lists = (LIST, LEDGER, *others)
    before = [queries(client, url) for url in lists]
    fill(29)
    for _ in range(5):
        make_template()
        make_category()
    assert [queries(client, url) for url in lists] == before
    assert max(before) <= 12


# --- Who may --------------------------------------------------------------------------


def test_whoever_may_only_view_sees_all_and_changes_nothing() -> None:
    product = make_product(
        sku="A",
        template=make_template(schema={"brand": "string"}),
        attributes={"brand": "Zhuldyz"},
        images=["https://x.example/a.jpg"],
    )
    client = office(staff_with("catalog.view_product"))
    page = client.get(change(product))
    html = page.content.decode()
    assert "Brand: Zhuldyz" in html
    assert "https://x.example/a.jpg" in html
    assert "_save" not in html
    assert client.post(change(product), {"sku": "B"}).status_code == 403
    assert client.get(ADD).status_code == 403
    assert Product.objects.get().sku == "A"


def test_whoever_may_change_products_may_change_their_pictures() -> None:
    product = make_product()
    client = office(staff_with("catalog.change_product"))
    data = filled(
        client.get(change(product)), **image_fields(url="https://x.example/a.jpg")
    )
    assert client.post(change(product), data).status_code == 302
    assert Product.objects.get().image_urls == ["https://x.example/a.jpg"]
