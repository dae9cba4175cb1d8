"""What is written by the thousand is told by the thousand, in as few statements."""

from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from auditlog.models import LogEntry

from accounts.models import User
from catalog.importing.exceptions import ImportRefused
from catalog.models import Category, Product
from catalog.pricing import Rule
from catalog.services import pricing
from catalog.services.importing import BATCH, import_products
from shop import audit
from shop.audit import Entry
from tests.audit.books import Statements, entries, newest
from tests.factories import make_admin, make_category, make_product, make_template

pytestmark = pytest.mark.django_db


def run_import(text: str, **options: Any) -> Any:
    return import_products(BytesIO(text.encode()), **options)


def test_an_import_tells_of_each_product_what_changed() -> None:
    boss = make_admin()
    make_template(name="Tea", schema={"brand": "string", "weight": "number"})
    tea = make_category("Чай")
    known = make_product(
        sku="A", name="Чай", price="5.00", stock=1, categories=[tea],
        attributes={"brand": "X"}, images=["https://x.kz/1.jpg"],
    )  # fmt: skip
    same = make_product(sku="B", name="Кофе", price="5.00")
    run_import(
        "sku,name,price,stock,template,category,images,is_active,brand,weight\n"
        "A,Шай,6,7,Tea,Чай | Новое > Чай,https://x.kz/2.jpg,no,Y,2.5\n"
        "B,Кофе,5,10,,,,,,\n"
        "C,New,3,2,,,,,,\n",
        actor=boss,
    )
    template = Product.objects.get(sku="A").template
    assert newest(known) == (
        "update",
        boss.email,
        {
            "name_ru": ["Чай", "Шай"],
            "price": ["5.00", "6.00"],
            "template": [None, str(template.pk)],
            "is_active": [True, False],
            "attributes.brand": ["X", "Y"],
            "attributes.weight": [None, 2.5],
            "categories": ["Чай", "Новое > Чай | Чай"],
            "images": ["https://x.kz/1.jpg", "https://x.kz/2.jpg"],
        },
    )
    # The stock has its ledger, and what stays is not told.
    assert len(entries(same)) == 1
    new = Product.objects.get(sku="C")
    assert entries(new) == [
        ("create", boss.email, {"sku": [None, "C"], "price": [None, "3.00"]})
    ]
    shelf = Category.objects.get(slug="novoe")
    assert entries(shelf) == [
        (
            "create",
            boss.email,
            {
                "name_ru": [None, "Новое"],
                "slug": [None, "novoe"],
            },
        )
    ]
    below = Category.objects.get(slug="chai-2")
    assert entries(below)[0][2]["parent"] == [None, "Новое"]
    entry = LogEntry.objects.get(object_pk=str(new.pk))
    assert (entry.object_repr, entry.actor_email) == ("C New", boss.email)
    assert (entry.object_id, entry.changes_text, entry.remote_addr) == (None, "", None)


def test_what_is_only_looked_at_or_refused_is_not_told() -> None:
    make_product(sku="A", price="5.00")
    before = LogEntry.objects.count()
    run_import("sku,price\nA,6\n", dry_run=True)
    with pytest.raises(ImportRefused):
        run_import("sku,price\nA,6\nB,x\n")
    assert LogEntry.objects.count() == before


@pytest.mark.parametrize("number", [1, 60])
def test_an_import_takes_the_same_statements(number: int) -> None:
    for n in range(number):
        make_product(sku=f"S{n}", price="5.00")
    rows = "".join(f"S{n},6\n" for n in range(number))
    with Statements() as asked:
        run_import(f"sku,price\n{rows}")
    assert number < BATCH
    # COPY goes past what Django counts.
    assert len(asked.of_the_history) <= 1
    assert LogEntry.objects.filter(action=1).count() == number


def test_many_entries_at_once() -> None:
    """For what sets prices in bulk: one statement, whatever their number."""
    boss = make_admin()
    products = [make_product(price="5.00") for _ in range(3)]
    changes = {"price": ("5.00", "6.00")}
    before = LogEntry.objects.count()
    with Statements() as asked:
        audit.record_many(
            Product,
            [Entry(products[0], changes), Entry(products[1], changes),
             Entry(products[2], {})],
            actor=boss,
        )  # fmt: skip
    assert len(asked) <= 1
    assert LogEntry.objects.count() == before + 2
    assert newest(products[1]) == ("update", boss.email, {"price": ["5.00", "6.00"]})
    with audit.acting(boss), Statements() as none:
        audit.record_many(Product, [])
    assert len(none) == 0


def test_rows_with_numbers_for_keys() -> None:
    """Django's groups and our delivery methods have such."""
    from orders.models import DeliveryMethod

    method, boss = DeliveryMethod.objects.all()[0], make_admin()
    with audit.acting(boss):
        audit.record_many(DeliveryMethod, [Entry(method, {"price": ("1", "2")})])
    entry = LogEntry.objects.get_for_object(method).get()
    assert (entry.actor, entry.object_id) == (boss, method.pk)
    assert User.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_many_prices_tell_of_each_product() -> None:
    boss = make_admin()
    tea, coffee = make_product(price="100.00"), make_product(price="0.01")
    rule = Rule("percent", Decimal("10"))
    change = pricing.preview_prices(Product.objects.all(), rule, user=boss)
    pricing.confirm_prices(change, user=boss)
    pricing.apply_prices(change.pk)
    told = {"price": ["100.00", "110.00"]}
    assert newest(tea) == ("update", boss.email, told)
    # A cent stays a cent, which is no change.
    assert [entry[0] for entry in entries(coffee)] == ["create"]
