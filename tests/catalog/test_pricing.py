"""Many prices at once: previewed, confirmed, and changed as they were previewed."""

import csv
import io
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from catalog import services, tasks
from catalog.exceptions import NothingToChange, TooManyPrices
from catalog.models import PriceChange, PriceChangeRow, Product
from catalog.price_change import PriceChange as Change
from catalog.pricing import Rule, rounded
from catalog.services import pricing
from events.models import OutboxMessage
from shop.money import MAX_AMOUNT
from tests.backoffice import events, messages, office, staff_with
from tests.factories import make_admin, make_category, make_product, make_template
from tests.pages import html

LIST = "/admin/catalog/product/"
PRICES = f"{LIST}prices/"
CENT = Decimal("0.01")


def percent(value: str, **more: Any) -> Rule:
    return Rule("percent", Decimal(value), **more)


# --- Arithmetic -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "old", "new"),
    [
        (percent("10"), "1000", "1100"),
        (percent("-10"), "999.99", "899.99"),
        (percent("-0.5"), "0.99", "0.99"),
        (percent("33.33", rounding="1"), "100", "133"),
        (percent("10", rounding="10"), "1000", "1100"),
        (percent("10", rounding="10"), "1004.5", "1100"),
        (percent("10", rounding="10"), "1005", "1110"),
        (percent("0", rounding="100"), "1050", "1100"),
        (percent("0", rounding="100"), "1049.99", "1000"),
        (percent("10", rounding="x.90"), "1000", "1099.90"),
        (percent("0", rounding="x.90"), "0.10", "0.90"),
        (percent("0", rounding="x.90"), "5.40", "5.90"),
        (percent("0", rounding="x90"), "1000", "990"),
        (percent("0", rounding="x90"), "1040", "1090"),
        (percent("0", rounding="x90"), "12", "90"),
        (percent("0", rounding="x990"), "15490", "15990"),
        (percent("0", rounding="x990"), "15489", "14990"),
        (Rule("amount", Decimal("-500")), "1500", "1000"),
        (Rule("amount", Decimal("0.05")), "1.00", "1.05"),
        # What cannot be.
        (percent("-99.99"), "0.01", None),
        (percent("-10", rounding="100"), "30", None),
        (percent("10"), "0", None),
        (Rule("amount", Decimal("-500")), "500", None),
        (Rule("amount", Decimal("-500")), "499.99", None),
        (percent("1000"), "9999999999.99", None),
        (Rule("amount", CENT), "9999999999.99", None),
        (Rule("amount", -CENT), "9999999999.99", "9999999999.98"),
    ],
)
def test_new_prices(rule: Rule, old: str, new: str | None) -> None:
    found = rule.new_price(Decimal(old), None)
    assert found == (None if new is None else Decimal(new))


@given(
    price=st.decimals("0.01", MAX_AMOUNT, places=2),
    value=st.decimals("-99.99", 1000, places=2),
    rounding=st.sampled_from(Change.Rounding.values),
)
def test_a_new_price_is_always_one_that_a_product_may_have(
    price: Decimal, value: Decimal, rounding: str
) -> None:
    new = Rule("percent", value, rounding).new_price(price, None)
    assert new is None or (0 < new <= MAX_AMOUNT and new == new.quantize(CENT))
    if new is not None:
        assert rounded(new, rounding) == new


@pytest.mark.parametrize(
    ("before", "old", "was", "new", "becomes"),
    [
        ("keep", "100", "150", "90", "150"),
        ("set", "100", None, "90", "100"),
        ("set", "100", "150", "90", "100"),
        # Dearer than before: nothing to strike through.
        ("set", "100", None, "110", None),
        ("set", "100", "150", "110", "150"),
        ("clear", "100", "150", "90", None),
    ],
)
def test_the_price_before(
    before: str, old: str, was: str | None, new: str, becomes: str | None
) -> None:
    rule = percent("1", before=before)
    found = rule.new_before(Decimal(old), Decimal(new), Decimal(was) if was else None)
    assert found == (Decimal(becomes) if becomes else None)


