"""The cart's shapes in the API."""

from decimal import Decimal
from typing import Any, cast

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from cart.services import CartContents, CartLine
from catalog.api.serializers import ProductSerializer
from catalog.known import KnownProduct
from shop.money import format_price, to_money


def _amount() -> serializers.DecimalField:
    return serializers.DecimalField(max_digits=24, decimal_places=2)


class CartLineSerializer(serializers.Serializer):
    product = ProductSerializer()
    qty = serializers.IntegerField(source="quantity")
    subtotal = _amount()
    subtotal_display = serializers.SerializerMethodField()

    def get_subtotal_display(self, line: CartLine) -> str:
        return format_price(line.subtotal)


class NoticeSerializer(serializers.Serializer):
    code = serializers.CharField()
    message = serializers.CharField()


class CartSerializer(serializers.Serializer):
    items = CartLineSerializer(source="lines", many=True)
    total = serializers.SerializerMethodField()
    total_display = serializers.SerializerMethodField()
    total_items = serializers.IntegerField()
    notices = NoticeSerializer(many=True)

    def get_total(self, contents: CartContents) -> str:
        return str(to_money(contents.total))

    def get_total_display(self, contents: CartContents) -> str:
        return format_price(contents.total)


def cart_data(contents: CartContents) -> dict[str, Any]:
    """What `CartSerializer` says, of products that are `KnownProduct`s.

    Written down at once: a client waits for it after every piece. A test compares
    the two.
    """
    return {
        "items": [
            {
                "product": cast(KnownProduct, line.product).told,
                "qty": line.quantity,
                "subtotal": str(to_money(line.subtotal)),
                "subtotal_display": format_price(line.subtotal),
            }
            for line in contents.lines
        ],
        "total": str(to_money(contents.total)),
        "total_display": format_price(contents.total),
        "total_items": contents.total_items,
        "notices": contents.notices,
    }


class QuantityField(serializers.IntegerField):
    """Pieces: a whole number, as a number or as digits; 1.0 and true are not."""

    default_error_messages = {"whole": _("A whole number of pieces is expected.")}

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool | float | Decimal):
            self.fail("whole")
        return super().to_internal_value(data)


class ProductReferenceSerializer(serializers.Serializer):
    product_id = serializers.UUIDField()


class CartAddSerializer(ProductReferenceSerializer):
    qty = QuantityField(min_value=1, default=1)


class CartSetSerializer(ProductReferenceSerializer):
    qty = QuantityField(min_value=0)
