"""Changing many prices: chosen in the list, previewed, confirmed, and undone."""

import csv
from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from catalog.admin.base import may_any
from catalog.importing.texts import escaped
from catalog.models import PriceChange, PriceChangeRow, Product
from catalog.pricing import Rule
from catalog.services import pricing
from catalog.tasks import hand_over_prices
from shop.exceptions import DomainError
from shop.money import MAX_AMOUNT, to_money

PER_PAGE = 50
Kind, Outcome = PriceChange.Kind, PriceChangeRow.Outcome
# What is shown first: what somebody has to look at.
ORDER = [
    Outcome.PLANNED, Outcome.LEFT, Outcome.GONE, Outcome.DONE, Outcome.IMPOSSIBLE,
    Outcome.SAME,
]  # fmt: skip
RULE_KINDS = [Kind.PERCENT, Kind.AMOUNT, Kind.RESTORE]


def may_change_prices(request: HttpRequest) -> bool:
    return may_any(request, "catalog.change_product", "catalog.change_price")


class RuleForm(forms.Form):
    """How prices change. Commas and a percent sign are taken as people write them."""

    kind = forms.ChoiceField(
        label=gettext_lazy("Change"),
        choices=[(kind, kind.label) for kind in RULE_KINDS],
        initial=Kind.PERCENT,
        widget=forms.RadioSelect,
    )
    value = forms.CharField(
        label=gettext_lazy("By how much"),
        required=False,
        max_length=20,
        widget=forms.TextInput(
            attrs={"inputmode": "text", "autocomplete": "off", "autofocus": True}
        ),
        help_text=gettext_lazy("-10 makes cheaper, 10 makes dearer."),
    )
    rounding = forms.ChoiceField(
        label=gettext_lazy("Round the new price"),
        choices=PriceChange.Rounding.choices,
        initial=PriceChange.Rounding.ONE,
    )
    before = forms.ChoiceField(
        label=gettext_lazy("The price before (struck through)"),
        choices=PriceChange.Before.choices,
        initial=PriceChange.Before.KEEP,
    )

    def clean_value(self) -> Decimal:
        text = self.cleaned_data["value"].strip().replace("\N{MINUS SIGN}", "-")
        text = text.removesuffix("%").removesuffix("₸").strip().replace(",", ".")
        if not text:
            return Decimal(0)
        try:
            value = forms.DecimalField(max_digits=12, decimal_places=2).clean(text)
        except forms.ValidationError as error:
            raise forms.ValidationError(error.messages) from None
        return Decimal(value)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        kind, value = cleaned.get("kind"), cleaned.get("value")
        if kind == Kind.PERCENT and value is not None and not -100 < value <= 1000:
            self.add_error("value", _("From -99.99 to 1000 percent."))
        elif kind == Kind.AMOUNT and value is not None and abs(value) > MAX_AMOUNT:
            self.add_error("value", _("This amount is too large."))
        elif not self.errors and self.rule.does_nothing:
            self.add_error("value", _("Enter by how much prices change."))
        return cleaned

    @property
    def rule(self) -> Rule:
        cleaned = self.cleaned_data
        restores = cleaned["kind"] == Kind.RESTORE
        return Rule(
            kind=cleaned["kind"],
            value=Decimal(0) if restores else to_money(cleaned["value"]),
            rounding=(
                PriceChange.Rounding.CENT.value if restores else cleaned["rounding"]
            ),
            before=PriceChange.Before.KEEP.value if restores else cleaned["before"],
        )


