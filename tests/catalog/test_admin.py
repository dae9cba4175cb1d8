"""Products in the back office: fields by template, stock by ledger, all by services."""

import io
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import translation
from PIL import Image

from catalog.models import Product, ProductImage, SpecTemplate, StockEntry
from events.models import OutboxMessage
from tests.backoffice import errors, filled, messages, office, queries, staff_with
from tests.factories import make_category, make_product, make_template

pytestmark = pytest.mark.django_db

LIST = "/admin/catalog/product/"
ADD = "/admin/catalog/product/add/"
LEDGER = "/admin/catalog/stockentry/"
SCHEMA = {
    "brand": "string",
    "ram": {"type": "choice", "choices": [8, 16], "unit": "GB", "required": True},
    "weight": {"type": "number", "unit": "kg", "label_en": "Weight", "max": 10},
    "touch": {"type": "boolean"},
    "released": "date",
    "site": "url",
    "about it": "text",
}


def change(product: Product) -> str:
    return reverse("admin:catalog_product_change", args=[product.pk])


def stock_page(product: Product) -> str:
    return reverse("admin:catalog_product_stock", args=[product.pk])


def upload(name: str = "a.png", size: tuple[int, int] = (40, 30)) -> SimpleUploadedFile:
    file = io.BytesIO()
    Image.new("RGB", size, "teal").save(file, "PNG")
    return SimpleUploadedFile(name, file.getvalue(), "image/png")


def events() -> list[str]:
    return list(OutboxMessage.objects.values_list("event_type", flat=True))


def new_product(page: Any, **changes: Any) -> dict[str, Any]:
    return filled(page, **{"name_ru": "Чай", "sku": "TEA", "price": "250.50"} | changes)


# --- Adding ---------------------------------------------------------------------------


def test_adding_goes_through_the_service() -> None:
    client, category = office(), make_category("Напитки")
    data = new_product(
        client.get(ADD), stock="7", name_kk="Шай", categories=[str(category.pk)]
    )
    answer = client.post(ADD, data)
    assert answer.status_code == 302, errors(answer)
    product = Product.objects.get()
    assert (product.sku, product.price, product.stock) == ("TEA", Decimal("250.50"), 7)
    assert (product.name_ru, product.name_kk, product.is_active) == ("Чай", "Шай", True)
    assert product.slug == f"chai-{product.number}"
    assert "шай" in product.search_text
    assert list(product.categories.all()) == [category]
    entry = product.stock_entries.get()
    assert (entry.delta, entry.reason) == (7, StockEntry.Reason.OPENING)
    assert entry.actor == answer.wsgi_request.user
    assert events() == ["product_created"]
    assert LogEntry.objects.get().object_id == str(product.pk)


def test_a_template_draws_its_fields_before_anything_is_saved() -> None:
    client, template = office(), make_template(schema=SCHEMA)
    data = new_product(client.get(ADD), template=str(template.pk))
    page = client.post(ADD, data | {"_continue": "1"})
    assert errors(page) == {"attribute_ram": ["This attribute is required."]}
    assert not Product.objects.exists()
    assert events() == []
    typed = {"attribute_ram": "16", "attribute_weight": "1,5", "attribute_touch": ""}
    answer = client.post(ADD, filled(page, **typed) | {"_continue": "1"})
    product = Product.objects.get()
    assert answer.url == change(product)
    assert product.attributes == {"ram": 16, "weight": 1.5}


def test_the_address_may_name_the_template() -> None:
    template = SpecTemplate.objects.get(pk=make_template(schema=SCHEMA).pk)
    page = office().get(ADD, {"template": str(template.pk)})
    form = page.context["adminform"].form
    assert form["template"].value() == str(template.pk)
    drawn = [name for name in form.fields if name.startswith("attribute_")]
    assert drawn == [f"attribute_{key}".replace(" ", "+") for key in template.fields]
    assert len(drawn) == len(SCHEMA)


@pytest.mark.parametrize("template", ["nonsense", "", "0" * 32])
def test_a_template_that_is_none_draws_nothing(template: str) -> None:
    page = office().get(ADD, {"template": template})
    assert page.status_code == 200
    assert not any(
        "attribute_" in name for name in page.context["adminform"].form.fields
    )


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("name_ru", "", "This field is required."),
        ("name_ru", "  ", "This field is required."),
        ("sku", "", "This field is required."),
        ("sku", "x" * 65, "Ensure this value has at most 64 characters (it has 65)."),
        ("sku", "TAKEN", "Product with this SKU already exists."),
        ("price", "-1", "Ensure this value is greater than or equal to 0."),
        ("price", "1.005", "Ensure that there are no more than 2 decimal places."),
        ("price", "1e99", "Ensure that there are no more than 12 digits in total."),
        ("price", "a lot", "Enter a number."),
        ("stock", "-1", "Ensure this value is greater than or equal to 0."),
        ("stock", "1.5", "Enter a whole number."),
        (
            "stock",
            str(10**20),
            "Ensure this value is less than or equal to 2147483647.",
        ),
        ("categories", ["nonsense"], "“nonsense” is not a valid UUID."),
    ],
)
def test_what_cannot_be_saved_is_said_at_its_field(
    field: str, value: Any, message: str
) -> None:
    make_product(sku="TAKEN")
    before = events()
    client = office()
    page = client.post(ADD, new_product(client.get(ADD), **{field: value}))
    assert errors(page) == {field: [message]}
    assert Product.objects.count() == 1
    assert events() == before


