"""The pages of paying: faces over `payments.services`."""

from typing import Any
from uuid import UUID

from django import forms
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
from payments.models import Payment, PaymentEvent
from payments.providers import emulator
from shop.exceptions import DomainError, Unavailable
from shop.http import PageRequest


class AnswerForm(forms.Form):
    """The button that was pressed on the emulator's page."""

    answer = forms.ChoiceField(
        choices=PaymentEvent.Said.choices,
        error_messages={"required": gettext_lazy("Choose: pay, or decline.")},
    )


@never_cache
@require_http_methods(["GET", "POST"])
def payment_page(request: PageRequest, pk: UUID) -> HttpResponse:
    """The emulator's page: Pay or Decline. Other payments lead to their order.

    With an order's id, its payment is started: the checkout sends its shopper here.
    """
    payment = Payment.objects.select_related("order").filter(pk=pk).first()
    if payment is None:
        return _start(request, get_order(request, pk))
    order = get_order(request, payment.order_id)
    if payment.provider != Order.PaymentMethod.EMULATOR:
        return redirect(order)
    if request.method == "POST" and payment.is_open:
        return _answer(request, order, payment)
    context = {"payment": payment, "order": order}
    return render(request, "payments/emulator.html", context)


def _answer(request: PageRequest, order: Order, payment: Payment) -> HttpResponse:
    form = AnswerForm(request.POST)
    if not form.is_valid():
        messages.error(request, str(form.errors["answer"][0]))
        return redirect(request.path)
    try:
        emulator.answer(payment, form.cleaned_data["answer"])
    except Unavailable:
        text = _("Your answer is noted. The shop will hear of it in a few minutes.")
        messages.warning(request, text)
        return redirect(order)
    payment.refresh_from_db(fields=["status"])
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
    except DomainError as error:
        messages.error(request, str(error))
        return redirect(order)
    return redirect(payment.redirect_url)
