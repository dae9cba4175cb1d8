"""Spec templates."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.forms import Script
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from catalog import services
from catalog.admin.base import FoldedSearch, ServiceAdmin, adopt
from catalog.admin.template_forms import SpecTemplateForm
from catalog.models import Product, SpecTemplate


@admin.register(SpecTemplate)
class SpecTemplateAdmin(ServiceAdmin, FoldedSearch):
    form = SpecTemplateForm
    list_display = ["name", "attributes_count", "products_count", "created_at"]
    search_fields = ["name"]
    folded_fields = ("name",)
    show_full_result_count = False

    class Media:
        js = (Script("js/template-editor.js", defer=True),)

    def get_queryset(self, request: HttpRequest) -> QuerySet[SpecTemplate]:
        """Products are counted for the page's templates only, each in its index."""
        products = Product.objects.filter(template=OuterRef("pk")).order_by()
        counted = products.values("template").annotate(n=Count("pk")).values("n")
        found: QuerySet[SpecTemplate] = super().get_queryset(request)
        return found.annotate(products_n=Subquery(counted))

    @admin.display(description=_("attributes"))
    def attributes_count(self, template: SpecTemplate) -> int:
        return len(template.schema)

    @admin.display(description=_("products"))
    def products_count(self, template: Any) -> int:
        return template.products_n or 0

    # --- The form -----------------------------------------------------------------

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """The schema stands below, in the page's own template."""
        return [(None, {"fields": ["name"]})]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        obj = kwargs.get("obj")
        context["may_edit"] = (
            self.has_change_permission(request, obj)
            if obj
            else self.has_add_permission(request)
        )
        return super().render_change_form(request, context, *args, **kwargs)

    # --- Changes ------------------------------------------------------------------

    def save_related(
        self, request: HttpRequest, form: Any, formsets: Any, change: bool
    ) -> None:
        names = form.changed_data if change else ("name", "schema")
        fields = {name: form.cleaned_data[name] for name in names}
        if not change:
            adopt(form.instance, services.create_template(**fields))
            return
        if "schema" in fields:
            fields["seen"] = form.cleaned_data["seen"]
        if fields:
            services.update_template(form.instance, **fields)

    def delete_one(self, request: HttpRequest, obj: SpecTemplate) -> None:
        services.delete_template(obj)
