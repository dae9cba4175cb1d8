"""Orders: to read, and to take step by step through `orders.services`."""

from collections.abc import Iterable
from contextlib import suppress
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from orders import services
from orders.admin.inlines import (
    NoteInline,
    OrderItemInline,
    StatusChangeInline,
    badge,
)
from orders.admin.steps import (
    FINAL,
    MOVES,
    MoveForm,
    NoteForm,
    move_action,
    next_statuses,
    problems,
)
from orders.models import Order
from orders.slip import slips_pdf
from shop.exceptions import DomainError
from shop.money import format_price

Status = Order.Status
# More do not fit into a BIGINT.
MAX_DIGITS = 18
# Drawing these takes a few seconds; more would keep everybody else waiting.
MAX_SLIPS = 200


@admin.register(Order)
class OrderAdmin(admin.ModelAdmin):
    list_display = [
        "number", "status_shown", "total_shown", "email", "placed", "full_name",
        "payment_method", "delivery_name",
    ]  # fmt: skip
    list_display_links = ["number", "email"]
    list_filter = ["status", "payment_method", "delivery_method", "created_at"]
    list_per_page = 50
    search_fields = ["email", "full_name", "phone"]
    search_help_text = gettext_lazy("Number, e-mail, phone or name")
    show_full_result_count = False
    actions = ["print_slips", *(move_action(status) for status in MOVES)]
    inlines = [OrderItemInline, NoteInline, StatusChangeInline]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("number", "created_at"),
                    ("status_shown", "payment_method"),
                    ("goods_shown", "delivery_shown"),
                    ("total_shown", "refunded_shown"),
                ]
            },
        ),
        (
            gettext_lazy("Customer"),
            {"fields": [("full_name", "phone"), ("email", "user"), "consent_at"]},
        ),
        (
            gettext_lazy("Delivery"),
            {"fields": ["delivery_name", "address", "comment", "hidden_at"]},
        ),
    ]
    readonly_fields = [
        "number", "created_at", "status_shown", "goods_shown", "delivery_shown",
        "total_shown", "refunded_shown",
    ]  # fmt: skip

    # --- Who may ------------------------------------------------------------------

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """No field is ever edited; steps ask for `has_move_permission`."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_move_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("orders.change_order")

    def has_refund_permission(self, request: HttpRequest) -> bool:
        """Who may take an order to `refunded`: `payments.admin` knows better."""
        return self.has_move_permission(request)

    def may_take(self, request: HttpRequest, status: str) -> bool:
        if status == Status.REFUNDED:
            return self.has_refund_permission(request)
        return self.has_move_permission(request)

    # --- Reading ------------------------------------------------------------------

    def get_queryset(self, request: HttpRequest) -> QuerySet[Order]:
        return super().get_queryset(request).select_related("user")

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[QuerySet[Order], bool]:
        for word in search_term.replace("\0", "").split()[:10]:
            queryset = queryset.filter(_matches(word))
        return queryset, False

    def view_on_site(self, order: Order) -> str:
        """The customer's page; the signature lets staff in."""
        return order.get_signed_url()

    @admin.display(description=gettext_lazy("placed"), ordering="created_at")
    def placed(self, order: Order) -> str:
        """Short, so that the list fits beside its filters."""
        local = timezone.localtime(order.created_at)
        return date_format(local, "SHORT_DATETIME_FORMAT")

    @admin.display(description=gettext_lazy("status"), ordering="status")
    def status_shown(self, order: Order) -> str:
        return badge(order.status, order.get_status_display())

    @admin.display(description=gettext_lazy("total"), ordering="total")
    def total_shown(self, order: Order) -> str:
        return format_price(order.total)

    @admin.display(description=gettext_lazy("goods"))
    def goods_shown(self, order: Order) -> str:
        return format_price(order.goods_total)

    @admin.display(description=gettext_lazy("delivery"))
    def delivery_shown(self, order: Order) -> str:
        return format_price(order.delivery_price)

    @admin.display(description=gettext_lazy("given back"))
    def refunded_shown(self, order: Order) -> str:
        return format_price(order.refunded)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        order = kwargs.get("obj")
        if order:
            context["moves"] = [
                {"status": status, "label": MOVES[status], "final": status in FINAL}
                for status in next_statuses(order)
                if self.may_take(request, status)
            ]
            context["note_form"] = self.has_move_permission(request) and NoteForm()
        return super().render_change_form(request, context, *args, **kwargs)

    # --- Slips --------------------------------------------------------------------

    @admin.action(description=gettext_lazy("Print slips"), permissions=["view"])
    def print_slips(
        self, request: HttpRequest, queryset: QuerySet[Order]
    ) -> HttpResponse | None:
        """One PDF with the slips of the chosen orders, the oldest on top."""
        orders = list(queryset.order_by("number")[: MAX_SLIPS + 1])
        if len(orders) > MAX_SLIPS:
            text = _("At most %(n)d slips are printed at once. Choose fewer orders.")
            messages.error(request, text % {"n": MAX_SLIPS})
            return None
        headers = {"Content-Disposition": 'inline; filename="order-slips.pdf"'}
        return HttpResponse(
            slips_pdf(orders), content_type="application/pdf", headers=headers
        )

    # --- Steps --------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        return [
            self.own_path("move", self.move_view),
            self.own_path("note", self.note_view),
            *super().get_urls(),
        ]

    def own_path(self, name: str, view: Any) -> URLPattern:
        """An address below an order's page, for staff only."""
        return path(
            f"<uuid:order_id>/{name}/",
            self.admin_site.admin_view(view),
            name=f"orders_order_{name}",
        )

    @method_decorator(require_POST)
    def move_view(self, request: HttpRequest, order_id: UUID) -> HttpResponse:
        """A button of the order's page."""
        if not self.may_take(request, request.POST.get("status", "")):
            raise PermissionDenied
        order = get_object_or_404(Order, pk=order_id)
        form = MoveForm(request.POST)
        if form.is_valid():
            status, note = form.cleaned_data["status"], form.cleaned_data["note"]
            self.move(request, [order], status, note)
        else:
            messages.error(request, problems(form))
        return self.back_to(order)

    def move(
        self, request: HttpRequest, orders: Iterable[Order], status: str, note: str = ""
    ) -> None:
        """Each order takes the step or stays as it was, and its message says why."""
        moved = 0
        for order in orders:
            try:
                services.set_status(order.pk, status, actor=request.user, note=note)
            except DomainError as refusal:
                messages.error(request, str(refusal))
                continue
            moved += 1
            self.log_change(request, order, [{"changed": {"fields": ["Status"]}}])
        if moved:
            text = ngettext(
                "%(n)d order is now %(status)s.",
                "%(n)d orders are now %(status)s.",
                moved,
            )
            label = Status(status).label
            messages.success(request, text % {"n": moved, "status": label})

    # --- Notes --------------------------------------------------------------------

    @method_decorator(require_POST)
    def note_view(self, request: HttpRequest, order_id: UUID) -> HttpResponse:
        """What staff have written down about the order is kept."""
        if not self.has_move_permission(request):
            raise PermissionDenied
        order = get_object_or_404(Order, pk=order_id)
        form = NoteForm(request.POST)
        if form.is_valid():
            text = form.cleaned_data["text"]
            services.add_note(order.pk, text, author=request.user)
            self.log_change(request, order, [{"changed": {"fields": ["staff notes"]}}])
            messages.success(request, _("The note is saved."))
        else:
            messages.error(request, problems(form))
        return self.back_to(order)

    def back_to(self, order: Order) -> HttpResponse:
        address = reverse("admin:orders_order_change", args=[order.pk])
        return HttpResponseRedirect(address)


def _matches(word: str) -> Q:
    found = Q(email__icontains=word) | Q(phone__icontains=word)
    # SQLite folds the case of ASCII letters only; names are written in three ways.
    for name in {word, word.lower(), word.upper(), word.title()}:
        found |= Q(full_name__icontains=name)
    number = word.lstrip("№#")
    if number.isdecimal() and len(number) <= MAX_DIGITS:
        found |= Q(number=int(number))
    with suppress(ValueError):
        found |= Q(pk=UUID(word))
    return found
