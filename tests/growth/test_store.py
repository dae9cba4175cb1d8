"""Pictures in a bucket, over real HTTP: moto's server speaks S3."""

import json
import logging
import re
import subprocess
import sys
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import boto3
import pytest
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse
from moto.server import ThreadedMotoServer

from catalog import services
from catalog.exporting import export_products
from catalog.models import PictureDraft, Product, ProductImage
from catalog.services.drafts import forget_old_drafts
from catalog.services.importing import import_products
from catalog.services.thumbnails import make_missing_thumbnails
from shop.media import media_urls
from telegram_bot.pictures import photo_of
from tests.api import client_of
from tests.backoffice import errors, filled, office
from tests.catalog.pictures import drawn, expected
from tests.factories import make_admin, make_product
from tests.faults.shop import environment

pytestmark = pytest.mark.django_db(transaction=True)
CDN = "https://cdn.example/shop"
BUCKET = "duken-pictures"
KEYS = {"access_key": "a-key", "secret_key": "a-secret"}


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    found = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    found.start()
    host, port = found.get_host_and_port()
    yield f"http://{host}:{port}"
    found.stop()


class Bucket:
    def __init__(self, server: str) -> None:
        self.url = f"{server}/{BUCKET}"
        self.s3: Any = boto3.client(
            "s3",
            endpoint_url=server,
            region_name="eu-central-1",
            aws_access_key_id=KEYS["access_key"],
            aws_secret_access_key=KEYS["secret_key"],
        )
        place = {"LocationConstraint": "eu-central-1"}
        self.s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration=place)

    def names(self) -> set[str]:
        listed = self.s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])
        return {one["Key"] for one in listed}

    def empty(self) -> None:
        for name in self.names():
            self.s3.delete_object(Bucket=BUCKET, Key=name)
        self.s3.delete_bucket(Bucket=BUCKET)


@pytest.fixture
def bucket(server: str, settings: Any) -> Iterator[Bucket]:
    found = Bucket(server)
    use(settings, server)
    yield found
    found.empty()


def use(settings: Any, server: str) -> None:
    """The settings as the variables make them (the last test proves that they do)."""
    options = {"endpoint_url": server, "region_name": "eu-central-1", **KEYS}
    store = {
        "BACKEND": "shop.store.MediaStore",
        "OPTIONS": {"bucket_name": BUCKET, **options},
    }
    settings.STORAGES = {**settings.STORAGES, "default": store}
    settings.MEDIA_URL = f"{CDN}/"
    settings.MEDIA_PATH = ""


def saved(**files: Any) -> Product:
    """A product that was made in the back office with these pictures."""
    page, add = office(), reverse("admin:catalog_product_add")
    data = filled(page.get(add), name_ru="Чай", sku="TEA", price="250.50")
    answer = page.post(add, {**data, "picture": [], "picture_alt": [], **files})
    assert answer.status_code == 302, errors(answer)
    return Product.objects.get()


def test_from_the_back_office_to_the_page_and_away_again(bucket, client: Client):
    product = saved(pictures=[drawn(400, 300)])
    make_missing_thumbnails()
    image = product.images.get()
    assert image.has_thumbnails
    assert bucket.names() == expected()
    assert len(bucket.names()) > 1
    told = bucket.s3.head_object(Bucket=BUCKET, Key=str(image.file.name))
    assert told["CacheControl"] == "public, max-age=31536000, immutable"
    assert told["ContentType"] == "image/png"
    page = client.get(product.get_absolute_url())
    text = page.text
    addresses = set(re.findall(rf"{CDN}/[\w./-]+", text))
    # On the page, for search engines, and for whoever shares it.
    assert {address.removeprefix(f"{CDN}/") for address in addresses} <= bucket.names()
    assert f'"image":["{image.address}"]' in text.replace(": ", ":").replace(", ", ",")
    assert f'property="og:image" content="{image.address}"' in text
    assert "/media/" not in text
    assert "https:" in page["Content-Security-Policy"].split("img-src")[1]
    assert image.address in client.get("/sitemap.xml").text
    listed = client.get("/api/products/sku/TEA").json()
    assert listed["images"] == [image.address]
    photo = photo_of(image)
    assert isinstance(photo, tuple)
    name, content = photo
    assert (name, content[:2]) == ("picture.jpg", b"\xff\xd8")
    services.delete_product(product)
    assert bucket.names() == set()


