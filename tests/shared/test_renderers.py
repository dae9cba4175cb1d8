"""The API's JSON is REST framework's own, byte for byte, only written faster."""

import json
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.db import models
from django.utils import translation
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy, ngettext_lazy
from hypothesis import given
from hypothesis import strategies as st
from rest_framework import renderers
from rest_framework.serializers import Serializer
from rest_framework.utils.serializer_helpers import ReturnDict, ReturnList

from orders.models import Order
from shop.renderers import JSONRenderer

ID = UUID("01a22405-737a-75bd-9a0e-a6a894d40f22")
ALMATY = datetime.fromisoformat("2026-11-29T02:25:44.924251+05:00")


# What REST framework's own maps and lists remember; it is not written.
_SHAPE: Serializer = Serializer()


class Number(models.IntegerChoices):
    ONE = 1, "one"


def same(data: Any, accepted: str | None = "application/json") -> bytes:
    """What ours writes, which has to be what theirs does."""
    ours = JSONRenderer().render(data, accepted, {})
    assert ours == renderers.JSONRenderer().render(data, accepted, {})
    return ours


@pytest.mark.parametrize(
    "value",
    [
        True, False, 0, -1, 2**53, 2**63 - 1, -(2**63), 2**64 - 1, 2**64, -(2**63) - 1,
        10**40, 0.1, -0.0, 1.5, 1e15, "", "Қазақша 🫖", 'quotes " and \\', "a/b",
        "\0\x01\x1f\x7f\b\f\n\r\t", "line\u2028paragraph\u2029end", "</a>",
        [], {}, (), [[[]]], (1, 2), {"b": 1, "a": 2}, {1: "a", None: "b", False: 3},
        {"\u2028": "\u2029"}, {"": {"": [None, {"": []}]}},
        ID, Decimal("244500.50"), Decimal("0"), Decimal("1E+3"), ALMATY,
        ALMATY.replace(tzinfo=None), datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        datetime(2026, 1, 2, 3, 4, 5, 123456, tzinfo=UTC),
        date(2026, 1, 2), time(3, 4, 5), time(3, 4, 5, 678901), timedelta(hours=1.5),
        b"bytes", mark_safe("<b>"), Number.ONE, {Order.Status.PAID: Order.Status.PAID},
        ReturnDict({"a": ID}, serializer=_SHAPE), ReturnList([ID], serializer=_SHAPE),
        [{"id": ID, "price": Decimal("1.10"), "at": ALMATY, "more": {"n": [10**30]}}],
        [gettext_lazy("Cart")], {3}, frozenset({"a"}),
    ],
    ids=repr,
)  # fmt: skip
def test_each_kind_of_value_is_written_the_same(value: Any) -> None:
    assert same(value)
    assert same({"value": [value, {"deeper": value}]})


def test_nothing_is_no_body() -> None:
    assert same(None) == b""
    assert same([None]) == b"[null]"


def test_deep_nesting_is_written_too() -> None:
    data: Any = []
    for _ in range(400):
        data = [data]
    assert same(data) == b"[" * 401 + b"]" * 401


def test_line_breaks_of_javascript_are_written_as_escapes() -> None:
    assert same({"a\u2028": "b\u2029"}) == b'{"a\\u2028":"b\\u2029"}'
    # Not what only looks like them.
    assert json.loads(same(["\\u2028", "\u2027"])) == ["\\u2028", "\u2027"]


def test_a_sentence_is_in_the_readers_language() -> None:
    said = {"detail": gettext_lazy("Added to the cart.")}
    seen = set()
    for language in ("ru", "kk", "en"):
        with translation.override(language):
            seen.add(same(said))
    assert b'{"detail":"Added to the cart."}' in seen
    assert len(seen) == 3


def test_a_sentence_with_a_number_too() -> None:
    lines = ngettext_lazy("Only %(n)s left", "Only %(n)s left", "n") % {"n": 3}
    with translation.override("en"):
        assert same([lines]) == b'["Only 3 left"]'


@pytest.mark.parametrize("indent", ["0", "1", "4", "8", "99", "-1", "x", ""])
def test_who_asks_for_an_indent_gets_it(indent: str) -> None:
    data = {"a": [1, {"b": "\u2028"}], "id": ID}
    body = same(data, f"application/json; indent={indent}")
    assert (b"\n" in body) == (indent in {"1", "4", "8", "99"})


def test_an_indent_may_come_with_the_view_too() -> None:
    for context in ({"indent": 2}, {"indent": None}, None):
        args = ({"a": [1]}, None, context)
        assert JSONRenderer().render(*args) == renderers.JSONRenderer().render(*args)


@pytest.mark.parametrize(
    "value",
    [object(), {"a": object()}, {(1, 2): 3}, range(3), {gettext_lazy("a"): 1}],
)
def test_what_is_no_json_is_refused_by_both(value: Any) -> None:
    for renderer in (JSONRenderer(), renderers.JSONRenderer()):
        with pytest.raises(TypeError):
            renderer.render(value)


_texts = st.text()
_plain = (
    st.none()
    | st.booleans()
    | st.integers()
    | _texts
    | st.uuids()
    | st.decimals(-(10**10), 10**10, places=2)
    | st.datetimes()
    | st.dates()
)
_json = st.recursive(
    _plain,
    lambda inner: st.lists(inner) | st.dictionaries(_texts | st.integers(), inner),
    max_leaves=20,
)


@given(st.lists(_json))
def test_whatever_is_asked_for_is_written_the_same(data: Any) -> None:
    assert JSONRenderer().render(data) == renderers.JSONRenderer().render(data)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_fraction_is_the_same_number(number: float) -> None:
    """0.00001 and 1e-05 are two ways to write it."""
    ours, theirs = (
        json.loads(renderer.render([number, timedelta(seconds=0.25)]))
        for renderer in (JSONRenderer(), renderers.JSONRenderer())
    )
    assert ours == theirs
    assert ours[0] == number


@given(_json, st.sampled_from("\ud800\udfff"))
def test_half_of_a_pair_has_no_bytes_and_neither_sends_it(data: Any, half: str) -> None:
    for renderer in (JSONRenderer(), renderers.JSONRenderer()):
        with pytest.raises(UnicodeEncodeError):
            renderer.render([data, half])
