"""Thumbnails: made once, by a task, after the commit; nothing is left behind."""

import logging
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings as shop_settings
from django.core.files.storage import FileSystemStorage
from django.db import transaction
from django.test import Client
from django.utils import timezone
from PIL import Image

from catalog import services, tasks, thumbnails
from catalog.models import ProductImage
from catalog.product_image import ProductImageQuerySet
from catalog.services.thumbnails import (
    BATCH,
    LEASE,
    TRIES,
    make_missing_thumbnails,
    make_thumbnails,
    thumbnails_later,
)
from catalog.thumbnails import RECIPE, Thumbnail
from shop.celery import app
from tests.catalog.imports import importer, run_command
from tests.catalog.pictures import drawn, expected, files, sent, thumbnails_of
from tests.concurrency.helpers import run_together
from tests.factories import make_product

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.LANGUAGE_CODE = "en"
    return tmp_path / "media"


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of thumbnails in the order in which they are encoded."""
    seen: list[str] = []
    real = Thumbnail.generate

    def generate(self: Thumbnail) -> Any:
        seen.append(self.cachefile_name)
        return real(self)

    monkeypatch.setattr(Thumbnail, "generate", generate)
    return seen


def waiting(*size: int) -> ProductImage:
    """A picture whose thumbnails are left to the schedule."""
    with thumbnails_later():
        return make_product(images=[drawn(*size or (8, 8))]).images.get()


def sizes(media: Path, image: ProductImage) -> dict[str, tuple[int, int]]:
    found = {}
    for name in thumbnails_of(image):
        with Image.open(media / name) as thumbnail:
            found[name.split(f".{RECIPE}-")[1]] = thumbnail.size
    return found


def test_an_upload_gets_its_files(media: Path) -> None:
    """Exactly these, of these sizes, none larger than the picture."""
    image = make_product(images=[drawn(600, 300)]).images.get()
    assert (image.thumbnails, image.thumbnail_tries, image.size) == (
        RECIPE, 0, (600, 300),
    )  # fmt: skip
    by_side = {160: (160, 80), 320: (320, 160), 480: (480, 240), 800: (600, 300)}
    assert sizes(media, image) == {
        f"{side}.{ending}": size
        for side, size in by_side.items()
        for ending in ("avif", "webp", "jpg")
    }
    assert files(media) == expected()
    assert len(files(media)) == 13
    for name in thumbnails_of(image):
        with Image.open(media / name) as thumbnail:
            # Each is what its name says, and still the picture.
            assert thumbnails.READABLE[str(thumbnail.format)] == name.rsplit(".")[-1]
            pixel: Any = thumbnail.convert("RGB").getpixel((9, 9))
            red, green, blue = pixel
            assert (red > 245, green < 10, blue < 10) == (True, True, True)
            assert not thumbnail.getexif()


def test_what_is_transparent_becomes_white_in_a_jpeg_only(media: Path) -> None:
    image = Image.new("RGBA", (32, 32), (0, 0, 0, 0))
    row = make_product(images=[sent(image)]).images.get()
    pixels = {}
    for name in thumbnails_of(row):
        with Image.open(media / name) as thumbnail:
            pixel: Any = thumbnail.getpixel((9, 9))
            pixels[str(thumbnail.format)] = (thumbnail.mode, pixel[0], pixel[-1])
    assert pixels["JPEG"] == ("RGB", 255, 255)
    assert (pixels["WEBP"][0], pixels["WEBP"][-1]) == ("RGBA", 0)
    assert (pixels["AVIF"][0], pixels["AVIF"][-1]) == ("RGBA", 0)


def test_without_avif_the_others_are_made(
    media: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoders = {k: v for k, v in thumbnails.ENCODERS.items() if k != "AVIF"}
    monkeypatch.setattr(thumbnails, "ENCODERS", encoders)
    make_product(images=[drawn(8, 8)])
    endings = [name.rsplit(".")[-1] for name in files(media)]
    assert sorted(endings) == ["jpg", "png", "webp"]


def test_they_wait_for_the_commit(media: Path, made: list[str]) -> None:
    with transaction.atomic():
        image = make_product(images=[drawn(8, 8)]).images.get()
        assert (made, image.has_thumbnails) == ([], False)
    assert len(made) == 3
    image.refresh_from_db()
    assert image.has_thumbnails


def test_one_message_for_all_of_a_product(monkeypatch: pytest.MonkeyPatch) -> None:
    """A broker that is silent holds the request once, not once for each picture."""
    seen: list[Any] = []
    monkeypatch.setattr(
        tasks.make_thumbnails, "apply_async", lambda *args, **kw: seen.append(args)
    )
    product = make_product(images=[drawn(8, 8), "https://a.example/1.jpg", drawn(9, 9)])
    uploads = [i for i in product.images.all() if i.file]
    assert seen == [(([str(image.pk) for image in uploads],),)]


def test_a_broker_that_is_down_loses_nothing(
    media: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*args: Any, **kwargs: Any) -> None:
        raise ConnectionError

    monkeypatch.setattr(tasks.make_thumbnails, "apply_async", down)
    image = make_product(images=[drawn(8, 8)]).images.get()
    assert not image.has_thumbnails
    assert make_missing_thumbnails() == 1
    assert files(media) == expected()
    assert len(files(media)) == 4


def test_again_is_nothing(media: Path, made: list[str]) -> None:
    image = make_product(images=[drawn(8, 8)]).images.get()
    assert len(made) == 3
    before = {name: (media / name).stat().st_mtime_ns for name in files(media)}
    tasks.make_thumbnails.delay([str(image.pk), str(image.pk), str(uuid4())])
    assert make_missing_thumbnails() == 0
    assert len(made) == 3
    assert {n: (media / n).stat().st_mtime_ns for n in files(media)} == before


def test_only_new_uploads_are_made(made: list[str]) -> None:
    product = make_product(images=[drawn(8, 8)])
    (first,) = product.image_urls
    services.update_product(product.pk, images=["https://a.example/1.jpg", first])
    assert len(made) == 3
    kept = product.images.get(url="")
    assert (kept.has_thumbnails, kept.size, kept.position) == (True, (8, 8), 1)


@pytest.mark.postgres
def test_two_workers_make_them_once(media: Path, made: list[str]) -> None:
    for _attempt in range(3):
        made.clear()
        image = waiting()
        assert run_together(make_thumbnails, [(image.pk,)] * 3) == [None] * 3
        assert len(made) == 3
        image.refresh_from_db()
        assert image.has_thumbnails
        assert files(media) == expected()


@pytest.mark.parametrize(("guarded", "encoded"), [(True, 3), (False, 6)])
def test_a_second_worker_comes_while_the_first_is_at_it(
    guarded: bool, encoded: int, made: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the lease both would do all of it, and push each other's files aside."""
    image = waiting()
    real = Thumbnail.generate

    def generate(self: Thumbnail) -> Any:
        content = real(self)
        if len(made) == 1:
            make_thumbnails(image.pk)
        return content

    monkeypatch.setattr(Thumbnail, "generate", generate)
    if not guarded:
        monkeypatch.setattr(
            ProductImageQuerySet, "tried_before", lambda self, moment: self
        )
    make_thumbnails(image.pk)
    assert len(made) == encoded


