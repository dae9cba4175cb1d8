"""Uploads: on disk before anything is locked, gone when no product names them."""

import hashlib
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.storage import FileSystemStorage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.urls import reverse

from catalog import services
from catalog.exceptions import SkuTaken
from catalog.models import Product, ProductImage
from tests.api import client_of
from tests.backoffice import filled, office, staff_with
from tests.catalog.imports import importer, picture
from tests.catalog.pictures import expected, files
from tests.concurrency.helpers import run_together
from tests.factories import make_admin, make_product

pytestmark = pytest.mark.django_db(transaction=True)

ADD = "/admin/catalog/product/add/"


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    return tmp_path / "media"


def change(product: Product) -> str:
    return reverse("admin:catalog_product_change", args=[product.pk])


def test_all_files_of_an_upload_go_with_it(media: Path) -> None:
    """It is four: the picture is small, so each kind of thumbnail is there once."""
    product = make_product(images=[picture("red"), picture("blue")])
    assert len(files(media)) == 8
    assert files(media) == expected()
    first, _second = product.image_urls
    services.update_product(product.pk, images=[first])
    assert len(files(media)) == 4
    assert files(media) == expected()
    services.delete_product(product)
    assert files(media) == set()


def test_the_same_picture_twice_and_again(media: Path) -> None:
    """Its name comes from its content; old files are no hindrance."""
    one, two = (make_product(images=[picture()]) for _ in range(2))
    name = str(one.images.get().file.name)
    digest = hashlib.sha256((media / name).read_bytes()).hexdigest()[:32]
    assert name == f"products/{digest[:2]}/{digest}.png"
    assert len(files(media)) == 8
    services.delete_product(one)
    assert len(files(media)) == 4
    assert files(media) == expected()
    assert make_product(images=[picture()]).images.get().file.name == name
    services.delete_product(two)
    assert len(files(media)) == 4
    assert files(media) == expected()


def test_a_refused_change_leaves_no_file(media: Path) -> None:
    product = make_product(sku="A", images=[picture()])
    make_product(sku="B")
    before = files(media)
    api = client_of(make_admin())
    path = f"/api/products/{product.pk}"
    bad_address = {"images": [picture("blue"), "/media/nobody's.png"]}
    taken = {"sku": "B", "images": [picture("blue")]}
    for body, code in ((bad_address, 400), (taken, 409)):
        assert api.patch(path, body, format="multipart").status_code == code
    new = {"sku": "A", "name": "n", "price": 1, "images": [picture("blue")]}
    assert api.post("/api/products", new, format="multipart").status_code == 409
    with pytest.raises(ValidationError):
        services.update_product(product.pk, images=[picture("blue"), "ftp://a.example"])
    assert files(media) == before == expected()


def test_an_upload_that_is_none_stops_the_others(media: Path) -> None:
    broken = SimpleUploadedFile("a.png", b"nothing")
    with pytest.raises(ValidationError, match="JPEG"):
        make_product(images=[picture(), broken])
    assert files(media) == set()


def test_a_picture_that_cannot_be_stored_takes_the_others_along(
    media: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = FileSystemStorage._save
    stored: list[str] = []

    def full(self: FileSystemStorage, name: str, content: Any) -> str:
        if stored:
            raise OSError("no space left")
        stored.append(real(self, name, content))
        return stored[0]

    monkeypatch.setattr(FileSystemStorage, "_save", full)
    with pytest.raises(OSError, match="no space"):
        make_product(images=[picture(), picture("blue")])
    assert len(stored) == 1
    assert files(media) == set()
    assert not Product.objects.exists()


@pytest.fixture
def open_transactions(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """For each file written: whether a transaction was open meanwhile."""
    seen: list[bool] = []
    real = FileSystemStorage._save

    def save(self: FileSystemStorage, name: str, content: Any) -> str:
        seen.append(connection.in_atomic_block)
        return real(self, name, content)

    monkeypatch.setattr(FileSystemStorage, "_save", save)
    return seen


def test_pictures_are_made_while_nothing_is_locked(
    open_transactions: list[bool],
) -> None:
    product = make_product(images=[picture()])
    services.update_product(product.pk, images=[picture("blue")])
    services.set_images(product, [picture("green")])
    assert open_transactions == [False] * 12


def test_also_those_of_the_back_office(
    open_transactions: list[bool], media: Path
) -> None:
    product = make_product()
    client = office()
    data = filled(client.get(change(product)), **{"images-0-file": picture()})
    assert client.post(change(product), data).status_code == 302
    assert open_transactions == [False] * 4
    assert len(files(media)) == 4
    assert files(media) == expected()
    data = filled(client.get(ADD), name_ru="n", sku="NEW", price="1")
    data |= {"images-0-file": picture("blue")}
    assert client.post(ADD, data).status_code == 302
    assert open_transactions == [False] * 8
    assert len(files(media)) == 8
    assert files(media) == expected()


def test_a_refusal_of_the_back_office_leaves_no_file(
    media: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    product = make_product()
    client = office()
    data = filled(client.get(change(product)), price="much")
    page = client.post(change(product), {**data, "images-0-file": picture()})
    assert page.status_code == 200
    assert files(media) == set()
    real = services.update_product

    def refuse(*args: Any, **kwargs: Any) -> None:
        real(*args, **kwargs)
        raise SkuTaken("A")

    with monkeypatch.context() as patch:
        patch.setattr(services, "update_product", refuse)
        data = filled(client.get(change(product)), **{"images-0-file": picture()})
        assert client.post(change(product), data).status_code == 200
    assert files(media) == set()
    assert not ProductImage.objects.exists()


def test_who_may_not_change_products_stores_nothing(
    media: Path, open_transactions: list[bool]
) -> None:
    product = make_product()
    client = office(staff_with("catalog.view_product"))
    answer = client.post(change(product), {"images-0-file": picture()})
    assert answer.status_code == 403
    assert (files(media), open_transactions) == (set(), [])


def test_a_file_that_another_row_names_stays(media: Path) -> None:
    image = make_product(images=[picture()]).images.get()
    twin = image.twin(product=make_product())
    twin.save()
    services.delete_product(image.product)
    assert files(media) == expected()
    assert len(files(media)) == 4
    services.delete_product(twin.product)
    assert files(media) == set()


def test_a_change_that_is_taken_back_keeps_the_old_files(media: Path) -> None:
    product = make_product(images=[picture()])
    with transaction.atomic():
        services.update_product(product.pk, images=["https://a.example/1.jpg"])
        transaction.set_rollback(True)
    assert len(files(media)) == 4
    assert files(media) == expected()


@pytest.mark.postgres
def test_writers_of_the_same_picture_at_once_do_not_lose_it(media: Path) -> None:
    for _attempt in range(3):
        product = make_product()
        images = [[picture()], [picture()], ["https://a.example/1.jpg"], [picture()]]
        results = run_together(
            lambda pk, images: services.update_product(pk, images=images),
            [(product.pk, pictures) for pictures in images],
        )
        assert {type(result) for result in results} == {Product}
        assert files(media) == expected()


def test_an_import_removes_the_thumbnails_too(media: Path, tmp_path: Path) -> None:
    make_product(sku="A-1", images=[picture()])
    outcome = importer(tmp_path)("sku,images\nA-1,https://a.example/1.jpg\n")
    assert outcome.error == ""
    assert files(media) == set()
