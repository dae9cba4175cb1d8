"""Changes of products: all of one happens, or none of it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import Http404
from django.utils.translation import gettext as _

from accounts.models import User
from catalog.caching import drop_catalog_cache
from catalog.exceptions import SkuTaken
from catalog.models import Category, Product, SpecTemplate, StockEntry
from catalog.services.pictures import (
    Picture,
    forget_files,
    replace_images,
    stored_pictures,
)
from catalog.services.stock import lock_products, move_stock
from catalog.specs import clean_attributes
from events.services import emit
from shop.money import to_money

TEXTS = ("name", "description")


def create_product(*, actor: User | None = None, **fields: Any) -> Product:
    """Put a product into the catalog, with its first stock in the ledger.

    Fields are the model's; `name` and `description` mean the default language,
    `name_ru` … each language, `categories` and `images` replace those lists. Raises
    SkuTaken, and ValidationError when attributes break the template.
    """
    stock = fields.pop("stock", 0)
    categories = fields.pop("categories", ())
    images = fields.pop("images", ())
    fields = _default_language(fields)
    with stored_pictures(images) as pictures, transaction.atomic():
        product = Product(**fields)
        _round_money(product)
        product.attributes = _valid_attributes(product.template, product.attributes)
        _save(product)
        if stock:
            locked = {product.pk: product}
            move_stock(
                locked, {product.pk: stock}, StockEntry.Reason.OPENING, actor=actor
            )
        product.categories.set(categories)
        if pictures:
            replace_images(product, pictures)
        emit("product_created", product.pk, product_payload(product))
        drop_catalog_cache()
    return product


def update_product(
    product_id: UUID, *, actor: User | None = None, **changes: Any
) -> Product:
    """Change what is named in `changes` and leave the rest as it is.

    A `stock` is the new number of pieces: the difference goes into the ledger, so a
    sale that happens meanwhile is never lost. Raises what `create_product` raises.
    """
    images: Sequence[Picture] | None = changes.pop("images", None)
    with stored_pictures(images or ()) as pictures, transaction.atomic():
        locked = lock_products([product_id])
        if product_id not in locked:
            raise Http404
        product = locked[product_id]
        stock = changes.pop("stock", None)
        categories: Sequence[Category] | None = changes.pop("categories", None)
        changes = _default_language(changes)
        for field, value in changes.items():
            setattr(product, field, value)
        _round_money(product)
        if {"template", "attributes"} & changes.keys():
            product.attributes = _valid_attributes(product.template, product.attributes)
            changes["attributes"] = product.attributes
        _save(product, update_fields=list(changes))
        if stock is not None:
            delta = {product.pk: stock - product.stock}
            move_stock(locked, delta, StockEntry.Reason.CORRECTION, actor=actor)
        if categories is not None:
            product.categories.set(categories)
        if images is not None:
            replace_images(product, pictures)
        emit("product_updated", product.pk, product_payload(product))
        drop_catalog_cache()
    return product


def delete_product(product: Product) -> None:
    """Remove a product with its pictures and ledger; orders keep their snapshots.

    A sale under way is waited for. Http404 when somebody else was quicker.
    """
    pk = product.pk
    with transaction.atomic():
        locked = lock_products([pk])
        if pk not in locked:
            raise Http404
        product = locked[pk]
        payload = product_payload(product)
        images = list(product.images.all())
        product.delete()
        emit("product_deleted", pk, payload)
        drop_catalog_cache()
        forget_files(images)


def set_images(product: Product, pictures: Sequence[Picture]) -> None:
    """Replace the pictures: addresses and uploads, in the order given.

    Raises ValidationError on `images` when an upload is not a picture.
    """
    with stored_pictures(pictures) as ready, transaction.atomic():
        lock_products([product.pk])
        replace_images(product, ready)
        drop_catalog_cache()


def product_payload(product: Product) -> dict[str, Any]:
    """What product events say."""
    return {
        "id": product.pk,
        "sku": product.sku,
        "name": getattr(product, f"name_{settings.LANGUAGE_CODE}") or product.name,
        "price": product.price,
        "stock": product.stock,
        "is_active": product.is_active,
    }


def _default_language(fields: dict[str, Any]) -> dict[str, Any]:
    """Plain `name` and `description` mean the default language, not the reader's."""
    fields = dict(fields)
    for text in TEXTS:
        if text in fields:
            fields.setdefault(f"{text}_{settings.LANGUAGE_CODE}", fields.pop(text))
    return fields


def _round_money(product: Product) -> None:
    product.price = to_money(product.price)
    if product.compare_at_price is not None:
        product.compare_at_price = to_money(product.compare_at_price)


def _valid_attributes(template: SpecTemplate | None, attributes: Any) -> dict[str, Any]:
    return clean_attributes(template.fields if template else {}, attributes)


def _save(product: Product, **kwargs: Any) -> None:
    try:
        with transaction.atomic():
            product.save(**kwargs)
    except IntegrityError as error:
        if "sku" in str(error).lower():
            raise SkuTaken(product.sku) from None
        raise ValidationError({"slug": [_("This address is taken.")]}) from error
