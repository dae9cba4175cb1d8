"""The pages of paying: faces over `payments.services`."""

from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from orders.access import get_order, may_change
from orders.models import Order
from payments import services
from payments.exceptions import AlreadyPaid, PaymentNotFound
from payments.models import Payment, PaymentEvent
from payments.providers import emulator
from shop.exceptions import DomainError, Unavailable
from shop.http import PageRequest


class AnswerForm(forms.Form):
    """The button that was pressed on the emulator's page."""

    answer = forms.ChoiceField(
        choices=PaymentEvent.Said.choices,
        error_messages={
            "required": gettext_lazy("Choose: pay, or decline."),
            "invalid_choice": gettext_lazy("Choose: pay, or decline."),
        },
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def payment_page(request: PageRequest, pk: UUID) -> HttpResponse:
    """The emulator's page: Pay or Decline. Other payments lead to their order.

    With an order's id, its payment is started: the checkout sends its shopper here.
    """
    payment = Payment.objects.filter(pk=pk).first()
    if payment is None:
        return _start(request, get_order(request, pk))
    order = get_order(request, payment.order_id)
    if not may_change(request, order):
        raise PermissionDenied
    if payment.provider != Order.PaymentMethod.EMULATOR:
        return redirect(order)
    closed = _why_closed(order, payment)
    form = AnswerForm(request.POST if request.method == "POST" else None)
    if not closed and form.is_valid():
        return _answer(request, order, payment, form.cleaned_data["answer"])
    if request.method == "POST" and payment.status == Payment.Status.SUCCEEDED:
        # The second half of a double click: the first one has paid.
        return _told(request, order, payment)
    context = {"payment": payment, "order": order, "closed": closed, "form": form}
    return render(request, "payments/emulator.html", context)


def _why_closed(order: Order, payment: Payment) -> str:
    """What happened to a payment that cannot be answered any more; "" while it can."""
    Status = Payment.Status
    if payment.status == Status.SUCCEEDED:
        return _("This payment has arrived. Thank you!")
    if payment.status == Status.REFUND_DUE:
        return _("This money will be given back: the order does not need it.")
    if payment.status == Status.REFUNDED:
        return _("This money was given back.")
    if order.status == Order.Status.CANCELED:
        return _("The order was canceled, so there is nothing to pay.")
    if payment.status == Status.FAILED:
        return _("This payment was declined. You can try again from your order.")
    if payment.amount != order.total:
        return _("The order has changed, and so has its total. Please begin again.")
    if not payment.is_open or order.status != Order.Status.PENDING:
        return _("This payment is not awaited any more. Please look at your order.")
    if not settings.PAYMENT_EMULATOR:
        return _("Online payment is switched off just now. Please write to the shop.")
    return ""


def _answer(
    request: PageRequest, order: Order, payment: Payment, said: str
) -> HttpResponse:
    try:
        emulator.answer(payment, said)
    except PaymentNotFound:
        # Its provider was never told of it: the process died in between.
        return _start(request, order)
    except Unavailable:
        text = _("Your answer is noted. The shop will hear of it in a few minutes.")
        messages.warning(request, text)
        return redirect(order)
    payment.refresh_from_db(fields=["status"])
    return _told(request, order, payment)


def _told(request: PageRequest, order: Order, payment: Payment) -> HttpResponse:
    """Back to the order, with what became of the payment."""
    if payment.status == Payment.Status.SUCCEEDED:
        messages.success(request, _("Thank you! The payment has arrived."))
    elif payment.status == Payment.Status.FAILED:
        text = _("The payment was declined. You can try again.")
        messages.warning(request, text)
    else:
        text = _("The money came too late for this order and will be given back.")
        messages.warning(request, text)
    return redirect(order)


@require_POST
def pay_order(request: PageRequest, pk: UUID) -> HttpResponse:
    """The payer goes on to where the order is paid."""
    return _start(request, get_order(request, pk))


def _start(request: PageRequest, order: Order) -> HttpResponse:
    if not may_change(request, order):
        raise PermissionDenied
    method: Any = request.POST.get("payment_method", "")
    try:
        payment = services.start_payment(order.pk, method)
    except AlreadyPaid as told:
        # No mistake of anybody's: the other tab, or an order that was sent twice.
        messages.info(request, str(told))
        return redirect(order)
    except DomainError as error:
        messages.error(request, str(error))
        return redirect(order)
    return redirect(payment.redirect_url)
