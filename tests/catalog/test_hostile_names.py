"""What a schema or attributes are refused for can itself be written into an answer."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.http import Http404
from django.utils.translation import override

from catalog import services
from catalog.models import StockEntry
from catalog.specs import clean_attributes, parse_schema
from tests.factories import make_product

LONE = "\ud800"


@pytest.mark.parametrize(
    "schema",
    [{LONE: "string"}, {"a": {LONE: 1}}, {"a": {"type": LONE}}],
    ids=["key", "option", "type"],
)
def test_a_refusal_of_a_schema_can_be_sent(schema: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as refused:
        parse_schema(schema)
    assert " ".join(refused.value.messages).encode()


def test_a_refusal_of_attributes_can_be_sent() -> None:
    with override("en"), pytest.raises(ValidationError) as refused:
        clean_attributes({}, {LONE: 1})
    assert refused.value.messages == [
        "?: This text has characters that cannot be stored."
    ]


def test_text_names_a_choice_that_is_a_number() -> None:
    fields = parse_schema({"ram": {"type": "choice", "choices": [8, 16, "more"]}})
    read = clean_attributes(fields, {"ram": " 16 "}, from_text=True)
    assert read == {"ram": 16}
    with pytest.raises(ValidationError):
        clean_attributes(fields, {"ram": "16"})


@pytest.mark.django_db
def test_stock_of_a_product_that_has_gone_is_not_found() -> None:
    product = make_product()
    services.delete_product(type(product).objects.get())
    with pytest.raises(Http404):
        services.adjust_stock(product, 1, StockEntry.Reason.RECEIPT)
    assert not StockEntry.objects.exists()
