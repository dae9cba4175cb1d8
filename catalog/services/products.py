"""Changes of products: all of one happens, or none of it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.http import Http404
from django.utils.translation import gettext as _

from accounts.models import User
from catalog.caching import drop_catalog_cache
from catalog.exceptions import SkuTaken
from catalog.models import Category, Product, ProductImage, SpecTemplate, StockEntry
from catalog.services.stock import lock_products, move_stock
from catalog.specs import clean_attributes
from catalog.uploads import check_picture
from events.services import emit
from shop.money import to_money

TEXTS = ("name", "description")
PLAIN = ("sku", "price", "is_active", "template", "attributes")
# An address elsewhere or an uploaded file.
Picture = str | UploadedFile


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
    with transaction.atomic():
        product = Product(**fields)
        product.price = to_money(product.price)
        product.attributes = _valid_attributes(product.template, product.attributes)
        _save(product)
        if stock:
            locked = {product.pk: product}
            move_stock(
                locked, {product.pk: stock}, StockEntry.Reason.OPENING, actor=actor
            )
        product.categories.set(categories)
        if images:
            set_images(product, images)
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
    with transaction.atomic():
        locked = lock_products([product_id])
        if product_id not in locked:
            raise Http404
        product = locked[product_id]
        stock = changes.pop("stock", None)
        categories: Sequence[Category] | None = changes.pop("categories", None)
        images: Sequence[Picture] | None = changes.pop("images", None)
        changes = _default_language(changes)
        for field, value in changes.items():
            setattr(product, field, value)
        if "price" in changes:
            product.price = to_money(product.price)
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
            set_images(product, images)
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
    for picture in pictures:
        if isinstance(picture, UploadedFile):
            try:
                check_picture(picture)
            except ValidationError as error:
                raise ValidationError({"images": error.messages}) from error
    with transaction.atomic():
        old = list(product.images.all())
        # A writer sends back what it read: an address of our own names an upload.
        uploads = {image.address: image.file.name for image in old if image.file}
        product.images.all().delete()
        for position, picture in enumerate(pictures):
            image = ProductImage(product=product, position=position)
            if isinstance(picture, UploadedFile):
                image.file = picture
            elif picture in uploads:
                image.file.name = uploads[picture]
            elif picture.startswith(("http://", "https://")):
                image.url = picture
            else:
                raise ValidationError(
                    {"images": [_("An http(s) address is expected.")]}
                )
            image.save()
        # Pictures that were read before are not the product's any more.
        vars(product).pop("_prefetched_objects_cache", None)
        forget_files(old)
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


def forget_files(images: Sequence[ProductImage]) -> None:
    """After the commit, remove uploads that no picture names any more."""
    names = {str(image.file.name): image.file for image in images if image.file}

    def remove() -> None:
        kept = ProductImage.objects.filter(file__in=names).values_list(
            "file", flat=True
        )
        for name in names.keys() - set(kept):
            names[name].storage.delete(name)

    if names:
        transaction.on_commit(remove, robust=True)
