"""The rules of `import_products`, row by row."""

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.utils.translation import override

from catalog.models import Category, Product, SpecTemplate
from tests.catalog.imports import (
    HEADER,
    Run,
    category_paths,
    importer,
    picture,
    row_counts,
)
from tests.factories import make_category, make_product, make_template

pytestmark = pytest.mark.django_db

SAME = "created 0, updated 0, unchanged 1, failed 0"
UPDATED = "created 0, updated 1, unchanged 0, failed 0"
CREATED = "created 1, updated 0, unchanged 0, failed 0"
SCHEMA: dict[str, Any] = {
    "brand": {"type": "choice", "choices": ["Acer", "HP"], "required": True},
    "ram": "integer",
    "weight": {"type": "number", "min": 0, "max": 50},
    "touch": "boolean",
    "made": "date",
}


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with override("en"):
        yield


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return importer(tmp_path)


@pytest.fixture
def template_file(tmp_path: Path) -> Path:
    path = tmp_path / "template.json"
    path.write_text(json.dumps({"name": "Laptop", "schema": SCHEMA}), encoding="utf-8")
    return path


def test_a_whole_row(run: Run, template_file: Path) -> None:
    outcome = run(
        HEADER.replace("\n", ",brand,ram,weight,touch,made,note\n")
        + 'A-1,Ноутбук,Техника > Ноутбуки,Laptop,"244 500,53",7,Тонкий,'
        "https://a.example/1.jpg|https://a.example/2.jpg,"
        'HP,16,"1,5",да,2026-11-20,серый\n',
        template=template_file,
    )
    assert (outcome.out, outcome.err, outcome.error) == (f"{CREATED}\n", "", "")
    product = Product.objects.get()
    assert (product.sku, product.name_ru, product.stock) == ("A-1", "Ноутбук", 7)
    assert product.price == Decimal("244500.53")
    assert product.description_ru == "Тонкий"
    assert product.attributes == {
        "brand": "HP", "ram": 16, "weight": 1.5, "touch": True, "made": "2026-11-20",
        "note": "серый",
    }  # fmt: skip
    assert product.template is not None
    assert (product.template.name, product.template.schema) == ("Laptop", SCHEMA)
    assert product.image_urls == ["https://a.example/1.jpg", "https://a.example/2.jpg"]
    assert category_paths(product) == {("Техника", "Ноутбуки")}
    assert product.is_active is True


def test_the_same_file_again_changes_nothing(run: Run, template_file: Path) -> None:
    text = HEADER.replace("\n", ",brand,ram,is_active\n") + (
        'A-1,Kettle,A > B | C,Laptop,"1 000,5",7,x,https://a.example/1.jpg,HP,16,нет\n'
    )
    assert run(text, template=template_file).summary == CREATED
    before = row_counts(), list(Product.objects.values())
    outcome = run(text, template=template_file)
    assert (outcome.summary, outcome.error) == (SAME, "")
    assert (row_counts(), list(Product.objects.values())) == before


@pytest.mark.parametrize(
    ("text", "price"),
    [
        ("244500.53", "244500.53"), ("244500,53", "244500.53"), ("10", "10.00"),
        ("244 500,53", "244500.53"), ("1\u00a0234\u00a0567", "1234567.00"),
        ("1\u202f234.5", "1234.50"), ("244.500,53 ₸", "244500.53"), (" 7.5 ", "7.50"),
        ("0", "0.00"), ("9999999999.99", "9999999999.99"), ("007", "7.00"),
    ],
)  # fmt: skip
def test_prices(run: Run, text: str, price: str) -> None:
    run(f'sku;name;price\nA-1;Kettle;"{text}"\n')
    assert str(Product.objects.get().price) == price


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("10.555", "a price has at most two decimals"),
        ("100.000", "a price has at most two decimals"),
        ("1,234", "a price has at most two decimals"),
        ("-1", "a price is 0 or more"),
        ("-0,01", "a price is 0 or more"),
        ("10000000000", "this price is too large"),
        ("1" * 400, "this price is too large"),
        ("12 34", "“12 34” is not a price"),
        ("1.234.567", "“1.234.567” is not a price"),
        ("1e5", "“1e5” is not a price"),
        ("NaN", "“NaN” is not a price"),
        ("٣", "“٣” is not a price"),
        ("free " * 20, "“free free free free free free free free …” is not a price"),
        ("", "a new product needs it"),
    ],
)
def test_what_is_not_a_price(run: Run, text: str, reason: str) -> None:
    before = row_counts()
    outcome = run(f'sku;name;price\nA-1;Kettle;"{text}"\n')
    assert outcome.err == f"line 2: price: {reason}\n"
    assert row_counts() == before


