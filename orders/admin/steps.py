"""The steps of an order as staff take them: buttons, actions, and their forms."""

import copy
from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from orders.exceptions import InvalidTransition
from orders.models import Order, OrderNote

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
# There is no way back from these: the page asks once more.
FINAL = {Status.CANCELED, Status.REFUNDED}


class MoveForm(forms.Form):
    """The button that was pressed."""

    status = forms.ChoiceField(choices=list(MOVES.items()))
    note = forms.CharField(required=False, max_length=255)


class NoteForm(forms.ModelForm):
    """What staff tell each other about the order."""

    class Meta:
        model = OrderNote
        fields = ["text"]


def problems(form: forms.BaseForm) -> str:
    """What is wrong with a form that has no page of its own to say it on."""
    return " ".join(str(text) for texts in form.errors.values() for text in texts)


def move_action(status: str) -> Callable[..., None]:
    """The action that takes every selected order to this status."""
    # Money that goes back is not everybody's to give.
    money = status == Status.REFUNDED
    permission = "refund" if money else "move"
    label = ALL_MONEY_BACK if money else MOVES[Status(status)]

    @admin.action(description=label, permissions=[permission])
    def action(model_admin: Any, request: HttpRequest, queryset: QuerySet) -> None:
        model_admin.move(request, queryset.order_by("number"), status)

    action.__name__ = f"move_to_{status}"
    return action


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
