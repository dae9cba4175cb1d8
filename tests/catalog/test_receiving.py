"""Goods are received: scanned, typed or from a file, seen before, and once."""

from typing import Any
from uuid import uuid4

import pytest
from django.contrib.admin.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from catalog import receiving, services
from catalog.exceptions import GoodsGone, StockTooLarge
from catalog.models import GoodsReceipt, Product, StockEntry
from catalog.receiving import find, read_lines
from catalog.services.stock import MAX_STOCK, stock_errors
from tests.backoffice import events, messages, office, staff_with
from tests.factories import make_product, make_user
from tests.pages import html

pytestmark = pytest.mark.django_db

ADD = "/admin/catalog/goodsreceipt/add/"
FIND = "/admin/catalog/goodsreceipt/find/"
LIST = "/admin/catalog/goodsreceipt/"


def sheet(content: str | bytes, name: str = "delivery.csv") -> SimpleUploadedFile:
    content = content.encode() if isinstance(content, str) else content
    return SimpleUploadedFile(name, content, "text/csv")


def send(client: Any, page: Any = None, **fields: Any) -> Any:
    """The page as the browser would send it, with these fields changed."""
    if page is None:
        page = client.get(ADD)
    form, delivery = page.context["form"], page.context["delivery"]
    data = {
        "key": str(form["key"].value()),
        "product": [str(pk) for pk in delivery.rows],
        "quantity": [row.typed or row.quantity for row in delivery.rows.values()],
        **{name: form[name].value() or "" for name in ("lines", "supplier")},
    }
    return client.post(ADD, data | fields)


def listed(page: Any) -> dict[str, int]:
    rows = page.context["delivery"].rows.values()
    return {row.product.sku: row.quantity for row in rows}


def said(page: Any) -> list[str]:
    """Everything that is wrong, as the page says it."""
    delivery = page.context["delivery"]
    return [
        *page.context["errors"],
        *(problem.reason for problem in delivery.problems),
        *(row.error for row in delivery.rows.values() if row.error),
    ]


def stocks() -> dict[str, int]:
    return dict(Product.objects.values_list("sku", "stock"))


# --- What is written ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "code", "quantity"),
    [
        ("A-1", "A-1", 1),
        ("A-1:5", "A-1", 5),
        ("  A-1 : 5 ", "A-1", 5),
        ("A-1;5", "A-1", 5),
        ("A-1\t5", "A-1", 5),
        ("A:1:5", "A:1", 5),
        ("A-1:5,0", "A-1", 5),
        ("A-1:1 000", "A-1", 1000),
        ("4870001234567", "4870001234567", 1),
    ],
)
def test_a_line_is_a_code_and_perhaps_a_quantity(
    line: str, code: str, quantity: int
) -> None:
    ((entry,), problems) = read_lines(line)
    assert (entry.code, entry.quantity, problems) == (code, quantity, [])


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("A-1:0", "a quantity is 1 or more"),
        ("A-1:-3", "a quantity is 1 or more"),
        ("A-1:1000001", "so many pieces cannot be received (1000000 at most)"),
        ("A-1:4870001234567", "this number is too large"),
    ],
)
def test_a_quantity_that_is_none_is_said(line: str, reason: str) -> None:
    with translation.override("en"):
        entries, (problem,) = read_lines(line)
    assert (entries, problem.reason, problem.text) == ([], reason, line)


def test_products_are_found_by_sku_then_by_barcode() -> None:
    tea = make_product(sku="TEA", barcode="111")
    other = make_product(sku="111")
    make_product(sku="A", barcode="222")
    make_product(sku="B", barcode="222")
    colon = make_product(sku="TEA:5")
    entries, _ = read_lines("TEA:2\ntea\n111\n222\nTEA:5\nnone\n\ud800")
    with CaptureQueriesContext(connection) as seen:
        found, problems = find(entries)
    assert len(seen) == 2
    assert found == [(tea, 2), (tea, 1), (other, 1), (colon, 1)]
    assert [problem.reason for problem in problems] == [
        "Several products have this barcode: enter the SKU (A, B).",
        "No product has the SKU or barcode “none”.",
        "No product has the SKU or barcode “\ud800”.",
    ]


