"""The demo data is whole: what one file names, another one has."""

import re
import tomllib
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

FOLDER = Path(__file__).resolve().parents[2] / "shop" / "demo"
PICTURES = FOLDER / "pictures"
LANGUAGES = ("ru", "kk", "en")
PYTHON_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "text": (str,),
    "number": (int, float),
    "integer": (int,),
    "boolean": (bool,),
    "choice": (str, int, float),
    "date": (str,),
    "url": (str,),
}

Row = dict[str, Any]


def load(name: str) -> Row:
    return tomllib.loads((FOLDER / name).read_text(encoding="utf-8"))


CATEGORIES: list[Row] = load("categories.toml")["category"]
TEMPLATES: list[Row] = load("templates.toml")["template"]
CUSTOMERS: list[Row] = load("people.toml")["customer"]
PRODUCTS: list[Row] = [
    product
    for file in sorted(FOLDER.glob("products/*.toml"))
    for product in load(f"products/{file.name}")["product"]
]
SCHEMAS = {template["name"]: template["schema"] for template in TEMPLATES}


def slugify(name: str) -> str:
    return name.lower().replace(" ", "-")


def unlike_the_type(spec: Row, value: Any) -> bool:
    kind = spec["type"]
    if isinstance(value, bool) != (kind == "boolean"):
        return True
    if not isinstance(value, PYTHON_TYPES[kind]):
        return True
    return kind == "date" and date.fromisoformat(str(value)).isoformat() != value


def faults(schema: Row, attributes: Row) -> list[str]:
    """What is wrong with the attributes, or nothing."""
    found = [f"{key}: unknown" for key in attributes if key not in schema]
    for key, options in schema.items():
        spec = {"type": options} if isinstance(options, str) else options
        if key not in attributes:
            found += [f"{key}: required"] if spec.get("required") else []
            continue
        value = attributes[key]
        if unlike_the_type(spec, value):
            found.append(f"{key}: {value!r} is no {spec['type']}")
        elif "choices" in spec and value not in spec["choices"]:
            found.append(f"{key}: {value!r} is no choice")
        elif "min" in spec and not spec["min"] <= value <= spec["max"]:
            found.append(f"{key}: {value!r} is out of bounds")
    return found


def levels() -> dict[str, int]:
    """The level of each category; a parent that does not stand before fails."""
    found: dict[str, int] = {}
    for row in CATEGORIES:
        found[row["slug"]] = found[row["parent"]] + 1 if "parent" in row else 0
    return found


def test_the_check_itself_sees_faults() -> None:
    schema = {
        "size": {"type": "choice", "choices": ["S", "M"], "required": True},
        "weight": {"type": "number", "min": 1, "max": 5},
        "brand": "string",
        "new": {"type": "boolean"},
    }
    assert faults(schema, {"size": "M", "weight": 5, "brand": "x", "new": True}) == []
    assert faults(schema, {"weight": 6}) == [
        "size: required",
        "weight: 6 is out of bounds",
    ]
    assert faults(schema, {"size": "L", "weight": "3", "new": 1, "x": 1}) == [
        "x: unknown",
        "size: 'L' is no choice",
        "weight: '3' is no number",
        "new: 1 is no boolean",
    ]


def test_categories_are_a_tree_of_three_levels() -> None:
    by_slug = levels()
    assert len(by_slug) == len(CATEGORIES) == 42
    assert set(by_slug.values()) == {0, 1, 2}
    assert sum(level == 0 for level in by_slug.values()) == 6
    siblings = [(row.get("parent"), row["name_ru"]) for row in CATEGORIES]
    assert len(set(siblings)) == len(siblings)


def test_every_leaf_category_sells_something() -> None:
    parents = {row.get("parent") for row in CATEGORIES}
    leaves = {row["slug"] for row in CATEGORIES} - parents
    assert {product["category"] for product in PRODUCTS} == leaves


def test_products_are_many_and_their_numbers_unique() -> None:
    skus = [product["sku"] for product in PRODUCTS]
    assert len(skus) == len(set(skus)) == 81
    assert all(re.fullmatch(r"[A-Z]{3}-\d{4}", sku) for sku in skus)
    assert {product["template"] for product in PRODUCTS} == set(SCHEMAS)
    assert len(TEMPLATES) == len(SCHEMAS) == 12
    assert [p["sku"] for p in PRODUCTS if not p.get("is_active", True)] == [
        "AUD-1005",
        "TOY-1006",
    ]


