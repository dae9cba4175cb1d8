"""What a query finds and in which order, the same on both databases."""

from typing import Any
from unittest.mock import patch
from urllib.parse import quote

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from kombu.exceptions import OperationalError

from catalog import services
from catalog.models import Product, SearchEntry
from catalog.search.words import retyped, words_of
from tests.api import client_of
from tests.factories import make_admin, make_product, make_template
from tests.pages import html, text

pytestmark = pytest.mark.django_db


def found(query: str, **more: Any) -> list[str]:
    # Nothing commits in these tests, so nothing drops what is cached.
    cache.clear()
    answer = client_of().get("/api/products", {"q": query, "page_size": 100, **more})
    assert answer.status_code == 200, answer.json()
    body = answer.json()
    skus = [product["sku"] for product in body["results"]]
    assert body["count"] == len(skus) == len(set(skus))
    return skus


# --- Order ----------------------------------------------------------------------------


def test_the_name_counts_more_than_sku_attributes_and_description() -> None:
    template = make_template(schema={"brand": "string"})
    make_product(sku="D", name="Стул", description="Подходит к Lenovo")
    make_product(
        sku="C", name="Стол", template=template, attributes={"brand": "Lenovo"}
    )
    make_product(sku="LENOVO-1", name="Полка")
    make_product(sku="A", name="Ноутбук Lenovo")
    make_product(sku="lenovo", name="Шкаф")
    make_product(sku="OTHER", name="Лампа")
    assert found("lenovo") == ["lenovo", "A", "LENOVO-1", "C", "D"]
    # An ordering that was asked for wins.
    newest = ["lenovo", "A", "LENOVO-1", "C", "D"]
    assert found("lenovo", ordering="-created_at") == newest
    assert found("lenovo", ordering="name") == ["A", "LENOVO-1", "C", "D", "lenovo"]


def test_a_tier_is_as_good_as_the_worst_of_its_words() -> None:
    make_product(sku="C", name="Чайник", description="Очень красный")
    template = make_template(schema={"color": "string"})
    make_product(
        sku="B", name="Чайник", template=template, attributes={"color": "красный"}
    )
    make_product(sku="A", name="Красный чайник")
    assert found("красный чайник") == ["A", "B", "C"]
    assert found("чайник, красный!") == ["A", "B", "C"]


def test_the_popular_come_first_then_the_newer() -> None:
    for sku in ("A", "B", "C"):
        make_product(sku=sku, name="Чайник")
    Product.objects.filter(sku="A").update(sold=5)
    assert found("чайник") == ["A", "C", "B"]


@pytest.mark.parametrize("key", ["4870001112223", "  AB-12/3 ", "ab 12 3", "AB123"])
def test_the_own_barcode_or_sku_is_first(key: str) -> None:
    make_product(sku="1", name="Про ab-12/3, AB 12 3, AB123 и 4870001112223")
    Product.objects.update(sold=99)
    make_product(sku="AB-12/3", barcode="4870001112223", name="Лампа")
    assert found(key) == ["AB-12/3", "1"]


def test_the_beginning_of_a_sku_or_barcode_and_the_number_find_it() -> None:
    lamp = make_product(sku="LPT-1001", barcode="4870001112223", name="Лампа")
    assert found("lpt-10") == found("487000") == ["LPT-1001"]
    for number in (f"{lamp.number}", f"№ {lamp.number}", f"#{lamp.number}"):
        assert "LPT-1001" in found(number)


def test_pages_follow_each_other_without_gaps_or_repeats() -> None:
    for n in range(9):
        make_product(sku=f"D{n}", name="Стул", description="чайник")
    for n in range(30):
        make_product(sku=f"A{n}", name="Чайник")
    wanted = [f"A{n}" for n in reversed(range(30))]
    wanted += [f"D{n}" for n in reversed(range(9))]
    seen = []
    address: str | None = f"/api/products?q={quote('чайник')}&page_size=7"
    while address:
        answer = client_of().get(address).json()
        assert answer["count"] == 39
        seen += [product["sku"] for product in answer["results"]]
        address = answer["next"]
    assert seen == wanted


def test_other_filters_narrow_what_was_found() -> None:
    for n in range(4):
        make_product(sku=f"A{n}", name="Чайник", price=100 * n, stock=n)
    assert found("чайник", min_price=100) == ["A3", "A2", "A1"]
    assert found("чайник", min_price=100, max_price=200, in_stock="true") == [
        "A2",
        "A1",
    ]
    assert found("чайник", category="nowhere") == []
    assert found("чайник", **{"attr.": "x"}) == []


