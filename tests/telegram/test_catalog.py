"""Looking around: lists, categories, search, and a product with its buttons."""

from decimal import Decimal
from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from PIL import Image

from catalog import services as catalog
from catalog.models import Category, ProductImage
from catalog.services.thumbnails import make_thumbnails
from tests.catalog.pictures import drawn
from tests.factories import make_category, make_product, make_template
from tests.telegram.fake import FakeTelegram, Refusal, broken
from tests.telegram.people import Person

pytestmark = pytest.mark.django_db
STALE = "This button is out of date. Please begin anew: /products"


def test_products_lists_the_catalog(person: Person) -> None:
    old = make_product(name="Чайник", price=Decimal(4500), stock=0)
    new = make_product(name="Утюг", price=Decimal("9999.90"))
    make_product(name="Off sale", is_active=False)

    assert person.writes("/products") == (
        "Catalog\n"
        "\n"
        f"№ {new.number} · Утюг — 9.999,90\xa0₸\n"
        f"№ {old.number} · Чайник — 4.500,00\xa0₸ · Out of stock"
    )
    assert person.sees().labels == [
        [f"№ {new.number}", f"№ {old.number}"],
        ["Cart"],
    ]


def test_an_empty_shop_says_so(person: Person) -> None:
    assert person.writes("/products") == "Catalog\n\nNothing found"


def test_pages_are_turned_in_the_same_message(person: Person) -> None:
    products = [make_product() for _ in range(17)][::-1]

    def numbers() -> list[int]:
        rows = person.sees().labels[:-2]
        return [int(label.removeprefix("№ ")) for row in rows for label in row]

    person.writes("/products")
    first = person.sees().message_id
    assert numbers() == [product.number for product in products[:8]]
    assert person.sees().labels[2:] == [["1 / 3", "›"], ["Cart"]]
    person.presses("›")
    assert numbers() == [product.number for product in products[8:16]]
    assert person.sees().labels[2] == ["‹", "2 / 3", "›"]
    person.presses("›")
    assert numbers() == [product.number for product in products[16:]]
    assert person.sees().labels[1] == ["‹", "3 / 3"]
    assert person.sees().message_id == first


@pytest.fixture
def tree() -> dict[str, Category]:
    home = make_category("Home")
    return {
        "home": home,
        "kitchen": make_category("Kitchen", home),
        "bath": make_category("Bath", home),
        "garden": make_category("Garden"),
    }


def test_categories_are_walked_down_and_up(
    person: Person, tree: dict[str, Category]
) -> None:
    kettle = make_product(name="Kettle", categories=[tree["kitchen"]])
    mirror = make_product(name="Mirror", categories=[tree["bath"]])
    person.writes("/products")
    person.presses("Categories")
    assert person.sees().text == "Catalog"
    assert person.sees().labels == [
        ["Home"],
        ["Garden"],
        ["All products here"],
        ["Cart"],
    ]
    person.presses("Home")
    assert person.sees().text == "Catalog › Home"
    assert person.sees().labels == [
        ["Kitchen"],
        ["Bath"],
        ["All products here"],
        ["Back", "Cart"],
    ]
    person.presses("All products here")
    assert f"№ {kettle.number} · Kettle" in person.sees().text
    assert f"№ {mirror.number} · Mirror" in person.sees().text
    person.presses("Back")
    person.presses("Kitchen")
    assert person.sees().text == (
        f"Catalog › Home › Kitchen\n\n№ {kettle.number} · Kettle — 100,00\xa0₸"
    )
    person.presses("Back")
    assert person.sees().text == "Catalog › Home"
    person.presses("Back")
    assert person.sees().text == "Catalog"
    person.presses("Garden")
    assert person.sees().text == "Catalog › Garden\n\nNothing found"
    assert len(person.telegram.messages) == 1


def test_many_categories_have_pages(person: Person) -> None:
    for n in range(12):
        make_category(f"C{n:02}")
    person.writes("/start")
    person.presses("Catalog")
    assert person.sees().labels[:11] == [
        *([f"C{n:02}"] for n in range(10)),
        ["1 / 2", "›"],
    ]
    person.presses("›")
    assert person.sees().labels[:3] == [["C10"], ["C11"], ["‹", "2 / 2"]]


