"""Changes of the category tree, one at a time."""

from typing import Any

from auditlog.context import disable_auditlog
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _
from treebeard.exceptions import PathOverflow

from catalog.caching import drop_catalog_cache
from catalog.exceptions import (
    CategoryCycle,
    CategoryExists,
    CategoryNotEmpty,
    CategoryTooDeep,
    ChangedMeanwhile,
)
from catalog.models import Category, Product
from catalog.services.marks import category_mark
from catalog.services.old_addresses import keep_address
from catalog.services.visibility import TREE, follow_tree
from catalog.text import address_part, folded
from shop import audit
from shop.locks import lock_for_transaction

MAX_DEPTH = 255


def create_category(
    *,
    name: str,
    parent: Category | None = None,
    slug: str = "",
    is_active: bool = True,
    **texts: str,
) -> Category:
    """Add a category as the last child of `parent`, or as the last root.

    Without `is_active` it is hidden; below a hidden one it is so anyway.
    `name` is the default language's; `name_ru`, `name_kk`, `name_en` may be given.
    Raises CategoryExists when a sibling has that name.
    """
    with transaction.atomic():
        lock_for_transaction(TREE)
        category = Category(**_texts(name, texts), is_active=is_active)
        if parent is not None:
            parent.refresh_from_db()
        category.is_visible = is_active and (parent is None or parent.is_visible)
        _refuse_same_name(category, parent)
        category.slug = _free_slug(slug or address_part(_default_name(category)))
        with audit.one_entry(category) as more:
            try:
                if parent is None:
                    Category.objects.add_root(instance=category)
                else:
                    Category.objects.add_child(parent, instance=category)
                    more["parent"] = [None, parent.audit_name]
            except PathOverflow:
                raise CategoryTooDeep from None
        drop_catalog_cache()
    return category


def update_category(
    category: Category,
    *,
    moves: bool = False,
    parent: Category | None = None,
    is_active: bool | None = None,
    seen: str | None = None,
    **texts: str,
) -> Category:
    """Rename a category and, with `moves`, put it under `parent` (None: to the roots).

    `is_active` shows it, or hides it with all below it (`show_category`). `seen` is the
    `category_mark` of what the changes were made for: ChangedMeanwhile when another is
    stored by now.
    All below it moves along. The address stays, so that links keep working, unless
    `slug` is given: then the old one leads to the new one. Raises CategoryExists,
    CategoryCycle, CategoryTooDeep, and ValidationError on a `slug` that is taken.
    """
    with transaction.atomic():
        lock_for_transaction(TREE)
        category.refresh_from_db()
        old_parent = Category.objects.get_parent(category, update=True)
        if seen is not None and seen != category_mark(category, old_parent):
            raise ChangedMeanwhile
        parent = parent if moves else old_parent
        if parent is not None:
            parent.refresh_from_db()
            if parent.pk == category.pk or parent.is_descendant_of(category):
                raise CategoryCycle
        old_slug = category.slug
        changes: dict[str, Any] = _texts(texts.pop("name", None), texts)
        _refuse_taken(category, changes.get("slug", old_slug))
        if is_active is not None:
            changes["is_active"] = is_active
        with audit.one_entry(category) as more:
            for field, value in changes.items():
                setattr(category, field, value)
            _refuse_same_name(category, parent)
            category.save(update_fields=list(changes))
            if category.slug != old_slug:
                keep_address(category, old_slug)
            if parent != old_parent:
                _move(category, parent)
                nodes = (old_parent, parent)
                more["parent"] = [node and node.audit_name for node in nodes]
        if parent != old_parent or is_active is not None:
            follow_tree(category)
        drop_catalog_cache()
    return category


def move_category(category: Category, parent: Category | None) -> Category:
    """Put the category, with all below it, under `parent` (None: to the roots)."""
    return update_category(category, moves=True, parent=parent)


def move_category_before(category: Category, sibling: Category) -> Category:
    """Put the category, with all below it, right before `sibling`, wherever that is.

    Raises what `update_category` raises.
    """
    if category.pk == sibling.pk:
        return category
    with transaction.atomic():
        lock_for_transaction(TREE)
        sibling.refresh_from_db()
        parent = Category.objects.get_parent(sibling, update=True)
        category = move_category(category, parent)
        # The move has changed paths around it.
        sibling.refresh_from_db()
        Category.objects.move(category, sibling, "left")
        category.refresh_from_db()
        audit.record(category, {"before": [None, sibling.audit_name]})
        drop_catalog_cache()
    return category


def delete_category(category: Category) -> None:
    """Remove an empty category."""
    with transaction.atomic():
        lock_for_transaction(TREE)
        category.refresh_from_db()
        has_products = Product.categories.through.objects.filter(category=category)
        if category.numchild or has_products.exists():
            raise CategoryNotEmpty
        audit.record_deletion(category)
        keep_address(category, category.slug)
        with disable_auditlog():
            category.delete()
        drop_catalog_cache()


def _texts(name: str | None, texts: dict[str, Any]) -> dict[str, str]:
    """Plain `name` means the default language, whatever language is active."""
    fields = {key: value.strip() for key, value in texts.items() if value is not None}
    if name is not None:
        fields.setdefault(f"name_{settings.LANGUAGE_CODE}", name.strip())
    return fields


def _default_name(category: Category) -> str:
    return getattr(category, f"name_{settings.LANGUAGE_CODE}") or category.name or ""


def _move(category: Category, parent: Category | None) -> None:
    below = Category.objects.get_descendants(category, include_self=True)
    deepest = below.aggregate(depth=Max("depth"))["depth"]
    if (parent.depth if parent else 0) + deepest - category.depth + 1 > MAX_DEPTH:
        raise CategoryTooDeep
    if parent is None:
        last = Category.objects.get_last_root_node()
        Category.objects.move(category, last, "last-sibling")
    else:
        Category.objects.move(category, parent, "last-child")
    category.refresh_from_db()


def _refuse_same_name(category: Category, parent: Category | None) -> None:
    tree = Category.objects
    siblings = tree.get_children(parent) if parent else tree.get_root_nodes()
    wanted = folded(_default_name(category))
    for sibling in siblings:
        if sibling.pk != category.pk and folded(_default_name(sibling)) == wanted:
            raise CategoryExists(_default_name(category))


def _refuse_taken(category: Category, slug: str) -> None:
    # Only under the tree's lock does the answer stay true.
    others = Category.objects.exclude(pk=category.pk)
    if slug != category.slug and (not slug or others.filter(slug=slug).exists()):
        raise ValidationError({"slug": [_("This address is taken.")]})


def _free_slug(wanted: str) -> str:
    base = wanted[:100] or "category"
    taken = set(
        Category.objects.filter(slug__startswith=base).values_list("slug", flat=True)
    )
    if base not in taken:
        return base
    return next(
        f"{base}-{n}" for n in range(2, len(taken) + 3) if f"{base}-{n}" not in taken
    )