def test_off_sale_is_found_by_staff_alone() -> None:
    make_product(sku="OFF", name="Чайник", is_active=False)
    make_product(sku="ON", name="Стол", description="не чайником единым")
    assert found("чайник") == ["ON"]
    asked = {"q": "чайник", "is_active": "false"}
    answer = client_of(make_admin()).get("/api/products", asked).json()
    assert [product["sku"] for product in answer["results"]] == ["OFF"]
    # For others the parameter means nothing.
    assert found("чайник", is_active="false") == ["ON"]


# --- Words ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query",
    [
        "ёлка", "ЕЛКА", "елки", "новогодняя ёлка", "елка новогодн", "TREE", "trees",
        "ШЫРША", "шырша әдемі", "шыр", "artificial", "зелёную", "зеленая", "2,1 м",
    ],
)  # fmt: skip
def test_any_language_case_and_form(query: str) -> None:
    make_product(
        sku="X",
        name="Новогодняя ёлка, 2,1 м",
        name_kk="Әдемі шырша",
        name_en="Artificial tree",
        description="Зелёная",
    )
    make_product(sku="Y", name="Стол", name_kk="Үстел", name_en="Table")
    assert found(query) == ["X"]


def test_choices_are_found_by_their_labels_in_every_language() -> None:
    template = make_template(
        schema={
            "color": {
                "type": "choice",
                "choices": ["red", "blue"],
                "choice_labels": {
                    "red": {"ru": "красный", "kk": "қызыл", "en": "red"},
                    "blue": {"ru": "синий", "kk": "көк", "en": "blue"},
                },
            },
            "wifi": {"type": "boolean", "label_ru": "Беспроводная сеть"},
            "memory": {"type": "number", "unit": "GB", "unit_ru": "ГБ"},
            "site": "url",
        }
    )
    red = {"color": "red", "wifi": True, "memory": 256.0, "site": "https://secret.kz/"}
    make_product(sku="RED", name="А", template=template, attributes=red)
    make_product(
        sku="BLUE",
        name="Б",
        template=template,
        attributes={"color": "blue", "wifi": False},
    )
    for query in (
        "красный",
        "красного",
        "Қызыл",
        "red",
        "256 гб",
        "256GB",
        "беспроводная",
    ):
        assert found(query) == ["RED"], query
    assert found("синий") == ["BLUE"]
    assert found("secret") == []


def test_labels_that_change_change_what_is_found(
    django_capture_on_commit_callbacks: Any,
) -> None:
    def schema(label: str) -> dict[str, Any]:
        named = {"red": {"ru": label}}
        return {"color": {"type": "choice", "choices": ["red"], "choice_labels": named}}

    template = make_template(schema=schema("красный"))
    make_product(sku="A", name="А", template=template, attributes={"color": "red"})
    with patch("catalog.tasks.index_template.apply_async") as task:
        with django_capture_on_commit_callbacks(execute=True):
            services.update_template(template, name="Renamed")
        assert not task.called
    with django_capture_on_commit_callbacks(execute=True):
        services.update_template(template, schema=schema("алый"))
    assert found("алый") == ["A"]
    assert found("красный") == []


def test_labels_are_found_without_a_broker_too(
    django_capture_on_commit_callbacks: Any,
) -> None:
    template = make_template(schema={"wifi": {"type": "boolean", "label": "Сеть"}})
    make_product(sku="A", name="А", template=template, attributes={"wifi": True})
    down = patch(
        "catalog.tasks.index_template.apply_async", side_effect=OperationalError
    )
    with down as task, django_capture_on_commit_callbacks(execute=True):
        schema = {"wifi": {"type": "boolean", "label": "Беспроводная"}}
        services.update_template(template, schema=schema)
    assert task.call_count == 1
    assert (found("сеть"), found("беспроводная")) == ([], ["A"])


def test_an_edit_and_a_deletion_reach_the_search() -> None:
    product = make_product(sku="A", name="Чайник")
    services.update_product(product.pk, name="Кофейник", barcode="123456")
    assert (found("чайник"), found("кофейник"), found("123456")) == ([], ["A"], ["A"])
    services.update_product(product.pk, is_active=False)
    assert found("кофейник") == []
    services.delete_product(product)
    assert SearchEntry.objects.count() == 0


def test_all_entries_can_be_written_again(capsys: pytest.CaptureFixture[str]) -> None:
    make_product(sku="A", name="Чайник")
    make_product(sku="B", name="Чайник")
    SearchEntry.objects.all().delete()
    assert found("чайник") == []
    call_command("index_products")
    assert found("чайник") == ["B", "A"]
    assert "2" in capsys.readouterr().out


def test_a_sale_leaves_the_entry_alone() -> None:
    product = make_product(sku="A", name="Чайник", stock=5)
    SearchEntry.objects.update(names="untouched")
    services.adjust_stock(product, -1, "correction")
    assert SearchEntry.objects.get().names == "untouched"


