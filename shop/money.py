"""Money: tenge with two decimals, rounded half up, written the shop's way."""

from decimal import ROUND_HALF_UP, Decimal

from django.conf import settings

CENT = Decimal("0.01")
# The largest amount that NUMERIC(12,2) holds, in ₸.
MAX_AMOUNT = Decimal("9999999999.99")
NBSP = "\N{NO-BREAK SPACE}"
SIGNS = {"KZT": "₸", "RUB": "₽", "USD": "$", "EUR": "€"}


def to_money(value: Decimal | int | float | str) -> Decimal:
    """The amount in ₸ with two decimals, halves rounded up (away from zero)."""
    # str() first: Decimal(0.1) is not 0.1.
    return Decimal(str(value)).quantize(CENT, rounding=ROUND_HALF_UP)


def format_price(value: Decimal | int | float | str) -> str:
    """The amount as people read it: `244.500,53 ₸`, or `244 500,53 ₸`.

    SHOP_PRICE_STYLE picks the thousands separator, SHOP_CURRENCY the sign.
    """
    separator = "." if settings.SHOP_PRICE_STYLE == "dots" else NBSP
    sign = SIGNS.get(settings.SHOP_CURRENCY, settings.SHOP_CURRENCY)
    whole, cents = f"{to_money(value):,.2f}".split(".")
    return f"{whole.replace(',', separator)},{cents}{NBSP}{sign}"