def test_who_began_has_it_alone_for_a_while(made: list[str]) -> None:
    image = waiting()
    rows = ProductImage.objects.filter(pk=image.pk)
    rows.update(thumbnails_tried_at=timezone.now(), thumbnail_tries=1)
    make_thumbnails(image.pk)
    assert make_missing_thumbnails() == 0
    assert made == []
    # The worker died: its turn is over.
    rows.update(thumbnails_tried_at=timezone.now() - LEASE - timedelta(seconds=1))
    assert make_missing_thumbnails() == 1
    assert rows.get().has_thumbnails


def test_a_lease_is_longer_than_a_task_may_live() -> None:
    assert timedelta(seconds=shop_settings.CELERY_TASK_TIME_LIMIT) < LEASE


def broken(media: Path, image: ProductImage) -> None:
    (media / str(image.file.name)).write_bytes(b"nothing")


def gone(media: Path, image: ProductImage) -> None:
    (media / str(image.file.name)).unlink()


@pytest.mark.parametrize("damage", [broken, gone])
def test_a_broken_file_is_tried_a_few_times(
    damage: Callable[..., None], media: Path, caplog: pytest.LogCaptureFixture
) -> None:
    image, good = waiting(), waiting()
    damage(media, image)
    left = files(media)
    rows = ProductImage.objects.filter(pk=image.pk)
    early = timezone.now() - 2 * LEASE
    with caplog.at_level(logging.WARNING, "catalog"):
        for done in (2, 1, 1, 0, 0):
            assert make_missing_thumbnails() == done
            rows.update(thumbnails_tried_at=early)
    assert len(caplog.records) == TRIES == 3
    image.refresh_from_db()
    assert (image.has_thumbnails, image.thumbnail_tries) == (False, 3)
    good.refresh_from_db()
    assert files(media) == left | thumbnails_of(good)
    # Its page shows what there is of it.
    answer = Client().get(image.product.get_absolute_url())
    assert image.file.url in answer.content.decode()


