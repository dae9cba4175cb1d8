"""What the pages tell to machines: structured data and robots.txt."""

import re
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse

from catalog.models import Category, Product
from shop.money import to_money
from shop.routes import told_admin_path

LOGO = "img/icons/icon-512.png"
_DIGITS = re.compile(r"[0-9]+", re.ASCII)

# Personal pages, and lists that differ only in their filters.
DISALLOWED = [
    "/account/", "/api/", "/auth/", "/cart/", "/checkout/", "/login/",
    "/logout/", "/order/", "/orders/", "/password-reset/", "/payment/", "/register/",
    "/*?*q=", "/*?*min_price=", "/*?*max_price=", "/*?*in_stock=", "/*?*ordering=",
    "/*?*category=", "/*?*template=", "/*?*attr.",
]  # fmt: skip


def robots_txt(request: HttpRequest) -> str:
    disallowed = [*DISALLOWED, *told_admin_path()]
    rules = [f"Disallow: {path}" for path in sorted(disallowed)]
    sitemap = request.build_absolute_uri(reverse("catalog:sitemap"))
    return "\n".join(["User-agent: *", *rules, "", f"Sitemap: {sitemap}", ""])


def product_data(request: HttpRequest, product: Product) -> dict[str, Any]:
    """schema.org's Product with its offer, equal to what the page shows."""
    url = request.build_absolute_uri(product.get_absolute_url())
    availability = "InStock" if product.stock else "OutOfStock"
    data: dict[str, Any] = {
        "@context": "https://schema.org/",
        "@type": "Product",
        "name": str(product),
        "sku": product.sku,
        "url": url,
        "description": product.description or str(product),
        "offers": {
            "@type": "Offer",
            "url": url,
            "priceCurrency": settings.SHOP_CURRENCY,
            "price": str(to_money(product.price)),
            "availability": f"https://schema.org/{availability}",
            "itemCondition": "https://schema.org/NewCondition",
            "seller": {"@type": "Organization", "name": settings.SHOP_NAME},
        },
    }
    if pictures := [request.build_absolute_uri(one) for one in product.image_urls]:
        data["image"] = pictures
    if is_gtin(product.barcode):
        data["gtin"] = product.barcode
    brand = product.attributes.get("brand")
    if isinstance(brand, str):
        data["brand"] = {"@type": "Brand", "name": brand}
    return data


def shop_data(request: HttpRequest) -> dict[str, Any]:
    """schema.org's Organization: who sells, as far as the shop says so."""
    home = request.build_absolute_uri("/")
    data: dict[str, Any] = {
        "@context": "https://schema.org/",
        "@type": "Organization",
        "@id": f"{home}#shop",
        "name": settings.SHOP_NAME,
        "url": home,
        "logo": request.build_absolute_uri(static(LOGO)),
    }
    told = {
        "legalName": settings.SHOP_SELLER_NAME,
        "address": settings.SHOP_SELLER_ADDRESS,
        "telephone": settings.SHOP_SELLER_PHONE,
        "email": settings.SHOP_SELLER_EMAIL,
    }
    return data | {key: value for key, value in told.items() if value}


def site_data(request: HttpRequest) -> dict[str, Any]:
    """schema.org's WebSite, with the address by which it is searched."""
    home = request.build_absolute_uri("/")
    return {
        "@context": "https://schema.org/",
        "@type": "WebSite",
        "name": settings.SHOP_NAME,
        "url": home,
        "inLanguage": [code for code, _name in settings.LANGUAGES],
        "publisher": {"@id": f"{home}#shop"},
        "potentialAction": {
            "@type": "SearchAction",
            "target": {
                "@type": "EntryPoint",
                "urlTemplate": f"{home}?q={{search_term_string}}",
            },
            "query-input": "required name=search_term_string",
        },
    }


def is_gtin(barcode: str) -> bool:
    """Whether a barcode is a number of GS1's, by its length and its last digit."""
    if len(barcode) not in (8, 12, 13, 14) or not _DIGITS.fullmatch(barcode):
        return False
    *digits, check = map(int, barcode)
    weighed = sum(digit * (1, 3)[n % 2 == 0] for n, digit in enumerate(digits[::-1]))
    return (weighed + check) % 10 == 0


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
