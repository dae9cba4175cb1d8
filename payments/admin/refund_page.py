"""The page "Refund": what goes back is chosen, looked at, and only then sent."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders import services as orders
from orders.admin.steps import next_statuses
from orders.exceptions import InvalidTransition
from orders.models import Order, OrderItem
from payments import services
from payments.models import Payment, Refund, RefundItem
from payments.services.settling import settling_payment
from shop.exceptions import DomainError
from shop.money import format_price

LINES, REST = "lines", "rest"


class OrderChanged(DomainError):
    """What was looked at is not what would be sent now."""

    code = "order_changed"

    def __init__(self) -> None:
        super().__init__(
            _(
                "The order has changed since you looked, and nothing was given back. "
                "Please look again."
            )
        )


class RefundForm(forms.Form):
    """What goes back: pieces line by line, or everything that is left."""

    what = forms.ChoiceField(
        label=gettext_lazy("What goes back"),
        choices=[
            (LINES, gettext_lazy("the pieces named in the table")),
            (REST, gettext_lazy("everything that is left, with the delivery")),
        ],
        initial=LINES,
        widget=forms.RadioSelect,
    )
    stock = forms.ChoiceField(
        label=gettext_lazy("The goods"),
        choices=Refund.Stock.choices,
        widget=forms.RadioSelect,
    )
    note = forms.CharField(
        label=gettext_lazy("Note"), required=False, max_length=255,
        help_text=gettext_lazy("Only staff see it."),
    )  # fmt: skip

    def __init__(self, order: Order, *args: Any) -> None:
        super().__init__(*args)
        self.items = list(order.items.all())
        for item in self.items:
            self.fields[_name(item)] = forms.IntegerField(
                required=False,
                min_value=0,
                initial=0,
                widget=forms.NumberInput(
                    attrs={"max": item.kept_quantity, "aria-label": item.name}
                ),
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("what") == LINES and not self.errors and not self.pieces:
            self.add_error(None, _("Say how many pieces go back."))
        return cleaned

    @property
    def pieces(self) -> dict[UUID, int]:
        """How many of each product; none are left out."""
        typed = {item: self.cleaned_data.get(_name(item)) for item in self.items}
        return {item.product_id: pieces for item, pieces in typed.items() if pieces}

    @property
    def asked(self) -> dict[str, Any]:
        """What was typed, as `refund_order` takes it."""
        cleaned = self.cleaned_data
        return {
            "quantities": self.pieces if cleaned["what"] == LINES else None,
            "stock": cleaned["stock"],
            "note": cleaned["note"],
        }

    def lines(self) -> Iterator[tuple[OrderItem, forms.BoundField]]:
        for item in self.items:
            yield item, self[_name(item)]


def _name(item: OrderItem) -> str:
    """The field of a line's pieces."""
    return f"pieces_{item.pk}"


@dataclass(frozen=True)
class Plan:
    """What a refund would do, and the state of the order that it stands on."""

    items: list[RefundItem]
    # Delivery goes back with the last piece.
    delivery: Decimal
    amount: Decimal
    payment: Payment | None
    goods: str
    ends_order: bool
    seen: str


def refund_page(request: HttpRequest, model_admin: Any, order_id: UUID) -> HttpResponse:
    """The form, then what would go back, then the order's page again."""
    order = get_object_or_404(Order.objects.with_details(), pk=order_id)
    if Order.Status.REFUNDED not in next_statuses(order):
        refusal = InvalidTransition(order, Order.Status.REFUNDED)
        messages.error(request, str(refusal))
        return model_admin.back_to(order)
    sent = request.POST if request.method == "POST" else None
    form, plan = RefundForm(order, sent), None
    step = request.POST.get("step")
    if sent is not None and form.is_valid() and step != "change":
        try:
            if step == "send":
                refund = _send(order_id, form, request)
                _report(request, model_admin, order, refund)
                return model_admin.back_to(order)
            plan = _look_ahead(order_id, form)
        except DomainError as refusal:
            form.add_error(None, str(refusal))
    return _render(request, model_admin, order, form, plan)


def _send(order_id: UUID, form: RefundForm, request: HttpRequest) -> Refund:
    """The refund, if the order still is as it was looked at. Raises OrderChanged."""
    with transaction.atomic():
        # Of two people who looked at the same order, the second waits here.
        if request.POST.get("seen") != _state(orders.lock_order(order_id)):
            raise OrderChanged
        return services.refund_order(order_id, actor=request.user, **form.asked)


def _look_ahead(order_id: UUID, form: RefundForm) -> Plan:
    """What the refund would be: made, read, and undone. Nothing leaves the database."""
    with transaction.atomic():
        seen = _state(orders.lock_order(order_id))
        refund = services.refund_order(order_id, **form.asked)
        items = list(refund.items.select_related("order_item"))
        goods = sum((item.amount for item in items), Decimal(0))
        order = Order.objects.get(pk=order_id)
        plan = Plan(
            items=items,
            delivery=refund.amount - goods if refund.payment else Decimal(0),
            amount=refund.amount,
            payment=refund.payment,
            goods=refund.get_stock_display(),
            ends_order=order.status == Order.Status.REFUNDED,
            seen=seen,
        )
        transaction.set_rollback(True)
    return plan


def _state(order: Order) -> str:
    """What the sum depends on: pieces that went back before, and money that is left."""
    payment = settling_payment(order)
    pieces = [f"{item.pk}:{item.refunded_quantity}" for item in order.items.all()]
    return " ".join([str(payment.left if payment else None), *pieces])


def _report(
    request: HttpRequest, model_admin: admin.ModelAdmin, order: Order, refund: Refund
) -> None:
    model_admin.log_change(
        request, order, [{"added": {"name": "refund", "object": str(refund)}}]
    )
    if refund.payment is None:
        messages.success(request, _("The goods are taken back; no money had come."))
        return
    text = _("%(amount)s go back to the customer.")
    messages.success(request, text % {"amount": format_price(refund.amount)})


def _render(
    request: HttpRequest,
    model_admin: admin.ModelAdmin,
    order: Order,
    form: RefundForm,
    plan: Plan | None,
) -> HttpResponse:
    payment = settling_payment(order)
    context = {
        **model_admin.admin_site.each_context(request),
        "title": _("Refund"),
        "subtitle": str(order),
        "opts": Order._meta,
        "order": order,
        "payment": payment,
        # Staff hand the money over themselves.
        "by_hand": payment and payment.provider not in Order.ONLINE,
        "form": form,
        "plan": plan,
    }
    return render(request, "admin/orders/order/refund.html", context)
