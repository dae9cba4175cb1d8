"""Two managers have the same page open: neither overwrites the other in silence."""

from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from PIL import Image

from catalog import services
from catalog.exceptions import ChangedMeanwhile
from catalog.models import Category, Product, StockEntry
from catalog.services.stock import stock_errors
from orders.models import DeliveryMethod
from shop.seen import mark_of, read_marks
from tests.backoffice import errors, events, filled, messages, office
from tests.concurrency.helpers import run_together
from tests.factories import (
    make_admin,
    make_category,
    make_order,
    make_product,
    make_template,
)
from tests.pages import html

pytestmark = pytest.mark.django_db

SAID = (
    "Nothing has been saved yet: somebody else has changed 1 field meanwhile."
    " Choose what it should be."
)


def change(thing: Any) -> str:
    name = f"{thing._meta.app_label}_{thing._meta.model_name}"
    return reverse(f"admin:{name}_change", args=[thing.pk])


def conflicts(page: Any) -> list[tuple[str, str, str]]:
    form = page.context["adminform"].form
    return [(one.label, one.theirs, one.mine) for one in form.conflicts]


def answers(page: Any, **choices: str) -> dict[str, str]:
    """`price="mine"` as the radio button of the page says it."""
    marks = {c.name: c.mark for c in page.context["adminform"].form.conflicts}
    return {
        f"take-{name}": f"{choice}:{marks[name]}" for name, choice in choices.items()
    }


@pytest.fixture
def product() -> Product:
    return make_product(sku="A", name="Чай", price=100, description="old", stock=10)


# --- What is kept ---------------------------------------------------------------------


def test_what_only_one_has_changed_is_kept(product: Product) -> None:
    mine, theirs = office(), office()
    my_page, their_page = mine.get(change(product)), theirs.get(change(product))
    theirs.post(change(product), filled(their_page, price="150", name_kk="Шай"))
    answer = mine.post(change(product), filled(my_page, name_ru="Чай чёрный"))
    assert answer.status_code == 302
    product.refresh_from_db()
    assert (product.price, product.name_ru) == (Decimal(150), "Чай чёрный")
    assert product.name_kk == "Шай"
    told = messages(mine.get(answer.url))
    assert told[0] == (
        "Somebody else has changed meanwhile, which is kept: Name [kk], Price, ₸."
    )


def test_a_sale_is_no_change_and_no_sale_is_lost(product: Product) -> None:
    client = office()
    page = client.get(change(product))
    make_order(None, (product, 3))
    services.adjust_stock(product, 5, StockEntry.Reason.RECEIPT)
    answer = client.post(change(product), filled(page, price="150"))
    assert answer.status_code == 302
    product.refresh_from_db()
    assert (product.price, product.stock, product.sold) == (Decimal(150), 12, 3)
    assert stock_errors() == []
    # What was said last is that it was saved, and nothing else.
    assert len(messages(client.get(answer.url))) == 1


def test_the_same_change_twice_is_no_conflict(product: Product) -> None:
    mine, theirs = office(), office()
    my_page, their_page = mine.get(change(product)), theirs.get(change(product))
    for client, page in ((theirs, their_page), (mine, my_page)):
        answer = client.post(change(product), filled(page, price="150"))
        assert answer.status_code == 302
    assert events().count("product_updated") == 1


# --- What is asked --------------------------------------------------------------------


def in_conflict(product: Product, field: str, theirs: str, mine: str) -> Any:
    """The page of whoever saves second, and their browser."""
    first, second = office(make_admin(email="first@example.com")), office()
    page = second.get(change(product))
    data = filled(first.get(change(product)), **{field: theirs})
    assert first.post(change(product), data).status_code == 302
    answer = second.post(change(product), filled(page, **{field: mine}))
    return second, answer


def test_a_field_that_two_have_changed_is_asked_for(product: Product) -> None:
    client, page = in_conflict(product, "price", "150", "200")
    assert errors(page) == {"__all__": [SAID]}
    assert conflicts(page) == [("Price, ₸", "150.00", "200")]
    text = html(page)
    assert "Last saved by first@example.com" in text
    # What was typed is still there, and nothing has been saved.
    assert page.context["adminform"].form["price"].value() == "200"
    product.refresh_from_db()
    assert product.price == 150
    # Saving without an answer asks again.
    page = client.post(change(product), filled(page))
    assert conflicts(page) == [("Price, ₸", "150.00", "200")]
    product.refresh_from_db()
    assert product.price == 150