# --- The service ----------------------------------------------------------------------

db = pytest.mark.django_db


def prices() -> dict[str, tuple[str, str | None]]:
    rows = Product.objects.values_list("sku", "price", "compare_at_price")
    return {sku: (str(p), None if b is None else str(b)) for sku, p, b in rows}


def preview(rule: Rule, **narrowed: Any) -> PriceChange:
    products = Product.objects.filter(**narrowed)
    return pricing.preview_prices(products, rule, user=make_admin(), scope="test")


def confirmed(rule: Rule, **narrowed: Any) -> PriceChange:
    change = preview(rule, **narrowed)
    assert pricing.confirm_prices(change, user=make_admin())
    return change


def outcomes(change: PriceChange) -> dict[str, str]:
    return dict(change.rows.values_list("sku", "outcome"))


@db
def test_a_preview_changes_nothing_and_says_everything() -> None:
    make_product(sku="A", price=1000)
    make_product(sku="B", price=Decimal("199.99"), compare_at_price=300)
    make_product(sku="free", price=0)
    make_product(sku="one", price=1)
    change = preview(percent("-10", rounding="1", before="set"))
    assert outcomes(change) == {
        "A": "planned", "B": "planned", "free": "impossible", "one": "same",
    }  # fmt: skip
    row = change.rows.get(sku="B")
    assert (row.old_price, row.new_price) == (Decimal("199.99"), Decimal(180))
    assert (row.old_before, row.new_before) == (Decimal(300), Decimal("199.99"))
    assert change.preview == {
        "planned": 2, "same": 1, "impossible": 1, "up": 0, "down": 2,
        "sum_old": "1199.99", "sum_new": "1080.00",
    }  # fmt: skip
    assert prices()["A"] == ("1000.00", None)
    assert events() == ["product_created"] * 4


@db
def test_confirmed_prices_are_changed_and_told() -> None:
    product = make_product(sku="A", price=1000, name="Чай")
    make_product(sku="B", price=2000)
    before = Product.objects.get(sku="A").updated_at
    change = confirmed(percent("-10", before="set"), sku="A")
    pricing.apply_prices(change.pk)
    assert prices() == {"A": ("900.00", "1000.00"), "B": ("2000.00", None)}
    change.refresh_from_db()
    assert (change.state, outcomes(change)) == ("done", {"A": "done"})
    assert change.finished_at
    told = OutboxMessage.objects.get(event_type="product_updated")
    assert told.aggregate == str(product.pk)
    assert told.payload["price"] == "900.00"
    assert told.payload["name"] == "Чай"
    assert Product.objects.get(sku="A").updated_at > before
    entry = LogEntry.objects.get()
    assert (entry.object_id, entry.change_message) == (str(change.pk), "done 1")
    # Again, and again: nothing more happens.
    pricing.apply_prices(change.pk)
    assert prices()["A"] == ("900.00", "1000.00")
    assert not pricing.confirm_prices(change, user=make_admin())


@db
def test_what_changed_meanwhile_is_left_and_reported() -> None:
    for sku in "ABCDE":
        make_product(sku=sku, price=1000)
    change = confirmed(percent("10", before="clear"))
    services.update_product(Product.objects.get(sku="A").pk, price=Decimal(777))
    services.delete_product(Product.objects.get(sku="B"))
    # Another field, and the stock, are nobody's price.
    services.update_product(Product.objects.get(sku="C").pk, name="new", stock=3)
    # There was no price before, so nothing of it is to change.
    services.update_product(
        Product.objects.get(sku="D").pk, compare_at_price=Decimal(5000)
    )
    pricing.apply_prices(change.pk)
    assert prices() == {
        "A": ("777.00", None), "C": ("1100.00", None), "D": ("1100.00", "5000.00"),
        "E": ("1100.00", None),
    }  # fmt: skip
    assert outcomes(change) == {
        "A": "left", "B": "gone", "C": "done", "D": "done", "E": "done",
    }  # fmt: skip
    assert change.rows.get(sku="A").found_price == 777


