"""Products and categories from files: in bulk, and all of a file or nothing."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import islice
from typing import Any, BinaryIO
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, reset_queries, transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import User
from catalog.caching import drop_catalog_cache
from catalog.importing.changes import RowReport, entry_of, report_of
from catalog.importing.columns import Columns
from catalog.importing.exceptions import (
    BadRow,
    BadTemplate,
    ImportOvertaken,
    ImportRefused,
)
from catalog.importing.rows import Catalog, Wish
from catalog.importing.tables import Row, Table, open_table
from catalog.models import (
    TEXT_LANGUAGES,
    Product,
    ProductImage,
    SpecTemplate,
    StockEntry,
)
from catalog.rights import Rights
from catalog.search.index import index_products
from catalog.services.category_tree import CategoryTree
from catalog.services.pictures import forget_files
from catalog.services.products import product_payload
from catalog.services.stock import move_stock
from catalog.services.templates import create_template, update_template
from catalog.services.visibility import is_hidden_in
from events.services import emit_many
from shop import audit
from shop.bulk import create_objects, insert_rows, update_objects
from shop.fields import next_numbers

# Rows that are read, and written, together.
BATCH = 1000
_WRITTEN = [
    *(f"{text}{language}" for text in ("name", "description")
      for language in ("", *(f"_{code}" for code in TEXT_LANGUAGES))),
    "barcode", "price", "compare_at_price", "is_active", "is_hidden", "template",
    "attributes",
    "updated_at",
]  # fmt: skip
_Links = Product.categories.through


@dataclass
class Counts:
    """What became of the rows of a file."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    failed: int = 0

    def __str__(self) -> str:
        return (
            f"created {self.created}, updated {self.updated},"
            f" unchanged {self.unchanged}, failed {self.failed}"
        )


# Called with (line, reason), and with (rows done, rows in the file).
OnError = Callable[[int, str], None]
OnProgress = Callable[[int, int], None]
# Called with each row, in the order of the file, before it is written.
OnRow = Callable[[RowReport], None]


def import_products(
    file: BinaryIO,
    *,
    template: Any = None,
    skip_errors: bool = False,
    dry_run: bool = False,
    actor: User | None = None,
    rights: Rights | None = None,
    on_error: OnError = lambda line, reason: None,
    on_progress: OnProgress = lambda done, total: None,
    on_row: OnRow | None = None,
) -> Counts:
    """Have every product of the file in the shop as its row says, by SKU.

    `template` is a spec template as JSON (`{"name", "schema"}`), made or brought up to
    date first. One bad row refuses the whole file (ImportRefused) unless
    `skip_errors` leaves bad rows out; `dry_run` judges and counts everything, locks
    nobody out and keeps nothing. With `rights`, a row that changes what they do not
    give is a bad one; without, everything is allowed. The number of queries grows with
    batches of rows, not with rows. Raises BadFile, BadTemplate, and ImportOvertaken
    when somebody else creates the products.
    """
    with open_table(file, "sku") as table:
        columns = Columns.of(table.header)
        lines = _Lines.of(table, columns)
        # A look needs no transaction, which would be the only writer of SQLite.
        reads_only = dry_run and template is None
        try:
            with (
                audit.acting(actor),
                nullcontext() if reads_only else transaction.atomic(),
            ):
                catalog = _read_catalog(columns, template, lock=not dry_run)
                catalog.rights = rights
                if not dry_run:
                    _lock_existing(lines.skus)
                teller = _Teller(catalog, on_error, on_row)
                run = _Import(catalog, lines, teller, actor)
                run.skip_errors, run.dry_run = skip_errors, dry_run
                done = 0
                for rows in _batched(table.rows()):
                    run.take(rows)
                    on_progress(done := done + len(rows), lines.total)
                    if settings.DEBUG:
                        # Django would remember all these statements, long as they are.
                        reset_queries()
                if run.is_refused:
                    counts = run.counts
                    raise ImportRefused(Counts(0, 0, counts.unchanged, counts.failed))
                if dry_run and not reads_only:
                    transaction.set_rollback(True)
        except IntegrityError as error:
            if "sku" not in str(error).lower():
                raise
            raise ImportOvertaken from error
    return run.counts


@dataclass
class _Lines:
    """What the first reading of a file finds: its SKUs, and which come twice."""

    skus: dict[str, int]
    repeated: dict[int, int]
    total: int = 0

    @classmethod
    def of(cls, table: Table, columns: Columns) -> "_Lines":
        lines = cls({}, {})
        place = columns.known["sku"]
        for row in table.rows():
            lines.total += 1
            if not row.error:
                first = lines.skus.setdefault(row.cells[place].strip(), row.line)
                if first != row.line:
                    lines.repeated[row.line] = first
        return lines


