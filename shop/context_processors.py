"""What every page knows about the shop."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def shop(request: HttpRequest) -> dict[str, Any]:
    return {
        "SHOP_NAME": settings.SHOP_NAME,
        "SHOP_CURRENCY": settings.SHOP_CURRENCY,
        "SHOP_PRIVACY_URL": settings.SHOP_PRIVACY_URL,
        "LOW_STOCK_THRESHOLD": settings.LOW_STOCK_THRESHOLD,
    }