# --- The page -------------------------------------------------------------------------


def test_a_typed_list_is_seen_before_it_is_received() -> None:
    make_product(sku="A", stock=5)
    make_product(sku="B", stock=0, barcode="4870001234567")
    user = staff_with("catalog.add_goodsreceipt")
    client = office(user)
    page = send(client, lines="A:2\n4870001234567\nA", _receive="1")
    assert listed(page) == {"A": 3, "B": 1}
    assert stocks() == {"A": 5, "B": 0}
    assert [row.after for row in page.context["delivery"].rows.values()] == [8, 1]
    assert page.context["form"]["lines"].value() == ""
    answer = send(client, page, supplier="ТОО Астра", document="№ 17", _receive="1")
    receipt = GoodsReceipt.objects.get()
    assert answer.status_code == 302
    assert answer.url == f"{LIST}{receipt.pk}/change/"
    assert stocks() == {"A": 8, "B": 1}
    assert (receipt.lines, receipt.pieces, receipt.actor) == (2, 4, user)
    entries = StockEntry.objects.filter(reason="receipt").order_by("delta")
    assert [(e.delta, e.note, e.actor, e.receipt) for e in entries] == [
        (1, "ТОО Астра · № 17", user, receipt),
        (3, "ТОО Астра · № 17", user, receipt),
    ]
    assert stock_errors() == []
    assert LogEntry.objects.get().object_id == str(receipt.pk)
    page = client.get(answer.url)
    assert messages(page) == ["4 pieces are in stock now."]
    assert "ТОО Астра" in html(page)
    assert list(page.context["entries"]) == list(receipt.entries.order_by("id"))
    assert events() == ["product_created"] * 2


def test_the_same_list_twice_is_received_once() -> None:
    make_product(sku="A", stock=5)
    client = office()
    page = send(client, lines="A:2")
    first = send(client, page, _receive="1")
    again = send(client, page, quantity=["9"], _receive="1")
    assert again.url == first.url
    assert stocks() == {"A": 7}
    assert GoodsReceipt.objects.count() == 1
    told = messages(client.get(again.url))
    assert told[-1].startswith("This list has been received already")


def test_an_unknown_code_is_said_and_the_rest_stays() -> None:
    make_product(sku="A", stock=5)
    client = office()
    page = send(client, lines="A:2\nnone:4\nA:0\n", _receive="1")
    assert listed(page) == {"A": 2}
    assert said(page) == [
        "No product has the SKU or barcode “none”.",
        "a quantity is 1 or more",
    ]
    assert [p.line for p in page.context["delivery"].problems] == [2, 3]
    # What is wrong stays in its field, and nothing is received before it is mended.
    assert page.context["form"]["lines"].value() == "none:4\nA:0"
    page = send(client, page, _receive="1")
    assert stocks() == {"A": 5}
    assert listed(page) == {"A": 2}
    assert send(client, page, lines="", _receive="1").status_code == 302
    assert stocks() == {"A": 7}


