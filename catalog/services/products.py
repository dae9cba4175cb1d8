"""Changes of products: all of one happens, or none of it."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from auditlog.context import disable_auditlog
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import Http404
from django.utils.translation import gettext as _

from accounts.models import User
from catalog.caching import drop_catalog_cache
from catalog.exceptions import ChangedMeanwhile, SkuTaken
from catalog.models import Category, Product, SpecTemplate, StockEntry
from catalog.services.marks import product_mark
from catalog.services.old_addresses import keep_address
from catalog.services.pictures import (
    Picture,
    forget_files,
    replace_images,
    stored_pictures,
)
from catalog.services.stock import lock_products, move_stock
from catalog.services.visibility import is_hidden_in, lock_categories
from catalog.specs import clean_attributes
from events.services import emit
from shop import audit
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
        if categories:
            product.is_hidden = _is_hidden_in(categories)
        _round_money(product)
        product.attributes = _valid_attributes(product.template, product.attributes)
        with audit.one_entry(product, actor=actor) as more:
            _save(product)
            if categories:
                product.categories.set(categories)
                more["categories"] = [[], _names(categories)]
            if pictures:
                more["images"] = replace_images(product, pictures)
        if stock:
            locked = {product.pk: product}
            move_stock(
                locked, {product.pk: stock}, StockEntry.Reason.OPENING, actor=actor
            )
        emit("product_created", product.pk, product_payload(product))
        drop_catalog_cache()
    return product


def update_product(
    product_id: UUID,
    *,
    actor: User | None = None,
    seen: str | None = None,
    **changes: Any,
) -> Product:
    """Change what is named in `changes` and leave the rest as it is.

    `seen` is the `product_mark` of the product that the changes were made for:
    ChangedMeanwhile when another is stored by now.
    A `stock` is the new number of pieces: the difference goes into the ledger, so a
    sale that happens meanwhile is never lost. Raises what `create_product` raises.
    """
    images: Sequence[Picture] | None = changes.pop("images", None)
    categories: Sequence[Category] | None = changes.pop("categories", None)
    with stored_pictures(images or ()) as pictures, transaction.atomic():
        if categories is not None:
            changes["is_hidden"] = _is_hidden_in(categories)
        locked = lock_products([product_id])
        if product_id not in locked:
            raise Http404
        product = locked[product_id]
        if seen is not None and seen != product_mark(product):
            raise ChangedMeanwhile
        stock = changes.pop("stock", None)
        old_slug = product.slug
        changes = _default_language(changes)
        with audit.one_entry(product, actor=actor) as more:
            for field, value in changes.items():
                setattr(product, field, value)
            _round_money(product)
            if {"template", "attributes"} & changes.keys():
                valid = _valid_attributes(product.template, product.attributes)
                product.attributes = changes["attributes"] = valid
            _save(product, update_fields=list(changes))
            if product.slug != old_slug:
                keep_address(product, old_slug)
            if categories is not None:
                old = _names(product.categories.all())
                product.categories.set(categories)
                _tell(more, "categories", old, _names(categories))
            if images is not None:
                _tell(more, "images", *replace_images(product, pictures))
        if stock is not None:
            delta = {product.pk: stock - product.stock}
            move_stock(locked, delta, StockEntry.Reason.CORRECTION, actor=actor)
        emit("product_updated", product.pk, product_payload(product))
        drop_catalog_cache()
    return product


def delete_product(product: Product) -> None:
    """Remove a product with its pictures and ledger; orders keep their snapshots.

    Its address says from now on that it is gone.
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
        audit.record_deletion(product)
        keep_address(product, product.slug)
        with disable_auditlog():
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
        with audit.one_entry(product) as more:
            _tell(more, "images", *replace_images(product, ready))
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


def _names(categories: Iterable[Category]) -> list[str]:
    return sorted(map(audit.name_of, categories))


def _tell(changes: dict[str, Any], name: str, old: list[str], new: list[str]) -> None:
    if old != new:
        changes[name] = [old, new]


def _default_language(fields: dict[str, Any]) -> dict[str, Any]:
    """Plain `name` and `description` mean the default language, not the reader's."""
    fields = dict(fields)
    for text in TEXTS:
        if text in fields:
            fields.setdefault(f"{text}_{settings.LANGUAGE_CODE}", fields.pop(text))
    return fields


def _is_hidden_in(categories: Iterable[Category]) -> bool:
    """The categories stay as visible as they are: they are locked from here on."""
    return is_hidden_in(lock_categories(one.pk for one in categories).values())


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
