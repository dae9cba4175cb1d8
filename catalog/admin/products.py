"""Products: the form follows the template, the stock follows the ledger."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db.models import ManyToManyField, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.loader import get_template
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from catalog import services
from catalog.admin.base import ServiceAdmin, adopt
from catalog.admin.categories import use_picker
from catalog.admin.exports import ExportProductsMixin
from catalog.admin.filters import CategoryFilter, StockFilter
from catalog.admin.imports import ImportRunsMixin
from catalog.admin.picture_rows import PICTURES_CHANGED, PictureRows
from catalog.admin.pictures import NewPictures, PictureBlock
from catalog.admin.pricing import PricesMixin, may_change_prices
from catalog.admin.receiving import may_receive
from catalog.admin.stock import change_stock, latest_entries, stock_events
from catalog.admin_forms import (
    SHOW_ATTRIBUTES,
    AttributeField,
    ImageForm,
    ImageFormSet,
    ProductForm,
    attribute_name,
    copied_fields,
    in_languages,
)
from catalog.filters import as_uuid
from catalog.models import Product, ProductImage, SpecTemplate
from catalog.paging import ProductPaginator
from catalog.rights import PRICES, STOCK, TEXTS, WHOLE, Rights
from catalog.services.drafts import keep_drafts, use_drafts
from catalog.services.pictures import stored_pictures
from catalog.specs import SpecField
from catalog.srcset import picture_context
from catalog.uploads import check_picture
from shop.admin_lists import IndexedChangeList
from shop.admin_seen import SeenAdmin
from shop.history import Asked, Event
from shop.money import format_price


def picture(image: ProductImage | None) -> str:
    if image is None or not image.address:
        return "—"
    shown = picture_context(image, "thumb", css="thumb", lazy=True)
    return get_template("catalog/includes/picture_element.html").render(shown)


def rights_of(request: HttpRequest) -> Rights:
    """The rights of whoever works here, asked for once in a request."""
    if not hasattr(request, "_product_rights"):
        request._product_rights = Rights.of(request.user)
    return request._product_rights


class ImageInline(admin.TabularInline):
    """Whoever may change the product's texts may change its pictures."""

    model = ProductImage
    form = ImageForm
    formset = ImageFormSet
    fields = ["preview", "position", "url", "file", "alt"]
    readonly_fields = ["preview"]
    extra = 1
    classes = ["pictures", "plain"]

    @admin.display(description=_("picture"))
    def preview(self, image: ProductImage) -> str:
        return picture(image)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if obj is None:
            return request.user.has_perm("catalog.add_product")
        return rights_of(request).may(TEXTS)

    has_change_permission = has_delete_permission = has_add_permission


