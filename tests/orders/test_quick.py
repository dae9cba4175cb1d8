"""What a quick order's text means."""

from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from orders.quick import find_products, parse_lines
from orders.services import resolve_lines
from tests.factories import make_product


@pytest.fixture(autouse=True)
def in_english() -> Any:
    with translation.override("en"):
        yield


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("LAP-0001:2", [{"sku": "LAP-0001", "quantity": 2}]),
        ("7:1", [{"number": 7, "quantity": 1}]),
        (
            "1:2,2:1",
            [{"number": 1, "quantity": 2}, {"number": 2, "quantity": 1}],
        ),
        (
            " A : 1 \r\n\n B:2 ; C:3,\n",
            [
                {"sku": "A", "quantity": 1},
                {"sku": "B", "quantity": 2},
                {"sku": "C", "quantity": 3},
            ],
        ),
        ("A:B:3", [{"sku": "A:B", "quantity": 3}]),
        ("007:1", [{"sku": "007", "quantity": 1}]),
        ("9" * 21 + ":1", [{"sku": "9" * 21, "quantity": 1}]),
        ("А-1:1", [{"sku": "А-1", "quantity": 1}]),
        ("A:2147483647", [{"sku": "A", "quantity": 2147483647}]),
    ],
)
def test_lines_are_understood(text: str, lines: list[dict[str, Any]]) -> None:
    assert parse_lines(text) == lines


@pytest.mark.parametrize(
    ("text", "errors"),
    [
        ("", ["Write at least one product."]),
        (" \n , ;", ["Write at least one product."]),
        ("LAP", ["Line 1, “LAP”: write it as SKU:quantity."]),
        (":3", ["Line 1, “:3”: write it as SKU:quantity."]),
        ("A\x00:3", ["Line 1, “A\x00:3”: write it as SKU:quantity."]),
        (
            "A:1\nB:0\nC:-1,D:1.5\n\nE:two\nF:\nG:²",
            [
                f"Line {line}, “{entry}”: the quantity must be a whole number above"
                " zero."
                for line, entry in [
                    (2, "B:0"),
                    (3, "C:-1"),
                    (3, "D:1.5"),
                    (5, "E:two"),
                    (6, "F:"),
                    (7, "G:²"),
                ]
            ],
        ),
        (
            "A:" + "0" * 30,
            [
                f"Line 1, “A:{'0' * 30}”: the quantity must be a whole"
                " number above zero."
            ],
        ),
        (
            "A:2147483648\nB:99999999999999999999\nC:" + "9" * 5000,
            [
                "Line 1, “A:2147483648”: so many pieces cannot be ordered.",
                f"Line 2, “B:{'9' * 20}”: so many pieces cannot be ordered.",
                f"Line 3, “C:{'9' * 78}”: so many pieces cannot be ordered.",
            ],
        ),
        ("C:1," * 501, ["There are 501 products; an order takes 500 at most."]),
    ],
)
def test_what_is_not_understood_is_named(text: str, errors: list[str]) -> None:
    with pytest.raises(ValidationError) as refusal:
        parse_lines(text)
    assert refusal.value.messages == errors


@pytest.mark.django_db
def test_the_lines_fit_what_the_service_takes() -> None:
    pen, desk = make_product(sku="PEN"), make_product()
    lines = resolve_lines(parse_lines(f"PEN:2,{desk.number}:1"))
    assert [(line.product_id, line.quantity) for line in lines] == [
        (pen.pk, 2),
        (desk.pk, 1),
    ]


@pytest.mark.django_db
def test_products_are_found_with_what_speaks_against_them() -> None:
    make_product(sku="PEN", name="Pen", stock=5, price=Decimal("10.50"))
    make_product(sku="OLD", name="Old", is_active=False)
    make_product(sku="900900", name="Barcode")
    rows = find_products(parse_lines("PEN:2\nNONE:1\n999999:1\nOLD:1\n900900:1\nPEN:4"))
    assert [(row.written, row.quantity, row.error) for row in rows] == [
        ("PEN", 2, ""),
        ("NONE", 1, "There is no such product."),
        ("999999", 1, "There is no such product."),
        ("OLD", 1, "Old is not on sale any more."),
        ("900900", 1, ""),
        # Two and four are more than five.
        ("PEN", 4, "Only 5 pieces of Pen are left."),
    ]
    assert [row.subtotal for row in rows[:2]] == [Decimal("21.00"), Decimal(0)]
    assert rows[4].product is not None
    assert rows[4].product.name == "Barcode"


@pytest.mark.django_db
def test_a_number_goes_before_a_sku_of_the_same_digits() -> None:
    first = make_product()
    make_product(sku=str(first.number))
    [row] = find_products(parse_lines(f"{first.number}:1"))
    assert row.product == first


@pytest.mark.django_db
@pytest.mark.parametrize("count", [1, 20])
def test_finding_takes_the_same_few_queries(count: int) -> None:
    skus = [make_product().sku for _ in range(count)]
    text = "\n".join(f"{sku}:1" for sku in [*skus, "999999"])
    with CaptureQueriesContext(connection) as seen:
        find_products(parse_lines(text))
    # Two looks for the lines, the products and their pictures.
    assert len(seen) == 4
