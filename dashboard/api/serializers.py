"""The shape of the figures, for the schema; and what may be asked."""

from rest_framework import serializers

from dashboard.reports import MAX_DAYS


class StatsQuery(serializers.Serializer):
    days = serializers.IntegerField(required=False, min_value=1, max_value=MAX_DAYS)


class LowStockSerializer(serializers.Serializer):
    id = serializers.UUIDField()
    sku = serializers.CharField()
    name = serializers.CharField()
    stock = serializers.IntegerField()


class ProductFiguresSerializer(serializers.Serializer):
    total = serializers.IntegerField()
    active = serializers.IntegerField()
    low_stock = LowStockSerializer(many=True)


class TopProductSerializer(serializers.Serializer):
    product_id = serializers.UUIDField()
    sku = serializers.CharField()
    name = serializers.CharField()
    qty = serializers.IntegerField()
    revenue = serializers.DecimalField(max_digits=None, decimal_places=2)


class DaySerializer(serializers.Serializer):
    date = serializers.DateField()
    count = serializers.IntegerField()
    revenue = serializers.DecimalField(max_digits=None, decimal_places=2)


class StatsSerializer(serializers.Serializer):
    products = ProductFiguresSerializer()
    total_orders = serializers.IntegerField()
    total_revenue = serializers.DecimalField(max_digits=None, decimal_places=2)
    unique_buyers = serializers.IntegerField()
    top_products = TopProductSerializer(many=True)
    last7 = DaySerializer(many=True)
    days = DaySerializer(many=True, required=False)