@db
def test_a_price_before_that_changed_meanwhile_is_not_overwritten() -> None:
    product = make_product(sku="A", price=1000)
    change = confirmed(percent("-10", before="set"))
    services.update_product(product.pk, compare_at_price=Decimal(5000))
    pricing.apply_prices(change.pk)
    assert prices() == {"A": ("1000.00", "5000.00")}
    assert outcomes(change) == {"A": "left"}


@db
def test_a_sale_ends_with_the_price_before() -> None:
    make_product(sku="A", price=900, compare_at_price=1000)
    make_product(sku="B", price=900)
    make_product(sku="C", price=900, compare_at_price=800)
    change = confirmed(Rule("restore"))
    assert outcomes(change) == {"A": "planned", "B": "same", "C": "same"}
    pricing.apply_prices(change.pk)
    assert prices() == {
        "A": ("1000.00", None), "B": ("900.00", None), "C": ("900.00", "800.00"),
    }  # fmt: skip


@db
def test_undo_is_a_preview_of_the_way_back() -> None:
    make_product(sku="A", price=1000, compare_at_price=1500)
    make_product(sku="B", price=500)
    change = confirmed(percent("-10", before="set"))
    pricing.apply_prices(change.pk)
    services.update_product(Product.objects.get(sku="B").pk, price=Decimal(444))
    undoing = pricing.undo_prices(change, user=make_admin())
    assert prices()["A"] == ("900.00", "1000.00")
    pricing.confirm_prices(undoing, user=make_admin())
    pricing.apply_prices(undoing.pk)
    assert prices() == {"A": ("1000.00", "1500.00"), "B": ("444.00", "500.00")}
    assert outcomes(undoing) == {"A": "done", "B": "left"}
    with pytest.raises(NothingToChange):
        pricing.undo_prices(preview(percent("1")), user=make_admin())


@db
def test_a_rule_that_changes_nothing_is_refused_and_leaves_no_trace() -> None:
    make_product(sku="A", price=1000)
    for rule in (percent("0"), percent("0", rounding="1"), Rule("restore")):
        with pytest.raises(NothingToChange):
            preview(rule)
    with pytest.raises(NothingToChange):
        preview(percent("5"), sku="nobody")
    assert not PriceChange.objects.exists()


@db
def test_a_change_has_a_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pricing, "MAX_PRODUCTS", 2)
    for _ in range(3):
        make_product()
    with pytest.raises(TooManyPrices):
        preview(percent("5"))
    assert not PriceChange.objects.exists()
    assert not PriceChangeRow.objects.exists()


@db
def test_batches_end_where_the_rows_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pricing, "BATCH", 2)
    monkeypatch.setattr(pricing, "READ", 3)
    for n in range(1, 5):
        make_product(sku=f"A{n}", price=100)
    change = confirmed(percent("50"))
    pricing.apply_prices(change.pk)
    assert set(prices().values()) == {("150.00", None)}
    change.refresh_from_db()
    assert change.state == "done"


@db
def test_what_breaks_is_tried_again_and_not_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pricing, "BATCH", 1)
    make_product(sku="A", price=100)
    make_product(sku="B", price=100)
    change = confirmed(percent("50"))
    apply, turns = pricing._change, []

    def breaks(rows: Any, actor: Any) -> None:
        turns.append(rows)
        if rows[0].sku == "B":
            raise RuntimeError("a disk is full")
        apply(rows, actor)

    monkeypatch.setattr(pricing, "_change", breaks)
    tasks.apply_waiting_prices()
    change.refresh_from_db()
    assert change.state == "confirmed"
    # What was done is done, and is not done again.
    assert prices() == {"A": ("150.00", None), "B": ("100.00", None)}
    for _ in range(3):
        tasks.apply_waiting_prices()
    change.refresh_from_db()
    assert change.state == "stopped"
    assert len(turns) == 4
    assert outcomes(change) == {"A": "done", "B": "planned"}
    tasks.apply_waiting_prices()
    assert len(turns) == 4


