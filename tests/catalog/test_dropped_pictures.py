"""Pictures come many at once, wait for their form, and are copied with a product."""

from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from catalog import services, tasks
from catalog.models import PictureDraft, Product, ProductImage
from catalog.services.importing import import_products
from catalog.services.pictures import Described
from tests.audit.books import newest
from tests.backoffice import errors, filled, office, staff_with
from tests.catalog.pictures import expected, files
from tests.factories import make_admin, make_category, make_product, make_template
from tests.pages import html

pytestmark = pytest.mark.django_db

ADD = "/admin/catalog/product/add/"


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    return tmp_path / "media"


def upload(name: str, color: str) -> SimpleUploadedFile:
    file = BytesIO()
    Image.new("RGB", (40, 30), color).save(file, "PNG")
    return SimpleUploadedFile(name, file.getvalue(), "image/png")


def dropped(*colors: str) -> list[SimpleUploadedFile]:
    return [upload(f"{color}.png", color) for color in colors]


def new_product(page: Any, **fields: Any) -> dict[str, Any]:
    data = filled(page, name_ru="Чай", sku="TEA", price="250.50")
    # The block's fields stand in no Django form.
    data |= {"picture": [], "picture_alt": []}
    return data | fields


def colors(product: Product) -> list[str]:
    """The pictures in order, by what is on them."""
    known = {(255, 0, 0): "red", (0, 128, 0): "green", (0, 0, 255): "blue"}
    found = []
    for image in product.images.all():
        with image.file.open() as file, Image.open(file) as picture:
            pixel: Any = picture.convert("RGB").getpixel((1, 1))
            found.append(known[pixel])
    return found


def tokens(page: Any) -> list[str]:
    return [item.token for item in page.context["pictures"].items]


def change(product: Product) -> str:
    return reverse("admin:catalog_product_change", args=[product.pk])


# --- Many at once ---------------------------------------------------------------------


def test_pictures_come_with_the_product_in_one_save() -> None:
    client = office()
    data = new_product(
        client.get(ADD),
        pictures=dropped("red", "green", "blue"),
        picture=["file", "file", "file"],
        picture_alt=["Пачка", "", "Чашка <b>"],
    )
    answer = client.post(ADD, data)
    assert answer.status_code == 302, errors(answer)
    product = Product.objects.get()
    assert colors(product) == ["red", "green", "blue"]
    alts = list(product.images.values_list("alt", flat=True))
    assert alts == ["Пачка", "", "Чашка <b>"]
    page = html(client.get(product.get_absolute_url()))
    assert 'alt="Пачка"' in page
    assert 'alt="Чай, picture 2"' in page
    assert "Чашка &lt;b&gt;" in page
    assert not PictureDraft.objects.exists()


def test_without_the_script_they_stand_as_they_were_chosen() -> None:
    client = office()
    data = new_product(client.get(ADD), pictures=dropped("green", "red"))
    assert client.post(ADD, data).status_code == 302
    assert colors(Product.objects.get()) == ["green", "red"]


def test_they_are_added_behind_those_that_are_there() -> None:
    product = make_product(images=dropped("red"))
    client = office()
    data = filled(client.get(change(product)), pictures=dropped("blue"))
    assert client.post(change(product), data).status_code == 302
    assert colors(product) == ["red", "blue"]
    assert newest(product)[2].keys() == {"images"}


def test_texts_of_pictures_that_are_there_can_be_changed() -> None:
    product = make_product(images=dropped("red", "blue"))
    client = office()
    data = filled(client.get(change(product)), **{"images-1-alt": "Чашка"})
    assert client.post(change(product), data).status_code == 302
    assert list(product.images.values_list("alt", flat=True)) == ["", "Чашка"]
    assert colors(product) == ["red", "blue"]
    # Whoever sends the addresses back, as the API and files do, keeps the texts.
    services.set_images(product, product.image_urls[::-1])
    assert list(product.images.values_list("alt", flat=True)) == ["Чашка", ""]
    other = make_product(images=[Described("https://x.example/a.jpg", "A")])
    services.set_images(other, ["https://x.example/b.jpg", "https://x.example/a.jpg"])
    assert list(other.images.values_list("alt", flat=True)) == ["", "A"]
    row = f"sku,images\n{other.sku},https://x.example/a.jpg\n"
    import_products(BytesIO(row.encode()))
    assert list(other.images.values_list("alt", flat=True)) == ["A"]


# --- What waits -----------------------------------------------------------------------