@pytest.mark.parametrize(
    ("text", "stock"),
    [("5", 5), ("5.0", 5), ("5,00", 5), ("1 000", 1000), ("", 0), ("0", 0), ("-0", 0),
     ("2147483647", 2_147_483_647)],
)  # fmt: skip
def test_stocks(run: Run, text: str, stock: int) -> None:
    run(f"sku;name;price;stock\nA-1;Kettle;1;{text}\n")
    assert Product.objects.get().stock == stock


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("5.5", "“5.5” is not a whole number"),
        ("-5", "stock is 0 or more"),
        ("many", "“many” is not a whole number"),
        ("1" + "0" * 20, "this number is too large"),
        ("2147483648", "this number is too large"),
        ("1" * 5000, "this number is too large"),
    ],
)
def test_what_is_not_a_stock(run: Run, text: str, reason: str) -> None:
    outcome = run(f"sku;name;price;stock\nA-1;Kettle;1;{text}\n")
    assert outcome.err == f"line 2: stock: {reason}\n"


def test_every_reason_of_a_row_is_told(run: Run, template_file: Path) -> None:
    outcome = run(
        "sku,name,template,price,stock,is_active,images,category,brand,ram\n"
        "A-1,,Laptop,x,y,z,ftp://a,A > > B,IBM,1.5\n",
        template=template_file,
    )
    assert outcome.err == (
        "line 2: price: “x” is not a price; is_active: “z” is neither yes nor no; "
        "stock: “y” is not a whole number; "
        "category: a name is missing in the path “A > > B”; "
        "images: “ftp://a” is not an http(s) address; "
        "brand: Choose one of: Acer, HP.; ram: A whole number is expected.; "
        "name: a new product needs it\n"
    )


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        (f"{'x' * 65},Kettle,1,,,", "sku: at most 64 characters"),
        (" ,Kettle,1,,,", "the SKU is missing"),
        (f"A-1,{'x' * 256},1,,,", "name: at most 255 characters"),
        (f"A-1,Kettle,1,{'x' * 20_001},,", "description: at most 20000 characters"),
        ("A-1,Kettle,1,,Nowhere,", "template: there is no template Nowhere"),
        (f"A-1,Kettle,1,,,{'x' * 256}", "category: at most 255 characters"),
        ("A-1,Kettle,1,,," + ">".join("x" * 256),
         "category: categories cannot be nested deeper than this"),
        ("A-1,Kettle,1,,,A >", "category: a name is missing in the path “A >”"),
    ],
)  # fmt: skip
def test_rows_that_are_too_much(run: Run, cells: str, reason: str) -> None:
    before = row_counts()
    outcome = run(f"sku,name,price,description,template,category\n{cells}\n")
    assert outcome.err == f"line 2: {reason}\n"
    assert row_counts() == before


