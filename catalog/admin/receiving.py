"""Goods receipts: to receive a delivery is to add one; afterwards they are read."""

from collections.abc import Sequence
from itertools import chain
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from catalog import services
from catalog.admin.base import may_any
from catalog.exceptions import GoodsGone
from catalog.importing.exceptions import BadFile, BadRow
from catalog.models import GoodsReceipt, Product
from catalog.receiving import (
    MAX_LINES,
    MAX_PIECES,
    Delivery,
    Problem,
    Row,
    find,
    read_file,
    read_lines,
    read_quantity,
    too_many_lines,
)
from shop.admin_lists import BoundedPaginator, IndexedChangeList
from shop.exceptions import DomainError
from shop.ids import new_id

# A list of receipts, not of goods.
MAX_FILE = 5 * 1024 * 1024
MAX_TEXT = 200_000


def may_receive(request: HttpRequest) -> bool:
    """Whoever may move stock in any way may let it come in."""
    permissions = ("change_product", "move_stock", "add_goodsreceipt")
    return may_any(request, *(f"catalog.{name}" for name in permissions))


class DeliveryForm(forms.Form):
    """What the page says beside the list of products."""

    # The same list sent twice has the same key.
    key = forms.UUIDField(widget=forms.HiddenInput)
    lines = forms.CharField(
        label=gettext_lazy("SKUs or barcodes, one a line"),
        required=False,
        max_length=MAX_TEXT,
        widget=forms.Textarea(
            attrs={"rows": 6, "cols": 40, "spellcheck": "false", "autocomplete": "off"}
        ),
        help_text=gettext_lazy(
            "SKU or SKU:quantity. Without a quantity it is one piece."
        ),
    )
    file = forms.FileField(
        label=gettext_lazy("Or a file"),
        required=False,
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.xlsx,.xlsm"}),
        help_text=gettext_lazy("CSV or XLSX with the columns sku and quantity."),
    )
    supplier = forms.CharField(
        label=gettext_lazy("Supplier"), required=False, max_length=120
    )
    document = forms.CharField(
        label=gettext_lazy("Document"),
        required=False,
        max_length=120,
        help_text=gettext_lazy("Number of the invoice or delivery note."),
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file and file.size > MAX_FILE:
            raise forms.ValidationError(_("The file is larger than 5 MB."))
        return file


@admin.register(GoodsReceipt)
class GoodsReceiptAdmin(admin.ModelAdmin):
    """Whoever may add a receipt may receive goods; nobody changes one."""

    list_display = [
        "number", "supplier", "document", "lines", "pieces", "actor", "created_at",
    ]  # fmt: skip
    list_display_links = ["number"]
    list_select_related = ["actor"]
    list_per_page = 50
    sortable_by = ["number"]
    search_fields = ["supplier", "document"]
    search_help_text = gettext_lazy("Supplier or document")
    show_full_result_count = False
    paginator = BoundedPaginator
    form_template = "admin/catalog/goodsreceipt/receive.html"
    receipt_template = "admin/catalog/goodsreceipt/receipt.html"

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> Any:
        return IndexedChangeList

    def has_add_permission(self, request: HttpRequest) -> bool:
        return may_receive(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # Whoever has received something sees what it was.
        may_view: bool = super().has_view_permission(request, obj)
        return may_view or self.has_add_permission(request)

    def get_urls(self) -> list[URLPattern]:
        own = path(
            "find/",
            self.admin_site.admin_view(self.find_view),
            name="catalog_goodsreceipt_find",
        )
        return [own, *super().get_urls()]

    # --- Receiving ----------------------------------------------------------------

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            form = DeliveryForm(initial={"key": new_id()})
            return self._page(request, form, Delivery())
        form = DeliveryForm(request.POST, request.FILES)
        is_valid = form.is_valid()
        delivery, fresh, errors = _read(form, request)
        # What was typed just now is looked at before it is received.
        wants = is_valid and "_receive" in request.POST and not fresh
        if wants and delivery.rows and not delivery.has_errors and not errors:
            try:
                return self._receive(request, form, delivery)
            except GoodsGone as error:
                delivery.rows = _still_there(delivery)
                errors.append(str(error))
            except DomainError as error:
                errors.append(str(error))
        elif wants and not delivery.rows:
            errors.append(_("There is nothing to receive yet."))
        return self._page(request, form, delivery, errors)

    def _receive(
        self, request: HttpRequest, form: DeliveryForm, delivery: Delivery
    ) -> HttpResponse:
        receipt, created = services.receive_goods(
            form.cleaned_data["key"],
            delivery.quantities,
            supplier=form.cleaned_data["supplier"],
            document=form.cleaned_data["document"],
            actor=request.user,
        )
        if created:
            text = ngettext(
                "%(n)s piece is in stock now.",
                "%(n)s pieces are in stock now.",
                receipt.pieces,
            )
            messages.success(request, text % {"n": receipt.pieces})
        else:
            messages.warning(
                request,
                _(
                    "This list has been received already, and nothing was added again. "
                    "If more has come, begin a new receipt."
                ),
            )
        return HttpResponseRedirect(
            reverse("admin:catalog_goodsreceipt_change", args=[receipt.pk])
        )

    def _page(
        self,
        request: HttpRequest,
        form: DeliveryForm,
        delivery: Delivery,
        errors: Sequence[str] = (),
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": _("Receive goods"),
            "opts": self.opts,
            "form": form,
            "delivery": delivery,
            "errors": errors,
            "max_lines": MAX_LINES,
            "max_pieces": MAX_PIECES,
        }
        return TemplateResponse(request, self.form_template, context)

    def find_view(self, request: HttpRequest) -> HttpResponse:
        """A scanned code for the page's script: the product's row, or why it has none.

        `quantity` is what the code itself says: `SKU:5`.
        """
        if not self.has_add_permission(request):
            raise PermissionDenied
        code = request.GET.get("code", "")[:200]
        entries, problems = read_lines(" ".join(code.splitlines()))
        found, unknown = find(entries)
        for problem in [*problems, *unknown]:
            return JsonResponse({"error": problem.reason})
        if not found:
            return JsonResponse({"error": _("Enter a SKU or a barcode.")})
        ((product, quantity),) = found
        html = render_to_string(
            "admin/catalog/goodsreceipt/row.html",
            {"row": Row(product, quantity), "max_pieces": MAX_PIECES},
            request,
        )
        answer = {"product": str(product.pk), "quantity": quantity, "html": html}
        return JsonResponse(answer)

    # --- Reading ------------------------------------------------------------------

    def change_view(
        self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        receipt = self.get_object(request, object_id)
        if receipt is None or not self.has_view_permission(request, receipt):
            return super().change_view(request, object_id, *args, **kwargs)
        entries = receipt.entries.select_related("product").order_by("id")
        context = {
            **self.admin_site.each_context(request),
            "title": str(receipt),
            "opts": self.opts,
            "receipt": receipt,
            "entries": entries,
            "may_add": self.has_add_permission(request),
        }
        return TemplateResponse(request, self.receipt_template, context)

    def get_queryset(self, request: HttpRequest) -> QuerySet[GoodsReceipt]:
        return super().get_queryset(request).select_related("actor")


def _read(form: DeliveryForm, request: HttpRequest) -> tuple[Delivery, bool, list[str]]:
    """(the list so far, whether something new has come into it, what is wrong).

    Lines that name nothing stay in the field, to be mended; the others go into the
    list.
    """
    delivery, errors = Delivery(), list[str]()
    _read_rows(request, delivery, errors)
    cleaned = getattr(form, "cleaned_data", {})
    entries, problems = read_lines(cleaned.get("lines") or "")
    found, unknown = find(entries)
    delivery.add(found)
    unclear = _in_order(problems, unknown)
    delivery.problems += unclear
    # A bound form shows what was sent: show what is left of it.
    form.data = form.data.copy()
    if "lines" in cleaned:
        form.data["lines"] = "\n".join(filter(None, (p.text for p in unclear)))
    if "key" not in cleaned:
        form.data["key"] = str(new_id())
    fresh = bool(entries or problems)
    if file := cleaned.get("file"):
        fresh = True
        delivery.problems += _read_file(file, delivery, errors)
    if len(delivery.rows) > MAX_LINES:
        errors.append(too_many_lines())
    return delivery, fresh, errors


def _read_rows(request: HttpRequest, delivery: Delivery, errors: list[str]) -> None:
    """The rows of the page as they came; zero, or nothing, leaves one out."""
    asked: dict[UUID, str] = {}
    ids = request.POST.getlist("product")
    if len(ids) > MAX_LINES:
        errors.append(too_many_lines())
        return
    for text, quantity in zip(ids, request.POST.getlist("quantity"), strict=False):
        try:
            asked[UUID(text)] = quantity.strip()
        except ValueError:
            continue
    products = Product.objects.in_bulk(list(asked))
    gone = 0
    for pk, typed in asked.items():
        if not typed.strip("0"):
            continue
        product = products.get(pk)
        if product is None:
            gone += 1
            continue
        row = delivery.rows[pk] = Row(product, 0)
        try:
            row.quantity = read_quantity(typed)
        except BadRow as error:
            row.error, row.typed = str(error), typed[:40]
    if gone:
        errors.append(
            ngettext(
                "%(n)s product has been deleted meanwhile and is not in the list.",
                "%(n)s products have been deleted meanwhile and are not in the list.",
                gone,
            )
            % {"n": gone}
        )


def _read_file(file: Any, delivery: Delivery, errors: list[str]) -> list[Problem]:
    try:
        entries, problems = read_file(file)
    except BadFile as error:
        errors.append(str(error))
        return []
    found, unknown = find(entries)
    delivery.add(found)
    return _in_order(problems, unknown)


def _in_order(*problems: list[Problem]) -> list[Problem]:
    return sorted(chain(*problems), key=lambda problem: problem.line)


def _still_there(delivery: Delivery) -> dict[UUID, Row]:
    products = Product.objects.in_bulk(list(delivery.rows))
    return {
        pk: Row(products[pk], row.quantity)
        for pk, row in delivery.rows.items()
        if pk in products
    }
