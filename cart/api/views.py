"""The cart's API: every call answers the whole cart."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

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
    cart_data,
)
from cart.services import Cart, CartContents
from catalog.api.serializers import ProductSerializer
from catalog.known import KnownProduct, known_products


def _look_up(ids: Collection[UUID]) -> Mapping[UUID, KnownProduct]:
    return known_products(ids, ProductSerializer().to_representation)


def _cart(request: Request, *, create: bool = False) -> Cart:
    return Cart.of(request, create=create, look_up=_look_up)


def _answer(contents: CartContents) -> Response:
    return Response(cart_data(contents))


def _asked(serializer: type[Serializer], request: Request) -> dict[str, Any]:
    form = serializer(data=request.data)
    form.is_valid(raise_exception=True)
    return form.validated_data


class CartView(APIView):
    permission_classes = []

    @extend_schema(responses=CartSerializer)
    def get(self, request: Request) -> Response:
        """The cart; what is no longer sold has left it, and `notices` say so."""
        return _answer(_cart(request).contents())


class CartAddView(APIView):
    permission_classes = []

    @extend_schema(request=CartAddSerializer, responses=CartSerializer)
    def post(self, request: Request) -> Response:
        """Have so many pieces more."""
        asked = _asked(CartAddSerializer, request)
        cart = _cart(request, create=True)
        return _answer(cart.add_and_show(asked["product_id"], asked["qty"]))


class CartSetView(APIView):
    permission_classes = []

    @extend_schema(request=CartSetSerializer, responses=CartSerializer)
    def post(self, request: Request) -> Response:
        """Have exactly so many pieces; 0 removes the product."""
        asked = _asked(CartSetSerializer, request)
        cart = _cart(request, create=True)
        cart.set_quantity(asked["product_id"], asked["qty"])
        return _answer(cart.contents())


class CartRemoveView(APIView):
    permission_classes = []

    @extend_schema(request=ProductReferenceSerializer, responses=CartSerializer)
    def post(self, request: Request) -> Response:
        """Have none of this product."""
        cart = _cart(request)
        cart.remove(_asked(ProductReferenceSerializer, request)["product_id"])
        return _answer(cart.contents())


class CartClearView(APIView):
    permission_classes = []

    @extend_schema(request=None, responses=CartSerializer)
    def post(self, request: Request) -> Response:
        """Have nothing."""
        cart = _cart(request)
        cart.clear()
        return _answer(cart.contents())