@pytest.mark.parametrize(("choice", "price"), [("mine", 200), ("theirs", 150)])
def test_the_answer_counts(product: Product, choice: str, price: int) -> None:
    client, page = in_conflict(product, "price", "150", "200")
    data = filled(page, name_ru="new", **answers(page, price=choice))
    assert client.post(change(product), data).status_code == 302
    product.refresh_from_db()
    assert (product.price, product.name_ru) == (Decimal(price), "new")


def test_an_answer_is_to_what_was_shown(product: Product) -> None:
    """A third one changes the price while the second is choosing."""
    client, page = in_conflict(product, "price", "150", "200")
    services.update_product(product.pk, price=Decimal(170))
    data = filled(page, **answers(page, price="mine"))
    page = client.post(change(product), data)
    assert conflicts(page) == [("Price, ₸", "170.00", "200")]
    product.refresh_from_db()
    assert product.price == 170
    data = filled(page, **answers(page, price="mine"))
    assert client.post(change(product), data).status_code == 302
    product.refresh_from_db()
    assert product.price == 200


def test_every_kind_of_field_is_compared() -> None:
    tea, sweets, gifts = (make_category(name) for name in ("Чай", "Сласти", "Дары"))
    template = make_template(
        name="T", schema={"brand": "string", "bio": {"type": "boolean"}}
    )
    product = make_product(
        categories=[tea],
        template=template,
        attributes={"brand": "A", "bio": True},
        compare_at_price=300,
    )
    client = office()
    page = client.get(change(product))
    services.update_product(
        product.pk,
        categories=[sweets],
        is_active=False,
        attributes={"brand": "B", "bio": False},
        compare_at_price=None,
        description_ru="theirs",
    )
    mine = {
        "categories": [str(gifts.pk), str(tea.pk)],
        "attribute_brand": "C",
        "attribute_bio": "",
        "compare_at_price": "400",
        "description_ru": "mine\r\nis long",
        "template": "",
    }
    answer = client.post(change(product), filled(page, **mine))
    assert conflicts(answer) == [
        ("Description [ru]", "theirs", "mine\nis long"),
        ("Price before, ₸", "—", "400"),
        ("Categories", "Сласти", "Дары, Чай"),
    ]
    # Off sale is theirs alone.
    assert answer.context["adminform"].form.merged == ["On sale"]
    everything = answers(
        answer,
        description_ru="theirs",
        compare_at_price="mine",
        categories="mine",
    )
    data = filled(answer, **everything)
    assert client.post(change(product), data).status_code == 302
    product.refresh_from_db()
    assert product.description_ru == "theirs"
    assert product.compare_at_price == 400
    assert set(product.categories.all()) == {tea, gifts}
    assert (product.is_active, product.template) == (False, None)


def test_attributes_are_compared_one_by_one() -> None:
    template = make_template(
        schema={"brand": "string", "weight": "number", "bio": {"type": "boolean"}}
    )
    product = make_product(
        template=template, attributes={"brand": "A", "weight": 1, "bio": True}
    )
    client = office()
    page = client.get(change(product))
    services.update_product(
        product.pk, attributes={"brand": "B", "weight": 2, "bio": True, "more": 1}
    )
    mine = {"attribute_brand": "C", "attribute_bio": "false"}
    answer = client.post(change(product), filled(page, **mine))
    assert conflicts(answer) == [("Brand", "B", "C")]
    data = filled(answer, **answers(answer, attribute_brand="mine"))
    assert client.post(change(product), data).status_code == 302
    product.refresh_from_db()
    assert product.attributes == {"brand": "C", "weight": 2, "bio": False, "more": 1}


def test_a_page_that_was_drawn_again_has_seen_what_it_had_seen() -> None:
    template = make_template(schema={"brand": "string"})
    product = make_product(price=100)
    client = office()
    page = client.get(change(product))
    services.update_product(
        product.pk, price=Decimal(150), attributes={"brand": "theirs"}
    )
    data = filled(page, price="200", template=str(template.pk), _attributes="1")
    page = client.post(change(product), data)
    assert page.context["adminform"].form["attribute_brand"].value() == "theirs"
    answer = client.post(change(product), filled(page, attribute_brand="mine"))
    assert conflicts(answer) == [("Price, ₸", "150.00", "200")]


