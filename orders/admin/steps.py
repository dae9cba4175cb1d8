"""The steps of an order as staff take them: buttons, actions, and their forms."""

import copy
from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy

from orders.exceptions import InvalidTransition
from orders.models import Order, OrderNote, OrderStatusChange
from orders.rights import SHIPPING

Status = Order.Status
# What staff do, in the order of an order's life.
MOVES = {
    Status.PAID: gettext_lazy("Mark as paid"),
    Status.PROCESSING: gettext_lazy("Start processing"),
    Status.SHIPPED: gettext_lazy("Mark as shipped"),
    Status.COMPLETED: gettext_lazy("Mark as completed"),
    Status.CANCELED: gettext_lazy("Cancel"),
    Status.REFUNDED: gettext_lazy("Mark as refunded"),
}
# A list asks no further question, so it says at once what the step does.
ALL_MONEY_BACK = gettext_lazy("Mark as refunded: all the money goes back")
CANCEL_MANY = gettext_lazy("Cancel…")
# There is no way back from these: the page asks once more.
FINAL = {Status.CANCELED, Status.REFUNDED}


class CancelForm(forms.Form):
    """Why an order is canceled."""

    reason = forms.ChoiceField(
        label=gettext_lazy("Reason"),
        choices=[("", gettext_lazy("Choose…")), *OrderStatusChange.Reason.choices],
    )
    note = forms.CharField(
        label=gettext_lazy("Note (only staff see it)"), required=False, max_length=255
    )


class MoveForm(forms.Form):
    """The button that was pressed, and the status of the order that it stood beside."""

    status = forms.ChoiceField(choices=list(MOVES.items()))
    note = forms.CharField(required=False, max_length=255)
    reason = forms.ChoiceField(required=False, choices=OrderStatusChange.Reason.choices)
    seen = forms.ChoiceField(required=False, choices=Status.choices)


class NoteForm(forms.ModelForm):
    """What staff tell each other about the order."""

    class Meta:
        model = OrderNote
        fields = ["text"]


def problems(form: forms.BaseForm) -> str:
    """What is wrong with a form that has no page of its own to say it on."""
    return " ".join(str(text) for texts in form.errors.values() for text in texts)


def move_action(status: str) -> Callable[..., HttpResponse | None]:
    """The action that takes every selected order to this status."""
    # Money that goes back is not everybody's to give.
    money = status == Status.REFUNDED
    permission = "ship" if status in SHIPPING else "move"
    permission = "refund" if money else permission
    labels = {
        **MOVES, Status.REFUNDED: ALL_MONEY_BACK, Status.CANCELED: CANCEL_MANY,
    }  # fmt: skip

    @admin.action(description=labels[Status(status)], permissions=[permission])
    def action(
        model_admin: Any, request: HttpRequest, queryset: QuerySet
    ) -> HttpResponse | None:
        return model_admin.move_selected(request, queryset, status)

    action.__name__ = f"move_to_{status}"
    return action


def refusal_of(order: Order, status: str) -> str:
    """Why the order, as it was read, cannot take this step; empty: it can."""
    try:
        copy.copy(order).move_to(status)
    except InvalidTransition as refusal:
        return str(refusal)
    return ""


def next_statuses(order: Order) -> list[str]:
    """The steps that the order could take now, by the rule of `Order.move_to`."""
    return [status for status in MOVES if not refusal_of(order, status)]