def _read_catalog(columns: Columns, template: Any, *, lock: bool) -> Catalog:
    """What rows are read against; the tree is locked before any product is."""
    tree = CategoryTree(lock=lock and "category" in columns.known)
    given, is_renewed = None, False
    if template is not None:
        given, is_renewed = _ensure_template(template)
    return Catalog(
        columns,
        {template.name: template for template in SpecTemplate.objects.all()},
        tree,
        given,
        {given.pk} if given and is_renewed else (),
    )


def _ensure_template(spec: Any) -> tuple[SpecTemplate, bool]:
    """The template, and whether an existing one got a new schema."""
    name = spec.get("name") if isinstance(spec, dict) else None
    if not isinstance(name, str) or not 0 < len(name.strip()) <= 120:
        raise BadTemplate(_("A template has a name and a schema."))
    schema = spec.get("schema")
    try:
        template = SpecTemplate.objects.filter(name=name.strip()).first()
        if template is None:
            return create_template(name=name, schema=schema), False
        if template.schema == schema:
            return template, False
        return update_template(template, schema=schema), True
    except ValidationError as error:
        raise BadTemplate(" ".join(error.messages)) from None


def _lock_existing(skus: Iterable[str]) -> None:
    """Lock all that the file may change at once: in one order, as checkouts do."""
    if not connection.features.has_select_for_update:
        return
    ids: list[UUID] = []
    for batch in _batched(skus):
        ids += Product.objects.filter(sku__in=batch).values_list("pk", flat=True)
    for part in _batched(sorted(ids)):
        rows = Product.objects.select_for_update().filter(pk__in=part).order_by("pk")
        list(rows.values_list("pk"))


@dataclass
class _Teller:
    """Says what becomes of each row, to whoever asked."""

    catalog: Catalog
    on_error: OnError
    on_row: OnRow | None

    def tell(self, wishes: list[Wish], errors: list[RowReport]) -> None:
        for error in errors:
            self.on_error(error.line, error.reason)
        if self.on_row:
            reports = [report_of(wish, self.catalog) for wish in wishes]
            for report in sorted([*reports, *errors], key=lambda row: row.line):
                self.on_row(report)