@admin.register(Product)
class ProductAdmin(
    PricesMixin, ImportRunsMixin, ExportProductsMixin, ServiceAdmin, SeenAdmin
):
    import_export_change_list_template = "admin/catalog/product/change_list.html"
    actions = ["change_prices", "export_selected"]
    form = ProductForm
    inlines = [ImageInline]
    list_display = [
        "thumb", "number", "sku", "name", "stock", "price_shown", "is_active",
        "template",
    ]  # fmt: skip
    list_display_links = ["number", "sku", "name"]
    list_filter = ["is_active", StockFilter, CategoryFilter, "template"]
    list_select_related = ["template"]
    list_per_page = 50
    # By what an index has in order; sorting by anything else reads the whole shop.
    sortable_by = ["number", "sku", "stock", "price_shown"]
    paginator = ProductPaginator

    class Media:
        js = (forms.Script("js/product-form.js", defer=True),)

    # The field is there because of these; `get_search_results` does the finding.
    search_fields = ["sku", "name"]
    search_help_text = _("Name, SKU, description or number")
    show_full_result_count = False
    # Counting each filter's products costs a scan each.
    show_facets = admin.ShowFacets.NEVER
    history_labels = {"images": ProductImage._meta.verbose_name_plural}

    # --- Who may ------------------------------------------------------------------

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever may change a part of a product opens its form, the rest to read."""
        rights = rights_of(request)
        return any(rights.may(part) for part in (WHOLE, TEXTS, PRICES))

    def has_stock_permission(self, request: HttpRequest) -> bool:
        return rights_of(request).may(STOCK)

    # --- The list -----------------------------------------------------------------

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> Any:
        return IndexedChangeList

    def changelist_view(
        self, request: HttpRequest, extra_context: Any = None
    ) -> HttpResponse:
        may = {
            "may_receive": may_receive(request),
            "may_change_prices": may_change_prices(request),
        }
        return super().changelist_view(request, {**(extra_context or {}), **may})

    def get_queryset(self, request: HttpRequest) -> QuerySet[Product]:
        return super().get_queryset(request).with_images()

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[QuerySet[Product], bool]:
        return queryset.matching(search_term, hidden=True), False

    @admin.display(description="")
    def thumb(self, product: Product) -> str:
        return picture(product.main_image)

    @admin.display(description=_("price"), ordering="price")
    def price_shown(self, product: Product) -> str:
        return format_price(product.price)

    # --- The form -----------------------------------------------------------------

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        main = [*in_languages("name", default=True), "sku", "barcode"]
        main += ["price", "compare_at_price", "stock", "is_active", "categories"]
        main += in_languages("description", default=True)
        others = in_languages("name", "description", default=False)
        attributes: list[str] = ["template"]
        if self._may_edit(request, obj):
            attributes += map(attribute_name, self._template_fields(request, obj))
            attributes += ["other_attributes"] if obj else []
        else:
            attributes += ["all_attributes"]
        fieldsets = [
            (None, {"fields": main}),
            (_("Attributes"), {"fields": attributes}),
            (_("Other languages"), {"fields": others, "classes": ["collapse"]}),
        ]
        if obj:
            known = ["number", "slug", "sold", "created_at", "updated_at"]
            about = {"fields": known, "classes": ["collapse"]}
            fieldsets.append((_("About this product"), about))
        return fieldsets

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        if obj is None:
            return []
        rights = rights_of(request)
        return [
            "number", "slug", "sold", "stock", "created_at", "updated_at",
            "other_attributes", "all_attributes",
            *(name for name in ProductForm.Meta.fields if not rights.may_set(name)),
        ]  # fmt: skip

    def get_form(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        form = super().get_form(
            request, obj, **{**kwargs, "fields": ProductForm.Meta.fields}
        )
        if not self._may_edit(request, obj):
            return form
        specs = self._template_fields(request, obj)
        source = obj or self._copied(request)
        stored = source.attributes if source else {}
        drawn = {
            attribute_name(key): AttributeField(spec, stored.get(key))
            for key, spec in specs.items()
        }
        more = {
            "template_fields": specs,
            "copied": stored,
            "picture_errors": self._new_pictures(request).errors,
        }
        return type("ProductForm", (form,), {**drawn, **more})

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        initial = super().get_changeform_initial_data(request)
        source = self._copied(request)
        copied = copied_fields(source) if source else {}
        return copied | {name: initial[name] for name in initial if name == "template"}

    def formfield_for_manytomany(
        self, db_field: ManyToManyField, request: HttpRequest, **kwargs: Any
    ) -> Any:
        field = super().formfield_for_manytomany(db_field, request, **kwargs)
        if field and db_field.name == "categories":
            use_picker(field, self.admin_site)
            field.help_text = ""
        return field

    def formfield_for_foreignkey(
        self, db_field: Any, request: HttpRequest, **kwargs: Any
    ) -> forms.ModelChoiceField | None:
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if field and db_field.name == "template":
            field.help_text = format_html(
                '<button type="submit" name="{}" value="1" class="button">{}</button>',
                SHOW_ATTRIBUTES,
                _("Show its attributes"),
            )
        return field

    @admin.display(description=_("not in the template"))
    def other_attributes(self, product: Product) -> str:
        """Kept as they are, whatever the template says."""
        named = product.template.fields if product.template else {}
        return _as_lines(
            {
                SpecField(key, "string").label: SpecField(key, "string").display(value)
                for key, value in sorted(product.attributes.items())
                if key not in named
            }
        )

    @admin.display(description=_("attributes"))
    def all_attributes(self, product: Product) -> str:
        return _as_lines(dict(product.specs))

    def _may_edit(self, request: HttpRequest, obj: Any) -> bool:
        """Whether the attributes are there to be changed, and not just to read."""
        if obj:
            return rights_of(request).may(TEXTS)
        return self.has_add_permission(request)

    def _template_fields(self, request: HttpRequest, obj: Any) -> dict[str, SpecField]:
        """The attributes of the template chosen in this request, else of the stored."""
        if not hasattr(request, "_spec_fields"):
            sent = request.POST if request.method == "POST" else request.GET
            source = obj or self._copied(request)
            template: SpecTemplate | None = source.template if source else None
            if request.method == "POST" or (not obj and "template" in sent):
                chosen = str(sent.get("template") or "")
                template = _template(chosen) if chosen else None
            request._spec_fields = template.fields if template else {}
        return request._spec_fields

    # --- Changes ------------------------------------------------------------------

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, *args: Any
    ) -> HttpResponse:
        """Uploads are stored before the page's transaction: no lock waits for them."""
        allowed = (
            rights_of(request).may(TEXTS)
            if object_id
            else self.has_add_permission(request)
        )
        if not allowed:
            # Who may change prices alone brings no pictures, whatever was sent.
            request._new_pictures = NewPictures()
            return super().changeform_view(request, object_id, *args)
        rows = [
            file
            for name, file in request.FILES.items()
            if name != "pictures" and _is_picture(file)
        ]
        new = self._new_pictures(request)
        uploads = [*rows, *new.uploads]
        with stored_pictures(uploads) as ready:
            stored = dict(zip(uploads, ready, strict=True))
            request._stored_pictures = stored
            response = super().changeform_view(request, object_id, *args)
            if request.method == "POST" and response.status_code == 200:
                # Not saved: the pictures wait, so that nobody has to send them again.
                waiting = {file: stored[file] for file in new.uploads}
                drafts = keep_drafts(waiting, user=request.user)
                new.became_drafts(dict(zip(waiting, drafts, strict=True)))
        return response

    def save_related(
        self, request: HttpRequest, form: Any, formsets: Any, change: bool
    ) -> None:
        changes = form.changes()
        new = self._new_pictures(request)
        for formset in formsets:
            # Saves nothing, but tells the history what was added and removed.
            formset.save(commit=False)
            if formset.has_changed() or new.kept:
                stored = request._stored_pictures
                kept = [
                    replace(one, picture=stored.get(one.picture, one.picture))
                    for one in formset.pictures
                ]
                changes["images"] = [*kept, *new.pictures(stored)]
        use_drafts(new.drafts)
        if not change:
            created = services.create_product(actor=request.user, **changes)
            adopt(form.instance, created)
        elif changes:
            services.update_product(
                form.instance.pk, actor=request.user, seen=form.stored_mark, **changes
            )
        self.tell_merged(request, form)

    def get_formset_kwargs(
        self, request: HttpRequest, obj: Product, inline: Any, prefix: str
    ) -> dict[str, Any]:
        """Rows of pictures that are older than the pictures are drawn anew."""
        kwargs = super().get_formset_kwargs(request, obj, inline, prefix)
        if "data" in kwargs and not obj._state.adding:
            rows = PictureRows(request, obj, prefix)
            if rows.are_old:
                kwargs["data"] = rows.as_they_are()
                if rows.are_touched:
                    self._new_pictures(request).errors.append(PICTURES_CHANGED)
        return kwargs

    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Any, add: bool = False
    ) -> Any:
        told: list[Any] = super().construct_change_message(request, form, formsets, add)
        if (new := len(self._new_pictures(request).kept)) and not add:
            told.append({"added": {"name": "Picture", "object": str(new)}})
        return told

    def _new_pictures(self, request: HttpRequest) -> NewPictures:
        """The block of dropped pictures, read once in a request."""
        if not hasattr(request, "_new_pictures"):
            source = self._copied(request)
            if request.method == "POST":
                request._new_pictures = NewPictures.of(request)
            elif source:
                request._new_pictures = NewPictures.copied(source)
            else:
                request._new_pictures = NewPictures()
        return request._new_pictures

    def _copied(self, request: HttpRequest) -> Product | None:
        """The product that `?copy=` names, for whoever may see it."""
        if not hasattr(request, "_copied_product"):
            page = getattr(request.resolver_match, "url_name", "")
            key = as_uuid(request.GET.get("copy", ""))
            wanted = key if page == "catalog_product_add" else None
            found = None
            if wanted and self.has_view_permission(request):
                found = Product.objects.filter(pk=wanted).first()
            request._copied_product = found
        return request._copied_product

    def delete_queryset(
        self, request: HttpRequest, queryset: QuerySet[Product]
    ) -> None:
        # In the one order in which everybody locks them: the list has another.
        services.lock_products(queryset.values_list("pk", flat=True))
        super().delete_queryset(request, queryset)

    def delete_one(self, request: HttpRequest, obj: Product) -> None:
        services.delete_product(obj)

    # --- The stock ----------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        own = path(
            "<uuid:product_id>/stock/",
            self.admin_site.admin_view(self.stock_view),
            name="catalog_product_stock",
        )
        return [own, *super().get_urls()]

    def stock_view(self, request: HttpRequest, product_id: UUID) -> HttpResponse:
        return change_stock(request, self, product_id)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        product = kwargs.get("obj")
        if product:
            context["ledger"] = latest_entries(product)
            context["may_move_stock"] = self.has_stock_permission(request)
            context["may_copy"] = self.has_add_permission(request)
        elif source := self._copied(request):
            context["title"] = _("Copy of %(name)s") % {"name": source}
        if self._may_edit(request, product):
            context["pictures"] = PictureBlock(self._new_pictures(request))
        return super().render_change_form(request, context, *args, **kwargs)

    # --- The history --------------------------------------------------------------

    def history_events(self, asked: Asked) -> Iterator[Event]:
        yield from super().history_events(asked)
        yield from stock_events(asked)

    def history_links(self, request: HttpRequest, obj: Product) -> list[Any]:
        if not request.user.has_perm("catalog.view_stockentry"):
            return []
        ledger = reverse("admin:catalog_stockentry_changelist")
        query = urlencode({"q": obj.sku})
        return [(_("All movements of its stock, sales too"), f"{ledger}?{query}")]


def _template(chosen: str) -> SpecTemplate | None:
    try:
        return SpecTemplate.objects.filter(pk=UUID(chosen)).first()
    except ValueError:
        return None


def _is_picture(file: UploadedFile) -> bool:
    """What is none is left to the form, which says why."""
    try:
        check_picture(file)
    except ValidationError:
        return False
    return True


def _as_lines(pairs: dict[str, str]) -> str:
    return format_html_join("\n", "<div>{}: {}</div>", pairs.items()) or "—"
