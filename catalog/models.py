"""Categories, spec templates and products; the other models have files of their own."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import DEFAULT_DB_ALIAS, models, transaction
from django.db.models import Exists, F, OuterRef, Prefetch, Q, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, NullIf
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from treebeard.mp_tree import MP_Node, MP_NodeManager

from catalog.goods_receipt import GoodsReceipt as GoodsReceipt
from catalog.import_run import ImportRun as ImportRun
from catalog.old_address import OldAddress as OldAddress
from catalog.picture_draft import PictureDraft as PictureDraft
from catalog.price_change import PriceChange as PriceChange
from catalog.price_change import PriceChangeRow as PriceChangeRow
from catalog.product_image import ProductImage as ProductImage
from catalog.search.index import engine_of, index_products
from catalog.search.models import SearchEntry as SearchEntry
from catalog.search.models import SearchWord as SearchWord
from catalog.search.readings import Search
from catalog.search.understanding import understand
from catalog.specs import SpecField, known_schema, parse_schema
from catalog.stock_entry import StockEntry as StockEntry
from catalog.text import address_part
from shop.fields import NumberField, OrderedJSONField, next_numbers
from shop.ids import new_id

TEXT_LANGUAGES = ("ru", "kk", "en")
_NAMES = ["name", *(f"name_{language}" for language in TEXT_LANGUAGES)]
_DESCRIPTIONS = [f"description_{language}" for language in TEXT_LANGUAGES]
MAX_BRANCH = 500
# What the indexes of the orders carry, the flags beside each other: they cost nothing.
_NARROWED = ("is_active", "is_hidden", "stock", "price")


class CategoryManager(MP_NodeManager):
    def visible(self) -> Any:
        """What shoppers may see."""
        return self.filter(is_visible=True)


class Category(MP_Node):
    """A node of the category tree, of any depth (materialized path)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    # 255 levels of four characters.
    path = models.CharField(max_length=1020, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=255)
    slug = models.SlugField(_("address"), max_length=120, unique=True)
    # What staff have chosen …
    is_active = models.BooleanField(
        _("shown in the shop"),
        default=True,
        help_text=_(
            "A hidden category takes all below it out of the shop, and the products "
            "that stand in hidden categories alone."
        ),
    )
    # … and what follows from it: whether this and all above it are shown.
    is_visible = models.BooleanField(default=True, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    objects = CategoryManager()

    class Meta(MP_Node.Meta):
        verbose_name = _("category")
        verbose_name_plural = _("categories")

    def __str__(self) -> str:
        return self.name or self.slug

    def get_absolute_url(self) -> str:
        return reverse("catalog:category", args=[self.slug])

    @property
    def audit_name(self) -> str:
        """What its history calls it, in the shop's own language."""
        return getattr(self, f"name_{settings.LANGUAGE_CODE}") or self.slug

    @property
    def level(self) -> int:
        """0 for a root, one more for each step down."""
        return self.depth - 1

    @property
    def parent_path(self) -> str:
        return self.path[: -self.steplen]

    @cached_property
    def branch(self) -> "list[UUID] | models.QuerySet[Any]":
        """The ids of the category and of all below it.

        Below a visible category those that are hidden do not count. Named one by one,
        the database knows how many products each of them has, and reads those alone;
        where they are very many, it finds them itself.
        """
        below = Category.objects.filter(path__startswith=self.path).order_by()
        return _named(below.filter(is_visible=True) if self.is_visible else below)

    @cached_property
    def whole_branch(self) -> "list[UUID] | models.QuerySet[Any]":
        """The same with what is hidden in it."""
        return _named(Category.objects.filter(path__startswith=self.path).order_by())


def _named(categories: Any) -> "list[UUID] | models.QuerySet[Any]":
    found = list(categories.values_list("pk", flat=True)[: MAX_BRANCH + 1])
    return found if len(found) <= MAX_BRANCH else categories.values("pk")


class SpecTemplate(models.Model):
    """The attributes that one kind of product has (see `catalog.specs`)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(_("name"), max_length=120, unique=True)
    # Ordered: shoppers read specs in the order in which the template names them.
    schema = OrderedJSONField(_("schema"), default=dict, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        ordering = ["name"]
        verbose_name = _("spec template")
        verbose_name_plural = _("spec templates")

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        parse_schema(self.schema)

    @cached_property
    def fields(self) -> dict[str, SpecField]:
        return known_schema(self.schema)


def shown_name(language: str) -> Combinable:
    """The name that a reader sees: in their language, else in the default one."""
    default = F(f"name_{settings.LANGUAGE_CODE}")
    if language == settings.LANGUAGE_CODE:
        return default
    return Coalesce(NullIf(F(f"name_{language}"), Value("")), default)


class ProductQuerySet(models.QuerySet["Product"]):
    # What `matching` understood, whether the best are wanted first, and the products
    # that it was asked of.
    search: Search | None = None
    is_ranked = False
    others: "ProductQuerySet | None" = None

    def visible(self) -> "ProductQuerySet":
        """What shoppers may see."""
        return self.filter(is_active=True, is_hidden=False)

    def in_stock(self) -> "ProductQuerySet":
        return self.filter(stock__gt=0)

    def low_in_stock(self) -> "ProductQuerySet":
        """On sale and at or below LOW_STOCK_THRESHOLD pieces, lowest first."""
        low = self.filter(is_active=True, stock__lte=settings.LOW_STOCK_THRESHOLD)
        return low.order_by("stock", "number")

    def in_category(self, category: Category) -> "ProductQuerySet":
        """In the category or anywhere below it, each product once (`branch`)."""
        return self._linked_to(category.branch)

    def anywhere_in(self, category: Category) -> "ProductQuerySet":
        """The same for the back office: what is hidden below it counts too."""
        return self._linked_to(category.whole_branch)

    def _linked_to(self, categories: Any) -> "ProductQuerySet":
        links = Product.categories.through.objects.filter(
            product_id=OuterRef("pk"), category__in=categories
        )
        return self.filter(Exists(links))

    def matching(
        self, query: str, *, ranked: bool = False, hidden: bool = False
    ) -> "ProductQuerySet":
        """What the query finds: see `catalog.search`.

        One statement finds out at once what the query means; with `hidden` it may mean
        products off sale too. With `ranked`, `by_relevance` puts the best first, and is
        quick if everything else is asked before this.
        """
        if not query.strip():
            return self
        search = understand(query, hidden=hidden, using=self.db)
        return self.found_by(search, ranked=ranked)

    def found_by(self, search: Search, *, ranked: bool = False) -> "ProductQuerySet":
        """What a query finds that is understood already."""
        entries = engine_of(self.db).entries(search).values("pk")
        if search.total:
            # Tells the planner how few these are. Some may have come since.
            entries = entries[: search.total * 2 + 10]
        found = self.filter(pk__in=entries)
        found.search, found.is_ranked, found.others = search, ranked, self
        return found

    def _clone(self) -> "ProductQuerySet":
        clone = super()._clone()  # type: ignore[misc]
        # Whatever is asked after the search is a part of what is left without it.
        clone.search, clone.is_ranked = self.search, self.is_ranked
        return clone

    def with_images(self) -> "ProductQuerySet":
        return self.prefetch_related("images")

    def for_cards(self) -> "ProductQuerySet":
        """As lists show them: without the descriptions, which no card says."""
        return self.with_images().defer(*_DESCRIPTIONS)

    def to_sell(self) -> "ProductQuerySet":
        """What an order writes down and the ledger needs, and nothing else."""
        return self.only("number", "sku", "slug", *_NAMES, *_NARROWED)

    def with_details(self, *, hidden: bool = False) -> "ProductQuerySet":
        """All that an API answer about a product or a line of a cart reads.

        Staff are told of `hidden` categories too. The template, whose schema is long,
        is read only by who shows `specs`.
        """
        categories = Category.objects.all() if hidden else Category.objects.visible()
        return self.prefetch_related("images", Prefetch("categories", categories))


class Product(models.Model):
    """Something on sale. `stock` (pieces) always equals the sum of its ledger."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = NumberField(_("number"))
    sku = models.CharField(_("SKU"), max_length=64, unique=True)
    # EAN, UPC or the maker's own. Several products may share one (a set, a display).
    barcode = models.CharField(_("barcode"), max_length=64, blank=True, default="")
    name = models.CharField(_("name"), max_length=255)
    slug = models.SlugField(_("address"), max_length=120, unique=True, blank=True)
    description = models.TextField(_("description"), blank=True, default="")
    price = models.DecimalField(
        _("price, ₸"),
        max_digits=12,
        decimal_places=2,
        validators=[MinValueValidator(Decimal(0))],
    )
    # What the product cost before: shown struck through when it is above the price.
    compare_at_price = models.DecimalField(
        _("price before, ₸"),
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0))],
    )
    stock = models.PositiveIntegerField(_("in stock, pieces"), default=0)
    sold = models.PositiveIntegerField(_("sold, pieces"), default=0, editable=False)
    is_active = models.BooleanField(_("on sale"), default=True)
    # Whether it stands in categories, and all of them are hidden.
    is_hidden = models.BooleanField(default=False, editable=False)
    template = models.ForeignKey(
        SpecTemplate,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="products",
        verbose_name=_("spec template"),
    )
    attributes = models.JSONField(_("attributes"), default=dict, blank=True)
    categories = models.ManyToManyField(
        Category, blank=True, related_name="products", verbose_name=_("categories")
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    objects = ProductQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-number"]
        verbose_name = _("product")
        verbose_name_plural = _("products")
        # Parts of `change_product`, which is all of them (see `catalog.rights`).
        permissions = [
            (
                "change_product_texts",
                "Can change texts, pictures, categories and attributes of products",
            ),
            ("change_price", "Can change prices of products"),
            ("move_stock", "Can move stock"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(price__gte=0), name="product_price_gte_0"
            ),
            models.CheckConstraint(
                condition=Q(compare_at_price__gte=0),
                name="product_compare_at_price_gte_0",
            ),
            models.CheckConstraint(
                condition=Q(stock__gte=0), name="product_stock_gte_0"
            ),
        ]
        # Each of them is written by every sale, for stock and sold stand in some.
        # Behind its order a list's index carries what lists are narrowed by: so they
        # are counted, and their far pages found, in the index alone.
        indexes = [
            models.Index(
                fields=["-created_at", "-number", *_NARROWED],
                name="product_newest",
            ),
            models.Index(
                fields=["-sold", "-number", *_NARROWED],
                name="product_popular",
            ),
            models.Index(
                fields=["price", "number", *_NARROWED[:-1]], name="product_price"
            ),
            models.Index(fields=["stock", "number"], name="product_stock"),
            *(
                models.Index(
                    shown_name(language),
                    F("number").desc(),
                    condition=Q(is_active=True, is_hidden=False),
                    name=f"product_name_{language}",
                )
                for language in TEXT_LANGUAGES
            ),
            models.Index(
                fields=["barcode"],
                condition=~Q(barcode=""),
                name="product_barcode",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.sku

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep what is derived: the address, the search entry, the opening stock.

        Existing stock is moved by `catalog.services` alone, which also writes the
        ledger; a new product's first stock becomes the ledger's first row here, so
        that no way of creating one can forget it.
        """
        adding = self._state.adding
        if adding:
            self.prepare()
        elif (fields := kwargs.get("update_fields")) is not None:
            kwargs["update_fields"] = {*fields, "updated_at"}
        with transaction.atomic(using=kwargs.get("using")):
            super().save(*args, **kwargs)
            index_products([self], using=self._state.db or DEFAULT_DB_ALIAS)
            if adding and self.stock:
                self.opening_entry().save()

    def get_absolute_url(self) -> str:
        return reverse("catalog:product-detail", args=[self.slug])

    def prepare(self, number: int | None = None) -> None:
        """Fill what a new row needs; bulk writers bring a number of their own."""
        self.number = self.number or number or next_numbers(Product)[0]
        self.slug = self.slug or f"{address_part(self.name)}-{self.number}".lstrip("-")

    def opening_entry(self, **fields: Any) -> "StockEntry":
        fields.setdefault("reason", StockEntry.Reason.OPENING)
        return StockEntry(product=self, delta=self.stock, **fields)

    @property
    def audit_name(self) -> str:
        """What its history calls it, and finds it by, after it is gone too."""
        name = getattr(self, f"name_{settings.LANGUAGE_CODE}") or self.name
        return f"{self.sku} {name}"

    @property
    def is_visible(self) -> bool:
        """Whether shoppers may see it, and buy it."""
        return self.is_active and not self.is_hidden

    @property
    def is_on_sale(self) -> bool:
        """Whether it cost more before: then that price is shown, struck through.

        A price before that is not above the price is kept, and not shown.
        """
        return self.compare_at_price is not None and self.compare_at_price > self.price

    @property
    def discount(self) -> int:
        """Percent off the price before, rounded down; 0 also for less than one."""
        before = self.compare_at_price
        if before is None or before <= self.price:
            return 0
        return int((before - self.price) * 100 / before)

    @property
    def image_urls(self) -> list[str]:
        """Addresses of the pictures, in order: absolute or on this site."""
        return [image.address for image in self.images.all()]

    @property
    def main_image(self) -> "ProductImage | None":
        return next(iter(self.images.all()), None)

    @property
    def specs(self) -> list[tuple[str, str]]:
        """(label, value) pairs to show, the template's first and in its order."""
        fields = self.template.fields if self.template else {}
        keys = [key for key in fields if key in self.attributes]
        keys += sorted(key for key in self.attributes if key not in fields)
        return [
            (spec.label, spec.display(self.attributes[key]))
            for key in keys
            for spec in [fields.get(key) or SpecField(key, "string")]
        ]
