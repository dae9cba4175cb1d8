"""The price vectors of the contract, §1."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.money import format_price, to_money

NBSP = "\xa0"


@pytest.mark.parametrize(
    ("amount", "written"),
    [
        (0, "0,00"),
        (Decimal("999.9"), "999,90"),
        (1000, "1.000,00"),
        (Decimal("1234567.89"), "1.234.567,89"),
        (Decimal("-1234.5"), "-1.234,50"),
        (Decimal("244500.53"), "244.500,53"),
        (Decimal("0.005"), "0,01"),
        (Decimal("-0.005"), "-0,01"),
        (2.675, "2,68"),
        ("9999999999.99", "9.999.999.999,99"),
    ],
)
def test_price_vectors(amount: Any, written: str) -> None:
    assert format_price(amount) == f"{written}{NBSP}₸"


def test_spaces_style(settings: Any) -> None:
    settings.SHOP_PRICE_STYLE = "spaces"
    assert format_price("244500.53") == f"244{NBSP}500,53{NBSP}₸"


def test_another_currency(settings: Any) -> None:
    settings.SHOP_CURRENCY = "CHF"
    assert format_price(5) == f"5,00{NBSP}CHF"


@given(st.decimals(-(10**10), 10**10, places=2))
def test_a_written_price_reads_back(amount: Decimal) -> None:
    written = format_price(amount).removesuffix(f"{NBSP}₸")
    assert Decimal(written.replace(".", "").replace(",", ".")) == amount


@given(st.decimals(-(10**9), 10**9, places=4))
def test_rounding_goes_half_up_and_never_further_than_half_a_cent(
    amount: Decimal,
) -> None:
    rounded = to_money(amount)
    assert rounded.as_tuple().exponent == -2
    assert abs(rounded - amount) <= Decimal("0.005")
    if abs(rounded - amount) == Decimal("0.005"):
        assert abs(rounded) > abs(amount)