@pytest.mark.parametrize("products", [1, 8, 20])
def test_a_list_takes_the_same_queries_for_any_number(
    person: Person, tree: dict[str, Category], products: int
) -> None:
    for _ in range(products):
        make_product(categories=[tree["kitchen"]])
    person.writes("/start")
    update = person.press(f"list:{tree['home'].pk.hex}:1", person.sees())
    with CaptureQueriesContext(connection) as queries:
        person.deliver(update)
    # The update (5, with its savepoint) and its end, the chat and its save, the
    # category, its branch and those below it, the count and the products; and on
    # PostgreSQL the lock.
    locks = 1 if connection.vendor == "postgresql" else 0
    assert len(queries) == 13 + locks


def test_plain_text_is_searched_for(person: Person) -> None:
    kettle = make_product(name="Electric kettle", sku="KET-1")
    make_product(name="Iron")

    assert person.writes("  kettle \n") == (
        f"Search: kettle\n\n№ {kettle.number} · Electric kettle — 100,00\xa0₸"
    )
    assert person.sees().labels == [[f"№ {kettle.number}"], ["Catalog"]]
    assert "Electric kettle" in person.writes("/products KET-1")
    assert person.writes("zzzzzzzz") == "Search: zzzzzzzz\n\nNothing found"


def test_found_pages_belong_to_their_search(person: Person) -> None:
    for _ in range(9):
        make_product(name="Cup")
    make_product(name="Plate")
    person.writes("cup")
    under = person.sees()
    [[_page, forward]] = [row for row in under.keyboard if row[-1]["text"] == "›"]
    person.presses("›")
    assert person.sees().labels[1] == ["‹", "2 / 2"]
    person.writes("plate")
    person.deliver(person.press(forward["callback_data"], under))
    assert person.toast() == STALE


@pytest.mark.parametrize(
    "text", ["x" * 10_000, "слово " * 1_600, "🛒" * 5_000, "'; DROP TABLE --", "%_\\"]
)
def test_any_text_can_be_searched_for(person: Person, text: str) -> None:
    said = person.writes(text)
    assert said.startswith("Search: ") and said.endswith("Nothing found")


@pytest.mark.parametrize("by", ["number", "sku", "signed", "hashed"])
def test_a_product_is_shown_by_number_or_sku(person: Person, by: str) -> None:
    template = make_template(schema={"color": {"type": "string", "label": "Color"}})
    product = make_product(
        name="Kettle",
        sku="KET-1",
        price=Decimal(4500),
        compare_at_price=Decimal(5000),
        description="It boils.",
        template=template,
        attributes={"color": "red"},
    )
    names = {
        "number": product.number,
        "sku": "KET-1",
        "signed": f"№ {product.number}",
        "hashed": f"#{product.number}",
    }
    assert person.writes(f"/product {names[by]}") == (
        "Kettle\n"
        f"№ {product.number} · KET-1\n"
        "\n"
        "4.500,00\xa0₸ (before: 5.000,00\xa0₸)\n"
        "In stock: 10\n"
        "\n"
        "Color: red\n"
        "\n"
        "It boils."
    )
    assert person.sees().labels == [["Add to cart"], ["Cart"]]


@pytest.mark.parametrize("name", ["0", "999999999999999999999", "nope", "-1", "1.5"])
def test_an_unknown_product_is_told(person: Person, name: str) -> None:
    assert person.writes(f"/product {name}") == "There is no such product."


def test_a_product_off_sale_is_unknown(person: Person) -> None:
    product = make_product(is_active=False)
    assert person.writes(f"/product {product.sku}") == "There is no such product."


def test_product_without_a_name_says_how_it_is_written(person: Person) -> None:
    assert person.writes("/product") == "Write it as: /product number or SKU"


