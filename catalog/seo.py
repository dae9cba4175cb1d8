"""What the pages tell to machines: structured data and robots.txt."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from catalog.models import Category, Product
from shop.money import to_money

# Personal pages, and lists that differ only in their filters.
DISALLOWED = [
    "/account/", "/admin/", "/api/", "/auth/", "/cart/", "/checkout/", "/login/",
    "/logout/", "/order/", "/orders/", "/password-reset/", "/payment/", "/register/",
    "/*?*q=", "/*?*min_price=", "/*?*max_price=", "/*?*in_stock=", "/*?*ordering=",
    "/*?*category=", "/*?*template=", "/*?*attr.",
]  # fmt: skip


def robots_txt(request: HttpRequest) -> str:
    rules = [f"Disallow: {path}" for path in DISALLOWED]
    sitemap = request.build_absolute_uri(reverse("catalog:sitemap"))
    return "\n".join(["User-agent: *", *rules, "", f"Sitemap: {sitemap}", ""])


def product_data(request: HttpRequest, product: Product) -> dict[str, Any]:
    """schema.org's Product with its offer, equal to what the page shows."""
    url = request.build_absolute_uri(product.get_absolute_url())
    availability = "InStock" if product.stock else "OutOfStock"
    data = {
        "@context": "https://schema.org/",
        "@type": "Product",
        "name": str(product),
        "sku": product.sku,
        "image": [request.build_absolute_uri(url) for url in product.image_urls],
        "description": product.description or str(product),
        "offers": {
            "@type": "Offer",
            "url": url,
            "priceCurrency": settings.SHOP_CURRENCY,
            "price": str(to_money(product.price)),
            "availability": f"https://schema.org/{availability}",
            "itemCondition": "https://schema.org/NewCondition",
        },
    }
    brand = product.attributes.get("brand")
    if isinstance(brand, str):
        data["brand"] = {"@type": "Brand", "name": brand}
    return data


def breadcrumb_data(request: HttpRequest, way: list[Category]) -> dict[str, Any]:
    return {
        "@context": "https://schema.org/",
        "@type": "BreadcrumbList",
        "itemListElement": [
            {
                "@type": "ListItem",
                "position": position,
                "name": str(category),
                "item": request.build_absolute_uri(category.get_absolute_url()),
            }
            for position, category in enumerate(way, start=1)
        ],
    }