class PricesMixin(admin.ModelAdmin):
    """The button and the action "Change prices" with their pages, for products."""

    prices_template = "admin/catalog/product/prices.html"
    price_change_template = "admin/catalog/product/price_change.html"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        pages: list[tuple[str, Any, str]] = [
            ("prices/", self.prices_view, "prices"),
            ("prices/<uuid:pk>/", self.price_change_view, "price_change"),
            ("prices/<uuid:pk>/confirm/", self.confirm_prices_view, "price_confirm"),
            ("prices/<uuid:pk>/discard/", self.discard_prices_view, "price_discard"),
            ("prices/<uuid:pk>/undo/", self.undo_prices_view, "price_undo"),
            ("prices/<uuid:pk>/prices.csv", self.prices_csv_view, "price_csv"),
        ]
        own = [
            path(route, view(page), name=f"catalog_product_{name}")
            for route, page, name in pages
        ]
        return own + super().get_urls()

    @admin.action(
        description=gettext_lazy("Change prices of selected products"),
        permissions=["prices"],
    )
    def change_prices(
        self, request: HttpRequest, queryset: QuerySet[Product]
    ) -> HttpResponseBase:
        """Ask for the rule. All of a list are named by its filters."""
        query = request.GET.urlencode()
        address = reverse("admin:catalog_product_prices")
        address = f"{address}?{query}" if query else address
        if request.POST.get("select_across") == "1":
            return HttpResponseRedirect(address)
        chosen = [str(pk) for pk in queryset.values_list("pk", flat=True)]
        return self._ask_prices(request, RuleForm(), chosen, len(chosen), address)

    def has_prices_permission(self, request: HttpRequest) -> bool:
        return may_change_prices(request)

    def prices_view(self, request: HttpRequest) -> HttpResponseBase:
        """Which rule, for the selected products or for all that the list shows."""
        if not may_change_prices(request):
            raise PermissionDenied
        try:
            products = self.get_export_queryset(request)
        except IncorrectLookupParameters:
            listed = reverse("admin:catalog_product_changelist")
            return HttpResponseRedirect(f"{listed}?e=1")
        chosen = _ids(request.POST.getlist("chosen"))
        if chosen or "chosen" in request.POST:
            products = Product.objects.filter(pk__in=chosen)
        form = RuleForm(request.POST if request.method == "POST" else None)
        if form.is_valid():
            try:
                change = pricing.preview_prices(
                    products,
                    form.rule,
                    user=request.user,
                    scope=self._scope(request, chosen),
                )
            except DomainError as error:
                form.add_error(None, str(error))
            else:
                return HttpResponseRedirect(change.get_absolute_url())
        address = request.get_full_path()
        count = products.order_by().count()
        return self._ask_prices(request, form, chosen, count, address)

    def _ask_prices(
        self,
        request: HttpRequest,
        form: RuleForm,
        chosen: list[str],
        count: int,
        address: str,
    ) -> HttpResponseBase:
        context = {
            **self.admin_site.each_context(request),
            "title": _("Change prices"),
            "opts": self.model._meta,
            "form": form,
            "chosen": chosen,
            "count": count,
            "scope": self._scope(request, chosen),
            "address": address,
        }
        return TemplateResponse(request, self.prices_template, context)

    def _scope(self, request: HttpRequest, chosen: list[str]) -> str:
        """The products in words, for whoever reads of the change later."""
        if chosen:
            n = len(chosen)
            text = ngettext("%(n)s selected product", "%(n)s selected products", n)
            return text % {"n": n}
        narrowed = []
        try:
            changelist = self.get_changelist_instance(request)
        except IncorrectLookupParameters:
            return ""
        for spec in changelist.filter_specs:
            narrowed += [
                f"{spec.title}: {choice['display']}"
                for number, choice in enumerate(spec.choices(changelist))
                if number and choice.get("selected")
            ]
        if changelist.query:
            narrowed.append(_("search: %(text)s") % {"text": changelist.query})
        return "; ".join(narrowed) or _("all products")

    def price_change_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """One change: its preview, how far it is, or what it did."""
        change = self._price_change(request, pk)
        outcomes = pricing.price_outcomes(change)
        kinds = [kind for kind in ORDER if outcomes[kind]]
        kind = request.GET.get("kind", kinds[0] if kinds else "")
        if kind not in kinds:
            kind = ""
        count = outcomes[kind] if kind else sum(outcomes.values())
        pages = max(-(-count // PER_PAGE), 1)
        number = min(_page(request), pages)
        rows = change.rows.filter(outcome=kind) if kind else change.rows.all()
        first = (number - 1) * PER_PAGE
        done = outcomes[Outcome.DONE] + outcomes[Outcome.LEFT] + outcomes[Outcome.GONE]
        context = {
            **self.admin_site.each_context(request),
            "title": _("Change prices"),
            "opts": self.model._meta,
            "change": change,
            "outcomes": outcomes,
            "undone": outcomes[Outcome.DONE],
            "left": outcomes[Outcome.LEFT] + outcomes[Outcome.GONE],
            "kinds": [
                {"kind": one, "name": one.label, "count": outcomes[one]}
                for one in kinds
            ],
            "kind": kind,
            "total": sum(outcomes.values()),
            "rows": _with_products(
                list(rows.order_by("place")[first : first + PER_PAGE])
            ),
            "progress": (done, done + outcomes[Outcome.PLANNED]),
            "page": number,
            "pages": pages,
            "totals": {
                name: Decimal(change.preview.get(name, 0))
                for name in ("sum_old", "sum_new")
            },
        }
        response = TemplateResponse(request, self.price_change_template, context)
        response["Cache-Control"] = "no-store"
        if change.is_at_work:
            # The page follows by itself, without a script.
            response["Refresh"] = "2"
        return response

    def confirm_prices_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        change = self._price_change(request, pk, method="POST")
        if pricing.confirm_prices(change, user=request.user):
            if pricing.is_small(change):
                pricing.apply_prices(change.pk)
            else:
                hand_over_prices(change.pk)
        return HttpResponseRedirect(change.get_absolute_url())

    def discard_prices_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        change = self._price_change(request, pk, method="POST")
        if not pricing.discard_prices(change):
            messages.error(request, _("This change has been confirmed already."))
            return HttpResponseRedirect(change.get_absolute_url())
        messages.success(request, _("The preview is removed. No price was changed."))
        return HttpResponseRedirect(reverse("admin:catalog_product_changelist"))

    def undo_prices_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """A preview of the way back, to be confirmed like any other."""
        change = self._price_change(request, pk, method="POST")
        try:
            undoing = pricing.undo_prices(change, user=request.user)
        except DomainError as error:
            messages.error(request, str(error))
            return HttpResponseRedirect(change.get_absolute_url())
        return HttpResponseRedirect(undoing.get_absolute_url())

    def prices_csv_view(self, request: HttpRequest, pk: UUID) -> HttpResponseBase:
        change = self._price_change(request, pk)
        response = StreamingHttpResponse(
            _csv(change), content_type="text/csv; charset=utf-8"
        )
        name = f"prices-{change.pk}.csv"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        return response

    def _price_change(
        self, request: HttpRequest, pk: UUID, method: str = ""
    ) -> PriceChange:
        if not may_change_prices(request) or (method and request.method != method):
            raise PermissionDenied
        return get_object_or_404(PriceChange.objects.select_related("user"), pk=pk)


@admin.register(PriceChange)
class PriceChangeAdmin(admin.ModelAdmin):
    """Who changed which prices, and when: to read."""

    list_display = [
        "the_change", "scope", "planned", "state", "user", "created_at",
    ]  # fmt: skip
    list_display_links = ["the_change"]
    list_select_related = ["user"]
    list_filter = ["state"]
    sortable_by = ()
    show_full_result_count = False

    @admin.display(description=gettext_lazy("change"))
    def the_change(self, change: PriceChange) -> str:
        return str(change)

    @admin.display(description=gettext_lazy("products"))
    def planned(self, change: PriceChange) -> Any:
        return change.preview.get("planned", "—")

    def change_view(self, request: HttpRequest, object_id: str, *args: Any) -> Any:
        found = self.get_object(request, object_id)
        if found is None or not may_change_prices(request):
            raise Http404
        return HttpResponseRedirect(found.get_absolute_url())

    def has_module_permission(self, request: HttpRequest) -> bool:
        return may_change_prices(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may_change_prices(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def _page(request: HttpRequest) -> int:
    text = request.GET.get("p", "")
    number = int(text) if text.isdecimal() and len(text) < 7 else 1
    return max(number, 1)


def _with_products(rows: list[PriceChangeRow]) -> list[dict[str, Any]]:
    """Each row with its product, if that still exists; one query."""
    products = Product.objects.in_bulk([row.product_id for row in rows])
    return [{"row": row, "product": products.get(row.product_id)} for row in rows]


def _ids(texts: list[str]) -> list[str]:
    """Those of the texts that can be keys."""
    found = []
    for text in texts:
        try:
            found.append(str(UUID(text)))
        except ValueError:
            continue
    return found


class _Echo:
    def write(self, text: str) -> str:
        return text


def _csv(change: PriceChange) -> Iterator[str]:
    write = csv.writer(_Echo()).writerow
    prices = [_("old price"), _("new price"), _("before"), _("after")]
    piece = ["\ufeff", write(["sku", *prices, _("result")])]
    for row in change.rows.order_by("place").iterator(chunk_size=2000):
        numbers = (row.old_price, row.new_price, row.old_before, row.new_before)
        cells = ["" if number is None else str(number) for number in numbers]
        piece.append(write([escaped(row.sku), *cells, row.get_outcome_display()]))
        if len(piece) >= 1000:
            yield "".join(piece)
            piece = []
    yield "".join(piece)