def test_a_sold_out_product_cannot_be_added(person: Person) -> None:
    product = make_product(stock=0)
    assert "Out of stock" in person.writes(f"/product {product.number}")
    assert person.sees().labels == [["Cart"]]


@pytest.mark.parametrize("has_thumbnails", [True, False])
def test_an_upload_is_sent_as_a_file(
    person: Person, telegram: FakeTelegram, has_thumbnails: bool
) -> None:
    product = make_product(images=[drawn(1200, 600)])
    image = ProductImage.objects.get()
    if has_thumbnails:
        make_thumbnails(image)
    person.writes(f"/product {product.number}")

    [photo] = [call for call in telegram.calls if call.method == "sendPhoto"]
    with Image.open(BytesIO(photo.files["photo"])) as sent:
        expected = ("JPEG", (800, 400)) if has_thumbnails else ("PNG", (1200, 600))
        assert (sent.format, sent.size) == expected


def test_a_file_that_has_gone_is_left_out(person: Person) -> None:
    product = make_product(images=[drawn(200, 100)])
    image = ProductImage.objects.get()
    image.file.storage.delete(image.file.name)
    assert person.writes(f"/product {product.number}").startswith(product.name)
    assert not person.sees().is_photo


def test_a_picture_elsewhere_is_sent_by_its_address(
    person: Person, telegram: FakeTelegram
) -> None:
    url = "https://pictures.example/kettle.jpg"
    product = make_product(images=[url])
    person.writes(f"/product {product.number}")

    [photo] = [call for call in telegram.calls if call.method == "sendPhoto"]
    assert photo.params["photo"] == url
    assert photo.text.startswith(product.name)
    assert person.sees().labels == [["Add to cart"], ["Cart"]]


def test_a_picture_that_telegram_refuses_is_left_out(
    person: Person, telegram: FakeTelegram
) -> None:
    failed = "Bad Request: failed to get HTTP URL content"
    telegram.fail("sendPhoto", Refusal(400, failed))
    product = make_product(images=["https://pictures.example/gone.jpg"])
    person.writes(f"/product {product.number}")

    assert telegram.methods() == ["sendPhoto", "sendMessage"]
    assert not person.sees().is_photo
    assert person.sees().labels == [["Add to cart"], ["Cart"]]


def test_a_long_description_fits_under_a_picture_and_as_text(person: Person) -> None:
    product = make_product(
        description="о😀" * 3000, images=["https://pictures.example/kettle.jpg"]
    )
    person.writes(f"/product {product.number}")
    shown = person.sees()
    assert shown.is_photo
    assert len(shown.text.encode("utf-16-le")) // 2 in (1023, 1024)
    assert shown.text.endswith("…")

    ProductImage.objects.all().delete()
    person.telegram.calls.clear()
    person.writes(f"/product {product.number}")
    parts = person.telegram.sent(person.chat)
    assert len(parts) == 1
    assert len(parts[0].encode("utf-16-le")) // 2 in (4095, 4096)
    assert person.sees().labels == [["Add to cart"], ["Cart"]]


def test_quantities_on_the_card(person: Person, telegram: FakeTelegram) -> None:
    product = make_product(stock=2, images=["https://pictures.example/kettle.jpg"])
    person.writes(f"/product {product.number}")
    person.presses("Add to cart")
    assert person.toast() == "In the cart: 1"
    assert person.sees().labels == [["−", "1", "+"], ["Cart"]]
    person.presses("+")
    assert person.toast() == "In the cart: 2"
    # There are no more.
    assert person.sees().labels == [["−", "2"], ["Cart"]]
    person.presses("−")
    person.presses("−")
    assert person.toast() == "In the cart: 0"
    assert person.sees().labels == [["Add to cart"], ["Cart"]]
    # One message all the time, and every button answered.
    assert len(telegram.messages) == 1
    assert telegram.methods().count("answerCallbackQuery") == 4


def test_a_button_pressed_twice_counts_once(person: Person) -> None:
    product = make_product()
    person.writes(f"/product {product.number}")
    add = f"card:{product.number}:0:1"
    person.deliver(person.press(add, person.sees()))
    person.deliver(person.press(add, person.sees()))
    assert person.toast() == "In the cart: 1"
    assert person.sees().labels == [["−", "1", "+"], ["Cart"]]


