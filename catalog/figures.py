"""What the shelves tell at /metrics."""

from django.conf import settings

from catalog.models import Product
from shop.watching.figures import figure


@figure("shop_products", "Products on sale, by what is left of them", label="stock")
def products() -> dict[str, int]:
    shown = Product.objects.filter(is_active=True, is_hidden=False).order_by()
    few = settings.LOW_STOCK_THRESHOLD
    return {
        "none": shown.filter(stock=0).count(),
        "low": shown.filter(stock__gt=0, stock__lte=few).count(),
    }
