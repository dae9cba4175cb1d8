"""Export in the back office: all products, those of the list as it is, or some."""

import tempfile
from pathlib import Path
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import (
    FileResponse,
    HttpRequest,
    HttpResponseBase,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from import_export.admin import ExportMixin
from import_export.formats.base_formats import CSV, XLSX
from import_export.forms import ExportForm

from catalog.admin.imports import ProductResource
from catalog.exporting import CannotExport, csv_pieces, export_products
from catalog.models import Product


class FormatForm(ExportForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["export_items"]
        choices = [("0", _("CSV, for any program")), ("1", _("XLSX, for Excel"))]
        self.fields["format"] = forms.ChoiceField(
            label=_("Format"), choices=choices, initial="0", widget=forms.RadioSelect
        )


class ExportProductsMixin(ExportMixin):
    """The button "Export" and the action of that name, for the list of products."""

    resource_classes = [ProductResource]
    export_formats = [CSV, XLSX]
    export_form_class = FormatForm
    export_template_name = "admin/catalog/product/export.html"

    def has_export_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    @admin.action(
        description=gettext_lazy("Export selected products"), permissions=["view"]
    )
    def export_selected(
        self, request: HttpRequest, queryset: QuerySet[Product]
    ) -> HttpResponseBase:
        """Ask for the format. All of a list are named by its filters."""
        address = _address(request)
        if request.POST.get("select_across") == "1":
            return HttpResponseRedirect(address)
        chosen = [str(pk) for pk in queryset.values_list("pk", flat=True)]
        return self._ask(request, self._form(), chosen, address)

    def export_action(self, request: HttpRequest) -> HttpResponseBase:
        if not self.has_export_permission(request):
            raise PermissionDenied
        chosen = _ids(request.POST.getlist("export_items"))
        form = self._form(request.POST if request.method == "POST" else None)
        if not form.is_valid():
            return self._ask(request, form, chosen, request.get_full_path())
        try:
            products = self.get_export_queryset(request)
        except IncorrectLookupParameters:
            return HttpResponseRedirect(
                reverse("admin:catalog_product_changelist") + "?e=1"
            )
        if chosen:
            products = products.filter(pk__in=chosen)
        try:
            return _file(products, form.cleaned_data["format"])
        except CannotExport as error:
            messages.error(request, str(error))
            return HttpResponseRedirect(request.get_full_path())

    def _form(self, data: Any = None) -> FormatForm:
        return FormatForm(self.export_formats, self.resource_classes, data=data)

    def _ask(
        self, request: HttpRequest, form: FormatForm, chosen: list[str], address: str
    ) -> HttpResponseBase:
        context = {
            **self.admin_site.each_context(request),
            "title": _("Export"),
            "opts": self.model._meta,
            "form": form,
            "chosen": chosen,
            "is_narrowed": "?" in address,
            "address": address,
        }
        return TemplateResponse(request, self.export_template_name, context)


def _address(request: HttpRequest) -> str:
    """The page "Export" with the filters of the list."""
    query = request.GET.urlencode()
    address = reverse("admin:catalog_product_export")
    return f"{address}?{query}" if query else address


def _ids(texts: list[str]) -> list[str]:
    """Those of the texts that can be keys."""
    found = []
    for text in texts:
        try:
            found.append(str(UUID(text)))
        except ValueError:
            continue
    return found


def _file(products: QuerySet[Product], chosen: str) -> HttpResponseBase:
    """Without ever holding the products: CSV as it is read, XLSX through a file."""
    name = f"products-{timezone.localdate().isoformat()}"
    if chosen == "0":
        response = StreamingHttpResponse(
            csv_pieces(products), content_type="text/csv; charset=utf-8"
        )
        response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
        return response
    with tempfile.TemporaryDirectory(prefix="duken-export-") as directory:
        path = Path(directory) / "products.xlsx"
        export_products(path, products=products)
        # Read to its end even though its name is gone by then.
        file = path.open("rb")
    return FileResponse(
        file,
        as_attachment=True,
        filename=f"{name}.xlsx",
        content_type=XLSX().get_content_type(),
    )
