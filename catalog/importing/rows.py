"""From a row of a file to what it asks of the shop."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from catalog.importing import cells
from catalog.importing.columns import Columns
from catalog.importing.exceptions import BadRow
from catalog.importing.tables import Row
from catalog.models import Product, SpecTemplate
from catalog.rights import Rights
from catalog.services.category_tree import CategoryTree
from catalog.specs import InvalidAttributes, clean_attributes

MAX_SKU = 64
# Reads a cell for the row at work.
_Read = Callable[["_Reader", str], None]


@dataclass
class Wish:
    """What a row wants of one product; None is "leave it as it is"."""

    product: Product
    is_new: bool
    # The fields of an existing product got new values.
    is_edited: bool = False
    stock: int | None = None
    paths: list[tuple[str, ...]] | None = None
    images: list[str] | None = None
    # Where it stands in the file, and what the product was: for whoever tells of it.
    line: int = 0
    # Of an existing product, the fields that got new values, and their old ones.
    was: dict[str, Any] = field(default_factory=dict)
    before: Mapping[str, str] = field(default_factory=dict)
    attributes_before: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        lists = (self.stock, self.paths, self.images)
        return not (self.is_new or self.is_edited or any(x is not None for x in lists))


@dataclass
class Catalog:
    """What rows are read against."""

    columns: Columns
    templates: Mapping[str, SpecTemplate]
    tree: CategoryTree
    # The template of every row, in a file that has no column for it.
    template: SpecTemplate | None = None
    # Templates whose schema this import has changed.
    renewed: Collection[UUID] = ()
    # Of whoever imports; None: all there are.
    rights: Rights | None = None
    readers: "list[tuple[str, int, _Read]]" = field(init=False)
    _by_id: dict[UUID, SpecTemplate] = field(init=False)

    def __post_init__(self) -> None:
        self.readers = list(_readers(self.columns))
        self._by_id = {template.pk: template for template in self.templates.values()}

    def sku(self, row: Row) -> str:
        """The SKU of a row; BadRow when it cannot be one."""
        if row.error:
            raise BadRow(row.error)
        sku = row.cells[self.columns.known["sku"]].strip()
        if not sku:
            raise BadRow(_("the SKU is missing"))
        if len(sku) > MAX_SKU:
            raise BadRow("sku: " + _("at most %(n)s characters") % {"n": MAX_SKU})
        return sku

    def wish(
        self,
        row: Row,
        product: Product | None,
        categories: Sequence[UUID] = (),
        images: Sequence[str] = (),
    ) -> Wish:
        """What the row asks of the product that has its SKU, if there is one.

        `categories` are those it is in, `images` the addresses of its pictures. Raises
        BadRow with every reason.
        """
        if any(row.cells[place].strip() for place in self.columns.unnamed):
            raise BadRow(_("a value stands under no column name"))
        return _Reader(self, row, product, categories, images).wish()

    def known_path(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """The path as the tree writes it, if it has it."""
        found = self.tree.find(names)
        return self.tree.names(found) if found else names

    def may(self, permission: str) -> bool:
        return self.rights is None or permission in self.rights.held

    def template_of(self, product: Product) -> SpecTemplate | None:
        return self._by_id[product.template_id] if product.template_id else None


class _Reader:
    """One row at work: only cells that differ from the product are read."""

    def __init__(
        self,
        catalog: Catalog,
        row: Row,
        product: Product | None,
        categories: Sequence[UUID],
        images: Sequence[str],
    ) -> None:
        self.catalog = catalog
        self.columns = catalog.columns
        self.cells = row.cells
        self.reasons: list[str] = []
        self.wrong: set[str] = set()
        self.product = product or Product(sku=catalog.sku(row))
        self.result = Wish(self.product, is_new=product is None, line=row.line)
        self.template = catalog.template_of(self.product)
        self.categories = set(categories)
        self.own_images = list(images)
        self.now: Mapping[str, str] = {}
        if product:
            name = self.template.name if self.template else ""
            self.now = cells.product_cells(
                product, name, categories, images, catalog.tree
            )
            self.result.before = self.now
            self.result.attributes_before = product.attributes

    def wish(self) -> Wish:
        for column, place, read in self.catalog.readers:
            # A cell that says what export would write asks for nothing.
            if self.cells[place] == self.now.get(column):
                continue
            try:
                read(self, self.cells[place])
            except BadRow as error:
                self.wrong.add(column)
                self.reasons += [f"{column}: {reason}" for reason in error.reasons]
        self._read_attributes()
        if self.result.is_new:
            self._check_new()
        if self.reasons:
            raise BadRow(*self.reasons)
        return self.result

    def _set(self, name: str, value: Any) -> None:
        if getattr(self.product, name) != value:
            self._ask_for(name)
            if not self.result.is_new:
                self.result.is_edited = True
                self.result.was.setdefault(name, getattr(self.product, name))
            setattr(self.product, name, value)

    def _ask_for(self, field: str) -> None:
        """BadRow without the right to change it; of a new product `_check_new` asks."""
        rights = self.catalog.rights
        if rights and not self.result.is_new and not rights.may_set(field):
            raise BadRow(_("you may not change this"))

    def read_name(self, name: str, text: str) -> None:
        if text.strip():
            self._set(name, cells.read_name(text))
        elif name != f"name_{settings.LANGUAGE_CODE}" and getattr(self.product, name):
            self._set(name, None)

    def read_description(self, name: str, text: str) -> None:
        self._set(name, cells.read_description(text) if text.strip() else "")

    def read_price(self, text: str) -> None:
        if text.strip():
            self._set("price", cells.read_price(text))

    def read_compare_at_price(self, text: str) -> None:
        price = cells.read_price(text) if text.strip() else None
        self._set("compare_at_price", price)

    def read_barcode(self, text: str) -> None:
        self._set("barcode", cells.read_barcode(text))

    def read_is_active(self, text: str) -> None:
        if text.strip():
            self._set("is_active", cells.read_flag(text))

    def read_stock(self, text: str) -> None:
        if text.strip():
            stock = cells.read_stock(text)
            if stock != self.product.stock:
                self._ask_for("stock")
                self.result.stock = stock

    def read_categories(self, text: str) -> None:
        paths = cells.read_paths(text)
        found = {self.catalog.tree.find(names) for names in paths}
        if found != self.categories:
            self._ask_for("categories")
            if None in found and not self.catalog.may("catalog.add_category"):
                raise BadRow(_("you may not add categories"))
            self.result.paths = paths

    def read_images(self, text: str) -> None:
        images = cells.read_images(text, self.own_images)
        if images != self.own_images:
            self._ask_for("images")
            self.result.images = images

    def read_template(self, text: str) -> None:
        name = text.strip()
        template = self.catalog.templates.get(name)
        if name and template is None:
            raise BadRow(_("there is no template %(name)s") % {"name": name[:40]})
        self._set_template(template)

    def _set_template(self, template: SpecTemplate | None) -> None:
        if self.product.template_id != (template.pk if template else None):
            self._set("template", template)

    def _read_attributes(self) -> None:
        if self.catalog.template and "template" not in self.columns.known:
            self._set_template(self.catalog.template)
        old = self.product.attributes
        asked = {
            key: self.cells[place]
            for key, place in self.columns.attributes.items()
            if self.cells[place] != cells.attribute_text(old.get(key))
        }
        template = self.catalog.template_of(self.product)
        renewed = template is not None and template.pk in self.catalog.renewed
        moved = template != self.template or renewed
        if not (asked or moved or self.result.is_new):
            return
        try:
            new = self._clean_attributes(template, old, asked)
        except InvalidAttributes as error:
            for key, messages in error.by_key.items():
                self.reasons += [f"{key}: {message}" for message in messages]
        except ValidationError as error:
            self.reasons += error.messages
        else:
            if not _same(new, old):
                self._set_attributes(new)

    def _set_attributes(self, new: dict[str, Any]) -> None:
        try:
            self._set("attributes", new)
        except BadRow as error:
            self.reasons += [_("attributes: %(why)s") % {"why": error}]

    def _clean_attributes(
        self,
        template: SpecTemplate | None,
        old: Mapping[str, Any],
        asked: Mapping[str, str],
    ) -> dict[str, Any]:
        fields = template.fields if template else {}
        merged = {**old, **{key: text.strip() for key, text in asked.items()}}
        for key in fields.keys() & self.columns.attributes.keys():
            # What the template types anew is read from its text.
            merged[key] = self.cells[self.columns.attributes[key]].strip()
        return clean_attributes(fields, merged, from_text=True)

    def _check_new(self) -> None:
        if not self.catalog.may("catalog.add_product"):
            self.reasons.append(_("you may not add products"))
            return
        name = getattr(self.product, f"name_{settings.LANGUAGE_CODE}")
        for column, value in (("name", name), ("price", self.product.price)):
            if value in {None, ""} and column not in self.wrong:
                self.reasons.append(f"{column}: " + _("a new product needs it"))


def _readers(columns: Columns) -> Iterator[tuple[str, int, _Read]]:
    """Each known column of the file, where it stands, and what reads its cells."""
    by_column: dict[str, _Read] = {}
    for column, name in cells.text_fields().items():
        method = "read_name" if name.startswith("name") else "read_description"
        by_column[column] = _naming(method, name)
    by_column |= {
        "price": _Reader.read_price,
        "compare_at_price": _Reader.read_compare_at_price,
        "barcode": _Reader.read_barcode,
        "is_active": _Reader.read_is_active,
        "stock": _Reader.read_stock,
        "category": _Reader.read_categories,
        "images": _Reader.read_images,
        "template": _Reader.read_template,
    }
    for column, read in by_column.items():
        if column in columns.known:
            yield column, columns.known[column], read


def _naming(method: str, name: str) -> _Read:
    return lambda reader, text: getattr(reader, method)(name, text)


def _same(new: dict[str, Any], old: dict[str, Any]) -> bool:
    """Equal, where True is not 1."""
    return new == old and all(
        isinstance(value, bool) == isinstance(old[key], bool)
        for key, value in new.items()
    )