def test_each_file_holds_one_template() -> None:
    for file in FOLDER.glob("products/*.toml"):
        rows = load(f"products/{file.name}")["product"]
        assert {slugify(row["template"]) for row in rows} == {file.stem}


@pytest.mark.parametrize("product", PRODUCTS, ids=lambda product: product["sku"])
def test_product_is_complete(product: Row) -> None:
    for language in LANGUAGES:
        assert 10 < len(product[f"name_{language}"]) <= 255
        sentences = re.findall(r"[.!?](?=\s|$)", product[f"description_{language}"])
        assert 2 <= len(sentences) <= 4
    known = {row["slug"] for row in CATEGORIES}
    assert {product["category"], *product.get("extra_categories", [])} <= known
    assert faults(SCHEMAS[product["template"]], product["attributes"]) == []
    assert re.fullmatch(r"[1-9]\d{2,6}\.\d{2}", product["price"])
    assert isinstance(product["stock"], int)
    assert 0 <= product["stock"] <= 60


def test_stock_and_prices_show_every_case() -> None:
    stocks = [product["stock"] for product in PRODUCTS]
    assert sum(stock == 0 for stock in stocks) >= 5
    assert sum(1 <= stock <= 3 for stock in stocks) >= 5
    assert sum(stock >= 5 for stock in stocks) > len(stocks) / 2
    assert any(Decimal(product["price"]) % 1 for product in PRODUCTS)


def test_templates_speak_three_languages() -> None:
    flat = [
        key
        for schema in SCHEMAS.values()
        for key, options in schema.items()
        if isinstance(options, str)
    ]
    assert flat == ["brand", "length"]
    for schema in SCHEMAS.values():
        for options in schema.values():
            if isinstance(options, str):
                continue
            assert options["label"] == options["label_ru"]
            assert all(options[f"label_{language}"] for language in LANGUAGES)
            labels = options.get("choice_labels", {})
            assert set(labels) <= set(options.get("choices", []))
            assert all(
                set(names) == set(LANGUAGES) and all(names.values())
                for names in labels.values()
            )


def test_categories_speak_three_languages() -> None:
    for row in CATEGORIES:
        assert all(row[f"name_{language}"] for language in LANGUAGES)


def test_pictures_and_products_match() -> None:
    named = [name for product in PRODUCTS for name in product["pictures"]]
    assert len(named) == len(set(named))
    assert set(named) == {file.name for file in PICTURES.iterdir()}
    counts = [len(product["pictures"]) for product in PRODUCTS]
    assert min(counts) == 1
    assert sum(count > 1 for count in counts) >= len(counts) / 2
    assert sum(count == 3 for count in counts) >= 5


def test_pictures_are_small_squares() -> None:
    for file in PICTURES.iterdir():
        assert file.stat().st_size <= 20 * 1024, file.name
        with Image.open(file) as picture:
            assert (picture.format, picture.size) == ("WEBP", (800, 800)), file.name


def test_customers_are_nobody_real() -> None:
    emails = {customer["email"] for customer in CUSTOMERS}
    assert len(emails) == len(CUSTOMERS) == 12
    for customer in CUSTOMERS:
        assert customer["email"].endswith("@example.com")
        assert re.fullmatch(r"\+7 7\d{2} 000 \d{2} \d{2}", customer["phone"])
        assert re.fullmatch(r"\w+ \w\.", customer["full_name"])
        assert customer["language"] in LANGUAGES
        assert customer["city"]
        assert customer["street"]


def test_some_are_on_sale() -> None:
    bargains = [product for product in PRODUCTS if "compare_at_price" in product]
    assert len(bargains) == 17
    for product in bargains:
        price, before = Decimal(product["price"]), Decimal(product["compare_at_price"])
        assert price * Decimal("1.05") < before < price * Decimal("1.5")


def test_barcodes_are_the_shops_own() -> None:
    """EAN-13 of the range that is for use inside a shop; all different."""
    barcodes = [product["barcode"] for product in PRODUCTS]
    assert len(set(barcodes)) == len(PRODUCTS)
    for code in barcodes:
        assert re.fullmatch(r"2\d{12}", code)
        weighed = sum(int(digit) * (1, 3)[n % 2] for n, digit in enumerate(code))
        assert weighed % 10 == 0, code