def test_a_missing_column_changes_nothing(run: Run) -> None:
    product = make_product(
        sku="A-1", name="Kettle", name_kk="Шәйнек", price="10", stock=4,
        description="d", attributes={"color": "red"}, is_active=False,
        template=make_template(), categories=[make_category("A")],
        images=["https://a.example/1.jpg"],
    )  # fmt: skip
    before = dict(Product.objects.values().get())
    assert run("sku,price\nA-1,12\n").summary == UPDATED
    after = dict(Product.objects.values().get())
    assert after["price"] == Decimal("12.00")
    assert {name for name in after if after[name] != before[name]} == {
        "price",
        "updated_at",
    }
    assert category_paths(product) == {("A",)}
    assert product.image_urls == ["https://a.example/1.jpg"]


def test_an_empty_cell_empties_what_may_be_empty_and_keeps_the_rest(run: Run) -> None:
    make_product(
        sku="A-1", name="Kettle", name_kk="Шәйнек", price="10", stock=4,
        description="d", description_en="e", attributes={"color": "red", "n": 5},
        is_active=False, template=make_template(schema={}),
        categories=[make_category("A")], images=["https://a.example/1.jpg"],
    )  # fmt: skip
    columns = "sku,name,name_kk,price,stock,description,description_en,is_active"
    text = f"{columns},template,category,images,color\nA-1{',' * 11}\n"
    assert run(text).summary == UPDATED
    product = Product.objects.get()
    assert (product.name_ru, product.stock) == ("Kettle", 4)
    assert product.price == Decimal(10)
    assert product.is_active is False
    assert product.name_kk is None
    assert (product.description_ru, product.description_en) == ("", "")
    assert (product.template, product.image_urls) == (None, [])
    assert category_paths(product) == set()
    assert product.attributes == {"n": 5}
    assert run(text).summary == SAME


def test_names_in_every_language(run: Run) -> None:
    run("sku,price,name_ru,name_kk,name_en\nA-1,1,Чайник,Шәйнек,Kettle\n")
    product = Product.objects.get()
    assert (product.name_ru, product.name_kk, product.name_en) == (
        "Чайник", "Шәйнек", "Kettle",
    )  # fmt: skip
    assert product.slug == f"chainik-{product.number}"
    found = [
        Product.objects.matching(word).count() for word in ("ЧАЙНИК", "шәй", "a-1")
    ]
    assert found == [1, 1, 1]


def test_categories_are_found_in_any_letter_case_and_made_as_needed(run: Run) -> None:
    make_category("Ёлки", make_category("Дом"))
    run("sku,name,price,category\nA-1,x,1,дом >  елки\nA-2,y,1,ДОМ>Новые|A > B\n")
    assert category_paths(Product.objects.get(sku="A-1")) == {("Дом", "Ёлки")}
    # Without spaces around it a bar belongs to a name.
    assert category_paths(Product.objects.get(sku="A-2")) == {("Дом", "Новые|A", "B")}
    assert Category.objects.count() == 4
    assert Category.objects.find_problems() == ([], [], [], [], [])


def test_several_categories_and_escapes(run: Run) -> None:
    run(r"sku;name;price;category" "\n" r"A-1;x;1;A > B | C\|D\>E | AC\DC | a > b" "\n")
    assert category_paths(Product.objects.get()) == {
        ("A", "B"), ("C|D>E",), (r"AC\DC",),
    }  # fmt: skip


