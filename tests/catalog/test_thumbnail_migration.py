"""Pictures of a shop that is older than its thumbnails."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from PIL import ExifTags, Image

from catalog import services
from catalog.models import ProductImage
from catalog.services.thumbnails import make_missing_thumbnails
from tests.catalog.pictures import drawn, expected, files, sent, thumbnails_of
from tests.factories import make_product

pytestmark = pytest.mark.django_db(transaction=True)

NAME = "product_image_thumbnails"


def migrate(*targets: tuple[str, str | None]) -> None:
    executor = MigrationExecutor(connection)
    executor.migrate(list(targets) or executor.loader.graph.leaf_nodes())


@pytest.fixture
def before() -> Iterator[tuple[str, str]]:
    """The catalog's migration before this one; afterwards all are applied again."""
    graph = MigrationExecutor(connection).loader.graph
    (this,) = [key for key in graph.nodes if key[1].endswith(NAME)]
    parents = [parent.key for parent in graph.node_map[this].parents]
    (previous,) = [key for key in parents if key[0] == this[0]]
    yield previous
    migrate()


def test_rows_of_before_are_there_and_found(
    before: tuple[str, str], settings: Any, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path
    image = make_product(images=[drawn(300, 100)]).images.get()
    elsewhere = make_product(images=["https://a.example/1.jpg"]).images.get()
    assert image.has_thumbnails
    migrate(before)
    columns = connection.introspection.get_table_description(
        connection.cursor(), ProductImage._meta.db_table
    )
    assert not {"width", "thumbnails"} & {column.name for column in columns}
    migrate()
    found = ProductImage.objects.get(pk=image.pk)
    assert (found.file.name, found.size, found.thumbnails) == (
        image.file.name, None, 0,
    )  # fmt: skip
    assert make_missing_thumbnails() == 1
    found.refresh_from_db()
    assert (found.has_thumbnails, found.size) == (True, (300, 100))
    assert ProductImage.objects.get(pk=elsewhere.pk).url == elsewhere.url


def test_pictures_of_before_are_found(settings: Any, tmp_path: Path) -> None:
    """Uploads as they came, turned by EXIF only, with thumbnails of another name."""
    settings.MEDIA_ROOT = media = tmp_path / "media"
    image = Image.new("RGB", (64, 32), "white")
    image.paste("red", (0, 0, 16, 16))
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    (media / "products/aa").mkdir(parents=True)
    (media / "thumbs/products/aa").mkdir(parents=True)
    (media / "products/aa/abc.jpg").write_bytes(sent(image, "JPEG", exif=exif).read())
    (media / "thumbs/products/aa/abc.0123456789ab.webp").write_bytes(b"old")
    (media / "thumbs/products/aa/abcd.0123456789ab.webp").write_bytes(b"another's")
    row = ProductImage.objects.create(
        product=make_product(), file="products/aa/abc.jpg"
    )
    assert make_missing_thumbnails() == 1
    row.refresh_from_db()
    assert (row.has_thumbnails, row.size) == (True, (32, 64))
    for name in thumbnails_of(row):
        with Image.open(media / name) as thumbnail:
            assert thumbnail.size == (32, 64)
    assert expected() < files(media)
    services.delete_product(row.product)
    assert files(media) == {"thumbs/products/aa/abcd.0123456789ab.webp"}
