"""Search entries that have to be written again, whatever their products say."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

from django.db import transaction

from catalog.caching import drop_catalog_cache
from catalog.models import Product, ProductQuerySet, SpecTemplate
from catalog.search.index import index_products
from catalog.services.stock import lock_products

BATCH = 500


def index_again(
    products: ProductQuerySet, on_rows: Callable[[int], None] = lambda rows: None
) -> int:
    """Every product of these is found by what it is called now; how many there were.

    Batch by batch, each in a transaction of its own: whoever buys one of them waits for
    its batch at most. The products are locked, so that an edit is either seen here or
    comes later and writes its own entry.
    """
    done = 0
    for ids in _batches(products):
        with transaction.atomic():
            index_products(lock_products(ids).values(), anew=True)
            drop_catalog_cache()
        done += len(ids)
        on_rows(len(ids))
    return done


def index_template(template_id: UUID) -> int:
    """The template's products are found by the labels that it has now."""
    return index_again(Product.objects.filter(template_id=template_id))


def says_the_same(old: SpecTemplate, new: SpecTemplate) -> bool:
    """Whether no product is found by other words, now that the template has changed."""

    def words(template: SpecTemplate) -> dict[str, Any]:
        return {
            key: (spec.type == "url", spec.labels, spec.choice_labels, spec.units)
            for key, spec in template.fields.items()
        }

    return words(old) == words(new)


def _batches(products: ProductQuerySet) -> Iterator[list[UUID]]:
    last = 0
    while True:
        following = products.filter(number__gt=last).order_by("number")
        rows = list(following.values_list("pk", "number")[:BATCH])
        if not rows:
            return
        yield [pk for pk, _number in rows]
        last = rows[-1][1]
