"""The API of orders: faces over `orders.services`."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.exceptions import PermissionDenied, Throttled, ValidationError
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from accounts.authentication import signed_in
from cart.services import Cart
from orders import rights, services
from orders.access import get_order, may_change, remember_order
from orders.api.serializers import (
    CheckoutSerializer,
    OrderSerializer,
    PlaceOrderSerializer,
    QuantityChangeSerializer,
    StatusSerializer,
)
from orders.filters import OrderFilter
from orders.models import Order
from shop.api import IDEMPOTENCY_KEY, StaffPermission, idempotency
from shop.phones import usable_phone
from shop.throttling import mailbox, passes


def _validated(serializer: type[Serializer], request: Request) -> dict[str, Any]:
    form = serializer(data=request.data)
    form.is_valid(raise_exception=True)
    return form.validated_data


def _checkout(request: Request, data: dict[str, Any]) -> services.Checkout:
    """The purchase as asked, completed from the account of whoever is signed in."""
    user = signed_in(request)
    email = data.get("customer_email") or data.get("email") or (user and user.email)
    if not email:
        raise ValidationError({"email": [_("Guests need an e-mail address.")]})
    key, fingerprint = idempotency(request)
    if user is None:
        # A letter goes to whoever has this address, by whichever door it was typed.
        left = passes(settings.FORM_RATE, f"checkout:{mailbox(email)}")
        if left:
            raise Throttled(wait=left)
    return services.Checkout(
        email=email,
        full_name=data.get("full_name", user.full_name if user else ""),
        phone=data.get("phone", usable_phone(user.phone) if user else ""),
        address=data["address"],
        comment=data["comment"],
        payment_method=data["payment_method"],
        delivery_method=data["delivery_method"],
        idempotency_key=key,
        fingerprint=fingerprint,
    )


def _placed(request: Request, placed: services.Placed) -> Response:
    if signed_in(request) is None:
        remember_order(request, placed.order)
    code = status.HTTP_201_CREATED if placed.created else status.HTTP_200_OK
    return Response(OrderSerializer(placed.order).data, status=code)


def _own_or_staff(request: Request, pk: str) -> Order:
    """The order, for somebody who may change it."""
    order = get_order(request, pk)
    if not may_change(request, order):
        raise PermissionDenied
    return order


class CheckoutView(APIView):
    permission_classes = []

    @extend_schema(
        request=CheckoutSerializer,
        responses={200: OrderSerializer, 201: OrderSerializer},
        parameters=[IDEMPOTENCY_KEY],
    )
    def post(self, request: Request) -> Response:
        """Turn the cart into an order; all of it happens, or nothing."""
        data = _validated(CheckoutSerializer, request)
        checkout = _checkout(request, data)
        cart = Cart.of(request, create=True)
        placed = services.checkout_cart(cart, checkout, user=signed_in(request))
        return _placed(request, placed)


class OrderListView(generics.ListAPIView):
    """One's own orders, newest first; and ordering without a cart."""

    queryset = Order.objects.all()
    serializer_class = OrderSerializer
    filter_backends = []

    def get_permissions(self) -> list[Any]:
        # Guests may order, but have no list.
        return [] if self.request.method == "POST" else [IsAuthenticated()]

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return Order.objects.none()
        return Order.objects.placed_by(signed_in(self.request)).with_details()

    @extend_schema(
        request=PlaceOrderSerializer,
        responses={200: OrderSerializer, 201: OrderSerializer},
        parameters=[IDEMPOTENCY_KEY],
    )
    def post(self, request: Request) -> Response:
        data = _validated(PlaceOrderSerializer, request)
        checkout = _checkout(request, data)
        owner = Cart.of(request, create=True).key
        lines = services.resolve_lines(data["items"])
        placed = services.place_order(
            lines, checkout, owner=owner, user=signed_in(request)
        )
        return _placed(request, placed)


class OrderView(APIView):
    permission_classes = []

    @extend_schema(responses=OrderSerializer)
    def get(self, request: Request, pk: str) -> Response:
        """One's own order; staff read all, a guest what this session placed."""
        return Response(OrderSerializer(get_order(request, pk)).data)


class OrderCancelView(APIView):
    permission_classes = []

    @extend_schema(request=None, responses=OrderSerializer)
    def patch(self, request: Request, pk: str) -> Response:
        """The order is canceled and its stock is back, once."""
        order = _own_or_staff(request, pk)
        services.cancel_order(order.pk, actor=signed_in(request))
        return _fresh(order.pk)


class OrderUpdateView(APIView):
    permission_classes = []

    @extend_schema(request=QuantityChangeSerializer, responses=OrderSerializer)
    def put(self, request: Request, pk: str) -> Response:
        """A pending order has exactly so many pieces of the product."""
        order = _own_or_staff(request, pk)
        asked = _validated(QuantityChangeSerializer, request)
        services.change_quantity(
            order.pk,
            asked["product_id"],
            asked["quantity"],
            actor=signed_in(request),
        )
        return _fresh(order.pk)


class OrderDeleteView(APIView):
    permission_classes = []

    @extend_schema(request=None, responses={204: None})
    def delete(self, request: Request, pk: str) -> Response:
        """The order is canceled and gone from its owner's list; the record stays."""
        order = _own_or_staff(request, pk)
        services.hide_order(order.pk, actor=signed_in(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


class AdminOrderListView(generics.ListAPIView):
    """Every order, newest first, for staff."""

    queryset = Order.objects.with_details()
    serializer_class = OrderSerializer
    filterset_class = OrderFilter
    permission_classes = [StaffPermission]
    staff_permissions = {"GET": "orders.view_order"}


class AdminOrderView(APIView):
    permission_classes = [StaffPermission]
    staff_permissions = {"PATCH": "orders.change_order"}


class AdminOrderCancelView(AdminOrderView):
    @extend_schema(request=None, responses=OrderSerializer)
    def patch(self, request: Request, pk: str) -> Response:
        order = get_order(request, pk)
        services.cancel_order(order.pk, actor=signed_in(request))
        return _fresh(order.pk)


class AdminOrderStatusView(AdminOrderView):
    # Which right it takes depends on the step, and is asked for below.
    staff_permissions = {"PATCH": "orders.view_order"}

    @extend_schema(request=StatusSerializer, responses=OrderSerializer)
    def patch(self, request: Request, pk: str) -> Response:
        """Take the order one step of its life further."""
        wanted = _validated(StatusSerializer, request)["status"]
        if not rights.may_take(request.user, wanted):
            raise PermissionDenied
        order = get_order(request, pk)
        services.set_status(order.pk, wanted, actor=signed_in(request))
        return _fresh(order.pk)


def _fresh(pk: UUID) -> Response:
    """The order as it is now, whoever else changed it meanwhile."""
    return Response(OrderSerializer(Order.objects.with_details().get(pk=pk)).data)
