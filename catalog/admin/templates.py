"""Spec templates."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from catalog import services
from catalog.admin.base import FoldedSearch, ServiceAdmin, adopt
from catalog.admin_forms import SpecTemplateForm
from catalog.models import SpecTemplate


@admin.register(SpecTemplate)
class SpecTemplateAdmin(ServiceAdmin, FoldedSearch):
    form = SpecTemplateForm
    list_display = ["name", "attributes_count", "products_count", "created_at"]
    search_fields = ["name"]
    folded_fields = ("name",)
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[SpecTemplate]:
        return super().get_queryset(request).annotate(products_n=Count("products"))

    @admin.display(description=_("attributes"))
    def attributes_count(self, template: SpecTemplate) -> int:
        return len(template.schema)

    @admin.display(description=_("products"), ordering="products_n")
    def products_count(self, template: Any) -> int:
        return template.products_n

    def save_related(
        self, request: HttpRequest, form: Any, formsets: Any, change: bool
    ) -> None:
        names = form.changed_data if change else ("name", "schema")
        fields = {name: form.cleaned_data[name] for name in names}
        if not change:
            adopt(form.instance, services.create_template(**fields))
        elif fields:
            services.update_template(form.instance, **fields)

    def delete_one(self, request: HttpRequest, obj: SpecTemplate) -> None:
        services.delete_template(obj)