# --- Keyboard layouts -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("ghbynth", "принтер"),
        ("GHBYNTH kfpthysq", "принтер лазерный"),
        ("[jkjlbkmybr", "холодильник"),
        ("дфыук", "laser"),
        ("[fkfn", "халат"),
        ("2ltv3", "әдемі"),
    ],
)
def test_a_wrong_keyboard_layout(typed: str, meant: str) -> None:
    make_product(
        sku="A",
        name="Принтер лазерный, холодильник, халат",
        name_kk="Әдемі",
        name_en="Laser",
    )
    make_product(sku="B", name="Стол")
    assert found(typed) == ["A"]
    page = Client(headers={"Accept-Language": "en"}).get("/", {"q": typed})
    assert f"Showing results for «{meant}»" in text(page)
    assert f'value="{typed}"' in html(page)


def test_what_was_typed_counts_before_another_layout() -> None:
    make_product(sku="A", name="ghbynth")
    make_product(sku="B", name="Принтер")
    assert found("ghbynth") == ["A"]
    page = Client(headers={"Accept-Language": "en"}).get("/?q=ghbynth")
    assert "Showing results" not in text(page)


def test_layouts_by_themselves() -> None:
    assert retyped("ghbynth") == ["принтер"]
    assert retyped("дзе-1001") == ["lpt-1001"]
    assert retyped("утб") == retyped("еж") == retyped("yf") == retyped("") == []
    assert words_of("8/256ГБ SM-A515F ½ И\u0306") == [
        "8", "256", "гб", "sm", "a515f", "1", "2", "й",
    ]  # fmt: skip


# --- Parts of words, and what means nothing -------------------------------------------


def test_a_part_of_a_word_or_sku_is_found_if_nothing_else_is() -> None:
    make_product(sku="XK-9000/Z", name="Электрочайник «Термо»")
    assert found("чайник") == found("ермо") == found("9000/z") == ["XK-9000/Z"]


def test_signs_mean_nothing_but_themselves() -> None:
    make_product(sku="A_B", name="Скидка 50% на всё")
    make_product(sku="AXB", name="Скидка 50 и 500")
    assert set(found("50%")) >= {"A_B"}
    assert found("a_b")[0] == "A_B"
    for query in ("_", "%%%", "\\", "'", '"', "--", "🙂", "*", ":*", "<->", "%"):
        assert "AXB" not in found(query), query


@pytest.mark.parametrize(
    "query",
    [
        "a & b", "a | b", "!a", "(a", "a)", "a:*", "a:A", "'a", "a''b", "\\", "a\\",
        "<-> a", "a <2> b", "a%_b", "x" * 200, "ы" * 200, "a " * 100, "1" * 200, "№",
        "#", "ﷺ", "½", "\u200b", "a\u0301", "🙂🙂", "#999999999999999999", "İ", "ß",
        "\ufffd",
        "для", "для и на", "for the", "-", "=a", "1a", "\u2028",
    ],
)  # fmt: skip
def test_no_query_breaks_anything(query: str) -> None:
    make_product(sku="a", name="a b для " + query[:100])
    found(query)
    assert Client().get("/", {"q": query}).status_code == 200
    assert Client().get("/search/suggest/", {"q": query}).status_code == 200


@pytest.mark.parametrize(
    "raw", ["%00", "%ff%fe", "%ED%A0%80", "a%00b", "%", "%zz", "x" * 5000]
)
def test_no_bytes_break_anything(raw: str) -> None:
    make_product()
    assert client_of().get(f"/api/products?q={raw}").status_code in {200, 400}
    assert Client().get(f"/?q={raw}").status_code == 200
    assert Client().get(f"/?q=a&q={raw}").status_code == 200
    assert Client().get(f"/search/suggest/?q={raw}").status_code == 200


def test_lone_surrogates_are_no_words() -> None:
    make_product(sku="A", name="Чайник")
    assert Product.objects.matching("\ud800чайник\udfff").count() == 1
    assert Product.objects.matching("\ud800").count() == 0


@given(query=st.text(max_size=40))
def test_any_text_at_all_is_answered(query: str) -> None:
    api = client_of().get("/api/products", {"q": query.encode(errors="ignore")})
    # The field refuses a NUL, as everywhere.
    assert api.status_code == (400 if "\0" in query else 200)
    for path in ("/", "/search/suggest/"):
        page = Client().get(path, {"q": query.encode(errors="ignore")})
        assert page.status_code == 200


@given(
    words=st.lists(st.sampled_from(["чайник", "для", "a", "7", "x_y", "ё"]), max_size=5)
)
def test_what_a_product_says_finds_it(words: list[str]) -> None:
    Product.objects.all().delete()
    make_product(sku="A", name=f"Вещь {' '.join(words)}")
    if words:
        assert Product.objects.matching(" ".join(reversed(words))).count() == 1
