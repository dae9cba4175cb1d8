"""A product's JSON is what its serializer's fields say, though they do not write it."""

from datetime import UTC
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as shop
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from rest_framework import serializers

from catalog import services
from catalog.api.serializers import (
    PRODUCT_TEXTS,
    ProductSerializer,
    StaffProductSerializer,
)
from catalog.models import Category, Product, SpecTemplate
from catalog.services.stock import MAX_STOCK
from tests.catalog.pictures import sent
from tests.factories import make_category, make_product, make_template

LANGUAGES = [code for code, _name in shop.LANGUAGES]


def by_fields(serializer: serializers.ModelSerializer, product: Product) -> Any:
    """What REST framework writes without our shortcut."""
    return serializers.ModelSerializer.to_representation(serializer, product)


def same(product: Product) -> dict[str, Any]:
    told = ProductSerializer(product).data
    assert told == by_fields(ProductSerializer(), product)
    assert list(told) == ProductSerializer.Meta.fields
    staff = StaffProductSerializer(product).data
    assert staff == by_fields(StaffProductSerializer(), product)
    assert list(staff) == [*ProductSerializer.Meta.fields, *PRODUCT_TEXTS]
    return told


def fresh(product: Product) -> Product:
    return Product.objects.with_details(hidden=True).get(pk=product.pk)


@pytest.mark.django_db
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_product_with_everything(language: str) -> None:
    kitchen = make_category("Кухня")
    services.update_category(kitchen, name_kk="Ас үй", name_en="Kitchen")
    product = make_product(
        name_ru="Чайник",
        name_kk="Шәйнек",
        description_ru="Медный.\n\n<b>Большой</b> & \u2028 звонкий 🫖",
        price=Decimal("244500.53"),
        compare_at_price=Decimal("300000"),
        stock=MAX_STOCK,
        barcode="4870001112223",
        categories=[make_category("Чай", parent=kitchen), kitchen],
        template=make_template(schema={"brand": "string", "power": "number"}),
        attributes={"brand": "Nur", "power": 1.5},
        images=["https://pictures.example/2.jpg", "https://pictures.example/1.jpg"],
    )
    with translation.override(language):
        told = same(fresh(product))
    assert told["name"] == {"ru": "Чайник", "kk": "Шәйнек", "en": "Чайник"}[language]
    assert told["price"] == "244500.53" and told["compare_at_price"] == "300000.00"
    assert told["template_id"] == str(product.template_id)
    assert len(told["categories"]) == len(told["images"]) == 2


@pytest.mark.django_db
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_product_with_as_little_as_can_be(language: str) -> None:
    product = make_product(price=0, stock=0, is_active=False)
    with translation.override(language):
        told = same(fresh(product))
    assert (told["price"], told["compare_at_price"]) == ("0.00", None)
    assert (told["template_id"], told["images"], told["categories"]) == (None, [], [])
    assert told["attributes"] == {} and told["description"] == ""


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("before", "shown"), [(99, None), (100, None), (101, "101,00")]
)
def test_a_price_that_was_lower_is_told_and_not_struck_through(
    before: int, shown: str | None
) -> None:
    told = same(fresh(make_product(price=100, compare_at_price=before)))
    assert told["compare_at_price"] == f"{before}.00"
    display = told["compare_at_price_display"]
    assert display == (shown and f"{shown}\N{NO-BREAK SPACE}₸")


@pytest.mark.django_db
def test_an_uploaded_picture_has_an_address_too(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    picture = sent(Image.new("RGB", (30, 20), "navy"))
    (address,) = same(fresh(make_product(images=[picture])))["images"]
    assert address.startswith("/media/")


@pytest.mark.django_db
def test_what_was_just_written_is_told_like_what_is_read() -> None:
    """Staff are answered with the product that they have just saved."""
    product = make_product(price="7", compare_at_price="8.5")
    told, read = same(product), same(fresh(product))
    assert (told["price"], told["compare_at_price"]) == ("7.00", "8.50")
    # The first pieces came into stock a moment later.
    assert {**told, "updated_at": read["updated_at"]} == read


def amounts(most: int = 10**10) -> st.SearchStrategy[Decimal]:
    """As the database has them: two decimals, never negative."""
    return st.decimals(0, most - 1, places=2)


_words = st.text(st.characters(codec="utf-8"), max_size=30)
_moments = st.datetimes(timezones=st.just(UTC))
_categories = st.builds(Category, name_ru=_words, name_kk=_words, slug=_words)


@given(
    fields=st.fixed_dictionaries(
        {
            "number": st.integers(1, 2**62),
            "sku": _words,
            "barcode": _words,
            "slug": _words,
            "price": amounts(),
            "compare_at_price": st.none() | amounts(),
            "stock": st.integers(0, MAX_STOCK),
            "is_active": st.booleans(),
            "template": st.none() | st.builds(SpecTemplate),
            "attributes": st.dictionaries(
                _words, st.none() | st.booleans() | st.integers() | _words
            ),
            "created_at": _moments,
            "updated_at": _moments,
            **{name: st.none() | _words for name in PRODUCT_TEXTS},
        }
    ),
    categories=st.lists(_categories, max_size=3),
    language=st.sampled_from(LANGUAGES),
)
def test_any_product_is_told_as_its_fields_say(
    fields: dict[str, Any], categories: list[Category], language: str
) -> None:
    product = Product(**fields)
    # As read with it; nothing here needs a database.
    product._prefetched_objects_cache = {"images": [], "categories": categories}
    with translation.override(language):
        same(product)