def test_values_are_text_on_the_page_of_a_conflict(product: Product) -> None:
    evil = "<script>alert(1)</script>"
    _client, page = in_conflict(product, "name_ru", evil, f"{evil}!")
    assert evil not in html(page)
    assert html(page).count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 2


# --- Forms that were tampered with ----------------------------------------------------


@pytest.mark.parametrize(
    "seen", [None, "", "nonsense", "[]", "{", '{"price": 1}', "[" * 9999, "x\0"]
)
def test_whoever_says_nothing_of_what_they_saw_overwrites_nothing(
    product: Product, seen: str | None
) -> None:
    client = office()
    data = filled(client.get(change(product)), price="200")
    data.pop("seen")
    if seen is not None:
        data["seen"] = seen
    page = client.post(change(product), data)
    assert page.status_code == 200
    product.refresh_from_db()
    assert product.price == 100


@pytest.mark.parametrize("answer", ["mine", "mine:", "mine:x", "both", "theirs"])
def test_an_answer_that_is_none_is_none(product: Product, answer: str) -> None:
    client, page = in_conflict(product, "price", "150", "200")
    data = filled(page, **{"take-price": answer})
    status = client.post(change(product), data).status_code
    product.refresh_from_db()
    # "theirs" needs no mark: it is what is stored anyway.
    assert product.price == 150
    assert status == (302 if answer == "theirs" else 200)


def test_marks_are_read_with_care() -> None:
    assert read_marks('{"a": "x", "b": 1, "c": null}') == {"a": "x"}
    assert mark_of("a") != mark_of(["a"])
    assert mark_of("\ud800") == mark_of("\ud800")


# --- Pictures -------------------------------------------------------------------------


def test_pictures_that_were_changed_meanwhile_stay() -> None:
    addresses = [f"https://x.example/{n}.jpg" for n in range(3)]
    product = make_product(images=addresses[:2], price=100)
    client = office()
    page = client.get(change(product))
    services.set_images(product, addresses[1:])
    answer = client.post(change(product), filled(page, price="150"))
    assert answer.status_code == 302
    product = Product.objects.get()
    assert (product.image_urls, product.price) == (addresses[1:], Decimal(150))


