"""The shapes of payments in the API."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from cart.api.serializers import QuantityField
from payments.models import Payment, Refund


class PaySerializer(serializers.Serializer):
    order_id = serializers.CharField(max_length=64)
    # What is not offered is no mistake in the form: there is no such provider.
    payment_method = serializers.CharField(max_length=16, required=False)


class PaymentSerializer(serializers.ModelSerializer):
    """A payment, and where its payer goes next."""

    redirect_url = serializers.SerializerMethodField()

    class Meta:
        model = Payment
        fields = ["id", "status", "redirect_url"]

    def get_redirect_url(self, payment: Payment) -> str:
        return self.context["request"].build_absolute_uri(payment.redirect_url)


class TakenSerializer(serializers.ModelSerializer):
    """What a provider is told about its message."""

    class Meta:
        model = Payment
        fields = ["id", "status"]


class RefundLineSerializer(serializers.Serializer):
    product_id = serializers.UUIDField()
    quantity = QuantityField(min_value=1)


class RefundOrderSerializer(serializers.Serializer):
    # The stubs do not know the options of many=True.
    items = RefundLineSerializer(  # type: ignore[call-arg]
        many=True, max_length=500, required=False, allow_empty=False
    )
    # Said aloud: a misspelt list must not give back the whole order.
    all = serializers.BooleanField(default=False)
    stock = serializers.ChoiceField(choices=Refund.Stock.choices)
    note = serializers.CharField(max_length=255, default="", allow_blank=True)

    def validate_items(self, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if len({item["product_id"] for item in items}) < len(items):
            raise serializers.ValidationError(_("Name each product once."))
        return items

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("items" in attrs) == attrs["all"]:
            told = _('Name the products, or send "all": true.')
            raise serializers.ValidationError({"items": [told]})
        return attrs


class RefundSerializer(serializers.ModelSerializer):
    """Money that goes back, and what becomes of the goods."""

    order_status = serializers.CharField(source="order.status")

    class Meta:
        model = Refund
        fields = [
            "id",
            "order_id",
            "payment_id",
            "amount",
            "currency",
            "status",
            "stock",
            "note",
            "order_status",
            "created_at",
        ]
