"""The shapes of orders in the API."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from cart.api.serializers import QuantityField
from orders.models import Order, OrderItem
from shop.money import format_price, to_money

_MOMENT = serializers.DateTimeField()


class OrderItemSerializer(serializers.ModelSerializer):
    """A line as it was sold."""

    qty = serializers.IntegerField(source="quantity")
    price_display = serializers.SerializerMethodField()
    subtotal_display = serializers.SerializerMethodField()

    class Meta:
        model = OrderItem
        fields = [
            "product_id",
            "sku",
            "name",
            "price",
            "price_display",
            "qty",
            "subtotal",
            "subtotal_display",
        ]

    def get_price_display(self, item: OrderItem) -> str:
        return format_price(item.price)

    def get_subtotal_display(self, item: OrderItem) -> str:
        return format_price(item.subtotal)


class DeliverySerializer(serializers.ModelSerializer):
    method = serializers.CharField(source="delivery_code")
    name = serializers.CharField(source="delivery_name")
    price = serializers.DecimalField(
        source="delivery_price", max_digits=12, decimal_places=2
    )
    price_display = serializers.SerializerMethodField()

    class Meta:
        model = Order
        fields = [
            "method",
            "name",
            "price",
            "price_display",
            "full_name",
            "phone",
            "address",
            "comment",
        ]

    def get_price_display(self, order: Order) -> str:
        return format_price(order.delivery_price)


class OrderSerializer(serializers.ModelSerializer):
    user = serializers.EmailField(source="email")
    total_display = serializers.SerializerMethodField()
    items = OrderItemSerializer(many=True)
    delivery = DeliverySerializer(source="*")
    payment = serializers.SerializerMethodField()

    class Meta:
        model = Order
        fields = [
            "id",
            "number",
            "user",
            "status",
            "total",
            "total_display",
            "currency",
            "items",
            "delivery",
            "payment",
            "created_at",
        ]

    def to_representation(self, instance: Order) -> dict[str, Any]:
        """What the fields above say, written down at once (a test compares them)."""
        return {
            "id": str(instance.pk),
            "number": instance.number,
            "user": instance.email,
            "status": str(instance.status),
            "total": str(to_money(instance.total)),
            "total_display": self.get_total_display(instance),
            "currency": instance.currency,
            "items": [
                {
                    "product_id": str(item.product_id),
                    "sku": item.sku,
                    "name": item.name,
                    "price": str(to_money(item.price)),
                    "price_display": format_price(item.price),
                    "qty": item.quantity,
                    "subtotal": str(to_money(item.subtotal)),
                    "subtotal_display": format_price(item.subtotal),
                }
                for item in instance.items.all()
            ],
            "delivery": {
                "method": instance.delivery_code,
                "name": instance.delivery_name,
                "price": str(to_money(instance.delivery_price)),
                "price_display": format_price(instance.delivery_price),
                "full_name": instance.full_name,
                "phone": instance.phone,
                "address": instance.address,
                "comment": instance.comment,
            },
            "payment": self.get_payment(instance),
            "created_at": _MOMENT.to_representation(instance.created_at),
        }

    def get_total_display(self, order: Order) -> str:
        return format_price(order.total)

    @extend_schema_field(
        {
            "type": "object",
            "properties": {
                "id": {"type": "string", "format": "uuid", "nullable": True},
                "method": {"type": "string"},
                "status": {"type": "string"},
            },
            "required": ["id", "method", "status"],
        }
    )
    def get_payment(self, order: Order) -> dict[str, Any]:
        payment = order.payment
        return {
            "id": payment and str(payment.pk),
            "method": order.paid_by,
            "status": order.payment_status,
        }


class CheckoutSerializer(serializers.Serializer):
    """Who orders, and how goods and money travel. Everything is optional for users."""

    payment_method = serializers.ChoiceField(
        choices=Order.PaymentMethod.choices, default=Order.PaymentMethod.CASH
    )
    delivery_method = serializers.CharField(max_length=32, default="", allow_blank=True)
    full_name = serializers.CharField(max_length=150, required=False, allow_blank=True)
    phone = serializers.CharField(max_length=32, required=False, allow_blank=True)
    email = serializers.EmailField(max_length=254, required=False)
    address = serializers.CharField(max_length=500, default="", allow_blank=True)
    comment = serializers.CharField(max_length=1000, default="", allow_blank=True)


class OrderLineSerializer(serializers.Serializer):
    """A product by `product_id`, `sku` or `number`, and how many pieces."""

    product_id = serializers.UUIDField(required=False)
    sku = serializers.CharField(max_length=64, required=False)
    number = QuantityField(min_value=1, required=False)
    quantity = QuantityField(min_value=1)
    price = serializers.DecimalField(
        max_digits=12, decimal_places=2, min_value=0, required=False
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not {"product_id", "sku", "number"} & attrs.keys():
            raise serializers.ValidationError(
                {"product_id": _("Name the product by product_id, sku or number.")}
            )
        return attrs


class PlaceOrderSerializer(CheckoutSerializer):
    # The stubs do not know the options of many=True.
    items = OrderLineSerializer(many=True, max_length=500)  # type: ignore[call-arg]
    customer_email = serializers.EmailField(max_length=254, required=False)


class QuantityChangeSerializer(serializers.Serializer):
    product_id = serializers.UUIDField()
    quantity = QuantityField(min_value=0)


class StatusSerializer(serializers.Serializer):
    status = serializers.ChoiceField(choices=Order.Status.choices)