@pytest.mark.parametrize(
    "content",
    [
        "sku,quantity\nA,2\nB,1\n",
        "\ufeffSKU;Quantity\nA;2\nB;1\n",
        "sku\tqty\nA\t2\nB\t1\n",
        "name;sku;quantity\nx;A;2,0\ny;B;1\n",
        "barcode,quantity\n222,1\n111,2\n",
        "sku,quantity\nA,1\nB,1\nA,1\n",
        "sku,quantity\n'A,2\nB,1\n",
    ],
    ids=["commas", "bom", "tabs", "more", "barcodes", "twice", "apostrophe"],
)
def test_a_file_is_a_list_too(content: str) -> None:
    make_product(sku="A", stock=5, barcode="111")
    make_product(sku="B", stock=0, barcode="222")
    if "'A" in content:
        make_product(sku="'A", stock=0)
        content = content.replace("'A", "''A")
    client = office()
    page = send(client, file=sheet(content), _receive="1")
    assert said(page) == []
    assert sum(listed(page).values()) == 3
    before = stocks()
    assert send(client, page, _receive="1").status_code == 302
    grown = {sku: n - before[sku] for sku, n in stocks().items() if n != before[sku]}
    assert grown in ({"A": 2, "B": 1}, {"'A": 2, "B": 1})


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "The submitted file is empty."),
        (b"name,count\nA,2\n", "The file needs the columns sku (or barcode)"),
        (b"sku\nA\n", "The file needs the columns sku (or barcode)"),
        (b"\x89PNG\r\n\x1a\n\0\0", "This is neither a CSV nor an XLSX file."),
        (b"PK\x03\x04broken", "This XLSX file is broken."),
    ],
    ids=["empty", "columns", "one-column", "picture", "broken"],
)
def test_a_file_that_is_none_is_said(content: bytes, reason: str) -> None:
    make_product(sku="A")
    page = send(office(), file=sheet(content), lines="A")
    assert reason in html(page)
    assert listed(page) == {"A": 1}


def test_bad_rows_of_a_file_are_named_with_their_lines() -> None:
    make_product(sku="A")
    content = 'sku,quantity\nA,2\nnone,1\nA,0\nA,x\n=1+1,1\nA\n"A,1\n'
    page = send(office(), file=sheet(content))
    assert listed(page) == {"A": 2}
    problems = page.context["delivery"].problems
    assert [(problem.line, problem.reason) for problem in problems] == [
        (3, "No product has the SKU or barcode “none”."),
        (4, "a quantity is 1 or more"),
        (5, "“x” is not a whole number"),
        (6, "No product has the SKU or barcode “=1+1”."),
        (7, "1 cells, but the header has 2"),
        (8, "a quote in this row is out of place or not closed"),
    ]


def test_quantities_are_edited_and_zero_leaves_out() -> None:
    for sku in "ABC":
        make_product(sku=sku, stock=1)
    client = office()
    page = send(client, lines="A\nB\nC")
    page = send(client, page, quantity=["7", "0", "many"], _receive="1")
    assert listed(page) == {"A": 7, "C": 0}
    assert said(page) == ["“many” is not a whole number"]
    # What was typed is still there.
    assert 'value="many"' in html(page)
    assert stocks() == {"A": 1, "B": 1, "C": 1}
    assert send(client, page, quantity=["7", ""], _receive="1").status_code == 302
    assert stocks() == {"A": 8, "B": 1, "C": 1}


def test_nothing_is_not_received() -> None:
    page = send(office(), _receive="1")
    assert said(page) == ["There is nothing to receive yet."]
    assert not GoodsReceipt.objects.exists()


def test_a_product_deleted_meanwhile_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    kept, gone = make_product(sku="A", stock=1), make_product(sku="B")
    client = office()
    page = send(client, lines="A\nB")
    services.delete_product(gone)
    page = send(client, page, _receive="1")
    assert listed(page) == {"A": 1}
    text = "1 product has been deleted meanwhile and is not in the list."
    assert said(page) == [text]
    assert not GoodsReceipt.objects.exists()
    # Between the look and the lock.
    monkeypatch.setattr("catalog.services.receiving.lock_products", lambda ids: {})
    page = send(client, page, _receive="1")
    assert said(page) == ["1 product has been deleted meanwhile. Nothing was received."]
    assert not GoodsReceipt.objects.exists()
    kept.refresh_from_db()
    assert kept.stock == 1