def test_two_changes_of_the_pictures_are_asked_for(
    settings: Any, tmp_path: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    addresses = [f"https://x.example/{n}.jpg" for n in range(3)]
    product = make_product(images=addresses[:2])
    client = office()
    page = client.get(change(product))
    services.set_images(product, addresses[1:])
    content = BytesIO()
    Image.new("RGB", (9, 9)).save(content, "PNG")
    dropped = SimpleUploadedFile("a.png", content.getvalue())
    data = filled(page, pictures=dropped, **{"images-0-DELETE": "on"})
    page = client.post(change(product), data)
    (said,) = errors(page)["__all__"]
    assert said.startswith("Somebody else has changed the pictures meanwhile.")
    assert product.image_urls == addresses[1:]
    # The page shows them as they are now; what was dropped in waits.
    (inline,) = page.context["inline_admin_formsets"]
    rows = [form.instance.url for form in inline.formset.initial_forms]
    assert rows == addresses[1:]
    tokens = [item.token for item in page.context["pictures"].items]
    data = filled(page, picture=tokens, **{"images-1-DELETE": "on"})
    assert client.post(change(product), data).status_code == 302
    product = Product.objects.get()
    assert product.image_urls[0] == addresses[1]
    assert product.images.count() == 2


# --- At the very same moment ----------------------------------------------------------


def test_the_service_refuses_what_was_made_for_another_state(
    product: Product,
) -> None:
    seen = services.product_mark(product)
    make_order(None, (product, 1))
    services.update_product(product.pk, seen=seen, price=Decimal(150))
    with pytest.raises(ChangedMeanwhile):
        services.update_product(product.pk, seen=seen, price=Decimal(200))
    product.refresh_from_db()
    assert product.price == 150
    assert events().count("product_updated") == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_who_save_at_once_are_told_of_each_other() -> None:
    product = make_product(price=100)
    clients = [office() for _ in range(4)]
    pages = [client.get(change(product)) for client in clients]
    prices = ["150", "160", "170", "180"]
    sent = [
        (client, filled(page, price=price))
        for client, page, price in zip(clients, pages, prices, strict=True)
    ]
    results = run_together(
        lambda client, data: client.post(change(product), data).status_code, sent
    )
    assert sorted(results) == [200, 200, 200, 302]
    product.refresh_from_db()
    assert str(int(product.price)) == prices[results.index(302)]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_without_the_mark_the_last_would_win(monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin that loses: the service does not compare."""
    for module in ("catalog.services.products", "catalog.admin_forms"):
        monkeypatch.setattr(f"{module}.product_mark", lambda product: "the same")
    for _attempt in range(20):
        product = make_product(price=100)
        clients = [office() for _ in range(4)]
        sent = [
            (client, filled(client.get(change(product)), price=str(150 + n)))
            for n, client in enumerate(clients)
        ]

        def save(client: Any, data: Any, path: str = change(product)) -> int:
            return client.post(path, data).status_code

        if run_together(save, sent).count(302) > 1:
            return
    pytest.fail("Never two: the mark guards nothing.")


# --- Categories and delivery methods --------------------------------------------------


def test_categories_too() -> None:
    home, garden = make_category("Дом"), make_category("Сад")
    kitchen = make_category("Кухня", home)
    client = office()
    page = client.get(change(kitchen))
    services.update_category(
        Category.objects.get(pk=kitchen.pk),
        moves=True, parent=garden, name_ru="Кухни", name_en="Kitchen",
    )  # fmt: skip
    answer = client.post(change(kitchen), filled(page, name_ru="Кухонька"))
    assert conflicts(answer) == [("Name [ru]", "Кухни", "Кухонька")]
    assert answer.context["adminform"].form.merged == ["Name [en]", "Inside"]
    data = filled(answer, **answers(answer, name_ru="mine"))
    assert client.post(change(kitchen), data).status_code == 302
    kitchen.refresh_from_db()
    assert (kitchen.name_ru, kitchen.name_en) == ("Кухонька", "Kitchen")
    assert Category.objects.get_parent(kitchen) == garden


def test_a_category_changed_at_the_very_same_moment_is_refused() -> None:
    category = make_category("Дом")
    seen = services.category_mark(category, None)
    services.update_category(Category.objects.get(pk=category.pk), name_en="Home")
    with pytest.raises(ChangedMeanwhile):
        services.update_category(category, seen=seen, name_ru="Жильё")
    assert Category.objects.get().name_ru == "Дом"


def test_delivery_methods_too() -> None:
    method = DeliveryMethod.objects.get(code="courier")
    client = office()
    page = client.get(change(method))
    DeliveryMethod.objects.filter(pk=method.pk).update(price=2000, position=9)
    answer = client.post(change(method), filled(page, price="1700"))
    assert conflicts(answer) == [("Price, ₸", "2000.00", "1700")]
    data = filled(answer, **answers(answer, price="theirs"))
    assert client.post(change(method), data).status_code == 302
    method.refresh_from_db()
    assert (method.price, method.position) == (Decimal(2000), 9)
    page = client.get(change(method))
    assert client.post(change(method), filled(page, price="1800")).status_code == 302
    method.refresh_from_db()
    assert method.price == 1800


def test_looking_costs_the_same_for_few_and_for_many() -> None:
    first, few = (make_product(categories=[make_category()]) for _ in range(2))
    many = make_product(categories=[make_category() for _ in range(10)])
    client = office()

    def cost(product: Product) -> int:
        data = filled(client.get(change(product)), price="150")
        with CaptureQueriesContext(connection) as seen:
            assert client.post(change(product), data).status_code == 302
        return len(seen)

    cost(first)
    assert cost(few) == cost(many)


@pytest.mark.parametrize("price", ["1e9999999", "-1e9999999", "sNaN", "1e-9999999"])
def test_what_no_price_can_be_is_refused_as_such(price: str, product: Product) -> None:
    client = office()
    page = client.get(change(product))
    answer = client.post(change(product), filled(page, price=price))
    assert "price" in errors(answer)