def test_pictures_keep_uploads_and_their_order(
    run: Run, settings: Any, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
    product = make_product(sku="A-1", images=[picture(), "https://a.example/1.jpg"])
    upload, address = product.image_urls
    new = "https://a.example/2.jpg"
    assert run(f"sku,images\nA-1,{new}|{upload}|{address}\n").summary == UPDATED
    product = Product.objects.get()
    assert product.image_urls == [new, upload, address]
    assert product.images.get(position=1).file.size > 0
    assert run(f"sku,images\nA-1,{new} | {upload} | {address}\n").summary == SAME


def test_an_upload_of_another_product_is_not_an_address(
    run: Run, settings: Any, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
    (upload,) = make_product(sku="A-1", images=[picture()]).image_urls
    make_product(sku="A-2")
    outcome = run(f"sku,images\nA-2,{upload}\n")
    assert outcome.reasons[0].startswith("line 2: images: “/media/products/")


def test_an_upload_that_nobody_names_any_more_is_deleted(
    run: Run,
    settings: Any,
    tmp_path: Path,
    django_capture_on_commit_callbacks: Any,
) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
    product = make_product(sku="A-1", images=[picture()])
    file = Path(product.images.get().file.path)
    assert file.exists()
    with django_capture_on_commit_callbacks(execute=True):
        assert run("sku,images\nA-1,https://a.example/1.jpg\n").summary == UPDATED
    assert not file.exists()


def test_an_attribute_named_like_a_column(run: Run) -> None:
    run("sku,name,price,attr.price,attr.Stock,attr.attr.x\nA-1,x,1,low,full,y\n")
    product = Product.objects.get()
    assert product.attributes == {"price": "low", "Stock": "full", "attr.x": "y"}
    assert (str(product.price), product.stock) == ("1.00", 0)


def test_attributes_of_other_columns_stay_and_are_not_retyped(run: Run) -> None:
    attributes = {"n": 5, "ok": True, "list": [1, "a"], "text": " x "}
    make_product(sku="A-1", attributes=attributes)
    text = 'sku,n,ok,list,text,new\nA-1,5,true,"[1, ""a""]", x ,1\n'
    assert run(text).summary == UPDATED
    assert Product.objects.get().attributes == attributes | {"new": "1"}


def test_attributes_are_read_by_the_template_of_the_row(
    run: Run, template_file: Path
) -> None:
    make_product(sku="A-1", attributes={"brand": "HP", "ram": "16", "touch": 1})
    text = "sku,template,brand,ram,touch\nA-1,Laptop,HP,16,1\n"
    assert run(text, template=template_file).summary == UPDATED
    product = Product.objects.get()
    assert product.attributes == {"brand": "HP", "ram": 16, "touch": True}
    assert product.attributes["touch"] is True


def test_a_required_attribute_is_missing(run: Run, template_file: Path) -> None:
    text = "sku,name,price,template,brand\nA-1,x,1,Laptop,\n"
    outcome = run(text, template=template_file)
    assert outcome.err == "line 2: brand: This attribute is required.\n"
    assert SpecTemplate.objects.count() == 0


def test_the_given_template_is_every_rows_without_a_template_column(
    run: Run, template_file: Path
) -> None:
    text = "sku,name,price,brand,ram\nA-1,x,1,HP,8\n"
    run(text, template=template_file)
    product = Product.objects.get()
    assert product.template is not None
    assert (product.template.name, product.attributes["ram"]) == ("Laptop", 8)
    assert run(text, template=template_file).summary == SAME
    assert run(text).summary == SAME


def test_a_new_schema_is_stored_and_the_rows_obey_it(
    run: Run, template_file: Path, tmp_path: Path
) -> None:
    text = "sku,name,price,template,brand,ram\nA-1,x,1,Laptop,HP,16\n"
    run(text, template=template_file)
    newer = tmp_path / "newer.json"
    schema = {"brand": "string", "ram": "string"}
    newer.write_text(json.dumps({"name": "Laptop", "schema": schema}), encoding="utf-8")
    assert run(text, template=newer).summary == UPDATED
    assert SpecTemplate.objects.get().schema == schema
    assert Product.objects.get().attributes == {"brand": "HP", "ram": "16"}
    outcome = run(text.replace("HP", "IBM"), template=template_file)
    assert outcome.err == "line 2: brand: Choose one of: Acer, HP.\n"
    assert SpecTemplate.objects.get().schema == schema


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("{", "is not JSON."),
        ("[" * 100_000, "is not JSON."),
        ("[]", "A template has a name and a schema."),
        ("null", "A template has a name and a schema."),
        ('{"name": " "}', "A template has a name and a schema."),
        ('{"name": "A"}', "A schema is a map of attribute names."),
        ('{"name": "A", "schema": {"x": "colour"}}', "x: unknown type colour"),
    ],
)
def test_a_template_file_that_is_none(
    run: Run, tmp_path: Path, content: str, reason: str
) -> None:
    path = tmp_path / "template.json"
    path.write_text(content, encoding="utf-8")
    before = row_counts()
    outcome = run("sku,name,price\nA-1,x,1\n", template=path)
    assert outcome.error in {f"{path} {reason}", f"{path}: {reason}"}
    assert outcome.out == ""
    assert row_counts() == before