def test_stock_that_cannot_be_counted_is_refused() -> None:
    make_product(sku="A", stock=1)
    make_product(sku="FULL", stock=MAX_STOCK)
    client = office()
    page = send(client, send(client, lines="A\nFULL"), _receive="1")
    assert said(page) == [
        "So many pieces cannot be counted: FULL. Nothing was received."
    ]
    assert listed(page) == {"A": 1, "FULL": 1}
    assert stocks() == {"A": 1, "FULL": MAX_STOCK}
    assert not GoodsReceipt.objects.exists()
    assert send(client, page, quantity=["1", "0"], _receive="1").status_code == 302


def test_lists_have_a_length(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiving, "MAX_LINES", 2)
    monkeypatch.setattr("catalog.admin.receiving.MAX_LINES", 2)
    products = [make_product(sku=sku, stock=0) for sku in "ABC"]
    client = office()
    text = "A receipt has at most 2 lines."
    assert said(send(client, lines="A\nB\nC")) == [text]
    assert said(send(client, file=sheet("sku,quantity\nA,1\nB,1\nC,1\n"))) == [text]
    page = send(client, lines="A\nB")
    page = send(client, page, lines="C", _receive="1")
    assert said(page) == [text]
    ids = [str(product.pk) for product in products]
    page = send(client, product=ids, quantity=["1"] * 3, _receive="1")
    assert said(page) == [text, "There is nothing to receive yet."]
    assert not GoodsReceipt.objects.exists()


@pytest.mark.parametrize(
    "fields",
    [
        {"key": "nonsense"},
        {"key": ""},
        {"product": ["nonsense", "1"], "quantity": ["1", "1"]},
        {"product": [str(uuid4())], "quantity": ["1"]},
        {"product": [str(uuid4())], "quantity": []},
        {"lines": "a\0b"},
        {"lines": "\ud800".encode("utf-8", "surrogatepass")},
        {"supplier": "x" * 121},
        {"document": "a\0b"},
        {"quantity": ["1"] * 5000},
    ],
)
def test_a_page_that_was_tampered_with_receives_nothing(fields: dict[str, Any]) -> None:
    make_product(sku="A", stock=1)
    client = office()
    data = {"_receive": "1", **fields}
    page = send(client, **data)
    assert page.status_code == 200
    assert not GoodsReceipt.objects.exists()
    # And it can be gone on with.
    page = send(client, page, lines="A", supplier="", document="", quantity=[])
    assert listed(page) == {"A": 1}
    assert send(client, page, _receive="1").status_code == 302


def test_ten_thousand_ids_are_refused_and_harm_nobody() -> None:
    make_product(sku="A", stock=1)
    client = office()
    page = send(client, lines="A")
    ids = [str(uuid4()) for _ in range(4900)]
    page = send(client, page, product=ids, quantity=["1"] * 4900, _receive="1")
    assert "A receipt has at most 2000 lines." in said(page)
    # Django reads no form of more than DATA_UPLOAD_MAX_NUMBER_FIELDS fields.
    answer = send(client, product=ids * 2, quantity=["1"] * 9800, _receive="1")
    assert answer.status_code == 400
    assert stocks() == {"A": 1}


# --- The script -----------------------------------------------------------------------


def test_a_scanned_code_is_answered_with_its_row() -> None:
    product = make_product(sku="A", name="<b>Чай</b>", barcode="111", stock=4)
    client = office()
    answer = client.get(FIND, {"code": "111:3"}).json()
    assert (answer["product"], answer["quantity"]) == (str(product.pk), 3)
    assert "&lt;b&gt;Чай" in answer["html"]
    assert "<b>" not in answer["html"]
    for code, reason in (
        ("none", "No product has the SKU or barcode “none”."),
        ("", "Enter a SKU or a barcode."),
        ("A:0", "a quantity is 1 or more"),
        ("\0", "No product has the SKU or barcode “\N{REPLACEMENT CHARACTER}”."),
        ("A\nA", "No product has the SKU or barcode “A A”."),
    ):
        assert client.get(FIND, {"code": code}).json() == {"error": reason}


# --- Who may --------------------------------------------------------------------------