def test_a_refused_form_keeps_its_pictures(media: Path) -> None:
    client = office()
    data = new_product(
        client.get(ADD),
        sku="",
        pictures=dropped("red", "green", "blue"),
        picture=["file"] * 3,
        picture_alt=["R", "G", "B"],
    )
    page = client.post(ADD, data)
    assert errors(page) == {"sku": ["This field is required."]}
    assert len(files(media)) == 3
    shown = page.context["pictures"].items
    assert [(item.name, item.alt) for item in shown] == [
        ("red.png", "R"), ("green.png", "G"), ("blue.png", "B"),
    ]  # fmt: skip
    assert shown[0].address in html(page)
    # Put in another order, one left out, one more dropped in.
    red, green, blue = tokens(page)
    data = new_product(
        page,
        pictures=dropped("green"),
        picture=[blue, "file", red, green],
        picture_alt=["B!", "new", "R", "G"],
        picture_remove=[green],
    )
    answer = client.post(ADD, data)
    assert answer.status_code == 302, errors(answer)
    product = Product.objects.get()
    assert colors(product) == ["blue", "green", "red"]
    alts = list(product.images.values_list("alt", flat=True))
    assert alts == ["B!", "new", "R"]
    assert not PictureDraft.objects.exists()


def test_positions_order_what_waits_without_the_script() -> None:
    client = office()
    page = client.post(
        ADD, new_product(client.get(ADD), sku="", pictures=dropped("red", "blue"))
    )
    data = new_product(
        page,
        picture=tokens(page),
        picture_alt=["", ""],
        picture_position=["2", "1"],
        pictures=dropped("green"),
    )
    assert client.post(ADD, data).status_code == 302
    assert colors(Product.objects.get()) == ["blue", "red", "green"]


def test_another_template_keeps_the_pictures_too() -> None:
    template = make_template(schema={"brand": "string"})
    client = office()
    data = new_product(
        client.get(ADD),
        template=str(template.pk),
        pictures=dropped("red"),
        _attributes="1",
    )
    page = client.post(ADD, data)
    assert "attribute_brand" in page.context["adminform"].form.fields
    assert len(tokens(page)) == 1


def test_what_the_service_refuses_keeps_them_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_product(sku="TEA")
    look = "catalog.admin_forms.ProductForm.validate_unique"
    monkeypatch.setattr(look, lambda _: None)
    client = office()
    page = client.post(ADD, new_product(client.get(ADD), pictures=dropped("red")))
    assert errors(page) == {"__all__": ["There is already a product with SKU TEA."]}
    data = new_product(page, sku="TEA-2", picture=tokens(page))
    assert client.post(ADD, data).status_code == 302
    assert colors(Product.objects.get(sku="TEA-2")) == ["red"]


def test_what_is_no_picture_is_named_and_the_others_wait(media: Path) -> None:
    client = office()
    evil = SimpleUploadedFile("<b>.svg", b"<svg onload=alert(1)>", "image/png")
    data = new_product(client.get(ADD), pictures=[*dropped("red"), evil])
    page = client.post(ADD, data)
    text = "<b>.svg: This is not a picture. JPEG, PNG, WebP and AVIF are accepted."
    assert errors(page) == {"__all__": [text]}
    assert "<b>.svg" not in html(page)
    assert len(tokens(page)) == len(files(media)) == 1
    assert not Product.objects.exists()


def test_pictures_have_a_number() -> None:
    client = office()
    images = [f"image:{uuid4()}" for _ in range(400)]
    many = dropped(*["red"] * 31)
    page = client.post(ADD, new_product(client.get(ADD), pictures=many, picture=images))
    assert errors(page) == {"__all__": ["At most 30 pictures."]}
    assert not Product.objects.exists()


def test_drafts_are_their_owners() -> None:
    mine = office()
    page = mine.post(ADD, new_product(mine.get(ADD), sku="", pictures=dropped("red")))
    (token,) = tokens(page)
    theirs = office(make_admin())
    data = new_product(theirs.get(ADD), picture=[token], picture_alt=[""])
    assert theirs.post(ADD, data).status_code == 302
    assert not ProductImage.objects.exists()
    assert PictureDraft.objects.count() == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"picture": ["draft:x", "image:", ":", "nonsense", f"draft:{uuid4()}"]},
        {"picture": ["file", "file"], "picture_alt": ["a"]},
        {"picture": ["file"], "picture_alt": ["x" * 999], "picture_position": ["-1"]},
        {"picture_remove": ["file"]},
        {"pictures": "no file"},
    ],
)
def test_a_block_that_was_tampered_with_adds_nothing(fields: dict[str, Any]) -> None:
    client = office()
    answer = client.post(ADD, new_product(client.get(ADD), **fields))
    assert answer.status_code == 302, errors(answer)
    assert not ProductImage.objects.exists()