def test_a_program_sends_back_the_addresses_it_has_read(bucket):
    product = make_product(images=[drawn(40, 30), drawn(30, 40, color="blue")])
    api = client_of(make_admin())
    address = f"/api/products/{product.pk}"
    first, second = api.get(address).json()["images"]
    assert first.startswith(f"{CDN}/products/")
    kept = api.patch(address, {"images": [second]}).json()["images"]
    assert kept == [second]
    assert second.removeprefix(f"{CDN}/") in bucket.names()
    assert bucket.names() == expected()


def test_a_file_of_products_changes_no_picture(bucket, tmp_path):
    make_product(images=[drawn(40, 30)])
    goods = tmp_path / "goods.csv"
    export_products(goods)
    assert f"{CDN}/products/" in goods.read_text("utf-8-sig")
    report = import_products(BytesIO(goods.read_bytes()))
    assert (report.unchanged, report.updated, report.failed) == (1, 0, 0)
    assert ProductImage.objects.count() == 1
    assert bucket.names() == expected()


def test_the_same_picture_twice_is_two_files(bucket):
    one, other = (make_product(images=[drawn(40, 30)]) for _ in range(2))
    assert one.images.get().file.name != other.images.get().file.name
    assert bucket.names() == expected()
    services.delete_product(one)
    assert bucket.names() == expected()
    assert expected()


def test_a_refused_form_keeps_its_pictures_for_a_day(bucket):
    page, add = office(), reverse("admin:catalog_product_add")
    data = filled(page.get(add), name_ru="Чай", sku="", price="250.50")
    sent = {"pictures": [drawn(40, 30)], "picture": [], "picture_alt": []}
    assert page.post(add, data | sent).status_code == 200
    draft = PictureDraft.objects.get()
    assert bucket.names() == {draft.file}
    PictureDraft.objects.update(created_at="2020-01-01T00:00:00Z")
    forget_old_drafts()
    assert bucket.names() == set()


def test_a_store_that_is_down_is_a_503_and_leaves_no_row(settings, monkeypatch):
    monkeypatch.setattr("shop.store.CONNECT_SECONDS", 1)
    use(settings, "http://127.0.0.1:1")
    product = make_product()
    api = client_of(make_admin())
    sent = {"images": [drawn(40, 30)]}
    answer = api.patch(f"/api/products/{product.pk}", sent, format="multipart")
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert not ProductImage.objects.exists()
    # What is there can be sold, and taken away: its file is left behind.
    image = ProductImage(product=product, file="products/aa/b.png", width=9, height=9)
    image.save()
    assert Client().get(product.get_absolute_url()).status_code == 200
    services.delete_product(product)
    assert not ProductImage.objects.exists()


def test_the_shop_serves_no_pictures_then(bucket):
    assert media_urls() == []
    assert default_storage.url("a b.png") == f"{CDN}/a%20b.png"


ASKED = """
import importlib, json, os, sys
import shop.settings as found
for told in json.loads(sys.argv[1]):
    os.environ.update(told)
    found = importlib.reload(found)
    store = found.STORAGES["default"]["BACKEND"].rpartition(".")[2]
    print(found.MEDIA_URL, found.MEDIA_PATH or "-", store)
    for name in told:
        del os.environ[name]
"""
BUCKET_IN = {"AWS_STORAGE_BUCKET_NAME": "b", "AWS_S3_REGION_NAME": "eu-west-1"}
BUCKET_AT = {**BUCKET_IN, "AWS_S3_ENDPOINT_URL": "https://s3.example"}


def test_what_the_variables_mean():
    told = [{}, {"MEDIA_URL_BASE": CDN}, BUCKET_IN, BUCKET_AT]
    told.append({**BUCKET_AT, "MEDIA_URL_BASE": CDN})
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-c", ASKED, json.dumps(told)],
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.splitlines() == [
        "/media/ /media/ FileSystemStorage",
        f"{CDN}/media/ /media/ FileSystemStorage",
        "https://b.s3.eu-west-1.amazonaws.com/ - MediaStore",
        "https://s3.example/b/ - MediaStore",
        f"{CDN}/ - MediaStore",
    ], done.stderr
