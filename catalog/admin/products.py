"""Products: the form follows the template, the stock follows the ledger."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db.models import ManyToManyField, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.loader import get_template
from django.urls import URLPattern, path
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _

from catalog import services
from catalog.admin.base import ServiceAdmin, adopt
from catalog.admin.categories import use_picker
from catalog.admin.exports import ExportProductsMixin
from catalog.admin.filters import CategoryFilter, StockFilter
from catalog.admin.imports import ImportRunsMixin
from catalog.admin.stock import change_stock, latest_entries
from catalog.admin_forms import (
    SHOW_ATTRIBUTES,
    AttributeField,
    ImageForm,
    ImageFormSet,
    ProductForm,
    attribute_name,
    in_languages,
)
from catalog.models import Product, ProductImage, SpecTemplate
from catalog.paging import ProductPaginator
from catalog.services.pictures import stored_pictures
from catalog.specs import SpecField
from catalog.srcset import picture_context
from catalog.uploads import check_picture
from shop.money import format_price


def picture(image: ProductImage | None) -> str:
    if image is None or not image.address:
        return "—"
    shown = picture_context(image, "thumb", css="thumb", lazy=True)
    return get_template("catalog/includes/picture_element.html").render(shown)


class ImageInline(admin.TabularInline):
    """Whoever may change the product may change its pictures."""

    model = ProductImage
    form = ImageForm
    formset = ImageFormSet
    fields = ["preview", "position", "url", "file"]
    readonly_fields = ["preview"]
    extra = 1
    classes = ["pictures", "plain"]

    @admin.display(description=_("picture"))
    def preview(self, image: ProductImage) -> str:
        return picture(image)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        opts = Product._meta
        verb = "change" if obj else "add"
        return request.user.has_perm(f"{opts.app_label}.{verb}_{opts.model_name}")

    has_change_permission = has_delete_permission = has_add_permission


@admin.register(Product)
class ProductAdmin(ImportRunsMixin, ExportProductsMixin, ServiceAdmin):
    import_export_change_list_template = (
        "admin/import_export/change_list_import_export.html"
    )
    actions = ["export_selected"]
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
    paginator = ProductPaginator
    # The field is there because of these; `get_search_results` does the finding.
    search_fields = ["sku", "name"]
    search_help_text = _("Name, SKU, description or number")
    show_full_result_count = False
    # Counting each filter's products costs a scan each.
    show_facets = admin.ShowFacets.NEVER

    # --- The list -----------------------------------------------------------------

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
        return [
            "number", "slug", "sold", "stock", "created_at", "updated_at",
            "other_attributes", "all_attributes",
        ]  # fmt: skip

    def get_form(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        form = super().get_form(
            request, obj, **{**kwargs, "fields": ProductForm.Meta.fields}
        )
        if not self._may_edit(request, obj):
            return form
        specs = self._template_fields(request, obj)
        stored = obj.attributes if obj else {}
        drawn = {
            attribute_name(key): AttributeField(spec, stored.get(key))
            for key, spec in specs.items()
        }
        return type("ProductForm", (form,), {**drawn, "template_fields": specs})

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        initial = super().get_changeform_initial_data(request)
        return {name: initial[name] for name in initial if name == "template"}

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
        if obj:
            return self.has_change_permission(request, obj)
        return self.has_add_permission(request)

    def _template_fields(self, request: HttpRequest, obj: Any) -> dict[str, SpecField]:
        """The attributes of the template chosen in this request, else of the stored."""
        if not hasattr(request, "_spec_fields"):
            sent = request.POST if request.method == "POST" else request.GET
            template: SpecTemplate | None = obj.template if obj else None
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
            self.has_change_permission(request)
            if object_id
            else self.has_add_permission(request)
        )
        uploads = [
            file for file in request.FILES.values() if allowed and _is_picture(file)
        ]
        with stored_pictures(uploads) as stored:
            request._stored_pictures = dict(zip(uploads, stored, strict=True))
            return super().changeform_view(request, object_id, *args)

    def save_related(
        self, request: HttpRequest, form: Any, formsets: Any, change: bool
    ) -> None:
        changes = form.changes()
        for formset in formsets:
            # Saves nothing, but tells the history what was added and removed.
            formset.save(commit=False)
            if formset.has_changed():
                stored = request._stored_pictures
                changes["images"] = [
                    stored.get(picture, picture) for picture in formset.pictures
                ]
        if not change:
            created = services.create_product(actor=request.user, **changes)
            adopt(form.instance, created)
        elif changes:
            services.update_product(form.instance.pk, actor=request.user, **changes)

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
        return super().render_change_form(request, context, *args, **kwargs)


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