def test_alternative_texts_fit_and_can_be_stored() -> None:
    client = office()
    data = new_product(
        client.get(ADD),
        pictures=dropped("red"),
        picture=["file"],
        picture_alt=["a\0b" + "ы" * 300],
    )
    assert client.post(ADD, data).status_code == 302
    assert ProductImage.objects.get().alt == "ab" + "ы" * 253


def test_drafts_go_after_a_day_and_take_their_files(
    media: Path, django_capture_on_commit_callbacks: Any
) -> None:
    client = office()
    page = client.post(
        ADD, new_product(client.get(ADD), sku="", pictures=dropped("red", "blue"))
    )
    product = make_product(images=dropped("red"))
    assert len(tokens(page)) == 2
    with django_capture_on_commit_callbacks(execute=True):
        tasks.forget_picture_drafts()
    assert PictureDraft.objects.count() == 2
    PictureDraft.objects.update(created_at=timezone.now() - timedelta(days=2))
    with django_capture_on_commit_callbacks(execute=True):
        tasks.forget_picture_drafts()
    assert not PictureDraft.objects.exists()
    # What a product names stays, whoever has dropped it in besides.
    assert colors(product) == ["red"]
    assert files(media) == expected()


def test_pictures_are_for_those_who_may_change_the_product(media: Path) -> None:
    product = make_product()
    client = office(staff_with("catalog.view_product"))
    assert "id_pictures" not in html(client.get(change(product)))
    answer = client.post(change(product), {"pictures": dropped("red")})
    assert answer.status_code == 403
    assert files(media) == set()
    assert not PictureDraft.objects.exists()


# --- Copies ---------------------------------------------------------------------------


def test_a_copy_begins_with_all_but_what_is_a_products_own(
    media: Path, django_capture_on_commit_callbacks: Any
) -> None:
    category = make_category()
    source = make_product(
        sku="A",
        barcode="111",
        name="Чай",
        name_kk="Шай",
        description="Листовой",
        price="250.50",
        compare_at_price=300,
        stock=7,
        template=make_template(schema={"brand": "string"}),
        attributes={"brand": "Zhuldyz", "of before": [1]},
        categories=[category],
        images=[Described(upload("a.png", "red"), "Пачка"), "https://x.example/a.jpg"],
    )
    client = office()
    page = client.get(change(source))
    address = f"{ADD}?copy={source.pk}"
    assert f'href="{address}"' in html(page)
    page = client.get(address)
    assert "Copy of Чай" in html(page)
    data = filled(page, sku="B")
    assert data["stock"] == 0
    assert "barcode" not in data or data["barcode"] == ""
    items = page.context["pictures"].items
    data |= {"picture": tokens(page), "picture_alt": [item.alt for item in items]}
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(address, data)
    assert answer.status_code == 302, errors(answer)
    copy = Product.objects.get(sku="B")
    for name in ("name_ru", "name_kk", "description_ru", "price", "compare_at_price",
                 "template", "attributes", "is_active"):  # fmt: skip
        assert getattr(copy, name) == getattr(source, name), name
    assert (copy.stock, copy.barcode) == (0, "")
    assert copy.slug != source.slug
    assert list(copy.categories.all()) == [category]
    assert [image.alt for image in copy.images.all()] == ["Пачка", ""]
    assert copy.image_urls == source.image_urls
    # Each has the file as its own, as far as anybody can tell.
    with django_capture_on_commit_callbacks(execute=True):
        services.delete_product(source)
    assert files(media) == expected()
    assert copy.images.first().file.storage.exists(copy.images.first().file.name)


@pytest.mark.parametrize("key", ["nonsense", str(uuid4()), ""])
def test_a_copy_of_nothing_is_a_new_product(key: str) -> None:
    page = office().get(ADD, {"copy": key})
    assert page.status_code == 200
    assert "Copy of" not in html(page)


def test_copying_is_for_those_who_may_see_and_add() -> None:
    source = make_product(name="Чай", images=["https://x.example/a.jpg"])
    blind = office(staff_with("catalog.add_product"))
    page = blind.get(ADD, {"copy": str(source.pk)})
    assert "Copy of" not in html(page)
    reader = office(staff_with("catalog.view_product"))
    assert "?copy=" not in html(reader.get(change(source)))
    assert reader.get(ADD, {"copy": str(source.pk)}).status_code == 403


def test_the_form_costs_the_same_for_few_and_for_many_pictures() -> None:
    few = make_product(images=["https://x.example/0.jpg"])
    many = make_product(images=[f"https://x.example/{n}.jpg" for n in range(20)])
    client = office()

    def cost(product: Product) -> int:
        with CaptureQueriesContext(connection) as seen:
            assert client.get(f"{ADD}?copy={product.pk}").status_code == 200
        return len(seen)

    cost(few)
    assert cost(few) == cost(many)
