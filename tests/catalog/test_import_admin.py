"""Import in the back office: upload, preview, confirmation, report."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from accounts.models import User
from catalog.models import ImportRun, Product, StockEntry
from catalog.services import import_runs
from tests.backoffice import messages, office, queries, staff_with
from tests.catalog.imports import row_counts, xlsx
from tests.factories import make_category, make_product

pytestmark = pytest.mark.django_db

LIST = "/admin/catalog/product/"
IMPORT = f"{LIST}import/"
MAY = ("catalog.add_product", "catalog.change_product", "catalog.add_category")
MIXED = (
    "sku;name;price;stock\n"
    "A-1;Чайник;10,50;7\n"
    "A-2;;12;\n"
    "A-3;;5.00;5\n"
    "A-4;Pan;cheap;1\n"
)  # fmt: skip


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with override("en"):
        yield


@pytest.fixture(autouse=True)
def directory(settings: Any, tmp_path: Path) -> Path:
    settings.IMPORT_DIR = tmp_path / "imports"
    return settings.IMPORT_DIR


@pytest.fixture
def client() -> Client:
    return office(staff_with(*MAY, "catalog.view_product"))


def upload(client: Client, content: str | bytes, name: str = "file.csv") -> Any:
    data = content.encode() if isinstance(content, str) else content
    file = SimpleUploadedFile(name, data)
    return client.post(IMPORT, {"resource": "0", "import_file": file}, follow=True)


def refusal(page: Any) -> list[str]:
    return page.context["form"].errors.get("import_file", [])


def address(name: str, run: ImportRun) -> str:
    return reverse(f"admin:catalog_product_import_{name}", args=[run.pk])


def make_mixed() -> None:
    make_product(sku="A-2", name="Pot", price=10, stock=3)
    make_product(sku="A-3", name="Lid", price=5, stock=5)


def told(page: Any) -> list[tuple[int, str, list[tuple[str, str, str]]]]:
    return [
        (row.number, row.object_repr, [(c.column, c.old, c.new) for c in row.diff])
        for row in page.context["result"]
    ]


def test_a_preview_says_what_each_row_would_do(client: Client) -> None:
    make_mixed()
    before = row_counts()
    page = upload(client, MIXED)
    run = ImportRun.objects.get()
    assert page.redirect_chain == [(run.get_absolute_url(), 302)]
    assert (run.state, run.file_name, run.size) == ("ready", "file.csv", 83)
    counts = {"created": 1, "updated": 1, "unchanged": 1, "failed": 1}
    assert (run.preview, run.result) == (counts, {})
    # Bad rows are shown first.
    (row,) = page.context["result"].rows
    assert (row.number, row.object_repr) == (5, "A-4")
    assert row.validation_error == "price: “cheap” is not a price"
    assert told(client.get(f"{page.request['PATH_INFO']}?kind=")) == [
        (2, "A-1", [("name", "", "Чайник"), ("price", "", "10.50"),
                    ("stock", "", "7"), ("is_active", "", "true")]),
        (3, "A-2", [("price", "10.00", "12.00")]),
        (4, "A-3", []),
        (5, "A-4", []),
    ]  # fmt: skip
    assert row_counts() == {**before, "ImportRun": 1}


def test_a_confirmed_file_is_imported(client: Client) -> None:
    make_mixed()
    upload(client, MIXED)
    run = ImportRun.objects.get()
    page = client.post(address("confirm", run), {"skip_errors": "on"}, follow=True)
    run.refresh_from_db()
    assert (run.state, run.result) == ("done", run.preview)
    assert run.is_as_previewed
    assert "had changed since" not in page.content.decode()
    prices = dict(Product.objects.values_list("sku", "price"))
    assert {sku: str(price) for sku, price in prices.items()} == {
        "A-1": "10.50",
        "A-2": "12.00",
        "A-3": "5.00",
    }
    entry = StockEntry.objects.get(product__sku="A-1")
    assert (entry.delta, entry.reason, entry.actor) == (7, "import", run.user)
    log = LogEntry.objects.get()
    assert (log.user, log.object_id) == (run.user, str(run.pk))
    assert log.change_message == "created 1, updated 1, unchanged 1, failed 1"


def test_bad_rows_refuse_the_file_unless_they_are_left_out(client: Client) -> None:
    make_mixed()
    page = upload(client, MIXED)
    assert "Leave 1 bad row out and import the others" in page.content.decode()
    run = ImportRun.objects.get()
    before = row_counts()
    page = client.post(address("confirm", run), follow=True)
    assert messages(page) == ["This file cannot be imported as it is."]
    run.refresh_from_db()
    assert run.state == "ready"
    assert row_counts() == before


def test_a_file_that_changes_nothing_is_not_confirmed(client: Client) -> None:
    make_mixed()
    page = upload(client, "sku,price\nA-2,10\nA-3,5.00\n")
    html = page.content.decode()
    assert "There is nothing to import" in html
    assert 'value="Import"' not in html
    run = ImportRun.objects.get()
    page = client.post(address("confirm", run), follow=True)
    assert messages(page) == ["This file cannot be imported as it is."]


def test_what_has_changed_since_the_preview_is_said(client: Client) -> None:
    make_mixed()
    upload(client, "sku,price\nA-2,12\nA-3,6\n")
    Product.objects.filter(sku="A-3").update(price=6)
    run = ImportRun.objects.get()
    page = client.post(address("confirm", run), follow=True)
    run.refresh_from_db()
    assert run.preview == {"created": 0, "updated": 2, "unchanged": 0, "failed": 0}
    assert run.result == {"created": 0, "updated": 1, "unchanged": 1, "failed": 0}
    html = " ".join(page.content.decode().split())
    assert "which was: 0 new, 2 changed, 0 unchanged, 0 bad." in html
    assert told(client.get(f"{run.get_absolute_url()}?kind=unchanged")) == [
        (3, "A-3", [])
    ]


def test_a_file_that_is_bad_by_now_changes_nothing(client: Client) -> None:
    """The template that the file names is gone when it is imported."""
    make_mixed()
    upload(client, "sku,price\nA-2,12\n")
    run = ImportRun.objects.get()
    run.file.write_bytes(b"sku,price\nA-2,99\n")
    page = client.post(address("confirm", run), follow=True)
    run.refresh_from_db()
    assert (run.state, run.error) == (
        "refused",
        "The file is not the one that was uploaded.",
    )
    assert run.error in page.content.decode()
    assert str(Product.objects.get(sku="A-2").price) == "10.00"


def test_the_file_is_forgotten_when_it_is_discarded(
    client: Client, directory: Path
) -> None:
    upload(client, "sku,name,price\nA-1,Pan,1\n")
    run = ImportRun.objects.get()
    assert len(list(directory.iterdir())) == 2
    page = client.post(address("discard", run), follow=True)
    assert messages(page) == ["The file is removed. Nothing was imported."]
    assert not ImportRun.objects.exists()
    assert not list(directory.iterdir())
    assert not Product.objects.exists()


def test_an_imported_file_is_not_discarded(client: Client) -> None:
    upload(client, "sku,name,price\nA-1,Pan,1\n")
    run = ImportRun.objects.get()
    client.post(address("confirm", run))
    page = client.post(address("discard", run), follow=True)
    assert messages(page) == ["This file has been confirmed already."]
    assert ImportRun.objects.get().state == "done"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("name,price\nPan,1\n", "The file has no column sku."),
        ("sku,price,Price\n", "The column price stands twice."),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "This is neither a CSV nor an XLSX file."),
        (b"", "The submitted file is empty."),
        (b" \n", "The file is empty."),
        (b"\xff\xfes\0k\0u\0\n", "The file has bytes that are not UTF-16."),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_at_once(
    client: Client, directory: Path, content: str | bytes, reason: str
) -> None:
    before = row_counts()
    page = upload(client, content)
    assert refusal(page) == [reason]
    assert row_counts() == before
    assert not directory.exists() or not list(directory.iterdir())


def test_a_file_that_is_too_large(client: Client, settings: Any) -> None:
    settings.IMPORT_MAX_SIZE_MB = 0
    page = upload(client, "sku\nA-1\n")
    assert refusal(page) == ["This file is larger than 0 MB."]
    assert not ImportRun.objects.exists()


def test_a_spreadsheet_whatever_it_is_called(client: Client) -> None:
    rows = [["sku", "name", "price"], ["A-1", "Pan", 1.5], ["A-2", "Pot", "=1+1"]]
    page = upload(client, xlsx(rows), "<b>прайс.txt")
    (row,) = page.context["result"].rows
    assert row.number == 3
    assert row.validation_error.startswith("a formula of this row has no value")
    html = page.content.decode()
    assert "&lt;b&gt;прайс.txt" in html
    assert "<b>прайс" not in html


def test_only_a_page_of_the_rows_is_drawn(client: Client, settings: Any) -> None:
    lines = "".join(f"A-{n},Pan {n},1\n" for n in range(120))
    page = upload(client, f"sku,name,price\n{lines}")
    assert len(page.context["result"].rows) == 50
    run = ImportRun.objects.get()
    url = run.get_absolute_url()
    last = client.get(f"{url}?kind=created&p=3")
    assert [row.object_repr for row in last.context["result"]][-1] == "A-119"
    assert len(last.context["result"].rows) == 20
    for odd in ("p=0", "p=-1", "p=x", f"p={'9' * 40}", "kind=%00&p=²", "p=999999"):
        assert client.get(f"{url}?{odd}").status_code == 200, odd
    assert client.get(f"{url}?kind=failed").context["result"].rows == []
    report = b"".join(client.get(address("report", run)).streaming_content).decode()
    assert len(report.splitlines()) == 1 + 120 * 4
    assert report.splitlines()[1] == "2,A-0,created,name,,Pan 0,"


def test_a_report_holds_no_formulas(client: Client) -> None:
    make_product(sku="=1+1", name="Pan", price=1)
    upload(client, "sku,name\n'=1+1,\"=cmd|' /C calc'!A0\"\n")
    run = ImportRun.objects.get()
    report = b"".join(client.get(address("report", run)).streaming_content).decode()
    assert "'=1+1" in report
    assert ",=cmd" not in report


# --- Who may --------------------------------------------------------------------------


def test_import_is_for_those_who_may_change_products(client: Client) -> None:
    upload(client, "sku,name,price\nA-1,Pan,1\n")
    run = ImportRun.objects.get()
    others = ("catalog.add_product", "catalog.add_category", "catalog.view_product")
    stranger = office(staff_with(*others))
    html = stranger.get(LIST).content.decode()
    assert IMPORT not in html
    assert stranger.get(IMPORT).status_code == 403
    assert upload(stranger, "sku\nA-1\n").status_code == 403
    for name in ("run", "report", "file"):
        assert stranger.get(address(name, run)).status_code == 403
    for name in ("confirm", "discard"):
        assert stranger.post(address(name, run)).status_code == 403
    change = reverse("admin:catalog_importrun_change", args=[run.pk])
    assert stranger.get(change).status_code in {403, 404}
    assert stranger.get("/admin/catalog/importrun/").status_code == 403
    run.refresh_from_db()
    assert run.state == "ready"
    assert ImportRun.objects.count() == 1
    assert not Product.objects.exists()


def whys(client: Client, content: str) -> dict[str, str]:
    """What the preview says of each bad row."""
    page = upload(client, content)
    return {
        row.object_repr: row.validation_error
        for row in page.context["result"]
        if row.is_invalid()
    }


CELLS = (
    "sku,name,price,compare_at_price,stock,category,images,is_active,size\n"
    "T-1,Tea,,,,,,,\n"
    "T-2,,2,,,,,,\n"
    "T-3,,,9,,,,,\n"
    "T-4,,,,5,,,,\n"
    "T-5,,,,,Drinks,,,\n"
    "T-6,,,,,,https://x.example/a.jpg,,\n"
    "T-7,,,,,,,no,\n"
    "T-8,,,,,,,,L\n"
    "T-9,Чай,1.00,,3,,,yes,\n"
    "NEW,New,1,,,,,,\n"
)
NOT_THIS = "you may not change this"


@pytest.mark.parametrize(
    ("right", "allowed"),
    [
        ("catalog.change_product_texts", {"T-1", "T-5", "T-6", "T-8"}),
        ("catalog.change_price", {"T-2", "T-3"}),
        ("catalog.move_stock", {"T-4"}),
        ("catalog.change_product", {f"T-{n}" for n in range(1, 9)}),
    ],
)
def test_each_cell_asks_for_its_own_right(right: str, allowed: set[str]) -> None:
    make_category("Drinks")
    for n in range(1, 10):
        make_product(sku=f"T-{n}", name="Чай", price=1, stock=3)
    names = {
        "T-1": "name", "T-2": "price", "T-3": "compare_at_price", "T-4": "stock",
        "T-5": "category", "T-6": "images", "T-7": "is_active", "T-8": "attributes",
    }  # fmt: skip
    refused = {
        sku: f"{column}: {NOT_THIS}"
        for sku, column in names.items()
        if sku not in allowed
    }
    worker = office(staff_with(right))
    assert whys(worker, CELLS) == {**refused, "NEW": "you may not add products"}
    run = ImportRun.objects.get()
    # T-9 says what is there, and asks for nothing.
    counts = {"updated": len(allowed), "unchanged": 1, "failed": len(refused) + 1}
    assert run.preview == {"created": 0, **counts}
    worker.post(address("confirm", run), {"skip_errors": "on"})
    run.refresh_from_db()
    assert (run.state, run.result) == ("done", run.preview)


def test_new_categories_ask_for_the_right_to_them() -> None:
    make_product(sku="T-1")
    rows = "sku,category\nT-1,Drinks > Tea\n"
    refused = {"T-1": "category: you may not add categories"}
    texts = "catalog.change_product_texts"
    assert whys(office(staff_with(texts)), rows) == refused
    assert whys(office(staff_with("catalog.change_product")), rows) == refused
    assert whys(office(staff_with(texts, "catalog.add_category")), rows) == {}


def test_the_rights_of_whoever_confirms_decide(client: Client) -> None:
    product = make_product(sku="T-1", name="Чай", price=1)
    upload(client, "sku,price\nT-1,2\n")
    run = ImportRun.objects.get()
    worker = office(staff_with("catalog.change_product_texts"))
    worker.post(address("confirm", run))
    run.refresh_from_db()
    product.refresh_from_db()
    assert (run.state, str(product.price)) == ("refused", "1.00")
    assert run.result == {"created": 0, "updated": 0, "unchanged": 0, "failed": 1}


def test_whoever_is_gone_has_no_rights(client: Client) -> None:
    make_product(sku="T-1", name="Чай", price=1)
    upload(client, "sku,price\nT-1,2\n")
    run = ImportRun.objects.get()
    User.objects.all().delete()
    ImportRun.objects.update(state="confirmed")
    import_runs.perform(run.pk)
    run.refresh_from_db()
    assert (run.state, str(Product.objects.get().price)) == ("refused", "1.00")


def test_nobody_else_sees_anything(client: Client) -> None:
    upload(client, "sku,name,price\nA-1,Pan,1\n")
    run = ImportRun.objects.get()
    for name in ("run", "report", "file"):
        assert Client().get(address(name, run)).status_code == 302
    assert Client().post(address("confirm", run)).status_code == 302
    assert client.get(address("confirm", run)).status_code == 403
    missing = ImportRun()
    for name in ("run", "report", "file"):
        assert client.get(address(name, missing)).status_code == 404
    checked = Client(enforce_csrf_checks=True)
    assert run.user is not None
    checked.force_login(run.user)
    assert checked.post(address("confirm", run)).status_code == 403
    run.refresh_from_db()
    assert run.state == "ready"


def test_the_file_comes_back_as_a_download(client: Client) -> None:
    content = "sku,name,price\nA-1,<script>,1\n"
    upload(client, content, "list.html")
    answer = client.get(address("file", ImportRun.objects.get()))
    assert b"".join(answer.streaming_content) == content.encode()
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"] == 'attachment; filename="list.html"'


def test_the_history_leads_to_the_runs(client: Client) -> None:
    upload(client, "sku,name,price\nA-1,Pan,1\n")
    run = ImportRun.objects.get()
    assert "file.csv" in client.get("/admin/catalog/importrun/").content.decode()
    change = reverse("admin:catalog_importrun_change", args=[run.pk])
    assert client.get(change).url == run.get_absolute_url()


def test_pages_take_the_same_queries_for_1_and_60_rows(client: Client) -> None:
    upload(client, "sku,name,price\nA-1,Pan,1\n")
    few = ImportRun.objects.get()
    lines = "".join(f"B-{n},Pan {n},1\n" for n in range(60))
    before = queries(client, few.get_absolute_url()), queries(client, IMPORT)
    upload(client, f"sku,name,price\n{lines}")
    many = ImportRun.objects.exclude(pk=few.pk).get()
    after = queries(client, many.get_absolute_url()), queries(client, IMPORT)
    assert after == before
    assert max(after) <= 8


def test_a_file_that_breaks_off_below_its_header_is_refused(client: Client) -> None:
    before = row_counts()
    whole = "sku,name,price\nA-1,Pan,1\n"
    page = upload(client, whole + 'A-2,"' + "x" * 5_000_000)
    run = ImportRun.objects.get()
    assert (page.status_code, run.state) == (200, "refused")
    assert run.error
    assert row_counts() == {**before, "ImportRun": 1}
