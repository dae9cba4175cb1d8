"""Orders: to read, and to take step by step through `orders.services`."""

import copy
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from orders import rights, services
from orders.admin.bulk import BulkMixin
from orders.admin.inlines import NoteInline, StatusChangeInline, badge
from orders.admin.lines import LinesMixin, OrderItemInline
from orders.admin.slips import SlipsMixin, slips_address
from orders.admin.steps import (
    FINAL,
    MOVES,
    CancelForm,
    MoveForm,
    NoteForm,
    move_action,
    next_statuses,
    problems,
)
from orders.models import Order, OrderStatusChange
from orders.slip import slips_pdf
from orders.slip.batches import MAX_SLIPS, fit_together
from orders.slip_views import pdf_answer
from shop.admin_history import HistoryMixin
from shop.admin_lists import LargeListAdmin
from shop.finding import as_number
from shop.history import EMPTY, Asked, Event
from shop.money import format_price
from shop.phones import display_phone

Status = Order.Status


@admin.register(Order)
class OrderAdmin(HistoryMixin, BulkMixin, LinesMixin, SlipsMixin, LargeListAdmin):
    list_display = [
        "number", "status_shown", "total_shown", "email", "placed", "full_name",
        "payment_method", "delivery_name",
    ]  # fmt: skip
    list_display_links = ["number", "email"]
    list_filter = ["status", "payment_method", "delivery_method", "created_at"]
    sortable_by = ["number", "placed"]
    is_numbered = True
    # The field is there because of these; `get_search_results` does the finding.
    search_fields = ["email", "full_name", "phone"]
    search_help_text = gettext_lazy("Number, e-mail, phone or name")
    actions = [
        *(move_action(status) for status in MOVES), "print_slips", "show_slips",
    ]  # fmt: skip
    inlines = [OrderItemInline, NoteInline, StatusChangeInline]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("number", "created_at"),
                    ("status_shown", "payment_method"),
                    "canceled_shown",
                    ("goods_shown", "delivery_shown"),
                    ("total_shown", "refunded_shown"),
                ]
            },
        ),
        (
            gettext_lazy("Customer"),
            {
                "fields": [
                    ("full_name", "phone_shown"),
                    ("email", "user"),
                    "consent_at",
                ]
            },
        ),
        (
            gettext_lazy("Delivery"),
            {"fields": ["delivery_name", "address", "comment", "hidden_at"]},
        ),
    ]
    readonly_fields = [
        "number", "created_at", "status_shown", "goods_shown", "delivery_shown",
        "total_shown", "refunded_shown", "canceled_shown", "phone_shown",
    ]  # fmt: skip

    history_labels = {"quantity": gettext_lazy("quantity")}

    # --- Who may ------------------------------------------------------------------

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """No field is ever edited; steps ask for `may_take`."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_move_permission(self, request: HttpRequest) -> bool:
        return rights.may_take(request.user, Status.PAID)

    def has_ship_permission(self, request: HttpRequest) -> bool:
        return rights.may_take(request.user, Status.SHIPPED)

    def has_refund_permission(self, request: HttpRequest) -> bool:
        """Whoever may give money back may also end an order by it, and nobody else."""
        return rights.may_take(request.user, Status.REFUNDED)

    def may_take(self, request: HttpRequest, status: str) -> bool:
        return rights.may_take(request.user, status)

    # --- Reading ------------------------------------------------------------------

    def get_queryset(self, request: HttpRequest) -> QuerySet[Order]:
        return super().get_queryset(request).select_related("user")

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[QuerySet[Order], bool]:
        # The list shows no accounts: not joined, they cannot be read one and all.
        queryset = queryset.select_related(None)
        return super().get_search_results(request, queryset, search_term)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """A number that was searched for is named first, however old its order is."""
        context = dict(extra_context or {})
        number = as_number(request.GET.get("q", ""))
        if number is not None and self.has_view_permission(request):
            context["exact"] = Order.objects.filter(number=number).first()
        return super().changelist_view(request, context)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets: Any = copy.deepcopy(super().get_fieldsets(request, obj))
        if obj is None or obj.status != Status.CANCELED:
            fieldsets[0][1]["fields"].remove("canceled_shown")
        return fieldsets

    def view_on_site(self, order: Order) -> str:
        """The customer's page, which staff see too.

        Not the signed address: in another browser it would let whoever has it cancel
        the order, staff who may not.
        """
        return order.get_absolute_url()

    @admin.display(description=gettext_lazy("placed"), ordering="created_at")
    def placed(self, order: Order) -> str:
        """Short, so that the list fits beside its filters."""
        local = timezone.localtime(order.created_at)
        return date_format(local, "SHORT_DATETIME_FORMAT")

    @admin.display(description=gettext_lazy("status"))
    def status_shown(self, order: Order) -> str:
        return badge(order.status, order.get_status_display())

    @admin.display(description=gettext_lazy("canceled because"))
    def canceled_shown(self, order: Order) -> str:
        """The reason, and what staff wrote beside it."""
        change = order.history.filter(status=Status.CANCELED).last()
        if change is None:
            return "—"
        said = [str(change.get_reason_display()), change.note]
        return ": ".join(filter(None, said)) or "—"

    @admin.display(description=gettext_lazy("phone"))
    def phone_shown(self, order: Order) -> str:
        return display_phone(order.phone) or "—"

    @admin.display(description=gettext_lazy("total"))
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
            context["cancel_form"] = CancelForm()
            context["note_form"] = rights.may_note(request.user) and NoteForm()
        return super().render_change_form(request, context, *args, **kwargs)

    # --- Slips --------------------------------------------------------------------

    @admin.action(description=gettext_lazy("Slips as PDF"), permissions=["view"])
    def print_slips(
        self, request: HttpRequest, queryset: QuerySet[Order]
    ) -> HttpResponse | None:
        """One PDF with the slips of the chosen orders, the oldest on top."""
        orders = self._slips_of(request, queryset)
        return pdf_answer(slips_pdf(orders), "order-slips.pdf") if orders else None

    @admin.action(description=gettext_lazy("Slips to print"), permissions=["view"])
    def show_slips(
        self, request: HttpRequest, queryset: QuerySet[Order]
    ) -> HttpResponse | None:
        """The same as a page."""
        orders = self._slips_of(request, queryset)
        return redirect(slips_address(orders)) if orders else None

    def _slips_of(
        self, request: HttpRequest, queryset: QuerySet[Order]
    ) -> list[Order] | None:
        """The chosen orders, or None when they are too many, which is said."""
        orders = list(queryset.order_by("number")[: MAX_SLIPS + 1])
        if len(orders) > MAX_SLIPS:
            text = _("At most %(n)d slips are printed at once. Choose fewer orders.")
            messages.error(request, text % {"n": MAX_SLIPS})
            return None
        if not fit_together(orders):
            messages.error(
                request, _("These orders have too many lines. Choose fewer orders.")
            )
            return None
        return orders

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
        if not form.is_valid():
            messages.error(request, problems(form))
            return self.back_to(order)
        asked = form.cleaned_data
        return self.move(request, [order], asked.pop("status"), **asked) or (
            self.back_to(order)
        )

    # --- Notes --------------------------------------------------------------------

    @method_decorator(require_POST)
    def note_view(self, request: HttpRequest, order_id: UUID) -> HttpResponse:
        """What staff have written down about the order is kept."""
        if not rights.may_note(request.user):
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

    # --- The history --------------------------------------------------------------

    def history_events(self, asked: Asked) -> Iterator[Event]:
        """The steps of the order too, which are its own book."""
        yield from super().history_events(asked)
        try:
            steps = OrderStatusChange.objects.filter(order=UUID(asked.pk))
        except ValueError:
            return
        for step in asked.newest(steps.select_related("actor"), "created_at"):
            title = capfirst(step.get_status_display())
            notes = filter(None, (step.get_reason_display(), step.note))
            who = str(step.actor or EMPTY)
            yield Event(step.created_at, who, title, note="\n".join(notes))

    def back_to(self, order: Order) -> HttpResponse:
        address = reverse("admin:orders_order_change", args=[order.pk])
        return HttpResponseRedirect(address)