def test_a_sku_taken_at_the_last_moment_is_a_form_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_product(sku="TEA")
    # The other one came after this form had looked.
    monkeypatch.setattr(
        "catalog.admin_forms.ProductForm.validate_unique", lambda _: None
    )
    client = office()
    page = client.post(ADD, new_product(client.get(ADD), stock="3"))
    assert errors(page) == {"__all__": ["There is already a product with SKU TEA."]}
    assert Product.objects.count() == 1
    assert StockEntry.objects.count() == 1
    assert not LogEntry.objects.exists()


# --- Changing -------------------------------------------------------------------------


def test_changes_go_through_the_service_and_nothing_else_moves() -> None:
    product = make_product(sku="A", description="old", stock=5)
    client = office()
    page = client.get(change(product))
    Product.objects.update(price=77)  # meanwhile, by somebody else
    answer = client.post(change(product), filled(page, name_ru="Новое", price="100.00"))
    assert answer.status_code == 302, errors(answer)
    product.refresh_from_db()
    assert product.name_ru == "Новое"
    assert product.price == 100
    assert (product.stock, product.description) == (5, "old")
    assert "новое" in product.search_text
    assert events() == ["product_created", "product_updated"]
    assert (
        LogEntry.objects.get().get_change_message() == "Changed Name [ru] and Price, ₸."
    )


def test_saving_without_a_change_changes_nothing() -> None:
    product = make_product(
        template=make_template(schema=SCHEMA),
        attributes={"ram": 8, "touch": False, "weight": 1e-7, "old": [1, {"a": 2}]},
    )
    client = office()
    page = client.get(change(product))
    assert client.post(change(product), filled(page)).status_code == 302
    product.refresh_from_db()
    assert product.attributes == {
        "ram": 8, "touch": False, "weight": 1e-7, "old": [1, {"a": 2}],
    }  # fmt: skip
    assert events() == ["product_created"]


def test_fields_are_drawn_from_the_template() -> None:
    product = make_product(
        template=make_template(schema=SCHEMA),
        attributes={"ram": 8, "touch": True, "released": "2026-11-20"},
    )
    page = office().get(change(product))
    fields = page.context["adminform"].form.fields
    labels = {
        name.removeprefix("attribute_"): str(field.label)
        for name, field in fields.items()
        if name.startswith("attribute_")
    }
    assert labels == {
        "brand": "Brand", "ram": "Ram, GB", "weight": "Weight, kg", "touch": "Touch",
        "released": "Released", "site": "Site", "about+it": "About it",
    }  # fmt: skip
    assert fields["attribute_ram"].required
    html = page.content.decode()
    assert '<option value="8" selected>8\N{NO-BREAK SPACE}GB</option>' in html
    assert '<option value="true" selected>yes</option>' in html
    assert 'type="date" name="attribute_released" value="2026-11-20"' in html
    assert 'type="number" name="attribute_weight" step="any" max="10"' in html
    assert 'type="url" name="attribute_site"' in html


def test_typed_attributes_become_their_types_and_others_stay() -> None:
    product = make_product(
        template=make_template(schema=SCHEMA),
        attributes={"ram": 8, "brand": "Old", "of before": {"kept": [1]}},
    )
    client = office()
    typed = {
        "attribute_ram": "16",
        "attribute_brand": "",
        "attribute_weight": "2",
        "attribute_touch": "false",
        "attribute_released": "2026-01-31",
        "attribute_about+it": "long",
    }
    answer = client.post(change(product), filled(client.get(change(product)), **typed))
    assert answer.status_code == 302, errors(answer)
    product.refresh_from_db()
    assert product.attributes == {
        "ram": 16, "weight": 2, "touch": False, "released": "2026-01-31",
        "about it": "long", "of before": {"kept": [1]},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("weight", "heavy", "A number is expected."),
        ("weight", "11", "At most 10."),
        ("ram", "12", "Choose one of: 8, 16."),
        ("ram", "", "This attribute is required."),
        ("touch", "maybe", "Yes or no is expected."),
        ("released", "31.01.2026", "A date like 2026-11-20 is expected."),
        ("site", "javascript:alert(1)", "Enter a valid URL."),
        ("brand", "x" * 256, "At most 255 characters."),
        ("brand", "a\0b", "Null characters are not allowed."),
    ],
)
def test_attributes_that_break_the_template_are_refused(
    key: str, value: str, message: str
) -> None:
    product = make_product(template=make_template(schema=SCHEMA), attributes={"ram": 8})
    client = office()
    page = client.get(change(product))
    answer = client.post(
        change(product), filled(page, **{f"attribute_{key}": value, "sku": "NEW"})
    )
    assert errors(answer) == {f"attribute_{key}": [message]}
    product.refresh_from_db()
    assert product.attributes == {"ram": 8}
    assert product.sku != "NEW"
    assert events() == ["product_created"]


