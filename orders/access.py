"""Who may see and change an order: one answer for the pages and the API."""

from typing import Any
from uuid import UUID

from django.db.models import Q
from django.http import Http404, HttpRequest
from rest_framework.request import Request

from orders.models import Order, OrderQuerySet
from shop.api import may

# The session's list of the orders that it placed, or opened by a signed link.
SESSION_KEY = "orders"

AnyRequest = HttpRequest | Request


def visible_orders(request: AnyRequest) -> OrderQuerySet:
    """Every order that the request may see; nobody sees what they had hidden."""
    user = request.user
    if may(user, "orders.view_order"):
        return Order.objects.all()
    own = Q(pk__in=_remembered(request))
    if user.is_authenticated:
        own |= Q(user=user)
    return Order.objects.filter(own, hidden_at=None)


def get_order(request: AnyRequest, pk: UUID | str) -> Order:
    """The order with its lines, or Http404 for whom it is none of their business.

    `?token=` of a signed link opens it, and the session opens it from then on.
    """
    order_id = _uuid(pk)
    order = visible_orders(request).with_details().filter(pk=order_id).first()
    if order is None and "token" in request.GET:
        order = Order.objects.with_details().filter(pk=order_id, hidden_at=None).first()
        if order is None or not order.opens_with(request.GET["token"]):
            raise Http404
        remember_order(request, order)
    if order is None:
        raise Http404
    return order


def may_change(request: AnyRequest, order: Order) -> bool:
    """Whether the request may cancel an order that it sees: its own, or as staff."""
    user = request.user
    own = user.is_authenticated and order.user_id == user.pk
    remembered = str(order.pk) in _remembered(request)
    return own or remembered or may(user, "orders.change_order")


def remember_order(request: AnyRequest, order: Order) -> None:
    """The session opens this order from now on; its owner's account needs no such."""
    user = request.user
    if user.is_authenticated and order.user_id == user.pk:
        return
    known = _remembered(request)
    if str(order.pk) not in known:
        request.session[SESSION_KEY] = [*known, str(order.pk)]


def _remembered(request: AnyRequest) -> list[Any]:
    return request.session.get(SESSION_KEY, [])


def _uuid(value: UUID | str) -> UUID:
    try:
        return value if isinstance(value, UUID) else UUID(value)
    except ValueError:
        raise Http404 from None
