"""Orders: to read, and to take step by step through `orders.services`."""

import copy
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from orders import services
from orders.exceptions import InvalidTransition
from orders.models import DeliveryMethod, Order, OrderItem, OrderStatusChange
from shop.exceptions import DomainError
from shop.money import format_price

Status = Order.Status
# More do not fit into a BIGINT.
MAX_DIGITS = 18
# What staff do, in the order of an order's life.
MOVES = {
    Status.PAID: gettext_lazy("Mark as paid"),
    Status.PROCESSING: gettext_lazy("Start processing"),
    Status.SHIPPED: gettext_lazy("Mark as shipped"),
    Status.COMPLETED: gettext_lazy("Mark as completed"),
    Status.CANCELED: gettext_lazy("Cancel"),
    Status.REFUNDED: gettext_lazy("Mark as refunded"),
}
# There is no way back from these: the page asks once more.
FINAL = {Status.CANCELED, Status.REFUNDED}


class ReadOnlyInline(admin.TabularInline):
    """Rows of an order, shown to whoever may see the order."""

    extra = 0
    can_delete = False
    classes = ["plain"]

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class OrderItemInline(ReadOnlyInline):
    model = OrderItem
    fields = ["product_link", "name", "price_shown", "quantity", "subtotal_shown"]
    readonly_fields = fields

    @admin.display(description=gettext_lazy("SKU"))
    def product_link(self, item: OrderItem) -> str:
        # The product itself may be gone; its page says so.
        address = reverse("admin:catalog_product_change", args=[item.product_id])
        return format_html('<a href="{}">{}</a>', address, item.sku)

    @admin.display(description=gettext_lazy("price"))
    def price_shown(self, item: OrderItem) -> str:
        return format_price(item.price)

    @admin.display(description=gettext_lazy("subtotal"))
    def subtotal_shown(self, item: OrderItem) -> str:
        return format_price(item.subtotal)


class StatusChangeInline(ReadOnlyInline):
    model = OrderStatusChange
    fields = ["created_at", "status", "actor", "note"]
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[OrderStatusChange]:
        return super().get_queryset(request).select_related("actor")


class MoveForm(forms.Form):
    """The button that was pressed."""

    status = forms.ChoiceField(choices=list(MOVES.items()))
    note = forms.CharField(required=False, max_length=255)


def move_action(status: str) -> Callable[..., None]:
    """The action that takes every selected order to this status."""

    @admin.action(description=MOVES[Status(status)], permissions=["move"])
    def action(
        model_admin: "OrderAdmin", request: HttpRequest, queryset: QuerySet[Order]
    ) -> None:
        model_admin.move(request, queryset.order_by("number"), status)

    action.__name__ = f"move_to_{status}"
    return action


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
    actions = [move_action(status) for status in MOVES]
    inlines = [OrderItemInline, StatusChangeInline]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("number", "created_at"),
                    ("status_shown", "payment_method"),
                    ("goods_shown", "delivery_shown", "total_shown"),
                ]
            },
        ),
        (
            gettext_lazy("Customer"),
            {"fields": [("full_name", "phone"), ("email", "user")]},
        ),
        (
            gettext_lazy("Delivery"),
            {"fields": ["delivery_name", "address", "comment", "hidden_at"]},
        ),
    ]
    readonly_fields = [
        "number", "created_at", "status_shown", "goods_shown", "delivery_shown",
        "total_shown",
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
        return format_html(
            '<span class="status status-{}">{}</span>',
            order.status,
            order.get_status_display(),
        )

    @admin.display(description=gettext_lazy("total"), ordering="total")
    def total_shown(self, order: Order) -> str:
        return format_price(order.total)

    @admin.display(description=gettext_lazy("goods"))
    def goods_shown(self, order: Order) -> str:
        return format_price(order.goods_total)

    @admin.display(description=gettext_lazy("delivery"))
    def delivery_shown(self, order: Order) -> str:
        return format_price(order.delivery_price)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        order = kwargs.get("obj")
        if order and self.has_move_permission(request):
            context["moves"] = [
                {"status": status, "label": MOVES[status], "final": status in FINAL}
                for status in next_statuses(order)
            ]
        return super().render_change_form(request, context, *args, **kwargs)

    # --- Steps --------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        own = path(
            "<uuid:order_id>/move/",
            self.admin_site.admin_view(self.move_view),
            name="orders_order_move",
        )
        return [own, *super().get_urls()]

    @method_decorator(require_POST)
    def move_view(self, request: HttpRequest, order_id: UUID) -> HttpResponse:
        """A button of the order's page."""
        if not self.has_move_permission(request):
            raise PermissionDenied
        order = get_object_or_404(Order, pk=order_id)
        form = MoveForm(request.POST)
        if form.is_valid():
            status, note = form.cleaned_data["status"], form.cleaned_data["note"]
            self.move(request, [order], status, note)
        else:
            problems = [text for texts in form.errors.values() for text in texts]
            messages.error(request, " ".join(problems))
        return HttpResponseRedirect(
            reverse("admin:orders_order_change", args=[order.pk])
        )

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


def next_statuses(order: Order) -> list[str]:
    """The steps that the order could take now, by the rule of `Order.move_to`."""
    steps = []
    for status in MOVES:
        try:
            copy.copy(order).move_to(status)
        except InvalidTransition:
            continue
        steps.append(status)
    return steps


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


@admin.register(DeliveryMethod)
class DeliveryMethodAdmin(admin.ModelAdmin):
    list_display = [
        "name", "code", "price_shown", "free_from_shown", "needs_address",
        "is_active", "position",
    ]  # fmt: skip
    list_editable = ["is_active", "position"]
    fields = [
        *(f"name_{language}" for language in settings.MODELTRANSLATION_LANGUAGES),
        "code", "price", "free_from", "needs_address", "is_active", "position",
    ]  # fmt: skip

    def formfield_for_dbfield(
        self, db_field: Any, request: HttpRequest, **kwargs: Any
    ) -> forms.Field | None:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field and db_field.name == f"name_{settings.LANGUAGE_CODE}":
            field.required = True
        return field

    @admin.display(description=gettext_lazy("price"), ordering="price")
    def price_shown(self, method: DeliveryMethod) -> str:
        return format_price(method.price)

    @admin.display(description=gettext_lazy("free from"), ordering="free_from")
    def free_from_shown(self, method: DeliveryMethod) -> str:
        return "—" if method.free_from is None else format_price(method.free_from)
