"""What a row of a file does, or would do, told for people."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from catalog.importing import cells
from catalog.importing.columns import attribute_title
from catalog.importing.rows import Catalog, Wish
from catalog.models import SpecTemplate
from shop import audit
from shop.differences import side_by_side


@dataclass(frozen=True, slots=True)
class Change:
    """A cell: what export wrote before, and what it would write afterwards."""

    column: str
    old: str
    new: str


@dataclass(slots=True)
class RowReport:
    """One row: `kind` is the name of the count that it is in."""

    line: int
    kind: str
    sku: str = ""
    changes: list[Change] = field(default_factory=list)
    reason: str = ""


def entry_of(wish: Wish, catalog: Catalog) -> audit.Entry:
    """What the history of the product says of the row; the stock has its ledger.

    Of a new product it is what it is known by: the rest is in the file.
    """
    product = wish.product
    if wish.is_new:
        known = {"sku": [None, product.sku], "price": [None, str(product.price)]}
        return audit.Entry(product, known, audit.Action.CREATE)
    changes: dict[str, list[Any]] = {}
    for name, old in wish.was.items():
        new = getattr(product, name)
        if name == "attributes":
            changes |= audit.by_key(name, old, new)
        else:
            changes[name] = [_as_json(old), _as_json(new)]
    if wish.paths is not None:
        after = cells.join_paths(sorted(map(catalog.known_path, wish.paths)))
        changes["categories"] = [wish.before["category"], after]
    if wish.images is not None:
        changes["images"] = [wish.before["images"], cells.join_images(wish.images)]
    return audit.Entry(product, changes)


def _as_json(value: Any) -> Any:
    if isinstance(value, SpecTemplate):
        return str(value.pk)
    return str(value) if isinstance(value, Decimal) else value


def report_of(wish: Wish, catalog: Catalog) -> RowReport:
    """To be asked before the wish is written."""
    sku = wish.product.sku
    if wish.is_empty:
        return RowReport(wish.line, "unchanged", sku)
    kind = "created" if wish.is_new else "updated"
    return RowReport(wish.line, kind, sku, list(_changes(wish, catalog)))


def _changes(wish: Wish, catalog: Catalog) -> Iterator[Change]:
    before = wish.before
    for column, new in _after(wish, catalog).items():
        old = before.get(column, "")
        if old != new and column != "sku":
            yield _told(column, old, new)
    old_values, values = wish.attributes_before, wish.product.attributes
    # By name: PostgreSQL keeps attributes in an order of its own.
    for key in sorted({*old_values, *values}):
        old = cells.attribute_text(old_values.get(key))
        new = cells.attribute_text(values.get(key))
        if old != new:
            yield _told(attribute_title(key), old, new)


def _after(wish: Wish, catalog: Catalog) -> dict[str, str]:
    template = catalog.template_of(wish.product)
    name = template.name if template else ""
    after = cells.product_cells(wish.product, name, (), (), catalog.tree)
    for column in ("category", "images"):
        after[column] = wish.before.get(column, "")
    if wish.paths is not None:
        after["category"] = cells.join_paths(
            sorted(map(catalog.known_path, wish.paths))
        )
    if wish.images is not None:
        after["images"] = cells.join_images(wish.images)
    if wish.stock is not None:
        after["stock"] = str(wish.stock)
    return after


def _told(column: str, old: str, new: str) -> Change:
    return Change(column, *side_by_side(old, new))