@db
def test_a_worker_is_told_and_a_broker_that_is_down_harms_nobody(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_product(sku="A", price=100)
    change = confirmed(percent("50"))
    settings.RABBITMQ_URL = "amqp://nobody"
    told: list[str] = []
    monkeypatch.setattr(tasks.apply_prices, "delay", told.append)
    tasks.hand_over_prices(change.pk)
    assert told == [str(change.pk)]

    def refuse(pk: str) -> None:
        raise OSError

    monkeypatch.setattr(tasks.apply_prices, "delay", refuse)
    tasks.hand_over_prices(change.pk)
    # A worker may still come; then the schedule takes it.
    tasks.apply_waiting_prices()
    assert prices()["A"] == ("100.00", None)
    monkeypatch.setattr(pricing, "LOST", pricing.LOST * 0)
    tasks.apply_waiting_prices()
    assert prices()["A"] == ("150.00", None)
    tasks.apply_prices(str(change.pk))
    assert prices()["A"] == ("150.00", None)


@db
def test_old_previews_and_rows_go(settings: Any) -> None:
    make_product(sku="A", price=100)
    old, done = preview(percent("1")), confirmed(percent("2"))
    pricing.apply_prices(done.pk)
    fresh = preview(percent("3"))
    settings.IMPORT_KEEP_DAYS = 0
    PriceChange.objects.filter(pk__in=[old.pk]).update(
        created_at="2026-01-01T00:00:00Z"
    )
    PriceChange.objects.filter(pk=done.pk).update(finished_at="2026-01-01T00:00:00Z")
    tasks.forget_prices()
    assert set(PriceChange.objects.all()) == {done, fresh}
    assert set(PriceChangeRow.objects.values_list("change", flat=True)) == {fresh.pk}
    assert "have been removed since" in html(office().get(done.get_absolute_url()))


@db
def test_the_cost_grows_with_thousands_and_not_with_prices() -> None:
    def cost(count: int) -> tuple[int, int]:
        template = make_template()
        for _ in range(count):
            make_product(template=template, price=100)
        with CaptureQueriesContext(connection) as looked:
            change = preview(percent("5"), template=template)
        pricing.confirm_prices(change, user=make_admin())
        with CaptureQueriesContext(connection) as done:
            pricing.apply_prices(change.pk)
        return len(looked), len(done)

    cost(1)
    assert cost(1) == cost(40)


# --- The pages ------------------------------------------------------------------------


def ask(client: Any, address: str = PRICES, **fields: Any) -> Any:
    data = {"kind": "percent", "value": "", "rounding": "0.01", "before": "keep"}
    return client.post(address, data | fields)


def refused(page: Any) -> dict[str, list[str]]:
    assert page.status_code == 200
    return {name: list(texts) for name, texts in page.context["form"].errors.items()}


@db
def test_selected_products_are_previewed_confirmed_and_undone() -> None:
    first, second = make_product(sku="A", price=1000), make_product(sku="B", price=50)
    make_product(sku="C", price=70)
    client = office()
    data = {
        "action": "change_prices",
        "_selected_action": [str(first.pk), str(second.pk)],
    }
    page = client.post(LIST, data)
    assert "2 selected products" in html(page)
    chosen = page.context["chosen"]
    answer = ask(client, chosen=chosen, value="-10 %")
    change = PriceChange.objects.get()
    assert answer.url == change.get_absolute_url()
    page = client.get(answer.url)
    assert "1.000,00 ₸ → <ins>900,00 ₸</ins>" in html(page)
    assert "Change 2 prices" in html(page)
    assert change.scope == "2 selected products"
    answer = client.post(f"{answer.url}confirm/", follow=True)
    assert prices() == {
        "A": ("900.00", None), "B": ("45.00", None), "C": ("70.00", None),
    }  # fmt: skip
    assert "Undo" in html(answer)
    # A second click, and a click on what is over.
    client.post(f"{change.get_absolute_url()}confirm/")
    answer = client.post(f"{change.get_absolute_url()}discard/", follow=True)
    assert messages(answer) == ["This change has been confirmed already."]
    assert prices()["A"] == ("900.00", None)
    answer = client.post(f"{change.get_absolute_url()}undo/")
    client.post(f"{answer.url}confirm/")
    assert prices()["A"] == ("1000.00", None)


@db
def test_a_filtered_list_is_changed_as_it_was_filtered() -> None:
    category = make_category("Чай")
    make_product(sku="A", name="Зелёный", price=100, categories=[category])
    make_product(sku="B", name="Чёрный", price=100, categories=[category])
    make_product(sku="C", name="Зелёный", price=100)
    client = office()
    query = f"category={category.pk}&q=зелёный"
    page = client.get(f"{LIST}?{query}")
    assert f"{PRICES}?category={category.pk}" in html(page)
    page = client.get(f"{PRICES}?{query}")
    assert page.context["count"] == 1
    answer = ask(client, f"{PRICES}?{query}", kind="amount", value="5,50")
    change = PriceChange.objects.get()
    assert change.scope == "category: Чай; search: зелёный"
    client.post(f"{answer.url}confirm/")
    assert prices()["A"] == ("105.50", None)
    assert [prices()[sku] for sku in "BC"] == [("100.00", None)] * 2
    # All of a list that is longer than its page.
    data = {
        "action": "change_prices",
        "_selected_action": [str(Product.objects.first().pk)],
        "select_across": "1",
    }
    answer = client.post(f"{LIST}?category={category.pk}", data)
    assert answer.url == f"{PRICES}?category={category.pk}"
    assert client.get(f"{PRICES}?category=nonsense").status_code == 302


@db
@pytest.mark.parametrize(
    ("fields", "errors"),
    [
        ({"value": ""}, {"value": ["Enter by how much prices change."]}),
        ({"value": "0"}, {"value": ["Enter by how much prices change."]}),
        ({"value": "much"}, {"value": ["Enter a number."]}),
        ({"value": "NaN"}, {"value": ["Enter a number."]}),
        ({"value": "1e5"}, {"value": ["From -99.99 to 1000 percent."]}),
        ({"value": "-100"}, {"value": ["From -99.99 to 1000 percent."]}),
        ({"value": "1000,01"}, {"value": ["From -99.99 to 1000 percent."]}),
        (
            {"value": "1.005"},
            {"value": ["Ensure that there are no more than 2 decimal places."]},
        ),
        (
            {"kind": "amount", "value": "99999999999"},
            {
                "value": [
                    "Ensure that there are no more than 10 digits before the decimal"
                    " point."
                ]
            },
        ),
        (
            {"kind": "undo", "value": "5"},
            {
                "kind": [
                    "Select a valid choice. undo is not one of the available choices."
                ]
            },
        ),
        ({"rounding": "7", "value": "5"}, {"rounding": None}),
        ({"before": "7", "value": "5"}, {"before": None}),
        ({"value": "0", "rounding": "1"}, {"__all__": ["No price would change."]}),
        ({"chosen": ["nonsense"], "value": "5"}, {"__all__": None}),
    ],
)
def test_a_rule_that_is_none_is_said(fields: Any, errors: Any) -> None:
    make_product(price=100)
    found = refused(ask(office(), **fields))
    assert found.keys() == errors.keys()
    for name, texts in errors.items():
        assert texts is None or found[name] == texts
    assert not PriceChange.objects.exists()


@db
def test_a_large_change_is_left_to_a_task(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pricing, "SMALL", 1)
    make_product(sku="A", price=100)
    make_product(sku="B", price=100)
    client = office()
    address = ask(client, value="5").url
    client.post(f"{address}confirm/")
    page = client.get(address)
    assert page["Refresh"] == "2"
    assert "0 of 2 prices." in html(page)
    tasks.apply_waiting_prices()
    page = client.get(address)
    assert "Refresh" not in page
    assert set(prices().values()) == {("105.00", None)}


@db
def test_rows_are_shown_by_kinds_and_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("catalog.admin.pricing.PER_PAGE", 2)
    for sku in "ABC":
        make_product(sku=sku, price=100)
    make_product(sku="free", price=0)
    client = office()
    address = ask(client, value="5").url

    def shown(query: str = "") -> list[str]:
        page = client.get(f"{address}{query}")
        assert page.status_code == 200
        return [item["row"].sku for item in page.context["rows"]]

    assert shown() == ["A", "B"]
    assert shown("?kind=planned&p=2") == ["C"]
    assert shown("?kind=planned&p=99") == ["C"]
    assert shown("?kind=impossible") == ["free"]
    assert shown("?kind=&p=2") == ["C", "free"]
    for query in ("?kind=nonsense", "?kind=done", "?p=x", "?p=-1", "?p=0"):
        assert shown(query)
    queries = []
    for query in ("?kind=impossible", "?kind=planned"):
        with CaptureQueriesContext(connection) as seen:
            shown(query)
        queries.append(len(seen))
    assert queries[0] == queries[1]


@db
def test_every_row_comes_as_csv_and_none_is_a_formula() -> None:
    make_product(sku="=1+1", price=100)
    make_product(sku="B", price=0)
    client = office()
    address = ask(client, value="5").url
    answer = client.get(f"{address}prices.csv")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(text))) == [
        ["sku", "old price", "new price", "before", "after", "result"],
        ["'=1+1", "100.00", "105.00", "", "", "will change"],
        ["B", "0.00", "", "", "", "cannot be"],
    ]


