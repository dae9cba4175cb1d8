"""Export in the back office: the format, whose products, and who may."""

import csv
import io
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.translation import override
from openpyxl import load_workbook

from catalog import exporting
from catalog.models import Product
from catalog.services.importing import Counts, import_products
from tests.backoffice import messages, office, staff_with
from tests.factories import make_category, make_product, make_template

pytestmark = pytest.mark.django_db

LIST = "/admin/catalog/product/"
EXPORT = f"{LIST}export/"
CSV = {"resource": "0", "format": "0"}
XLSX = {"resource": "0", "format": "1"}


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with override("en"):
        yield


def content(answer: Any) -> bytes:
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)


def skus(answer: Any) -> list[str]:
    text = content(answer).decode("utf-8-sig")
    return [row["sku"] for row in csv.DictReader(io.StringIO(text, newline=""))]


def make_goods() -> None:
    template = make_template(name="Kettle", schema={"volume": "number"})
    make_product(
        sku="A-1", name="Чайник", name_en="Kettle", price="10.50", stock=5,
        compare_at_price="12.00", barcode="0487", template=template,
        attributes={"volume": 1.5, "n": "=1+1"}, description="=cmd()",
        categories=[make_category("Home > | sweet")], images=["https://a.example/1"],
    )  # fmt: skip
    make_product(sku="A-2", stock=0, is_active=False)
    make_product(sku="-3", stock=100)


def test_the_whole_catalog_as_csv() -> None:
    make_goods()
    answer = office().post(EXPORT, CSV)
    today = timezone.localdate().isoformat()
    assert answer["Content-Disposition"] == (
        f'attachment; filename="products-{today}.csv"'
    )
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    data = content(answer)
    assert data.startswith(b"\xef\xbb\xbfsku,name,")
    assert b",'=cmd()," in data
    assert b",'=1+1," in data
    assert import_products(io.BytesIO(data)) == Counts(unchanged=3)


def test_the_whole_catalog_as_xlsx() -> None:
    make_goods()
    answer = office().post(EXPORT, XLSX)
    today = timezone.localdate().isoformat()
    assert answer["Content-Disposition"] == (
        f'attachment; filename="products-{today}.xlsx"'
    )
    data = content(answer)
    sheet = load_workbook(io.BytesIO(data)).active
    types = {cell.data_type for row in sheet.rows for cell in row}
    assert "f" not in types
    assert import_products(io.BytesIO(data)) == Counts(unchanged=3)


def test_the_list_as_it_is_narrowed() -> None:
    make_goods()
    client = office()
    page = client.get(f"{EXPORT}?is_active__exact=1&stock=in")
    assert "as it was narrowed" in page.content.decode()
    address = page.context["address"]
    assert address == f"{EXPORT}?is_active__exact=1&stock=in"
    # As the file writes it: a spreadsheet would calculate with -3.
    assert skus(client.post(address, CSV)) == ["A-1", "'-3"]
    assert skus(client.post(f"{EXPORT}?q=kettle", CSV)) == ["A-1"]
    html = client.get(f"{LIST}?q=kettle").content.decode()
    assert f'href="{EXPORT}?q=kettle"' in html


def test_the_products_that_are_selected() -> None:
    make_goods()
    client = office()
    chosen = [str(Product.objects.get(sku=sku).pk) for sku in ("A-1", "A-2")]
    data = {"action": "export_selected", "_selected_action": chosen}
    page = client.post(LIST, data)
    assert set(page.context["chosen"]) == {*chosen}
    assert "2 selected products." in page.content.decode()
    answer = client.post(page.context["address"], {**CSV, "export_items": chosen})
    assert skus(answer) == ["A-1", "A-2"]


def test_all_of_a_list_are_not_named_one_by_one() -> None:
    make_goods()
    chosen = [str(pk) for pk in Product.objects.values_list("pk", flat=True)]
    data = {
        "action": "export_selected",
        "_selected_action": chosen,
        "select_across": "1",
    }
    answer = office().post(f"{LIST}?stock=in", data)
    assert answer.url == f"{EXPORT}?stock=in"


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"format": "2"},
        {"format": ""},
        {"format": "x\0"},
        {"format": ["0", "9"]},
        {"resource": "99", "format": "0x"},
    ],
)
def test_a_format_that_is_none_asks_again(data: dict[str, Any]) -> None:
    page = office().post(EXPORT, data)
    assert page.status_code == 200
    assert page.context["form"].errors["format"]


def test_odd_keys_and_filters_are_nothing() -> None:
    make_goods()
    client = office()
    odd = {**CSV, "export_items": ["x", "\0", "1' or 1=1", "0" * 32]}
    assert skus(client.post(EXPORT, odd)) == []
    for query in ("template__id__exact=x", "category=nonsense"):
        assert client.post(f"{EXPORT}?{query}", CSV).status_code == 302
    assert client.post(f"{EXPORT}?password=x", CSV).status_code in {302, 400}


def test_a_text_that_excel_cannot_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    make_goods()
    monkeypatch.setattr(exporting, "MAX_CELL", 10)
    page = office().post(EXPORT, XLSX, follow=True)
    (message,) = messages(page)
    assert message.endswith("does not fit into XLSX: use CSV.")


def test_export_is_for_those_who_may_view() -> None:
    make_goods()
    stranger = office(staff_with("orders.view_order"))
    assert stranger.get(EXPORT).status_code == 403
    assert stranger.post(EXPORT, CSV).status_code == 403
    reader = office(staff_with("catalog.view_product"))
    html = reader.get(LIST).content.decode()
    assert f'href="{EXPORT}' in html
    assert len(skus(reader.post(EXPORT, CSV))) == 3


@pytest.mark.parametrize("data", [CSV, XLSX])
def test_queries_do_not_depend_on_the_number_of_products(data: dict[str, str]) -> None:
    client = office()

    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            content(client.post(EXPORT, data))
        return len(queries)

    make_goods()
    few = count()
    for _ in range(20):
        make_product(images=["https://a.example/1"], categories=[make_category()])
    assert count() == few
    assert few <= 10