def test_an_old_button_spoils_nothing(person: Person) -> None:
    product = make_product()
    person.writes(f"/product {product.number}")
    for wanted in range(1, 4):
        person.deliver(person.press(f"card:{product.number}:{wanted - 1}:{wanted}"))
    person.deliver(person.press(f"card:{product.number}:0:1", person.sees()))
    assert person.toast() == "The cart has changed meanwhile."
    assert person.sees().labels == [["−", "3", "+"], ["Cart"]]


def test_more_than_there_are_is_refused(person: Person) -> None:
    product = make_product(name="Kettle", stock=3)
    person.deliver(person.press(f"card:{product.number}:0:999999"))
    assert person.toast() == "Only 3 pieces of Kettle are left."
    assert person.writes("/cart") == "The cart is empty."


@pytest.mark.parametrize(
    "data",
    [
        "",
        ":",
        "nonsense",
        "card",
        "card:1",
        "card:1:0",
        "card:1:0:1",
        "card:x:0:1",
        "card:1:0:-1",
        "card:²:0:1",
        "card:1:0:" + "9" * 40,
        "product",
        "product:",
        "product:0",
        "product:99999999999999999999",
        "category:-",
        "category:xyz:1",
        "category:-:x",
        "category:00000000000000000000000000000000:1",
        "list:-:",
        "list::1",
        "search:0:1",
        "search:00000000:x",
        "cart:x",
        "line:1:1:1",
        "line:1:0:1:1",
        "order:1:2",
        "\ud800",
        "start",
        "x" * 64,
    ],
)
def test_a_forged_button_gets_a_friendly_answer(person: Person, data: str) -> None:
    person.deliver(person.press(data))
    assert person.toast() == STALE
    assert person.telegram.methods() == ["answerCallbackQuery"]


def test_pages_beyond_the_last_are_the_last(person: Person) -> None:
    make_category("Home")
    product = make_product()
    for data in ("list:-:0", "list:-:999999999", "category:-:0", "category:-:77"):
        person.deliver(person.press(data, person.sees() if "77" in data else None))
    assert person.telegram.sent(person.chat)[1].endswith(
        f"{product.name} — 100,00\xa0₸"
    )


def test_a_message_too_old_to_be_edited_is_answered_with_a_new_one(
    person: Person,
) -> None:
    # Telegram tells nothing of it but its number.
    update = person.press("list:-:1")
    message = update["callback_query"]["message"]
    del message["text"]
    message["date"] = 0
    person.deliver(update)
    assert person.telegram.methods() == ["answerCallbackQuery", "sendMessage"]


def test_a_message_that_was_deleted_is_shown_anew(person: Person) -> None:
    person.deliver(person.press("list:-:1"))
    assert person.telegram.methods() == [
        "answerCallbackQuery",
        "editMessageText",
        "sendMessage",
    ]


def test_a_dead_telegram_is_asked_once(person: Person, telegram: FakeTelegram) -> None:
    telegram.fail("answerCallbackQuery", broken())
    person.deliver(person.press("list:-:1"))
    assert telegram.methods() == ["answerCallbackQuery"]


def test_categories_moved_meanwhile_do_not_matter(
    person: Person, tree: dict[str, Category]
) -> None:
    person.writes("/start")
    person.presses("Catalog")
    catalog.delete_category(tree["garden"])
    person.presses("Garden")
    assert person.toast() == STALE


def test_an_old_button_does_not_open_what_is_hidden_since(
    person: Person, tree: dict[str, Category]
) -> None:
    person.writes("/products")
    person.presses("Categories")
    seen = person.sees().text
    catalog.hide_category(tree["home"])
    for data in (f"category:{tree['home'].pk.hex}:1", f"list:{tree['bath'].pk.hex}:1"):
        person.deliver(person.press(data, person.sees()))
        assert person.toast() == STALE
    assert person.sees().text == seen
