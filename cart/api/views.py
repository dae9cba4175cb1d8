"""The cart's API: every call answers the whole cart."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from cart.api.serializers import (
    CartAddSerializer,
    CartSerializer,
    CartSetSerializer,
    ProductReferenceSerializer,
)
from cart.services import Cart


def _answer(cart: Cart) -> Response:
    return Response(CartSerializer(cart.contents()).data)


def _asked(serializer: type[Serializer], request: Request) -> dict[str, Any]:
    form = serializer(data=request.data)
    form.is_valid(raise_exception=True)
    return form.validated_data


class CartView(APIView):
    permission_classes = []

    @extend_schema(responses=CartSerializer)
    def get(self, request: Request) -> Response:
        """The cart; what is no longer sold has left it, and `notices` say so."""
        return _answer(Cart.of(request))


class CartAddView(APIView):
    permission_classes = []

    @extend_schema(request=CartAddSerializer, responses=CartSerializer)
    def post(self, request: Request) -> Response:
        """Have so many pieces more."""
        asked = _asked(CartAddSerializer, request)
        cart = Cart.of(request, create=True)
        cart.add(asked["product_id"], asked["qty"])
        return _answer(cart)


class CartSetView(APIView):
    permission_classes = []

    @extend_schema(request=CartSetSerializer, responses=CartSerializer)
    def post(self, request: Request) -> Response:
        """Have exactly so many pieces; 0 removes the product."""
        asked = _asked(CartSetSerializer, request)
        cart = Cart.of(request, create=True)
        cart.set_quantity(asked["product_id"], asked["qty"])
        return _answer(cart)


class CartRemoveView(APIView):
    permission_classes = []

    @extend_schema(request=ProductReferenceSerializer, responses=CartSerializer)
    def post(self, request: Request) -> Response:
        """Have none of this product."""
        cart = Cart.of(request)
        cart.remove(_asked(ProductReferenceSerializer, request)["product_id"])
        return _answer(cart)


class CartClearView(APIView):
    permission_classes = []

    @extend_schema(request=None, responses=CartSerializer)
    def post(self, request: Request) -> Response:
        """Have nothing."""
        cart = Cart.of(request)
        cart.clear()
        return _answer(cart)