@db
def test_prices_are_for_those_who_may_change_products() -> None:
    make_product(sku="A", price=100)
    change = preview(percent("5"))
    address = change.get_absolute_url()
    reader = office(staff_with("catalog.view_product", "catalog.add_goodsreceipt"))
    page = html(reader.get(LIST))
    assert "Change prices" not in page
    assert "Receive goods" in page
    for path in (PRICES, address, f"{address}prices.csv"):
        assert reader.get(path).status_code == 403
    for path in ("confirm", "discard", "undo"):
        assert reader.post(f"{address}{path}/").status_code == 403
        # And nobody does it by a link.
        assert office().get(f"{address}{path}/").status_code == 403
    assert ask(reader, value="5").status_code == 403
    product = Product.objects.get()
    data = {"action": "change_prices", "_selected_action": [str(product.pk)]}
    assert "selected product" not in html(reader.post(LIST, data))
    assert office().get(f"{PRICES}{uuid4()}/").status_code == 404
    change.refresh_from_db()
    assert change.state == "ready"
    assert reader.get("/admin/catalog/pricechange/").status_code == 403


@db
def test_changes_are_listed_and_lead_to_their_pages() -> None:
    make_product(sku="A", price=100)
    change = preview(percent("-12.50"))
    client = office()
    page = client.get("/admin/catalog/pricechange/")
    assert "-12.5 %" in html(page)
    answer = client.get(f"/admin/catalog/pricechange/{change.pk}/change/")
    assert answer.url == change.get_absolute_url()
    missing = client.get(f"/admin/catalog/pricechange/{uuid4()}/change/")
    assert missing.status_code == 404


@db
def test_names_are_text_on_every_page() -> None:
    evil = "<script>alert(1)</script>"
    make_product(sku=evil, name=evil, price=100)
    client = office()
    address = ask(client, f"{PRICES}?q={evil}", value="5").url
    for path in (address, f"{PRICES}?q={evil}", "/admin/catalog/pricechange/"):
        page = html(client.get(path))
        assert evil not in page
        assert "&lt;script&gt;" in page
