"""What a row of a file does, or would do, told for people."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from catalog.importing import cells
from catalog.importing.columns import attribute_title
from catalog.importing.rows import Catalog, Wish

# Characters of a text that are told: a description may have twenty thousand.
MAX_TOLD = 300
# Characters before the first difference that are told with it.
BEFORE = 40


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
    """Of long texts the part where they begin to differ."""
    if max(len(old), len(new)) <= MAX_TOLD:
        return Change(column, old, new)
    pairs = enumerate(zip(old, new, strict=False))
    same = next((n for n, (a, b) in pairs if a != b), min(len(old), len(new)))
    start = max(same - BEFORE, 0)
    return Change(column, _part(old, start), _part(new, start))


def _part(text: str, start: int) -> str:
    end = start + MAX_TOLD
    return ("…" if start and text else "") + text[start:end] + "…" * (len(text) > end)
