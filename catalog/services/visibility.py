"""What shoppers see of the category tree, and of products because of it.

A category is visible if it and all above it are shown; a product is hidden if it stands
in categories and none of them is visible. Both are written down where they are read, by
whoever changes what they follow from: lists are as quick as without them (ADR 0024).

Whoever links products locks their categories first (`lock_categories`), so that nobody
hides one at the same time.
"""

from collections.abc import Iterable
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef
from kombu.exceptions import OperationalError

from catalog.caching import drop_catalog_cache
from catalog.models import Category, Product, ProductQuerySet, SearchEntry
from catalog.services.stock import lock_products
from shop.locks import lock_for_transaction

# One at a time changes the tree.
TREE = "catalog.category-tree"
# Products whose search entries are written together.
BATCH = 1000
_Links = Product.categories.through


def show_category(category: Category, *, shown: bool = True) -> Category:
    """Let shoppers see a category again, or hide it with all below it.

    What was hidden below it by itself stays hidden. Products follow in the same
    transaction, however many; search follows after it. Queries: constant. Raises
    Category.DoesNotExist when it has been deleted meanwhile.
    """
    with transaction.atomic():
        lock_for_transaction(TREE)
        category.refresh_from_db()
        if category.is_active == shown:
            return category
        category.is_active = shown
        category.save(update_fields=["is_active"])
        follow_tree(category)
        drop_catalog_cache()
    return category


def hide_category(category: Category) -> Category:
    """Take a category and all below it out of the shop."""
    return show_category(category, shown=False)


def follow_tree(category: Category) -> None:
    """The category, all below it and their products are as visible as they should be.

    The caller holds the tree, and has moved, shown or hidden the category.
    """
    above = Category.objects.filter(path=category.parent_path).first()
    visible = {category.parent_path: above is None or above.is_visible}
    below = Category.objects.filter(path__startswith=category.path).order_by("path")
    changed: dict[bool, list[UUID]] = {True: [], False: []}
    for pk, path, shown, was in below.values_list(
        "pk", "path", "is_active", "is_visible"
    ):
        visible[path] = shown and visible[path[: -Category.steplen]]
        if visible[path] != was:
            changed[visible[path]].append(pk)
    for now, ids in changed.items():
        if ids:
            lock_categories(ids)
            Category.objects.filter(pk__in=ids).update(is_visible=now)
            _follow_categories(ids)
    category.refresh_from_db(fields=["is_visible"])
    if any(changed.values()):
        _tell_search(category)


def lock_categories(ids: Iterable[UUID]) -> dict[UUID, bool]:
    """Whether each is visible, until the transaction ends. Before any product's lock.

    In primary-key order; other writers of products in these categories wait.
    """
    rows = Category.objects.select_for_update(no_key=True).filter(pk__in=set(ids))
    return dict(rows.order_by("pk").values_list("pk", "is_visible"))


def is_hidden_in(visible: Iterable[bool]) -> bool:
    """Whether a product is hidden whose categories are so visible."""
    visible = list(visible)
    return bool(visible) and not any(visible)


def follow_products(category_id: UUID) -> None:
    """Search knows of the branch's products what shoppers may see of it.

    Batch by batch, each in a transaction of its own; repeating is harmless.
    """
    category = Category.objects.filter(pk=category_id).first()
    if category is None:
        return
    last = 0
    while True:
        following = Product.objects.anywhere_in(category).filter(number__gt=last)
        found = following.order_by("number").values_list("pk", "number")
        rows = list(found[:BATCH])
        if not rows:
            return
        with transaction.atomic():
            products = lock_products(pk for pk, _number in rows)
            for visible in (True, False):
                ids = [p.pk for p in products.values() if p.is_visible == visible]
                entries = SearchEntry.objects.filter(pk__in=ids)
                entries.exclude(is_active=visible).update(is_active=visible)
            drop_catalog_cache()
        last = rows[-1][1]


def _follow_categories(ids: list[UUID]) -> None:
    """The products of categories that are visible now, or are not any more."""
    links = _Links.objects.filter(product_id=OuterRef("pk"))
    here = Product.objects.filter(Exists(links.filter(category__in=ids)))
    seen = Exists(links.filter(category__is_visible=True))
    for products, hidden in (
        (here.filter(~seen, is_hidden=False), True),
        (here.filter(seen, is_hidden=True), False),
    ):
        _lock(products)
        products.update(is_hidden=hidden)


def _lock(products: ProductQuerySet) -> None:
    """In the one order in which everybody locks them."""
    rows = products.select_for_update().order_by("pk").values_list("pk")
    for _row in rows.iterator():
        pass


def _tell_search(category: Category) -> None:
    """After the commit, and by a task: a category may have all products of the shop."""
    from catalog.tasks import index_category as task

    def send() -> None:
        try:
            # Seconds: a broker that is there and silent must not hold the request.
            task.apply_async((str(category.pk),), confirm_timeout=3)
        except (OperationalError, TimeoutError):
            # No schedule would find out, so it is done here.
            task(str(category.pk))

    # Not a partial: Django names the function when it fails; a partial has no name.
    transaction.on_commit(send, robust=True)