def test_a_full_disk_leaves_nothing_half_made(
    media: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = waiting(600, 300)
    real = FileSystemStorage._save
    stored: list[str] = []

    def full(self: FileSystemStorage, name: str, content: Any) -> str:
        if len(stored) == 5:
            (media / name).write_bytes(b"half")
            raise OSError("no space left")
        stored.append(real(self, name, content))
        return stored[-1]

    with monkeypatch.context() as patch:
        patch.setattr(FileSystemStorage, "_save", full)
        make_thumbnails(image.pk)
    assert len(stored) == 5
    assert files(media) == {image.file.name}
    ProductImage.objects.update(thumbnails_tried_at=None)
    make_thumbnails(image.pk)
    assert files(media) == expected()
    assert len(files(media)) == 13


def test_what_a_worker_that_died_left_is_made_anew(media: Path) -> None:
    image = waiting(600, 300)
    half = thumbnails.thumbnail_name(image.file.name, 320, "AVIF")
    path = media / half
    path.parent.mkdir(parents=True)
    path.write_bytes(b"half")
    make_thumbnails(image.pk)
    assert files(media) == expected()
    with Image.open(path) as thumbnail:
        assert thumbnail.size == (320, 160)


def test_a_picture_that_is_deleted_meanwhile(
    media: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    image = waiting()
    real = Thumbnail.generate

    def generate(self: Thumbnail) -> Any:
        if ProductImage.objects.exists():
            services.delete_product(image.product)
        return real(self)

    monkeypatch.setattr(Thumbnail, "generate", generate)
    make_thumbnails(image.pk)
    assert files(media) == set()
    assert caplog.records == []
    make_thumbnails(image.pk)
    assert make_missing_thumbnails() == 0


def test_a_picture_that_is_uploaded_again_meanwhile(
    media: Path, monkeypatch: pytest.MonkeyPatch, made: list[str]
) -> None:
    """It has the name of the one that went, and gets all its files all the same."""
    image = waiting(200, 100)
    real = Thumbnail.generate

    def generate(self: Thumbnail) -> Any:
        content = real(self)
        if len(made) == 2:
            services.delete_product(image.product)
            assert waiting(200, 100).file.name == image.file.name
        return content

    monkeypatch.setattr(Thumbnail, "generate", generate)
    make_thumbnails(image.pk)
    assert not ProductImage.objects.get().has_thumbnails
    assert make_missing_thumbnails() == 1
    assert len(made) == 12
    assert files(media) == expected()
    assert len(files(media)) == 7


def test_the_schedule_takes_some_of_them_the_newest_first() -> None:
    schedule = app.conf.beat_schedule["make-missing-thumbnails"]
    assert (schedule["task"], schedule["schedule"]) == (
        "catalog.tasks.make_missing_thumbnails", timedelta(minutes=1),
    )  # fmt: skip
    assert BATCH == 40
    images = [waiting(), waiting(), waiting()]
    make_product(images=["https://a.example/1.jpg"])
    assert make_missing_thumbnails(limit=2) == 2
    for image in images:
        image.refresh_from_db()
    assert [image.has_thumbnails for image in images] == [False, True, True]
    tasks.make_missing_thumbnails.delay()
    images[0].refresh_from_db()
    assert images[0].has_thumbnails


def test_a_new_recipe_makes_all_anew(media: Path, made: list[str]) -> None:
    image = make_product(images=[drawn(8, 8)]).images.get()
    ProductImage.objects.update(
        thumbnails=RECIPE - 1, thumbnails_tried_at=timezone.now() - 2 * LEASE
    )
    made.clear()
    assert make_missing_thumbnails() == 1
    image.refresh_from_db()
    assert (len(made), image.thumbnails) == (3, RECIPE)


def test_rows_that_share_a_file_get_them_at_once(media: Path, made: list[str]) -> None:
    image = waiting()
    twins = [image.twin(product=make_product()) for _ in range(2)]
    ProductImage.objects.bulk_create(twins)
    assert make_missing_thumbnails() == 1
    assert {row.has_thumbnails for row in ProductImage.objects.all()} == {True}
    # A row that knows only the name is told what others know.
    late = ProductImage.objects.create(product=make_product(), file=image.file.name)
    assert make_missing_thumbnails() == 1
    late.refresh_from_db()
    assert (late.has_thumbnails, late.size, len(made)) == (True, (8, 8), 3)
    assert files(media) == expected()


def test_an_import_keeps_what_is_known(tmp_path: Path, made: list[str]) -> None:
    product = make_product(sku="A-1", images=[drawn(8, 8)])
    (address,) = product.image_urls
    row = f"A-1,https://a.example/1.jpg|{address}\n"
    assert importer(tmp_path)(f"sku,images\n{row}").error == ""
    image = product.images.get(url="")
    assert (image.has_thumbnails, image.size, image.position) == (True, (8, 8), 1)
    assert len(made) == 3


def test_the_command_makes_all_and_tries_again(media: Path) -> None:
    good, bad = waiting(), waiting()
    broken(media, bad)
    ProductImage.objects.update(
        thumbnail_tries=TRIES, thumbnails_tried_at=timezone.now()
    )
    assert make_missing_thumbnails() == 0
    outcome = run_command("make_thumbnails")
    assert outcome.out == "1 picture is without thumbnails.\n"
    good.refresh_from_db()
    assert files(media) == {bad.file.name, good.file.name} | thumbnails_of(good)
    services.delete_product(bad.product)
    assert run_command("make_thumbnails").out == "0 pictures are without thumbnails.\n"
