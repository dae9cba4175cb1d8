"""What an import leaves beside the products, and how many queries it takes."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from accounts.models import User
from catalog.caching import read_first_page, store_first_page
from catalog.models import Product, SearchEntry, StockEntry
from catalog.services import importing
from catalog.services.stock import stock_errors
from events.models import OutboxMessage
from tests.catalog.imports import HEADER, Run, importer
from tests.factories import make_admin, make_category, make_product

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with override("en"):
        yield


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return importer(tmp_path)


def events() -> list[tuple[str, dict[str, Any]]]:
    rows = OutboxMessage.objects.order_by("created_at", "id")
    return list(rows.values_list("event_type", "payload"))


def ledger(sku: str) -> list[tuple[int, str]]:
    entries = StockEntry.objects.filter(product__sku=sku).order_by("created_at", "id")
    return list(entries.values_list("delta", "reason"))


def test_stock_goes_through_the_ledger(run: Run) -> None:
    make_product(sku="A-1", stock=5)
    make_product(sku="A-2", stock=5)
    make_product(sku="A-3", stock=5)
    run("sku,name,price,stock\nA-1,,,2\nA-2,,,5\nA-3,,,9\nA-4,New,1,7\nA-5,New,1,0\n")
    assert ledger("A-1") == [(5, "opening"), (-3, "import")]
    assert ledger("A-2") == [(5, "opening")]
    assert ledger("A-3") == [(5, "opening"), (4, "import")]
    assert ledger("A-4") == [(7, "import")]
    assert ledger("A-5") == []
    stocks = Product.objects.order_by("sku").values_list("stock", flat=True)
    assert list(stocks) == [2, 5, 9, 7, 0]
    assert stock_errors() == []


def test_the_ledger_names_who_imported(tmp_path: Path) -> None:
    admin: User = make_admin()
    path = tmp_path / "file.csv"
    path.write_text("sku,name,price,stock\nA-1,New,1,7\n", encoding="utf-8")
    with path.open("rb") as file:
        importing.import_products(file, actor=admin)
    assert StockEntry.objects.get().actor == admin


def test_events_of_what_changed_and_of_nothing_else(run: Run) -> None:
    same = make_product(sku="A-1", price="1")
    edited = make_product(sku="A-2", name="Pan", stock=5)
    OutboxMessage.objects.all().delete()
    run(
        "sku,name,price,stock,is_active\n"
        "A-1,,1,,\nA-2,,2,3,no\nA-3,Чайник,3.5,1,\n"
    )  # fmt: skip
    new = Product.objects.get(sku="A-3")
    updated = {
        "id": str(edited.pk), "sku": "A-2", "name": "Pan", "price": "2.00", "stock": 3,
        "is_active": False,
    }  # fmt: skip
    created = {
        "id": str(new.pk), "sku": "A-3", "name": "Чайник", "price": "3.50", "stock": 1,
        "is_active": True,
    }  # fmt: skip
    assert sorted(events(), key=lambda event: event[0]) == [
        ("product_created", created),
        ("product_updated", updated),
        ("stock_low", {"product_id": str(edited.pk), "sku": "A-2", "stock": 3}),
    ]
    aggregates = OutboxMessage.objects.values_list("aggregate", flat=True)
    assert str(same.pk) not in set(aggregates)


def test_a_bulk_row_equals_one_made_by_the_service(run: Run) -> None:
    """Both columns of a text, the address: all but keys and times."""
    make_product(sku="A-1", name="Чайник", name_kk="Шәйнек", description="d", price=1)
    run(
        "sku,name,name_kk,description,price,stock\nA-2,Чайник,Шәйнек,d,1,10\n"
    )  # fmt: skip
    one, two = Product.objects.rewrite(False).order_by("sku").values()
    assert two["number"] > one["number"]
    assert two["slug"] == f"chainik-{two['number']}"
    for row in (one, two):
        for name in ("id", "sku", "number", "slug", "created_at", "updated_at"):
            row.pop(name)
    assert two == one


def test_an_edited_row_is_right_in_every_column(run: Run) -> None:
    product = make_product(sku="A-1", name="Чайник", name_en="Kettle")
    with override("kk"):
        run("sku,name,description\nA-1,Кастрюля,Большая\n")
    row = Product.objects.rewrite(False).values().get()
    assert (row["name"], row["name_ru"]) == ("Кастрюля", "Кастрюля")
    assert (row["name_kk"], row["name_en"]) == (None, "Kettle")
    assert (row["description"], row["description_ru"]) == ("Большая", "Большая")
    entry = SearchEntry.objects.get()
    assert (entry.names, entry.texts) == ("кастрюля kettle", "большая")
    assert entry.keys == "\na-1\na1\n"
    assert (row["slug"], row["number"]) == (product.slug, product.number)
    assert row["created_at"] == product.created_at
    assert row["updated_at"] > product.updated_at


def test_an_address_that_is_taken_is_not_taken_again(run: Run) -> None:
    first = make_product(sku="A-1")
    make_product(sku="A-2", slug=f"kettle-{first.number + 2}")
    run("sku,name,price\nA-3,Kettle,1\n")
    product = Product.objects.get(sku="A-3")
    assert product.slug.startswith(f"kettle-{first.number + 2}")
    assert Product.objects.values("slug").distinct().count() == 3


def rows(count: int, price: int, extra: str) -> str:
    return HEADER.replace("\n", ",color\n") + "".join(
        f"A-{n},Kettle {n},Home > Kettles {n} | B {n},,{price},{price + n},{extra},"
        f"https://a.example/{extra}/{n}.jpg,{extra}\n"
        for n in range(count)
    )


def queries_of(run: Run, text: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        outcome = run(text)
    assert outcome.error == ""
    return len(queries)


def test_the_number_of_queries_does_not_depend_on_the_number_of_rows(run: Run) -> None:
    def three_runs(count: int) -> list[int]:
        Product.objects.all().delete()
        return [
            queries_of(run, rows(count, 1, "a")),
            queries_of(run, rows(count, 1, "a")),
            queries_of(run, rows(count, 2, "b")),
        ]

    make_category("Home")
    few, many = three_runs(2), three_runs(12)
    assert few == many
    created, unchanged, updated = many
    assert max(created, updated) <= 24
    assert unchanged <= 10


def test_every_batch_takes_the_same(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "BATCH", 4)
    counts = [queries_of(run, rows(4 * n, n, f"x{n}")) for n in (1, 2, 3, 4)]
    # Each run updates what the one before it made, and creates one batch more.
    assert Product.objects.count() == 16
    steps = {after - before for before, after in pairwise(counts[1:])}
    assert len(steps) == 1
    assert stock_errors() == []


def test_the_catalog_is_dropped_from_the_cache(
    run: Run, django_capture_on_commit_callbacks: Any
) -> None:
    _page, version = read_first_page()
    store_first_page("old", version)
    with django_capture_on_commit_callbacks(execute=True):
        run("sku,name,price\nA-1,Kettle,1\n", "--dry-run")
    assert read_first_page()[0] == "old"
    with django_capture_on_commit_callbacks(execute=True):
        run("sku,name,price\nA-1,Kettle,1\n")
    assert read_first_page()[0] is None
