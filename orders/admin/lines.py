"""Quantities of a pending order, changed on its page."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from catalog.services.stock import MAX_STOCK
from orders import services
from orders.admin.inlines import OwnInline
from orders.admin.steps import problems
from orders.models import Order, OrderItem
from shop.exceptions import DomainError
from shop.money import format_price

# The fields stand in the table of lines, which is part of another form.
FORM = "lines-form"


class LinesForm(forms.Form):
    """A quantity for each line, and the order that the page had shown."""

    seen = forms.CharField(max_length=64)

    def __init__(self, items: list[OrderItem], *args: Any) -> None:
        super().__init__(*args)
        self.items = items
        for item in items:
            self.fields[_name(item)] = forms.IntegerField(
                label=item.name, min_value=0, max_value=MAX_STOCK, required=False
            )

    @property
    def changed(self) -> dict[UUID, int]:
        """The new quantities by product; 0 takes the line out."""
        typed = {item: self.cleaned_data[_name(item)] for item in self.items}
        return {
            item.product_id: quantity
            for item, quantity in typed.items()
            if quantity is not None and quantity != item.quantity
        }


class OrderItemInline(OwnInline):
    """The lines, to read; the quantities of a pending order are fields."""

    model = OrderItem
    template = "admin/orders/order/lines.html"
    fields = [
        "product_link", "name", "price_shown", "quantity_shown", "refunded_quantity",
        "subtotal_shown",
    ]  # fmt: skip
    readonly_fields = fields
    # Whether whoever looks may change this order's quantities now.
    is_open = False

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        self.is_open = may_change_lines(request, obj)
        return super().get_formset(request, obj, **kwargs)

    @admin.display(description=gettext_lazy("SKU"))
    def product_link(self, item: OrderItem) -> str:
        # The product itself may be gone; its page says so.
        address = reverse("admin:catalog_product_change", args=[item.product_id])
        return format_html('<a href="{}">{}</a>', address, item.sku)

    @admin.display(description=gettext_lazy("price"))
    def price_shown(self, item: OrderItem) -> str:
        return format_price(item.price)

    @admin.display(description=gettext_lazy("quantity, pieces"))
    def quantity_shown(self, item: OrderItem) -> str:
        if not self.is_open:
            return str(item.quantity)
        return format_html(
            '<input type="number" name="{}" value="{}" min="0" max="{}" required'
            ' form="{}" aria-label="{}">',
            _name(item),
            item.quantity,
            MAX_STOCK,
            FORM,
            _("Quantity of %(name)s") % {"name": item.name},
        )

    @admin.display(description=gettext_lazy("subtotal"))
    def subtotal_shown(self, item: OrderItem) -> str:
        return format_price(item.subtotal)


class LinesMixin(admin.ModelAdmin):
    """The button below the lines."""

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        order = kwargs.get("obj")
        if order and may_change_lines(request, order):
            shown = [inline.formset for inline in context["inline_admin_formsets"]]
            lines = next(rows for rows in shown if rows.model is OrderItem)
            # What the page shows is what was seen.
            order.remember_items(list(lines.get_queryset()))
            context["lines_seen"] = services.fingerprint(order)
        return super().render_change_form(request, context, *args, **kwargs)

    def get_urls(self) -> list[URLPattern]:
        return [self.own_path("lines", self.lines_view), *super().get_urls()]

    @method_decorator(require_POST)
    def lines_view(self, request: HttpRequest, order_id: UUID) -> HttpResponse:
        """All quantities become what was typed, or none and a sentence says why."""
        if not self.has_move_permission(request):
            raise PermissionDenied
        order = get_object_or_404(Order.objects.prefetch_related("items"), pk=order_id)
        form = LinesForm(list(order.items.all()), request.POST)
        if not form.is_valid():
            messages.error(request, problems(form))
        elif not form.changed:
            messages.info(request, _("Nothing was changed."))
        else:
            self._change(request, order, form)
        return self.back_to(order)

    def _change(self, request: HttpRequest, order: Order, form: LinesForm) -> None:
        before = {item.product_id: item for item in order.items.all()}
        try:
            changed = services.change_quantities(
                order.pk,
                form.changed,
                actor=request.user,
                seen=form.cleaned_data["seen"],
            )
        except DomainError as refusal:
            messages.error(request, str(refusal))
            return
        told = [
            {
                "changed": {
                    "name": str(OrderItem._meta.verbose_name),
                    "object": f"{before[pk].sku}: {before[pk].quantity} → {quantity}",
                    "fields": ["Quantity"],
                }
            }
            for pk, quantity in form.changed.items()
        ]
        self.log_change(request, order, told)
        text = _("The quantities are changed. The order now costs %(total)s.")
        messages.success(request, text % {"total": format_price(changed.total)})


def may_change_lines(request: HttpRequest, order: Order | None) -> bool:
    is_pending = order is not None and order.status == Order.Status.PENDING
    return is_pending and request.user.has_perm("orders.change_order")


def _name(item: OrderItem) -> str:
    """The field of a line's pieces."""
    return f"quantity_{item.pk}"