class _Import:
    """One import at work, batch by batch, inside the caller's transaction."""

    skip_errors = dry_run = False

    def __init__(
        self, catalog: Catalog, lines: _Lines, teller: _Teller, actor: User | None
    ) -> None:
        self.catalog = catalog
        self.lines = lines
        self.teller = teller
        self.actor = actor
        self.counts = Counts()

    @property
    def is_refused(self) -> bool:
        return bool(self.counts.failed) and not self.skip_errors

    def take(self, rows: list[Row]) -> None:
        """Read a batch and write what it asks; after a bad row, only read on."""
        wishes, errors = self._read(rows)
        self.teller.tell(wishes, sorted(errors, key=lambda row: row.line))
        wanted = [wish for wish in wishes if not wish.is_empty]
        new = sum(wish.is_new for wish in wanted)
        self.counts.failed += len(errors)
        self.counts.unchanged += len(wishes) - len(wanted)
        self.counts.created += new
        self.counts.updated += len(wanted) - new
        if wanted and not (self.is_refused or self.dry_run):
            self._write(wanted)

    def _read(self, rows: list[Row]) -> tuple[list[Wish], list[RowReport]]:
        errors: list[RowReport] = []
        named: dict[str, Row] = {}
        for row in rows:
            try:
                named[self._own_sku(row)] = row
            except BadRow as error:
                errors.append(RowReport(row.line, "failed", reason=str(error)))
        found = Product.objects.filter(sku__in=named)
        products = {product.sku: product for product in found}
        ids = [product.pk for product in products.values()]
        links = _Links.objects.filter(product_id__in=ids)
        categories: dict[UUID, list[UUID]] = defaultdict(list)
        for pk, category in links.values_list("product_id", "category_id"):
            categories[pk].append(category)
        images = _image_addresses(ids)
        wishes = []
        for sku, row in named.items():
            product = products.get(sku)
            lists = (categories[product.pk], images[product.pk]) if product else ()
            try:
                wishes.append(self.catalog.wish(row, product, *lists))
            except BadRow as error:
                errors.append(RowReport(row.line, "failed", sku, reason=str(error)))
        return wishes, errors

    def _own_sku(self, row: Row) -> str:
        sku = self.catalog.sku(row)
        first = self.lines.repeated.get(row.line)
        if first is not None:
            raise BadRow(
                _("the SKU %(sku)s is on line %(line)s already")
                % {"sku": sku, "line": first}
            )
        return sku

    def _write(self, wishes: list[Wish]) -> None:
        new = [wish for wish in wishes if wish.is_new]
        known = [wish for wish in wishes if not wish.is_new]
        self.catalog.tree.ensure(path for wish in wishes for path in wish.paths or ())
        self._hide(wishes)
        # Plain `name` and `description` read and write the active language.
        with override(settings.LANGUAGE_CODE):
            self._create(new)
            edited = [wish.product for wish in known if wish.is_edited]
            _update(edited)
            index_products([*(wish.product for wish in new), *edited])
        self._link([wish for wish in wishes if wish.paths is not None])
        _replace_images([wish for wish in wishes if wish.images is not None])
        self._move_stock(known)
        entries = (entry_of(wish, self.catalog) for wish in wishes)
        audit.record_many(Product, entries, actor=self.actor)
        for event, told in (("product_created", new), ("product_updated", known)):
            payloads = ((w.product.pk, product_payload(w.product)) for w in told)
            emit_many(event, payloads)
        drop_catalog_cache()

    def _hide(self, wishes: list[Wish]) -> None:
        """Products come and go with their categories, whose tree is locked."""
        tree = self.catalog.tree
        for wish in wishes:
            if wish.paths is None:
                continue
            ids = [pk for path in wish.paths if (pk := tree.find(path))]
            hidden = is_hidden_in(map(tree.is_visible, ids))
            if hidden != wish.product.is_hidden:
                wish.product.is_hidden = hidden
                wish.is_edited = not wish.is_new

    def _create(self, wishes: list[Wish]) -> None:
        numbers = next_numbers(Product, len(wishes)) if wishes else []
        products = [wish.product for wish in wishes]
        for wish, number in zip(wishes, numbers, strict=True):
            wish.product.stock = wish.stock or 0
            wish.product.prepare(number)
        slugs = Product.objects.filter(slug__in=[item.slug for item in products])
        taken = set(slugs.values_list("slug", flat=True)) if products else set()
        for product in products:
            if product.slug in taken:
                product.slug = f"{product.slug}-{product.pk.hex[-8:]}"
        create_objects(Product, products)
        entries = [
            product.opening_entry(reason=StockEntry.Reason.IMPORT, actor=self.actor)
            for product in products
            if product.stock
        ]
        create_objects(StockEntry, entries)

    def _link(self, wishes: list[Wish]) -> None:
        known = [wish.product.pk for wish in wishes if not wish.is_new]
        if known:
            _Links.objects.filter(product_id__in=known).delete()
        find = self.catalog.tree.find
        links = [
            (wish.product.pk, pk)
            for wish in wishes
            for pk in dict.fromkeys(find(path) for path in wish.paths or ())
        ]
        insert_rows(_Links, ("product", "category"), links)

    def _move_stock(self, wishes: list[Wish]) -> None:
        moved = {w.product.pk: w for w in wishes if w.stock is not None}
        move_stock(
            {pk: wish.product for pk, wish in moved.items()},
            {pk: (w.stock or 0) - w.product.stock for pk, w in moved.items()},
            StockEntry.Reason.IMPORT,
            actor=self.actor,
        )


def _update(products: list[Product]) -> None:
    update_objects(Product, products, _WRITTEN)


def _image_addresses(products: list[UUID]) -> dict[UUID, list[str]]:
    """As `Product.image_urls`, without an instance for each picture."""
    storage = ProductImage._meta.get_field("file").storage
    found = ProductImage.objects.filter(product_id__in=products)
    addresses: dict[UUID, list[str]] = defaultdict(list)
    for pk, url, file in found.values_list("product_id", "url", "file"):
        addresses[pk].append(storage.url(file) if file else url)
    return addresses


def _replace_images(wishes: list[Wish]) -> None:
    known = [wish.product.pk for wish in wishes if not wish.is_new]
    found = ProductImage.objects.filter(product_id__in=known)
    old = list(found) if known else []
    if old:
        found.delete()
    by_address = {(image.product_id, image.address): image for image in old}
    rows: list[tuple[UUID, int, str, str]] = []
    kept: list[ProductImage] = []
    for wish in wishes:
        for position, address in enumerate(wish.images or ()):
            image = by_address.get((wish.product.pk, address))
            if image and image.file:
                kept.append(image.twin(product=wish.product, position=position))
            else:
                alt = image.alt if image else ""
                rows.append((wish.product.pk, position, address, alt))
    insert_rows(ProductImage, ("product", "position", "url", "alt"), rows)
    create_objects(ProductImage, kept)
    forget_files(old)


def _batched(items: Iterable[Any]) -> Iterator[list[Any]]:
    iterator = iter(items)
    while batch := list(islice(iterator, BATCH)):
        yield batch