def test_receiving_is_for_those_who_may_add_receipts() -> None:
    product = make_product(sku="A", stock=1)
    receipt, _now = services.receive_goods(uuid4(), {product.pk: 1})
    for permissions in ([], ["catalog.view_product"], ["catalog.view_goodsreceipt"]):
        client = office(staff_with(*permissions))
        assert client.get(ADD).status_code == 403
        assert client.get(FIND, {"code": "A"}).status_code == 403
        data = {"product": [str(product.pk)], "quantity": ["1"], "_receive": "1"}
        assert client.post(ADD, data | {"key": str(uuid4())}).status_code == 403
    reader = office(staff_with("catalog.view_goodsreceipt"))
    page = reader.get(f"{LIST}{receipt.pk}/change/")
    assert page.status_code == 200
    assert "Receive more goods" not in html(page)
    stranger = office(staff_with("catalog.view_product"))
    assert stranger.get(f"{LIST}{receipt.pk}/change/").status_code == 403
    assert stocks() == {"A": 2}


def test_a_receipt_is_only_read() -> None:
    product = make_product(sku="A", stock=1)
    receipt, _now = services.receive_goods(uuid4(), {product.pk: 1}, supplier="x")
    client = office()
    address = f"{LIST}{receipt.pk}/"
    client.post(f"{address}change/", {"supplier": "y"})
    assert client.post(f"{address}delete/", {"post": "yes"}).status_code == 403
    receipt.refresh_from_db()
    assert receipt.supplier == "x"
    missing = client.get(f"{LIST}{uuid4()}/change/", follow=True)
    assert "doesn’t exist" in messages(missing)[0]
    assert client.get(f"{LIST}nonsense/change/").status_code == 302
    services.delete_product(product)
    assert "have been deleted since" in html(client.get(f"{address}change/"))


def test_names_are_text_everywhere() -> None:
    evil = "<script>alert(1)</script>"
    make_product(sku=evil, name=evil, stock=0)
    client = office()
    page = send(client, lines=f"{evil}\n{evil}!", supplier=evil, document=evil)
    pages = [page]
    answer = send(client, page, lines="", supplier=evil, document=evil, _receive="1")
    pages += [client.get(answer.url), client.get(LIST)]
    pages.append(client.get("/admin/catalog/stockentry/"))
    for shown in pages:
        assert evil not in html(shown)
        assert "&lt;script&gt;" in html(shown)


# --- The service ----------------------------------------------------------------------


def test_receiving_costs_the_same_for_few_and_for_many() -> None:
    few = [make_product() for _ in range(2)]
    many = [make_product() for _ in range(40)]

    def cost(products: list[Product]) -> int:
        with CaptureQueriesContext(connection) as seen:
            services.receive_goods(
                uuid4(), {p.pk: 1 for p in products}, actor=make_user()
            )
        return len(seen)

    cost(few)
    assert cost(few) == cost(many)


def test_refusals_leave_no_trace() -> None:
    product = make_product(stock=MAX_STOCK)
    with pytest.raises(StockTooLarge):
        services.receive_goods(uuid4(), {product.pk: 1})
    with pytest.raises(GoodsGone):
        services.receive_goods(uuid4(), {product.pk: 1, uuid4(): 1})
    assert not GoodsReceipt.objects.exists()
    assert StockEntry.objects.count() == 1


def test_the_page_costs_the_same_for_few_and_for_many() -> None:
    for n in range(30):
        make_product(sku=f"A{n}")
    client = office()

    def cost(count: int) -> int:
        lines = "\n".join(f"A{n}" for n in range(count))
        with CaptureQueriesContext(connection) as seen:
            send(client, lines=lines)
        return len(seen)

    cost(1)
    assert cost(1) == cost(30)


def test_a_line_of_any_length_is_read_or_refused_at_once() -> None:
    make_product(sku="A", stock=1)
    endless = f"A{' ' * 100_000}x"
    page = send(office(), lines=f"A:5\n{endless}")
    (problem,) = page.context["delivery"].problems
    assert problem.text == endless
    assert listed(page) == {"A": 5}