def test_another_template_keeps_what_was_known() -> None:
    old = make_template(schema={"brand": "string", "colour": "string"})
    new = make_template(schema={"brand": "string", "size": "string"})
    product = make_product(
        template=old, attributes={"brand": "B", "colour": "red", "size": "XL"}
    )
    client = office()
    data = filled(client.get(change(product)), template=str(new.pk))
    assert client.post(change(product), data).status_code == 302
    product.refresh_from_db()
    assert product.template == new
    assert product.attributes == {"brand": "B", "colour": "red", "size": "XL"}
    page = client.get(change(product))
    fields = page.context["adminform"].form.fields
    assert "attribute_size" in fields
    assert "attribute_colour" not in fields
    assert "Colour: red" in page.content.decode()


def test_a_choice_that_is_no_longer_offered_is_seen_and_said() -> None:
    template = make_template(schema={"size": {"type": "choice", "choices": ["S", "M"]}})
    product = make_product(template=template, attributes={"size": "S"})
    template.schema = {"size": {"type": "choice", "choices": ["M"]}}
    template.save()
    client = office()
    data = filled(client.get(change(product)))
    assert data["attribute_size"] == "S"
    page = client.post(change(product), data)
    assert errors(page) == {"attribute_size": ["Choose one of: M."]}


def test_stock_is_shown_and_cannot_be_typed() -> None:
    product = make_product(stock=5)
    client = office()
    page = client.get(change(product))
    assert "stock" not in page.context["adminform"].form.fields
    client.post(change(product), filled(page, stock="999", number="1", slug="mine"))
    stored = Product.objects.get()
    assert (stored.stock, stored.number, stored.slug) == (
        5, product.number, product.slug,
    )  # fmt: skip
    assert StockEntry.objects.count() == 1


def test_an_emptied_translation_is_empty() -> None:
    product = make_product(name="Чай", name_en="Tea")
    client = office()
    client.post(change(product), filled(client.get(change(product)), name_en=""))
    product.refresh_from_db()
    assert product.name_en == ""
    with translation.override("en"):
        assert product.name == "Чай"


def test_a_product_deleted_meanwhile_leads_back_to_the_list(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    product = make_product()
    client = office()
    data = filled(client.get(change(product)), sku="NEW")
    monkeypatch.setattr("catalog.services.products.lock_products", lambda _: {})
    answer = client.post(change(product), data, follow=True)
    assert answer.redirect_chain == [(LIST, 302)]
    assert messages(answer) == ["This has just been deleted."]
    assert not LogEntry.objects.exists()


@pytest.mark.parametrize(
    "fields",
    [
        {"template": "nonsense"},
        {"images-TOTAL_FORMS": "999999"},
        {"images-TOTAL_FORMS": "x"},
        {"images-INITIAL_FORMS": "5"},
        {"images-0-id": "nonsense", "images-INITIAL_FORMS": "1"},
        {"price": "NaN"},
        {"sku": "a\0b"},
    ],
)
def test_a_form_that_was_tampered_with_changes_nothing(fields: dict[str, str]) -> None:
    product = make_product(sku="A", price=5)
    client = office()
    data = filled(client.get(change(product)), name_ru="new") | fields
    assert client.post(change(product), data).status_code == 200
    product.refresh_from_db()
    assert (product.sku, product.price) == ("A", Decimal(5))
    assert product.name_ru != "new"
    assert events() == ["product_created"]


def test_names_are_text_and_never_markup() -> None:
    evil = "<script>alert(1)</script>"
    product = make_product(
        sku=evil, name=evil, attributes={evil: evil}, images=["https://x.example/<b>"]
    )
    client = office()
    for url in (
        LIST,
        change(product),
        stock_page(product),
        "/admin/catalog/stockentry/",
    ):
        html = client.get(url).content.decode()
        assert evil not in html
        assert "<b>" not in html
        assert "&lt;script&gt;" in html


def test_an_unknown_product_leads_back() -> None:
    client = office()
    for key in ("nonsense", "0" * 32):
        answer = client.get(f"{LIST}{key}/change/", follow=True)
        assert answer.status_code == 200
        assert "doesn’t exist" in messages(answer)[0]


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
    assert image.thumb_url in page.content.decode()
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