def test_one_bad_row_refuses_everything(run: Run, template_file: Path) -> None:
    make_product(sku="A-1", name="Old")
    before = row_counts(), Product.objects.values().get()
    text = (
        "sku,name,price,stock,template,category,images,brand\n"
        "A-1,New,5,50,Laptop,A > B,https://a.example/1.jpg,HP\n"
        "A-2,Kettle,1,1,Laptop,C,,HP\n"
        "A-3,Pan,-1,1,Laptop,C,,HP\n"
        "A-4,Pot,1,x,Laptop,C,,HP\n"
    )
    outcome = run(text, template=template_file)
    assert outcome.err == (
        "line 4: price: a price is 0 or more\n"
        "line 5: stock: “x” is not a whole number\n"
    )
    assert outcome.error == "Nothing was changed: 2 rows are bad."
    assert outcome.out == "created 0, updated 0, unchanged 0, failed 2\n"
    assert (row_counts(), Product.objects.values().get()) == before


def test_bad_rows_can_be_left_out(run: Run) -> None:
    text = "sku,name,price,category\nA-1,Kettle,1,A\nA-2,Pan,x,B\nA-3,Pot,2,C\n"
    outcome = run(text, "--skip-errors")
    assert outcome.error == ""
    assert outcome.out == "created 2, updated 0, unchanged 0, failed 1\n"
    assert outcome.err == "line 3: price: “x” is not a price\n"
    assert set(Product.objects.values_list("sku", flat=True)) == {"A-1", "A-3"}
    assert {category.name_ru for category in Category.objects.all()} == {"A", "C"}


def test_a_dry_run_counts_and_keeps_nothing(run: Run, template_file: Path) -> None:
    make_product(sku="A-1", price=1)
    make_product(sku="A-2", price=1)
    before = row_counts(), list(Product.objects.values())
    text = "sku,name,price,category,brand\nA-1,,1,,\nA-2,,2,A,HP\nA-3,Pan,3,B,HP\n"
    outcome = run(text, "--dry-run", "--skip-errors", template=template_file)
    assert outcome.reasons == ["line 2: brand: This attribute is required."]
    assert outcome.out == (
        "A dry run: nothing was changed.\ncreated 1, updated 1, unchanged 0, failed 1\n"
    )
    assert (row_counts(), list(Product.objects.values())) == before
    refused = run(text, "--dry-run", template=template_file)
    assert refused.out == "created 0, updated 0, unchanged 0, failed 1\n"
    assert refused.error == "Nothing was changed: 1 row is bad."


def test_a_sku_stands_in_a_file_once(run: Run) -> None:
    text = 'sku,name,price\nA-1,"Ket\ntle",1\nA-2,Pan,1\n A-1 ,Pot,2\n'
    outcome = run(text)
    assert outcome.err == "line 5: the SKU A-1 is on line 2 already\n"
    assert Product.objects.count() == 0
    assert run(text, "--skip-errors").summary == (
        "created 2, updated 0, unchanged 0, failed 1"
    )
    assert Product.objects.get(sku="A-1").name_ru == "Ket\ntle"


def test_only_a_header_is_a_file_without_rows(run: Run) -> None:
    assert run("sku,name\n").out == "created 0, updated 0, unchanged 0, failed 0\n"
